"""An operator's command with the settings of a stage: `python -m infra.operate [--stage prod] -- "stuck"`, which `make ops` runs.

The command is `infra/ops`, in Rust, over the crates that the functions use. This gives it what a function has from its
environment: on the local cloud from target/local/environment, on AWS from the functions themselves. What is asked for is one
text and split here, so that no shell sees it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

from infra.deploy.cloud import Cloud, refusals
from infra.deploy.stages import load
from infra.local.settings import STATE, Settings
from infra.local.steps import Failure, say

# Which function has each of them.
VARIABLES = {
    "worker": ("TABLE_NAME", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "GO1_SEALING_KEY_ARN"),
    "oauth-callback": ("XERO_SEALING_KEY_ARN", "XERO_CONNECTIONS"),
}


def binary() -> Path:
    """Where cargo puts the command; under a target folder of its own where there is one."""
    binaries = Settings.from_environment().binaries
    if target := os.environ.get("CARGO_TARGET_DIR"):
        binaries = Path(target) / binaries.parent.name / binaries.name
    return binaries / "ops"


def environment(stage: str | None, region: str | None) -> dict[str, str]:
    """What the command needs to be told of a stage; of the local cloud where none is named."""
    if not stage:
        path = STATE / "environment"
        if not path.exists():
            raise Failure("the local cloud is not up (make run or make up), and no stage is named (STAGE=prod)")
        return dict(line.split("=", 1) for line in path.read_text().splitlines())
    chosen = load(stage, region)
    client = Cloud(chosen.region).client("lambda")
    found = {"AWS_REGION": chosen.region}
    for function, names in VARIABLES.items():
        with refusals(f"the settings of {chosen.stack}-{function} cannot be read"):
            variables = client.get_function_configuration(FunctionName=f"{chosen.stack}-{function}")["Environment"]["Variables"]
        found.update({name: variables[name] for name in names})
    return found


def words(asked: str) -> list[str]:
    """What was asked for, in words, as a shell would quote them."""
    try:
        found = shlex.split(asked)
    except ValueError as error:
        raise Failure(f"DO={asked} cannot be read: {error}") from None
    if not found:
        raise Failure("DO= says nothing: infra/ops/README.md has the commands")
    return found


def another_table(stage: str | None, region: str | None, table: str) -> dict[str, str]:
    """A restored table in the place of the one that the functions use."""
    if not stage or not table.startswith(f"{load(stage, region).stack}-restored-"):
        raise Failure(f"TABLE={table} is no restored table of the stage, whose name begins with the stack's and -restored-")
    return {"TABLE_NAME": table}


def main() -> int:
    """Run the command in this process's place."""
    parser = argparse.ArgumentParser(prog="make ops")
    parser.add_argument("--stage")
    parser.add_argument("--region")
    parser.add_argument("--yes")
    parser.add_argument("--table")
    parser.add_argument("asked")
    given = parser.parse_args()
    try:
        asked = words(given.asked)
        told = environment(given.stage, given.region)
        if given.table:
            told |= another_table(given.stage, given.region, given.table)
        command = binary()
        if not command.exists():
            raise Failure(f"{command} is not built: cargo build --workspace --locked --bin ops")
    except Failure as failure:
        say(f"error: {failure}")
        return 1
    started = [str(command), *(["--yes", given.yes] if given.yes else []), *asked]
    os.execve(command, started, {**os.environ, "RUST_LOG": "error", **told})


if __name__ == "__main__":
    sys.exit(main())
