"""Which tests run after which change."""

from __future__ import annotations

import unittest
from pathlib import Path

from changed import Package, command, dependents, read, targets, touched

DOMAIN = Package("domain", "shared/domain", frozenset(), {"plan": "shared/domain/tests/plan.rs"})
WEB = Package("web", "shared/web", frozenset({"domain"}), {"portal": "shared/web/tests/portal/main.rs", "pages": "shared/web/tests/pages.rs"})
WEBHOOKS = Package("webhooks", "shared/webhooks", frozenset(), {})
SIGNUP = Package("signup", "functions/signup", frozenset({"web"}), {})
RIG = Package("rig", "tests/rig", frozenset({"signup"}), {"undo": "tests/rig/tests/undo/main.rs", "waiting": "tests/rig/tests/waiting.rs"})
ALL = [DOMAIN, WEB, WEBHOOKS, SIGNUP, RIG]


class Changed(unittest.TestCase):
    """From changed files to packages, targets and a command."""

    def test_a_file_belongs_to_the_package_of_its_folder(self) -> None:
        self.assertEqual(touched(["shared/web/templates/help.html", "README.md", "tests/README.md"], ALL), {"web"})

    def test_what_all_are_built_with_changes_all(self) -> None:
        self.assertEqual(touched(["Cargo.lock"], ALL), {package.name for package in ALL})
        self.assertEqual(touched(["shared/web/Cargo.toml"], ALL), {"web"})

    def test_dependents_are_found_to_the_end(self) -> None:
        self.assertEqual(dependents({"domain"}, ALL), {"domain", "web", "signup", "rig"})
        self.assertEqual(dependents({"rig"}, ALL), {"rig"})
        self.assertEqual(dependents(set(), ALL), set())

    def test_the_tests_of_a_changed_package_run_and_those_of_its_dependents_do_not(self) -> None:
        self.assertEqual(targets({"web"}, ["shared/web/src/lib.rs"], ALL), ["pages", "portal"])

    def test_the_tests_of_the_whole_product_run_where_they_have_changed(self) -> None:
        self.assertEqual(targets({"rig"}, ["tests/rig/src/lib.rs"], ALL), [])
        self.assertEqual(targets({"rig"}, ["tests/rig/tests/undo/stage.rs"], ALL), ["undo"])
        self.assertEqual(targets({"rig"}, ["tests/rig/tests/waiting.rs"], ALL), ["waiting"])

    def test_the_whole_workspace_stays_selected(self) -> None:
        words = command({"web", "signup"}, ["pages"], has_nextest=True)
        self.assertEqual(words[:8], ["cargo", "nextest", "run", "--workspace", "--locked", "--lib", "--bins", "--test"])
        self.assertEqual(words[-1], "package(=signup) | package(=web)")
        self.assertEqual(command({"web"}, [], has_nextest=False), ["cargo", "test", "--workspace", "--locked", "--lib", "--bins"])

    def test_what_cargo_says_is_read(self) -> None:
        metadata = {
            "name": "web",
            "manifest_path": "/here/shared/web/Cargo.toml",
            "dependencies": [{"name": "domain", "path": "/here/shared/domain"}, {"name": "axum"}, {"name": "http", "path": None}],
            "targets": [
                {"name": "web", "kind": ["lib"], "src_path": "/here/shared/web/src/lib.rs"},
                {"name": "pages", "kind": ["test"], "src_path": "/here/shared/web/tests/pages.rs"},
            ],
        }
        expected = Package("web", "shared/web", frozenset({"domain"}), {"pages": "shared/web/tests/pages.rs"})
        self.assertEqual(read([metadata], Path("/here")), [expected])


if __name__ == "__main__":
    unittest.main()
