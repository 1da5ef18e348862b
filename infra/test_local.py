"""What the local cloud decides without an emulator: ports, and the event that names a batch."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.stub import Stubber

from infra.local import checks, events, stand_ins
from infra.local.settings import Settings
from infra.local.steps import Failure
from infra.template_text import read

ROOT = Path(__file__).parents[1]
ROWS = ROOT / "shared" / "state" / "tests" / "rows"


def settings(**chosen: str) -> Settings:
    with patch.dict(os.environ, {"MINISTACK_PORT": "14566", "APP_PORT": "18400", "XERO_PORT": "18401", "GO1_PORT": "18402", **chosen}):
        return Settings.from_environment()


def parameters(**chosen: str) -> dict[str, str]:
    with patch.dict(os.environ, chosen):
        return settings().parameters


class Parameters(unittest.TestCase):
    def test_what_make_sets_for_the_local_cloud_is_within_what_the_template_takes(self) -> None:
        names = ("WORKER_TIMEOUT", "QUEUE_VISIBILITY", "GO1_CALLS_IN_FLIGHT", "GO1_UNANSWERED")
        lines = [dict(re.findall(rf"\b({'|'.join(names)})=(\d+)", line)) for line in (ROOT / "Makefile").read_text().splitlines()]
        chosen = [line for line in lines if line] + [{}]
        self.assertGreaterEqual(len(chosen), 3)
        declared = read()["Parameters"]
        for line in chosen:
            for name, value in parameters(**line).items():
                rule = declared[name]
                if rule["Type"] == "Number":
                    with self.subTest(line=line, name=name):
                        self.assertGreaterEqual(int(value), rule.get("MinValue", int(value)))
                        self.assertLessEqual(int(value), rule.get("MaxValue", int(value)))


class Ports(unittest.TestCase):
    """Every port can be chosen, that of cargo-lambda as well."""

    def test_the_port_of_cargo_lambda_can_be_chosen_and_is_looked_at_only_where_it_is_taken(self) -> None:
        self.assertEqual((settings().invoke_port, settings(INVOKE_PORT="19000").invoke_port), (9000, 19000))
        self.assertRaises(Failure, settings, INVOKE_PORT="none")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            checks.check_ports(settings(INVOKE_PORT=port))
            with self.assertRaisesRegex(Failure, f"port {port} is taken: .*INVOKE_PORT="):
                checks.check_ports(settings(INVOKE_PORT=port), watched=True)
        with self.assertRaisesRegex(Failure, "INVOKE_PORT and APP_PORT are both 18400"):
            checks.check_ports(settings(INVOKE_PORT="18400"), watched=True)

    def test_the_proxy_leads_to_that_port(self) -> None:
        seen: list[list[str]] = []

        class Started:
            def start(self, _name: str, command: list[str], _environment: dict[str, str]) -> Any:
                seen.append(command)

        one = settings(INVOKE_PORT="19000")
        with patch.object(stand_ins, "_answers", lambda _: True), patch.object(Settings, "binaries", Path("target")):
            stand_ins.start(Started(), one, watched=True)  # type: ignore[arg-type]
            stand_ins.start(Started(), one, watched=False)  # type: ignore[arg-type]
        self.assertEqual(seen[0][-2:], ["--app-upstream", "http://[::1]:19000"])
        self.assertNotIn("http://[::1]:19000", seen[1])

    def test_both_commands_of_cargo_lambda_get_it(self) -> None:
        for words, wanted in ((["watch"], "lambda watch --invoke-address ::1 --invoke-port 9100"), (["invoke", "FUNCTION=worker", "EVENT=events/schedule.json"], "lambda invoke worker --invoke-port 9100")):
            told = subprocess.run(["make", "-n", *words, "INVOKE_PORT=9100"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
            self.assertIn(wanted, told)


class Events(unittest.TestCase):
    """An event for the worker, from the rows as state stores them."""

    def client(self) -> Any:
        return boto3.client("dynamodb", region_name="ap-southeast-2", aws_access_key_id="test", aws_secret_access_key="test")

    def rows(self, kind: str) -> list[dict[str, Any]]:
        newest = max(ROWS.glob(f"{kind}.v*.json"), key=lambda file: int(re.findall(r"v(\d+)", file.name)[0]))
        return json.loads(newest.read_text())

    def stored(self, value: Any) -> Any:
        if isinstance(value, bool):
            return {"BOOL": value}
        if isinstance(value, dict):
            return {"M": {key: self.stored(one) for key, one in value.items()}}
        if isinstance(value, list):
            return {"L": [self.stored(one) for one in value]}
        return {"N": str(value)} if isinstance(value, int) else {"NULL": True} if value is None else {"S": value}

    def event(self, imports: list[dict[str, Any]], people: list[dict[str, Any]] | None) -> dict[str, Any]:
        client = self.client()
        with Stubber(client) as stub:
            for operation, rows in (("scan", imports), ("query", people)):
                if rows is not None:
                    stub.add_response(operation, {"Items": [self.stored(row)["M"] for row in rows]})
            return events.event(client, "table")

    def test_it_names_a_batch_in_which_somebody_waits_of_the_import_that_runs(self) -> None:
        people = self.rows("person-of-an-import")
        made = self.event(self.rows("import"), people)
        (record,) = made["Records"]
        body = json.loads(record["body"])
        running = [one for one in self.rows("import") if one["status"] == "running"]
        self.assertIn(body["import"], [one["id"] for one in running])
        (sends,) = [one["sends"] for one in running if one["id"] == body["import"]]
        self.assertEqual(body["send"], sends)
        waiting = {one["batch"] for one in people if one["outcome"]["outcome"] == "waiting"}
        self.assertIn(body["batch"], waiting)
        self.assertEqual(body["people"], sorted(one["employee_id"] for one in people if one["batch"] == body["batch"]))
        self.assertEqual(record["attributes"]["MessageGroupId"], body["portal"])
        self.assertEqual(record["attributes"]["MessageDeduplicationId"], f"{body['import']}-{body['batch']}-{sends}")

    def test_it_has_the_form_of_the_committed_event(self) -> None:
        committed = json.loads((ROOT / "events" / "sqs-batch.json").read_text())["Records"][0]
        (record,) = self.event(self.rows("import"), self.rows("person-of-an-import"))["Records"]
        self.assertEqual(set(record), set(committed))
        self.assertEqual(set(json.loads(record["body"])), set(json.loads(committed["body"])))
        code = (ROOT / "shared" / "domain" / "src" / "import" / "batch.rs").read_text()
        self.assertIn(f"WRITES: u32 = {events.MESSAGE_VERSION};", code)

    def test_without_an_import_it_says_what_to_do(self) -> None:
        with self.assertRaisesRegex(Failure, "no import yet"):
            self.event([], None)
        with self.assertRaisesRegex(Failure, "no people any more"):
            self.event(self.rows("import"), [])


if __name__ == "__main__":
    unittest.main()
