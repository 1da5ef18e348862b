"""The server of this folder: started, made anew, ended."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


class Server:
    """The shipped functions on a port of this machine, always the same for the same seed."""

    def __init__(self, binary: Path, seed: int, log: Path) -> None:
        with log.open("w") as errors:
            self.process = subprocess.Popen(
                [binary, "--seed", str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self.log = log
        self.scene = self.read()

    def read(self) -> dict[str, Any]:
        """Where it is and who is signed in, once that is so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"error: the server ended: {self.log.read_text()[-2000:]}")
        return json.loads(line)

    def renew(self) -> None:
        """Make everything anew: whoever was signed out is in again, with the same cookie."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        scene = self.read()
        assert scene == self.scene, "the same seed makes the same scene"

    def session(self, role: str) -> dict[str, Any]:
        """Who is signed in by this name."""
        return next(session for session in self.scene["sessions"] if session["role"] == role)

    def end(self) -> None:
        """Stop it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
