"""Asks for known holes in what everything is built of: `make audit`.

RustSec about the crates, PyPI about the Python tools, npm about what drives the browser. It fails where there is a hole, and also
where somebody could not be asked: a database that does not answer is no good news.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.sbom_parts import NPM_LOCKS, REQUIREMENTS, ROOT

PIP_AUDIT = ROOT / ".tools/audit/bin/pip-audit"


@dataclass(frozen=True)
class Answer:
    """What somebody said: holes, each in a line; or why they could not be asked."""

    whom: str
    holes: tuple[str, ...] = ()
    silent: str = ""

    def told(self) -> str:
        """For whoever reads it."""
        if self.silent:
            return f"error: {self.whom} could not be asked: {self.silent}"
        if self.holes:
            return "\n".join([f"error: {self.whom} knows of {len(self.holes)}:", *(f"  {hole}" for hole in self.holes)])
        return f"{self.whom} knows of nothing"


def last_line(text: str) -> str:
    """The line that says most of a failure, without its escapes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if line.lower().startswith(("fatal:", "error", "npm error"))]
    return (named or lines or ["it ended without a word"])[-1]


def of_cargo_deny(code: int, said: str) -> Answer:
    """Of `cargo deny --format json check advisories`, which writes one JSON document a line to its second stream."""
    holes, others = [], []
    for line in said.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            others.append(line)
            continue
        fields = entry.get("fields", {})
        if entry.get("type") == "diagnostic" and fields.get("severity") == "error":
            advisory = fields.get("advisory") or {}
            holes.append(f"{advisory.get('id', fields.get('code', ''))} {advisory.get('package', '')}: {fields.get('message', '')}")
        elif entry.get("type") == "log" and fields.get("level") == "ERROR":
            others.append(fields.get("message", ""))
    whom = "RustSec, about the crates,"
    if holes:
        return Answer(whom, tuple(holes))
    return Answer(whom) if code == 0 else Answer(whom, silent=last_line("\n".join(others)))


def of_pip_audit(file: str, code: int, out: str, said: str) -> Answer:
    """Of `pip-audit --format json`, which counts a package that PyPI did not answer about as sound."""
    whom = f"PyPI, about {file},"
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        return Answer(whom, silent=last_line(said) if code else "it answers in another form")
    holes = [
        f"{hole['id']} {one['name']} {one['version']}: mended in {', '.join(hole.get('fix_versions', [])) or 'nothing yet'}"
        for one in packages
        for hole in one.get("vulns", [])
    ]
    unknown = [one for one in packages if "skip_reason" in one]
    if holes:
        return Answer(whom, tuple(holes))
    if unknown or not packages:
        reason = f"no word about {len(unknown)} of {len(packages)} packages, such as {unknown[0]['name']}" if unknown else "it names no package"
        return Answer(whom, silent=reason)
    return Answer(whom)


def of_npm(whom: str, out: str) -> Answer:
    """Of `npm audit --json`."""
    try:
        report = json.loads(out)
    except ValueError:
        return Answer(whom, silent="it answers in another form")
    if "vulnerabilities" not in report:
        error = report.get("error")
        summary = error.get("summary", "") if isinstance(error, dict) else ""
        return Answer(whom, silent=report.get("message") or summary or "it answers in another form")
    holes = [f"{name}: {one.get('severity', '')}, {one.get('range', '')}" for name, one in sorted(report["vulnerabilities"].items())]
    return Answer(whom, tuple(holes))


def _run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _rustsec() -> Answer:
    answer = _run("cargo", "deny", "--format", "json", "check", "advisories")
    return of_cargo_deny(answer.returncode, answer.stderr)


def _pypi(file: Path) -> Answer:
    # As they are written down: every package is, so nothing is asked for and nothing is installed.
    options = ("--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off", "--requirement")
    answer = _run(str(PIP_AUDIT), *options, str(file))
    return of_pip_audit(str(file.relative_to(ROOT)), answer.returncode, answer.stdout, answer.stderr)


def _npm(lock: Path) -> Answer:
    whom = f"npm, about {lock.parent.relative_to(ROOT)},"
    if shutil.which("npm") is None:
        return Answer(whom, silent="it is not on PATH (on Debian: apt-get install npm)")
    return of_npm(whom, _run("npm", "audit", "--json", "--package-lock-only", folder=lock.parent).stdout)


def tell(answers: Iterable[Answer]) -> int:
    """Say all of it; 1 where there is a hole, or where somebody was not asked."""
    answers = list(answers)
    for answer in answers:
        print(answer.told(), file=sys.stderr if answer.holes or answer.silent else sys.stdout, flush=True)
    if any(answer.silent for answer in answers):
        print("This machine has no way to a database, or it is down: run make audit where there is one. Nothing is known until then.", file=sys.stderr)
    return int(any(answer.holes or answer.silent for answer in answers))


def main() -> int:
    """Ask everybody, also where one of them does not answer."""
    asked: list[Callable[[], Answer]] = [_rustsec, *(lambda file=file: _pypi(file) for file in REQUIREMENTS)]
    asked += [lambda lock=lock: _npm(lock) for lock in NPM_LOCKS]
    return tell(ask() for ask in asked)


if __name__ == "__main__":
    sys.exit(main())
