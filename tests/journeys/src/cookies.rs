//! The cookies of a browser, by the rules of the browsers of today, the strict ones.

use cookie::{Cookie, SameSite};
use cookie_store::{CookieError, CookieStore};
use http::{HeaderValue, Method};
use url::{Host, Url};

/// Why a browser drops a cookie that it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It has no name, or is no text.
    #[error("it cannot be read")]
    Unreadable,
    /// Its name begins with `__Host-` or `__Secure-`, and it lacks what that promises.
    #[error("it is not what its name's prefix promises")]
    Prefix,
    /// It is secure, and came over a way that is not; or it is for every site, and not secure.
    #[error("it is not as secure as it must be")]
    Insecure,
    /// It is for a domain that is not its host's, or is everybody's.
    #[error("its domain is not its host's own")]
    Domain,
}

/// What the hosts have given a browser. Time does not pass in here: a cookie stays for as long as it was given for by the
/// clock of this machine, and a product whose time is moved must end its sessions itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(CookieStore);

impl Cookies {
    /// Keeps a `Set-Cookie` of an answer from `url`, or removes what it says is over.
    pub(crate) fn keep(&mut self, set_cookie: &HeaderValue, url: &Url) -> Result<(), Refused> {
        let text = set_cookie.to_str().map_err(|_| Refused::Unreadable)?;
        let cookie = Cookie::parse(text).map_err(|_| Refused::Unreadable)?;
        let is_secure = cookie.secure() == Some(true);
        let is_of_one_host = is_secure && cookie.path() == Some("/") && cookie.domain().is_none();
        for (prefix, is_kept) in [("__Secure-", is_secure), ("__Host-", is_of_one_host)] {
            if has_prefix(&cookie, prefix) && !is_kept {
                return Err(Refused::Prefix);
            }
        }
        let is_open = if is_secure { !is_safe(url) } else { cookie.same_site() == Some(SameSite::None) };
        if is_open {
            return Err(Refused::Insecure);
        }
        // A name without a dot is a whole top level domain, `localhost` among them: what is below it has many owners.
        if cookie.domain().is_some_and(|domain| !domain.contains('.') && url.host_str() != Some(domain)) {
            return Err(Refused::Domain);
        }
        match self.0.insert_raw(&cookie, &as_safe(url)) {
            // What is over and was not there has nothing to remove.
            Ok(_) | Err(CookieError::Expired) => Ok(()),
            Err(CookieError::DomainMismatch) => Err(Refused::Domain),
            Err(_) => Err(Refused::Unreadable),
        }
    }

    /// What goes along with a request to `url`, where `from` is the page that sends it, if one does.
    pub(crate) fn sent_to(&self, url: &Url, method: &Method, from: Option<&Url>) -> Option<HeaderValue> {
        let is_cross_site = from.is_some_and(|from| site(from) != site(url));
        let may_go = |cookie: &Cookie<'_>| match cookie.same_site() {
            Some(SameSite::None) => true,
            Some(SameSite::Strict) => !is_cross_site,
            // Browsers take a cookie that says nothing for one that says `Lax`.
            Some(SameSite::Lax) | None => !is_cross_site || method.is_safe(),
        };
        let matching = self.0.matches(&as_safe(url)).into_iter().filter(|cookie| may_go(cookie));
        let mut pairs: Vec<String> = matching.map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        // The store has no order, and what is walked twice shall be the same twice.
        pairs.sort();
        (!pairs.is_empty()).then(|| HeaderValue::try_from(pairs.join("; ")).ok()).flatten()
    }

    /// The value of a cookie that goes to `url`.
    pub(crate) fn value(&self, url: &Url, name: &str) -> Option<String> {
        let matching = self.0.matches(&as_safe(url)).into_iter().find(|cookie| cookie.name() == name);
        matching.map(|cookie| cookie.value().to_owned())
    }
}

/// Whether a cookie's name begins like this, in small letters or large ones.
fn has_prefix(cookie: &Cookie<'_>, prefix: &str) -> bool {
    cookie.name().get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// Whether nobody on the way can read what goes there: over TLS, or to this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_here
}

/// The address as the store must see it, which takes no name below `localhost` for this machine.
fn as_safe(url: &Url) -> Url {
    let mut seen = url.clone();
    if is_safe(url) {
        seen.set_scheme("https").expect("HTTP can become HTTPS");
    }
    seen
}

