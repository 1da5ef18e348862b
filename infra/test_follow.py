"""The story of one import, from lines as the functions write them; and what the operator's commands are told of a stage."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.stub import ANY, Stubber

from infra import follow, operate
from infra.local.steps import Failure
from infra.template_text import read

IMPORT, OTHER = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
REQUEST = {"name": "request", "method": "POST", "path": "/imports", "reference": "a1b2c3d4e5f6"}
BATCH = {"name": "batch", "portal": "700001", "import": IMPORT, "batch": 2, "attempt": 3, "cause": "a1b2c3d4e5f6", "send": 1}
CALL = {"name": "call", "upstream": "GO1", "call": "create user account"}


def event(at: int, function: str, message: str, *spans: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A line as a function writes it and the emulator keeps it."""
    record = {"level": fields.pop("level", "INFO"), "message": message, **fields, "target": "worker", "spans": list(spans)}
    return {"timestamp": at, "function": function, "message": json.dumps(record)}


EVENTS = [
    event(5_000, "worker", "a call failed", BATCH, CALL, level="WARN", event="call_failed", status=503, duration_ms=812, correlation_id="5f6e7d8c"),
    event(1_000, "import", "the portal's accounts could not be read", REQUEST, level="WARN", portal="700001"),
    event(2_000, "import", "import accepted", REQUEST, portal="700001", people=12, **{"import": IMPORT}),
    event(6_000, "worker", "a batch is tried again", BATCH, event="batch_put_off", why="Unavailable", seconds=2, failures=1),
    event(7_000, "worker", "a call failed", {**BATCH, "import": OTHER, "cause": "ffffffffffff"}, CALL, level="WARN", status=503),
    event(8_000, "sweeper", "imports swept", {"name": "sweep"}, event="swept"),
    {"timestamp": 9_000, "function": "worker", "message": "REPORT RequestId: 1"},
    {"timestamp": 9_500, "function": "worker", "message": json.dumps({"_aws": {}, "Upstream": "GO1", "Call": IMPORT})},
]


