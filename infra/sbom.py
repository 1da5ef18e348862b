"""Writes what everything is built of, as CycloneDX: `make sbom`.

Two documents below target/sbom/: `functions.cdx.json` has the crates that are linked into the functions, each with which of
them; `tools.cdx.json` has all else that a lock file names: crates that build and test, or that nothing builds, Python's and npm's
packages. The same commit gives the same files.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra.sbom_parts import NPM_LOCKS, REQUIREMENTS, ROOT, Part, crates, npm, pinned

# What a Lambda is built for.
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")


def component(part: Part, scope: ComponentScope) -> Component:
    """One package in CycloneDX's words."""
    namespace, _, name = part.name.rpartition("/")
    url = PackageURL(part.registry, namespace or None, name, part.version)
    algorithm, digest = part.digest
    return Component(
        type=ComponentType.LIBRARY,
        group=namespace or None,
        name=name,
        version=part.version,
        scope=scope,
        bom_ref=url.to_string(),
        purl=url,
        licenses=[LicenseFactory().make_from_string(part.licence)] if part.licence else [],
        hashes=[HashType(alg=HashAlgorithm(algorithm), content=digest)] if digest else [],
        properties=[Property(name="functions", value=" ".join(part.functions))] if part.functions else [],
    )


def document(name: str, parts: Iterable[Part], scope: ComponentScope, version: str, at: datetime) -> Bom:
    """All of these, and which needs which."""
    parts = sorted(set(parts))
    known = {(part.name, part.version): component(part, scope) for part in parts}
    about = Component(type=ComponentType.APPLICATION, name=name, version=version, bom_ref=name)
    bom = Bom(components=known.values())
    bom.metadata.component = about
    bom.metadata.timestamp = at
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {version} " + " ".join(sorted(one.bom_ref.value for one in known.values())))
    bom.register_dependency(about, known.values())
    for part in parts:
        others = (known[other] for other in sorted(part.depends_on) if other in known)
        bom.register_dependency(known[(part.name, part.version)], others)
    return bom


def _said(*command: str) -> str:
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise SystemExit(f"error: {command[0]} {command[1]} failed: {answer.stderr.strip()}")
    return answer.stdout.strip()


def _tree(function: str) -> str:
    """All that the binary of one function holds: nothing that only builds or tests it."""
    targets = [part for target in TARGETS for part in ("--target", target)]
    kinds = ("--edges", "no-dev,no-build,no-proc-macro")
    return _said("cargo", "tree", "--locked", "--package", function, *kinds, "--prefix", "none", "--format", "{p}", *targets)


def main() -> None:
    """Write both documents, and say what they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metadata", type=Path, help="what cargo metadata wrote, for the platforms of AWS")
    parser.add_argument("functions", nargs="+", help="the packages that are deployed")
    arguments = parser.parse_args()
    metadata = json.loads(arguments.metadata.read_text(encoding="utf-8"))
    trees = {function: _tree(function) for function in arguments.functions}
    every = crates(metadata, (ROOT / "Cargo.lock").read_text(encoding="utf-8"), trees)
    functions = [part for part in every if part.functions]
    tools = [part for part in every if not part.functions]
    tools += [part for file in REQUIREMENTS for part in pinned(file.read_text(encoding="utf-8"))]
    tools += [part for lock in NPM_LOCKS for part in npm(lock.read_text(encoding="utf-8"))]
    version, at = _said("git", "rev-parse", "HEAD"), datetime.fromisoformat(_said("git", "log", "-1", "--format=%cI"))
    folder = ROOT / "target" / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts, scope in (("functions", functions, ComponentScope.REQUIRED), ("tools", tools, ComponentScope.EXCLUDED)):
        file = folder / f"{name}.cdx.json"
        bom = document(f"go1-xero-{name}", parts, scope, version, at)
        file.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(bom.components)} packages")


if __name__ == "__main__":
    main()
