"""The commands of a runbook's page, by the part and the step that they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.settings import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
TODO = "What to do"
OVER = "How you know that it is over"
SEE = "What you see"


@dataclass(frozen=True)
class Command:
    """A line of a page's code, with where it stands."""

    part: str
    listed: int
    """Which of the part's lists it stands in, from 1; 0 before the first."""
    step: int
    """The number of the list's item; 0 outside of one."""
    text: str


@dataclass
class Page:
    """A page, and which of its commands have been taken."""

    name: str
    commands: list[Command]
    taken: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, name: str) -> Page:
        """Read a page of docs/runbooks."""
        return cls(name, commands(RUNBOOKS.joinpath(f"{name}.md").read_text()))

    def step(self, number: int, *, listed: int = 1, part: str = TODO) -> list[str]:
        """The commands of a step. A step without commands is a page that has changed."""
        return self._take(lambda one: (one.part, one.listed, one.step) == (part, listed, number), f"{part}, step {number}")

    def part(self, part: str) -> list[str]:
        """The commands of a part that stand in no step."""
        return self._take(lambda one: one.part == part and one.step == 0, part)

    def inline(self, beginning: str) -> str:
        """A command that stands in a sentence of the page, between backticks."""
        text = RUNBOOKS.joinpath(f"{self.name}.md").read_text()
        found = [one for one in re.findall(r"`([^`\n]+)`", text) if one.startswith(beginning)]
        assert found, f"{self.name} has no `{beginning}...` any more"
        return found[0]

    def left(self) -> list[str]:
        """What has not been taken."""
        return [one.text for place, one in enumerate(self.commands) if place not in self.taken]

    def _take(self, wanted: Callable[[Command], bool], where: str) -> list[str]:
        found = [place for place, one in enumerate(self.commands) if wanted(one)]
        assert found, f"{self.name} has no commands in {where} any more"
        self.taken.update(found)
        return [self.commands[place].text for place in found]


def commands(text: str) -> list[Command]:
    """Every command of a page, a line each."""
    found: list[Command] = []
    part, listed, step, inside = "", 0, 0, False
    for line in text.splitlines():
        if heading := re.match(r"## (.+)", line):
            part, listed, step = heading[1], 0, 0
        elif inside and line.strip() == "```":
            inside = False
        elif inside:
            found.append(Command(part, listed, step, line.strip()))
        else:
            if item := re.match(r"(\d+)\. ", line):
                step = int(item[1])
                listed += step == 1
            elif line and not line.startswith((" ", "```")):
                step = 0
            inside = line.endswith("```sh")
    return [one for one in found if one.text]


def filled(text: str, **values: str) -> str:
    """A command with our own ids in the places of those that the page prints; each must stand there."""
    for printed, ours in values.items():
        printed = PRINTED[printed]
        assert printed in text, f"{printed} does not stand in: {text}"
        text = text.replace(printed, ours)
    return text


# What the pages print where somebody puts their own.
PRINTED = {
    "portal": "700001",
    "import_id": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    "sign_up": "0f0f0f0f0f0f0f0f",
    "email": "owner@example.com",
    "second": "2026-01-31T03:04:05Z",
}
