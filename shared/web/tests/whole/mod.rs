//! The gallery is whole: every page and every problem is in it, so that what the tests hold of all pages they hold of each.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn text_of(folder: &str) -> String {
    sources(&Path::new(CRATE).join(folder)).iter().map(|file| fs::read_to_string(file).expect("a source")).collect()
}

/// The word with which `text` goes on.
fn word(text: &str) -> &str {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').next().unwrap_or_default()
}

/// The words of a text.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_').collect()
}

#[test]
fn every_page_is_in_the_gallery() {
    let (pages, gallery) = (text_of("src"), text_of("examples/gallery/samples"));
    let shown = words(&gallery);
    let views: BTreeSet<&str> = ["impl View for ", "impl MessagePage for "]
        .into_iter()
        .flat_map(|implementation| pages.split(implementation).skip(1).map(word))
        // What every problem is shown as; the next test is about them.
        .filter(|view| *view != "Message")
        .collect();
    assert!(views.len() > 20, "{views:?} are not all pages");
    let missing: Vec<_> = views.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:?} have no sample in examples/gallery");
}

#[test]
fn every_problem_is_in_the_gallery() {
    let (problems, gallery) = (text_of("src"), text_of("examples/gallery/samples"));
    for name in ["Problem", "ConsentProblem", "LoginProblem", "UndoRefusal"] {
        let (_, body) = problems.split_once(&format!("pub enum {name} {{")).expect("the enum");
        let (body, _) = body.split_once("\n}").expect("its end");
        let variants = body.lines().filter_map(|line| line.strip_prefix("    ")).map(word);
        let variants: Vec<_> = variants.filter(|name| name.starts_with(char::is_uppercase)).collect();
        assert!(variants.len() > 5, "{name} has more than {variants:?}");
        for variant in variants {
            let is_shown = gallery.contains(&format!("{name}::{variant}"))
                || gallery.contains(&format!("{name}::{}", snake(variant)));
            assert!(is_shown, "{name}::{variant} has no sample in examples/gallery");
        }
    }
}

/// The name of a function that makes a variant.
fn snake(variant: &str) -> String {
    let mut snake = String::new();
    for (place, character) in variant.char_indices() {
        if place > 0 && character.is_uppercase() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}
