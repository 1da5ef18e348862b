"""What stays where a stage is deleted, and the command that goes on with it."""

from __future__ import annotations

import shlex
from typing import Any

from . import alarms
from .cloud import Cloud, outputs, parameters
from .stages import KEPT, Stage

# The parameter that adopts each, the output that names it, and the resource that it is where the stack made it.
STATE = {
    "ExistingTable": ("TableName", "Table"),
    "ExistingXeroSealingKeyArn": ("XeroSealingKeyArn", "XeroSealingKey"),
    "ExistingGo1SealingKeyArn": ("Go1SealingKeyArn", "Go1SealingKey"),
}
IS_THERE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_SKIPPED", "DELETE_FAILED")


def told(cloud: Cloud, stage: Stage, stack: dict[str, Any]) -> list[str]:
    """The lines to say once it is deleted. Asked before: afterwards nobody knows any more."""
    state = _state(cloud, stack)
    whole = state if len(state) == len(STATE) else {}
    settings = {name: value for name, value in parameters(stack).items() if name in KEPT and name not in STATE and value}
    confirmed, pending = alarms.readers(cloud, stage.stack)
    lines = ["Kept: both secrets and the archives" + (", the table with what customers have, and the keys that open it." if whole else ".")]
    lines += ["To go on with them:", f"  {_command(stage, {**settings, **whole}, [*confirmed, *pending])}"]
    if "PublicUrl" not in settings:
        lines.append("The address was one that AWS gave: there will be another, and the redirect URIs must be registered anew at Xero and at GO1.")
    if state and not whole:
        # A table is of no use without the keys that open it, and the template takes all three or none.
        lines.append(f"Left by a deploy that failed, and empty; delete it by hand: {', '.join(state.values())}")
    if len(confirmed) + len(pending) > 1:
        lines.append(f"Told of alarms as well until now: {', '.join([*confirmed, *pending][1:])}")
    return lines


def _command(stage: Stage, values: dict[str, str], readers: list[str]) -> str:
    """The deploy, so that what it gives comes through the shell, and through make, as it was."""
    plain = " ".join(shlex.quote(f"{name}={value}") for name, value in values.items())
    words = ["make deploy", f"STAGE={stage.name}"]
    words += [shlex.quote(f"SET={plain}".replace("$", "$$"))] if plain else []
    return " ".join([*words, *(f"ALARM_EMAIL={shlex.quote(one)}" for one in readers[:1])])


def _state(cloud: Cloud, stack: dict[str, Any]) -> dict[str, str]:
    """The table and the keys, by the parameters that adopt them. A stack whose first deploy failed has no outputs."""
    given, out = parameters(stack), outputs(stack)
    found = {name: given.get(name) or out.get(output, "") for name, (output, _) in STATE.items()}
    if not all(found.values()):
        resources = cloud.client("cloudformation").describe_stack_resources(StackName=stack["StackId"])["StackResources"]
        made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources if one["ResourceStatus"] in IS_THERE}
        found = {name: value or made.get(STATE[name][1], "") for name, value in found.items()}
    return {name: value for name, value in found.items() if value}
