"""Judges the mutants that cargo-mutants makes of the engine, one after the other, and goes on where it stopped.

cargo-mutants says what can be changed; this puts each change into a copy of the sources and runs the judges of its part
in their order until one of them fails. What was found out is in results/, one file for each part.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "target/code-mutants/tree"
BUILD = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target/code-mutants/build"))
TOOL = ROOT / ".tools/cargo/bin/cargo-mutants"
RESULTS = ROOT / "tests/mutants/results"
LONGEST = {"check": 900, "unit": 240, "suite": 300, "rig": 900, "campaign": 900}
"""Seconds that a judge may take, building included; the first is the compiler. A mutant that takes longer hangs, which is as good
as failing."""

# All judges are built as the campaign is, so that what they have in common is built once for each mutant.
NEXTEST = ["cargo", "nextest", "run", "--locked", "--cargo-profile", "faults"]
RIG = [*NEXTEST, "-p", "rig"]
CAMPAIGN = ["cargo", "run", "--quiet", "--locked", "--profile", "faults", "-p", "faults", "--bin", "faults", "--",
            "--until-failure", "--seeds", "2500", "--pairs-every", "3", "--report", "target/code-mutants.json"]
ENGINE = "test(/^(importing|undo|erasing|portal)/)"


def own(package: str, *more: str) -> list[str]:
    """The package's own tests."""
    return [*NEXTEST, "--no-tests", "pass", "-p", package, *more]


PARTS: dict[str, list[tuple[str, list[str]]]] = {
    "worker": [("unit", own("worker")), ("rig", [*RIG, "-E", ENGINE]), ("campaign", CAMPAIGN)],
    "sweeper": [("unit", own("sweeper")), ("rig", [*RIG, "-E", ENGINE]), ("campaign", CAMPAIGN)],
    "importing": [("unit", own("importing")), ("rig", [*RIG, "-E", ENGINE]), ("campaign", CAMPAIGN)],
    "vault": [("unit", own("vault")), ("rig", [*RIG, "-E", "test(/^(access|importing)/)"])],
    # Its own suite and nothing else: what it promises, it must hold to by itself.
    "state": [("suite", own("state", "--all-features"))],
}


