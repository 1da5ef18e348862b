//! The session cookie. What it stands for is state's business; here it is 32 random bytes that only the browser has.

use std::fmt;

use domain::clock::{Random, random_hex, sha256_hex};
use domain::ids::SessionHash;
use domain::session::{SESSION_LIFETIME, SessionKind};
use http::{HeaderMap, HeaderValue, header};

/// The cookie's name. The prefix makes browsers refuse it without `Secure` and `Path=/`, or with a `Domain`.
pub const COOKIE: &str = "__Host-session";

const LENGTH: usize = 64;

/// What an administrator's id begins with. Nothing is given by it: it says under which key the row is looked for, and an
/// id that says the other finds none.
const OF_AN_ADMINISTRATOR: &str = "administrator-";

/// A browser's session id: 32 random bytes in lower-case hex, and of which kind the session is. It never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    /// The id of a browser that has no session yet, or one of a sign-up.
    pub fn generate(random: &dyn Random) -> Self {
        Self::of_kind(SessionKind::SignUp, random)
    }

    /// The id of a session of that kind.
    pub fn of_kind(kind: SessionKind, random: &dyn Random) -> Self {
        let id = random_hex::<{ LENGTH / 2 }>(random);
        match kind {
            SessionKind::SignUp => Self(id),
            SessionKind::Administrator => Self(format!("{OF_AN_ADMINISTRATOR}{id}")),
        }
    }

    /// The one that the browser sent, where it sent one of the right shape.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(cookie::Cookie::split_parse)
            .filter_map(Result::ok)
            .filter(|cookie| cookie.name() == COOKIE)
            .find_map(|cookie| Self::parse(cookie.value()))
    }

    /// The id that a cookie's value is, where it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.strip_prefix(OF_AN_ADMINISTRATOR).unwrap_or(text);
        let hex = id.len() == LENGTH && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }

    fn kind(&self) -> SessionKind {
        if self.0.starts_with(OF_AN_ADMINISTRATOR) { SessionKind::Administrator } else { SessionKind::SignUp }
    }

    /// What it is stored and looked up by.
    pub fn hash(&self) -> SessionHash {
        SessionHash::of(self.kind(), &sha256_hex(&self.0))
    }

    /// The `Set-Cookie` value that gives it to the browser, for as long as a session lasts.
    pub fn cookie(&self) -> HeaderValue {
        set_cookie(&self.0, SESSION_LIFETIME.as_secs())
    }

    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

/// The `Set-Cookie` value that takes the session away from the browser.
pub fn expired_cookie() -> HeaderValue {
    set_cookie("", 0)
}

fn set_cookie(value: &str, seconds: i64) -> HeaderValue {
    let text = format!("{COOKIE}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax");
    // Hex and the words above are all visible ASCII, which is all that a header value needs.
    HeaderValue::try_from(text).unwrap_or_else(|error| unreachable!("a cookie of hex is a header value: {error}"))
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[session]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn sent(cookie: &str) -> HeaderMap {
        let value = HeaderValue::try_from(cookie).expect("a header value");
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    #[test]
    fn a_browser_gives_back_what_it_was_given() {
        let id = SessionId::generate(&Fixed(0xab));
        let set = id.cookie();
        let set = set.to_str().expect("text");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=43200"] {
            assert!(set.contains(attribute), "{set}");
        }
        assert!(!set.contains("Domain"));
        let pair = set.split(';').next().expect("a pair");
        assert_eq!(SessionId::from_headers(&sent(&format!("a=b; {pair}; c=d"))), Some(id.clone()));
        assert_eq!(format!("{id:?}"), "[session]");
        assert_ne!(id.hash().as_str(), id.secret());
    }

    #[test]
    fn an_id_says_of_which_kind_its_session_is_and_one_of_the_other_kind_is_another() {
        let sign_up = SessionId::generate(&Fixed(0xab));
        let administrator = SessionId::of_kind(SessionKind::Administrator, &Fixed(0xab));
        assert_eq!(sign_up.hash().kind(), SessionKind::SignUp);
        assert_eq!(administrator.hash().kind(), SessionKind::Administrator);
        // Not even the digests are alike: whoever has the one id has not the other.
        assert_ne!(sign_up.hash().digest(), administrator.hash().digest());
        let set = administrator.cookie();
        let pair = set.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        assert_eq!(SessionId::from_headers(&sent(&pair)), Some(administrator.clone()));
        assert_eq!(administrator.hash().digest().len(), LENGTH);
        let twice = format!("{OF_AN_ADMINISTRATOR}{}", administrator.secret());
        assert_eq!(SessionId::parse(&twice), None);
    }

    #[test]
    fn an_expired_cookie_is_empty_and_over() {
        let set = expired_cookie();
        assert!(set.to_str().expect("text").starts_with("__Host-session=; Max-Age=0; Path=/; Secure"));
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_session(text in "[ -~]{0,80}") {
            prop_assume!(!(text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())));
            prop_assert_eq!(SessionId::parse(&text), None);
            let cookie = format!("{COOKIE}={text}");
            prop_assume!(!text.contains([';', ' ', '"']));
            prop_assert_eq!(SessionId::from_headers(&sent(&cookie)), None);
        }
    }
}
