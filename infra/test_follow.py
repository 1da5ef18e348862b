"""The story of one import, from lines as the functions write them; and what the operator's commands are told of a stage."""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.stub import ANY, Stubber

from infra import follow, follow_words, operate
from infra.local.steps import Failure
from infra.template_text import read

ROOT = Path(__file__).parent.parent
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
            "! 00:00:05.000 worker         WARN  a call failed [batch 2, attempt 3, GO1 create user account] status=503 duration_ms=812 correlation_id=5f6e7d8c",
        )

    def test_what_went_wrong_is_counted(self) -> None:
        lines = follow.story(follow.lines_of([*EVENTS, EVENTS[0]]), IMPORT)
        self.assertEqual(follow.summary(lines), [
            "2 x a call failed at GO1 create user account with 503; at 00:00:05",
            "1 x the portal's accounts could not be read; at 00:00:01",
            "1 x a batch is tried again (Unavailable): GO1 failed; at 00:00:06",
        ])

    def test_people_who_were_refused_and_courses_are_counted_by_why(self) -> None:
        refused = event(1, "worker", "somebody's turn is over", BATCH, ended="failed", why="AccountRefused", created=False, courses=0, person="p1")
        well = event(2, "worker", "somebody's turn is over", BATCH, ended="done", created=True, courses=5, person="p2")
        course = event(3, "worker", "GO1 refused a course", BATCH, level="WARN", course="1009", error="the course cannot be assigned here")
        found = follow.summary(follow.lines_of([refused, refused, well, course]))
        self.assertEqual(found, [
            "2 x somebody's turn is over (failed, AccountRefused): GO1 refused the name or the email; at 00:00:00",
            "1 x GO1 refused a course (1009, the course cannot be assigned here); at 00:00:00",
        ])

    def test_what_is_waited_for_and_who_failed_come_before_the_calls_however_many_and_with_their_times(self) -> None:
        calls = [event(1_000 * second, "worker", "a call failed", BATCH, CALL, level="WARN", status=503) for second in (1, 2, 9)]
        waits = event(9_500, "worker", "an import waits", BATCH, why="Login { generation: 3, renewed: false }", until="1970-01-01T00:05:06Z", times=1)
        failed = turn("p1", "failed", "PortalFull", at=9_600)
        self.assertEqual(follow.summary(follow.lines_of([*calls, waits, failed])), [
            "1 x an import waits (Login): GO1 takes no token of the portal until an administrator logs in; at 00:00:09",
            "1 x somebody's turn is over (failed, PortalFull): GO1 says that the portal is full; at 00:00:09",
            "3 x a call failed at GO1 create user account with 503; 00:00:01 to 00:00:09",
        ])

    def test_a_line_stands_where_it_was_logged_and_not_where_it_arrived(self) -> None:
        late = event(7_200, "worker", "import accepted", timestamp="1970-01-01T00:00:05.512345678Z")
        (line,) = follow.lines_of([late])
        self.assertEqual(line.milliseconds, 5_512)

    def test_a_batch_that_is_tried_again_says_what_is_waited_for_and_until_when(self) -> None:
        (line,) = follow.lines_of([event(6_000, "worker", "a batch is tried again", BATCH, why="EarlierRequest(60s)", seconds=60, failures=0)])
        self.assertEqual(
            line.told(),
            "! 00:00:06.000 worker         INFO  a batch is tried again [batch 2, attempt 3]: what GO1 has of somebody is not certain: it refused or did not answer an earlier request for them, "
            "or may not show yet what it did; next try from 00:01:06 on; why=EarlierRequest(60s) seconds=60 failures=0",
        )
        (waits,) = follow.lines_of([event(6_000, "worker", "an import waits", BATCH, why="Login { generation: 3 }", until="1970-01-01T00:05:06.123Z", times=1)])
        self.assertIn(": GO1 takes no token of the portal until an administrator logs in; next try from 00:05:06 on; ", waits.told())
        (tomorrow,) = follow.lines_of([event(6_000, "worker", "an import waits", BATCH, why="Failing", until="1970-01-02T00:05:06Z", times=1)])
        self.assertIn("next try from 1970-01-02 00:05:06 on", tomorrow.told())

    def test_every_reason_of_the_code_has_words_and_every_page_that_they_name_is_there(self) -> None:
        for words, name, file in (
            (follow_words.RETRIES, "Retry", "functions/worker/src/calls.rs"),
            (follow_words.WAITS, "WaitReason", "shared/domain/src/import/waiting.rs"),
            (follow_words.FAILURES, "FailureReason", "shared/domain/src/import/reason.rs"),
        ):
            body = re.findall(rf"enum {name} \{{\n(.*?)^\}}", (ROOT / file).read_text(), re.M | re.S)[0]
            self.assertEqual(set(words), set(re.findall(r"^    ([A-Z]\w+)", body, re.M)), name)
        for page in re.findall(r"docs/runbooks/[a-z0-9-]+\.md", Path(follow_words.__file__).read_text()):
            self.assertTrue((ROOT / page).exists(), page)
        pressed = (ROOT / "shared/web/templates/import.html").read_text()
        for button in (follow_words.TRY_AGAIN, follow_words.UNDO_THE_REST, follow_words.MISSING_COURSES):
            self.assertIn(button, pressed)

    def test_what_was_refused_or_failed_is_marked_and_an_answer_like_others_is_not(self) -> None:
        def mark(message: str, call: str = "create user account", **fields: Any) -> str:
            (line,) = follow.lines_of([event(1, "worker", message, BATCH, {**CALL, "call": call}, **fields)])
            return line.told()[0]

        self.assertEqual(mark("a call was refused", status=400), "!")
        self.assertEqual(mark("a call was refused", "enroll", status=403), "!")
        self.assertEqual(mark("a call was refused", "enroll", status=409), " ", "it is assigned already")
        self.assertEqual(mark("a call was refused", "remove enrollment", status=404), " ", "it is gone already")
        self.assertEqual(mark("a call to GO1 failed", level="WARN"), "!")
        self.assertEqual(mark("somebody's turn is over", ended="failed"), "!")
        self.assertEqual(mark("somebody's turn is over", ended="done"), " ")

    def test_what_the_local_cloud_has_left_is_read_and_nothing_is_a_failure(self) -> None:
        with tempfile.TemporaryDirectory() as folder, patch.object(follow, "STATE", Path(folder)), patch.object(follow.logs, "read", side_effect=Failure("nobody answers")):
            self.assertRaises(Failure, follow.local_lines)
            (Path(folder) / "logs").mkdir()
            (Path(folder) / "logs" / "functions.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in EVENTS))
            self.assertEqual(len(follow.story(follow.local_lines(), IMPORT)), 4)

    def test_on_aws_insights_is_asked_until_it_has_an_answer(self) -> None:
        client = boto3.client("logs", region_name="ap-southeast-2", aws_access_key_id="x", aws_secret_access_key="x")
        row = [{"field": "@timestamp", "value": "1970-01-01 00:00:05.250"}, {"field": "@message", "value": EVENTS[0]["message"]}, {"field": "@log", "value": "123456789012:/aws/lambda/go1-xero-prod-oauth-callback"}]
        with Stubber(client) as stub, patch.object(follow, "Cloud") as cloud, patch.object(follow.time, "sleep"), patch.object(follow.time, "time", return_value=200_000.3):
            cloud.return_value.client.return_value = client
            stub.add_response("start_query", {"queryId": "q"}, {"logGroupNames": ANY, "startTime": 200_001 - 48 * 3600, "endTime": 200_001, "queryString": ANY})
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


def turn(person: str, ended: str, why: str | None = None, of: str = IMPORT, at: int = 7_000) -> dict[str, Any]:
    """How somebody fared, as the worker and the sweeper write it."""
    fields = {"import": of, "portal": "700001", "person": person, "ended": ended, **({"why": why} if why else {})}
    return event(at, "worker", "somebody's turn is over", created=False, courses=0, **fields)


def ended(status: str, of: str = IMPORT, at: int = 9_000, refused: str = "[]", **sums: int) -> dict[str, Any]:
    """The end of an import, which no span tells of."""
    return event(at, "worker", "import ended", **{"import": of, "portal": "700001", "status": status, "refused": refused, "done": 0, "partly": 0, "failed": 0, **sums})


class Next(unittest.TestCase):
    """The last sentence of the story: whose turn it is, and with what."""

    def next(self, *events: dict[str, Any], table: tuple[str, ...] = ()) -> str:
        lines = follow.story(follow.lines_of([*EVENTS[1:3], *events]), IMPORT)
        return follow_words.what_next(follow.facts(lines, list(table), IMPORT))

    def test_nothing_is_left_where_everybody_was_imported(self) -> None:
        self.assertEqual(self.next(turn("p1", "done"), ended("Done", done=1)), "Nothing to do: it has ended, and everybody is done.")

    def test_the_owner_corrects_who_was_refused(self) -> None:
        said = self.next(turn("p1", "failed", "AccountRefused"), turn("p2", "failed", "AccountRefused"), turn("p3", "done"), ended("PartlyDone", done=1, failed=2))
        self.assertEqual(said, "The owner: for 2 people (AccountRefused) correct the name or the email in Xero, then import again; the lines \"a call to GO1 failed\" have the fields that GO1 names.")

    def test_each_reason_has_whose_turn_it_is_and_the_most_come_first(self) -> None:
        said = self.next(turn("p1", "failed", "Internal"), turn("p2", "failed", "Unavailable"), turn("p3", "failed", "Unavailable"), ended("Failed", failed=3))
        self.assertEqual(
            said,
            'The owner: for 2 people (Unavailable) press "Try again" once GO1 is well, which docs/runbooks/upstream-down.md tells; '
            'the operator: for 1 person (Internal) docs/runbooks/faults-logged.md, then the owner presses "Try again".',
        )

    def test_courses_that_go1_refuses_are_asked_of_go1(self) -> None:
        said = self.next(turn("p1", "partly"), ended("PartlyDone", partly=1, refused='[LearningObjectId("1009")]'))
        self.assertEqual(said, 'The operator: ask GO1\'s support to let portal 700001 assign 1009 (docs/runbooks/no-courses.md), then the owner presses "Try the missing courses again".')

    def test_an_undo_is_gone_on_with_by_its_own_button(self) -> None:
        accepted = event(1_500, "addon", "undo accepted", REQUEST, portal="700001", people=1, undoes=OTHER, **{"import": IMPORT})
        said = self.next(accepted, turn("p1", "failed", "ChangeRefused"), ended("Failed", failed=1))
        self.assertIn('the owner presses "Undo the rest"', said)
        self.assertNotIn("Try again", said)

    def test_a_login_is_the_owner_s_also_once_the_time_for_it_is_over(self) -> None:
        said = self.next(turn("p1", "failed", "AccessLost"), ended("Failed", failed=1))
        self.assertRegex(said, '^The owner: for 1 person .AccessLost. log in with GO1 and press "Try again", or, ')

    def test_an_import_that_waits_says_for_whom(self) -> None:
        def waits(why: str) -> str:
            return self.next(event(8_000, "worker", "an import waits", BATCH, why=why, until="1970-01-01T00:05:06Z", times=1))

        self.assertRegex(waits("Login { generation: 3 }"), "^The owner: log in with GO1 from the import's page; it goes on by itself then")
        self.assertRegex(waits("NoCourses { batch: 0 }"), "^The operator: docs/runbooks/no-courses.md")
        self.assertRegex(waits("OwnFault"), "^The operator: docs/runbooks/go1-refuses-us.md")
        for why in ("Failing", "RetryAfter"):
            self.assertRegex(waits(why), "^Nothing to do now: it asks GO1 again at 1970-01-01 00:05:06 UTC; .*docs/runbooks/upstream-down.md")

    def test_a_wait_that_somebody_was_finished_after_is_over_and_not_by_those_who_were_at_work_when_it_began(self) -> None:
        wait = event(6_500, "worker", "an import waits", BATCH, why="Login { generation: 3 }", until="1970-01-01T00:05:06Z", times=1)
        self.assertRegex(self.next(wait, turn("p1", "done", at=66_500)), "^Nothing to do now: it has not ended, and waits for nobody; .*docs/runbooks/import-stuck.md")
        self.assertRegex(self.next(wait, turn("p1", "done", at=7_000)), "^The owner: log in with GO1")
        self.assertEqual(follow.LONGEST_INVOCATION, 1_000 * read()["Parameters"]["WorkerTimeout"]["MaxValue"])

    def test_what_the_table_says_of_the_wait_counts_and_its_words_lead_where_the_code_s_do(self) -> None:
        ends = "has not ended (Running); ends by 1970-01-08T00:00:02.5Z at the latest"
        wait = event(6_500, "worker", "an import waits", BATCH, why="Login { generation: 3 }", until="1970-01-01T00:05:06Z", times=1)
        self.assertRegex(self.next(wait, table=(ends,)), "^Nothing to do now: it has not ended, and waits for nobody")
        login = "waits until 1970-01-01T00:05:06Z for a login of an administrator at GO1, time 1"
        self.assertRegex(self.next(table=(login, ends)), "^The owner: log in with GO1 from .*, and ends at 1970-01-08 00:00:02 UTC without.$")
        self.assertEqual(set(follow_words.OF_TABLE.values()), set(follow_words.WAITS))
        body = re.findall(r"pub fn reason.*?^}", (ROOT / "infra/ops/src/stuck.rs").read_text(), re.M | re.S)[0]
        self.assertEqual(set(follow_words.OF_TABLE), set(re.findall(r'=> "(.+)"', body)))

    def test_a_course_that_go1_does_not_have_is_no_matter_of_its_licence(self) -> None:
        def refused(*statuses: int) -> str:
            calls = [event(6_000, "worker", "a call was refused", BATCH, {**CALL, "call": "enroll"}, status=status) for status in statuses]
            return self.next(*calls, turn("p1", "partly"), ended("Done", partly=1, refused='[LearningObjectId("1003")]'))

        self.assertEqual(
            refused(404, 404, 409),
            "The operator: ask GO1's support whether 1003 still exists, which GO1 says it does not (docs/runbooks/course-retired.md), then the owner presses \"Try the missing courses again\".",
        )
        for statuses in ((403,), (403, 404), ()):
            self.assertIn("docs/runbooks/no-courses.md", refused(*statuses))

    def test_an_id_that_nothing_is_known_of_has_one_line(self) -> None:
        said: list[str] = []
        with patch.object(follow, "local_lines", return_value=[]), patch.object(follow, "say", said.append), patch("sys.argv", ["make follow", IMPORT]):
            self.assertEqual(follow.main(), 0)
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], "^Nothing is known of it: ")

    def test_a_batch_that_is_tried_again_needs_nobody(self) -> None:
        said = self.next(event(6_000, "worker", "a batch is tried again", BATCH, why="EarlierRequest(60s)", seconds=60, failures=0))
        self.assertRegex(said, "^Nothing to do now: what is left is tried again by itself, next from 00:01:06 on; .*docs/runbooks/import-stuck.md")

    def test_an_import_that_makes_no_progress_is_the_operator_s(self) -> None:
        span = {"name": "import", "portal": "700001", "import": IMPORT}
        said = self.next(event(8_500, "sweeper", "an import makes no progress", span, level="ERROR", event="import_stuck"))
        self.assertEqual(said, "The operator: docs/runbooks/import-stuck.md (an import makes no progress).")

    def test_what_the_log_has_no_longer_the_table_tells(self) -> None:
        table = ("person p1 in batch 0: failed: PortalFull, 0 courses", "2026-01-01T00:00:00Z ended: PartlyDone")
        self.assertEqual(self.next(table=table), 'The operator: for 1 person (PortalFull) ask GO1\'s support for more room in portal 700001, then the owner imports again.')
        self.assertRegex(self.next(table=("waits until 2026-01-01T00:00:00Z for GO1, which fails, time 2", "has not ended (Running)")), "^Nothing to do now: it asks GO1 again at 2026-01-01 00:00:00 UTC; .*docs/runbooks/upstream-down.md")
        paused = ("paused by an operator until 2026-01-01T00:00:00Z", "has not ended (Running)")
        self.assertRegex(self.next(table=paused), "^Nothing to do now: an operator has paused it until 2026-01-01T00:00:00Z; make ops DO='resume 700001'")
        story = (ROOT / "infra/ops/src/story.rs").read_text()
        for form in ('"person {} in batch {}: {fared}"', '"failed: {reason:?}, ', '"{ended_at} ended: {:?}"', '"waits until {} for {}, time {}"', '"undo of {undone}"', '; GO1 refused {}', '"paused by an operator until {until}"', '"its undo is import {undo}, '):
            self.assertIn(form, story)

    def test_an_id_that_nothing_is_known_of_is_said_to_be_so(self) -> None:
        self.assertRegex(follow_words.what_next(follow.facts([], [], IMPORT)), "^Nothing is known of it: ")


