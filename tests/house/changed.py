"""Runs the unit tests of what has changed: of each package with a changed file, and of each that is built on it.

The whole workspace stays selected and only kinds of tests are left out, since cargo would compile the dependencies again
with other features for a part of it. The tests in `tests/` folders run where their own package has changed; those of the
whole product, below `tests/`, where they themselves have. The rest is for `make test`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workspace import ROOT, packages

WHOLE = {"Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml", "clippy.toml"}
"""What every package is built with."""


@dataclass(frozen=True)
class Package:
    """One package of the workspace."""

    name: str
    folder: str
    """Where it is, below the root of the project."""
    builds_on: frozenset[str]
    """Other packages of the workspace, for its tests too."""
    tests: dict[str, str]
    """The targets of its `tests/` folder, each with its first file below the root."""


def read(metadata: Iterable[dict], root: Path) -> list[Package]:
    """The packages, from `cargo metadata`."""
    return [
        Package(
            name=one["name"],
            folder=_below(one["manifest_path"], root).removesuffix("/Cargo.toml"),
            builds_on=frozenset(needed["name"] for needed in one["dependencies"] if needed.get("path")),
            tests={target["name"]: _below(target["src_path"], root) for target in one["targets"] if target["kind"] == ["test"]},
        )
        for one in metadata
    ]


def _below(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix()


def touched(files: Iterable[str], all_packages: list[Package]) -> set[str]:
    """The packages that changed files belong to."""
    found: set[str] = set()
    for file in files:
        if file in WHOLE:
            return {package.name for package in all_packages}
        found |= {package.name for package in all_packages if file.startswith(f"{package.folder}/")}
    return found


def dependents(names: set[str], all_packages: list[Package]) -> set[str]:
    """These packages, and all that are built on them."""
    found = set(names)
    while True:
        more = {package.name for package in all_packages if package.builds_on & found} - found
        if not more:
            return found
        found |= more


def targets(names: set[str], files: Iterable[str], all_packages: list[Package]) -> list[str]:
    """The test targets that run beside the tests in the code."""
    changed = list(files)
    found: set[str] = set()
    for package in all_packages:
        if package.name not in names:
            continue
        for target, first in package.tests.items():
            # A target is a file, or a folder with a main.rs.
            own = f"{Path(first).parent.as_posix()}/" if first.endswith("/main.rs") else first
            if not package.folder.startswith("tests/") or any(file.startswith(own) for file in changed):
                found.add(target)
    return sorted(found)


def command(names: set[str], test_targets: list[str], has_nextest: bool) -> list[str]:
    """What cargo is told. Without cargo-nextest the unit tests of the other packages run too: cargo cannot leave them out."""
    selected = ["--workspace", "--locked", "--lib", "--bins", *(word for name in test_targets for word in ("--test", name))]
    if not has_nextest:
        return ["cargo", "test", *selected]
    chosen = " | ".join(f"package(={name})" for name in sorted(names))
    return ["cargo", "nextest", "run", *selected, "--no-tests", "pass", "--filterset", chosen]


def _git(*arguments: str) -> str:
    answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout if answer.returncode == 0 else ""


def _start() -> str:
    """Where this work began: where it left main, or on main itself what is committed."""
    for main_branch in ("origin/main", "main"):
        commit = _git("merge-base", main_branch, "HEAD").strip()
        if commit:
            return commit
    return "HEAD"


def main() -> int:
    """Find what has changed, and run its tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", default="", help="a commit; otherwise where this branch left main")
    parser.add_argument("--nextest", action="store_true", help="cargo-nextest is there")
    arguments = parser.parse_args()
    since = arguments.since or _start()
    if not _git("rev-parse", "--verify", f"{since}^{{commit}}"):
        print(f"error: {since} is no commit: name one with make check SINCE=...", file=sys.stderr)
        return 1
    changed = _git("diff", "--name-only", since).splitlines()
    changed += _git("ls-files", "--others", "--exclude-standard").splitlines()
    all_packages = read(packages(), ROOT)
    begun = touched(changed, all_packages)
    if not begun:
        print("no package has changed")
        return 0
    names = dependents(begun, all_packages)
    print(f"changed: {', '.join(sorted(begun))}; built on that: {', '.join(sorted(names - begun)) or 'nothing'}", flush=True)
    return subprocess.run(command(names, targets(begun, changed, all_packages), arguments.nextest), cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
