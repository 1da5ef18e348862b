"""What the commands of `make deploy` send to AWS, on a cloud that answers what a test gives it."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import shlex
import subprocess
import tempfile
import unittest
from argparse import Namespace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import yaml
from botocore.exceptions import ClientError

from infra.deploy import alarms, canary, commands, history, sam, stages
from infra.local.steps import Failure
from infra.template_text import read
from infra.test_runbooks import allowed
from infra.watching import FUNCTIONS as NAMES

FUNCTIONS = tuple(f"{name}Function" for name in NAMES)
STACK = "go1-xero-prod"
OLD = {"Release": "a" * 64, "Canary": "true", "LogLevel": "info", "HostedZoneId": "Z1", "EdgeSecretArn": "", "PublicUrl": "https://x.example.com"}
ADOPTED = {
    "ExistingTable": "go1-xero-prod-restored-1",
    "ExistingXeroSealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:1:secret:XeroSealingKey-1",
    "ExistingGo1SealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:1:secret:Go1SealingKey-1",
}
NOTHING_ADOPTED = dict.fromkeys(ADOPTED, "")
TEMPLATE = f"Resources:\n  WorkerFunction:\n    Properties:\n      AutoPublishCodeSha256: {'d' * 64}\n"


class FakeCloud:
    """AWS, as far as a test says what it answers. Every call is kept, with what was asked."""

    account, caller, partition, region = "123456789012", "arn:aws:iam::123456789012:user/somebody", "aws", "ap-southeast-2"

    def __init__(self, answers: dict[str, Any], stack: dict[str, Any] | None = None) -> None:
        self._answers, self._stack = answers, stack
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str) -> Any:
        cloud = self

        class Client:
            def __getattr__(self, call: str) -> Any:
                return lambda *_, **asked: cloud.answer(service, call, asked)

            def get_paginator(self, call: str) -> Any:
                return Namespace(paginate=lambda **asked: [cloud.answer(service, call, asked)])

        return Client()

    def answer(self, service: str, call: str, asked: dict[str, Any]) -> Any:
        action = f"{service}:{''.join(word.capitalize() for word in call.split('_'))}"
        self.calls.append((action, asked))
        answer = self._answers[action]
        if isinstance(answer, Exception):
            raise answer
        return answer(asked) if callable(answer) else answer

    def stack(self, name: str) -> dict[str, Any] | None:
        self.calls.append(("cloudformation:DescribeStacks", {"StackName": name}))
        return self._stack if name == STACK else None


def refusal(code: str) -> ClientError:
    """AWS says no."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")


def stack_with(parameters: dict[str, str], outputs: dict[str, str] | None = None) -> dict[str, Any]:
    """A stack as CloudFormation describes it."""
    return {
        "StackStatus": "UPDATE_COMPLETE",
        "StackId": STACK,
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in {"Release": parameters.get("Release", ""), **(outputs or {})}.items()],
    }