/// What two addresses must share to be of one site. A browser leaves out the labels below a registered name; the hosts that
/// are walked here have none of those, so each is a site of its own.
fn site(url: &Url) -> (&str, Option<Host<&str>>) {
    (url.scheme(), url.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "http://app.localhost:8400/imports";

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    /// A browser that was given this by `from`.
    fn given(set_cookie: &'static str, from: &str) -> (Cookies, Result<(), Refused>) {
        let mut cookies = Cookies::default();
        let kept = cookies.keep(&HeaderValue::from_static(set_cookie), &url(from));
        (cookies, kept)
    }

    /// What it sends where somebody opens an address.
    fn sent(cookies: &Cookies, to: &str) -> Option<String> {
        let sent = cookies.sent_to(&url(to), &Method::GET, None)?;
        Some(sent.to_str().expect("text").to_owned())
    }

    #[track_caller]
    fn is_dropped(set_cookie: &'static str, from: &str, why: Refused) {
        let (cookies, kept) = given(set_cookie, from);
        assert_eq!(kept, Err(why), "{set_cookie} from {from}");
        assert_eq!(sent(&cookies, from), None, "{set_cookie} from {from}");
    }

    #[test]
    fn a_cookie_with_the_host_prefix_is_dropped_unless_it_is_secure_for_every_path_and_of_this_host_alone() {
        let (cookies, kept) = given("__Host-session=1; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax", APP);
        assert_eq!((kept, sent(&cookies, APP).as_deref()), (Ok(()), Some("__Host-session=1")));
        for lacking in [
            "__Host-session=1; Path=/",
            "__Host-session=1; Secure",
            "__Host-session=1; Secure; Path=/imports",
            "__Host-session=1; Secure; Path=/; Domain=app.localhost",
            "__HOST-session=1; Path=/",
        ] {
            is_dropped(lacking, APP, Refused::Prefix);
        }
    }

    #[test]
    fn a_cookie_with_the_secure_prefix_is_dropped_unless_it_is_secure() {
        is_dropped("__Secure-session=1; Path=/", APP, Refused::Prefix);
        assert_eq!(given("__Secure-session=1; Secure", APP).1, Ok(()));
    }

    #[test]
    fn a_secure_cookie_comes_from_and_goes_to_https_and_this_machine_only() {
        for safe in ["https://example.com/", APP, "http://localhost/", "http://127.0.0.1:8400/", "http://[::1]/"] {
            let (cookies, kept) = given("session=1; Secure", safe);
            assert_eq!((kept, sent(&cookies, safe).as_deref()), (Ok(()), Some("session=1")), "{safe}");
        }
        for open in ["http://example.com/", "http://notlocalhost/", "http://localhost.example.com/", "http://10.0.0.1/"]
        {
            is_dropped("session=1; Secure", open, Refused::Insecure);
        }
        let (cookies, _) = given("session=1; Secure", "https://example.com/");
        assert_eq!(sent(&cookies, "http://example.com/"), None);
    }

    #[test]
    fn a_cookie_goes_to_the_host_that_gave_it_and_a_domain_must_be_its_own() {
        let (cookies, _) = given("session=1", APP);
        assert_eq!(sent(&cookies, "http://app.localhost:9000/").as_deref(), Some("session=1"), "a port is no host");
        for other in ["http://xero.localhost:8401/", "http://deep.app.localhost:8400/", "http://localhost/"] {
            assert_eq!(sent(&cookies, other), None, "{other}");
        }
        let (cookies, _) = given("session=1; Domain=app.localhost", APP);
        assert_eq!(sent(&cookies, "http://deep.app.localhost:8400/").as_deref(), Some("session=1"));
        for foreign in ["session=1; Domain=xero.localhost", "session=1; Domain=localhost"] {
            is_dropped(foreign, APP, Refused::Domain);
        }
    }

    #[test]
    fn a_cookie_goes_to_its_path_and_below() {
        let (cookies, _) = given("session=1; Path=/imports", APP);
        assert_eq!(sent(&cookies, "http://app.localhost:8400/imports/7").as_deref(), Some("session=1"));
        for beside in ["http://app.localhost:8400/", "http://app.localhost:8400/imports-of-others"] {
            assert_eq!(sent(&cookies, beside), None, "{beside}");
        }
    }

    #[test]
    fn a_cookie_that_is_over_is_removed() {
        for over in [
            "__Host-session=; Max-Age=0; Path=/; Secure",
            "__Host-session=; Max-Age=-1; Path=/; Secure",
            "__Host-session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure",
        ] {
            let (mut cookies, _) = given("__Host-session=1; Path=/; Secure", APP);
            for _ in 0..2 {
                assert_eq!(cookies.keep(&HeaderValue::from_static(over), &url(APP)), Ok(()), "{over}");
                assert_eq!(sent(&cookies, APP), None, "{over}");
            }
        }
    }

    #[test]
    fn another_site_s_page_sends_along_what_its_same_site_rule_lets_it() {
        let evil = url("https://evil.example/");
        let own = url(APP);
        for (set_cookie, on_get, on_post) in [
            ("session=1; Secure; SameSite=Strict", false, false),
            ("session=1; Secure; SameSite=Lax", true, false),
            ("session=1; Secure", true, false),
            ("session=1; Secure; SameSite=None", true, true),
        ] {
            let (cookies, _) = given(set_cookie, APP);
            for (method, expected) in [(Method::GET, on_get), (Method::POST, on_post)] {
                let goes = |from| cookies.sent_to(&own, &method, from).is_some();
                assert_eq!(goes(Some(&evil)), expected, "{set_cookie} by {method}");
                assert!(goes(Some(&own)) && goes(None), "{set_cookie} by {method} from its own site");
            }
        }
        is_dropped("session=1; SameSite=None", APP, Refused::Insecure);
    }

    #[test]
    fn what_is_no_cookie_is_dropped() {
        for nothing in ["", "session", "=1"] {
            is_dropped(nothing, APP, Refused::Unreadable);
        }
    }
}
