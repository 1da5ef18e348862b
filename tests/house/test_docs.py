"""What the documents name is there: links, paths in backticks, targets of make; and the glossary is a glossary.

Read are README.md, CONTRIBUTING.md, SECURITY.md, docs/ and the README of every folder. A path counts from the root or from the document's
own folder; one that begins with none of the root's folders, such as `people.rs` or `pages/people.rs`, may be the end of any.
"""

from __future__ import annotations

import os
import re
import unittest
from functools import cache
from pathlib import Path

from workspace import ROOT

# What is built, installed or brought along, and no part of the project.
NOT_OURS = {".git", "target", ".tools", "node_modules", "__pycache__"}
# The names that are files where they stand in backticks; `worker.tokens` for instance is none.
ENDINGS = ("css", "html", "js", "json", "lock", "md", "mjs", "patch", "png", "py", "rs", "svg", "toml", "txt", "yaml")
# Of Xero and GO1, in other repositories.
ELSEWHERE = {"xero-identity.yaml", "xero_accounting.yaml", "xero-payroll-au.yaml", "openapi/_original/go1-openapi.yml"}
# What stands for any name, or is no path of this machine.
OPEN = re.compile(r"[*{}<>$=:()\s]|\.\.\.|^/|^\.\./\w")

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"^\s*make ([a-z][a-z-]*)")


@cache
def files() -> frozenset[Path]:
    """Every file and folder of the project, from the root."""
    found = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        here = Path(folder).relative_to(ROOT)
        found |= {here, *(here / name for name in names)}
    return frozenset(found)


def documents() -> list[Path]:
    """The documents, from the root."""
    readmes = [file for file in files() if file.name == "README.md"]
    return sorted({*readmes, Path("CONTRIBUTING.md"), Path("SECURITY.md"), *(file for file in files() if file.match("docs/*.md"))})


def _is_from_root(path: str) -> bool:
    return "/" in path and path.split("/")[0] in {file.parts[0] for file in files() if file.parts}


def _is_there(path: str, document: Path) -> bool:
    if any(Path(os.path.normpath(base / path)) in files() for base in (Path(), document.parent)):
        return True
    parts = Path(path).parts
    return not _is_from_root(path) and any(file.parts[-len(parts) :] == parts for file in files())


def _is_path(text: str) -> bool:
    if OPEN.search(text) or text.split("/")[0] in NOT_OURS or text in ELSEWHERE:
        return False
    return _is_from_root(text) or text.rsplit(".", 1)[-1] in ENDINGS and not text.startswith(".")


def missing(text: str, document: Path, targets: set[str]) -> list[str]:
    """What `document`, which says `text`, names and is not there."""
    wrong = []
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for link in LINK.findall(prose):
        path = link.split("#")[0]
        if path and "://" not in link and not link.startswith("mailto:"):
            if Path(os.path.normpath(document.parent / path)) not in files():
                wrong.append(f"{document}: the link {link} leads nowhere")
    ticked = TICKED.findall(prose)
    wrong += [f"{document}: `{path}` is not there" for path in ticked if _is_path(path) and not _is_there(path, document)]
    commands = [*ticked, *(line for line in text.splitlines() if line.startswith("    "))]
    commands += [line for block in re.findall(r"^```.*?^```", text, flags=re.M | re.S) for line in block.splitlines()]
    for command in commands:
        if (named := MAKE.match(command)) and named[1] not in targets:
            wrong.append(f"{document}: make {named[1]} is no target of the Makefile")
    return wrong


def words(glossary: str) -> list[list[str]]:
    """The words of each table, in its order."""
    tables = re.findall(r"^\|[ -]+\|.*\n((?:\|.*\n)+)", glossary, flags=re.M)
    return [[row.split("|")[1].strip() for row in table.splitlines()] for table in tables]


class Documents(unittest.TestCase):
    """One test for each thing that can go stale."""

    def test_what_the_documents_name_is_there(self) -> None:
        targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.M))
        self.assertGreater(len(documents()), 25)
        wrong = [one for file in documents() for one in missing((ROOT / file).read_text(), file, targets)]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_the_glossary_is_in_order_and_can_be_read_at_once(self) -> None:
        tables = words((ROOT / "docs" / "glossary.md").read_text())
        for table in tables:
            self.assertEqual(table, sorted(set(table), key=str.lower))
        self.assertIn(sum(map(len, tables)), range(25, 41))

    def test_what_is_not_there_is_noticed(self) -> None:
        text = "[a](gone.md) [b](README.md#x) `shared/domain` `shared/gone` `nowhere.rs` `make gone` `make run ONCE=1`\n"
        self.assertEqual(
            missing(text, Path("README.md"), {"run"}),
            [
                "README.md: the link gone.md leads nowhere",
                "README.md: `shared/gone` is not there",
                "README.md: `nowhere.rs` is not there",
                "README.md: make gone is no target of the Makefile",
            ],
        )


if __name__ == "__main__":
    unittest.main()
