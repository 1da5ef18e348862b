"""The workflows run make's commands and nothing of their own, with the least rights, and name what they use exactly."""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = {file.stem: yaml.safe_load(file.read_text()) for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
ALLOWED = (r"make (?P<target>[a-z-]+)( [A-Z]+=(\S+|\"[^\"]*\"))*", r"rustup target add( [a-z0-9_-]+)+", r"gh release create .+")


class Workflows(unittest.TestCase):
    """One test for each rule."""

    def steps(self) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        return [(f"{name}.{called}", job, step) for name, flow in WORKFLOWS.items() for called, job in flow["jobs"].items() for step in job["steps"]]

    def commands(self) -> list[str]:
        found = []
        for _, job, step in self.steps():
            for value in job.get("strategy", {}).get("matrix", {}).get("command", [""]):
                if "run" in step:
                    found.append(step["run"].replace("${{ matrix.command }}", value))
        return found

    def test_every_command_is_one_of_makes_targets(self) -> None:
        for command in self.commands():
            matched = [found for found in (re.fullmatch(one, command) for one in ALLOWED) if found]
            self.assertTrue(matched, command)
            self.assertIn(matched[0].groupdict().get("target", "test"), TARGETS, command)

    def test_every_part_of_lint_and_test_is_run_for_every_change(self) -> None:
        (needs,) = re.findall(r"^test: (.+?) ##", (ROOT / "Makefile").read_text(), re.M)
        parts = {one for one in needs.split() if not one.startswith(("needs-", "setup"))}
        self.assertLessEqual({"lint", *parts}, set(WORKFLOWS["ci"]["jobs"]["check"]["strategy"]["matrix"]["command"]))

    def test_what_is_deployed_is_built_and_tested_on_its_own_architecture(self) -> None:
        job = WORKFLOWS["ci"]["jobs"]["arm64"]
        self.assertTrue(job["runs-on"].endswith("-arm"))
        self.assertEqual([one["run"] for one in job["steps"] if "run" in one], ["make test-unit", "make release ARCH=arm64"])

    def test_actions_are_named_by_their_commits_and_keep_no_credentials(self) -> None:
        for name, _, step in self.steps():
            if "uses" in step:
                self.assertRegex(step["uses"], r"^actions/[a-z-]+@[0-9a-f]{40}$", name)
                if "checkout" in step["uses"]:
                    self.assertIs(step["with"]["persist-credentials"], False, name)

    def test_rights_are_to_read_and_one_job_may_write_a_release(self) -> None:
        for name, flow in WORKFLOWS.items():
            self.assertEqual(flow["permissions"], {"contents": "read"}, name)
            for called, job in flow["jobs"].items():
                self.assertEqual(job.get("permissions"), {"contents": "write"} if called == "publish" else None, name)
                self.assertLessEqual(job["timeout-minutes"], 360, name)
                self.assertNotIn("secrets.", str(job), name)

    def test_nothing_of_a_change_is_put_into_a_command(self) -> None:
        for name, _, step in self.steps():
            used = set(re.findall(r"\$\{\{ *(\S+) *\}\}", step.get("run", "")))
            self.assertLessEqual(used, {"matrix.command"}, name)
        self.assertNotIn("pull_request_target", str(WORKFLOWS))

    def test_updates_are_looked_for_wherever_something_is_pinned(self) -> None:
        updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
        places = {(one["package-ecosystem"], place) for one in updates for place in one.get("directories", [one.get("directory")])}
        for file, kind in (("Cargo.lock", "cargo"), ("requirements*.txt", "pip"), ("package-lock.json", "npm")):
            for found in ROOT.rglob(file):
                if not {"node_modules", "target", ".tools"} & set(found.parts):
                    place = "/" + str(found.parent.relative_to(ROOT)).removeprefix(".")
                    self.assertIn((kind, place), places)
        self.assertIn(("github-actions", "/"), places)


if __name__ == "__main__":
    unittest.main()
