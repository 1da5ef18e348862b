"""What `make release-check` runs, keeps and tells. Nothing is built for it."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import unittest
from pathlib import Path

from infra.release_check import ROOT, SEED_PARTS, SEEDS, Part, check, parts, read, report

ONE, TWO = Part("one", ("make", "one"), 1), Part("two", ("make", "two"), 2)


class ReleaseCheck(unittest.TestCase):
    """A part that has passed is not run again; one that failed is; a commit knows nothing of another's."""

    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name) / "results"
        self.ran: list[str] = []

    def check(self, commit: str, *failing: str, again: bool = False) -> bool:
        """A run of both parts, of which some fail."""

        def run(part: Part, log: Path) -> bool:
            self.ran.append(part.name)
            log.write_text(f"many words\n{part.name} | said this last\n\n")
            return part.name not in failing

        with contextlib.redirect_stdout(io.StringIO()):
            return check(self.folder, commit, (ONE, TWO), again=again, run=run)

    def test_what_has_passed_is_not_run_again_and_what_failed_is(self) -> None:
        self.assertFalse(self.check("a", "one"))
        self.assertEqual(self.ran, ["one", "two"], "a failure does not hide the next part")
        self.assertTrue(self.check("a"))
        self.assertEqual(self.ran, ["one", "two", "one"])
        self.assertTrue(self.check("a", again=True))
        self.assertEqual(self.ran[3:], ["one", "two"])

    def test_a_commit_knows_nothing_of_another(self) -> None:
        self.assertTrue(self.check("a"))
        self.assertFalse(self.check("b", "two"))
        self.assertEqual(self.ran, ["one", "two"] * 2)

    def test_a_result_that_was_cut_off_is_none(self) -> None:
        self.check("a")
        (self.folder / "one.json").write_text('{"part": "one", "com')
        self.assertIsNone(read(self.folder, "one"))
        self.check("a")
        self.assertEqual(self.ran, ["one", "two", "one"])

    def test_the_page_says_what_is_open(self) -> None:
        self.check("a", "two")
        page = report(self.folder, "a", (ONE, TWO, Part("three", ("make", "three"), 7)))
        self.assertIn("2 of 3 parts have not passed", page)
        self.assertIn("| one | `make one` | passed |", page)
        self.assertIn("| two | `make two` | FAILED |", page)
        self.assertIn("two \\| said this last", page)
        self.assertIn("| three | `make three` | not run |", page)
        self.check("a")
        self.assertIn("Everything passed", report(self.folder, "a", (ONE, TWO)))

    def test_every_part_is_a_command_of_make_with_settings_that_it_knows(self) -> None:
        makefile = (ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
        for part in parts():
            self.assertEqual(part.command[0], "make")
            self.assertIn(part.command[1], targets, part)
            for setting in part.command[2:]:
                self.assertRegex(makefile, rf"\$\({setting.split('=')[0]}\)", part)
        names = [part.name for part in parts()]
        self.assertEqual(len(names), len(set(names)))

    def test_the_seeds_are_a_million_without_a_gap(self) -> None:
        firsts = [int(re.search(r"FIRST=(\d+)", " ".join(part.command))[1]) for part in parts() if part.name.startswith("seeds-")]
        self.assertEqual(firsts, [1 + part * SEEDS for part in range(SEED_PARTS)])
        self.assertEqual(SEED_PARTS * SEEDS, 1_000_000)


if __name__ == "__main__":
    unittest.main()
