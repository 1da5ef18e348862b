"""Rules that hold on what SAM makes of the template, with values as in production. Needs no AWS and no emulator.

They allow and do not forbid: a kind of resource, a property or a value that is not known here is a failure, until somebody has
thought about it (template_shapes.py). test_template_faults.py measures what they catch.
"""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import Any, ClassVar

from infra import snapshot
from infra.expansion import expand, holds, values
from infra.template_parameters import PARAMETERS
from infra.template_shapes import ATTRIBUTES, SHAPES, wrong
from infra.template_text import as_list, read
from infra.watching import ALARMS

HERE = Path(__file__).parent
PRODUCTION = snapshot.VALUES
TOPIC = PRODUCTION["AlarmTopicArn"]
GIVEN = {name: value for name, value in PRODUCTION.items() if name not in ("Canary", "HostedZoneId", "PublicUrl", "AlarmTopicArn")}
ADOPTING = {
    **PRODUCTION,
    "ExistingTable": "kept",
    "ExistingXeroSealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:kept-xero",
    "ExistingGo1SealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:kept-go1",
}

# What each variable of a function is, where its name does not say it (XERO_API_URL is the parameter XeroApiUrl).
VARIABLES: dict[str, Any] = {
    "TABLE_NAME": {"Ref": "Table"},
    "METRICS_NAMESPACE": {"Ref": "AWS::StackName"},
    "QUEUE_URL": {"Ref": "Queue"},
    "DEAD_LETTER_QUEUE_URL": {"Ref": "DeadLetterQueue"},
    "XERO_SEALING_KEY_ARN": {"Fn::GetAtt": ["XeroSealingKey", "Id"]},
    "GO1_SEALING_KEY_ARN": {"Fn::GetAtt": ["Go1SealingKey", "Id"]},
}
BY_ANOTHER_NAME = {
    "RUST_LOG": "LogLevel",
    "WORKER_TIMEOUT_SECONDS": "WorkerTimeout",
    "QUEUE_VISIBILITY_SECONDS": "QueueVisibility",
    "GO1_UNANSWERED_SECONDS": "Go1Unanswered",
}
# What an alarm may watch: the metric, the statistic, the seconds. Metrics of our own are named by their filters.
WATCHED = {
    ("AWS/Lambda", "Errors"): ("Sum", 300),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("Maximum", 60),
}
# How often in its period something may happen that is no alarm yet. Everything else is one at once.
BY_RATE = {"SecurityEvents": 100, "UpstreamsFailing": 5}
STACK = {"Ref": "AWS::StackName"}
EDGE = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:go1-xero-prod/edge"


