"""What must be there before anything is started. Each miss is one line that says what to do."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from .settings import FUNCTIONS, ROOT, Settings
from .steps import Failure


def check_tools() -> None:
    """The emulator and sam come with the virtual environment that runs this."""
    for tool in ("ministack", "sam"):
        if not (Path(sys.executable).parent / tool).exists():
            raise Failure(f"{tool} is not installed beside {sys.executable}: make setup")


def check_binaries(settings: Settings) -> None:
    """The functions and the stand-ins must have been built."""
    wanted = [ROOT / "target" / "lambda" / name / "bootstrap" for name in FUNCTIONS]
    for binary in [*wanted, settings.binaries / "stand-ins"]:
        if not binary.exists():
            raise Failure(f"{binary.relative_to(ROOT)} is not there: make build")


def check_ports(settings: Settings, watched: bool = False) -> None:
    """Every port must be free, and no two may be the same. `watched`: `cargo lambda watch` takes one as well."""
    seen: dict[int, str] = {}
    for variable, port in {**settings.ports, **({"INVOKE_PORT": settings.invoke_port} if watched else {})}.items():
        if port in seen:
            raise Failure(f"{variable} and {seen[port]} are both {port}: give one of them another port")
        seen[port] = variable
        if not _is_free(port):
            advice = f"stop what listens there (an earlier run: make down), or choose another: {variable}={port + 1000}"
            raise Failure(f"port {port} is taken: {advice}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

