"""Fails where a file that people read is longer than 400 lines: it holds more than one thing.

Code and page templates count. `infra/template.yaml` does not: the rules of the deployment are read side by side.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from known import Group, Known
from workspace import ROOT

LONGEST = 400
KINDS = {".rs", ".py", ".css", ".js", ".mjs", ".html"}


def too_long(root: Path, files: Iterable[str], longest: int = LONGEST) -> dict[Group, str]:
    """Each file of a kind that counts that has more lines, with what to say about it."""
    found: dict[Group, str] = {}
    for name in files:
        path = root / name
        # A file that was removed and not committed is still in git's list.
        if path.suffix not in KINDS or not path.is_file():
            continue
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > longest:
            found[frozenset({name})] = f"{name} has {count} lines, and {longest} are the most: give what it holds files of their own"
    return found


def _files() -> list[str]:
    """Every file of the project, also those that are not committed yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in answer.stdout.split("\0") if name]


def main() -> int:
    """Count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=Path, help="files that may still be longer")
    known = Known.read(parser.parse_args().known)
    files = _files()
    problems = known.compare(too_long(ROOT, files))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"no file has more than {LONGEST} lines{known.but()}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
