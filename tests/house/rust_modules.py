"""The module tree of one Rust target: what each module defines, imports and names, and in which file an item is defined.

This is no compiler. It reads items, `use` trees and paths, and follows re-exports; it knows no types, so a method that is
called on a value leads nowhere, and of two items with one name in one module it takes both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rust_tokens import Token, tokens

_TYPES = {"struct", "enum", "union", "trait", "type"}
_VALUES = {"fn", "const", "static"}
_BETWEEN = {"mut", "unsafe", "async", "extern", "fn"}
"""What may stand between one of those words and the name: `static mut NAME`, `const unsafe fn name`."""

Segments = tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """Something that a file defines. A path can go on only after a type: to a variant or an associated function."""

    file: Path
    is_type: bool


@dataclass(frozen=True)
class Import:
    """One name that a `use` brings in."""

    path: Segments
    line: int
    reexported: bool


@dataclass(frozen=True)
class Mention:
    """A path, or a name that may be an item's, in the code of a module."""

    path: Segments
    line: int


@dataclass(eq=False)
class Module:
    """One module, in a file of its own or in its parent's."""

    name: str
    file: Path
    folder: Path
    """Where the files of its children are."""
    parent: Module | None
    tests: bool = False
    """Whether it is an inline test module, or stands in one."""
    children: dict[str, Module] = field(default_factory=dict)
    items: dict[str, set[Item]] = field(default_factory=dict)
    imports: dict[str, list[Import]] = field(default_factory=dict)
    globs: list[Import] = field(default_factory=list)
    macros: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)

    def root(self) -> Module:
        """The module that `crate` means here."""
        return self if self.parent is None else self.parent.root()

    def ancestors(self) -> Iterator[Module]:
        """This module, its parent, and so on up to the root."""
        at: Module | None = self
        while at is not None:
            yield at
            at = at.parent

    def all(self) -> Iterator[Module]:
        """This module and every one below it."""
        yield self
        for child in self.children.values():
            yield from child.all()


def read_target(root_file: Path) -> Module:
    """Read a target (a library, a binary, a test) from its first file."""
    return _read_file("crate", root_file, root_file.parent, None, False)


def _read_file(name: str, file: Path, folder: Path, parent: Module | None, tests: bool) -> Module:
    module = Module(name, file, folder, parent, tests)
    _Reader(tokens(file.read_text(encoding="utf-8"))).read_items(module)
    return module


