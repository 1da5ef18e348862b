"""How `make ops` hands an operator's words on: to the command, and to no shell and no make on the way."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra import operate
from infra.local.steps import Failure

ROOT = Path(__file__).parents[1]
STRANGE = [
    "find a;touch X",
    "find $(touch X)",
    "find `touch X`",
    'find "a";touch X',
    "find 'a' && touch X",
    "find $$X$(shell touch X)",
    "find a\\ b#c",
]


class Words(unittest.TestCase):
    """What an operator types may be what a customer typed before: an email, a name."""

    def printed(self, **given: str) -> tuple[str, str]:
        """The last line of the recipe with these, and what the shell that runs it has under the first name."""
        name, value = next(iter(given.items()))
        target = "ops" if name == "DO" else "follow"
        environment = {one: text for one, text in os.environ.items() if one not in ("MAKEFLAGS", "MAKELEVEL", "DO", "IMPORT")}
        command = ["make", "--no-print-directory", "--dry-run", target, f"{name}={value}"]
        lines = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=True).stdout.splitlines()
        (recipe,) = [line for line in lines if re.search(r"-m infra\.(operate|follow)", line)]
        # The same recipe, with nothing but what stands for the command: it says which words it was given.
        words = recipe[re.search(r"-m infra\.(operate|follow)", recipe).end() :]
        makefile = f"include Makefile\n\n.PHONY: said\nsaid:\n\t@printf '%s\\n'{words.replace('$', '$$')}\n"
        command = ["make", "--no-print-directory", "--file=-", "said", f"{name}={value}"]
        said = subprocess.run(command, cwd=ROOT, env=environment, input=makefile, text=True, capture_output=True, check=True).stdout
        return recipe, said

    def test_no_word_is_run_by_a_shell_or_by_make(self) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback((ROOT / "X").unlink, missing_ok=True)
            for name in ("DO", "IMPORT"):
                for strange in STRANGE:
                    recipe, said = self.printed(**{name: strange})
                    self.assertNotIn("touch", recipe, strange)
                    self.assertEqual(said.splitlines()[-1], strange)
                    self.assertFalse((ROOT / "X").exists(), strange)

    def run_with(self, *given: str, stack: str = "go1-xero-prod") -> tuple[list[str], dict[str, str]]:
        """The command's words and its environment."""
        seen: list[Any] = []
        told = {"TABLE_NAME": f"{stack}-Table-1"}
        with (
            patch("sys.argv", ["operate", *given]),
            patch.object(operate, "environment", lambda *_: dict(told)),
            patch.object(operate, "binary", lambda: Path("/bin/true")),
            patch.object(os, "execve", lambda *call: seen.append(call)),
            contextlib.redirect_stdout(io.StringIO()) as said,
        ):
            if operate.main():
                raise Failure(said.getvalue())
        ((_, words, environment),) = seen
        return words[1:], environment

    def test_words_are_split_as_a_shell_splits_them_and_no_further(self) -> None:
        self.assertEqual(self.run_with("--", "find 'a b';touch X")[0], ["find", "a b;touch", "X"])
        self.assertEqual(self.run_with("--stage", "prod", "--yes", "Robin", "--", "erase 700001 --of a.mygo1.com")[0], ["--yes", "Robin", "erase", "700001", "--of", "a.mygo1.com"])
        for wrong in ("find 'a", "", "  "):
            with self.assertRaisesRegex(Failure, "DO="):
                self.run_with("--", wrong)

    def test_another_table_is_a_restored_one_of_the_stage(self) -> None:
        words = ["--stage", "prod", "--table", "go1-xero-prod-restored-202601310304", "--", "trail"]
        self.assertEqual(self.run_with(*words)[1]["TABLE_NAME"], "go1-xero-prod-restored-202601310304")
        self.assertEqual(self.run_with("--stage", "prod", "--", "trail")[1]["TABLE_NAME"], "go1-xero-prod-Table-1")
        for stage, table in (("prod", "go1-xero-dev-restored-1"), ("prod", "go1-xero-prod-Table-2"), ("", "go1-xero-prod-restored-1")):
            with self.assertRaisesRegex(Failure, "TABLE="):
                self.run_with(*(["--stage", stage] if stage else []), "--table", table, "--", "trail")


if __name__ == "__main__":
    unittest.main()
