"""Fails where files of one crate import each other in a circle.

A file depends on the files that define what it names: by `use`, by a path in its code, or by a glob, through any
re-export. What does not count: `mod`, a parent's `pub use` of what its children define, and inline test modules.
A circle of yesterday may stand in the file that `--known` names; it may only become smaller.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from known import Known
from rust_modules import Import, Item, Module, Place, lookup, read_target, resolve
from workspace import ROOT, packages


@dataclass(frozen=True, order=True)
class Reason:
    """Why one file depends on another."""

    line: int
    path: str


Edges = dict[Path, dict[Path, Reason]]


def edges(root: Module) -> Edges:
    """For each file of a target, the files that it depends on, each with the first place that shows it."""
    found: Edges = {}
    for module in root.all():
        ours = found.setdefault(module.file, {})
        if module.tests:
            continue
        for target, reason in sorted(_uses(module), key=lambda use: use[1]):
            if target != module.file:
                ours.setdefault(target, reason)
    return found


def _uses(module: Module) -> Iterable[tuple[Path, Reason]]:
    below = {child.file for child in module.all() if child is not module}
    for brought in (one for several in module.imports.values() for one in several):
        for place in resolve(module, brought.path):
            if isinstance(place, Item) and not (brought.reexported and place.file in below):
                yield place.file, _reason(brought)
    used_by_glob: set[Module] = set()
    for mention in module.mentions:
        first = mention.path[0]
        if len(mention.path) == 1 and not _comes_unseen(module, first):
            continue  # Defined here, or imported by name: that was counted.
        places = resolve(module, mention.path) or _macro_above(module, first)
        for place in places:
            if isinstance(place, Item):
                yield place.file, Reason(mention.line, "::".join(mention.path))
        if first not in module.items and first not in module.imports and first not in module.children:
            used_by_glob |= {glob for glob in _globbed(module) if lookup(glob, first)}
    for brought in module.globs:
        for place in resolve(module, brought.path):
            # No name of it was seen, so it is here for something else, such as the methods of a trait.
            if place not in used_by_glob and not (brought.reexported and place.file in below):
                yield place.file, _reason(brought)


def _reason(brought: Import) -> Reason:
    return Reason(brought.line, "::".join(brought.path))


def _comes_unseen(module: Module, name: str) -> bool:
    """Whether a name alone can be something that no counted `use` brought: re-exported here, from a glob, or a macro."""
    if name in module.items or name in module.children:
        return False
    return name not in module.imports or any(brought.reexported for brought in module.imports[name])


def _macro_above(module: Module, name: str) -> set[Place]:
    """A `macro_rules!` is known in the modules below the one that defines it, without any import."""
    return {item for above in module.ancestors() if name in above.macros for item in above.items[name]}


def _globbed(module: Module) -> set[Module]:
    places = (place for brought in module.globs for place in resolve(module, brought.path))
    return {place for place in places if isinstance(place, Module)}


def circles(graph: Edges) -> list[list[Path]]:
    """Every group of two or more files each of which leads to all others of it (Tarjan's algorithm)."""
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    groups: list[list[Path]] = []

    def visit(file: Path) -> None:
        index[file] = low[file] = len(index)
        stack.append(file)
        for other in graph.get(file, {}):
            if other not in index:
                visit(other)
                low[file] = min(low[file], low[other])
            elif other in stack:
                low[file] = min(low[file], index[other])
        if low[file] == index[file]:
            group = stack[stack.index(file) :]
            del stack[stack.index(file) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for file in sorted(graph):
        if file not in index:
            visit(file)
    return sorted(groups)


def describe(group: list[Path], graph: Edges, root: Path) -> str:
    """A group, with each import inside it."""
    lines = [f"{len(group)} files import each other:"]
    for file in group:
        for other, reason in sorted(graph[file].items()):
            if other in group:
                lines.append(f"    {_name(file, root)}:{reason.line} takes {reason.path} from {_name(other, root)}")
    return "\n".join(lines)


def _name(file: Path, root: Path) -> str:
    return file.resolve().relative_to(root).as_posix()


def main() -> int:
    """Look at every target of every package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=Path, help="circles that may still be there: a paragraph of files for each")
    parser.add_argument("--write", action="store_true", help="print what stands in that file at most, now, and end")
    arguments = parser.parse_args()
    found: dict[frozenset[str], str] = {}
    for package in packages():
        for target in package["targets"]:
            graph = edges(read_target(Path(target["src_path"])))
            for group in circles(graph):
                found[frozenset(_name(file, ROOT) for file in group)] = describe(group, graph, ROOT)
    if arguments.write:
        print("\n\n".join("\n".join(sorted(group)) for group in sorted(found, key=sorted)))
        return 0
    known = Known.read(arguments.known)
    problems = known.compare(found)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"no circle of files{known.but()}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
