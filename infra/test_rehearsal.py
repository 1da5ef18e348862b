"""What `make rehearse` leans on: that it takes every command of a page, and reads a log's pattern as CloudWatch does."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from infra.rehearsal import shell
from infra.rehearsal.browser import Page as Seen
from infra.rehearsal.pages import OVER, TODO, Page, commands, filled
from infra.test_runbooks import PAGES, blocks

ROOT = Path(__file__).parents[1]
REHEARSALS = {file.stem.removeprefix("rehearse_"): file.read_text() for file in (ROOT / "infra" / "rehearsal").glob("rehearse_*.py")}
# Each page that is rehearsed, and by which.
REHEARSED = {
    "dead-letters": "letters",
    "import-stuck": "stuck",
    "upstream-down": "upstream_down",
    "secrets": "secrets",
    "revoke": "operations",
    "restore": "restore",
    "rollback": "rollback",
    "deploy": "rollback",
    "kill-switch": "kill_switch",
}


class Pages(unittest.TestCase):
    """Commands are taken from the pages, each with its step."""

    def test_every_command_of_every_page_is_found_with_where_it_stands(self) -> None:
        for name, text in PAGES.items():
            wanted = [line.strip() for block in blocks(text) for line in block.splitlines() if line.strip()]
            self.assertEqual([one.text for one in commands(text)], wanted, name)

    def test_a_step_is_that_of_its_list(self) -> None:
        page = Page.read("secrets")
        self.assertEqual(page.step(2), ["make secrets STAGE=prod"])
        self.assertEqual(page.step(2, listed=2), ["make ops STAGE=prod DO='reseal'", "make ops STAGE=prod DO='keys'"])
        self.assertEqual(page.left(), ["make deploy STAGE=prod ARCHIVES=running"])
        self.assertEqual(Page.read("revoke").part(OVER)[-1], "make ops STAGE=prod DO='trail'")
        self.assertEqual({one.step for one in Page.read("kill-switch").commands if one.part == TODO}, {1, 2, 3, 5})

    def test_what_is_gone_from_a_page_fails(self) -> None:
        self.assertRaises(AssertionError, Page.read("secrets").step, 7)
        self.assertRaises(AssertionError, Page.read("secrets").inline, "make undo")
        self.assertRaises(AssertionError, filled, "make ops DO='trail'", portal="1")

    def test_each_page_that_is_rehearsed_is_held_to_its_last_command(self) -> None:
        self.assertLessEqual(set(REHEARSED.values()), set(REHEARSALS))
        for page, rehearsal in REHEARSED.items():
            self.assertIn(f'Page.read("{page}")', REHEARSALS[rehearsal], page)
            self.assertIn(".left()", REHEARSALS[rehearsal], page)

    def test_make_rehearse_runs_them_all_and_the_restore_last(self) -> None:
        (listed,) = re.findall(r"^REHEARSALS := (.+)$", (ROOT / "Makefile").read_text(), re.M)
        self.assertEqual(sorted(listed.split()), sorted(REHEARSALS))
        self.assertEqual(listed.split()[-1], "restore")


class Words(unittest.TestCase):
    """What the shell of a rehearsal does for the emulator."""

    def test_a_pattern_matches_what_it_names(self) -> None:
        matches = shell.matcher('{ $.message = "a call to GO1 failed" && $.level = "WARN" }')
        self.assertTrue(matches({"message": "a call to GO1 failed", "level": "WARN"}))
        self.assertFalse(matches({"message": "a call to GO1 failed", "level": "INFO"}))
        self.assertFalse(matches({"message": "another"}))
        self.assertTrue(shell.matcher('{ $.status = "5*" }')({"status": "503"}))
        self.assertFalse(shell.matcher('{ $.status = "5*" }')({"status": "200"}))
        for pattern in re.findall(r"'(\{ [^']+ \})'", "".join(PAGES[page] for page in REHEARSED)):
            shell.matcher(pattern)

    def test_only_a_question_of_ours_is_answered(self) -> None:
        for question in (b"Your name, or nothing to leave it: ", b"Xero client_secret (not shown): "):
            self.assertTrue(shell.QUESTION.search(question))
        self.assertFalse(shell.QUESTION.search(b"error: "))

    def test_a_form_is_sent_as_it_stands(self) -> None:
        text = (
            '<main><form action="/a"><input type="hidden" name="t" value="1"><input type="checkbox" name="p" value="x" checked>'
            '<input type="checkbox" name="p" value="y"><select name="c"><option value="AU" selected>Australia</option></select>'
            '<label><input type="radio" name="o" value="7"> Acme</label><button formaction="/b">Go</button></form></main>'
        )
        page = Seen("http://app.localhost:8400/", 200, text)
        self.assertEqual(page.form("/a").fields, [("t", "1"), ("p", "x"), ("c", "AU")])
        self.assertEqual(page.form("/b").fields, page.form("/a").fields)
        self.assertEqual(page.beside("o", "Acme"), "7")


if __name__ == "__main__":
    unittest.main()
