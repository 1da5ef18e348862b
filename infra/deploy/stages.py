"""The stages, and the value of each of the template's parameters for one of them.

A value is taken from, in this order: SET=Name=value; the stage in samconfig.toml; for what must not be lost, the stack as it
runs; the template's default. What has a value nowhere is asked for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from infra.local.steps import Failure

CONFIG = Path(__file__).parents[1] / "samconfig.toml"

# Given once, and kept in the stack: a deploy that forgot them would make another table, or close the address.
KEPT = (
    "PublicUrl",
    "SupportContact",
    "Go1CoursesAu",
    "Go1CoursesUs",
    "XeroConnections",
    "HostedZoneId",
    "ExistingTable",
    "ExistingXeroSealingKeyArn",
    "ExistingGo1SealingKeyArn",
)
# Worked out by the deploy itself.
DERIVED = ("XeroClientSecretArn", "Go1ClientSecretArn", "AlarmTopicArn", "EdgeSecretArn", "WorkerConcurrency", "Release")


@dataclass(frozen=True)
class Stage:
    """One stage of samconfig.toml."""

    name: str
    stack: str
    region: str
    overrides: dict[str, str]
    edge: dict[str, str] | None = None
    """The parameters of infra/edge.yaml that it wants otherwise; nothing where it has no edge."""


def load(name: str, region: str | None = None, config: Path = CONFIG) -> Stage:
    """Read a stage. `region` comes before the file's."""
    document = tomlkit.parse(config.read_text()).unwrap()
    stages = [one for one, commands in document.items() if isinstance(commands, dict) and one not in ("default", "local")]
    if name not in stages:
        raise Failure(f"there is no stage {name or '(none named)'}: choose one with STAGE={' or STAGE='.join(stages)}")
    settings = document[name]["deploy"]["parameters"]
    edge = document[name].get("edge", {}).get("parameters", {})
    wanted = {key: str(value) for key, value in edge.items() if key != "on"} if edge.get("on") else None
    return Stage(name, settings["stack_name"], region or settings["region"], pairs(settings.get("parameter_overrides", [])), wanted)


def pairs(texts: list[str]) -> dict[str, str]:
    """`Name=value`, many times."""
    for text in texts:
        if not re.match(r"\w+=", text):
            raise Failure(f"{text!r} is no Name=value")
    return dict(text.split("=", 1) for text in texts)


def choose(
    template: dict[str, Any],
    stage: Stage,
    given: dict[str, str],
    running: dict[str, str],
    derived: dict[str, str],
    ask: Callable[[str, str], str],
) -> dict[str, str]:
    """A value for every parameter, each checked by the template's own rule."""
    known = template["Parameters"]
    for name in [*given, *stage.overrides]:
        if name not in known:
            raise Failure(f"{name} is no parameter of infra/template.yaml")
    chosen = {}
    for name, definition in known.items():
        if name == "Release":
            continue
        sources = [given, stage.overrides, derived, running if name in KEPT else {}]
        found = next((source[name] for source in sources if name in source), None)
        if found is None and "Default" in definition:
            found = str(definition["Default"])
        if found is None:
            found = answered(name, definition, ask)
        chosen[name] = check(name, found, definition)
    return chosen


def answered(name: str, definition: dict[str, Any], ask: Callable[[str, str], str]) -> str:
    """What is answered for a parameter; on a terminal it is asked for again where the template would not take it."""
    while True:
        answer = ask(name, definition.get("Description", ""))
        if "," in definition.get("AllowedPattern", ""):
            # A list is written with a blank after each comma.
            answer = re.sub(r"\s*,\s*", ",", answer)
        try:
            return check(name, answer, definition)
        except Failure as wrong:
            if not sys.stdin.isatty():
                raise
            print(f"{wrong}", flush=True)


def check(name: str, value: str, definition: dict[str, Any]) -> str:
    """The value, if the template would take it: so that a slip is told before anything is made."""
    allowed = [str(one) for one in definition.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise Failure(f"{name}={value}: choose from {', '.join(allowed)}")
    if definition["Type"] == "Number":
        least, most = definition.get("MinValue", 0), definition.get("MaxValue", sys.maxsize)
        if not value.isdigit() or not least <= int(value) <= most:
            raise Failure(f"{name}={value}: give a number from {least}" + (f" to {most}" if "MaxValue" in definition else ""))
    pattern = definition.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        raise Failure(f"{name}={value}: {definition.get('ConstraintDescription', definition.get('Description', pattern))}")
    return value


def ask_or_fail(name: str, description: str) -> str:
    """Ask on a terminal; elsewhere say which flag was missing."""
    if not sys.stdin.isatty():
        raise Failure(f"{name} has no value: give it with SET={name}=..., or in infra/samconfig.toml")
    print(f"\n{description}", flush=True)
    return input(f"{name}: ").strip()
