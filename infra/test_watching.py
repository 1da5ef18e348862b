"""The alarms of `Alarms=all`, the log lines that they count, and the dashboard. Needs no AWS and no emulator."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import Any, ClassVar

from infra.deploy.stages import load
from infra.expansion import expand, holds
from infra.template_text import read
from infra.test_template_rules import PRODUCTION
from infra.watching import ALARMS, FUNCTIONS, LINES, TABLES, WIDGETS, WRITTEN

ROOT = Path(__file__).parents[1]
RUNBOOKS = ROOT / "docs" / "runbooks"
FEW = {f"{name}Errors" for name in FUNCTIONS} | {"DeadLetters", "PagesFailing"}


def page_of(alarm: str) -> str:
    """The runbook of an alarm: named as it is; the functions that answer pages share one, and so do the guards."""
    if alarm.endswith("Errors") and alarm not in ("WorkerErrors", "SweeperErrors"):
        return "function-errors"
    if alarm == "XeroIdentityRefused":
        return "security-events"
    return re.sub(r"(?<!^)([A-Z])", r"-\1", alarm).lower()


class Watching(unittest.TestCase):
    """One test for each rule. `template` is exchanged by those who measure the rules."""

    template: ClassVar[dict[str, Any]] = read()
    _expansions: ClassVar[dict[str, dict[str, Any]]] = {}

    def expanded(self, **changed: str) -> dict[str, dict[str, Any]]:
        given = {**PRODUCTION, **changed}
        key = str(sorted(given.items()))  # As the other rules call it, which may have expanded it already.
        if key not in self._expansions:
            self._expansions[key] = expand(self.template, **given)
        return self._expansions[key]

    def of_type(self, kind: str, **changed: str) -> dict[str, dict[str, Any]]:
        return {name: one["Properties"] for name, one in self.expanded(**changed).items() if one["Type"] == kind}

    def test_each_alarm_looks_at_exactly_what_it_is_for(self) -> None:
        alarms = self.of_type("AWS::CloudWatch::Alarm")
        for name, wanted in ALARMS.items():
            found = {key: value for key, value in alarms[name].items() if key not in ("AlarmDescription", "AlarmActions")}
            self.assertEqual(found, wanted, name)
            self.assertEqual(alarms[name]["AlarmActions"], [PRODUCTION["AlarmTopicArn"]], name)

    def test_the_others_ring_at_once_and_not_where_there_is_nothing_to_count(self) -> None:
        for name, alarm in self.of_type("AWS::CloudWatch::Alarm").items():
            if name not in ALARMS:
                found = (alarm["EvaluationPeriods"], alarm["ComparisonOperator"], alarm["TreatMissingData"])
                self.assertEqual(found, (1, "GreaterThanThreshold", "notBreaching"), name)
                self.assertFalse({"Metrics", "ExtendedStatistic"} & set(alarm), name)

    def test_what_is_a_part_of_a_setting_follows_the_setting(self) -> None:
        alarms = self.of_type("AWS::CloudWatch::Alarm", WorkerConcurrency="7", WorkerTimeout="30", QueueVisibility="180")
        self.assertEqual(alarms["WorkersNearlyAllBusy"]["Metrics"][0]["Expression"], "100 * most / 7")
        self.assertEqual(alarms["WorkerNearTimeout"]["Metrics"][0]["Expression"], "100 * longest / (1000 * 30)")

    def test_every_alarm_names_its_own_runbook(self) -> None:
        for where in ("docs/runbooks", "https://example.com/runbooks"):
            for name, alarm in self.of_type("AWS::CloudWatch::Alarm", Runbooks=where).items():
                self.assertTrue(alarm["AlarmDescription"].endswith(f" Runbook: {where}/{page_of(name)}.md"), name)

    def test_our_metrics_count_these_lines_of_these_logs(self) -> None:
        found: dict[str, dict[str, str]] = {name: {} for name in LINES}
        for name, one in self.of_type("AWS::Logs::MetricFilter").items():
            (metric,) = one["MetricTransformations"]
            function = one["LogGroupName"]["Ref"].removesuffix("Logs")
            if metric["MetricName"] in LINES:
                self.assertEqual(name, function + metric["MetricName"])
                found[metric["MetricName"]][function] = one["FilterPattern"]
        self.assertEqual(found, LINES)

    def test_every_line_that_is_looked_for_is_written_by_the_shipped_code(self) -> None:
        text = json.dumps([LINES, self.body()])
        for message in re.findall(r'message (?:!?= |in \[)?(?:\\+")?\'?([A-Za-z][a-zA-Z1 ]+[a-z])', text):
            self.assertIn(message, WRITTEN)
        for message, (file, level) in WRITTEN.items():
            self.assertIn(message, text)
            code = re.sub(r"\s+", " ", (ROOT / file).read_text())
            # From the macro to the message without the end of a statement: it is this level's line.
            self.assertRegex(code, rf'tracing::{level}!\([^;]*"{re.escape(message)}"', file)

    def test_what_an_alarm_counts_by_its_message_is_written_whatever_the_log_level(self) -> None:
        """`LogLevel` takes `warn` at the least. What is counted by its event is met by rig `rules::alarms`."""
        counted = {message for patterns in LINES.values() for pattern in patterns.values() for message in re.findall(r'message = "([^"]+)"', pattern)}
        self.assertGreaterEqual(len(counted), 4)
        for message in counted:
            self.assertIn(WRITTEN[message][1], ("warn", "error"), message)

    def test_the_guards_are_counted_by_their_names_where_each_is_met(self) -> None:
        code = (ROOT / "shared" / "visiting" / "src" / "security.rs").read_text()
        self.assertEqual(code.count('event = "security"'), 1)
        named = set(re.findall(r'^    \w+ = "([a-z0-9-]+)";$', code, re.M))
        for metric in ("SecurityEvents", "XeroIdentityRefused"):
            for pattern in LINES[metric].values():
                self.assertLessEqual(set(re.findall(r'\$\.guard !?= "([^"]+)"', pattern)), named)
        # Every function of pages meets guards; only one is told an identity by Xero.
        pages = {name.removesuffix("Function") for name, one in self.template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
        self.assertEqual(set(LINES["SecurityEvents"]), pages - {"Worker", "Sweeper"})
        refused = [file.parts[-3] for file in ROOT.glob("functions/*/src/*.rs") if "ConsentProblem::TokenInvalid" in file.read_text()]
        self.assertEqual(refused, ["oauth-callback"])

    def test_no_event_is_counted_among_the_other_errors(self) -> None:
        for one in self.of_type("AWS::Logs::MetricFilter").values():
            if "ERROR" in one["FilterPattern"]:
                self.assertIn("$.event NOT EXISTS", one["FilterPattern"])

    def test_production_has_all_and_a_trial_a_few_and_no_dashboard(self) -> None:
        self.assertEqual(load("prod").overrides["Alarms"], "all")
        self.assertEqual(load("dev").overrides["Alarms"], "few")
        self.assertEqual(set(self.of_type("AWS::CloudWatch::Alarm", Alarms="few")), FEW)
        self.assertEqual(self.of_type("AWS::CloudWatch::Dashboard", Alarms="few"), {})
        self.assertLess(FEW, set(self.of_type("AWS::CloudWatch::Alarm")))
        self.assertEqual([holds(self.template, "WatchesAll", Alarms=one) for one in ("all", "few")], [True, False])

    def body(self) -> dict[str, Any]:
        """The dashboard, as CloudFormation would write it."""
        (dashboard,) = self.of_type("AWS::CloudWatch::Dashboard").values()
        text, values = dashboard["DashboardBody"]["Fn::Sub"]
        self.assertEqual(values, {"TableInUse": {"Ref": "Table"}})
        self.names = set(re.findall(r"\$\{([^}]+)\}", text)) - set(values)
        return json.loads(text)

    def test_the_dashboard_names_only_what_there_is(self) -> None:
        self.body()
        known = {*self.expanded(), *self.template["Parameters"], "AWS::Region", "AWS::StackName"}
        self.assertEqual({name.split(".")[0] for name in self.names} - known, set())

    def test_the_dashboard_shows_every_alarm_and_every_function(self) -> None:
        (widget,) = (one for one in self.body()["widgets"] if one["type"] == "alarm")
        shown = {one.removeprefix("${").removesuffix(".Arn}") for one in widget["properties"]["alarms"]}
        self.assertEqual(shown, set(self.of_type("AWS::CloudWatch::Alarm")))
        for metric in ("Errors", "Throttles", "Duration", "ConcurrentExecutions"):
            (widget,) = (one for one in self.body()["widgets"] if f'"{metric}"' in json.dumps(one))
            functions = {line[3] for line in widget["properties"]["metrics"]}
            self.assertEqual(functions, {f"${{{name}Function}}" for name in FUNCTIONS}, metric)

    def test_each_widget_reads_what_its_title_says_where_the_stack_is(self) -> None:
        found = {one["properties"].get("title", one["type"]): one for one in self.body()["widgets"]}
        self.assertEqual(set(found), {"text", "Alarms", *WIDGETS, *TABLES})
        for title, (stat, period, metrics) in WIDGETS.items():
            wanted = {"title": title, "region": "${AWS::Region}", "stat": stat, "period": period, "metrics": metrics}
            self.assertEqual((found[title]["type"], found[title]["properties"]), ("metric", wanted), title)
        for title, functions in TABLES.items():
            properties = dict(found[title]["properties"])
            sources = re.findall(r"SOURCE '\$\{(\w+)Logs\}' \| ", properties.pop("query"))
            self.assertEqual(sources, functions, title)
            self.assertEqual((found[title]["type"], properties), ("log", {"title": title, "region": "${AWS::Region}", "view": "table"}))

    def test_the_dashboard_counts_sign_ups_imports_and_people(self) -> None:
        queries = {one["properties"]["title"]: one["properties"]["query"] for one in self.body()["widgets"] if one["type"] == "log"}
        routes = {one["RouteKey"] for one in self.of_type("AWS::ApiGatewayV2::Route").values()}
        steps = re.findall(r"'((?:GET|POST) [^']+)'", queries["Sign-ups by step"])
        self.assertEqual(set(steps) - routes, set())
        self.assertIn("SOURCE '${HttpLogs}'", queries["Sign-ups by step"])
        for field in ("done", "partly", "failed"):
            self.assertIn(f"sum({field})", queries["People, by how their imports ended"])
            self.assertIn(f"{field} = sums.{field}", (ROOT / WRITTEN["import ended"][0]).read_text())

    def test_saved_queries_ask_for_fields_and_events_that_the_log_has(self) -> None:
        contract = (ROOT / "docs" / "logs.md").read_text()
        known = set(re.findall(r"`(\w+)`", contract)) | {"level", "message"}
        events = set(re.findall(r'event = "(\w+)"', "".join(file.read_text() for file in (ROOT / "shared").glob("*/src/**/*.rs"))))
        queries = self.of_type("AWS::Logs::QueryDefinition")
        self.assertGreaterEqual(len(queries), 4)
        self.assertEqual(self.of_type("AWS::Logs::QueryDefinition", Alarms="few"), {})
        for name, query in queries.items():
            text = query["QueryString"]
            self.assertLessEqual(set(re.findall(r"event = '(\w+)'", text)), events, name)
            renamed = set(re.findall(r" as (\w+)", text))
            asked = re.sub(r"'[^']*'|@\w+|spans\.\d\.", "", text)
            words = set(re.findall(r"[A-Za-z_]+", asked)) - renamed
            words -= {"fields", "filter", "like", "sort", "asc", "desc", "limit", "stats", "sum", "by", "as", "ispresent"}
            self.assertEqual(words - known, set(), name)

    def test_widgets_lie_beside_each_other(self) -> None:
        taken = set()
        for one in self.body()["widgets"]:
            cells = {(x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])}
            self.assertFalse(cells & taken, one)
            self.assertLessEqual(one["x"] + one["width"], 24)
            taken |= cells


if __name__ == "__main__":
    unittest.main()
