//! The browsers of a customer: the owner's, with the session of the sign-up, and a portal administrator's.

use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use web::{FormToken, SessionId};

/// The owner's email, who is no employee.
pub(crate) const OWNER: &str = "admin@wattle.example.com";

/// Whose browser it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Owner,
    Administrator,
}

/// A session, as the browser has it.
#[derive(Clone)]
pub(crate) struct BrowserSession {
    id: SessionId,
    since: Timestamp,
}

#[derive(Clone, Default)]
pub(crate) struct Browsers {
    owner: Option<BrowserSession>,
    administrator: Option<BrowserSession>,
}

impl BrowserSession {
    /// The header with its cookie.
    pub(crate) fn cookie(&self) -> HeaderValue {
        let cookie = self.id.cookie();
        let cookie = cookie.to_str().ok().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        HeaderValue::try_from(cookie).expect("a cookie is text")
    }

    pub(crate) fn form_token(&self) -> String {
        FormToken::of(&self.id).to_string()
    }

    fn is_older_than(&self, minutes: i64, now: Timestamp) -> bool {
        now.duration_since(self.since) > SignedDuration::from_mins(minutes)
    }
}

impl Browsers {
    /// The session of one of the browsers, unless it has grown old.
    pub(crate) fn session(&self, of: Of, now: Timestamp) -> Option<BrowserSession> {
        let kept = match of {
            Of::Owner => &self.owner,
            Of::Administrator => &self.administrator,
        };
        // One that nobody uses ends after half an hour.
        kept.clone().filter(|session| !session.is_older_than(25, now))
    }

    /// Gives one of the browsers a new session.
    pub(crate) fn begin(&mut self, of: Of, id: SessionId, now: Timestamp) -> BrowserSession {
        let session = BrowserSession { id, since: now };
        let kept = match of {
            Of::Owner => &mut self.owner,
            Of::Administrator => &mut self.administrator,
        };
        kept.insert(session).clone()
    }

    /// Keeps the session that an answer has given the administrator's browser.
    pub(crate) fn keep(&mut self, set_cookie: &HeaderValue, now: Timestamp) {
        let cookie = set_cookie.to_str().ok().and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok());
        let headers: HeaderMap = cookie.map(|cookie| (header::COOKIE, cookie)).into_iter().collect();
        if let Some(id) = SessionId::from_headers(&headers) {
            self.administrator = Some(BrowserSession { id, since: now });
        }
    }
}
