"""Which edges a source tree has, and which circles they make."""

from __future__ import annotations

import unittest
from pathlib import Path

from circles import circles, describe, edges
from rust_modules import read_target
from trees import TreeTest


class Edges(TreeTest):
    """What one file takes from another."""

    def edges_of(self, files: dict[str, str], first: str = "lib.rs") -> set[str]:
        self.write(files)
        graph = edges(read_target(self.root / first))
        return {f"{self.name(file)} -> {self.name(other)}" for file, others in graph.items() for other in others}

    def name(self, file: Path) -> str:
        return file.resolve().relative_to(self.root).as_posix()

    def test_a_use_leads_to_the_file_that_defines(self) -> None:
        files = {"lib.rs": "mod a; mod b;", "a.rs": "use crate::b::B;", "b.rs": "pub struct B;"}
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs"})

    def test_mod_and_a_parents_pub_use_are_no_edges(self) -> None:
        for visibility in ("pub", "pub(crate)", "pub(super)", "pub(in crate::a)"):
            files = {
                "lib.rs": "pub mod a;",
                "a.rs": f"mod b; {visibility} use b::{{B, c}};\n{visibility} use self::b::D as E; {visibility} use b::*;",
                "a/b.rs": "pub struct B; pub fn c() {} pub enum D {}",
            }
            with self.subTest(visibility):
                self.assertEqual(self.edges_of(files), set())

    def test_a_parents_own_use_of_its_children_is_an_edge(self) -> None:
        child = {"a/b.rs": "pub struct B; pub fn c() {}"}
        for parent in (
            "mod b; use b::B;",
            "mod b; fn f() { b::c() }",
            "mod b; fn f() { self::b::c() }",
            "mod b; pub use b::B; struct A { b: B }",
            "mod b; pub use b::*; struct A { b: B }",
            "mod b; pub use b::c; fn f() { c() }",
        ):
            with self.subTest(parent):
                self.assertEqual(self.edges_of({"lib.rs": "mod a;", "a.rs": parent, **child}), {"a.rs -> a/b.rs"})

    def test_a_re_export_of_what_is_not_below_is_an_edge(self) -> None:
        for line in ("pub use crate::b::B;", "pub use crate::b::*;"):
            with self.subTest(line):
                files = {"lib.rs": "mod a; mod b;", "a.rs": line, "b.rs": "pub struct B;"}
                self.assertEqual(self.edges_of(files), {"a.rs -> b.rs"})

    def test_a_child_takes_from_its_parent(self) -> None:
        parent = {"lib.rs": "mod a;", "a.rs": "mod b; pub struct A; impl A { pub const ONE: u8 = 1; } pub const TWO: u8 = 2;"}
        for child in ("use super::A;", "fn f() -> super::A { todo!() }", "use super::*; fn f(a: &A) {}", "use crate::a::TWO;"):
            with self.subTest(child):
                self.assertEqual(self.edges_of({**parent, "a/b.rs": child}), {"a/b.rs -> a.rs"})

    def test_re_exports_are_followed_to_the_end(self) -> None:
        files = {
            "lib.rs": "mod a; mod handler; pub use handler::{Worker as Hand, handle};",
            "handler.rs": "mod inner; pub use inner::Worker; pub fn handle() {}",
            "handler/inner.rs": "pub struct Worker;",
            "a.rs": "use crate::Hand;",
        }
        self.assertEqual(self.edges_of(files), {"a.rs -> handler/inner.rs"})
        files["a.rs"] = "fn f() { crate::handle() }"
        self.assertEqual(self.edges_of(files), {"a.rs -> handler.rs"})

    def test_private_imports_of_the_parent_are_followed_too(self) -> None:
        files = {"lib.rs": "mod a; mod z;", "a.rs": "mod b; use crate::z::Z;", "a/b.rs": "use super::Z;", "z.rs": "pub struct Z;"}
        self.assertEqual(self.edges_of(files), {"a.rs -> z.rs", "a/b.rs -> z.rs"})

    def test_groups_and_groups_in_groups(self) -> None:
        modules = {f"{name}.rs": f"pub struct {name.upper()};" for name in "bcdef"}
        files = {
            "lib.rs": "mod a; mod b; mod c; mod d; mod e; mod f;",
            "a.rs": "use crate::{b::B, c::{self, C}, d::{D as Other}};\nuse {crate::e::E, std::fmt::{self, Write as _}};",
            **modules,
        }
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs", "a.rs -> c.rs", "a.rs -> d.rs", "a.rs -> e.rs"})

    def test_paths_in_the_code(self) -> None:
        for code in (
            "fn f() { crate::x::b::go(1) }",
            "fn f() -> Vec<crate::x::b::B> { vec![] }",
            "fn f() { let _ = Vec::<crate::x::b::B>::new(); }",
            "use crate::x; fn f() { x::b::go(1) }",
            "use crate::x::b as other; fn f() { other::go(1) }",
            "impl From<u8> for crate::x::b::B { }",
            "#[serde(with = \"crate::x::b::go\")] struct S;",
            "#[derive(crate::x::b::B)] struct S;",
            "macro_rules! m { () => { $crate::x::b::go(1) } }",
            "fn f() { use super::super::x::b::B; }",
            "mod inner { fn f() { super::super::super::x::b::go(1) } }",
            "fn f() { matches!(1, _ if crate::x::b::B::ONE == 1); }",
        ):
            files = {"lib.rs": "mod a; mod x;", "a.rs": "mod c;", "a/c.rs": code, "x.rs": "pub mod b;"}
            files["x/b.rs"] = "pub enum B { One } pub fn go(_: u8) {}"
            with self.subTest(code):
                self.assertEqual(self.edges_of(files), {"a/c.rs -> x/b.rs"})

    def test_an_import_of_a_module_alone_is_no_edge(self) -> None:
        files = {"lib.rs": "mod a; mod x;", "a.rs": "use crate::x;", "x.rs": "pub mod b;", "x/b.rs": ""}
        self.assertEqual(self.edges_of(files), set())

    def test_what_only_looks_like_a_path(self) -> None:
        for text in (
            "// use crate::b::B;",
            "/* use crate::b::B; /* nested */ crate::b::go() */",
            "/// [`crate::b::B`]\nstruct S;",
            'const S: &str = "crate::b::B"; const R: &str = r#"use crate::b::B;"#;',
            "fn f<'b>(c: char) -> bool { c == '\"' } // crate::b::go()\nfn g(c: char) -> bool { c == '\"' }",
            "use ::b::B; use b::B as C; fn f() { b::go() }",
            "struct B; fn go() {} fn f(x: &X) { go(); x.go(); x.b.go() }",
            "fn f() { <Self as T>::go() }",
            "fn f() -> impl Sized + use<'static> { 1 }",
        ):
            files = {"lib.rs": "mod a; mod b;", "a.rs": text, "b.rs": "pub struct B; pub fn go() {}"}
            with self.subTest(text):
                self.assertEqual(self.edges_of(files), set())

    def test_a_function_is_no_place_to_go_on_from(self) -> None:
        files = {
            "lib.rs": "mod a; mod b;",
            "a.rs": "use crate::b::domain; use domain::portal::Portal;",
            "b.rs": "pub fn domain() {}",
        }
        self.write(files)
        graph = edges(read_target(self.root / "lib.rs"))
        reasons = {reason.path for others in graph.values() for reason in others.values()}
        self.assertEqual(reasons, {"crate::b::domain"})

    def test_inline_test_modules_are_left_out_and_others_are_not(self) -> None:
        rest = {"lib.rs": "mod a; mod b;", "b.rs": "pub fn go() {}"}
        left_out = ("cfg(test)", "cfg(all(test, unix))")
        for attribute in (*left_out, 'cfg(feature = "memory")', "cfg(any(test, unix))", "cfg(not(test))"):
            code = f"#[{attribute}] mod tests {{ use super::*; use crate::b; mod deeper {{ fn f() {{ crate::b::go() }} }} }}"
            with self.subTest(attribute):
                expected = set() if attribute in left_out else {"a.rs -> b.rs"}
                self.assertEqual(self.edges_of({**rest, "a.rs": code}), expected)

    def test_what_stands_after_a_test_module_counts(self) -> None:
        files = {
            "lib.rs": "mod a; mod b;",
            "a.rs": "#[cfg(test)] mod tests { fn f() { if true { } } }\nmod inner { use crate::b::go; }",
            "b.rs": "pub fn go() {}",
        }
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs"})

    def test_a_test_module_in_a_file_of_its_own_counts(self) -> None:
        files = {"lib.rs": "mod a; mod b;", "a.rs": "#[cfg(test)] mod tests;", "a/tests.rs": "use crate::b::go;", "b.rs": "pub fn go() {}"}
        self.assertEqual(self.edges_of(files), {"a/tests.rs -> b.rs"})

    def test_where_the_files_of_modules_are(self) -> None:
        files = {
            "tests/main.rs": '#[path = "../samples/mod.rs"] mod samples;\nmod steps; mod deep { #[path = "odd.rs"] mod even; mod plain; }',
            "samples/mod.rs": "mod one; mod two;",
            "samples/one.rs": "use super::two::Two;",
            "samples/two.rs": "pub struct Two;",
            "tests/steps/mod.rs": "mod first; pub struct Steps;",
            "tests/steps/first.rs": "use super::Steps;",
            "tests/deep/odd.rs": "use super::plain::Plain;",
            "tests/deep/plain.rs": "pub struct Plain;",
        }
        expected = {"samples/one.rs -> samples/two.rs", "tests/steps/first.rs -> tests/steps/mod.rs", "tests/deep/odd.rs -> tests/deep/plain.rs"}
        self.assertEqual(self.edges_of(files, "tests/main.rs"), expected)

    def test_a_file_that_is_missing_is_said(self) -> None:
        self.write({"lib.rs": "mod a;"})
        with self.assertRaises(FileNotFoundError):
            read_target(self.root / "lib.rs")

    def test_macros_by_text_and_by_path(self) -> None:
        files = {
            "lib.rs": "macro_rules! both { () => {} } mod a; mod b;",
            "a.rs": "both!();",
            "b.rs": "#[macro_export] macro_rules! out { () => {} } pub fn both() {}",
        }
        self.assertEqual(self.edges_of(files), {"a.rs -> lib.rs"})
        files["a.rs"] = "crate::out!();"
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs"})

    def test_a_glob_of_which_no_name_is_seen_is_there_for_something_else(self) -> None:
        files = {"lib.rs": "mod a; mod b;", "a.rs": "use crate::b::*; fn f(x: u8) { x.go() }", "b.rs": "pub trait Go {}"}
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs"})

    def test_a_glob_leads_only_to_what_is_named(self) -> None:
        files = {
            "lib.rs": "mod a; mod b; mod c;",
            "a.rs": "use crate::b::*; fn f(c: C) {}",
            "b.rs": "pub struct B; pub use crate::c::C;",
            "c.rs": "pub struct C;",
        }
        self.assertEqual(self.edges_of(files), {"a.rs -> c.rs", "b.rs -> c.rs"})

    def test_imports_that_go_round_end(self) -> None:
        files = {"lib.rs": "mod a; mod b;", "a.rs": "pub use crate::b::X; pub use crate::b::*;", "b.rs": "pub use crate::a::X; pub use crate::a::*;"}
        self.assertEqual(self.edges_of(files), {"a.rs -> b.rs", "b.rs -> a.rs"})


