"""The story of one import from the logs and the table: `python -m infra.follow IMPORT [--stage prod]`, which `make follow` runs.

The lines are those that docs/logs.md names. On the local cloud they are asked of the emulator, or read from what it left in
target/local/logs/; on AWS CloudWatch Logs Insights finds them. Only the former was ever tried.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra import follow_words, operate
from infra.deploy.cloud import Cloud, refusals
from infra.deploy.stages import load
from infra.follow_words import Facts, name_of
from infra.local import logs
from infra.local.settings import FUNCTIONS, STATE, Settings
from infra.local.steps import Failure, say

MOST_LINES = 10_000
# What is told of a line by itself, in this order; whatever else it has follows as name=value.
OF_EVERY_LINE = ("level", "target", "message", "spans", "timestamp", "event", "fields")
WHERE = ("batch", "attempt")
# What the reasons of a line mean.
WORDS = {"a batch is tried again": follow_words.RETRIES, "an import waits": follow_words.WAITS, "somebody's turn is over": follow_words.FAILURES}
# Fields that tell why, or of what: lines of one message that differ in them are counted apart.
SAYS_WHY = ("ended", "why", "course", "reason", "error")


# The most that a stage can set (`WorkerTimeout`), in milliseconds.
LONGEST_INVOCATION = 60_000
# What a diagnosis begins with, in this order.
FIRST = ("an import waits", "somebody's turn is over")


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


# Refusals that say what is wanted: the course is assigned already, or what is to be taken away is gone.
ANSWERS_LIKE_OTHERS = {("enroll", 409), ("remove enrollment", 404), ("enrollment", 404), ("user account", 404)}


@dataclass(frozen=True)
class Line:
    """A line of a function's log."""

    milliseconds: int
    function: str
    record: dict[str, Any]

    def span(self, name: str) -> dict[str, Any]:
        """One of the spans that it stands in; empty where it does not."""
        return next((span for span in self.record.get("spans", []) if span.get("name") == name), {})

    def is_trouble(self) -> bool:
        """Whether it is about what went wrong or was refused, at whatever level it was logged."""
        message, status = self.record.get("message", ""), self.record.get("status")
        if message == "a call was refused" and (self.span("call").get("call"), status) in ANSWERS_LIKE_OTHERS:
            return False
        return self.record.get("level") in ("ERROR", "WARN") or TROUBLE.get(message, never)(self.record)

    def words(self) -> str:
        """What its reason means; empty where it has none that is ours."""
        known = WORDS.get(self.record.get("message", ""), {})
        return known.get(name_of(str(self.record.get("why", ""))), "")

    def until(self) -> str:
        """When the next try comes, where the line is about a wait."""
        if "until" in self.record:
            day, clock = self.record["until"][:10], self.record["until"][11:19]
        elif "seconds" in self.record:
            day, clock = moment(self.milliseconds + 1000 * self.record["seconds"])
        else:
            return ""
        return clock if day == moment(self.milliseconds)[0] else f"{day} {clock}"

    def told(self) -> str:
        """The line, for a person; what went wrong is marked."""
        clock, mark = moment(self.milliseconds)[1], "!" if self.is_trouble() else " "
        batch, call = self.span("batch"), self.span("call")
        where = [f"{name} {batch[name]}" for name in WHERE if name in batch]
        where += [f"{call['upstream']} {call['call']}"] if call else []
        rest = [f"{name}={value}" for name, value in self.record.items() if name not in OF_EVERY_LINE and f"{name} {value}" not in where]
        rest = [one for one in rest if not re.match(r"(portal|import)=", one)]
        said = f"{mark} {clock}.{self.milliseconds % 1000:03} {self.function:<14} {self.record.get('level', ''):<5} {self.record.get('message', '')}"
        told = " ".join([said, *([f"[{', '.join(where)}]"] if where else [])])
        told += f": {self.words()}{f'; next try from {self.until()} on' if self.until() else ''};" if self.words() else ""
        return " ".join([told, *rest])