class Rollback(unittest.TestCase):
    """A release is gone back to, and what customers have stays where it is."""

    def rolled_back(self, running: dict[str, str], before: dict[str, str]) -> tuple[dict[str, str], str, list[dict[str, Any]]]:
        """What `sam` is given: the parameters and the template; and the history that is stored."""
        releases = [{"release": one["Release"], "deployed_at": "t", "parameters": one, "template": TEMPLATE} for one in (before, running)]
        sent: list[Any] = []
        stored: list[Any] = []
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.object(commands, "ROOT", Path(folder)),
            patch.object(commands, "Cloud", lambda _: FakeCloud({}, stack_with(running))),
            patch.object(history, "bucket", lambda _: "bucket"),
            patch.object(history, "read", lambda *_: releases),
            patch.object(history, "write", lambda *given: stored.append(given[-1])),
            patch.object(sam, "deploy", lambda stage, bucket, packaged, values, log: sent.append((values, packaged.read_text()))),
            patch.object(commands, "_finish", lambda *_: None),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            commands.rollback(Namespace(stage="prod", region=None))
        ((values, template),), (kept,) = sent, stored
        return values, template, kept

    def test_it_goes_back_to_the_settings_of_before_without_a_canary(self) -> None:
        running = {**OLD, **NOTHING_ADOPTED, "Release": "b" * 64, "LogLevel": "debug"}
        values, template, kept = self.rolled_back(running, {**OLD, **NOTHING_ADOPTED})
        self.assertEqual(values, {**OLD, **NOTHING_ADOPTED, "Canary": "false"})
        self.assertEqual(template, TEMPLATE)
        self.assertEqual([one["release"] for one in kept], ["a" * 64])

    def test_a_table_that_was_adopted_since_stays_the_table_with_the_keys_that_open_it(self) -> None:
        running = {**OLD, **ADOPTED, "Release": "b" * 64, "LogLevel": "debug"}
        values, _, _ = self.rolled_back(running, {**OLD, **NOTHING_ADOPTED})
        self.assertEqual({name: values[name] for name in ADOPTED}, ADOPTED)
        self.assertEqual(values["LogLevel"], "info")

    def test_what_then_runs_is_no_release_that_was_and_its_versions_have_names_of_their_own(self) -> None:
        # Under the names of before, a deploy of the release of before would find nothing changed, and Lambda no new version.
        running = {**OLD, **ADOPTED, "Release": "b" * 64}
        values, template, kept = self.rolled_back(running, {**OLD, **NOTHING_ADOPTED})
        self.assertRegex(values["Release"], r"^[0-9a-f]{64}$")
        self.assertNotIn(values["Release"], ("a" * 64, "b" * 64))
        self.assertNotIn("d" * 64, template)
        self.assertRegex(template, r"AutoPublishCodeSha256: [0-9a-f]{64}\n")
        newest = kept[-1]
        self.assertEqual((newest["release"], newest["template"]), (values["Release"], template))
        self.assertEqual({name: newest["parameters"][name] for name in ADOPTED}, ADOPTED)
        self.assertEqual(history.before([{"release": "z"}, newest], values["Release"]), [{"release": "z"}])

    def test_a_release_that_knows_no_table_but_its_own_is_not_gone_back_to(self) -> None:
        with self.assertRaisesRegex(Failure, "ExistingTable"):
            self.rolled_back({**OLD, **ADOPTED, "Release": "b" * 64}, OLD)
        self.assertNotIn("ExistingTable", self.rolled_back({**OLD, **NOTHING_ADOPTED, "Release": "b" * 64}, OLD)[0])

    def test_it_is_refused_over_the_moment_at_which_the_name_was_led_elsewhere(self) -> None:
        for name, then in (("HostedZoneId", ""), ("EdgeSecretArn", "arn:aws:secretsmanager:ap-southeast-2:1:secret:e")):
            with self.assertRaisesRegex(Failure, f"{name}.*make deploy STAGE=prod ARCHIVES="):
                self.rolled_back({**OLD, **NOTHING_ADOPTED, "Release": "b" * 64}, {**OLD, **NOTHING_ADOPTED, name: then})


