"""What is read from cargo's tree, and what counts as a breach."""

from __future__ import annotations

import unittest

from walls import breaches, idle, ways

TREE = """\
0sweeper v0.1.0 (/somewhere/functions/sweeper)
1application v0.1.0 (/somewhere/shared/application)
2axum v0.8.9
3http v1.5.0
2web v0.1.0 (/somewhere/shared/web)
3axum v0.8.9 (*)
1aws-config v1.13.0
1domain v0.1.0 (/somewhere/shared/domain)

0sweeper v0.1.0 (/somewhere/functions/sweeper)
1webpki v0.1.0
"""


class Walls(unittest.TestCase):
    """One tree, and walls that hold and do not."""

    def test_each_package_with_the_first_way_to_it(self) -> None:
        found = ways(TREE)
        self.assertEqual(found["axum"], ("sweeper", "application", "axum"))
        self.assertEqual(found["web"], ("sweeper", "application", "web"))
        self.assertEqual(found["domain"], ("sweeper", "domain"))
        self.assertEqual(found["webpki"], ("sweeper", "webpki"), "the tree of the second target counts too")

    def test_a_breach_is_said_with_its_way(self) -> None:
        self.assertEqual(breaches("sweeper", ["web"], TREE), ["sweeper must not reach web, and does: sweeper -> application -> web"])

    def test_a_star_stands_for_any_letters_and_a_name_for_itself(self) -> None:
        self.assertEqual(len(breaches("sweeper", ["aws*"], TREE)), 1)
        self.assertEqual(breaches("sweeper", ["aws", "ax", "sweeper"], TREE), [])

    def test_a_wall_against_nothing_is_said(self) -> None:
        self.assertEqual(idle({"sweeper": ("axum", "aws*")}, ways(TREE)), [])
        self.assertEqual(len(idle({"sweeper": ("axuum", "awz*")}, ways(TREE))), 2)


if __name__ == "__main__":
    unittest.main()
