"""`python -m infra.deploy`: deploy, secrets, status, rollback, destroy."""

from __future__ import annotations

import argparse
import os
import sys

from infra.local.settings import ROOT
from infra.local.steps import Failure, fail

from . import commands


def main() -> int:
    """Read the command line, run one command, and turn what went wrong into one line and a status."""
    arguments = _arguments()
    try:
        arguments.run(arguments)
        return 0
    except Failure as failure:
        fail(str(failure))
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=sys.modules[__package__].__doc__)
    every = argparse.ArgumentParser(add_help=False)
    every.add_argument("--stage", required=True, help="a stage of infra/samconfig.toml")
    every.add_argument("--region", help="instead of the stage's own")
    named = parser.add_subparsers(dest="command", required=True)
    deploy = named.add_parser("deploy", parents=[every], help="from the tools to the first press at the public address")
    deploy.add_argument("--archives", help="a folder with NAME.zip for each function, or running: what runs, with other settings; without it a release is built here")
    deploy.add_argument("--alarm-email", help="who reads the alarms, or none")
    deploy.add_argument("--set", default="", metavar="'Name=value ...'", help="parameters of the template, quoted as for a shell")
    deploy.add_argument("--from-stdin", action="store_true", help="read the secrets as JSON from standard input")
    deploy.set_defaults(run=commands.deploy)
    secrets = named.add_parser("secrets", parents=[every], help="ask for what goes into the secrets")
    secrets.add_argument("--from-stdin", action="store_true", help="read them as JSON from standard input")
    secrets.set_defaults(run=commands.secrets)
    named.add_parser("status", parents=[every], help="what runs, where, and what is wrong").set_defaults(run=commands.status)
    rollback = named.add_parser("rollback", parents=[every], help="deploy the release before the running one")
    rollback.set_defaults(run=commands.rollback)
    destroy = named.add_parser("destroy", parents=[every], help="delete the stack; table, keys and secrets stay")
    destroy.add_argument("--yes", metavar="STACK", help="the stack's name, where nobody can be asked")
    destroy.set_defaults(run=commands.destroy)
    return parser.parse_args()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