class Follow(unittest.TestCase):
    """What is told of an import, and what is not."""

    def test_the_story_has_the_import_s_lines_and_those_of_its_request_in_order_and_no_others(self) -> None:
        story = follow.story(follow.lines_of(EVENTS), IMPORT)
        self.assertEqual([line.milliseconds for line in story], [1_000, 2_000, 5_000, 6_000])
        self.assertEqual(follow.portal_of(story, IMPORT), "700001")
        self.assertIsNone(follow.portal_of(story, OTHER))

    def test_a_failure_says_which_attempt_of_which_batch_it_was_and_of_which_call(self) -> None:
        failed = follow.story(follow.lines_of(EVENTS), IMPORT)[2].told()
        self.assertEqual(
            failed,
            "00:00:05.000 worker         WARN  a call failed [batch 2, attempt 3, GO1 create user account] status=503 duration_ms=812 correlation_id=5f6e7d8c",
        )

    def test_what_went_wrong_is_counted(self) -> None:
        lines = follow.story(follow.lines_of([*EVENTS, EVENTS[0]]), IMPORT)
        self.assertEqual(follow.summary(lines), [
            "2 x a call failed at GO1 create user account with 503",
            "1 x the portal's accounts could not be read",
            "1 x a batch is tried again (Unavailable)",
        ])

    def test_people_who_were_refused_and_courses_are_counted_by_why(self) -> None:
        refused = event(1, "worker", "somebody's turn is over", BATCH, ended="failed", why="AccountRefused", created=False, courses=0, person="p1")
        well = event(2, "worker", "somebody's turn is over", BATCH, ended="done", created=True, courses=5, person="p2")
        course = event(3, "worker", "GO1 refused a course", BATCH, level="WARN", course="1009", error="the course cannot be assigned here")
        found = follow.summary(follow.lines_of([refused, refused, well, course]))
        self.assertEqual(found, ["2 x somebody's turn is over (failed, AccountRefused)", "1 x GO1 refused a course (1009, the course cannot be assigned here)"])

    def test_what_the_local_cloud_has_left_is_read_and_nothing_is_a_failure(self) -> None:
        with tempfile.TemporaryDirectory() as folder, patch.object(follow, "STATE", Path(folder)), patch.object(follow.logs, "read", side_effect=Failure("nobody answers")):
            self.assertRaises(Failure, follow.local_lines)
            (Path(folder) / "logs").mkdir()
            (Path(folder) / "logs" / "functions.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in EVENTS))
            self.assertEqual(len(follow.story(follow.local_lines(), IMPORT)), 4)

    def test_on_aws_insights_is_asked_until_it_has_an_answer(self) -> None:
        client = boto3.client("logs", region_name="ap-southeast-2", aws_access_key_id="x", aws_secret_access_key="x")
        row = [{"field": "@timestamp", "value": "1970-01-01 00:00:05.250"}, {"field": "@message", "value": EVENTS[0]["message"]}, {"field": "@log", "value": "123456789012:/aws/lambda/go1-xero-prod-oauth-callback"}]
        with Stubber(client) as stub, patch.object(follow, "Cloud") as cloud, patch.object(follow.time, "sleep"):
            cloud.return_value.client.return_value = client
            stub.add_response("start_query", {"queryId": "q"}, {"logGroupNames": ANY, "startTime": ANY, "endTime": ANY, "queryString": ANY})
            stub.add_response("get_query_results", {"status": "Running", "results": []}, {"queryId": "q"})
            stub.add_response("get_query_results", {"status": "Complete", "results": [row]}, {"queryId": "q"})
            (line,) = follow.lines_on_aws("prod", None, IMPORT, 48)
            stub.assert_no_pending_responses()
        self.assertEqual((line.milliseconds, line.function, line.record["status"]), (5_250, "oauth-callback", 503))

    def test_on_aws_the_lines_of_the_request_that_accepted_it_are_asked_for_as_well(self) -> None:
        asked: list[str] = []

        def insights(_stage: str, _region: None, wanted: str, _hours: int) -> list[follow.Line]:
            asked.append(wanted)
            return [line for line in follow.lines_of(EVENTS) if wanted in json.dumps(line.record)]

        with patch.object(follow, "lines_on_aws", insights):
            lines = follow.story_on_aws("prod", None, IMPORT, 48)
        self.assertEqual(asked, [IMPORT, REQUEST["reference"]])
        self.assertEqual(follow.story(lines, IMPORT), follow.story(follow.lines_of(EVENTS), IMPORT))


class Operate(unittest.TestCase):
    """The settings of a stage, as its functions have them."""

    def test_a_stage_s_settings_are_those_of_its_functions(self) -> None:
        client = boto3.client("lambda", region_name="ap-southeast-2", aws_access_key_id="x", aws_secret_access_key="x")
        with Stubber(client) as stub, patch.object(operate, "Cloud") as cloud:
            cloud.return_value.client.return_value = client
            for function, names in operate.VARIABLES.items():
                told = {"Environment": {"Variables": {name: f"{function} {name}" for name in (*names, "PUBLIC_URL")}}}
                stub.add_response("get_function_configuration", told, {"FunctionName": f"go1-xero-prod-{function}"})
            found = operate.environment("prod", None)
        self.assertEqual(found["TABLE_NAME"], "worker TABLE_NAME")
        self.assertEqual(found["XERO_CONNECTIONS"], "oauth-callback XERO_CONNECTIONS")
        self.assertEqual(set(found), {"AWS_REGION", *operate.VARIABLES["worker"], *operate.VARIABLES["oauth-callback"]})

    def test_the_functions_have_these_settings(self) -> None:
        template = read()
        shared = template["Globals"]["Function"]["Environment"]["Variables"]
        for function, names in operate.VARIABLES.items():
            logical = "".join(word.capitalize() for word in function.split("-"))
            own = template["Resources"][f"{logical}Function"]["Properties"]["Environment"]["Variables"]
            self.assertLessEqual(set(names), {*own, *shared}, function)


if __name__ == "__main__":
    unittest.main()
