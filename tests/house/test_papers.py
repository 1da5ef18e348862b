"""The papers on security say what is there: each test that they name, and each row of the standard once."""

from __future__ import annotations

import re
import unittest

from papers import ROW, STATES, first_cells, has_test, kinds_of_rows, missing_tests, sums, wanted_rows, wrong_rows
from trees import TreeTest
from workspace import ROOT

SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ASVS = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
DATA = (ROOT / "docs/data.md").read_text(encoding="utf-8")
WANTED = wanted_rows((ROOT / "tests/house/asvs-5.0.txt").read_text(encoding="utf-8"))

# A threat that is held by no test and is not said to be open.
BELIEVED = "believed: "


class Papers(unittest.TestCase):
    """The documents as they are."""

    def test_every_test_that_is_named_is_there(self) -> None:
        for name, text in (("docs/security.md", SECURITY), ("docs/asvs.md", ASVS)):
            wrong = missing_tests(text)
            self.assertEqual(wrong, [], f"{name}\n" + "\n".join(wrong))

    def test_every_row_of_the_standard_is_answered_once(self) -> None:
        self.assertEqual(len(WANTED), 253)
        wrong = wrong_rows(ASVS, WANTED)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_the_sums_are_those_of_the_rows(self) -> None:
        met, other, missing = (sums(ASVS)[state] for state in STATES)
        said = f"Of {len(WANTED)} rows {met} are met, {other} are not applicable and {missing} are open."
        self.assertIn(said, ASVS)

    def test_every_threat_has_a_test_or_is_said_to_be_open(self) -> None:
        threats = SECURITY.split("## Threats")[1].split("\n## ")[0]
        rows = [line.split("|")[1:3] for line in threats.splitlines() if line.startswith("| ")]
        rows = [(threat.strip(), held) for threat, held in rows if threat.strip() not in ("threat", "---")]
        self.assertGreater(len(rows), 50)
        bare = [threat for threat, held in rows if "::" not in held and "**Open**" not in held and BELIEVED not in held and "`make" not in held]
        self.assertEqual(bare, [])


    def test_every_kind_of_row_is_in_the_table_of_what_is_kept(self) -> None:
        kinds = kinds_of_rows((ROOT / "shared/state/src/dynamodb/rows.rs").read_text(encoding="utf-8"))
        self.assertGreater(len(kinds), 20)
        table = DATA.split("## The table")[1].split("\n## ")[0]
        self.assertEqual(sorted(first_cells(table)[2:]), sorted(kinds))

    def test_owners_are_told_of_every_place_that_keeps_their_network_and_their_login(self) -> None:
        page = (ROOT / "shared/web/templates/privacy.html").read_text(encoding="utf-8")
        told = {name: text for name, text in re.findall(r"<li><strong>(.+?):</strong>(.+?)</li>", page)}
        lines = (ROOT / "docs/logs.md").read_text(encoding="utf-8")
        days = {days for days in re.findall(r"RetentionInDays: (\d+)", (ROOT / "infra/template.yaml").read_text(encoding="utf-8"))}
        (guard,) = re.findall(r"^\| \w+ \| a guard of the doors was met \| (.+?) \|", lines, re.M)
        # The table counts with it, the log has it, and the backups have the key that it is made with.
        self.assertIn("`network`", guard)
        self.assertEqual(days, {"30"})
        rows = {cells[0].strip(): line for line in DATA.splitlines() if len(cells := line.strip("|").split(" | ")) > 4}
        for place, time in (("key of a day", "48 hours"), ("key of a day", "35 days"), ("logs of functions and of the HTTP API", "30 days")):
            self.assertIn(time, rows[place], place)
            self.assertIn(time, told["To stop abuse"], place)
        self.assertIn("network", rows["logs of functions and of the HTTP API"])
        # Xero's id of a login is in rows that no disconnection takes away.
        self.assertIn("with its sign-up", rows["Xero user of a sign-up"])
        self.assertRegex(told["Your Xero login"], r"Xero’s id for you .*your sign-up.*, also after you disconnect")


class Checks(TreeTest):
    """The checks notice what they are for."""

    def test_a_test_that_is_gone_is_noticed(self) -> None:
        self.write({
            "a/b.rs": "#[test]\nfn one() {}\n\n#[tokio::test(start_paused = true)]\nasync fn two() {}\nfn three() {}\n",
            "a/c.py": "class A:\n    def test_one(self) -> None:\n        pass\n\n    def other(self) -> None:\n        pass\n",
        })
        text = "`a/b.rs::one` `a/b.rs::two` `a/b.rs::three` `a/b.rs::four` `a/gone.rs::one` `a/c.py::test_one` `a/c.py::other`"
        self.assertEqual(
            missing_tests(text, self.root),
            ["a/b.rs has no test three", "a/b.rs has no test four", "a/gone.rs is not there", "a/c.py has no test other"],
        )

    def test_a_property_in_a_macro_is_a_test(self) -> None:
        code = "proptest! {\n    #[test]\n    fn whatever(text in \".*\") {}\n}\n"
        self.assertTrue(has_test(code, ".rs", "whatever"))
        self.assertFalse(has_test(code, ".rs", "what"))

    def test_a_row_that_is_missing_twice_or_says_nothing_is_noticed(self) -> None:
        text = "\n".join([
            "| 1.1.1 | 1 | a | met | `infra/template.yaml` |",
            "| 1.1.1 | 1 | a | not applicable | none |",
            "| 1.1.2 | 2 | a | met | we are careful |",
            "| 1.1.3 | 1 | a | **nearly** | soon |",
            "| 1.1.4 | 1 | a | **open** |",
        ])
        wrong = wrong_rows(text, {"1.1.1": "1", "1.1.2": "2", "1.1.3": "2", "1.1.4": "1", "1.1.5": "1"})
        self.assertEqual(
            wrong,
            [
                "this is no row: | 1.1.4 | 1 | a | **open** |",
                "1.1.4 is missing",
                "1.1.5 is missing",
                "1.1.1 stands 2 times",
                "1.1.3 is not of level 1",
                "1.1.3 is nearly, which is none of met, not applicable, open",
                "1.1.2 is met by nothing that is named",
            ],
        )
        self.assertEqual(len(ROW.findall(text)), 4)
        self.assertIsNone(re.search(r"\bTODO\b", ASVS))


if __name__ == "__main__":
    unittest.main()
