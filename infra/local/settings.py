"""Ports, names and places: everything that can be chosen, and its default."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .steps import Failure

ROOT = Path(__file__).resolve().parents[2]
"""The root of the project."""

STATE = ROOT / "target" / "local"
"""Everything that a running local cloud leaves: logs, environment files, process ids, temporary files."""

FUNCTIONS = ("signup", "oauth-callback", "preview", "import", "addon", "worker", "sweeper")
"""The functions of the template, by the names of their crates."""

STACK = "go1-xero"
REGION = "ap-southeast-2"
API_ID = "60fa1100"
"""The id of the HTTP API here. The emulator finds an API by its host name only if the id is eight hexadecimal digits."""

SIGNING = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
"""What AWS clients want to sign with. The emulator does not look at it, and no real account is ever meant."""


@dataclass(frozen=True)
class Settings:
    """The choices for one run. Each port comes from the environment variable of the same name in capitals."""

    ministack_port: int
    app_port: int
    xero_port: int
    go1_port: int
    invoke_port: int = 9000
    """Where `cargo lambda watch` answers; nothing else takes it."""

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the choices, with defaults for all."""
        return cls(
            ministack_port=_port("MINISTACK_PORT", 4566),
            app_port=_port("APP_PORT", 8400),
            xero_port=_port("XERO_PORT", 8401),
            go1_port=_port("GO1_PORT", 8402),
            invoke_port=_port("INVOKE_PORT", 9000),
        )

    @property
    def ports(self) -> dict[str, int]:
        """Every port that is taken, by the variable that changes it."""
        return {
            "MINISTACK_PORT": self.ministack_port,
            "APP_PORT": self.app_port,
            "XERO_PORT": self.xero_port,
            "GO1_PORT": self.go1_port,
        }

    @property
    def endpoint(self) -> str:
        """Where the emulator answers for every AWS service."""
        return f"http://127.0.0.1:{self.ministack_port}"

    @property
    def public_url(self) -> str:
        """Where a person opens the product."""
        return f"http://app.localhost:{self.app_port}"

    @property
    def api_host(self) -> str:
        """The host name by which the emulator knows the HTTP API."""
        return f"{API_ID}.execute-api.localhost:{self.ministack_port}"

    @property
    def binaries(self) -> Path:
        """Where cargo puts quick builds: .cargo/config.toml builds for a named target, so under its name."""
        return ROOT / "target" / _host_target() / "debug"

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters that differ from production; the partner secrets are added when they exist."""
        between_processes_xero = f"http://127.0.0.1:{self.xero_port}"
        between_processes_go1 = f"http://127.0.0.1:{self.go1_port}"
        return {
            "ApiId": API_ID,
            "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
            "Canary": "false",
            "TableProtection": "false",
            "PublicUrl": self.public_url,
            "SupportContact": "mailto:support@example.com",
            "XeroLoginUrl": f"http://xero.localhost:{self.xero_port}",
            "XeroIssuer": f"http://xero.localhost:{self.xero_port}",
            "XeroIdentityUrl": between_processes_xero,
            "XeroApiUrl": between_processes_xero,
            "XeroAccountingUrl": f"{between_processes_xero}/api.xro/2.0",
            "XeroPayrollUrl": f"{between_processes_xero}/payroll.xro/1.0",
            "Go1LoginUrl": f"http://go1.localhost:{self.go1_port}",
            "Go1AuthUrl": between_processes_go1,
            "Go1ApiUrl": between_processes_go1,
            "Go1V2ApiUrl": f"{between_processes_go1}/v2",
            "Go1PortalUrl": f"http://go1.localhost:{self.go1_port}/portals-home/{{domain}}",
            "Go1PictureOrigins": f"http://go1.localhost:{self.go1_port},http://media.go1.localhost:{self.go1_port}",
            "Go1CoursesAu": "1001,1002,1003,1004,1005",
            "Go1CoursesUs": "2001,2002,2003,2004,2005",
            # The stand-ins answer at once and ask for no pace: an import ends in seconds.
            "Go1CallsInFlight": os.environ.get("GO1_CALLS_IN_FLIGHT", "20"),
            "Go1CallsPerSecond": "0",
            # The stand-ins' lists are not behind. A killed worker's portal waits for this long as well.
            "Go1Unanswered": os.environ.get("GO1_UNANSWERED", "120"),
            # A worker that is killed holds its portal up for this long. The rule of six times holds here as well.
            "WorkerTimeout": os.environ.get("WORKER_TIMEOUT", "30"),
            "QueueVisibility": os.environ.get("QUEUE_VISIBILITY", "180"),
        }


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Failure(f"{variable}={text} is no port: give a number from 1 to 65535")
    return int(text)


def _host_target() -> str:
    """The name of the machine that the compiler builds for, such as x86_64-unknown-linux-gnu."""
    try:
        answer = subprocess.run(["rustc", "-vV"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure("rustc does not run: install the Rust toolchain of rust-toolchain.toml (rustup does)") from error
    return next(line.removeprefix("host: ") for line in answer.splitlines() if line.startswith("host: "))
