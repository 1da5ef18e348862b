"""What a command says where something is missing, before it builds anything. Runs make with a PATH of this test's own."""

from __future__ import annotations

import os
import shutil
import subprocess

from trees import TreeTest
from workspace import ROOT

# What the recipes use beside what they ask for.
COMMON = ("bash", "sh", "env", "make", "awk", "sed", "grep", "sort", "head", "tee", "rm", "mkdir", "touch", "install", "cat")

STUBS = {
    # Answers who it is, and notes and refuses everything else: were something built after all, it would end here.
    "cargo": '[[ "$*" == "nextest --version" ]] && exit; echo "cargo $*" >>"$NOTES"; exit 1',
    "rustc": 'echo "release: ${RUST:-1.999.0}"; [[ "${RUST:-}" == none ]] || echo "host: some-machine"',
    "cc": "",
    "python3": 'echo "python3 $*" >>"$NOTES"; [[ "$1" != -V ]] || echo "Python ${PYTHON_IS:-3.13.0}"; [[ "${PYTHON_IS:-}" != 3.9.0 ]]',
    "npm": 'echo "npm $*" >>"$NOTES"; exit 1',
    "node": '[[ "$1" == --version ]] && echo v18.0.0; exit "${NODE:-0}"',
    "chromium": "",
}

BROWSER = ("test", "test-cloud", "setup-browser")
BUILDS = ("build", "release", "run", "up", "watch", "kill", "test", "test-cloud", "test-unit", "check", "lint", "faults", "mutants", "audit", "sbom")
# With tools that are not there, so that these commands would have to install them.
NO_TOOLS = "VENV=target/no-such-tools"


class Needs(TreeTest):
    """One missing thing at a time."""

    def setUp(self) -> None:
        super().setUp()
        self.notes = self.root / "notes"
        self.notes.touch()
        self.folder = self.root / "bin"
        self.folder.mkdir()
        for name in COMMON:
            found = shutil.which(name)
            assert found is not None, f"{name} is on PATH wherever make works"
            (self.folder / name).symlink_to(found)
        for name, code in STUBS.items():
            (self.folder / name).write_text(f"#!/usr/bin/env bash\n{code}\n", encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def make(self, *arguments: str, without: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run make; `without`: one program is not there."""
        hidden = self.folder / without
        aside = self.root / "aside"
        if without:
            hidden.rename(aside)
        try:
            # Nothing of a make that runs this test, and nothing of the person who does.
            environment = {"PATH": str(self.folder), "HOME": str(self.root), "NOTES": str(self.notes), **variables}
            return subprocess.run(
                ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
            )
        finally:
            if without:
                aside.rename(hidden)

    def assert_says(self, answer: subprocess.CompletedProcess[str], begin: str) -> None:
        """It fails with one sentence, and has begun nothing."""
        self.assertNotEqual(answer.returncode, 0)
        first = answer.stderr.splitlines()[0] if answer.stderr else ""
        self.assertTrue(first.startswith(f"error: {begin}"), answer.stderr)
        self.assertRegex(first, r"install|name ")
        begun = [line for line in self.notes.read_text(encoding="utf-8").splitlines() if not line.startswith("python3 -")]
        self.assertEqual(begun, [], "nothing is built or installed")

    def test_what_drives_a_browser_asks_for_it(self) -> None:
        for command in BROWSER:
            for missing in ("npm", "node", "chromium"):
                with self.subTest(command, missing=missing):
                    said = "npm" if missing == "node" else missing
                    self.assert_says(self.make(command, NO_TOOLS, without=missing), f"{said} is not on PATH")

    def test_an_old_node_is_not_enough(self) -> None:
        for command in BROWSER:
            answer = self.make(command, NO_TOOLS, NODE="1")
            self.assertIn("error: Node 20 or newer is needed for the walk in a browser and node is v18.0.0", answer.stderr)
            self.assertNotEqual(answer.returncode, 0)

    def test_the_cdk_asks_for_node_and_for_no_browser(self) -> None:
        for command in ("cdk", "test-cdk", "rehearse-cdk"):
            for missing in ("npm", "node"):
                with self.subTest(command, missing=missing):
                    self.assert_says(self.make(command, NO_TOOLS, without=missing), "npm is not on PATH")
            with self.subTest(command):
                self.assert_says(self.make(command, NO_TOOLS, NODE="1"), "Node 20 or newer is needed for the CDK and node is v18.0.0")
        self.assertEqual(self.make("needs-node", without="chromium").returncode, 0)

    def test_chromium_may_have_another_name(self) -> None:
        (self.folder / "chromium").rename(self.folder / "google-chrome")
        self.assertEqual(self.make("needs-browser").returncode, 0)
        self.assertEqual(self.make("needs-browser", CHROMIUM=str(self.folder / "google-chrome")).returncode, 0)
        self.assert_says(self.make("needs-browser", CHROMIUM="/no/such/browser"), "/no/such/browser is not on PATH")

    def test_what_builds_asks_for_rust_and_a_c_compiler(self) -> None:
        for command in BUILDS:
            for missing in ("cargo", "cc"):
                with self.subTest(command, missing=missing):
                    self.assert_says(self.make(command, NO_TOOLS, without=missing), f"{missing} is not on PATH")

    def test_a_rust_that_does_not_run_or_is_old_is_said(self) -> None:
        self.assert_says(self.make("build", RUST="none"), "rustc does not run")
        self.assert_says(self.make("build", without="rustc"), "rustc does not run")
        self.assert_says(self.make("build", RUST="1.80.1"), "Rust 1.")
        self.assertEqual(self.make("needs-cargo").returncode, 0)

    def test_what_needs_the_tools_asks_for_python(self) -> None:
        for command in ("setup", "run", "up", "watch", "kill", "lint", "check", "test", "test-cloud", "release", "logs"):
            with self.subTest(command):
                self.assert_says(self.make(command, NO_TOOLS, without="python3"), "python3 is not on PATH")
                self.assert_says(self.make(command, NO_TOOLS, PYTHON_IS="3.9.0"), "Python 3.10 or newer is needed and python3 is Python 3.9.0")

    def test_only_what_drives_a_browser_knows_npm(self) -> None:
        for command in ("setup", "build", "run", "test-unit", "lint", "check", "kill"):
            with self.subTest(command):
                answer = self.make("--dry-run", command, NO_TOOLS, "ONCE=1")
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertNotIn("npm", answer.stdout)
        self.assertIn("npm", self.make("--dry-run", "test-cloud", NO_TOOLS).stdout)

    def test_a_taken_port_is_said_before_the_build(self) -> None:
        for command in ("run", "up", "watch", "kill", "test-cloud"):
            with self.subTest(command):
                lines = self.make("--dry-run", command, NO_TOOLS).stdout.splitlines()
                asked = next(number for number, line in enumerate(lines) if "infra.local ready" in line)
                built = next(number for number, line in enumerate(lines) if line.startswith("cargo build"))
                self.assertLess(asked, built)

    def test_a_dry_run_starts_nothing(self) -> None:
        self.make("--dry-run", "test", NO_TOOLS)
        self.assertEqual(self.notes.read_text(encoding="utf-8"), "")
        self.assertFalse(os.path.lexists(ROOT / "target" / "no-such-tools"))
