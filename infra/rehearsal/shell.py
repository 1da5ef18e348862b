"""Where an operator types the commands of a page: bash with the words of docs/runbooks/shell.sh, each command with its rights.

`docs/runbooks/README.md` says who may do what, and the emulator checks every call against the caller's policy: what a page needs
and its policy does not give fails here.
"""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
import pty
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A question of ours on a terminal; whatever else ends with a colon is none.
QUESTION = re.compile(rb"(nothing to leave it|\(not shown\)|to delete it): $")
LONGEST_SECONDS = 600
# Who has which policies; docs/runbooks/README.md says the same in words.
RIGHTS = {
    "deployer": ["deployer"],
    "operator": ["operator"],
    "data-operator": ["operator", "data-operator"],
    "restorer": ["operator", "restore"],
}
# What CloudFormation does it does with the rights of whoever asks, and the first two go on with a deploy. The others write anew
# what a deploy made, which hands a role on.
OF_THE_DEPLOYER = re.compile(
    r"\baws (cloudformation (continue-update-rollback|cancel-update-stack|describe-stack-resource)|scheduler (create|update)-schedule|iam get-role)\b"
)


class Shell:
    """One operator's session in the project's folder: variables of one command are there for the next."""

    def __init__(self, folder: Path, stage: str, rights: dict[str, dict[str, str]], tools: Path, more: dict[str, str]) -> None:
        self._folder, self._stage, self._rights = folder, stage, rights
        self._kept: dict[str, str] = {}
        self._common = {**os.environ, **more, "PATH": f"{tools}:{os.environ['PATH']}"}
        self._vars = folder / "variables"

    def set(self, **values: str) -> None:
        """Put a variable there, as somebody does who copies an id from a line."""
        self._kept.update(values)

    def run(self, text: str, *answers: str, fails: bool = False, who: str | None = None) -> str:
        """Run a command, type these answers at its questions, and return what was to be seen."""
        names = sorted({*self._kept, *(re.findall(r"(?:^|\s)([A-Z][A-Z0-9_]*)=", text) if not text.startswith(("make ", "aws ")) else [])})
        set_before = "".join(f"{name}={_quoted(value)}\n" for name, value in self._kept.items())
        kept_after = "".join(f"printf '%s\\0%s\\0' {name} \"${{{name}-}}\" >>{self._vars}\n" for name in names)
        script = f"set -o pipefail\n. docs/runbooks/shell.sh {self._stage}\n{set_before}{text}\nstatus=$?\n: >{self._vars}\n{kept_after}exit $status\n"
        environment = {**self._common, **self._rights[who or whose(text)]}
        status, seen = self._typed(script, list(answers), environment) if answers else self._plain(script, environment)
        assert (status != 0) == fails, f"{text}\nended with {status}:\n{seen}"
        parts = self._vars.read_text().split("\0")[:-1]
        self._kept.update(zip(parts[::2], parts[1::2], strict=True))
        return seen

    def lines(self, text: str) -> list[dict[str, Any]]:
        """Run a command that looks for lines of the log, and return those that match its pattern."""
        (pattern,) = re.findall(r"'(\{.*?\})'", text)
        matches = matcher(pattern)
        found = []
        for line in self.run(text).splitlines():
            with contextlib.suppress(ValueError):
                record = json.loads(line[line.index("{") :])
                if isinstance(record, dict) and matches(record):
                    found.append(record)
        return found

    def _plain(self, script: str, environment: dict[str, str]) -> tuple[int, str]:
        ran = subprocess.run(
            ["bash", "-c", script], cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
        return ran.returncode, ran.stdout + ran.stderr

    def _typed(self, script: str, answers: list[str], environment: dict[str, str]) -> tuple[int, str]:
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self._folder)
            os.execvpe("bash", ["bash", "-c", script], environment)
        seen = b""
        with contextlib.suppress(OSError):  # Linux says so where the other end is closed.
            while piece := os.read(terminal, 1024):
                seen += piece
                if answers and QUESTION.search(seen):
                    time.sleep(0.1)  # getpass throws away what was typed before it asked.
                    os.write(terminal, answers.pop(0).encode() + b"\n")
                    seen += b"\n"
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        text = seen.decode(errors="replace").replace("\r\n", "\n")
        assert not answers, f"nobody asked for {len(answers)} of the answers:\n{text}"
        return status, text


def whose(text: str) -> str:
    """Whose rights a command takes, by what it is."""
    made = re.match(r"make (\w+)", text)
    if made is None:
        return "deployer" if OF_THE_DEPLOYER.search(text) else "operator"
    # The first command of every page is for whoever is on call.
    return {"ops": "data-operator", "follow": "data-operator", "status": "operator"}.get(made[1], "deployer")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def matcher(pattern: str) -> Callable[[dict[str, Any]], bool]:
    """What CloudWatch makes of a filter pattern for JSON, as far as the pages use it; the emulator answers every line."""
    terms = re.findall(r'\$\.([\w.]+)\s*=\s*(?:"([^"]*)"|(\S+?))\s*(?=[)}&|]|$)', pattern)
    assert terms and "||" not in pattern and "!=" not in pattern, f"what does {pattern} mean?"

    def matches(record: dict[str, Any]) -> bool:
        return all(name in record and fnmatch.fnmatchcase(str(record[name]), quoted or plain) for name, quoted, plain in terms)

    return matches
