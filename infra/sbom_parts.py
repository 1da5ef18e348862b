"""What everything is built of, as the lock files and `cargo metadata` have it. Needs nothing but Python."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = tuple(sorted(ROOT.glob("infra/requirements*.txt")))
NPM_LOCKS = (ROOT / "tests/browser/package-lock.json", ROOT / "tests/browser/lighthouse/package-lock.json", ROOT / "infra/cdk/package-lock.json")

# `annotated-types==0.8.0`, also with a condition after it.
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
LOCKED = re.compile(r'^name = "([^"]+)"\nversion = "([^"]+)"\n(?:source = "[^"]+"\nchecksum = "([0-9a-f]{64})")?', flags=re.M)


@dataclass(frozen=True, order=True)
class Part:
    """One package, from one registry."""

    registry: str
    name: str
    version: str
    licence: str = field(default="", compare=False)
    # `sha-256` and the like, and the digest in hexadecimal.
    digest: tuple[str, str] = field(default=("", ""), compare=False)
    depends_on: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)
    # The functions that it is linked into.
    functions: tuple[str, ...] = field(default=(), compare=False)


def crates(metadata: dict[str, Any], lock: str, trees: dict[str, str]) -> list[Part]:
    """Every crate that is not ours. `trees`: what `cargo tree` says of each function, which is what its binary holds.

    The graph of `cargo metadata` has the features of all packages together, and crates that nothing builds.
    """
    inside = {function: linked(tree) for function, tree in trees.items()}
    checksums = {(name, version): checksum for name, version, checksum in LOCKED.findall(lock)}
    packages = {one["id"]: one for one in metadata["packages"]}
    depends: dict[str, list[str]] = {node["id"]: [one["pkg"] for one in node["deps"]] for node in metadata["resolve"]["nodes"]}
    found = []
    for name, one in packages.items():
        if one["source"] is None:
            continue
        known = (one["name"], one["version"])
        others = (packages[other] for other in depends.get(name, []))
        part = Part(
            "cargo",
            *known,
            # The older way to write "or".
            licence=(one["license"] or "").replace("/", " OR "),
            digest=("SHA-256", checksums.get(known, "")),
            depends_on=frozenset((other["name"], other["version"]) for other in others),
            functions=tuple(sorted(function for function, crates in inside.items() if known in crates)),
        )
        found.append(part)
    return found


def linked(tree: str) -> set[tuple[str, str]]:
    """Names and versions from `cargo tree --prefix none --format {p}`: `ahash v0.8.12 (*)`."""
    return {(line.split()[0], line.split()[1].removeprefix("v")) for line in tree.splitlines() if line.strip()}


def pinned(text: str) -> list[Part]:
    """The packages that a file of requirements names."""
    matches = (PIN.match(line) for line in text.splitlines())
    # Their registry takes names in any of these ways.
    return [Part("pypi", re.sub(r"[-_.]+", "-", one[1]).lower(), one[2]) for one in matches if one]


def npm(lock: str) -> list[Part]:
    """The packages of npm's lock file."""
    found = []
    for path, one in json.loads(lock)["packages"].items():
        if not path:
            continue
        kind, _, digest = one.get("integrity", "-").partition("-")
        name = {"sha512": "SHA-512", "sha256": "SHA-256", "sha1": "SHA-1"}.get(kind, "")
        digest = (name, base64.b64decode(digest).hex() if name else "")
        found.append(Part("npm", path.rpartition("node_modules/")[2], one["version"], one.get("license", ""), digest))
    return found