class _Reader:
    """Goes through the tokens of one file once, from the first to the last."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    def read_items(self, module: Module) -> None:
        """Read up to the brace that closes the module, or to the end of the file."""
        depth = 0
        attributes: list[list[Token]] = []
        while self._at < len(self._tokens):
            text = self._text()
            if text == "#" and self._text(1) in ("[", "!"):
                attributes.append(self._attribute(module))
                continue
            if text == "}" and depth == 0:
                self._at += 1
                return
            depth += {"{": 1, "}": -1}.get(text, 0)
            if text == "mod" and self._kind(1) == "name" and self._text(2) in (";", "{"):
                self._module(module, attributes)
                attributes = []
            elif text == "use" and self._kind() == "name" and self._text(1) != "<":
                self._use(module, depth)
            elif text == "macro_rules" and self._text(1) == "!":
                self._macro(module, attributes)
            elif text in _TYPES | _VALUES and self._kind() == "name":
                self._definition(module, depth)
            elif self._kind() == "name":
                self._mention(module)
            else:
                self._at += 1
            if text in (";", "{", "}"):
                attributes = []

    def _kind(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].kind if 0 <= at < len(self._tokens) else ""

    def _text(self, ahead: int = 0) -> str:
        """A mark or a word; never the contents of a string, which could look like either."""
        at = self._at + ahead
        if not 0 <= at < len(self._tokens) or self._tokens[at].kind == "string":
            return ""
        return self._tokens[at].text

    def _attribute(self, module: Module) -> list[Token]:
        """Read `#[...]`. Paths in it count, also those that serde takes as strings: `#[serde(with = "crate::loose")]`."""
        while self._text() != "[":
            self._at += 1
        begin, depth = self._at, 0
        while self._at < len(self._tokens):
            depth += {"[": 1, "]": -1}.get(self._text(), 0)
            if depth == 0:
                break
            if self._kind() == "name":
                self._mention(module)
                continue
            if self._kind() == "string" and "::" in self._tokens[self._at].text:
                words = tuple(self._tokens[self._at].text.split("::"))
                if all(word.isidentifier() for word in words):
                    module.mentions.append(Mention(words, self._tokens[self._at].line))
            self._at += 1
        self._at += 1
        return self._tokens[begin : self._at]

    def _module(self, module: Module, attributes: list[list[Token]]) -> None:
        name = self._text(1)
        file_name = name.removeprefix("r#")
        given = next((part[-2].text for part in attributes if part[1].text == "path"), None)
        self._at += 3
        if self._text(-1) == "{":
            tests = module.tests or any(_is_for_tests_only(part) for part in attributes)
            child = Module(name, module.file, module.folder / (given or file_name), module, tests)
            self.read_items(child)
        elif given is not None:
            # Beside the file that says so, except in an inline module, which has a folder of its own.
            inline = module.parent is not None and module.parent.file == module.file
            file = (module.folder if inline else module.file.parent) / given
            child = _read_file(name, file, file.parent, module, module.tests)
        else:
            beside, inside = module.folder / f"{file_name}.rs", module.folder / file_name / "mod.rs"
            child = _read_file(name, beside if beside.exists() else inside, module.folder / file_name, module, module.tests)
        module.children[name] = child

    def _use(self, module: Module, depth: int) -> None:
        line = self._tokens[self._at].line
        reexported = self._text(-1) == "pub" or (self._text(-1) == ")" and self._is_visibility())
        self._at += 1
        for path, name in self._tree(()):
            brought = Import(path, line, reexported and depth == 0)
            if name == "*":
                module.globs.append(brought)
            else:
                module.imports.setdefault(name, []).append(brought)

    def _is_visibility(self) -> bool:
        """Whether what stands before is `pub(crate)` or one like it."""
        back = -1
        while self._text(back) not in ("(", ""):
            back -= 1
        return self._text(back - 1) == "pub"

    def _tree(self, before: Segments) -> list[tuple[Segments, str]]:
        """Read one `use` tree with the mark after it: every path in it, with the name that it gets here."""
        path = before
        while True:
            text = self._text()
            self._at += 1
            if text == "{":
                inside: list[tuple[Segments, str]] = []
                while self._text() != "}":
                    inside += self._tree(path)
                    if self._text() == ",":
                        self._at += 1
                self._at += 1
                return inside
            if text == "*":
                return [(path, "*")]
            if text == "$":
                continue  # `$crate`, in a macro.
            if text == "::":
                if not path:
                    path = ("::",)  # From outside this crate, whatever is called the same in it.
                continue
            if text != "self" or not before or path != before:
                path = (*path, text)
            if self._text() != "::":
                break
        name = path[-1]
        if self._text() == "as":
            name = self._text(1)
            self._at += 2
        return [(path, name)]

    def _macro(self, module: Module, attributes: list[list[Token]]) -> None:
        name = self._text(2)
        self._at += 3
        module.macros.add(name)
        module.items.setdefault(name, set()).add(Item(module.file, is_type=False))
        if any(part[1].text == "macro_export" for part in attributes):
            module.root().items.setdefault(name, set()).add(Item(module.file, is_type=False))

    def _definition(self, module: Module, depth: int) -> None:
        is_type = self._text() in _TYPES
        self._at += 1
        while self._text() in _BETWEEN or self._kind() == "string":
            self._at += 1
        if self._kind() == "name" and self._text() != "_":
            if depth == 0:
                module.items.setdefault(self._text(), set()).add(Item(module.file, is_type))
            self._at += 1

    def _mention(self, module: Module) -> None:
        """Read a path of names, or one name."""
        begin = self._at
        path = [self._text()]
        self._at += 1
        while self._text() == "::" and self._kind(1) == "name":
            path.append(self._text(1))
            self._at += 2
        # What follows `::` belongs to a type before it, what follows a dot is a field or a method.
        before = self._tokens[begin - 1].text if begin else ""
        if before in ("::", "."):
            return
        # A name alone is an item only where it looks like one: a type, a constant, a call, a macro.
        if len(path) == 1 and not (path[0][0].isupper() or self._text() in ("(", "!", "::")):
            return
        module.mentions.append(Mention(tuple(path), self._tokens[begin].line))


def _is_for_tests_only(attribute: list[Token]) -> bool:
    words = {token.text for token in attribute if token.kind == "name"}
    return {"cfg", "test"} <= words and not words & {"any", "not"}


Place = Item | Module
"""What a path can lead to in this crate."""


def resolve(module: Module, path: Segments, seen: frozenset[tuple[Module, str]] = frozenset()) -> set[Place]:
    """What a path in a module means. Nothing, if it leads out of the crate."""
    first, rest = path[0], path[1:]
    here: set[Place]
    if first == "crate":
        here = {module.root()}
    elif first == "self":
        here = {module}
    elif first == "super":
        here = {module.parent} if module.parent is not None else set()
    else:
        here = lookup(module, first, seen)
    for segment in rest:
        there: set[Place] = set()
        for place in here:
            if not isinstance(place, Module):
                continue
            if segment == "super":
                there |= {place.parent} if place.parent is not None else set()
            else:
                there |= lookup(place, segment, seen)
        # What follows a type (a variant, an associated function) counts as defined where the type is.
        here = there or {place for place in here if isinstance(place, Item) and place.is_type}
    return here


def lookup(module: Module, name: str, seen: frozenset[tuple[Module, str]] = frozenset()) -> set[Place]:
    """What a name means in a module: what it defines, what it imports by name, else what its globs bring."""
    if (module, name) in seen:
        return set()
    seen |= {(module, name)}
    found: set[Place] = set(module.items.get(name, ()))
    if name in module.children:
        found.add(module.children[name])
    for brought in module.imports.get(name, []):
        found |= resolve(module, brought.path, seen)
    if found:
        return found
    for brought in module.globs:
        for place in resolve(module, brought.path, seen):
            if isinstance(place, Module):
                found |= lookup(place, name, seen)
    return found
