"""Rust source as a list of tokens, without comments and white space: as much of the language as finding paths needs."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# The order matters: a raw string must be seen before the identifier `r`, a character before a lifetime.
_TOKEN = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<raw>(?:br|cr|r)(?P<hashes>\#*)".*?"(?P=hashes))
    | (?P<string>[bc]?"(?:\\.|[^"\\])*")
    | (?P<character>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^\\'\n])')
    | (?P<lifetime>'[^\W\d]\w*)
    | (?P<name>(?:r\#)?[^\W\d]\w*)
    | (?P<number>\d\w*(?:\.\d\w*)?)
    | (?P<mark>::|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Token:
    """One word of the source: its kind (`name`, `string`, `mark`, ...), its text and its line."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> list[Token]:
    """Every token of a source text; a string is given by what stands between its quotes."""
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    found: list[Token] = []
    at = 0
    while at < len(source):
        if source.startswith("/*", at):
            at = _after_comment(source, at)
            continue
        match = _TOKEN.match(source, at)
        if match is None:  # Every character is at least a mark, so this would be a fault of the pattern.
            raise ValueError(f"no token at {at}: {source[at : at + 20]!r}")
        at = match.end()
        kind = str(match.lastgroup)
        if kind == "space":
            continue
        text = match.group()
        if kind in ("raw", "string"):
            kind, text = "string", text[text.index('"') + 1 : text.rindex('"')]
        found.append(Token(kind, text, bisect_right(starts, match.start())))
    return found


def _after_comment(source: str, at: int) -> int:
    """Where a block comment ends; one may hold others."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(source, at):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(source)
