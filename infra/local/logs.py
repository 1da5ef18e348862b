"""The functions' logs, which the emulator keeps as CloudWatch Logs does: one group for each function."""

from __future__ import annotations

import json
import time
from typing import Any

from .aws import call_json
from .settings import FUNCTIONS, STACK, STATE, Settings
from .steps import Failure, say


def show(settings: Settings, functions: list[str], follow: bool) -> None:
    """Print the lines of some functions (all, if none is named) in the order of time, and go on when following."""
    for name in functions:
        if name not in FUNCTIONS:
            raise Failure(f"there is no function {name}: choose from {', '.join(FUNCTIONS)}")
    seen: set[str] = set()
    while True:
        events = read(settings, functions or list(FUNCTIONS))
        for event in events:
            if event["logStreamName"] not in seen:
                say(_line(event))
        if not follow:
            return
        # The emulator writes one stream for each invocation, at its end and at once.
        seen.update(event["logStreamName"] for event in events)
        time.sleep(1)


def save(settings: Settings) -> None:
    """Keep every function's log in target/local/logs/, to be read and as it was written: the emulator forgets it when it stops."""
    events = read(settings, list(FUNCTIONS))
    (STATE / "logs" / "functions.log").write_text("".join(f"{_line(event)}\n" for event in events))
    # As they were written, for make follow.
    kept = ({name: event[name] for name in ("timestamp", "function", "message")} for event in events)
    (STATE / "logs" / "functions.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in kept))


def read(settings: Settings, functions: list[str]) -> list[dict[str, Any]]:
    """Every event of some functions, by time, with the function's name added, without the marks of start and end."""
    events: list[dict[str, Any]] = []
    for function in functions:
        request: dict[str, Any] = {"logGroupName": f"/aws/lambda/{STACK}-{function}", "limit": 10000}
        while True:
            answer = call_json(settings, "logs", "Logs_20140328.FilterLogEvents", request)
            events += [{**event, "function": function} for event in answer.get("events", [])]
            if not answer.get("nextToken"):
                break
            request["nextToken"] = answer["nextToken"]
    kept = [event for event in events if not event["message"].startswith(("START RequestId", "END RequestId"))]
    return sorted(kept, key=lambda event: event["timestamp"])


def _line(event: dict[str, Any]) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(event["timestamp"] / 1000))
    return f"{clock} {event['function']:<14} {_readable(event['message'].rstrip())}"


def _readable(message: str) -> str:
    """A JSON line as `LEVEL message name=value ...`; any other line as it is."""
    try:
        record = json.loads(message)
    except ValueError:
        return message.replace("\t", "  ")
    if not isinstance(record, dict):
        return message
    fields = {**record, **(record.get("fields") or {})}
    said = f"{fields.pop('level', '')} {fields.pop('message', '')}".strip()
    rest = (f"{name}={value}" for name, value in fields.items() if name not in ("fields", "timestamp", "target", "spans"))
    return " ".join([said, *rest])
