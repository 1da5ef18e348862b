"""The packages of this workspace, as cargo sees them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
"""The root of the project."""


def packages() -> list[dict[str, Any]]:
    """What `cargo metadata` says of each package that is ours; it needs neither the registry nor a build."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--locked"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"error: cargo metadata failed: {answer.stderr.strip()}")
    return json.loads(answer.stdout)["packages"]
