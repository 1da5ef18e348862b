"""What the source is cut into."""

from __future__ import annotations

import unittest

from rust_tokens import tokens


class Tokens(unittest.TestCase):
    """Where comments, strings, characters and lifetimes begin and end."""

    def kinds(self, source: str) -> list[tuple[str, str]]:
        return [(token.kind, token.text) for token in tokens(source)]

    def test_comments_and_space_are_nothing(self) -> None:
        self.assertEqual(self.kinds("a // b\n/* c /* d */ e */ f /// g"), [("name", "a"), ("name", "f")])

    def test_a_comment_that_does_not_end_takes_the_rest(self) -> None:
        self.assertEqual(self.kinds("a /* b /* c */ d"), [("name", "a")])

    def test_strings_of_every_kind(self) -> None:
        source = r'''"a\"b" r"c\" r#"d"e"# br##"f"#g"## b"h" c"i" "// j" '''
        texts = [r"a\"b", "c\\", 'd"e', 'f"#g', "h", "i", "// j"]
        self.assertEqual(self.kinds(source), [("string", text) for text in texts])

    def test_characters_and_lifetimes(self) -> None:
        source = r"""'a' '"' '\'' '\\' '\u{1F600}' b'\x00' &'a str 'outer: loop <'b, 'c>"""
        found = [kind for kind, _ in self.kinds(source) if kind in ("character", "lifetime")]
        self.assertEqual(found, ["character"] * 6 + ["lifetime"] * 4)

    def test_numbers_do_not_swallow_ranges(self) -> None:
        self.assertEqual([text for _, text in self.kinds("0..n 1.5 1_000u8 x.0.y")], ["0", ".", ".", "n", "1.5", "1_000u8", "x", ".", "0", ".", "y"])

    def test_paths_keep_their_colons_together(self) -> None:
        self.assertEqual([text for _, text in self.kinds("a::b: c")], ["a", "::", "b", ":", "c"])

    def test_each_token_knows_its_line(self) -> None:
        found = [(token.text, token.line) for token in tokens('a\n"b\nb"\n/* c\n */ d')]
        self.assertEqual(found, [("a", 1), ("b\nb", 2), ("d", 5)])


if __name__ == "__main__":
    unittest.main()
