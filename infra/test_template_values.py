"""Rules that hold whatever values are given: what is a setting follows it, and nothing hides behind a condition. Needs no AWS.

The other rules look at the template with values as in production. There a setting that is frozen at its default, and what is
made only without a domain, with an edge, of an adopted table or on one machine, would be seen by nobody.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from typing import Any, ClassVar

from infra.expansion import expand
from infra.template_shapes import ATTRIBUTES, SHAPES, wrong
from infra.template_text import as_list, read
from infra.test_template_rules import ADOPTING, BY_ANOTHER_NAME, EDGE, PRODUCTION, VARIABLES

HERE = Path(__file__).parent

# On one machine: as little as can be given.
GIVEN_ALWAYS = ("SupportContact", "XeroClientSecretArn", "Go1ClientSecretArn", "Go1CoursesAu", "Go1CoursesUs")
LOCAL = {**{name: PRODUCTION[name] for name in GIVEN_ALWAYS}, "ApiId": "0a1b2c3d"}
DOMAIN = {"Certificate", "Domain", "DomainMapping", "DomainRecord"}
ADOPTED = {"Table", "XeroSealingKey", "Go1SealingKey"}


def every_other(parameters: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Each parameter given, and with a value that neither its default nor another parameter has."""
    chosen = {}
    for place, (name, one) in enumerate(parameters.items()):
        if "AllowedValues" in one:
            chosen[name] = next(value for value in one["AllowedValues"] if value != one.get("Default"))
        elif name == "QueueVisibility":
            chosen[name] = "600"
        elif one["Type"] == "Number":
            chosen[name] = str(one.get("MinValue", 0) + place)
        elif name != "Runbooks":  # The alarms' shape knows the folder; test_watching.py tries another.
            chosen[name] = f"https://{name.lower()}.example.com"
    return chosen


