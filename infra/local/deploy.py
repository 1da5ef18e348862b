"""`sam deploy` of the real template, and the environment files made from what it deployed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

from infra.deploy import release
from infra.template_text import read

from . import aws
from .processes import log_file
from .settings import FUNCTIONS, REGION, ROOT, SIGNING, STACK, STATE, Settings
from .steps import Failure

BUCKET = "go1-xero-packages"


def deploy(settings: Settings, partner_secrets: dict[str, str]) -> dict[str, str]:
    """Deploy, and return the stack's outputs."""
    aws.create_bucket(settings, BUCKET)
    parameters = {**settings.parameters, **partner_secrets}
    template = _template(parameters)
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    command = [
        str(Path(sys.executable).parent / "sam"),
        "deploy",
        *("--config-file", str(ROOT / "infra" / "samconfig.toml"), "--config-env", "local"),
        *("--template-file", str(template)),
        *("--stack-name", STACK, "--region", REGION, "--s3-bucket", BUCKET),
        *("--parameter-overrides", *overrides),
    ]
    with log_file("deploy").open("wb") as log:
        status = subprocess.run(command, cwd=ROOT, env=_environment(settings), stdout=log, stderr=log, check=False).returncode
    if status != 0:
        lines = log_file("deploy").read_text(errors="replace").strip().splitlines()
        raise Failure(f"sam deploy failed: {lines[-1] if lines else status} (all of it: target/local/logs/deploy.log)")
    return aws.stack_outputs(settings, STACK)


def _template(parameters: dict[str, str]) -> Path:
    """The template with this machine's binaries, as `make deploy` hands it to sam; adds the release to `parameters`."""
    template = read()
    folders = {
        name: ROOT / "target" / "lambda" / resource["Properties"]["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for name, resource in template["Resources"].items()
        if resource["Type"] == release.FUNCTION
    }
    contents = release.Contents({name: hashlib.sha256((folder / "bootstrap").read_bytes()).hexdigest() for name, folder in folders.items()})
    parameters["Release"] = release.release(template, parameters, contents)
    path = STATE / "template.yaml"
    rendered = release.rendered(template, parameters, contents, {name: str(folder) for name, folder in folders.items()})
    path.write_text(yaml.safe_dump(rendered, sort_keys=False, width=10_000))
    return path


def write_environment(settings: Settings, outputs: dict[str, str]) -> None:
    """Write target/local/environment for the tests, and target/local/functions/NAME for `cargo lambda watch`."""
    shared = {
        "AWS_ENDPOINT_URL": settings.endpoint,
        **SIGNING,
        "API_URL": f"http://{settings.api_host}",
        "XERO_STAND_IN_URL": f"http://127.0.0.1:{settings.xero_port}",
        "GO1_STAND_IN_URL": f"http://127.0.0.1:{settings.go1_port}",
        "APP_URL": settings.public_url,
    }
    everything = dict(shared)
    folder = STATE / "functions"
    folder.mkdir(parents=True, exist_ok=True)
    for function in FUNCTIONS:
        variables = aws.function_variables(settings, f"{STACK}-{function}")
        everything.update(variables)
        _write(folder / function, {"AWS_ENDPOINT_URL": settings.endpoint, **SIGNING, **variables})
    everything.update({f"STACK_{_in_capitals(name)}": value for name, value in outputs.items()})
    _write(STATE / "environment", everything)


def _environment(settings: Settings) -> dict[str, str]:
    """sam sees no credentials or settings of the person who runs this, and calls nobody but the emulator."""
    home = STATE / "home"
    home.mkdir(parents=True, exist_ok=True)
    # sam looks for a newer version of itself once a week; it has just looked.
    (home / "metadata.json").write_text(json.dumps({"telemetryEnabled": False, "lastVersionCheck": time.time()}))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(home),
        "AWS_ENDPOINT_URL": settings.endpoint,
        **SIGNING,
    }


def _write(path: Path, variables: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in sorted(variables.items())))


def _in_capitals(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() and index else letter for index, letter in enumerate(name)).upper()
