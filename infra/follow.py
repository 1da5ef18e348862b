"""The story of one import from the logs and the table: `python -m infra.follow IMPORT [--stage prod]`, which `make follow` runs.

The lines are those that docs/logs.md names. On the local cloud they are asked of the emulator, or read from what it left in
target/local/logs/; on AWS CloudWatch Logs Insights finds them. Only the former was ever tried.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from infra import operate
from infra.deploy.cloud import Cloud, refusals
from infra.deploy.stages import load
from infra.local import logs
from infra.local.settings import FUNCTIONS, STATE, Settings
from infra.local.steps import Failure, say

MOST_LINES = 10_000
# What is told of a line by itself, in this order; whatever else it has follows as name=value.
OF_EVERY_LINE = ("level", "target", "message", "spans", "timestamp", "event", "fields")
WHERE = ("batch", "attempt")
# Fields that tell why, or of what: lines of one message that differ in them are counted apart.
SAYS_WHY = ("ended", "why", "course", "reason", "error")


def never(_: dict[str, Any]) -> bool:
    return False


# What is no warning, because it need not be our fault or anybody's, and is what a failed import is about all the same.
TROUBLE = {
    "somebody's turn is over": lambda record: record.get("ended") in ("failed", "partly"),
    "an import waits": lambda _: True,
    "a batch is tried again": lambda _: True,
    "a call was refused": lambda _: True,
    "a call was limited": lambda _: True,
}


@dataclass(frozen=True)
class Line:
    """A line of a function's log."""

    milliseconds: int
    function: str
    record: dict[str, Any]

    def span(self, name: str) -> dict[str, Any]:
        """One of the spans that it stands in; empty where it does not."""
        return next((span for span in self.record.get("spans", []) if span.get("name") == name), {})

    def told(self) -> str:
        """The line, for a person."""
        clock = time.strftime("%H:%M:%S", time.gmtime(self.milliseconds / 1000))
        batch, call = self.span("batch"), self.span("call")
        where = [f"{name} {batch[name]}" for name in WHERE if name in batch]
        where += [f"{call['upstream']} {call['call']}"] if call else []
        rest = [f"{name}={value}" for name, value in self.record.items() if name not in OF_EVERY_LINE and f"{name} {value}" not in where]
        rest = [one for one in rest if not re.match(r"(portal|import)=", one)]
        said = f"{clock}.{self.milliseconds % 1000:03} {self.function:<14} {self.record.get('level', ''):<5} {self.record.get('message', '')}"
        return " ".join([said, *([f"[{', '.join(where)}]"] if where else []), *rest])


def lines_of(events: list[dict[str, Any]]) -> list[Line]:
    """The JSON lines of these events, by time."""
    found = []
    for event in events:
        try:
            record = json.loads(event["message"])
        except ValueError:
            continue
        if isinstance(record, dict) and "_aws" not in record:
            found.append(Line(event["timestamp"], event["function"], record))
    return sorted(found, key=lambda line: line.milliseconds)


def own_lines(lines: list[Line], import_id: str) -> list[Line]:
    """The lines that name the import, or stand in a span that does."""
    return [line for line in lines if import_id in json.dumps(line.record)]


def references(lines: list[Line], import_id: str) -> set[str]:
    """Of the requests that accepted it: whatever else they logged has their reference and not yet the import's id."""
    own = own_lines(lines, import_id)
    found = {line.span("request").get("reference") for line in own if line.record.get("message") in ("import accepted", "undo accepted")}
    return {one for one in found | {line.span("batch").get("cause") for line in own} if one}


def story(lines: list[Line], import_id: str) -> list[Line]:
    """The lines of one import: its own, and those of the request that accepted it."""
    own, of_requests = own_lines(lines, import_id), references(lines, import_id)
    return [line for line in lines if line in own or line.span("request").get("reference") in of_requests]


def portal_of(lines: list[Line], import_id: str) -> str | None:
    """The portal of the import, which its lines name beside it."""
    for line in lines:
        for one in [line.record, *line.record.get("spans", [])]:
            if one.get("import") == import_id and one.get("portal"):
                return one["portal"]
    return None


def summary(lines: list[Line]) -> list[str]:
    """What went wrong, counted: first what a diagnosis begins with."""
    counts: dict[str, int] = {}
    for line in lines:
        if line.record.get("level") in ("ERROR", "WARN") or TROUBLE.get(line.record.get("message", ""), never)(line.record):
            call = line.span("call")
            of = f" at {call['upstream']} {call['call']}" if call else ""
            status = f" with {line.record['status']}" if "status" in line.record else ""
            said = [str(line.record[name]) for name in SAYS_WHY if name in line.record]
            key = f"{line.record.get('message')}{of}{status}" + (f" ({', '.join(said)})" if said else "")
            counts[key] = counts.get(key, 0) + 1
    return [f"{count} x {what}" for what, count in sorted(counts.items(), key=lambda one: -one[1])]


