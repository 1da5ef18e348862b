"""The AWS emulator: started, and waited for."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request

from .processes import Processes, last_lines
from .settings import REGION, SIGNING, STATE, Settings
from .steps import Failure

PATIENCE_SECONDS = 60.0


def start(processes: Processes, settings: Settings) -> None:
    """Start the emulator and return when it is ready."""
    temporary = STATE / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    # Functions inherit the emulator's environment, so it gets a bare one: what they need comes from the template.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(STATE / "home"),
        "LANG": "C.UTF-8",
        "TMPDIR": str(temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GATEWAY_PORT": str(settings.ministack_port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        # Every call of a function is checked against its role's policy, as on AWS: a permission that the template forgot
        # fails here first. (Key "test" is the account's root and may do anything.)
        "AUTH": "true",
        # Ports that nobody here asked for stay closed.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Functions reach the other services through it.
        "AWS_ENDPOINT_URL": settings.endpoint,
        "RUST_BACKTRACE": "1",
        **SIGNING,
    }
    process = processes.start("ministack", [sys.executable, "-m", "ministack"], environment)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _is_ready(settings):
        if process.poll() is not None:
            raise Failure(f"ministack ended with status {process.returncode}; its last words:\n{last_lines('ministack')}")
        if time.monotonic() > deadline:
            raise Failure(f"ministack was not ready after {PATIENCE_SECONDS:.0f} s: see target/local/logs/ministack.log")
        time.sleep(0.1)


def _is_ready(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.endpoint}/_ministack/health", timeout=2) as answer:
            return "services" in json.load(answer)
    except (OSError, ValueError):
        return False
