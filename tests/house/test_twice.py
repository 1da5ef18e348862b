"""Which crates the tests would have compiled again."""

from __future__ import annotations

import unittest

from twice import compiled_again, crates


class Twice(unittest.TestCase):
    """Trees of the build and of the tests."""

    def test_every_set_of_features_of_a_crate_is_read(self) -> None:
        self.assertEqual(crates("serde v1|std\nserde v1|derive,std (*)\n\nweb v0 (/x)|"), {"serde v1": {"std", "derive,std"}, "web v0 (/x)": {""}})

    def test_what_only_tests_use_is_compiled_once(self) -> None:
        self.assertEqual(compiled_again({"serde v1": {"std"}}, {"serde v1": {"std"}, "proptest v1": {"std"}}), [])

    def test_more_features_for_the_tests_are_a_second_crate(self) -> None:
        problems = compiled_again({"num-traits v0": {""}}, {"num-traits v0": {"std"}})
        self.assertEqual(problems, ["num-traits v0 is compiled twice: only the tests ask for its std"])

    def test_one_more_variant_beside_the_others_is_a_second_crate_of_the_tests_only(self) -> None:
        self.assertEqual(compiled_again({"syn v2": {"full"}}, {"syn v2": {"full", "full,visit"}}), [])


if __name__ == "__main__":
    unittest.main()