def main() -> int:
    """Judges what is not judged yet, until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"], nargs="?", default="all")
    parser.add_argument("--minutes", type=float, default=60 * 24, help="begin no mutant after so many")
    parser.add_argument("--every", type=int, default=1, help="a sample: only every so many of the list")
    parser.add_argument("--patience", type=float, default=1, help="on a busy machine: judges may take so many times as long")
    parser.add_argument("--again", action="store_true", help="judge the survivors once more")
    parser.add_argument("--list", action="store_true", help="only say how many there are, and how many are judged")
    chosen = parser.parse_args()
    until = time.monotonic() + 60 * chosen.minutes
    copy_sources()
    for part in PARTS if chosen.part == "all" else [chosen.part]:
        judge_part(part, chosen, until)
    return 0


def judge_part(part: str, chosen: argparse.Namespace, until: float) -> None:
    """Judges the mutants of one part. Each result is written at once, so that nothing is judged twice."""
    path = RESULTS / f"{part}.json"
    known: dict[str, Any] = json.loads(path.read_text())["mutants"] if path.exists() else {}
    mutants = list_mutants(part)
    # What the code no longer has is no result.
    judged = {name: known[name] for name in mutants if name in known}
    if chosen.again:
        judged = {name: result for name, result in judged.items() if result["outcome"] != "survived"}
    # Whoever is judged again is so in any sample: what is left out here is no result any more.
    left = [name for place, name in enumerate(mutants) if name not in judged and (place % chosen.every == 0 or name in known)]
    print(f"{part}: {len(mutants)} mutants, {len(judged)} judged, {len(left)} to judge", flush=True)
    if chosen.list or not left:
        return
    if time.monotonic() < until and not all(passes(*judge, chosen.patience)[0] for judge in PARTS[part]):
        raise SystemExit(f"error: without a mutant the tests of {part} fail")
    for name in left:
        if time.monotonic() >= until:
            print(f"{part}: the time is up; the same command goes on", flush=True)
            break
        judged[name] = judge(part, mutants[name], chosen.patience)
        print(f"  {judged[name]['outcome']:9} {judged[name]['seconds']:5} s  {name}", flush=True)
        write(path, part, mutants, judged)


def write(path: Path, part: str, mutants: dict[str, Any], judged: dict[str, Any]) -> None:
    """Stores what is known of a part, the sums first."""
    outcomes = [result["outcome"] for result in judged.values()]
    sums = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    viable = len(outcomes) - sums.get("unviable", 0)
    rate = round(100 * (viable - sums.get("survived", 0)) / viable, 1) if viable else None
    ordered = {name: judged[name] for name in mutants if name in judged}
    text = {"part": part, "mutants_in_all": len(mutants), "judged": len(judged), **sums, "caught_in_percent": rate}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**text, "mutants": ordered}, indent=1) + "\n")


def judge(part: str, mutant: dict[str, Any], patience: float) -> dict[str, Any]:
    """Puts one mutant into the copy, runs its judges, and takes it out again."""
    begun = time.monotonic()
    file = TREE / mutant["file"]
    before = file.read_text()
    diff = re.sub(r"\A--- .*\n\+\+\+ .*\n", f"--- a/{mutant['file']}\n+++ b/{mutant['file']}\n", mutant["diff"])
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(TREE.parent)}
    subprocess.run(["git", "apply", "-"], input=diff, text=True, cwd=TREE, check=True, env=environment)
    try:
        outcome = verdict(part, patience)
    finally:
        file.write_text(before)
    return {"outcome": outcome, "seconds": round(time.monotonic() - begun)}


def verdict(part: str, patience: float) -> str:
    """Who caught it, if anybody did; `unviable` is a mutant that does not compile."""
    if not passes("check", ["cargo", "check", "--quiet", "--locked", "-p", part], patience)[0]:
        return "unviable"
    for judge_name, command in PARTS[part]:
        passed, in_time = passes(judge_name, command, patience)
        if not passed:
            return judge_name if in_time else "hung"
    return "survived"


def passes(judge_name: str, command: list[str], patience: float) -> tuple[bool, bool]:
    """Whether a command succeeds, and whether it ended in this judge's time."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILD), "PROPTEST_FAILURE_PERSISTENCE": "off"}
    # A group of its own can be killed as a whole. A session of its own would not have the low priority of this process.
    with subprocess.Popen(command, cwd=TREE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=os.setpgrp) as process:
        try:
            return process.wait(timeout=LONGEST[judge_name] * patience) == 0, True
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            return False, False


def list_mutants(part: str) -> dict[str, Any]:
    """All mutants of a package by their names, which hold no line: a line moves, and the mutant is the same."""
    command = [str(TOOL), "mutants", "--list", "--json", "--diff", "-p", part]
    listed = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=True)
    mutants: dict[str, Any] = {}
    for mutant in json.loads(listed.stdout):
        name = re.sub(r"^([^:]+):\d+:\d+: ", r"\1: ", mutant["name"])
        number = 1 + sum(1 for other in mutants if other == name or other.startswith(f"{name} #"))
        mutants[name if number == 1 else f"{name} #{number}"] = mutant
    return mutants


def copy_sources() -> None:
    """Makes the copy the same as the sources; what is the same already keeps its time, so that cargo builds little."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode()
    files = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        name = str(old.relative_to(TREE))
        if name not in files and not name.startswith("target/"):
            old.unlink()
    for name in files:
        bytes_now, copy = (ROOT / name).read_bytes(), TREE / name
        if not copy.is_file() or copy.read_bytes() != bytes_now:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(bytes_now)


if __name__ == "__main__":
    sys.exit(main())
