"""Lets schemathesis loose on the shipped functions as one role: what `run.py` starts for each."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import checks
import data
import schemathesis
from schemathesis.cli import schemathesis as command
from raw import RawRequests
from server import Server

DOCUMENT = Path(__file__).parent / "openapi.yaml"
COOKIE = "__Host-session"

# Their presses ask Xero, and take nothing from whoever comes next.
LOOKS = ("/preview/people", "/portal/check")

# So many requests later everything is made anew, whatever they did: limits by the hour would answer everything else.
MOST_REQUESTS = 40


class Walk:
    """Who asks, and what was answered so far."""

    def __init__(self, server: Server, role: str) -> None:
        self.server, self.role = server, role
        self.session = server.session(role)
        self.answers: dict[str, Counter[int]] = defaultdict(Counter)
        self.asked = self.since = 0
        self.is_used = False

    def hook(self) -> None:
        """Be there at every request."""

        @schemathesis.hook
        def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
            self.before(case, kwargs)

        @schemathesis.hook
        def after_call(context: Any, case: Any, response: Any) -> None:
            self.after(case, response)

    def before(self, case: Any, kwargs: dict[str, Any]) -> None:
        """Give the browser its cookie, in a world in which that is good."""
        if self.is_used or self.since >= MOST_REQUESTS:
            self.server.renew()
            self.since, self.is_used = 0, False
        self.asked += 1
        self.since += 1
        # Without a session every other time where it is worth nothing, and as a program every third time.
        if self.role != "anonymous" or self.asked % 2:
            case.cookies = {**(case.cookies or {}), COOKIE: self.session["cookie"]}
        if self.asked % 3 == 0:
            case.headers["Accept"] = "application/json"
        kwargs["allow_redirects"] = False

    def after(self, case: Any, response: Any) -> None:
        """Count the answer, and see whether it has changed what the next one meets."""
        self.answers[case.operation.label][response.status_code] += 1
        # A login's end works once, also where it is refused.
        self.is_used |= any(end["state"] in response.request.url for end in self.session["returns"])
        if self.role != "anonymous" and case.path not in LOOKS:
            self.is_used |= case.method == "POST" and response.status_code == 303 or "set-cookie" in response.headers

    def raw(self, examples: int, seed: int) -> list[str]:
        """Try what no schema describes at every operation; what was wrong, at most three for each."""
        requests = RawRequests(self.server.scene["address"], self.session, seed, self.server.renew)
        self.server.renew()
        for operation, status in requests.come_back().items():
            self.answers[operation][status] += 1
        there = {name: values[0] for name, values in self.server.scene["known"].items()}
        names = {"import_id": there["imports"], "receipt": there["receipts"], "file": there["assets"], "nowhere": "nowhere"}
        wrong = []
        for found in schemathesis.openapi.from_path(DOCUMENT).get_all_operations():
            operation = found.ok()
            statuses = {int(status) for status in operation.responses.status_codes}
            path, before = operation.path.format(**names), len(wrong)
            for number in range(examples):
                # Every second body has a good token.
                if number % (5 if operation.method == "post" else MOST_REQUESTS) == 0:
                    self.server.renew()
                problem = requests.try_at(operation.method.upper(), path, statuses, self.session["private"])
                if problem and len(wrong) < before + 3:
                    wrong.append(problem)
        return wrong


def main() -> int:
    """Run, and say how it ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role")
    parser.add_argument("--server", type=Path, required=True)
    parser.add_argument("--examples", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--results", type=Path, required=True)
    arguments, more = parser.parse_known_args()
    server = Server(arguments.server, arguments.seed, arguments.results / f"{arguments.role}-server.log")
    walk = Walk(server, arguments.role)
    data.register(walk.session, server.scene["known"])
    checks.register(arguments.role, walk.session["private"])
    walk.hook()
    try:
        command.main(
            [
                "run", str(DOCUMENT), "--url", server.scene["address"], "--no-color",
                "--phases", "examples,coverage,fuzzing", "--mode", "all", "--checks", ",".join(checks.names()),
                "--max-examples", str(arguments.examples), "--seed", str(arguments.seed), "--continue-on-failure",
                "--generation-database", "none", "--generation-with-security-parameters", "false",
                "--suppress-health-check", "all", "--warnings", "off", "--output-truncate", "true", *more,
            ]
        )  # fmt: skip
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    wrong = walk.raw(arguments.examples, arguments.seed)
    print("\n".join([f"raw requests: {len(wrong)} findings", *wrong]))
    server.end()
    answers = {operation: dict(counted) for operation, counted in walk.answers.items()}
    (arguments.results / f"{arguments.role}.json").write_text(json.dumps(answers))
    return code or bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
