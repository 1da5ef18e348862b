"""`python -m infra.local`: ready, up, emulator, down, event, logs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

from . import checks, deploy, events, logs, ministack, partner_secrets, stand_ins
from .processes import Processes, last_lines, stop_left_behind
from .settings import ROOT, SIGNING, STATE, Settings
from .steps import Failure, fail, say, step


class Stopped(Exception):
    """A signal asked for the end."""


def main() -> int:
    """Read the command line, run one command, and turn what went wrong into one line and a status."""
    arguments = _arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell that starts this with & has it ignored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        settings = Settings.from_environment()
        if arguments.command == "ready":
            return ready(settings, arguments.watch)
        if arguments.command == "up":
            return up(settings, arguments.run, arguments.stay, arguments.watch)
        if arguments.command == "emulator":
            return emulator(settings, arguments.run, arguments.stand_ins)
        if arguments.command == "down":
            return down()
        if arguments.command == "event":
            say(str(events.write(settings).relative_to(ROOT)))
            return 0
        logs.show(settings, arguments.function, arguments.follow)
        return 0
    except Failure as failure:
        fail(str(failure))
        return 1
    except (KeyboardInterrupt, Stopped):
        return 130


def ready(settings: Settings, watched: bool = False) -> int:
    """Find what would be in the way of `up`, as long as nothing has been built for it."""
    checks.check_tools()
    checks.check_ports(settings, watched)
    return 0


def up(settings: Settings, command: list[str], stay: bool, watched: bool) -> int:
    """Start everything, run a command against it if there is one, stay if asked to, and stop everything."""
    with step("check tools, binaries and ports"):
        checks.check_tools()
        checks.check_binaries(settings)
        checks.check_ports(settings, watched)
    with Processes() as processes:
        with step(f"start the AWS emulator on port {settings.ministack_port}"):
            ministack.start(processes, settings)
        with step("create the partner secrets"):
            partners = partner_secrets.create(settings)
        with step("deploy infra/template.yaml with sam"):
            outputs = deploy.deploy(settings, partners)
            deploy.write_environment(settings, outputs)
        with step(f"start the stand-ins for Xero ({settings.xero_port}) and GO1 ({settings.go1_port})"):
            stand_ins.start(processes, settings, watched)
        try:
            if watched or not command:
                _say_where(settings)
            status = _run(processes, command) if command else 0
            if stay or not command:
                if command:
                    _say_where(settings)
                _stay(processes)
            return status
        finally:
            _save_logs(settings)


def emulator(settings: Settings, command: list[str], with_stand_ins: bool = False) -> int:
    """Start the AWS emulator alone, or with the stand-ins, run a command against it as against an empty account, and stop it."""
    checks.check_tools()
    with Processes() as processes:
        with step(f"start the AWS emulator on port {settings.ministack_port}"):
            ministack.start(processes, settings)
        if with_stand_ins:
            with step(f"start the stand-ins for Xero ({settings.xero_port}) and GO1 ({settings.go1_port})"):
                stand_ins.start(processes, settings, watched=False)
        return processes.run("the command", command, {**os.environ, "AWS_ENDPOINT_URL": settings.endpoint, **SIGNING})


def down() -> int:
    """Stop what an earlier run left behind."""
    if stop_left_behind() == 0:
        say("nothing was left running")
    return 0


def _run(processes: Processes, command: list[str]) -> int:
    """Run a command with target/local/environment in its environment, and return its status."""
    lines = (STATE / "environment").read_text().splitlines()
    environment = {**os.environ, **dict(line.split("=", 1) for line in lines)}
    return processes.run("the command", command, environment)


def _say_where(settings: Settings) -> None:
    say(f"\n  open {settings.public_url}   (Ctrl-C stops everything; what the functions say: make logs)\n")


def _stay(processes: Processes) -> None:
    """Wait for Ctrl-C, and notice when something ends by itself."""
    try:
        while True:
            time.sleep(0.5)
            dead = processes.first_dead()
            if dead is not None:
                raise Failure(f"{dead[0]} ended by itself with status {dead[1]}; its last words:\n{last_lines(dead[0])}")
    except KeyboardInterrupt:
        say("")  # Ends the line with the ^C on it.


def _save_logs(settings: Settings) -> None:
    try:
        logs.save(settings)
    except Failure:
        pass  # The emulator is gone, and its logs with it; what stopped it is being reported already.


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=sys.modules[__package__].__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("ready", help="fail where a tool is missing or a port is taken; start nothing")
    first.add_argument("--watch", action="store_true", help="also the port of cargo lambda watch")
    start = commands.add_parser("up", help="start everything; with a command after --, run it and stop everything again")
    start.add_argument("--stay", action="store_true", help="stay up after the command until Ctrl-C")
    start.add_argument("--watch", action="store_true", help="lead the reverse proxy to cargo lambda watch, which is the command")
    start.add_argument("run", nargs="*", metavar="command", help="what to run once everything is up")
    alone = commands.add_parser("emulator", help="start the AWS emulator alone, run a command after --, and stop it")
    alone.add_argument("--stand-ins", action="store_true", help="with those for Xero and GO1, and the reverse proxy")
    alone.add_argument("run", nargs="+", metavar="command", help="what to run against the empty account")
    commands.add_parser("down", help="stop what a killed run left behind")
    commands.add_parser("event", help="write an event that names a batch of the newest import here")
    show = commands.add_parser("logs", help="show the functions' logs")
    show.add_argument("--follow", "-f", action="store_true", help="go on until Ctrl-C")
    show.add_argument("function", nargs="*", help="the functions to show; all if none is named")
    return parser.parse_args()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
