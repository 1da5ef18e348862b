"""Fails where the tests would have a crate compiled again that the build has compiled already, with fewer features.

`make build` selects no tests, `make test-unit` does; a feature that only a dev-dependency asks for makes two crates of
one, and two of everything above it. Such a feature belongs to the dependencies of tests/journeys as well.
"""

from __future__ import annotations

import subprocess
import sys

from workspace import ROOT


def crates(tree: str) -> dict[str, set[str]]:
    """From `cargo tree --format '{p}|{f}'`: each crate, with every set of features that it is built with."""
    found: dict[str, set[str]] = {}
    for line in tree.splitlines():
        crate, mark, features = line.removesuffix(" (*)").partition("|")
        if mark:
            found.setdefault(crate, set()).add(features)
    return found


def compiled_again(built: dict[str, set[str]], tested: dict[str, set[str]]) -> list[str]:
    """Each crate of the build that the tests want with other features."""
    problems = []
    for crate, variants in sorted(built.items()):
        wanted = tested.get(crate, variants)
        if not variants <= wanted:
            more = {word for features in wanted - variants for word in features.split(",")}
            less = {word for features in variants for word in features.split(",")}
            problems.append(f"{crate} is compiled twice: only the tests ask for its {', '.join(sorted(more - less))}")
    return problems


def _tree(edges: str) -> str:
    command = ["cargo", "tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{f}", "--edges", edges]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"error: cargo tree failed: {answer.stderr.strip()}")
    return answer.stdout


def main() -> int:
    """Compare what is built with what is tested."""
    built = crates(_tree("normal,build"))
    problems = compiled_again(built, crates(_tree("normal,build,dev")))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"the tests compile none of the {len(built)} crates again")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