class Canary(unittest.TestCase):
    """CodeDeploy stops a deployment whose alarm rings before it begins, so a fix would be taken back by what it mends."""

    NOW: ClassVar = dict.fromkeys(FUNCTIONS, "n" * 64)

    def checked(self, *ringing: str, moved: tuple[str, ...] = FUNCTIONS, chosen: str = "true", known: bool = True) -> list[tuple[str, dict[str, Any]]]:
        """Ask before a deploy that makes other versions of these functions, and return what AWS was asked."""
        cloud = FakeCloud({"cloudwatch:DescribeAlarms": {"MetricAlarms": [{"AlarmName": f"{STACK}-{name}-1A2B3C"} for name in ringing]}})
        runs = {name: {"Properties": {"AutoPublishCodeSha256": "o" * 64 if name in moved else self.NOW[name]}} for name in FUNCTIONS}
        releases = [{"release": "a" * 64, "template": yaml.safe_dump({"Resources": runs})}] if known else []
        with patch.object(history, "read", lambda *_: releases), patch.object(history, "bucket", lambda _: "bucket"):
            canary.check(cloud, stages.load("prod"), stack_with(OLD), read(), {"Canary": chosen}, self.NOW)
        return cloud.calls

    def test_an_alarm_that_rings_is_told_before_anything_is_sent_with_the_way_past_it(self) -> None:
        for alarm in ("WorkerErrors", "PagesFailing"):
            with self.assertRaisesRegex(Failure, rf'{alarm} rings.*SET="Canary=false"'):
                self.checked(alarm)

    def test_only_the_alarms_of_functions_that_change_stop_it(self) -> None:
        self.checked("WorkerErrors", moved=("SignupFunction",))
        self.checked("PagesFailing", moved=("WorkerFunction", "SweeperFunction"))
        self.checked("DeadLetters", "SecurityEvents")
        self.checked("WorkerErrors", moved=())
        self.assertRaises(Failure, self.checked, "WorkerErrors", moved=("SignupFunction",), known=False)

    def test_without_a_canary_or_without_a_stack_nobody_is_asked(self) -> None:
        self.assertEqual(self.checked("WorkerErrors", chosen="false"), [])
        cloud = FakeCloud({})
        canary.check(cloud, stages.load("prod"), None, read(), {"Canary": "true"}, self.NOW)
        self.assertEqual(cloud.calls, [])

    def test_a_deploy_asks_before_it_sends(self) -> None:
        code = inspect.getsource(commands.deploy)
        self.assertLess(code.index("canary.check("), code.index("_send("))


class Status(unittest.TestCase):
    """Whoever is on call looks first, with the rights of whoever is on call."""

    OUTPUTS: ClassVar = {"PublicUrl": "https://x.example.com", "QueueUrl": "https://sqs/q", "DeadLetterQueueUrl": "https://sqs/d"}
    FILLED: ClassVar = {"ARN": "arn", "VersionIdsToStages": {"1": ["AWSCURRENT"]}}

    def looked(self, **otherwise: Any) -> tuple[str, FakeCloud]:
        """What is said, and the cloud that was asked."""
        answers = {
            "lambda:GetAlias": {"FunctionVersion": "7"},
            "sqs:GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "0"}},
            "secretsmanager:DescribeSecret": self.FILLED,
            "cloudwatch:DescribeAlarms": {"MetricAlarms": [{"AlarmName": f"{STACK}-WorkerErrors-1A2B"}]},
            "sns:ListSubscriptionsByTopic": {"Subscriptions": []},
            **{name.replace("_", ":", 1): answer for name, answer in otherwise.items()},
        }
        cloud = FakeCloud(answers, stack_with(OLD, self.OUTPUTS))
        with patch.object(commands, "Cloud", lambda _: cloud), contextlib.redirect_stdout(io.StringIO()) as said:
            commands.status(Namespace(stage="prod", region=None))
        return said.getvalue(), cloud

    def test_it_asks_for_nothing_that_whoever_is_on_call_may_not(self) -> None:
        said, cloud = self.looked()
        self.assertRegex(said, r"worker +live is version 7\n")
        self.assertRegex(said, r"secrets +filled\n")
        self.assertRegex(said, r"alarms +go1-xero-prod-WorkerErrors")
        self.assertGreater(len(cloud.calls), 10)
        for action in {action for action, _ in cloud.calls}:
            self.assertTrue(allowed("operator", action), action)

    def test_an_empty_secret_is_told_by_its_versions_and_nobody_reads_what_is_in_one(self) -> None:
        for described in ({"ARN": "arn"}, {"ARN": "arn", "VersionIdsToStages": {"1": ["AWSPREVIOUS"]}}, refusal("ResourceNotFoundException")):
            self.assertRegex(self.looked(secretsmanager_DescribeSecret=described)[0], r"secrets +empty: xero, go1\n")

    def test_what_may_not_be_looked_at_is_said_and_the_rest_is_shown(self) -> None:
        said, _ = self.looked(secretsmanager_DescribeSecret=refusal("AccessDeniedException"))
        self.assertRegex(said, r"secrets +you may not look at them\n")
        self.assertRegex(said, r"alarms +go1-xero-prod-WorkerErrors")

    def test_it_says_who_is_told_of_alarms_and_that_an_address_without_a_confirmation_is_nobody(self) -> None:
        for subscribed, wanted in (
            ([("a@example.com", "arn:aws:sns:1")], r"told to +a@example\.com"),
            ([("a@example.com", "arn:aws:sns:1"), ("b@example.com", "PendingConfirmation")], r"told to +a@example\.com, not confirmed by b@example\.com"),
            ([("b@example.com", "PendingConfirmation")], r"told to +nobody, not confirmed by b@example\.com"),
            ([], r"told to +nobody$"),
        ):
            answer = {"Subscriptions": [{"Endpoint": one, "SubscriptionArn": arn} for one, arn in subscribed]}
            self.assertRegex(self.looked(sns_ListSubscriptionsByTopic=answer)[0], rf"(?m)^  {wanted}")
        for error, wanted in (("NotFound", "told to    nobody"), ("AuthorizationError", "you may not look")):
            self.assertIn(wanted, self.looked(sns_ListSubscriptionsByTopic=refusal(error))[0])


    def test_a_stack_whose_first_deploy_failed_is_said_to_be_one(self) -> None:
        cloud = FakeCloud({"lambda:GetAlias": refusal("ResourceNotFoundException")}, {**stack_with({}), "StackStatus": "ROLLBACK_COMPLETE", "Outputs": []})
        with patch.object(commands, "Cloud", lambda _: cloud), contextlib.redirect_stdout(io.StringIO()) as said:
            commands.status(Namespace(stage="prod", region=None))
        self.assertRegex(said.getvalue(), r"ROLLBACK_COMPLETE\n.*nothing runs.*make destroy STAGE=prod")


