"""Processes that are started here, each the leader of its own group, and stopped here, group by group, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

from .settings import ROOT, STATE
from .steps import Failure, say

PIDS = STATE / "pids"
GRACE_SECONDS = 5.0


class Processes:
    """A context that holds running processes and leaves none of them, or of their children, behind."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Processes:
        (STATE / "logs").mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not interrupt the stopping.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while self._running:
            name, process = self._running.pop()
            stop_group(process.pid, process)
            say(f"  stopped {name}")
        PIDS.unlink(missing_ok=True)

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a process that goes on, its output in target/local/logs/NAME.log."""
        with log_file(name).open("wb") as log:
            return self._start(name, command, environment, log.fileno())

    def run(self, name: str, command: list[str], environment: dict[str, str]) -> int:
        """Run a command to its end, its output here, and return its status."""
        process = self._start(name, command, environment, None)
        status = process.wait()
        self._running.remove((name, process))
        stop_group(process.pid, process)  # What it started must not outlive it.
        return status

    def first_dead(self) -> tuple[str, int] | None:
        """The name and exit status of a process that should be running and is not."""
        for name, process in self._running:
            if process.poll() is not None:
                return name, process.returncode
        return None

    def _start(
        self, name: str, command: list[str], environment: dict[str, str], output: int | None
    ) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise Failure(f"{name} does not start ({error.strerror}: {command[0]}): make build") from error
        self._running.append((name, process))
        PIDS.write_text("".join(f"{one.pid} {name}\n" for name, one in self._running))
        return process


def log_file(name: str) -> Path:
    """Where the output of the process of that name goes."""
    return STATE / "logs" / f"{name}.log"


def last_lines(name: str, count: int = 15) -> str:
    """The end of a process's log, to be shown when it failed."""
    lines = log_file(name).read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])


def stop_group(group: int, leader: subprocess.Popen[bytes] | None = None) -> None:
    """Ask a process group to end, insist after a while, and return when nothing of it is left."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE_SECONDS
        try:
            os.killpg(group, order)
            while time.monotonic() < deadline:
                if leader is not None:
                    leader.poll()  # A leader that nobody has waited for counts as alive.
                os.killpg(group, 0)  # Asks only whether anybody is left.
                time.sleep(0.05)
        except (ProcessLookupError, PermissionError):
            return


def stop_left_behind() -> int:
    """Stop what a run left that was itself killed outright; returns how many groups there were."""
    if not PIDS.exists():
        return 0
    found = 0
    for line in reversed(PIDS.read_text().splitlines()):
        group, _, name = line.partition(" ")
        if _is_ours(int(group)):
            stop_group(int(group))
            say(f"  stopped {name}")
            found += 1
    PIDS.unlink()
    return found


def _is_ours(pid: int) -> bool:
    """Whether a process id still means what we started: it may have gone to another program since."""
    answer = subprocess.run(["ps", "-o", "pgid=,args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    group, _, command = answer.stdout.strip().partition(" ")
    return group == str(pid) and any(name in command for name in ("ministack", str(ROOT)))
