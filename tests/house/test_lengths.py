"""Which files are too long."""

from __future__ import annotations

import unittest

from lengths import LONGEST, too_long
from trees import TreeTest


class Lengths(TreeTest):
    """What is counted, and from where on it is too much."""

    def test_the_last_line_that_is_allowed(self) -> None:
        self.write({"a.rs": "x\n" * LONGEST, "b.rs": "x\n" * (LONGEST + 1), "c.css": "x\n" * LONGEST + "x"})
        found = too_long(self.root, ["a.rs", "b.rs", "c.css"])
        self.assertEqual(set(found), {frozenset({"b.rs"}), frozenset({"c.css"})})
        self.assertIn("b.rs has 401 lines", found[frozenset({"b.rs"})])

    def test_code_and_page_templates_count_and_the_rest_does_not(self) -> None:
        counted = ["a.rs", "a.py", "a.css", "a.js", "a.mjs", "templates/a.html"]
        others = ["Cargo.lock", "template.yaml", "a.md", "a.patch", "a.png"]
        self.write(dict.fromkeys(counted + others, "x\n" * (LONGEST + 1)))
        self.assertEqual(set(too_long(self.root, counted + others)), {frozenset({name}) for name in counted})

    def test_a_file_that_was_just_removed_is_none(self) -> None:
        self.assertEqual(too_long(self.root, ["gone.rs"]), {})


if __name__ == "__main__":
    unittest.main()
