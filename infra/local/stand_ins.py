"""The stand-ins for Xero and GO1, and the reverse proxy before the product: one process, three ports."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request

from .processes import Processes, last_lines
from .settings import Settings
from .steps import Failure

PATIENCE_SECONDS = 20.0
WATCH = "http://[::1]:{port}"
"""Where `cargo lambda watch` answers, and where `cargo lambda invoke` looks for it."""


def start(processes: Processes, settings: Settings, watched: bool) -> None:
    """Start them and return when all three ports answer. `watched`: the reverse proxy leads to `cargo lambda watch`."""
    api = ("--app-upstream", settings.endpoint, "--app-upstream-host", settings.api_host)
    command = [
        str(settings.binaries / "stand-ins"),
        *("--xero-port", str(settings.xero_port)),
        *("--go1-port", str(settings.go1_port)),
        *("--app-port", str(settings.app_port)),
        *(("--app-upstream", WATCH.format(port=settings.invoke_port)) if watched else api),
    ]
    environment = {"PATH": os.environ["PATH"], "RUST_LOG": os.environ.get("RUST_LOG", "info"), "RUST_BACKTRACE": "1"}
    process = processes.start("stand-ins", command, environment)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for port in (settings.xero_port, settings.go1_port, settings.app_port):
        while not _answers(port):
            if process.poll() is not None:
                raise Failure(f"the stand-ins ended with status {process.returncode}; their last words:\n{last_lines('stand-ins')}")
            if time.monotonic() > deadline:
                raise Failure(f"port {port} of the stand-ins does not answer: see target/local/logs/stand-ins.log")
            time.sleep(0.05)


def _answers(port: int) -> bool:
    """Whether anything speaks HTTP there; which status it has is of no interest here."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