class Rules(unittest.TestCase):
    """One test for each rule. `template` is exchanged by those who measure the rules."""

    template: ClassVar[dict[str, Any]] = read()
    _expansions: ClassVar[dict[str, dict[str, Any]]] = {}

    @classmethod
    def expanded(cls, given: dict[str, str]) -> dict[str, dict[str, Any]]:
        key = str(sorted(given.items()))
        if key not in cls._expansions:
            cls._expansions[key] = expand(cls.template, **given)
        return cls._expansions[key]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.expanded(PRODUCTION)

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def test_every_resource_is_of_a_known_shape(self) -> None:
        found = []
        for name, resource in self.resources.items():
            if resource["Type"] not in SHAPES:
                found.append(f"{name} is {resource['Type']}")
                continue
            found += wrong(name, resource.get("Properties", {}), SHAPES[resource["Type"]])
            found += wrong(
                name, {key: value for key, value in resource.items() if key not in ("Type", "Properties")}, ATTRIBUTES.get(resource["Type"], {})
            )
        self.assertEqual(found, [])

    def test_the_sections_are_the_ones_that_are_known(self) -> None:
        known = {"AWSTemplateFormatVersion", "Transform", "Description", "Parameters", "Conditions", "Rules", "Globals", "Resources", "Outputs"}
        self.assertEqual(set(self.template), known)
        self.assertEqual(self.template["Transform"], "AWS::Serverless-2016-10-31")
        self.assertEqual(set(self.template["Globals"]), {"Function"})

    def test_nothing_is_read_from_elsewhere_while_it_is_deployed(self) -> None:
        # A dynamic reference would put a secret into a function's settings, where every reader of the function sees it.
        self.assertNotIn("{{resolve:", json.dumps(self.template))
        kinds = {one["Type"] for one in self.template["Parameters"].values()}
        self.assertEqual(kinds, {"String", "Number"})
        self.assertFalse([name for name, one in self.template["Parameters"].items() if one.get("NoEcho")])

    def test_outputs_tell_names_and_addresses_only(self) -> None:
        found = {name: one["Value"] for name, one in self.template["Outputs"].items()}
        self.assertFalse([name for name, one in self.template["Outputs"].items() if "Export" in one])
        api = {"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]}
        expected: dict[str, Any] = {
            "ApiUrl": api,
            "PublicUrl": {"Fn::If": ["HasPublicUrl", {"Ref": "PublicUrl"}, api]},
            "Release": {"Ref": "Release"},
            "TableName": {"Fn::If": ["MakesTable", {"Ref": "Table"}, {"Ref": "ExistingTable"}]},
            "QueueUrl": {"Ref": "Queue"},
            "DeadLetterQueueUrl": {"Ref": "DeadLetterQueue"},
        }
        for one in ("Xero", "Go1"):
            own = {"Fn::GetAtt": [f"{one}SealingKey", "Id"]}
            expected[f"{one}SealingKeyArn"] = {"Fn::If": [f"Makes{one}SealingKey", own, {"Ref": f"Existing{one}SealingKeyArn"}]}
        expected |= {f"{name}Name": {"Ref": name} for name in self.of_type("AWS::Lambda::Function")}
        self.assertEqual(found, expected)

    def test_functions_are_told_exactly_the_parameter_that_a_variable_is_named_after(self) -> None:
        chosen = values(self.template, **PRODUCTION)
        for name, function in self.of_type("AWS::Lambda::Function").items():
            for variable, value in function["Environment"]["Variables"].items():
                parameter = BY_ANOTHER_NAME.get(variable, "".join(word.capitalize() for word in variable.split("_")))
                self.assertEqual(value, VARIABLES.get(variable, chosen.get(parameter)), f"{name} {variable}")
                self.assertIsNotNone(value, f"{name} {variable}")

    def test_a_function_has_its_own_name_role_log_and_archive(self) -> None:
        for name, function in self.of_type("AWS::Lambda::Function").items():
            logical = name.removesuffix("Function")
            called = re.sub(r"(?<!^)([A-Z])", r"-\1", logical).lower()
            self.assertEqual(function["FunctionName"], {"Fn::Sub": f"${{AWS::StackName}}-{called}"})
            self.assertEqual(function["Role"], {"Fn::GetAtt": [f"{logical}Role", "Arn"]})
            self.assertEqual(function["LoggingConfig"]["LogGroup"], {"Ref": f"{logical}Logs"})
            group = self.of_type("AWS::Logs::LogGroup")[f"{logical}Logs"]["LogGroupName"]
            self.assertEqual(group, {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{called}"})
            self.assertEqual(self.template["Resources"][name]["Properties"]["CodeUri"], f"../target/lambda/{called}/")
            alias = self.of_type("AWS::Lambda::Alias")[f"{name}Aliaslive"]
            self.assertEqual(alias["FunctionName"], {"Ref": name})
            self.assertRegex(alias["FunctionVersion"]["Fn::GetAtt"][0], rf"^{name}Version\w+$")

    def test_a_role_is_trusted_to_the_service_that_takes_it(self) -> None:
        for name, role in self.of_type("AWS::IAM::Role").items():
            (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
            wanted = {"SweeperScheduleRole": "scheduler.amazonaws.com", "CodeDeployServiceRole": "codedeploy.amazonaws.com"}
            self.assertEqual(as_list(statement["Principal"]["Service"]), [wanted.get(name, "lambda.amazonaws.com")], name)
            self.assertEqual("ManagedPolicyArns" in role, name == "CodeDeployServiceRole", name)

    def test_the_schedules_role_invokes_the_sweeper_and_nothing_else(self) -> None:
        (policy,) = self.of_type("AWS::IAM::Role")["SweeperScheduleRole"]["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        self.assertEqual(statement["Action"], "lambda:InvokeFunction")
        self.assertEqual(statement["Resource"], {"Ref": "SweeperFunctionAliaslive"})

    def test_what_a_schedule_starts_is_tried_once_and_kept_for_no_longer_than_until_the_next_time(self) -> None:
        # The schedule hands a minute over to Lambda, and is done; Lambda by itself tries three times, for up to six hours.
        started = {one["Target"]["Arn"]["Ref"].removesuffix("Aliaslive") for one in self.of_type("AWS::Scheduler::Schedule").values()}
        handed = self.of_type("AWS::Lambda::EventInvokeConfig").values()
        self.assertEqual({one["FunctionName"]["Ref"] for one in handed}, started)

    def test_no_policy_has_a_wildcard_and_each_names_resources_of_this_stack_or_the_given_ones(self) -> None:
        given = {value for name, value in ADOPTING.items() if name.endswith("Arn")}
        adopted = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/kept"
        for chosen in (PRODUCTION, ADOPTING):
            resources = self.expanded(chosen)
            for name, role in resources.items():
                for policy in role["Properties"].get("Policies", []) if role["Type"] == "AWS::IAM::Role" else []:
                    for statement in policy["PolicyDocument"]["Statement"]:
                        self.assertNotIn("NotAction", statement, name)
                        for action in as_list(statement["Action"]):
                            self.assertRegex(action, r"^(logs|dynamodb|secretsmanager|sqs|lambda):[A-Za-z]+$", name)
                        for resource in as_list(statement["Resource"]):
                            own = list(resource.values())[0] if isinstance(resource, dict) else None
                            ours = as_list(own)[0] in resources or own == adopted if own else resource in given
                            self.assertTrue(ours, f"{name} {resource}")

    def test_nothing_is_traced_unless_a_stage_asks_for_it_and_then_every_function_is_and_may_send_it(self) -> None:
        sends = {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}
        for chosen, mode in ((PRODUCTION, "PassThrough"), (ADOPTING, "PassThrough"), ({**PRODUCTION, "Tracing": "Active"}, "Active")):
            resources = self.expanded(chosen)
            functions = [name for name, one in resources.items() if one["Type"] == "AWS::Lambda::Function"]
            self.assertEqual({resources[name]["Properties"]["TracingConfig"]["Mode"] for name in functions}, {mode})
            roles = {name for name, one in resources.items() if "xray:" in json.dumps(one)}
            self.assertEqual(roles, {name.replace("Function", "Role") for name in functions} if mode == "Active" else set())
            for name in roles:
                (policy,) = resources[name]["Properties"]["Policies"]
                self.assertEqual([one for one in policy["PolicyDocument"]["Statement"] if "xray:" in str(one)], [sends], name)

    def test_an_adopted_table_and_adopted_keys_take_the_places_of_our_own(self) -> None:
        resources = self.expanded(ADOPTING)
        self.assertFalse({"Table", "XeroSealingKey", "Go1SealingKey"} & set(resources))
        text = json.dumps(resources)
        for name in ("Table", "XeroSealingKey", "Go1SealingKey"):
            self.assertNotIn(f'"{name}"', text)
        told = resources["WorkerFunction"]["Properties"]["Environment"]["Variables"]
        self.assertEqual(told["TABLE_NAME"], "kept")
        self.assertEqual(told["GO1_SEALING_KEY_ARN"], ADOPTING["ExistingGo1SealingKeyArn"])

    def test_table_and_keys_are_adopted_together(self) -> None:
        (one,) = self.template["Rules"]["TableAndKeysAreAdoptedTogether"]["Assertions"]
        names = [name for name in ADOPTING if name.startswith("Existing")]
        for count in range(2 ** len(names)):
            given = {name: ADOPTING[name] for place, name in enumerate(names) if count >> place & 1}
            self.assertEqual(holds(self.template, one["Assert"], **given), len(given) in (0, len(names)), given)

    def test_a_zone_needs_a_public_url(self) -> None:
        rule = self.template["Rules"]["ADomainHasAName"]
        (one,) = rule["Assertions"]
        self.assertTrue(holds(self.template, rule["RuleCondition"], HostedZoneId="Z0123"))
        self.assertFalse(holds(self.template, rule["RuleCondition"]))
        self.assertTrue(holds(self.template, one["Assert"], PublicUrl="https://xero.example.com"))
        self.assertFalse(holds(self.template, one["Assert"]))

    def test_an_edge_needs_a_zone_and_takes_the_name_from_the_api_whose_address_it_asks(self) -> None:
        rule = self.template["Rules"]["AnEdgeHasAZone"]
        (one,) = rule["Assertions"]
        self.assertTrue(holds(self.template, rule["RuleCondition"], EdgeSecretArn=EDGE))
        self.assertFalse(holds(self.template, rule["RuleCondition"]))
        self.assertTrue(holds(self.template, one["Assert"], HostedZoneId="Z0123"))
        self.assertFalse(holds(self.template, one["Assert"]))
        resources = self.expanded({**PRODUCTION, "EdgeSecretArn": EDGE})
        self.assertFalse({"Domain", "Certificate", "DomainMapping", "DomainRecord"} & set(resources))
        self.assertIs(resources["HttpApi"]["Properties"]["DisableExecuteApiEndpoint"], False)

    def test_with_an_edge_every_function_that_answers_people_can_check_its_secret_and_no_other(self) -> None:
        for chosen in (PRODUCTION, {**PRODUCTION, "EdgeSecretArn": EDGE}):
            resources = self.expanded(chosen)
            for name in (one for one in resources if one.endswith("Function")):
                told = resources[name]["Properties"]["Environment"]["Variables"]
                reads = json.dumps(resources[name.replace("Function", "Role")]["Properties"]["Policies"]).count(EDGE)
                expected = EDGE if "PUBLIC_URL" in told and "EdgeSecretArn" in chosen else None
                self.assertEqual((told.get("EDGE_SECRET_ARN"), reads), (expected, 1 if expected else 0), name)

    def test_a_condition_asks_whether_its_parameter_is_given(self) -> None:
        asked = {
            "HasAlarmTopic": "AlarmTopicArn",
            "PinsApiId": "ApiId",
            "HasPublicUrl": "PublicUrl",
            "HasHostedZone": "HostedZoneId",
            "HasEdge": "EdgeSecretArn",
            "MakesTable": "ExistingTable",
            "MakesXeroSealingKey": "ExistingXeroSealingKeyArn",
            "MakesGo1SealingKey": "ExistingGo1SealingKeyArn",
        }
        self.assertEqual(set(self.template["Conditions"]), {*asked, "WatchesAll", "Traces"})
        for name, parameter in asked.items():
            for given in ("", "something"):
                found = holds(self.template, name, **{parameter: given})
                self.assertEqual(found, bool(given) != name.startswith("Makes"), name)

    def test_every_parameter_is_as_it_was_thought_about(self) -> None:
        told = ("Description", "ConstraintDescription")
        found = {name: {key: value for key, value in one.items() if key not in told} for name, one in self.template["Parameters"].items()}
        self.assertEqual(found, PARAMETERS)
        for name, one in self.template["Parameters"].items():
            self.assertGreater(len(one.get("Description", "")), 10, name)

    def test_without_a_public_url_people_come_by_the_address_that_aws_gives(self) -> None:
        resources = self.expanded(GIVEN)
        self.assertIs(resources["HttpApi"]["Properties"]["DisableExecuteApiEndpoint"], False)
        told = [one["Properties"]["Environment"]["Variables"] for one in resources.values() if one["Type"] == "AWS::Lambda::Function"]
        addresses = [one["PUBLIC_URL"] for one in told if "PUBLIC_URL" in one]
        self.assertEqual(addresses, [{"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]}] * 5)
        self.assertFalse({"Domain", "Certificate", "DomainMapping", "DomainRecord"} & set(resources))

    def test_with_a_zone_the_name_of_the_public_url_leads_here_and_the_other_address_is_closed(self) -> None:
        resources = {name: one["Properties"] for name, one in self.resources.items()}
        name = {"Fn::Select": [2, {"Fn::Split": ["/", "https://xero.example.com"]}]}
        self.assertEqual(resources["Domain"]["DomainName"], name)
        self.assertEqual(resources["Certificate"]["DomainName"], name)
        self.assertEqual(resources["Certificate"]["DomainValidationOptions"], [{"DomainName": name, "HostedZoneId": "Z0123"}])
        self.assertEqual(resources["DomainRecord"]["HostedZoneId"], "Z0123")
        self.assertIs(resources["HttpApi"]["DisableExecuteApiEndpoint"], True)

    def test_two_stacks_of_one_account_share_no_name(self) -> None:
        for name, resource in self.resources.items():
            for key, value in resource["Properties"].items():
                if key in ("Name", "RoleName", "FunctionName", "QueueName", "TableName", "LogGroupName", "AlarmName") and isinstance(value, str):
                    self.assertEqual(resource["Type"], "AWS::Lambda::Alias", f"{name}.{key} is {value} in every stack")
        names = [key for one in self.template["Resources"].values() for key in one.get("Properties", {})]
        self.assertNotIn("AlarmName", names)

    def test_every_alarm_is_on_what_its_name_says_and_reaches_somebody(self) -> None:
        filters = self.of_type("AWS::Logs::MetricFilter").values()
        ours = {one["MetricName"] for filter_ in filters for one in filter_["MetricTransformations"]}
        for name, alarm in ((name, one) for name, one in self.of_type("AWS::CloudWatch::Alarm").items() if name not in ALARMS):
            with self.subTest(name):
                self.assertEqual(alarm["AlarmActions"], [TOPIC])
                self.assertEqual(alarm["Threshold"], BY_RATE.get(name, 0))
                if alarm["Namespace"] == STACK:
                    self.assertEqual((alarm["MetricName"], alarm["Statistic"], alarm["Period"]), (name, "Sum", 300))
                    self.assertIn(name, ours)
                    self.assertNotIn("Dimensions", alarm)
                    continue
                metric = (alarm["Namespace"], alarm["MetricName"])
                self.assertEqual((alarm["Statistic"], alarm["Period"]), WATCHED.get(metric))
                self.assertEqual(alarm["Dimensions"], [self.dimension(name)])

    def dimension(self, alarm: str) -> dict[str, Any]:
        if alarm == "DeadLetters":
            return {"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}}
        function = self.of_type("AWS::Lambda::Function")[alarm.removesuffix("Errors") + "Function"]
        return {"Name": "FunctionName", "Value": function["FunctionName"]}

    def test_every_metric_of_ours_has_its_alarm(self) -> None:
        alarms = self.of_type("AWS::CloudWatch::Alarm")
        for name, one in self.of_type("AWS::Logs::MetricFilter").items():
            for metric in one["MetricTransformations"]:
                self.assertIn(metric["MetricName"], alarms, name)

    def test_a_deployment_shifts_slowly_and_stops_at_the_alarms_of_its_function(self) -> None:
        routed = {one["IntegrationUri"]["Ref"].removesuffix("Aliaslive") for one in self.of_type("AWS::ApiGatewayV2::Integration").values()}
        functions = set(self.of_type("AWS::Lambda::Function"))
        groups = self.of_type("AWS::CodeDeploy::DeploymentGroup")
        self.assertEqual(set(groups), {f"{name}DeploymentGroup" for name in functions})
        for name in functions:
            watched = [f"{name.removesuffix('Function')}Errors", *(["PagesFailing"] if name in routed else [])]
            wanted = {"Enabled": True, "Alarms": [{"Name": {"Ref": one}} for one in watched]}
            self.assertEqual(groups[f"{name}DeploymentGroup"]["AlarmConfiguration"], wanted, name)
            policy = self.resources[f"{name}Aliaslive"].get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate", {})
            self.assertEqual(policy.get("DeploymentGroupName"), {"Ref": f"{name}DeploymentGroup"}, name)

    def test_dead_letters_are_another_queue_kept_longer(self) -> None:
        queues = self.of_type("AWS::SQS::Queue")
        self.assertEqual(set(queues), {"Queue", "DeadLetterQueue"})
        self.assertIn("RedrivePolicy", queues["Queue"])
        self.assertNotIn("RedrivePolicy", queues["DeadLetterQueue"])
        self.assertEqual(queues["Queue"]["MessageRetentionPeriod"], 864000)
        self.assertEqual(queues["DeadLetterQueue"]["MessageRetentionPeriod"], 1209600)
        worker = self.of_type("AWS::Lambda::Function")["WorkerFunction"]["Timeout"]
        self.assertGreaterEqual(int(queues["Queue"]["VisibilityTimeout"]), 6 * int(worker))

    def test_each_integration_and_permission_is_of_the_function_that_it_is_named_after(self) -> None:
        for kind, property_, ending in (
            ("AWS::ApiGatewayV2::Integration", "IntegrationUri", "Integration"),
            ("AWS::Lambda::Permission", "FunctionName", "Permission"),
        ):
            for name, one in self.of_type(kind).items():
                self.assertEqual(one[property_], {"Ref": f"{name.removesuffix(ending)}FunctionAliaslive"})
        self.assertEqual(len(self.of_type("AWS::ApiGatewayV2::Integration")), len(self.of_type("AWS::Lambda::Permission")))

    def test_what_checkov_is_told_to_leave_is_what_was_thought_about(self) -> None:
        # By check: what it would say, and beside how many resources it is waived. make check-template runs it.
        functions = len(self.of_type("AWS::Lambda::Function"))
        thought_about = {
            "CKV_AWS_115": functions,  # a reserved concurrency
            "CKV_AWS_116": functions,  # a dead-letter queue for asynchronous calls
            "CKV_AWS_117": functions,  # a network of its own
            "CKV_AWS_173": functions,  # a key of ours for the variables
            "CKV_AWS_158": len(self.of_type("AWS::Logs::LogGroup")),  # a key of ours for the logs
            "CKV_AWS_119": 1,  # a key of ours for the table
            "CKV_AWS_149": 2,  # a key of ours for the secrets
            "CKV_AWS_27": 2,  # a key of ours for the queues
        }
        waived = re.findall(r"^    # checkov:skip=(\w+): .{40,}$", (HERE / "template.yaml").read_text(), re.M)
        self.assertEqual({check: waived.count(check) for check in waived}, thought_about)


class Snapshot(unittest.TestCase):
    """On top of the rules: what the template comes to is what was reviewed."""

    def test_the_template_comes_to_what_is_committed(self) -> None:
        self.assertEqual(snapshot.taken().splitlines(), snapshot.FILE.read_text().splitlines(), "make snapshot, and look at the difference")


if __name__ == "__main__":
    unittest.main()
