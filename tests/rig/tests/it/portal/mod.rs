//! The portal: how there comes to be one, who is let in to manage it, and what its rooms show.

mod addresses;
mod asked_for;
mod connection;
mod creating;
mod demoted;
mod existing;
mod login;
mod numbers;
mod owner_access;
mod renamed;
mod rooms;
mod signed_in;
mod trail;
mod users;

use std::time::Duration;

use http::StatusCode;
use rig::{Page, Rig, expect};
use stand_ins::go1::endpoint::CREATE_PORTAL;

/// After this, whoever asked GO1 for the portal before is no longer at it.
const ASKED_LONG_AGO: Duration = Duration::from_secs(40);

/// How often GO1 was asked for a portal.
fn portals_made(rig: &Rig) -> usize {
    rig.world.go1().calls(CREATE_PORTAL)
}

/// Whether a page stands within the portal's navigation.
fn is_framed(page: &Page) -> bool {
    page.text.contains("action=\"/portal/logout\"")
}

/// The page, where it is this one and stands within the portal's navigation.
#[track_caller]
fn framed(page: Page, path: &str) -> Page {
    let page = expect(page, StatusCode::OK, path);
    assert!(is_framed(&page), "within the portal's navigation: {}", page.words());
    page
}

/// A long email may be broken where it is shown.
fn squeezed(text: &str) -> String {
    text.replace(' ', "")
}

/// The page says all of this.
#[track_caller]
fn says(page: &Page, all: &[&str]) {
    for words in all {
        assert!(squeezed(&page.words()).contains(&squeezed(words)), "{words}: {}", page.words());
    }
}

/// The hidden field of every form on a page.
fn token_of(page: &Page) -> Vec<(String, String)> {
    vec![("form_token".to_owned(), page.values("form_token").remove(0))]
}
