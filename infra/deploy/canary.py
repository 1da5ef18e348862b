"""Whether CodeDeploy would shift traffic at all: a deployment whose alarm rings before it begins is stopped at once.

So a fix would be taken back by the alarm that it mends. It is told before anything is sent, with the way past it.
"""

from __future__ import annotations

import re
from typing import Any

from infra.local.steps import Failure
from infra.template_text import parse

from . import history
from .cloud import Cloud, outputs, refusals
from .release import named
from .stages import Stage


def check(cloud: Cloud, stage: Stage, stack: dict[str, Any] | None, template: dict[str, Any], chosen: dict[str, str], digests: dict[str, str]) -> None:
    """Refuse a canary whose alarm rings already. `digests` name the functions' versions, by their logical names."""
    if stack is None or chosen["Canary"] != "true":  # A stack that is new shifts nothing.
        return
    before = _running(cloud, stage, outputs(stack).get("Release", ""))
    moved = [name for name, digest in digests.items() if before.get(name) != digest]
    watched = {alarm["Ref"] for name in moved for alarm in template["Resources"][name]["Properties"]["DeploymentPreference"]["Alarms"]}
    if not watched:
        return
    with refusals("the alarms cannot be looked at"):
        pages = cloud.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stage.stack}-", StateValue="ALARM")
        names = [one["AlarmName"] for page in pages for one in page["MetricAlarms"]]
    # CloudFormation names an alarm by the stack, its name in the template and something that it draws.
    found = [re.fullmatch(rf"{re.escape(stage.stack)}-(\w+)-\w+", name) for name in names]
    ringing = sorted({one[1] for one in found if one} & watched)
    if ringing:
        raise Failure(
            f"{', '.join(ringing)} rings, and CodeDeploy stops a deployment whose alarm rings before it begins: where this deploy mends it, "
            'SET="Canary=false" sends it without a canary; otherwise wait until it goes out'
        )


def _running(cloud: Cloud, stage: Stage, release: str) -> dict[str, str]:
    """What names the version of each function that runs; nothing where the history does not know the release."""
    releases = history.read(cloud, history.bucket(cloud), stage.stack)
    template = next((one["template"] for one in reversed(releases) if one["release"] == release), None)
    if template is None:
        return {}
    return named(parse(template))
