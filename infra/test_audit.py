"""What `make audit` makes of the answers, and what `make sbom` reads from the lock files. Needs no network."""

from __future__ import annotations

import contextlib
import io
import json
import unittest

from infra.audit import Answer, of_cargo_deny, of_npm, of_pip_audit, tell
from infra.sbom_parts import NPM_LOCKS, REQUIREMENTS, ROOT, crates, linked, npm, pinned


def told(*answers: Answer) -> tuple[int, str]:
    """How it ends, and all that it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return tell(answers), said.getvalue()


class Audit(unittest.TestCase):
    """A hole fails, and so does a database that was not asked."""

    def test_nothing_known_is_said_of_whom_it_was_asked(self) -> None:
        code, said = told(
            of_cargo_deny(0, '{"type":"summary","fields":{"advisories":{"errors":0}}}\n'),
            of_pip_audit("infra/requirements.txt", 0, '{"dependencies":[{"name":"a","version":"1","vulns":[]}]}', ""),
            of_npm("npm", '{"vulnerabilities":{},"metadata":{}}'),
        )
        self.assertEqual(code, 0, said)
        self.assertEqual(said.count("knows of nothing"), 3)

    def test_a_hole_is_named_and_fails(self) -> None:
        deny = {"type": "diagnostic", "fields": {"severity": "error", "message": "a bad thing", "advisory": {"id": "RUSTSEC-2026-0001", "package": "ahash"}}}
        pip = {"dependencies": [{"name": "b", "version": "1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2"]}]}]}
        code, said = told(
            of_cargo_deny(1, json.dumps(deny) + "\n"),
            of_pip_audit("infra/requirements.txt", 1, json.dumps(pip), ""),
            of_npm("npm", '{"vulnerabilities":{"axe-core":{"severity":"high","range":"<5"}}}'),
        )
        self.assertEqual(code, 1)
        for part in ("RUSTSEC-2026-0001 ahash: a bad thing", "PYSEC-2026-1 b 1: mended in 2", "axe-core: high, <5"):
            self.assertIn(part, said)

    def test_a_database_that_does_not_answer_is_no_good_news(self) -> None:
        # As each said it on a machine without a way to them.
        deny = '{"type":"log","fields":{"level":"ERROR","message":"failed to fetch advisory database\\nfatal: unable to access: Could not resolve host"}}\n'
        pip = '{"dependencies":[{"name":"a","skip_reason":"Dependency not found on PyPI"},{"name":"b","version":"1","vulns":[]}]}'
        code, said = told(
            of_cargo_deny(1, deny),
            of_pip_audit("infra/requirements.txt", 0, pip, "No known vulnerabilities found"),
            of_npm("npm", '{"message":"405 Method Not Allowed","statusCode":405}'),
            of_npm("npm", '{"error":{"code":"ENOTFOUND","summary":"no such host"}}'),
            of_npm("npm", "<html>"),
        )
        self.assertEqual(code, 1)
        self.assertEqual(said.count("could not be asked"), 5)
        for part in ("Could not resolve host", "no word about 1 of 2 packages, such as a", "405 Method Not Allowed", "no such host", "run make audit where there is one"):
            self.assertIn(part, said)

    def test_words_that_are_no_json_are_told(self) -> None:
        self.assertIn("Could not", of_cargo_deny(1, "Cloning into x\nfatal: Could not resolve\n\n").told())
        self.assertIn("no network", of_pip_audit("r", 1, "", "ERROR: no network\n").told())


class Parts(unittest.TestCase):
    """What everything is built of."""

    def test_every_requirement_is_pinned_and_read(self) -> None:
        for file in REQUIREMENTS:
            lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
            self.assertEqual(len(pinned("\n".join(lines))), len(lines), file.name)
        self.assertGreaterEqual(len(REQUIREMENTS), 4)

    def test_a_name_of_pypi_has_one_form(self) -> None:
        self.assertEqual([part.name for part in pinned('py_A.b==1\nc==2; python_version < "3.11"\n# d==3\n')], ["py-a-b", "c"])

    def test_npms_packages_have_their_digests(self) -> None:
        found = [part for lock in NPM_LOCKS for part in npm(lock.read_text())]
        self.assertLessEqual({"playwright-core", "aws-cdk-lib"}, {part.name for part in found})
        ours = {file for file in ROOT.rglob("package-lock.json") if not {"node_modules", "target", ".tools"} & set(file.parts)}
        self.assertEqual({*NPM_LOCKS}, ours)
        self.assertTrue(all(part.digest[0] == "SHA-512" and len(part.digest[1]) == 128 for part in found if part.digest[0]))
        # What a package brings along inside itself has no digest of its own.
        rows = [one for lock in NPM_LOCKS for one in json.loads(lock.read_text())["packages"].values()]
        self.assertEqual(sum(not part.digest[0] for part in found), sum(one.get("inBundle", False) for one in rows))

    def test_a_crate_is_with_the_functions_that_hold_it(self) -> None:
        package = {"source": "registry", "license": "MIT/Apache-2.0"}
        ids = ("ours", "a", "b")
        metadata = {
            "packages": [
                {"id": "ours", "name": "worker", "version": "0.1.0", "source": None, "license": None},
                {"id": "a", "name": "a", "version": "1.0.0", **package},
                {"id": "b", "name": "b", "version": "2.0.0", **package},
            ],
            "resolve": {"nodes": [{"id": one, "deps": [{"pkg": "b"}] if one == "a" else []} for one in ids]},
        }
        lock = f'[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry"\nchecksum = "{"0" * 64}"\n'
        tree = "worker v0.1.0 (/somewhere)\na v1.0.0\na v1.0.0 (*)\n"
        self.assertEqual(linked(tree), {("worker", "0.1.0"), ("a", "1.0.0")})
        a, b = crates(metadata, lock, {"worker": tree, "sweeper": ""})
        self.assertEqual((a.functions, b.functions), (("worker",), ()))
        self.assertEqual((a.licence, a.digest), ("MIT OR Apache-2.0", ("SHA-256", "0" * 64)))
        self.assertEqual(a.depends_on, {("b", "2.0.0")})


if __name__ == "__main__":
    unittest.main()
