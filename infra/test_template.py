"""The rules that the template keeps, read from its text and from its expansion by SAM. Needs no AWS and no emulator."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.deploy.stages import load
from infra.expansion import expand
from infra.template_text import as_list, read, target
from infra.watching import ALARMS, LINES

HERE = Path(__file__).parent



def sealing_key(upstream: str) -> dict[str, Any]:
    """The key that this stack makes, or the one that it was given."""
    own = {"Fn::GetAtt": [f"{upstream}SealingKey", "Id"]}
    return {"Fn::If": [f"Makes{upstream}SealingKey", own, {"Ref": f"Existing{upstream}SealingKeyArn"}]}


SECRETS = {
    "xero client": ("XERO_CLIENT_SECRET_ARN", {"Ref": "XeroClientSecretArn"}),
    "xero sealing": ("XERO_SEALING_KEY_ARN", sealing_key("Xero")),
    "go1 client": ("GO1_CLIENT_SECRET_ARN", {"Ref": "Go1ClientSecretArn"}),
    "go1 sealing": ("GO1_SEALING_KEY_ARN", sealing_key("Go1")),
    "edge": ("EDGE_SECRET_ARN", {"Fn::If": ["HasEdge", {"Ref": "EdgeSecretArn"}, {"Ref": "AWS::NoValue"}]}),
}
PAGES = {"PUBLIC_URL", "SUPPORT_CONTACT", "XERO_LOGIN_URL", "GO1_LOGIN_URL", "GO1_PORTAL_URL", "GO1_PICTURE_ORIGINS"}
XERO_CALLS = {
    "XERO_IDENTITY_URL",
    "XERO_ISSUER",
    "XERO_API_URL",
    "XERO_ACCOUNTING_URL",
    "XERO_PAYROLL_URL",
    "XERO_PKCE",
}
GO1_CALLS = {"GO1_AUTH_URL", "GO1_API_URL", "GO1_API_VERSION"}
PLANNING = {"GO1_COURSES_AU", "GO1_COURSES_US", "GO1_LONGEST_NAME"}
# A transaction needs the rights of the writes in it, and no other.
READ_WRITE = {"GetItem", "PutItem", "UpdateItem"}
PLANS = READ_WRITE | {"Query", "BatchWriteItem"}
ENDS_IMPORTS = READ_WRITE | {"DeleteItem", "Query"}

# What each function may read, call and is told: by its logical name, the whole of it.
FUNCTIONS: dict[str, dict[str, Any]] = {
    "Signup": {
        "variables": PAGES | XERO_CALLS,
        "secrets": {"edge", "xero client"},
        "table": READ_WRITE | {"DeleteItem"},
        "routes": {"GET /", "GET /signup", "POST /signup", "GET /connect", "GET /help", "GET /privacy",
                   "POST /signout", "GET /assets/{file}", "GET /robots.txt", "GET /.well-known/security.txt", "$default"},
    },
    "OauthCallback": {
        "variables": PAGES | XERO_CALLS | {"XERO_CONNECTIONS"},
        "secrets": {"edge", "xero client", "xero sealing"},
        "table": READ_WRITE | {"DeleteItem", "Query"},
        "routes": {
            "GET /oauth/xero/callback",
            "GET /organisations",
            "POST /organisations",
            "GET /organisations/permission",
            "GET /organisations/payroll",
            "GET /disconnect",
            "POST /disconnect",
            "GET /delete", "POST /delete", "POST /signout/everywhere",
        },
    },
    "Preview": {
        "variables": PAGES | XERO_CALLS | GO1_CALLS | PLANNING,
        "secrets": {"edge", "xero client", "xero sealing", "go1 client", "go1 sealing"},
        "table": PLANS | {"DeleteItem"},
        "routes": {"GET /preview", "POST /preview/people", "GET /preview/people", "GET /preview/groups", "POST /preview/groups"},
    },
    "Import": {
        "variables": PAGES | XERO_CALLS | GO1_CALLS | PLANNING | {"QUEUE_URL", "PORTALS_PER_DAY", "TRIAL_PORTALS_PER_DAY", "GO1_CALLS_PER_SECOND"},
        "secrets": {"edge", "xero client", "xero sealing", "go1 client", "go1 sealing"},
        "table": PLANS | ENDS_IMPORTS,
        "queues": {"Queue": {"SendMessage"}},
        "routes": {
            "POST /imports",
            "POST /imports/skip",
            "GET /imports/{import_id}",
            "GET /imports/{import_id}/report.csv",
            "POST /imports/{import_id}/stop",
            "POST /imports/{import_id}/retry",
            "GET /get-started",
            "POST /get-started",
            "GET /portal-address",
            "POST /portal-address",
        },
    },
    "Addon": {
        "variables": PAGES | XERO_CALLS | GO1_CALLS | {"GO1_V2_API_URL", "GO1_SCOPES", "GO1_V2_ACCOUNT", "GO1_PKCE", "QUEUE_URL"},
        "secrets": {"edge", "xero client", "xero sealing", "go1 client", "go1 sealing"},
        "table": ENDS_IMPORTS,
        "queues": {"Queue": {"SendMessage"}},
        "routes": {
            "GET /oauth/go1/callback",
            "GET /portal",
            "POST /portal/check",
            "GET /portal/login",
            "POST /portal/logout",
            "GET /portal/connect",
            "GET /portal/users",
            "GET /portal/settings",
            "POST /portal/settings/end-owner",
            "POST /portal/settings/sign-out-others",
            "POST /portal/disconnect",
            "GET /portal/undo/{import_id}",
            "POST /portal/undo/{import_id}",
            "GET /portal/erase",
            "POST /portal/erase",
            "GET /portal/receipts/{receipt}",
            "GET /portal/receipts/{receipt}/text",
        },
    },
    "Worker": {
        "variables": GO1_CALLS
        | {"GO1_CALLS_IN_FLIGHT", "GO1_CALLS_PER_SECOND", "GO1_UNANSWERED_SECONDS"}
        | {"QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "WORKER_TIMEOUT_SECONDS"},
        "secrets": {"go1 client", "go1 sealing"},
        "table": ENDS_IMPORTS | {"BatchGetItem"},
        "queues": {
            "Queue": {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"},
            "DeadLetterQueue": {"SendMessage"},
        },
    },
    "Sweeper": {
        "variables": {"QUEUE_URL", "QUEUE_VISIBILITY_SECONDS"},
        "secrets": set(),
        "table": ENDS_IMPORTS,
        "queues": {"Queue": {"SendMessage"}},
    },
}

NOTHING = {"Ref": "AWS::NoValue"}
# What the emulator wants and AWS does not know, and what X-Ray wants where it is asked for; the latter knows no resources, and
# test_template_rules.py says what it comes to. Both are left out below, and nothing else is.
ONLY_SOMETIMES = [
    {"Fn::If": ["PinsApiId", {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}, NOTHING]},
    {"Fn::If": ["Traces", {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}, NOTHING]},
]


class Template(unittest.TestCase):
    """One test for each rule."""

    template = read()
    resources = template["Resources"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: one for name, one in self.resources.items() if one["Type"] == kind}

    def default(self, parameter: dict[str, str]) -> Any:
        return self.template["Parameters"][parameter["Ref"]]["Default"]

    def function(self, name: str) -> dict[str, Any]:
        return self.resources[f"{name}Function"]["Properties"]

    def statements(self, role: str) -> Iterator[dict[str, Any]]:
        for policy in self.resources[role]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement not in ONLY_SOMETIMES:
                    yield statement

    def test_functions_are_the_ones_listed_here(self) -> None:
        self.assertEqual(set(self.of_type("AWS::Serverless::Function")), {f"{name}Function" for name in FUNCTIONS})

    def test_each_function_is_told_what_it_needs_and_no_more(self) -> None:
        self.assertEqual(
            set(self.template["Globals"]["Function"]["Environment"]["Variables"]), {"RUST_LOG", "TABLE_NAME", "METRICS_NAMESPACE"}
        )
        for name, expected in FUNCTIONS.items():
            with self.subTest(name):
                variables = set(self.function(name)["Environment"]["Variables"])
                self.assertEqual(variables, expected["variables"] | {SECRETS[one][0] for one in expected["secrets"]})

    def test_each_role_has_exactly_its_actions(self) -> None:
        for name, expected in FUNCTIONS.items():
            with self.subTest(name):
                self.assertEqual(self.function(name)["Role"], {"Fn::GetAtt": [f"{name}Role", "Arn"]})
                wanted = {("logs:CreateLogStream", f"{name}Logs.Arn"), ("logs:PutLogEvents", f"{name}Logs.Arn")}
                wanted |= {(f"dynamodb:{action}", "Table.Arn") for action in expected["table"]}
                wanted |= {
                    ("secretsmanager:GetSecretValue", target(SECRETS[secret][1])) for secret in expected["secrets"]
                }
                for queue, actions in expected.get("queues", {}).items():
                    wanted |= {(f"sqs:{action}", f"{queue}.Arn") for action in actions}
                granted = {
                    (action, target(resource))
                    for statement in self.statements(f"{name}Role")
                    for action in as_list(statement["Action"])
                    for resource in as_list(statement["Resource"])
                }
                self.assertEqual(granted, wanted)

    def test_secret_variables_name_the_secrets_that_the_role_may_read(self) -> None:
        for name, expected in FUNCTIONS.items():
            for secret in expected["secrets"]:
                variable, value = SECRETS[secret]
                self.assertEqual(self.function(name)["Environment"]["Variables"][variable], value, f"{name} {variable}")

    def test_no_role_has_a_wildcard_a_managed_policy_or_a_stranger(self) -> None:
        services = set()
        for role, resource in self.of_type("AWS::IAM::Role").items():
            self.assertNotIn("ManagedPolicyArns", resource["Properties"], role)
            for statement in self.statements(role):
                self.assertEqual(statement["Effect"], "Allow", role)
                self.assertNotIn("*", str({**statement, "Condition": "test_table_rights.py"}), role)
            for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                services.add(statement["Principal"]["Service"])
        self.assertEqual(services, {"lambda.amazonaws.com", "scheduler.amazonaws.com"})
        self.assertEqual(self.of_type("AWS::IAM::Policy") | self.of_type("AWS::IAM::ManagedPolicy"), {})

    def test_routes_lead_to_the_live_alias_of_their_function(self) -> None:
        routes: dict[str, set[str]] = {}
        for route in self.of_type("AWS::ApiGatewayV2::Route").values():
            integration = route["Properties"]["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
            routes.setdefault(integration, set()).add(route["Properties"]["RouteKey"])
        with_routes = {name: expected["routes"] for name, expected in FUNCTIONS.items() if "routes" in expected}
        self.assertEqual(routes, {f"{name}Integration": keys for name, keys in with_routes.items()})
        self.assertEqual(self.template["Globals"]["Function"]["AutoPublishAlias"], "live")
        for name in with_routes:
            alias = {"Ref": f"{name}Function.Alias"}
            self.assertEqual(self.resources[f"{name}Integration"]["Properties"]["IntegrationUri"], alias)
            self.assertEqual(self.resources[f"{name}Permission"]["Properties"]["FunctionName"], alias)

    def test_requests_are_throttled_and_end_before_the_api_gives_up(self) -> None:
        throttles = self.resources["HttpStage"]["Properties"]["DefaultRouteSettings"]
        self.assertGreater(self.default(throttles["ThrottlingRateLimit"]), 0)
        self.assertGreater(self.default(throttles["ThrottlingBurstLimit"]), 0)
        for name, expected in FUNCTIONS.items():
            if "routes" in expected:
                timeout = self.function(name).get("Timeout", self.template["Globals"]["Function"]["Timeout"])
                self.assertLess(timeout, 30, name)

    def test_a_message_in_work_stays_hidden_six_times_as_long_as_the_work_may_take(self) -> None:
        timeout = self.default(self.function("Worker")["Timeout"])
        self.assertGreaterEqual(self.default(self.resources["Queue"]["Properties"]["VisibilityTimeout"]), 6 * timeout)

    def test_no_time_out_of_the_worker_is_too_short_to_renew_a_token(self) -> None:
        code = (HERE.parent / "functions/worker/src/worker.rs").read_text()
        found = re.search(r"a whole number of seconds, (\d+) at least: less renews no token", code)
        assert found, "the worker says what it starts with"
        worker = self.template["Parameters"][self.function("Worker")["Timeout"]["Ref"]]["MinValue"]
        self.assertGreaterEqual(worker, int(found.group(1)))

    def test_whoever_is_given_up_counts_as_asked_for_until_an_invocation_of_the_worker_must_have_ended(self) -> None:
        code = (HERE.parent / "shared/domain/src/import.rs").read_text()
        found = re.search(r"LONGEST_ATTEMPT: SignedDuration = SignedDuration::from_secs\((\d+)\);", code)
        assert found, "the constant is there"
        worker = self.template["Parameters"][self.function("Worker")["Timeout"]["Ref"]]["MaxValue"]
        stop = self.function("Import").get("Timeout", self.template["Globals"]["Function"]["Timeout"])
        self.assertLessEqual(worker + stop, int(found[1]))

    def test_the_worker_reports_each_failed_message(self) -> None:
        (event,) = self.function("Worker")["Events"].values()
        self.assertEqual(event["Type"], "SQS")
        self.assertEqual(event["Properties"]["Queue"], {"Fn::GetAtt": ["Queue", "Arn"]})
        self.assertEqual(event["Properties"]["FunctionResponseTypes"], ["ReportBatchItemFailures"])
        self.assertEqual(event["Properties"]["BatchSize"], 10)
        self.assertGreaterEqual(self.default(event["Properties"]["ScalingConfig"]["MaximumConcurrency"]), 2)

    def test_queues_are_fifo_by_group_and_dead_letters_are_kept_longer(self) -> None:
        queue, dead = (self.resources[name]["Properties"] for name in ("Queue", "DeadLetterQueue"))
        for one in (queue, dead):
            self.assertTrue(one["FifoQueue"])
            self.assertFalse(one["ContentBasedDeduplication"])
            self.assertEqual(one["DeduplicationScope"], "messageGroup")
            self.assertEqual(one["FifoThroughputLimit"], "perMessageGroupId")
            self.assertTrue(one["SqsManagedSseEnabled"])
        self.assertEqual(queue["RedrivePolicy"]["deadLetterTargetArn"], {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]})
        self.assertGreaterEqual(queue["RedrivePolicy"]["maxReceiveCount"], 1000)
        self.assertEqual(queue["MessageRetentionPeriod"], 10 * 24 * 3600)
        self.assertEqual(dead["MessageRetentionPeriod"], 14 * 24 * 3600)

    def test_the_sweeper_runs_every_minute(self) -> None:
        (event,) = self.function("Sweeper")["Events"].values()
        self.assertEqual(event["Properties"]["ScheduleExpression"], "rate(1 minute)")
        self.assertLess(self.function("Sweeper")["Timeout"], 60)

    def test_state_and_sealing_keys_outlive_the_stack(self) -> None:
        for name in ("Table", "XeroSealingKey", "Go1SealingKey"):
            self.assertEqual(self.resources[name]["DeletionPolicy"], "Retain", name)
            self.assertEqual(self.resources[name]["UpdateReplacePolicy"], "Retain", name)
        table = self.resources["Table"]["Properties"]
        self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST")
        self.assertTrue(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"])
        self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "expires_at", "Enabled": True})
        self.assertEqual(self.default(table["DeletionProtectionEnabled"]), "true")

    def test_sealing_keys_are_64_hexadecimal_digits(self) -> None:
        printable = {chr(code) for code in range(33, 127)}
        for secret in self.of_type("AWS::SecretsManager::Secret").values():
            rule = secret["Properties"]["GenerateSecretString"]
            self.assertEqual(printable - set(rule["ExcludeCharacters"]), set("0123456789abcdef"))
            self.assertEqual(rule["PasswordLength"], 64)
            self.assertEqual(rule["SecretStringTemplate"], '{"current": "1"}')
            self.assertEqual(rule["GenerateStringKey"], "1")

    def test_the_template_holds_no_secret(self) -> None:
        for secret in self.of_type("AWS::SecretsManager::Secret").values():
            self.assertNotIn("SecretString", secret["Properties"])

    def test_logs_are_kept_for_thirty_days(self) -> None:
        groups = self.of_type("AWS::Logs::LogGroup")
        self.assertEqual(set(groups), {f"{name}Logs" for name in FUNCTIONS} | {"HttpLogs"})
        for name, group in groups.items():
            self.assertEqual(group["Properties"]["RetentionInDays"], 30, name)
        for name in FUNCTIONS:
            self.assertEqual(self.function(name)["LoggingConfig"]["LogGroup"], {"Ref": f"{name}Logs"})

    def test_alarms_watch_every_function_and_the_dead_letters(self) -> None:
        alarms = {name: one for name, one in self.of_type("AWS::CloudWatch::Alarm").items() if name not in ALARMS}
        others = {"CourseRetired", "DeadLetters", "Go1RefusesUs", "ImportStuck", "NoCourses", "OldestMessage"}
        by_rate = {"SecurityEvents": 100, "UpstreamsFailing": 5}
        others |= {"PagesFailing", "SecurityEvents", "SweepUnfinished", "UpstreamsFailing", "XeroTierNearlyFull"}
        self.assertEqual(set(alarms), {f"{name}Errors" for name in FUNCTIONS} | others)
        for name, alarm in alarms.items():
            self.assertEqual(alarm["Properties"]["Threshold"], by_rate.get(name, 0), name)
            self.assertIn("AlarmActions", alarm["Properties"], name)
        for name in FUNCTIONS:
            watched = [{"Ref": f"{name}Errors"}] + ([{"Ref": "PagesFailing"}] if "routes" in FUNCTIONS[name] else [])
            self.assertEqual(self.function(name)["DeploymentPreference"]["Alarms"], watched)

    def test_what_is_logged_as_an_event_raises_its_alarm(self) -> None:
        # The functions that look at the courses.
        looking = {name for name, expected in FUNCTIONS.items() if PLANNING <= expected["variables"]}
        # Those that call GO1.
        calling = {name for name, expected in FUNCTIONS.items() if "go1 client" in expected["secrets"]}
        # Those that people see pages of.
        pages = {name for name, expected in FUNCTIONS.items() if "routes" in expected}
        sweeper = "functions/sweeper/src"
        events = {
            "CourseRetired": ("course_retired", looking, {"shared/go1-access/src/courses.rs": 1}),
            "Go1RefusesUs": ("go1_refuses_us", calling, {"shared/go1/src/client.rs": 1}),
            "ImportStuck": ("import_stuck", {"Sweeper"}, {f"{sweeper}/lib.rs": 2, f"{sweeper}/overdue.rs": 2}),
            "NoCourses": ("no_courses", {"Worker"}, {"functions/worker/src/waits.rs": 1}),
            "PagesFailing": ("page_failed", pages, {"shared/visiting/src/request.rs": 1}),
            "UpstreamsFailing": ("upstream_failed", pages, {"shared/visiting/src/request.rs": 1}),
            "OldestMessage": ("messages_late", {"Sweeper"}, {f"{sweeper}/lib.rs": 1}),
            "SweepUnfinished": ("sweep_unfinished", {"Sweeper"}, {f"{sweeper}/lib.rs": 1}),
            "XeroTierNearlyFull": ("xero_tier_nearly_full", {"OauthCallback"}, {"functions/oauth-callback/src/counting.rs": 1}),
        }
        filters = [one["Properties"] for one in self.of_type("AWS::Logs::MetricFilter").values()]
        told = set()
        for one in filters:
            (metric,) = one["MetricTransformations"]
            if metric["MetricName"] in LINES:
                continue  # test_watching.py
            alarm = self.resources[metric["MetricName"]]["Properties"]
            self.assertEqual(metric["MetricNamespace"], alarm["Namespace"])
            self.assertEqual(metric["MetricName"], alarm["MetricName"])
            told.add((metric["MetricName"], one["LogGroupName"]["Ref"], one["FilterPattern"]))
        lines = ((alarm, name, event) for alarm, (event, names, _) in events.items() for name in names)
        expected = {(alarm, f"{name}Logs", f'{{ $.event = "{event}" }}') for alarm, name, event in lines}
        self.assertEqual(told, expected)
        for event, _, files in events.values():
            for file, times in files.items():
                code = (HERE.parent / file).read_text()
                self.assertEqual(code.count(f'event = "{event}"'), times, file)

    def test_no_deployment_is_rolled_back_by_what_an_upstream_or_a_visitor_does(self) -> None:
        """A made-up code, or Xero that is down, is no fault of the release. Pages watch what is logged as our own fault."""
        for name in FUNCTIONS:
            for alarm in self.function(name)["DeploymentPreference"]["Alarms"]:
                watched = self.resources[alarm["Ref"]]["Properties"]
                self.assertIn(watched["Namespace"], ["AWS/Lambda", {"Ref": "AWS::StackName"}], alarm)
                self.assertNotEqual(watched["MetricName"], "UpstreamsFailing", alarm)

    def test_every_address_defaults_to_production(self) -> None:
        for name, parameter in self.template["Parameters"].items():
            # PublicUrl is ours: without a value it is the address that AWS gives.
            if name.endswith("Url") and "Default" in parameter and name != "PublicUrl":
                self.assertRegex(parameter["Default"], r"^https://", name)

    def test_deployments_shift_traffic_by_alarms_and_the_local_cloud_leaves_out_nothing_else(self) -> None:
        self.assertEqual(load("prod").overrides["Canary"], "true")
        everywhere, on_aws = expand(self.template, Canary="false"), expand(self.template, Canary="true")
        left_out = {name: on_aws[name]["Type"] for name in set(on_aws) - set(everywhere)}
        groups = {f"{name}FunctionDeploymentGroup": "AWS::CodeDeploy::DeploymentGroup" for name in FUNCTIONS}
        self.assertEqual(
            left_out,
            {
                **groups,
                "ServerlessDeploymentApplication": "AWS::CodeDeploy::Application",
                "CodeDeployServiceRole": "AWS::IAM::Role",
            },
        )


if __name__ == "__main__":
    unittest.main()