def moment(milliseconds: int) -> tuple[str, str]:
    """The day and the time of day, in UTC."""
    then = time.gmtime(milliseconds / 1000)
    return time.strftime("%Y-%m-%d", then), time.strftime("%H:%M:%S", then)


def lines_of(events: list[dict[str, Any]]) -> list[Line]:
    """The JSON lines of these events, by time."""
    found = []
    for event in events:
        try:
            record = json.loads(event["message"])
        except ValueError:
            continue
        if isinstance(record, dict) and "_aws" not in record:
            # When it was logged: the event's own time is when it arrived.
            at = milliseconds(record["timestamp"]) if "timestamp" in record else event["timestamp"]
            found.append(Line(at, event["function"], record))
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


def undos(lines: list[Line], import_id: str, stage: str | None) -> list[str]:
    """What undid the import, how that ended and how to follow it; of an undo, what it undoes."""
    def command(other: str) -> str:
        return f"make follow {f'STAGE={stage} ' if stage else ''}IMPORT={other}"

    found = []
    for line in lines:
        undo, undone, people = (line.record.get(name) for name in ("import", "undoes", "people"))
        if line.record.get("message") != "undo accepted" or import_id not in (undo, undone):
            continue
        if undo == import_id:
            found.append(f"it is itself the undo of import {undone}; that one's story: {command(undone)}")
            continue
        end = next((one for one in lines if one.record.get("message") == "import ended" and one.record.get("import") == undo), None)
        how = f"ended at {moment(end.milliseconds)[1]} as {end.record['status']}: {end.record['done']} undone, {end.record['failed']} not" if end else "has not ended in the log"
        found.append(f"undo {undo}, accepted at {moment(line.milliseconds)[1]} for {people} people, {how}; its story: {command(undo)}")
    return found


def facts(lines: list[Line], table: list[str], import_id: str) -> Facts:
    """What decides whose turn it is: from the log, and from the table what the log has no longer."""
    own = [line for line in lines if import_id in (line.record.get("import"), *(span.get("import") for span in line.record.get("spans", [])))]
    text = "\n".join(table)
    found = Facts(portal=portal_of(lines, import_id), is_known=bool(own or table), is_undo=bool(re.search(r"accepted: undo of ", text)))
    failed = dict(re.findall(r"^person (\S+) in batch \d+: failed: (\w+)", text, re.M))
    refused = {one for some in re.findall(r"done: .*; GO1 refused (.+)$", text, re.M) for one in some.split(", ")}
    waiting_since = 0
    for line in own:
        record, message = line.record, line.record.get("message")
        if message == "undo accepted":
            found.is_undo = True
        elif message == "somebody's turn is over":
            found.stuck = None
            # Those who were at work when it began to wait end within their invocation's time; later it has gone on.
            if line.milliseconds - waiting_since >= LONGEST_INVOCATION:
                found.waits = None
            if record.get("ended") == "failed":
                failed[record["person"]] = name_of(record.get("why", ""))
        elif message == "an import waits":
            found.waits, waiting_since = (record["why"], record["until"]), line.milliseconds
        elif message == "a batch is tried again":
            found.next_try = line.until()
        elif record.get("event") == "import_stuck":
            found.stuck = message
        elif message == "import ended":
            found.ended = record["status"]
            refused |= set(re.findall(r'"([^"]+)"', record.get("refused", "")))
    answers = {line.record.get("status") for line in own if line.record.get("message") == "a call was refused" and line.span("call").get("call") == "enroll"}
    found.is_retired = answers - {409} == {404}
    undone = [line.record["import"] for line in lines if line.record.get("undoes") == import_id]
    undone += re.findall(r"^its undo is import ([^ ,]+), ", text, re.M)
    found.undone_by = undone[-1] if undone else None
    found.reasons.update(failed.values())
    found.refused = ", ".join(sorted(refused))
    if ended := re.search(r"^\S+ ended: (\w+)$", text, re.M):
        found.ended = ended[1]
    if paused := re.search(r"^paused by an operator until (\S+)$", text, re.M):
        found.paused = paused[1]
    if table:
        # The table knows whether it waits; the log knows when it began to.
        waits = re.search(r"^waits until (\S+) for (.+), time \d+$", text, re.M)
        found.waits = (follow_words.wait_of_table(waits[2]), waits[1]) if waits else None
    if ends_by := re.search(r"; ends by (\S+) at the latest$", text, re.M):
        found.ends_by = ends_by[1]
    return found


