"""Another setting of what runs: `make deploy ARCHIVES=running` sends no code and no template but those that run. Needs no AWS."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from argparse import Namespace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from infra.deploy import commands, history, sam
from infra.deploy.release import Contents, named, rendered
from infra.deploy.stages import choose, load
from infra.local.steps import Failure
from infra.template_text import parse
from infra.test_commands import STACK, FakeCloud, stack_with
from infra.test_release import CODE, FUNCTIONS, GIVEN, SECRETS, TEMPLATE

URIS = {name: f"s3://go1-xero-packages/{name}" for name in FUNCTIONS}
READERS = {name for name in FUNCTIONS if name != "SweeperFunction"}
RUNS = {**choose(TEMPLATE, load("prod"), GIVEN, {}, {"AlarmTopicArn": "arn:aws:sns:ap-southeast-2:1:t", "WorkerConcurrency": "2"}, lambda *_: ""), "Release": "a" * 64}


@cache
def packaged() -> str:
    """What `sam package` has made of the release that runs."""
    return yaml.safe_dump(rendered(TEMPLATE, RUNS, Contents(CODE, SECRETS), URIS))


class Running(unittest.TestCase):
    """The command, on a cloud that answers what it is given."""

    def deployed(
        self, settings: str = "", secrets: str = "1", entry: dict[str, Any] | None = None, stack: dict[str, Any] | None = None
    ) -> tuple[list[tuple[dict[str, str], str]], list[dict[str, Any]], str]:
        """What `sam` is given, what the history is afterwards, and what was said."""
        releases = [{"release": "a" * 64, "deployed_at": "t", "parameters": RUNS, "template": packaged(), "code": CODE} if entry is None else entry]
        sent: list[Any] = []
        stored: list[Any] = []
        cloud = FakeCloud(
            {
                "secretsmanager:DescribeSecret": lambda asked: {
                    "ARN": GIVEN["XeroClientSecretArn" if "xero-client" in asked["SecretId"] else "Go1ClientSecretArn"],
                    "VersionIdsToStages": {secrets: ["AWSCURRENT"]},
                },
                "cloudwatch:DescribeAlarms": {"MetricAlarms": [{"AlarmName": f"{STACK}-WorkerErrors-1A2B"}]},
                "lambda:GetAccountSettings": {"AccountLimit": {"UnreservedConcurrentExecutions": 10}},
                "lambda:ListEventSourceMappings": {"EventSourceMappings": []},
            },
            stack_with(RUNS) if stack is None else stack,
        )
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.object(commands, "ROOT", Path(folder)),
            patch.object(commands, "Cloud", lambda _: cloud),
            patch.object(commands, "_built", self.fail),
            patch.object(commands.packages, "pack", self.fail),
            patch.object(history, "bucket", lambda _: "bucket"),
            patch.object(history, "read", lambda *_: releases),
            patch.object(history, "write", lambda *given: stored.append(given[-1])),
            patch.object(sam, "package", self.fail),
            patch.object(sam, "deploy", lambda stage, bucket, packed, values, log: sent.append((values, packed.read_text()))),
            patch.object(commands, "_finish", lambda *_: None),
            contextlib.redirect_stdout(io.StringIO()) as said,
        ):
            commands.deploy(Namespace(stage="prod", region=None, archives="running", set=settings, alarm_email=None, from_stdin=False))
        return sent, stored[-1] if stored else [], said.getvalue()

    def test_a_setting_that_no_function_sees_makes_no_version_and_waits_for_no_alarm(self) -> None:
        ((values, template),), releases, _ = self.deployed("WorkerConcurrency=4")
        self.assertEqual({**values, "Release": ""}, {**RUNS, "WorkerConcurrency": "4", "Release": ""})
        self.assertEqual(named(parse(template)), named(parse(packaged())))
        self.assertNotEqual(values["Release"], RUNS["Release"])
        newest = releases[-1]
        self.assertEqual((newest["release"], newest["parameters"], newest["template"], newest["code"]), (values["Release"], values, template, CODE))
        self.assertEqual(len(releases), 2)

    def test_a_setting_of_the_functions_makes_versions_of_the_code_that_runs(self) -> None:
        ((values, template),), _, _ = self.deployed("LogLevel=debug Canary=false")
        self.assertEqual(values["LogLevel"], "debug")
        before, after = named(parse(packaged())), named(parse(template))
        self.assertEqual({name for name in FUNCTIONS if after[name] != before[name]}, FUNCTIONS)
        resources = parse(template)["Resources"]
        self.assertEqual({name: resources[name]["Properties"]["CodeUri"] for name in FUNCTIONS}, URIS)
        self.assertEqual(after, named(rendered(TEMPLATE, {**RUNS, "LogLevel": "debug", "Canary": "false"}, Contents(CODE, SECRETS), URIS)), "as a deploy of the same archives names them")

    def test_a_canary_whose_alarm_rings_is_refused_here_too(self) -> None:
        with self.assertRaisesRegex(Failure, "WorkerErrors rings"):
            self.deployed("LogLevel=debug")

    def test_what_was_sent_once_without_a_canary_does_not_leave_the_next_without_one(self) -> None:
        ((values, _),), _, _ = self.deployed("WorkerConcurrency=4", stack=stack_with({**RUNS, "Canary": "false"}))
        self.assertEqual(values["Canary"], "true")

    def test_a_secret_that_was_filled_again_is_brought_to_whoever_reads_it(self) -> None:
        ((_, template),), _, _ = self.deployed("Canary=false", secrets="2")
        before, after = named(parse(packaged())), named(parse(template))
        self.assertEqual({name for name in FUNCTIONS if after[name] != before[name]}, READERS)

    def test_nothing_changes_where_nothing_is_another(self) -> None:
        for settings in ("", "LogLevel=info"):
            sent, releases, said = self.deployed(settings)
            self.assertEqual((sent, releases), ([], []))
            self.assertIn("nothing has changed", said)

    def test_a_release_of_before_that_was_noted_without_its_code_runs_again_under_other_names(self) -> None:
        entry = {"release": "a" * 64, "deployed_at": "t", "parameters": RUNS, "template": packaged()}
        ((_, template),), releases, _ = self.deployed("Canary=false", entry=entry)
        self.assertEqual(set(named(parse(template))), FUNCTIONS)
        self.assertEqual(set(releases[-1]["code"]), FUNCTIONS)

    def test_what_it_cannot_do_is_refused_with_what_can(self) -> None:
        for settings, wanted in (
            ("Colour=blue", "Colour is no parameter"),
            ("LogLevel=loud", "^LogLevel=loud"),
            ("WorkerConcurrency=9", "L-B99A9384"),
            ("HostedZoneId=Z2", "HostedZoneId.*ARCHIVES="),
            ("PublicUrl=https://y.example.com", "PublicUrl.*ARCHIVES="),
            ("Release=1", "Release"),
        ):
            with self.assertRaisesRegex(Failure, wanted):
                self.deployed(settings)
        with self.assertRaisesRegex(Failure, "history does not know.*ARCHIVES="):
            self.deployed(entry={"release": "b" * 64})
        with self.assertRaisesRegex(Failure, "no stack"):
            self.deployed(stack={"StackStatus": "REVIEW_IN_PROGRESS"})


if __name__ == "__main__":
    unittest.main()
