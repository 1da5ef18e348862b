"""docs/logs.md against the sources: every line that can be logged is in it, at its level and with its fields, and no other."""

from __future__ import annotations

import re
import unittest

from workspace import ROOT

CONTRACT = (ROOT / "docs" / "logs.md").read_text()
LINE = re.compile(r"tracing::(error|warn|info|debug|trace)!\(")
SPAN = re.compile(r"tracing::\w+_span!\(")
# In the source, what stands for a value: `%portal`, `?why`, `event = "swept"`, `portal`.
FIELD = re.compile(r"^[%?]?(\w+)( *= .*)?$", re.S)


def arguments(text: str, at: int) -> list[str]:
    """The arguments of a macro whose parenthesis has just been opened."""
    found, depth, begin, quoted = [], 0, at, False
    while True:
        letter = text[at]
        if quoted:
            quoted = letter != '"' or text[at - 1] == "\\"
        elif letter == '"':
            quoted = True
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            if not depth:
                return [one for one in [*found, text[begin:at].strip()] if one]
            depth -= 1
        elif letter == "," and not depth:
            found.append(text[begin:at].strip())
            begin = at + 1
        at += 1


def field(argument: str) -> str:
    match = FIELD.match(argument)
    assert match, argument
    return match[1]


def sources() -> list[str]:
    """What the functions are built from, without comments."""
    files = [file for folder in ("functions", "shared") for file in sorted((ROOT / folder).glob("*/src/**/*.rs"))]
    return [re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.M) for file in files if "conformance" not in file.parts]


def logged() -> set[tuple[str, str, tuple[str, ...]]]:
    """Level, words and fields of each line that the sources log."""
    found = set()
    for text in sources():
        for macro in LINE.finditer(text):
            *fields, words = arguments(text, macro.end())
            if not words.startswith('"'):
                continue  # figures, which have no words
            fields = [one for one in fields if one != "parent: None"]  # outside of every span
            found.add((macro[1].upper(), words.strip('"'), tuple(sorted(field(one) for one in fields))))
    return found


def spans() -> dict[str, set[str]]:
    """The fields of each span."""
    found: dict[str, set[str]] = {}
    for text in sources():
        for macro in SPAN.finditer(text):
            name, *fields = arguments(text, macro.end())
            found.setdefault(name.strip('"'), set()).update(map(field, fields))
    return found


def table(heading: str) -> list[list[str]]:
    """The rows below a heading of the contract."""
    part = CONTRACT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line.startswith("| ")]
    return rows[2:]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


class Logs(unittest.TestCase):
    """The written contract is what is written."""

    maxDiff = None

    def test_every_line_of_the_sources_is_in_the_contract_and_no_other(self) -> None:
        written = {(level, words, tuple(sorted(named(fields)))) for level, words, fields, *_ in table("Lines")}
        self.assertEqual(written - logged(), set(), "in the contract, and nobody logs it")
        self.assertEqual(logged() - written, set(), "logged, and not in the contract")

    def test_every_span_is_in_the_contract_with_its_fields_and_no_other(self) -> None:
        self.assertEqual({named(name)[0]: set(named(fields)) for name, fields, *_ in table("Spans")}, spans())

    def test_no_field_is_named_by_what_is_never_logged(self) -> None:
        forbidden = re.compile(r"name|email|token|secret|password|cookie|verifier|nonce|body|query", re.I)
        fields = {one for _, _, fields in logged() for one in fields} | {one for fields in spans().values() for one in fields}
        self.assertEqual({one for one in fields if forbidden.search(one)}, set())

    def test_a_line_is_read_as_the_compiler_reads_it(self) -> None:
        text = 'tracing::warn!(event = "a, b", ?why, n = f(x, y), portal, "it, too");'
        macro = LINE.search(text)
        assert macro
        *fields, words = arguments(text, macro.end())
        self.assertEqual(([field(one) for one in fields], words), (["event", "why", "n", "portal"], '"it, too"'))


if __name__ == "__main__":
    unittest.main()