def local_lines() -> list[Line]:
    """From the emulator; where it does not run, from what it left."""
    try:
        return lines_of(logs.read(Settings.from_environment(), list(FUNCTIONS)))
    except Failure:
        kept = STATE / "logs" / "functions.jsonl"
        if not kept.exists():
            raise Failure("there is no local cloud, and none has left its logs: make run") from None
        return lines_of([json.loads(line) for line in kept.read_text().splitlines()])


def lines_on_aws(stage: str, region: str | None, wanted: str, hours: int) -> list[Line]:
    """From CloudWatch Logs Insights: every line with this text in it."""
    chosen = load(stage, region)
    client = Cloud(chosen.region).client("logs")
    now = int(time.time())
    with refusals("the logs cannot be read"):
        query = client.start_query(
            logGroupNames=[f"/aws/lambda/{chosen.stack}-{function}" for function in FUNCTIONS],
            startTime=now - hours * 3600,
            endTime=now,
            queryString=f"fields @timestamp, @message, @log | filter @message like /{wanted}/ | sort @timestamp asc | limit {MOST_LINES}",
        )["queryId"]
        while (answer := client.get_query_results(queryId=query))["status"] in ("Scheduled", "Running"):
            time.sleep(1)
    if answer["status"] != "Complete":
        raise Failure(f"the query of the logs ended as {answer['status']}")
    rows = [{one["field"]: one["value"] for one in row} for row in answer["results"]]
    return lines_of([{"timestamp": _milliseconds(row["@timestamp"]), "function": row["@log"].rsplit(f"{chosen.stack}-", 1)[-1], "message": row["@message"]} for row in rows])


def story_on_aws(stage: str, region: str | None, import_id: str, hours: int) -> list[Line]:
    """The lines of an import, and of the requests that accepted it, which Insights is asked for once they are known."""
    lines = lines_on_aws(stage, region, import_id, hours)
    for reference in sorted(references(lines, import_id)):
        lines += [line for line in lines_on_aws(stage, region, reference, hours) if line not in lines]
    return sorted(lines, key=lambda line: line.milliseconds)


def _milliseconds(text: str) -> int:
    """What Insights writes: `2026-01-02 03:04:05.678`, in UTC."""
    whole, _, part = text.partition(".")
    return int(time.mktime(time.strptime(f"{whole} UTC", "%Y-%m-%d %H:%M:%S %Z")) - time.timezone) * 1000 + int(part or 0)


def from_table(portal: str, import_id: str, stage: str | None, region: str | None) -> list[str]:
    """What the table has of it, by the operator's command."""
    command = operate.binary()
    if not command.exists():
        return [f"{command} is not built: cargo build --workspace --locked --bin ops"]
    told = {**os.environ, "RUST_LOG": "error", **operate.environment(stage, region)}
    answer = subprocess.run([str(command), "follow", portal, import_id], env=told, capture_output=True, text=True, check=False)
    return (answer.stdout or f"the table does not tell: {answer.stderr}").splitlines()


def main() -> int:
    """Print what the log says, what went wrong in it, and what the table has."""
    parser = argparse.ArgumentParser(prog="make follow")
    parser.add_argument("import_id")
    parser.add_argument("--stage")
    parser.add_argument("--region")
    parser.add_argument("--hours", type=int, default=48)
    given = parser.parse_args()
    try:
        if not re.fullmatch(r"[0-9A-Za-z-]{6,64}", given.import_id):
            raise Failure(f"{given.import_id} is no id of an import: its page's address ends with it")
        lines = story_on_aws(given.stage, given.region, given.import_id, given.hours) if given.stage else local_lines()
        lines = story(lines, given.import_id)
        portal = portal_of(lines, given.import_id)
        say(f"-- what the functions logged ({len(lines)} lines, UTC) --")
        for line in lines:
            say(line.told())
        say("-- what went wrong in it --")
        for one in summary(lines) or ["nothing"]:
            say(one)
        say("-- what the table has now --")
        for one in from_table(portal, given.import_id, given.stage, given.region) if portal else ["no line names its portal; make ops DO=\"stuck\" lists what runs"]:
            say(one)
    except Failure as failure:
        say(f"error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