class Readers(unittest.TestCase):
    """An address counts once it has confirmed."""

    def written_to(self, address: str | None, *subscribed: tuple[str, str]) -> list[str]:
        """Whom AWS is asked to write to."""
        found = [{"Endpoint": one, "SubscriptionArn": arn} for one, arn in subscribed]
        cloud = FakeCloud({"sns:CreateTopic": {"TopicArn": "t"}, "sns:ListSubscriptionsByTopic": {"Subscriptions": found}, "sns:Subscribe": {}})
        with contextlib.redirect_stdout(io.StringIO()), patch("sys.stdin", io.StringIO("")):
            alarms.topic(cloud, STACK, address)
        return [asked["Endpoint"] for action, asked in cloud.calls if action == "sns:Subscribe"]

    def test_whoever_has_not_confirmed_is_written_to_again_and_whoever_has_is_not(self) -> None:
        waits, reads = ("a@example.com", "PendingConfirmation"), ("a@example.com", "arn:aws:sns:1")
        self.assertEqual(self.written_to("a@example.com", waits), ["a@example.com"])
        self.assertEqual(self.written_to("a@example.com", reads), [])
        self.assertEqual(self.written_to(None, waits), [])
        self.assertEqual(self.written_to("b@example.com", reads), ["b@example.com"])
        self.assertRaisesRegex(Failure, "nobody would read the alarms", self.written_to, None)


