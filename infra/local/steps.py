"""What is said in the terminal: one line for each step, with the time that it took, and one line for a failure."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Failure(Exception):
    """Something that a person can put right. The message is one line that says what is wrong and what to do."""


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a step, run it, and say how long it took."""
    print(f"  ... {what}", flush=True)
    start = time.monotonic()
    yield
    print(f"  {time.monotonic() - start:5.1f} s  {what}", flush=True)


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


def fail(line: str) -> None:
    """Print one line about a failure where failures belong."""
    print(f"error: {line}", file=sys.stderr, flush=True)
