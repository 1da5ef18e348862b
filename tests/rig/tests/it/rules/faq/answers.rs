//! A sentence of the help page that no test proves fails here, and so does a proof that is gone.

use std::fs;
use std::path::Path;

use rig::{Page, Rig, WATTLE};

use super::proofs::{ANSWERS, GO1};

/// Where tests that prove something are, from this crate's folder.
const TESTS: [&str; 2] = ["tests", "../../infra"];

/// The answers on the page: each with its sentences. The picture has tests of its own.
fn answers(page: &Page) -> Vec<(String, Vec<String>)> {
    let answer = |id: String| {
        let blocks = page.texts(&format!("#{id} > p, #{id} > ul > li, #{id} > ol > li"));
        (id, blocks.iter().flat_map(|block| sentences(block)).collect())
    };
    page.ids(".answers section").into_iter().map(answer).collect()
}

/// A sentence ends where the next one begins with a capital letter.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in text.split_whitespace() {
        let last = sentences.last_mut().expect("never empty");
        let begins = last.ends_with(['.', '?', '!']) && word.starts_with(char::is_uppercase);
        match (begins, last.is_empty()) {
            (true, _) => sentences.push(word.to_owned()),
            (false, true) => last.push_str(word),
            (false, false) => last.extend([" ", word]),
        }
    }
    sentences
}

#[tokio::test(start_paused = true)]
async fn every_sentence_of_every_answer_is_proved_by_a_test_and_none_is_proved_that_is_not_there() {
    let rig = Rig::new(1);
    let page = rig.visitor(&WATTLE).open("/help").await;
    let named = ANSWERS.iter().map(|(id, sentences)| {
        // A picture has tests, and no sentences.
        let sentences = sentences.iter().map(|(sentence, _)| (*sentence).to_owned()).filter(|text| !text.is_empty());
        ((*id).to_owned(), sentences.collect::<Vec<_>>())
    });
    let named: Vec<_> = named.collect();
    for ((id, shown), (expected, proved)) in answers(&page).iter().zip(&named) {
        assert_eq!((id, shown), (expected, proved), "the left is the page's");
    }
    assert_eq!(answers(&page).len(), named.len());
    for (_, sentences) in ANSWERS {
        assert!(sentences.iter().all(|(_, proofs)| !proofs.is_empty()));
    }
}

/// Everything written in a folder, with what is below it.
fn written_in(folder: &Path) -> String {
    let mut written = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            written.push_str(&written_in(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "py") {
            written.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
    written
}

#[test]
fn every_test_that_proves_a_sentence_is_there() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let written: String = TESTS.iter().map(|folder| written_in(&here.join(folder))).collect();
    for test in ANSWERS.iter().flat_map(|(_, sentences)| sentences.iter().flat_map(|(_, proofs)| *proofs)) {
        let is_there = [format!("fn {test}("), format!("def {test}(")].iter().any(|name| written.contains(name));
        assert!(*test == GO1 || is_there, "there is no test {test}");
    }
}
