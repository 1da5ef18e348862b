"""A file of what is known may only become smaller."""

from __future__ import annotations

import unittest

from known import Known
from trees import TreeTest


class KnownTest(TreeTest):
    """What is compared with what."""

    def known(self, text: str) -> Known:
        self.write({"known.txt": text})
        return Known.read(self.root / "known.txt")

    def test_paragraphs_and_remarks(self) -> None:
        known = self.known("# Why.\n\na.rs\nb.rs\n\n# One more.\nc.rs\n\n\n")
        self.assertEqual(known.groups, (frozenset({"a.rs", "b.rs"}), frozenset({"c.rs"})))
        self.assertEqual(known.but(), ", except for the 2 in known.txt")

    def test_without_a_file_nothing_is_known(self) -> None:
        self.assertEqual(Known.read(None).compare({frozenset({"a.rs"}): "words"}), ["words"])
        self.assertEqual(Known.read(None).but(), "")

    def test_what_is_known_is_no_problem(self) -> None:
        self.assertEqual(self.known("a.rs\nb.rs").compare({frozenset({"b.rs", "a.rs"}): "words"}), [])

    def test_a_group_that_grows_is_a_problem(self) -> None:
        problems = self.known("a.rs\nb.rs").compare({frozenset({"a.rs", "b.rs", "c.rs"}): "words"})
        self.assertEqual(len(problems), 2)
        self.assertEqual(problems[0], "words")

    def test_a_group_that_is_gone_must_be_removed(self) -> None:
        self.assertEqual(self.known("a.rs\nb.rs").compare({}), ["a.rs, b.rs: this entry of known.txt is gone: remove it"])

    def test_a_group_that_has_become_smaller_must_be_written_anew(self) -> None:
        problems = self.known("a.rs\nb.rs\nc.rs\nd.rs").compare({frozenset({"c.rs", "d.rs"}): "words"})
        self.assertEqual(problems, ["a.rs, b.rs, c.rs, d.rs: this entry of known.txt has become smaller: write there what is left (c.rs, d.rs)"])


if __name__ == "__main__":
    unittest.main()