class Values(unittest.TestCase):
    """One test for each rule. `template` is exchanged by those who measure the rules."""

    template: ClassVar[dict[str, Any]] = read()
    _expansions: ClassVar[dict[str, dict[str, Any]]] = {}

    def expanded(self, given: dict[str, str]) -> dict[str, dict[str, Any]]:
        key = str(sorted(given.items()))
        if key not in self._expansions:
            self._expansions[key] = expand(self.template, **given)
        return self._expansions[key]

    def of_type(self, kind: str, given: dict[str, str]) -> dict[str, dict[str, Any]]:
        return {name: one["Properties"] for name, one in self.expanded(given).items() if one["Type"] == kind}

    @property
    def other(self) -> dict[str, str]:
        return every_other(self.template["Parameters"])

    def test_nobody_is_called_uncertain_for_an_answer_that_go1_would_have_shown_by_now(self) -> None:
        # Less than this, and whoever GO1 refuses ends as somebody who may have an account: an earlier call could still count.
        code = (HERE.parent / "shared/domain/src/import.rs").read_text()
        works_on = re.search(r"GO1_WORKS_ON: SignedDuration = SignedDuration::from_mins\((\d+)\);", code)
        behind = re.search(r"GO1_IS_BEHIND: SignedDuration = SignedDuration::from_secs\((\d+)\);", code)
        assert works_on and behind, "the constants are there"
        least = 60 * int(works_on[1]) + int(behind[1])
        self.assertGreaterEqual(self.template["Parameters"]["Go1Unanswered"]["MinValue"], least)
        local = re.search(r'"Go1Unanswered": os.environ.get\("GO1_UNANSWERED", "(\d+)"\)', (HERE / "local/settings.py").read_text())
        assert local, "the local cloud names its own"
        self.assertGreaterEqual(int(local[1]), least)

    def ways(self) -> dict[str, tuple[dict[str, str], set[str]]]:
        """Each condition both ways: the values, and what is there in production and not with them."""
        watching = {name for name, one in self.template["Resources"].items() if one.get("Condition") == "WatchesAll"}
        shifting = {name for name, one in self.expanded(PRODUCTION).items() if one["Type"].startswith("AWS::CodeDeploy::")} | {"CodeDeployServiceRole"}
        return {
            "an adopted table": (ADOPTING, ADOPTED),
            "an edge": ({**PRODUCTION, "EdgeSecretArn": EDGE}, DOMAIN),
            "one machine": (LOCAL, DOMAIN | watching | shifting),
            "every other value": (self.other, DOMAIN | ADOPTED),
        }

    def test_what_is_there_with_other_values_is_a_known_part_of_production(self) -> None:
        there = {name for name in self.expanded(PRODUCTION) if "FunctionVersion" not in name}
        for way, (given, missing) in self.ways().items():
            found = {name for name in self.expanded(given) if "FunctionVersion" not in name}
            self.assertEqual(found, there - missing, way)

    def test_whatever_is_chosen_every_resource_is_of_a_known_shape(self) -> None:
        for way, (given, _) in self.ways().items():
            shapes, attributes = dict(SHAPES), dict(ATTRIBUTES)
            if "ApiId" in given:
                shapes["AWS::ApiGatewayV2::Api"] = {**SHAPES["AWS::ApiGatewayV2::Api"], "Tags": {"ms-custom-id": given["ApiId"]}}
            if "AlarmTopicArn" not in given:
                shapes["AWS::CloudWatch::Alarm"] = {name: right for name, right in SHAPES["AWS::CloudWatch::Alarm"].items() if name != "AlarmActions"}
            if "Canary" not in given:
                attributes.pop("AWS::Lambda::Alias")
            found = []
            for name, one in self.expanded(given).items():
                found += wrong(name, one.get("Properties", {}), shapes.get(one["Type"], {}))
                more = {key: value for key, value in one.items() if key not in ("Type", "Properties")}
                found += wrong(name, more, attributes.get(one["Type"], {}))
            self.assertEqual(found, [], way)

    def test_functions_are_told_what_was_chosen_and_no_default(self) -> None:
        chosen, made = self.other, {**VARIABLES, "TABLE_NAME": self.other["ExistingTable"]}
        for upstream in ("Xero", "Go1"):
            made[f"{upstream.upper()}_SEALING_KEY_ARN"] = chosen[f"Existing{upstream}SealingKeyArn"]
        for name, function in self.of_type("AWS::Lambda::Function", chosen).items():
            for variable, value in function["Environment"]["Variables"].items():
                parameter = BY_ANOTHER_NAME.get(variable, "".join(word.capitalize() for word in variable.split("_")))
                self.assertEqual(value, made.get(variable, chosen.get(parameter)), f"{name} {variable}")

    def test_a_role_reads_the_secrets_that_its_function_is_told_whichever_they_are(self) -> None:
        for way, (given, _) in {**self.ways(), "production": (PRODUCTION, set())}.items():
            for name, function in self.of_type("AWS::Lambda::Function", given).items():
                told = [value for variable, value in function["Environment"]["Variables"].items() if variable.endswith("_ARN")]
                role = self.expanded(given)[name.replace("Function", "Role")]["Properties"]
                statements = [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
                read_ = [one for one in statements if as_list(one["Action"]) == ["secretsmanager:GetSecretValue"]]
                reads = [resource for one in read_ for resource in as_list(one["Resource"])]
                self.assertEqual(sorted(map(str, reads)), sorted(map(str, told)), f"{way}: {name}")

    def test_what_can_be_set_is_set_by_its_parameter(self) -> None:
        for given in (PRODUCTION, self.other):
            chosen = {**{name: str(one.get("Default")) for name, one in self.template["Parameters"].items()}, **given}
            for name, function in self.of_type("AWS::Lambda::Function", given).items():
                self.assertEqual(function["Architectures"], [chosen["Architecture"]], name)
                # Pages end just before the API gives up, the sweeper before its next minute.
                longest = {"WorkerFunction": chosen["WorkerTimeout"], "SweeperFunction": "50"}.get(name, "29")
                self.assertEqual(str(function["Timeout"]), longest, name)
            (stage,) = self.of_type("AWS::ApiGatewayV2::Stage", given).values()
            limits = {"ThrottlingRateLimit": chosen["RequestsPerSecond"], "ThrottlingBurstLimit": chosen["RequestBurst"]}
            self.assertEqual(stage["DefaultRouteSettings"], limits)
            (mapping,) = self.of_type("AWS::Lambda::EventSourceMapping", given).values()
            self.assertEqual(mapping["ScalingConfig"], {"MaximumConcurrency": chosen["WorkerConcurrency"]})
            queues = self.of_type("AWS::SQS::Queue", given)
            self.assertEqual(queues["Queue"]["VisibilityTimeout"], chosen["QueueVisibility"])
            for table in self.of_type("AWS::DynamoDB::Table", given).values():
                self.assertEqual(table["DeletionProtectionEnabled"], chosen["TableProtection"])
            for name, alarm in self.of_type("AWS::CloudWatch::Alarm", given).items():
                self.assertEqual(alarm["AlarmActions"], [chosen["AlarmTopicArn"]], name)

    def test_the_table_in_use_is_the_one_that_is_watched(self) -> None:
        for given in (PRODUCTION, ADOPTING):
            used = given.get("ExistingTable", {"Ref": "Table"})
            resources = self.expanded(given)
            for one in resources["TableThrottled"]["Properties"]["Metrics"][1:]:
                self.assertEqual(one["MetricStat"]["Metric"]["Dimensions"], [{"Name": "TableName", "Value": used}])
            self.assertEqual(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][1], {"TableInUse": used})

    def test_a_filter_costs_nothing_where_its_alarm_is_not(self) -> None:
        # A filter makes a metric, which costs; the alarms that a deployment stops at are everywhere. The older filters are
        # everywhere too: their lines are rare, and a metric without a line costs nothing.
        there = self.template["Resources"]
        for name, one in there.items():
            if one["Type"] == "AWS::Logs::MetricFilter" and "$.event =" not in one["Properties"]["FilterPattern"]:
                alarm = there[one["Properties"]["MetricTransformations"][0]["MetricName"]]
                self.assertEqual(one.get("Condition"), alarm.get("Condition"), name)

    def test_a_refused_deploy_says_which_parameter_it_wants(self) -> None:
        self.assertEqual(set(self.template["Rules"]), {"TableAndKeysAreAdoptedTogether", "ADomainHasAName", "AnEdgeHasAZone"})
        for name, rule in self.template["Rules"].items():
            for one in rule["Assertions"]:
                asked = [word for word in self.template["Parameters"] if f"'{word}'" in str(one["Assert"])]
                self.assertTrue(all(word in one.get("AssertDescription", "") for word in asked), name)


if __name__ == "__main__":
    unittest.main()
