"""The release that runs, with other settings: nothing is built, and neither code nor template of this folder goes up.

Whoever is called at night has some folder of the project. A setting alone would bring along whatever is checked out there.
"""

from __future__ import annotations

from typing import Any

from infra.local.steps import Failure
from infra.template_text import parse

from . import release, stages

ARCHIVES = "running"
"""What `ARCHIVES=` says instead of a folder."""

# Where the name leads is another stack's too, and what is worked out by the deploy is nobody's to give.
NOT_ALONE = {"PublicUrl", "HostedZoneId", *stages.DERIVED} - {"WorkerConcurrency"}


def find(releases: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The release that runs, as it was noted when it was deployed."""
    for one in reversed(releases):
        if one["release"] == name:
            return one
    raise Failure("the history does not know the release that runs: name its archives with ARCHIVES=folder")


def chosen(template: dict[str, Any], runs: dict[str, str], stage: stages.Stage, given: dict[str, str]) -> dict[str, str]:
    """The values that the stack runs with, and those that are given instead, each checked by the template that runs."""
    # A canary is of the deploy and not of what runs: a rollback, or a deploy in a hurry, left it out for once.
    given = {**{name: value for name, value in stage.overrides.items() if name == "Canary"}, **given}
    known = template["Parameters"]
    for name in given:
        if name in NOT_ALONE:
            raise Failure(f"{name} is changed by a whole deploy only: make deploy ... ARCHIVES=folder")
        if name not in known:
            raise Failure(f"{name} is no parameter of the release that runs")
    return {**runs, **{name: stages.check(name, value, known[name]) for name, value in given.items()}}


def code(noted: dict[str, Any]) -> dict[str, str]:
    """The digest of each function's archive. Before they were noted, where an archive lies stands for what is in it."""
    return noted.get("code") or archives(parse(noted["template"]))


def archives(template: dict[str, Any]) -> dict[str, str]:
    """Where each function's archive lies."""
    return {name: template["Resources"][name]["Properties"]["CodeUri"] for name in release.named(template)}
