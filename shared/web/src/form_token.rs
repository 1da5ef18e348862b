//! The token in every form, and the check that a post came from one of our own pages.

use std::fmt;

use domain::clock::sha256_hex;
use http::{HeaderMap, header};
use serde::Deserialize;

use crate::problem::Problem;
use crate::session::SessionId;
use crate::site::SiteSettings;

/// The value of the hidden `form_token` field: a digest of the session id, which other sites cannot know.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct FormToken(String);

impl FormToken {
    /// The token for the forms of this browser.
    pub fn of(session: &SessionId) -> Self {
        Self(sha256_hex(&format!("form-token|{}", session.secret())))
    }

    /// Compares in constant time.
    pub fn matches(&self, given: &Self) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), given.0.as_bytes());
        ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

/// Lets a post through that does not say that it comes from elsewhere, whatever token it carries.
pub fn check_origin(headers: &HeaderMap, site: &SiteSettings) -> Result<(), Problem> {
    if is_from_elsewhere(headers, site) { Err(Problem::WrongFormToken) } else { Ok(()) }
}

/// Lets a post through that carries the token of its session and does not say that it comes from elsewhere.
/// A browser that sends neither `Sec-Fetch-Site` nor `Origin` is judged by the token alone.
pub fn check_post(
    headers: &HeaderMap,
    site: &SiteSettings,
    session: &SessionId,
    given: &FormToken,
) -> Result<(), Problem> {
    check_origin(headers, site)?;
    if FormToken::of(session).matches(given) { Ok(()) } else { Err(Problem::WrongFormToken) }
}

fn is_from_elsewhere(headers: &HeaderMap, site: &SiteSettings) -> bool {
    let elsewhere_by_fetch = headers
        .get("sec-fetch-site")
        // `none`: the person did it, by a reload for instance.
        .is_some_and(|value| value != "same-origin" && value != "none");
    let elsewhere_by_origin = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.as_bytes().eq_ignore_ascii_case(site.public_url.as_bytes()));
    elsewhere_by_fetch || elsewhere_by_origin
}

impl fmt::Display for FormToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[form token]")
    }
}

impl From<&str> for FormToken {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::Random;
    use http::HeaderValue;

    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn site() -> SiteSettings {
        SiteSettings {
            public_url: "https://xero.example.com".to_owned(),
            support_contact: String::new(),
            form_action_origins: Vec::new(),
            picture_origins: Vec::new(),
        }
    }

    fn posted(pairs: &[(&'static str, &'static str)], session: &SessionId, token: &FormToken) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        check_post(&headers, &site(), session, token).is_ok()
    }

    #[test]
    fn a_token_is_good_for_its_own_session_only() {
        let (mine, other) = (SessionId::generate(&Fixed(1)), SessionId::generate(&Fixed(2)));
        assert!(posted(&[], &mine, &FormToken::of(&mine)));
        assert!(!posted(&[], &mine, &FormToken::of(&other)));
        for broken in ["", "0", mine.secret()] {
            assert!(!posted(&[], &mine, &FormToken::from(broken)), "{broken}");
        }
    }

    #[test]
    fn a_post_that_says_it_is_foreign_is_refused_even_with_the_token() {
        let mine = SessionId::generate(&Fixed(1));
        let token = FormToken::of(&mine);
        for headers in [
            [("sec-fetch-site", "same-origin"), ("origin", "https://xero.example.com")],
            [("sec-fetch-site", "none"), ("origin", "https://xero.example.com")],
        ] {
            assert!(posted(&headers, &mine, &token), "{headers:?}");
        }
        for header in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://example.org"),
            ("origin", "http://xero.example.com"),
            ("origin", "null"),
        ] {
            assert!(!posted(&[header], &mine, &token), "{header:?}");
        }
    }
}
