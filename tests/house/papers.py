"""What docs/security.md and docs/asvs.md name: tests as `file::test`, and the rows of a standard."""

from __future__ import annotations

import re
from pathlib import Path

from workspace import ROOT

STATES = ("met", "not applicable", "open")

# `shared/web/tests/pages.rs::hostile_names_stay_text`
NAMED = re.compile(r"`([\w./-]+\.(?:rs|py))::(\w+)`")
# `infra/template.yaml`, and a document that is linked: what shows a row that no test shows.
SHOWN = re.compile(r"`[\w.-]+/[\w./-]+`|`deny\.toml`|`Cargo\.toml`|`make [a-z-]+`|\]\([^)]+\.md\)")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| \**([a-z ]+?)\** \| ([^|]+) \|$", flags=re.M)


def has_test(code: str, suffix: str, name: str) -> bool:
    """Whether a file has a test of that name, which its runner runs."""
    if suffix == ".py":
        return name.startswith("test") and re.search(rf"^ +def {name}\(self\b", code, flags=re.M) is not None
    attribute = r"#\[(?:tokio::)?test\b[^\n]*\]\s*(?:#\[[^\n]*\]\s*)*"
    return re.search(rf"{attribute}(?:async )?fn {name}\(", code) is not None


def missing_tests(text: str, root: Path = ROOT) -> list[str]:
    """The tests that a document names and that are not there."""
    wrong = []
    for file, name in NAMED.findall(text):
        path = root / file
        if not path.is_file():
            wrong.append(f"{file} is not there")
        elif not has_test(path.read_text(encoding="utf-8"), path.suffix, name):
            wrong.append(f"{file} has no test {name}")
    return wrong


def wanted_rows(text: str) -> dict[str, str]:
    """The rows of a standard and the level of each, of a list with one a line."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {number: level for number, level in lines}


def wrong_rows(text: str, wanted: dict[str, str]) -> list[str]:
    """What is wrong with the answers to a standard: rows that are missing, twice, or say nothing."""
    rows = ROW.findall(text)
    numbers = [number for number, *_ in rows]
    lines = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    wrong = [f"this is no row: {line}" for line in lines if not ROW.match(line)]
    wrong += [f"{number} is missing" for number in wanted if number not in numbers]
    wrong += [f"{number} stands {numbers.count(number)} times" for number in sorted(set(numbers)) if numbers.count(number) > 1]
    for number, level, _, state, why in rows:
        if wanted.get(number) != level:
            wrong.append(f"{number} is not of level {level}")
        if state not in STATES:
            wrong.append(f"{number} is {state}, which is none of {', '.join(STATES)}")
    wrong += [f"{number} is met by nothing that is named" for number, *_, state, why in rows if state == "met" and not proved(why)]
    return wrong


def proved(why: str) -> bool:
    """Whether a row names what shows it, or says in words that there is nothing of the kind."""
    return NAMED.search(why) is not None or SHOWN.search(why) is not None


def sums(text: str) -> dict[str, int]:
    """How many rows are in each state."""
    states = [state for *_, state, _ in ROW.findall(text)]
    return {state: states.count(state) for state in STATES}


def kinds_of_rows(code: str) -> list[str]:
    """The kinds of rows of the table, by their names in `rows.rs`."""
    return re.findall(r'^    [A-Z]\w+ = "([^"]+)", version \d+;$', code, flags=re.M)


def first_cells(text: str) -> list[str]:
    """What the rows of a document's tables begin with."""
    return re.findall(r"^\| ([^|]+?) \|", text, flags=re.M)
