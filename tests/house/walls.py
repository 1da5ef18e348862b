"""Fails where a package reaches another that it must not reach: what it is built from, with its own features alone.

`cargo tree -p` is asked, since it resolves features as a build of that one package does; the graph of `cargo metadata` is
the whole workspace's, in which one package's features count for all. Dependencies of tests and of build scripts do not count.
"""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from collections.abc import Iterable

from workspace import ROOT

# Each package, and what must not be among all that it is built from. A star stands for any letters.
WALLS: dict[str, tuple[str, ...]] = {
    # The rules know no I/O.
    "domain": ("tokio", "reqwest", "aws*"),
    # Two upstreams, what is kept, and the pages: what brings them together stands above them.
    "xero": ("go1", "state", "web"),
    "go1": ("xero", "state", "web"),
    "state": ("xero", "go1", "web"),
    "web": ("xero", "go1", "state"),
    # What runs without a person calls only whom it must, and serves no page.
    "sweeper": ("web", "xero", "go1", "askama", "axum", "oauth2"),
    "worker": ("web", "xero", "askama"),
}

# What a Lambda is built for, and what `make release` can build.
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")


def ways(tree: str) -> dict[str, tuple[str, ...]]:
    """From `cargo tree --prefix depth`: each package, and one way that leads to it."""
    found: dict[str, tuple[str, ...]] = {}
    way: list[str] = []
    for line in tree.splitlines():
        depth = len(line) - len(line.lstrip("0123456789"))
        if not depth:
            continue
        name = line[depth:].split()[0]
        del way[int(line[:depth]) :]
        way.append(name)
        found.setdefault(name, tuple(way))
    return found


def breaches(package: str, forbidden: Iterable[str], tree: str) -> list[str]:
    """Each forbidden package that is reached, with the way."""
    return [
        f"{package} must not reach {name}, and does: {' -> '.join(way)}"
        for name, way in ways(tree).items()
        if name != package and any(fnmatch.fnmatchcase(name, pattern) for pattern in forbidden)
    ]


def idle(walls: dict[str, tuple[str, ...]], everything: Iterable[str]) -> list[str]:
    """Walls against nothing: a pattern that no package of the workspace has could never fail."""
    names = set(everything)
    return [
        f"the wall between {package} and {pattern} guards against nothing: no package here is called {pattern}"
        for package, patterns in walls.items()
        for pattern in patterns
        if not any(fnmatch.fnmatchcase(name, pattern) for name in names)
    ]


def _tree(*selection: str) -> str:
    command = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "depth", *selection]
    for target in TARGETS:
        command += ["--target", target]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"error: cargo tree failed: {answer.stderr.strip()}")
    return answer.stdout


def main() -> int:
    """Ask for each package of the table."""
    problems = idle(WALLS, ways(_tree("--workspace")))
    for package, forbidden in WALLS.items():
        problems += breaches(package, forbidden, _tree("--package", package))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"{len(WALLS)} packages reach nothing that they must not reach")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
