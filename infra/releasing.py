"""A release in one file: `make release-archives`.

It holds what `make deploy ARCHIVES=archives/arm64` needs on a machine without Rust: the functions' archives for each architecture,
the templates, the deploy, the runbooks, what everything is built of, and a checksum of each file. The same commit and the same
binaries give the same bytes: names are sorted, times are the commit's, nobody owns anything.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from infra.deploy import packages
from infra.local.settings import FUNCTIONS, ROOT
from infra.local.steps import Failure, fail, say, step

TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# Of the commit, beside the archives. The Makefile reads the two of Rust.
PARTS = ("Makefile", "README.md", "CHANGELOG.md", "Cargo.toml", "rust-toolchain.toml", "docs", "infra")


@dataclass(frozen=True)
class Commit:
    """What is released."""

    root: Path
    files: list[str]
    seconds: int
    """When it was made."""


def committed(root: Path = ROOT) -> Commit:
    """The commit that is checked out. What is not committed could not be made again, so it is refused."""
    if changed := _git(root, "status", "--porcelain"):
        raise Failure(f"not everything is committed ({changed.splitlines()[0].strip()}): commit it first, or nobody could make this release again")
    files = _git(root, "ls-files", "-z", "--", *PARTS).split("\0")
    return Commit(root, sorted(file for file in files if file), int(_git(root, "log", "-1", "--format=%ct")))


def notes(changelog: str, version: str) -> str:
    """What CHANGELOG.md says of the version."""
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.M | re.S)
    if found is None or not found[1].strip():
        raise Failure(f"CHANGELOG.md says nothing of {version}: give it a part '## [{version}] - date' first")
    return found[1].strip() + "\n"


def template_with(text: str, architecture: str) -> str:
    """The template with this release's archives, for whoever packages it otherwise than by make deploy."""
    text, count = re.subn(r"CodeUri: \.\./target/lambda/([a-z-]+)/", rf"CodeUri: archives/{architecture}/\1.zip", text)
    text, one = re.subn(r"(Architecture: \{ Type: String, Default: )\w+", rf"\g<1>{architecture}", text)
    assert (count, one) == (len(FUNCTIONS), 1), "the template names each archive once, and the architecture"
    return text


def make(commit: Commit, version: str, binaries: dict[str, Path], out: Path, lists: list[Path]) -> Path:
    """Put everything together. `binaries` is a folder for each architecture, `lists` what everything is built of."""
    name = f"go1-xero-{version}"
    said = notes((commit.root / "CHANGELOG.md").read_text(), version)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    contents: dict[str, tuple[bytes, bool]] = {}
    for file in commit.files:
        path = commit.root / file
        contents[file] = (path.read_bytes(), os.access(path, os.X_OK))
    for architecture, source in sorted(binaries.items()):
        packed = packages.pack(source, list(FUNCTIONS), architecture, out / "packing" / architecture)
        for function, archive in packed.items():
            contents[f"archives/{architecture}/{function}.zip"] = (archive.path.read_bytes(), False)
        template = template_with((commit.root / "infra" / "template.yaml").read_text(), architecture)
        contents[f"template-{architecture}.yaml"] = (template.encode(), False)
    shutil.rmtree(out / "packing", ignore_errors=True)
    for file in lists:
        contents[f"sbom/{file.name}"] = (file.read_bytes(), False)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {file}\n" for file, (data, _) in sorted(contents.items()))
    contents["SHA256SUMS"] = (sums.encode(), False)
    archive = out / f"{name}.tar.gz"
    archive.write_bytes(_packed(name, contents, commit.seconds))
    (out / f"{name}.tar.gz.sha256").write_text(f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n")
    (out / "NOTES.md").write_text(said)
    return archive


def _packed(name: str, contents: dict[str, tuple[bytes, bool]], seconds: int) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file, (data, runs) in sorted(contents.items()):
            entry = tarfile.TarInfo(f"{name}/{file}")
            entry.size, entry.mtime, entry.mode = len(data), seconds, 0o755 if runs else 0o644
            archive.addfile(entry, io.BytesIO(data))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(held.getvalue())
    return packed.getvalue()


def built(architecture: str) -> Path:
    """The functions, built here for one architecture, in a place where the next build does not write."""
    if subprocess.run(["make", "release", f"ARCH={architecture}"], cwd=ROOT, check=False).returncode != 0:
        raise Failure(f"the functions were not built for {architecture} (see above)")
    kept = ROOT / "target" / "release-binaries" / architecture
    shutil.rmtree(kept, ignore_errors=True)
    for function in FUNCTIONS:
        (kept / function).mkdir(parents=True)
        shutil.copyfile(ROOT / "target" / "lambda" / function / "bootstrap", kept / function / "bootstrap")
    return kept


def installed() -> list[str]:
    """The architectures that this machine has the Rust targets for."""
    answer = subprocess.run(["rustup", "target", "list", "--installed"], capture_output=True, text=True, check=False).stdout.split()
    return [architecture for architecture, target in TARGETS.items() if target in answer]


def _lists() -> list[Path]:
    """What everything is built of, where the Makefile can tell."""
    if not re.search(r"^sbom:", (ROOT / "Makefile").read_text(), re.M):
        say("  without a list of what it is built of: there is no make sbom")
        return []
    if subprocess.run(["make", "sbom"], cwd=ROOT, check=False).returncode != 0:
        raise Failure("what everything is built of could not be listed (see above)")
    return sorted((ROOT / "target" / "sbom").glob("*.json"))


def _git(root: Path, *words: str) -> str:
    answer = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Failure(f"git {words[0]} failed: {answer.stderr.strip()}")
    return answer.stdout.strip()


def main() -> int:
    """Read the command line and make a release."""
    parser = argparse.ArgumentParser(prog="python -m infra.releasing", description=__doc__)
    parser.add_argument("--version", required=True, help="as in CHANGELOG.md")
    parser.add_argument("--archives", type=Path, help="a folder with arm64/ or x86_64/ in it, instead of building")
    asked = parser.parse_args()
    try:
        commit = committed()
        notes((ROOT / "CHANGELOG.md").read_text(), asked.version)
        if asked.archives:
            binaries = {one: asked.archives / one for one in TARGETS if (asked.archives / one).is_dir()}
        else:
            binaries = {one: built(one) for one in installed()}
        for missing in sorted(set(TARGETS) - set(binaries)):
            say(f"  without {missing}: rustup target add {TARGETS[missing]}")
        if not binaries:
            raise Failure("there is nothing to release")
        lists = _lists()
        with step(f"put {asked.version} together"):
            archive = make(commit, asked.version, binaries, ROOT / "target" / "releases", lists)
        say(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 1e6:.1f} MB, {(archive.with_name(archive.name + '.sha256')).read_text().split()[0]}")
        return 0
    except Failure as failure:
        fail(str(failure))
        return 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
