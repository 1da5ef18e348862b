"""Lets schemathesis loose on every route, as everybody who can come: `make test-api`."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROLES = ("signing-up", "owner", "administrator", "anonymous")

# As many as this at once: each has a server and a Python of its own.
AT_ONCE = 2

# Nothing is there.
NOWHERE = "/{nowhere}"


def run(role: str, arguments: argparse.Namespace) -> tuple[str, int, str]:
    """One role in a process of its own: how it ended, and what it printed."""
    command = [sys.executable, HERE / "one_role.py", role, "--server", arguments.server, "--results", arguments.results]
    command += ["--examples", str(arguments.examples), "--seed", str(arguments.seed), *arguments.more]
    began = time.monotonic()
    with (arguments.results / f"{role}.log").open("w") as out:
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    text = (arguments.results / f"{role}.log").read_text()
    cases = re.search(r"(\d+) generated", text)
    raw = re.search(r"raw requests: (\d+) findings", text)
    words = "0 findings" if code == 0 else f"FAILED (raw requests: {raw[1] if raw else 'not tried'})"
    print(f"{role}: {cases[1] if cases else 'no'} cases, {words}, {time.monotonic() - began:.0f} s", flush=True)
    return role, code, text


def unreached(results: Path) -> list[str]:
    """Operations at which nobody got anywhere: their refusals alone would prove little."""
    answers: dict[str, set[int]] = defaultdict(set)
    for role in ROLES:
        for operation, counted in json.loads((results / f"{role}.json").read_text()).items():
            answers[operation].update(int(status) for status in counted)
    return [operation for operation, seen in answers.items() if NOWHERE not in operation and not seen & {200, 303}]


def main() -> int:
    """Run all, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=Path, required=True, help="the built binary of this folder's crate")
    parser.add_argument("--examples", type=int, default=20, help="for each operation and role")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=HERE.parent.parent / "target/api")
    arguments, arguments.more = parser.parse_known_args()
    arguments.results.mkdir(parents=True, exist_ok=True)
    for old in arguments.results.glob("*.json"):
        old.unlink()
    print(f"{arguments.examples} examples an operation, seed {arguments.seed}; in full: {arguments.results}", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda role: run(role, arguments), ROLES))
    failed = [text for _, code, text in ended if code]
    if failed:
        print("\n".join(text[text.find("= FAILURES") :] if "= FAILURES" in text else text[-4000:] for text in failed))
        return 1
    if not arguments.more and (missing := unreached(arguments.results)):
        print(f"error: nobody got anywhere at {', '.join(missing)}: nothing is proven of it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
