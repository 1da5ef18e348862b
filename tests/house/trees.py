"""Small source trees for the tests of the checks."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path


class TreeTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, files: dict[str, str]) -> None:
        """Write files by their names below the folder."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
