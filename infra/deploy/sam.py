"""`sam`, as it is called for a stage: the config file by its full name, every answer given beforehand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.local.steps import Failure

from .stages import CONFIG, Stage

SAM = str(Path(sys.executable).parent / "sam")


def package(stage: Stage, bucket: str, template: Path, packaged: Path, log: Path) -> None:
    """Send the archives, and write the template that names them there."""
    command = [SAM, "package", "--template-file", str(template), "--output-template-file", str(packaged)]
    _run([*command, "--s3-bucket", bucket, "--s3-prefix", stage.stack, "--region", stage.region], "sam package", log)


def deploy_command(stage: Stage, bucket: str | None, packaged: Path, parameters: dict[str, str]) -> list[str]:
    """The command that deploys. Every parameter is named: `sam` would keep the stack's value of those that are not.

    A small template goes along with the command and needs no bucket.
    """
    return [
        *(SAM, "deploy", "--config-file", str(CONFIG), "--config-env", stage.name),
        *("--template-file", str(packaged), "--stack-name", stage.stack, "--region", stage.region),
        *(("--s3-bucket", bucket, "--s3-prefix", stage.stack) if bucket else ()),
        *("--parameter-overrides", *(f"{name}={_quoted(value)}" for name, value in sorted(parameters.items()))),
    ]


def deploy(stage: Stage, bucket: str | None, packaged: Path, parameters: dict[str, str], log: Path) -> None:
    """Deploy, and say what went wrong in the words of CloudFormation."""
    _run(deploy_command(stage, bucket, packaged, parameters), "sam deploy", log)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _run(command: list[str], what: str, log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        status = subprocess.run(
            command, env={**os.environ, "SAM_CLI_TELEMETRY": "0"}, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
    if status != 0:
        lines = log.read_text(errors="replace").strip().splitlines()
        why = next((line.strip() for line in reversed(lines) if "Error" in line or "FAILED" in line), lines[-1] if lines else "")
        raise Failure(f"{what} failed: {why} (all of it: {log})")
