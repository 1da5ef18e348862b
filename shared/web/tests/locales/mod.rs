//! Every page in both countries: the language, the spelling, and how times are told.

use std::collections::HashSet;

use domain::country::Country;

use super::samples::common::made_in;
use super::{Page, pages_of, samples};

/// Words of ours by which a spelling is known. What a page's addresses, classes and fields are called is no spelling.
const SPELLINGS: [(&str, &str); 8] = [
    ("organisation", "organization"),
    ("recognise", "recognize"),
    ("enrolment", "enrollment"),
    ("authorise", "authorize"),
    ("cancelled", "canceled"),
    ("colour", "color"),
    ("centre", "center"),
    ("licence", "license"),
];

/// What is read of a page: its text, and what screen readers are told.
pub(super) fn text(page: &Page) -> String {
    let mut text = String::new();
    for part in page.html.split('<') {
        text.push_str(part.split_once('>').map_or("", |(_, after)| after));
        text.push(' ');
    }
    for tag in &page.tags {
        for name in ["aria-label", "alt", "placeholder", "content"] {
            text.push_str(tag.attribute(name).unwrap_or_default());
            text.push(' ');
        }
    }
    text.to_lowercase()
}

async fn pages_in(country: Country) -> Vec<Page> {
    pages_of(made_in(country, samples::all)).await
}

#[tokio::test]
async fn no_page_of_one_country_has_the_others_spelling_language_or_format_of_a_date() {
    for country in Country::ALL {
        let is_american = country == Country::UnitedStates;
        let (mut seen, language) = (HashSet::new(), if is_american { "en-US" } else { "en-AU" });
        for page in pages_in(country).await.iter().filter(|page| page.name != "people-daily-limit-utc") {
            let told = text(page);
            for (australian, american) in SPELLINGS {
                let (own, others) = if is_american { (american, australian) } else { (australian, american) };
                assert!(!told.contains(others), "{}: {others}", page.name);
                if told.contains(own) {
                    seen.insert(own);
                }
            }
            let languages: Vec<_> = page.all("html").filter_map(|tag| tag.attribute("lang")).collect();
            assert_eq!(languages, [language], "{}", page.name);
            let (day_first, month_first) = ("23 november 2026", "november 23, 2026");
            let others = if is_american { day_first } else { month_first };
            assert!(!told.contains(others), "{}: {others}", page.name);
            assert!(!told.contains(" utc"), "{}: a time in nobody's zone", page.name);
        }
        assert!(seen.contains(if is_american { "organization" } else { "organisation" }), "{seen:?}");
    }
}

#[tokio::test]
async fn a_moment_is_the_same_on_every_page_of_an_organisation() {
    for (country, started) in [
        (Country::Australia, "23 November 2026, 9:42 pm AEDT"),
        (Country::UnitedStates, "November 23, 2026, 3:42 AM MST"),
    ] {
        let pages = pages_in(country).await;
        for name in ["import-done", "people", "portal-shared-import-done"] {
            let page = pages.iter().find(|page| page.name == name).expect("a sample");
            assert!(page.html.contains(&format!(">{started}</time>")), "{name} in {country:?}");
        }
    }
}