def milliseconds(text: str) -> int:
    """Of a moment as our own lines have it: RFC 3339, in UTC."""
    return int(datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text).replace("Z", "+00:00")).timestamp() * 1000)


def summary(lines: list[Line]) -> list[str]:
    """What went wrong, counted: first what is waited for and who failed, which a diagnosis begins with, then the calls."""
    counts: dict[tuple[int, str], list[int]] = {}
    for line in lines:
        if line.is_trouble():
            call = line.span("call")
            of = f" at {call['upstream']} {call['call']}" if call else ""
            status = f" with {line.record['status']}" if "status" in line.record else ""
            said = [name_of(str(line.record[name])) if name == "why" else str(line.record[name]) for name in SAYS_WHY if name in line.record]
            key = f"{line.record.get('message')}{of}{status}" + (f" ({', '.join(said)})" if said else "")
            key += f": {line.words()}" if line.words() else ""
            place = FIRST.index(line.record["message"]) if line.record.get("message") in FIRST else len(FIRST)
            counts.setdefault((place, key), []).append(line.milliseconds)

    def told(what: str, times: list[int]) -> str:
        first, last = moment(min(times))[1], moment(max(times))[1]
        return f"{len(times)} x {what}; {f'at {first}' if first == last else f'{first} to {last}'}"

    ordered = sorted(counts.items(), key=lambda one: (one[0][0], -len(one[1])))
    return [told(what, times) for (_, what), times in ordered]


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
    # Insights takes whole seconds, and what happened in the second that has begun belongs to the story.
    now = math.ceil(time.time())
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
    """The lines of an import, of the requests that accepted it, and of its undos, which Insights is asked for once they are known."""
    lines = lines_on_aws(stage, region, import_id, hours)
    undone_by = {line.record["import"] for line in lines if line.record.get("undoes") == import_id}
    for reference in sorted(references(lines, import_id)) + sorted(undone_by):
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
    """Print what the log says, what went wrong in it, what the table has, and whose turn it is."""
    parser = argparse.ArgumentParser(prog="make follow")
    parser.add_argument("import_id")
    parser.add_argument("--stage")
    parser.add_argument("--region")
    parser.add_argument("--hours", type=int, default=48)
    given = parser.parse_args()
    try:
        if not re.fullmatch(r"[0-9A-Za-z-]{6,64}", given.import_id):
            raise Failure(f"{given.import_id} is no id of an import: its page's address ends with it")
        found = story_on_aws(given.stage, given.region, given.import_id, given.hours) if given.stage else local_lines()
        lines = story(found, given.import_id)
        portal = portal_of(lines, given.import_id)
        table = from_table(portal, given.import_id, given.stage, given.region) if portal else []
        whose = follow_words.what_next(facts(lines, table, given.import_id))
        if not lines and not table:
            say(whose)
            return 0
        say(f"-- what the functions logged ({len(lines)} lines, UTC; ! marks what went wrong or was refused) --")
        for line in lines:
            say(line.told())
        say("-- what went wrong in it --")
        for one in summary(lines) or ["nothing"]:
            say(one)
        say("-- what the table has now --")
        for one in table or ["no line names its portal; make ops DO=\"stuck\" lists what runs"]:
            say(one)
        if undone := undos(found, given.import_id, given.stage):
            say("-- undo --")
        for one in undone:
            say(one)
        say("-- what to do next --")
        say(whose)
    except Failure as failure:
        say(f"error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