class Destroy(unittest.TestCase):
    """What was made stays, and the line that goes on with it is complete."""

    OUTPUTS: ClassVar = {"TableName": "t1", "XeroSealingKeyArn": "arn:xero", "Go1SealingKeyArn": "arn:go1"}
    KEPT: ClassVar = {"ExistingTable": "t1", "ExistingXeroSealingKeyArn": "arn:xero", "ExistingGo1SealingKeyArn": "arn:go1"}

    def said(self, parameters: dict[str, str], outputs: dict[str, str], resources: list[tuple[str, str]] | None = None, readers: list[str] | None = None) -> str:
        stack = stack_with(parameters, outputs)
        states = [{"LogicalResourceId": name, "PhysicalResourceId": f"its-{name}" if state else "", "ResourceStatus": state} for name, state in resources or []]
        answers = {
            "cloudformation:DeleteStack": {},
            "cloudformation:GetWaiter": Namespace(wait=lambda **_: None),
            "cloudformation:DescribeStackResources": {"StackResources": states},
            "sns:ListSubscriptionsByTopic": {"Subscriptions": [{"Endpoint": one, "SubscriptionArn": "arn:aws:sns:1"} for one in readers or []]},
            "sns:DeleteTopic": {},
        }
        cloud = FakeCloud(answers, stack)
        with patch.object(commands, "Cloud", lambda _: cloud), patch.object(commands.edge, "remove", lambda _: None), contextlib.redirect_stdout(io.StringIO()) as said:
            commands.destroy(Namespace(stage="prod", region=None, yes=STACK))
        order = [action for action, _ in cloud.calls]
        self.assertLess(order.index("sns:ListSubscriptionsByTopic"), order.index("sns:DeleteTopic"))
        return said.getvalue()

    def given(self, said: str) -> tuple[dict[str, str], list[str]]:
        """What the printed line gives to the deploy, by way of a shell and of make."""
        (line,) = [one.strip() for one in said.splitlines() if "make deploy" in one]
        makefile = "SET ?=\ndeploy:\n\t@printf '%s' \"$$SET\"\n"
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "Makefile").write_text(makefile)
            environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "SET")}
            ran = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
        return stages.pairs(shlex.split(ran)), shlex.split(line)[2:]

    def test_everything_that_a_deploy_keeps_from_a_stack_is_in_the_line_as_it_was(self) -> None:
        strange = "https://help.example.com/?a=1&b=it's $HOME \"now\""
        parameters = {**OLD, "SupportContact": strange, "XeroConnections": "50", "Go1CoursesAu": "1,2,3,4,5", "Go1CoursesUs": "", **dict.fromkeys(ADOPTED, "")}
        given, words = self.given(self.said(parameters, self.OUTPUTS, readers=["a@example.com"]))
        wanted = {"PublicUrl": OLD["PublicUrl"], "HostedZoneId": "Z1", "SupportContact": strange, "XeroConnections": "50", "Go1CoursesAu": "1,2,3,4,5"}
        self.assertEqual(given, {**wanted, **self.KEPT})
        self.assertIn("STAGE=prod", words)
        self.assertIn("ALARM_EMAIL=a@example.com", words)

    def test_without_a_name_of_its_own_it_says_what_must_be_registered_anew(self) -> None:
        self.assertIn("redirect URI", self.said({**OLD, "PublicUrl": ""}, self.OUTPUTS))
        self.assertNotIn("redirect URI", self.said(OLD, self.OUTPUTS))

    def test_what_a_first_deploy_left_that_failed_is_gone_on_with_or_named(self) -> None:
        all_of_them = [("Table", "DELETE_SKIPPED"), ("XeroSealingKey", "DELETE_SKIPPED"), ("Go1SealingKey", "CREATE_COMPLETE")]
        given, _ = self.given(self.said({}, {}, all_of_them))
        self.assertEqual(given, {"ExistingTable": "its-Table", "ExistingXeroSealingKeyArn": "its-XeroSealingKey", "ExistingGo1SealingKeyArn": "its-Go1SealingKey"})
        said = self.said({"PublicUrl": "https://x.example.com"}, {}, [("Table", "DELETE_SKIPPED"), ("XeroSealingKey", "CREATE_FAILED"), ("HttpApi", "DELETE_COMPLETE")])
        self.assertNotIn("Existing", said)
        self.assertIn("its-Table", said)
        self.assertNotIn("its-XeroSealingKey", said)
        self.assertIn("PublicUrl=https://x.example.com", said)
        self.assertNotIn("Existing", self.said({}, {}, []))

    def test_what_was_adopted_is_in_the_line_also_where_the_deploy_failed(self) -> None:
        given, _ = self.given(self.said(ADOPTED, {}, []))
        self.assertEqual(given, ADOPTED)


if __name__ == "__main__":
    unittest.main()