class Undone(unittest.TestCase):
    """The undo of an import, as the import's own story names it."""

    ACCEPTED = event(20_000, "addon", "undo accepted", {**REQUEST, "reference": "dd895b7a7ccd"}, portal="700001", people=2, undoes=IMPORT, **{"import": OTHER})

    def test_the_story_names_the_undo_how_it_ended_and_how_to_follow_it(self) -> None:
        all_lines = follow.lines_of([*EVENTS, ended("Done", done=12), self.ACCEPTED, turn("p1", "undone", of=OTHER, at=21_000), ended("PartlyDone", of=OTHER, at=22_000, done=1, failed=1)])
        self.assertEqual(follow.undos(all_lines, IMPORT, None), [f"undo {OTHER}, accepted at 00:00:20 for 2 people, ended at 00:00:22 as PartlyDone: 1 undone, 1 not; its story: make follow IMPORT={OTHER}"])
        self.assertEqual(follow.undos(all_lines[:-1], IMPORT, "prod"), [f"undo {OTHER}, accepted at 00:00:20 for 2 people, has not ended in the log; its story: make follow STAGE=prod IMPORT={OTHER}"])
        self.assertEqual(follow.undos(all_lines, OTHER, None), [f"it is itself the undo of import {IMPORT}; that one's story: make follow IMPORT={IMPORT}"])
        self.assertEqual(follow.undos(follow.lines_of(EVENTS), IMPORT, None), [])
        # What the undo met is no part of how the import fared.
        facts = follow.facts(follow.story(all_lines, IMPORT), [], IMPORT)
        self.assertEqual((facts.ended, facts.reasons.total(), facts.is_undo), ("Done", 0, False))
        self.assertEqual(follow_words.what_next(facts), f"Nothing to do here: its undo is import {OTHER}, whose own story says what is left to do.")
        by_table = follow.facts(lines := follow.story(follow.lines_of(EVENTS), IMPORT), [f"its undo is import {OTHER}, which has a story of its own"], IMPORT)
        self.assertEqual((by_table.undone_by, bool(lines)), (OTHER, True))

    def test_on_aws_the_undo_s_lines_are_asked_for_by_its_id(self) -> None:
        events, asked = [*EVENTS, self.ACCEPTED, ended("Done", of=OTHER, at=22_000, done=2)], []

        def insights(_stage: str, _region: None, wanted: str, _hours: int) -> list[follow.Line]:
            asked.append(wanted)
            return [line for line in follow.lines_of(events) if wanted in json.dumps(line.record)]

        with patch.object(follow, "lines_on_aws", insights):
            lines = follow.story_on_aws("prod", None, IMPORT, 48)
        self.assertIn(OTHER, asked)
        self.assertIn("as Done: 2 undone, 0 not", follow.undos(lines, IMPORT, "prod")[0])


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
