//! No page says a word that `docs/voice.md` has another one for.

use super::locales::text;
use super::pages;

/// What only those know who build it, and what has another name on every page.
const UNSAID: [&str; 26] = [
    "session",
    "sessions",
    "token",
    "tokens",
    "queue",
    "queues",
    "batch",
    "batches",
    "sweeper",
    "digest",
    "endpoint",
    "everybody",
    "somebody",
    "nobody",
    "learners",
    "enrolment",
    "enrolments",
    "enrollment",
    "enrollments",
    "seat",
    "seats",
    "quota",
    "helpdesk",
    "lms",
    "oops",
    "simply",
];

#[tokio::test]
async fn no_page_says_a_word_that_has_another_name_here() {
    let mut said = Vec::new();
    for page in pages().await {
        let told = text(&page);
        let words = told.split(|character: char| !character.is_alphanumeric());
        said.extend(words.filter(|word| UNSAID.contains(word)).map(|word| format!("{}: {word}", page.name)));
    }
    assert_eq!(said, Vec::<String>::new());
}
