"""Everything at its full figures, in parts that can be resumed: `make release-check`.

Each part is a command of make's. Its result is kept by commit in `target/release-check/`, so that a run which was stopped goes on
with what has not passed yet, and a new commit begins anew. `report.md` there is one page of all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "target/release-check"

# A million seeds are run as so many parts of so many.
SEED_PARTS = 10
SEEDS = 100_000


@dataclass(frozen=True)
class Part:
    """What is run by one command."""

    name: str
    command: tuple[str, ...]
    minutes: int
    """About how long it takes on two idle cores."""


def parts() -> list[Part]:
    """All of them, the short ones first, so that what is broken is known soon."""

    def make(name: str, minutes: int, *arguments: str) -> Part:
        return Part(name, ("make", *(arguments or (name,))), minutes)

    seeds = [
        make(f"seeds-{part + 1:02}", 25, "faults", f"SEEDS={SEEDS}", f"FIRST={part * SEEDS + 1}", "PAIRS=0")
        for part in range(SEED_PARTS)
    ]
    return [
        make("lint", 5),
        make("check-template", 3),
        make("audit", 2),
        make("sbom", 2),
        make("test", 20),
        make("test-moto", 15),
        make("test-rights", 30),
        make("test-firefox", 5),
        make("test-cdk", 2),
        make("test-gallery", 15),
        make("lighthouse", 3),
        make("test-deploy", 8),
        make("rehearse", 40),
        make("rehearse-cdk", 10),
        make("faults", 20, "faults", "SEEDS=10000"),
        make("kill", 40, "kill", "N=200"),
        make("test-api", 60, "test-api", "EXAMPLES=2000"),
        make("fuzz", 30, "fuzz", "MINUTES=30"),
        make("bench", 12),
        make("limits", 4),
        make("scale", 1),
        make("mutants", 90),
        make("code-mutants", 240, "code-mutants", "EVERY=10", "MINUTES=240"),
        *seeds,
    ]


@dataclass(frozen=True)
class Result:
    """How a part ended."""

    part: str
    commit: str
    passed: bool
    seconds: int
    ended: str
    last: str
    """The last line that it printed."""


def read(folder: Path, name: str) -> Result | None:
    """What is kept of a part; nothing where there is nothing, or where it was cut off while it was written."""
    try:
        return Result(**json.loads((folder / f"{name}.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def passed(folder: Path, name: str, commit: str) -> bool:
    """Whether the part has passed on this commit."""
    result = read(folder, name)
    return result is not None and result.passed and result.commit == commit


def report(folder: Path, commit: str, all_parts: Iterable[Part]) -> str:
    """One page: each part with how it ended on this commit, and what is not done."""
    rows, open_parts = [], 0
    for part in all_parts:
        result = read(folder, part.name)
        if result is None or result.commit != commit:
            word, took, last = "not run", "", f"about {part.minutes} min"
        else:
            word, took, last = ("passed" if result.passed else "FAILED"), f"{result.seconds} s", result.last
        open_parts += word != "passed"
        last = last.replace("|", "\\|")
        rows.append(f"| {part.name} | `{' '.join(part.command)}` | {word} | {took} | {last} |")
    verdict = "Everything passed." if open_parts == 0 else f"{open_parts} of {len(rows)} parts have not passed."
    head = f"# Release check of {commit}\n\n{verdict}\n\n| part | command | result | took | its last line |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(rows) + "\n"


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it printed nothing"


def execute(part: Part, log: Path) -> bool:
    """Runs a part; what it prints goes into a file."""
    with log.open("w") as out:
        return subprocess.run(part.command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False).returncode == 0


def check(folder: Path, commit: str, chosen: Sequence[Part], *, again: bool, run: Callable[[Part, Path], bool] = execute) -> bool:
    """Runs what has not passed yet, all of it also where one part fails; whether all of them have passed."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(chosen, 1):
        place = f"[{number}/{len(chosen)}] {part.name}"
        if passed(folder, part.name, commit) and not again:
            print(f"{place}: has passed on this commit", flush=True)
            continue
        print(f"{place}: {' '.join(part.command)} (about {part.minutes} min; {folder / part.name}.log)", flush=True)
        began, log = time.monotonic(), folder / f"{part.name}.log"
        has_passed = run(part, log)
        ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        result = Result(part.name, commit, has_passed, round(time.monotonic() - began), ended, last_line(log))
        (folder / f"{part.name}.json").write_text(json.dumps(asdict(result), indent=1) + "\n")
        (folder / "report.md").write_text(report(folder, commit, parts()))
        print(f"    {'passed' if has_passed else 'FAILED'} after {result.seconds} s: {result.last}", flush=True)
    return all(passed(folder, part.name, commit) for part in chosen)


def git(*arguments: str) -> str:
    """What git says."""
    return subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--only", default="", help="the parts whose names begin with this")
    reader.add_argument("--again", action="store_true", help="also those that have passed on this commit")
    reader.add_argument("--list", action="store_true", help="print what has passed so far, and run nothing")
    options = reader.parse_args(arguments)
    chosen = [part for part in parts() if part.name.startswith(options.only)]
    if not chosen:
        print(f"error: no part begins with {options.only!r}: {', '.join(part.name for part in parts())}", file=sys.stderr)
        return 2
    commit = git("rev-parse", "HEAD")
    if options.list:
        print(report(RESULTS, commit, parts()))
        return 0
    if git("status", "--porcelain"):
        print("error: there are changes that are not committed; a result belongs to a commit, so commit or stash them first", file=sys.stderr)
        return 2
    has_passed = check(RESULTS, commit, chosen, again=options.again)
    print(f"{'passed' if has_passed else 'NOT passed'}: see {RESULTS / 'report.md'}")
    return 0 if has_passed else 1


if __name__ == "__main__":
    sys.exit(main())
