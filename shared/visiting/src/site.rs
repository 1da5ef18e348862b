//! What the pages must know, from the environment.

use platform::settings::{Environment, SettingError, names};
use web::SiteSettings;

/// Stands in `GO1_PORTAL_URL` for a portal's host name.
const DOMAIN: &str = "{domain}";

/// Reads `PUBLIC_URL`, `SUPPORT_CONTACT`, `XERO_LOGIN_URL`, `GO1_LOGIN_URL`, `GO1_PORTAL_URL` and `GO1_PICTURE_ORIGINS`.
pub fn site_settings(environment: &Environment) -> Result<SiteSettings, SettingError> {
    Ok(SiteSettings {
        public_url: environment.url(names::PUBLIC_URL)?,
        support_contact: environment.text(names::SUPPORT_CONTACT)?,
        form_action_origins: vec![
            with_siblings(&origin(&environment.url(names::XERO_LOGIN_URL)?)),
            with_siblings(&origin(&environment.url(names::GO1_LOGIN_URL)?)),
            origin(&PortalUrl::from_environment(environment)?.0.replace(DOMAIN, "*.mygo1.com")),
        ],
        picture_origins: environment.urls(names::GO1_PICTURE_ORIGINS)?.iter().map(|url| origin(url)).collect(),
    })
}

#[derive(Clone, Debug)]
pub struct PortalUrl(String);

impl PortalUrl {
    /// Reads `GO1_PORTAL_URL`.
    pub fn from_environment(environment: &Environment) -> Result<Self, SettingError> {
        let name = names::GO1_PORTAL_URL;
        let url = environment.url(name)?;
        if url.contains(DOMAIN) {
            Ok(Self(url))
        } else {
            Err(SettingError::Malformed { name, expected: "an address with {domain} in it" })
        }
    }

    /// Where the portal with that address is.
    pub fn of(&self, domain: &domain::portal::PortalDomain) -> String {
        self.0.replace(DOMAIN, domain.as_str())
    }
}

/// The origin and those beside it: Xero's consent goes on from `login.xero.com` to `authorize.xero.com`, GO1's login
/// need not stay where it begins either, and a browser holds redirects after a form to the same list. A host of two
/// labels has no siblings.
fn with_siblings(origin: &str) -> String {
    let (scheme, host) = origin.split_once("://").unwrap_or_default();
    match host.split_once('.') {
        Some((_, parent)) if parent.contains('.') => format!("{scheme}://*.{parent}"),
        _ => origin.to_owned(),
    }
}

/// The scheme, host and port of an address.
fn origin(url: &str) -> String {
    let after_scheme = url.find("://").map_or(0, |position| position + 3);
    let end = url[after_scheme..].find('/').map_or(url.len(), |position| after_scheme + position);
    url[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(portal: &'static str) -> Environment {
        Environment::from([
            ("PUBLIC_URL", "https://xero.example.com/"),
            ("SUPPORT_CONTACT", "mailto:help@example.com"),
            ("XERO_LOGIN_URL", "https://login.xero.com"),
            ("GO1_LOGIN_URL", "https://auth.go1.com"),
            ("GO1_PORTAL_URL", portal),
            ("GO1_PICTURE_ORIGINS", "https://pictures.example.com/some/path, https://media.example.com"),
        ])
    }

    #[test]
    fn forms_may_lead_to_xero_to_go1_and_to_any_portal() {
        let site = site_settings(&environment("https://{domain}")).expect("complete");
        assert_eq!(site.form_action_origins, ["https://*.xero.com", "https://*.go1.com", "https://*.mygo1.com"]);
        assert_eq!(site.picture_origins, ["https://pictures.example.com", "https://media.example.com"]);
        let local = site_settings(&environment("http://go1.localhost:8402/portals-home/{domain}")).expect("complete");
        assert_eq!(local.form_action_origins[2], "http://go1.localhost:8402");
    }

    #[test]
    fn a_portal_url_names_the_portal() {
        let url = PortalUrl::from_environment(&environment("https://{domain}")).expect("complete");
        let domain = domain::portal::PortalDomain::parse("acme").expect("valid");
        assert_eq!(url.of(&domain), "https://acme.mygo1.com");
        assert!(PortalUrl::from_environment(&environment("https://portal.example.com")).is_err());
    }
}
