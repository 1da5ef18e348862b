"""What a check found before it was written: kept in a file that may only become smaller."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Group = frozenset[str]


@dataclass(frozen=True)
class Known:
    """Groups of files: each a paragraph of the file, one name a line. Lines with # are remarks."""

    groups: tuple[Group, ...] = ()
    where: str = ""

    @classmethod
    def read(cls, file: Path | None) -> Known:
        """Read the file; without one, nothing is known."""
        if file is None:
            return cls()
        groups = []
        for paragraph in file.read_text(encoding="utf-8").split("\n\n"):
            lines = (line.strip() for line in paragraph.splitlines())
            group = frozenset(line for line in lines if line and not line.startswith("#"))
            if group:
                groups.append(group)
        return cls(tuple(groups), file.name)

    def compare(self, found: dict[Group, str]) -> list[str]:
        """What is wrong: a group that is not known, and one that is known and not found any more."""
        problems = [words for group, words in found.items() if not any(group <= known for known in self.groups)]
        for known in self.groups:
            if known not in found:
                left = sorted(", ".join(sorted(group)) for group in found if group < known)
                what = f"has become smaller: write there what is left ({'; and '.join(left)})" if left else "is gone: remove it"
                problems.append(f"{', '.join(sorted(known))}: this entry of {self.where} {what}")
        return problems

    def but(self) -> str:
        """The end of the sentence that says that all is well."""
        return f", except for the {len(self.groups)} in {self.where}" if self.groups else ""
