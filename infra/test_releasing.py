"""A release: the same input gives the same bytes, and it holds what deploying needs. Needs no cargo."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

import yaml

from infra import releasing
from infra.expansion import expand
from infra.local.settings import FUNCTIONS, ROOT
from infra.local.steps import Failure
from infra.snapshot import VALUES
from infra.template_text import TemplateLoader
from infra.test_deploy import ARM, INTEL, RELEASE, program

LOG = "# Changes\n\n## [1.2.3] - 2026-01-02\n\nSomething new.\n\n## [1.2.2] - 2026-01-01\n\nOld.\n"


class Releasing(unittest.TestCase):
    """Made of a small commit of the real files."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def commit(self, name: str = "project") -> releasing.Commit:
        root = self.folder / name
        files = subprocess.run(["git", "ls-files", "-z", "--", *releasing.PARTS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for file in sorted({*filter(None, files.split("\0")), "CHANGELOG.md"}):
            if not (ROOT / file).is_file():
                continue
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes((ROOT / file).read_bytes())
            (root / file).chmod(0o755 if os.access(ROOT / file, os.X_OK) else 0o600)
        (root / "CHANGELOG.md").write_text(LOG)
        git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run([*git[:3], "init", "-q"], check=True)
        subprocess.run([*git, "add", "."], check=True)
        dated = {**os.environ, "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z"}
        subprocess.run([*git, "commit", "-qm", "all"], check=True, env=dated)
        return releasing.committed(root)

    def binaries(self, name: str = "built") -> dict[str, Path]:
        for architecture, machine in (("arm64", ARM), ("x86_64", INTEL)):
            for number, function in enumerate(FUNCTIONS):
                place = self.folder / name / architecture / function
                place.mkdir(parents=True)
                (place / "bootstrap").write_bytes(program(machine, RELEASE) + bytes([number]))
        return {one: self.folder / name / one for one in releasing.TARGETS}

    def made(self, name: str = "out", commit: releasing.Commit | None = None, binaries: dict[str, Path] | None = None) -> Path:
        listed = self.folder / f"{name}-list.cdx.json"
        listed.write_text("{}")
        listed = listed.rename(listed.with_name("functions.cdx.json"))
        return releasing.make(commit or self.commit(name + "-project"), "1.2.3", binaries or self.binaries(name + "-built"), self.folder / name, [listed])

    def test_the_same_input_is_the_same_bytes_wherever_and_whenever(self) -> None:
        first = self.made("first")
        time.sleep(1.1)  # Another second, for whatever writes down when.
        umask = os.umask(0o077)
        self.addCleanup(os.umask, umask)
        second = self.made("second")
        self.assertEqual(first.read_bytes(), second.read_bytes())
        self.assertEqual((first.parent / f"{first.name}.sha256").read_text(), (second.parent / f"{second.name}.sha256").read_text())

    def test_another_binary_or_another_file_is_another_release(self) -> None:
        commit, binaries = self.commit(), self.binaries()
        first = self.made("first", commit, binaries).read_bytes()
        (binaries["arm64"] / "worker" / "bootstrap").write_bytes(program(ARM, RELEASE) + b"other")
        second = self.made("second", commit, binaries).read_bytes()
        (commit.root / "README.md").write_text("other")
        third = self.made("third", commit, binaries).read_bytes()
        self.assertEqual(len({first, second, third}), 3)

    def unpacked(self) -> Path:
        archive = self.made()
        with tarfile.open(archive) as opened:
            for entry in opened:
                self.assertEqual((entry.uid, entry.gid, entry.uname, entry.mtime), (0, 0, "", 1767323045), entry.name)
            opened.extractall(self.folder / "unpacked", filter="data")
        return self.folder / "unpacked" / "go1-xero-1.2.3"

    def test_what_is_in_it_is_enough_to_deploy_and_every_file_has_its_sum(self) -> None:
        root = self.unpacked()
        subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=root, check=True)
        summed = {line.split("  ")[1] for line in (root / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(summed, {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()} - {"SHA256SUMS"})
        # Its own deploy runs from it, and reads its own archives and template.
        lines = (
            "from infra.deploy import packages, commands, edge, stages\n"
            "from infra.deploy.release import Contents, rendered\n"
            "from infra.template_text import read\n"
            "from pathlib import Path\n"
            "names = list(commands._names(read()).values())\n"
            "packed = packages.pack(Path('archives/arm64'), names, 'arm64', Path('target/again'))\n"
            "print(len(packed), stages.load('prod').stack)\n"
        )
        ran = subprocess.run([sys.executable, "-c", lines], cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})
        self.assertEqual(ran.stdout, "7 go1-xero-prod\n", ran.stderr)
        for function in FUNCTIONS:
            again = (root / "target" / "again" / f"{function}.zip").read_bytes()
            self.assertEqual(again, (root / "archives" / "arm64" / f"{function}.zip").read_bytes())
        self.assertTrue((root / "docs" / "runbooks" / "dead-letters.md").exists())
        self.assertTrue((root / "sbom" / "functions.cdx.json").exists())

    def test_each_architecture_has_a_template_with_its_archives(self) -> None:
        root = self.unpacked()
        for architecture in releasing.TARGETS:
            template = yaml.load((root / f"template-{architecture}.yaml").read_text(), Loader=TemplateLoader)
            codes = [one["Properties"]["CodeUri"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
            self.assertEqual(sorted(codes), sorted(f"archives/{architecture}/{function}.zip" for function in FUNCTIONS))
            for code in codes:
                self.assertTrue((root / code).exists())
            functions = [one["Properties"] for one in expand(template, **VALUES).values() if one["Type"] == "AWS::Lambda::Function"]
            self.assertEqual([one["Architectures"] for one in functions], [[architecture]] * len(FUNCTIONS))

    def test_a_binary_of_another_architecture_is_refused(self) -> None:
        binaries = self.binaries()
        with self.assertRaisesRegex(Failure, "built for arm64, and the stage is x86_64"):
            self.made("out", None, {"x86_64": binaries["arm64"]})

    def test_what_is_not_committed_or_not_in_the_changelog_is_refused(self) -> None:
        commit = self.commit()
        (commit.root / "infra" / "new.py").write_text("")
        with self.assertRaisesRegex(Failure, r"not everything is committed \(.*infra/new.py\)"):
            releasing.committed(commit.root)
        self.assertEqual(releasing.notes(LOG, "1.2.3"), "Something new.\n")
        for version in ("1.2.4", "1.2", "1x2.3"):
            with self.assertRaisesRegex(Failure, "CHANGELOG.md says nothing"):
                releasing.notes(LOG, version)

    def test_the_version_of_the_workspace_is_in_the_changelog(self) -> None:
        version = next(line.split('"')[1] for line in (ROOT / "Cargo.toml").read_text().splitlines() if line.startswith("version = "))
        self.assertTrue(releasing.notes((ROOT / "CHANGELOG.md").read_text(), version))


if __name__ == "__main__":
    unittest.main()
