//! What the pages must know about where they are served.

/// Where we are reached and where the browser may go from here. One for a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// Our own origin, without a slash at the end: `https://xero.example.com`.
    pub public_url: String,
    /// Where to get help: an `https:` or `mailto:` address.
    pub support_contact: String,
    /// Origins that a form of ours may end at after redirects: `https://login.xero.com`, `https://*.mygo1.com`.
    pub form_action_origins: Vec<String>,
    /// The origins that the courses' pictures come from. Pictures from elsewhere are replaced by one of ours.
    pub picture_origins: Vec<String>,
}

impl SiteSettings {
    /// Whether the browser may be sent to `url`: one of the origins of `form_action_origins`, a `*` standing for one
    /// or more labels as it does in a content security policy.
    pub fn is_upstream(&self, url: &str) -> bool {
        origin_of(url).is_some_and(|origin| self.form_action_origins.iter().any(|allowed| covers(allowed, &origin)))
    }

    /// Whether a course's picture may be shown.
    pub fn allows_picture(&self, url: &str) -> bool {
        origin_of(url).is_some_and(|origin| {
            origin == self.public_url || self.picture_origins.iter().any(|allowed| covers(allowed, &origin))
        })
    }

    /// What to show for the support contact: the address without its scheme.
    pub fn support_text(&self) -> &str {
        let contact = self.support_contact.as_str();
        contact.strip_prefix("mailto:").or_else(|| contact.strip_prefix("https://")).unwrap_or(contact)
    }
}

/// The scheme and authority of an `http:` or `https:` address, in lower case.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    (!authority.contains('@')).then(|| format!("{scheme}://{authority}").to_lowercase())
}

fn covers(allowed: &str, origin: &str) -> bool {
    match allowed.split_once("*.") {
        None => allowed.eq_ignore_ascii_case(origin),
        Some((before, after)) => origin
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|labels| labels.ends_with('.') && labels.len() > 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteSettings {
        SiteSettings {
            public_url: "https://xero.example.com".to_owned(),
            support_contact: "mailto:help@example.com".to_owned(),
            form_action_origins: vec!["https://login.xero.com".to_owned(), "https://*.mygo1.com".to_owned()],
            picture_origins: ["https://pictures.example.com", "https://media.example.com"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn only_the_upstreams_are_upstream() {
        for url in ["https://login.xero.com/identity?x=1", "https://acme.mygo1.com/?token=1", "https://LOGIN.xero.com"]
        {
            assert!(site().is_upstream(url), "{url}");
        }
        for url in [
            "https://login.xero.com.example.org/",
            "https://mygo1.com/",
            "https://.mygo1.com/",
            "https://evilmygo1.com/",
            "http://login.xero.com/",
            "https://login.xero.com@example.org/",
            "https://login.xero.com:444/",
            "javascript:alert(1)",
            "//login.xero.com/",
        ] {
            assert!(!site().is_upstream(url), "{url}");
        }
    }

    #[test]
    fn pictures_come_from_the_places_that_are_named() {
        assert!(site().allows_picture("https://pictures.example.com/a.jpg"));
        assert!(site().allows_picture("https://media.example.com/a.jpg"));
        assert!(!site().allows_picture("https://example.org/a.jpg"));
        assert!(!site().allows_picture("data:image/png;base64,AAAA"));
        assert!(!site().allows_picture(""));
    }
}