class Circles(TreeTest):
    """Groups of files that lead to each other."""

    def groups(self, files: dict[str, str]) -> list[list[str]]:
        self.write(files)
        self.graph = edges(read_target(self.root / "lib.rs"))
        return [[file.relative_to(self.root).as_posix() for file in group] for group in circles(self.graph)]

    def test_two_files(self) -> None:
        files = {"lib.rs": "mod a; mod b;", "a.rs": "use crate::b::B; pub struct A;", "b.rs": "use crate::a::A; pub struct B;"}
        self.assertEqual(self.groups(files), [["a.rs", "b.rs"]])

    def test_a_way_down_is_no_circle(self) -> None:
        files = {"lib.rs": "mod a; mod b; mod c;", "a.rs": "use crate::{b::B, c::C};", "b.rs": "use crate::c::C; pub struct B;", "c.rs": "pub struct C;"}
        self.assertEqual(self.groups(files), [])

    def test_a_longer_one_through_parent_and_re_export(self) -> None:
        files = {
            "lib.rs": "mod a; mod z; pub use a::A;",
            "a.rs": "mod b; pub struct A { b: b::B }",
            "a/b.rs": "use crate::z::Z; pub struct B;",
            "z.rs": "use crate::A; pub struct Z;",
        }
        self.assertEqual(self.groups(files), [["a/b.rs", "a.rs", "z.rs"]])

    def test_the_first_file_of_a_crate_counts_like_any_other(self) -> None:
        files = {"lib.rs": "mod a; pub struct App; fn f() { a::go() }", "a.rs": "use crate::App; pub fn go() {}"}
        self.assertEqual(self.groups(files), [["a.rs", "lib.rs"]])

    def test_two_circles_that_do_not_touch_are_two(self) -> None:
        pairs = {f"{one}.rs": f"use crate::{other}::X; pub struct X;" for one, other in ("ab", "ba", "cd", "dc")}
        self.assertEqual(self.groups({"lib.rs": "mod a; mod b; mod c; mod d;", **pairs}), [["a.rs", "b.rs"], ["c.rs", "d.rs"]])

    def test_each_import_of_a_circle_is_said_with_its_line(self) -> None:
        self.groups({"lib.rs": "mod a; mod b;", "a.rs": "\nuse crate::b::B;\npub struct A;", "b.rs": "pub struct B(crate::a::A);"})
        group = circles(self.graph)[0]
        self.assertEqual(
            describe(group, self.graph, self.root).splitlines(),
            [
                "2 files import each other:",
                "    a.rs:2 takes crate::b::B from b.rs",
                "    b.rs:1 takes crate::a::A from a.rs",
            ],
        )


if __name__ == "__main__":
    unittest.main()
