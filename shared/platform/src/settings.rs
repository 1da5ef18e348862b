//! Settings from the environment. A value that is missing or malformed is named, once, at cold start.

use std::collections::BTreeMap;
use std::str::FromStr;

use url::Url;

/// The names of all variables that a function can have; each function's README says which are its own.
pub mod names {
    /// Set by Lambda, as the next three: the region that the function is in.
    pub const AWS_REGION: &str = "AWS_REGION";
    pub const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
    pub const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
    /// Missing where the keys are no session's, as on an emulator.
    pub const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
    /// What is logged: `warn`, `info`, `debug` or `trace`.
    pub const RUST_LOG: &str = "RUST_LOG";
    pub const TABLE_NAME: &str = "TABLE_NAME";
    /// Under which name `CloudWatch` keeps the figures of calls: the stack's.
    pub const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
    /// Where people reach us, without a slash at the end: `https://xero.example.com`.
    pub const PUBLIC_URL: &str = "PUBLIC_URL";
    /// Where people get help: a `https:` or `mailto:` address.
    pub const SUPPORT_CONTACT: &str = "SUPPORT_CONTACT";
    /// The base of Xero's authorize endpoint: `https://login.xero.com`.
    pub const XERO_LOGIN_URL: &str = "XERO_LOGIN_URL";
    /// The base of Xero's token, revocation and key endpoints: `https://identity.xero.com`.
    pub const XERO_IDENTITY_URL: &str = "XERO_IDENTITY_URL";
    /// The `iss` claim of what Xero signs: `https://identity.xero.com`.
    pub const XERO_ISSUER: &str = "XERO_ISSUER";
    /// The base of Xero's connections: `https://api.xero.com`.
    pub const XERO_API_URL: &str = "XERO_API_URL";
    /// The base of Xero's accounting API: `https://api.xero.com/api.xro/2.0`.
    pub const XERO_ACCOUNTING_URL: &str = "XERO_ACCOUNTING_URL";
    /// The base of Xero's Australian payroll API: `https://api.xero.com/payroll.xro/1.0`.
    pub const XERO_PAYROLL_URL: &str = "XERO_PAYROLL_URL";
    /// The secret that CloudFront adds to every request, where the stage has an edge.
    pub const EDGE_SECRET_ARN: &str = "EDGE_SECRET_ARN";
    /// The secret with Xero's `client_id` and `client_secret`.
    pub const XERO_CLIENT_SECRET_ARN: &str = "XERO_CLIENT_SECRET_ARN";
    /// The secret with the keys that Xero's tokens are sealed with.
    pub const XERO_SEALING_KEY_ARN: &str = "XERO_SEALING_KEY_ARN";
    /// `on` to send PKCE's challenge, `off` not to.
    pub const XERO_PKCE: &str = "XERO_PKCE";
    /// `on` to send PKCE's challenge to GO1's login, `off` not to.
    pub const GO1_PKCE: &str = "GO1_PKCE";
    /// How many portals one login at Xero may have made in a day.
    pub const PORTALS_PER_DAY: &str = "PORTALS_PER_DAY";
    /// The same for organisations that cost nothing: trials and demo companies.
    pub const TRIAL_PORTALS_PER_DAY: &str = "TRIAL_PORTALS_PER_DAY";
    /// How many connections the application's tier at Xero allows.
    pub const XERO_CONNECTIONS: &str = "XERO_CONNECTIONS";
    /// The base of GO1's authorize endpoint, where the browser goes: `https://auth.go1.com`.
    pub const GO1_LOGIN_URL: &str = "GO1_LOGIN_URL";
    /// The base of GO1's second API, which tells who logged in: `https://api.go1.com/v2`.
    pub const GO1_V2_API_URL: &str = "GO1_V2_API_URL";
    /// What a login with GO1 asks for, with commas between: `user.read,user.write`.
    pub const GO1_SCOPES: &str = "GO1_SCOPES";
    /// `on` to ask GO1's second API for a portal that the third does not tell, `off` not to.
    pub const GO1_V2_ACCOUNT: &str = "GO1_V2_ACCOUNT";
    /// The base of GO1's token endpoint: `https://auth.go1.com`.
    pub const GO1_AUTH_URL: &str = "GO1_AUTH_URL";
    /// The base of GO1's API: `https://gateway.go1.com`.
    pub const GO1_API_URL: &str = "GO1_API_URL";
    /// The date that names GO1's API version: `2025-01-01`.
    pub const GO1_API_VERSION: &str = "GO1_API_VERSION";
    /// How a portal is opened; `{domain}` stands for its host name: `https://{domain}`.
    pub const GO1_PORTAL_URL: &str = "GO1_PORTAL_URL";
    /// The origins that courses' pictures come from, with commas between: `https://media.go1static.com`.
    pub const GO1_PICTURE_ORIGINS: &str = "GO1_PICTURE_ORIGINS";
    /// The secret with GO1's `client_id` and `client_secret`.
    pub const GO1_CLIENT_SECRET_ARN: &str = "GO1_CLIENT_SECRET_ARN";
    /// The secret with the keys that GO1's tokens are sealed with.
    pub const GO1_SEALING_KEY_ARN: &str = "GO1_SEALING_KEY_ARN";
    /// The ids of the courses for Australia, with commas between: numbers, or `con_...`.
    pub const GO1_COURSES_AU: &str = "GO1_COURSES_AU";
    /// The ids of the courses for the United States, as those for Australia.
    pub const GO1_COURSES_US: &str = "GO1_COURSES_US";
    /// How many characters of a first or last name GO1 takes.
    pub const GO1_LONGEST_NAME: &str = "GO1_LONGEST_NAME";
    /// How many calls a portal's import may have in flight.
    pub const GO1_CALLS_IN_FLIGHT: &str = "GO1_CALLS_IN_FLIGHT";
    /// How many calls a second a portal's import may make; 0 for as many as it can.
    pub const GO1_CALLS_PER_SECOND: &str = "GO1_CALLS_PER_SECOND";
    /// How long nobody is created of whom GO1 did not say whether it made their account, in seconds.
    pub const GO1_UNANSWERED_SECONDS: &str = "GO1_UNANSWERED_SECONDS";
    pub const QUEUE_URL: &str = "QUEUE_URL";
    /// The queue's visibility time-out, in seconds.
    pub const QUEUE_VISIBILITY_SECONDS: &str = "QUEUE_VISIBILITY_SECONDS";
    /// How long one invocation of the worker may take, in seconds.
    pub const WORKER_TIMEOUT_SECONDS: &str = "WORKER_TIMEOUT_SECONDS";
    /// Where messages go that cannot be read.
    pub const DEAD_LETTER_QUEUE_URL: &str = "DEAD_LETTER_QUEUE_URL";
}

/// The environment, as it was when the process began.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

/// What is wrong with a variable. Never says its value: it could be a secret in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not set, or empty.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// Set to something that it cannot be.
    #[error("the environment variable {name} must be {expected}")]
    Malformed {
        name: &'static str,
        /// What it can be.
        expected: &'static str,
    },
}

impl Environment {
    /// Reads the process's environment.
    pub fn read() -> Self {
        Self(std::env::vars().collect())
    }

    /// A text that must be there.
    pub fn text(&self, name: &'static str) -> Result<String, SettingError> {
        self.optional(name).ok_or(SettingError::Missing(name))
    }

    /// A text that may be missing, under a name that is put together.
    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// An `http(s)` address that must be there, without the slash at its end.
    pub fn url(&self, name: &'static str) -> Result<String, SettingError> {
        let url = self.text(name)?;
        if is_address(&url) {
            Ok(url.trim_end_matches('/').to_owned())
        } else {
            Err(SettingError::Malformed { name, expected: ADDRESS })
        }
    }

    /// The same as a [`Url`], to make requests below it.
    pub fn base_url(&self, name: &'static str) -> Result<Url, SettingError> {
        Url::parse(&self.url(name)?).map_err(|_| SettingError::Malformed { name, expected: ADDRESS })
    }

    /// `http(s)` addresses with commas between; at least one.
    pub fn urls(&self, name: &'static str) -> Result<Vec<String>, SettingError> {
        let expected = "addresses that begin with https://, with commas between; http:// on this machine only";
        let urls = self.list(name)?;
        if urls.iter().all(|url| is_address(url)) { Ok(urls) } else { Err(SettingError::Malformed { name, expected }) }
    }

    /// Our own address of `path`: from the setting, never from what a request says.
    pub fn own_url(&self, path: &str) -> Result<Url, SettingError> {
        let (name, expected) = (names::PUBLIC_URL, "an address that paths can be added to");
        self.base_url(name)?.join(path).map_err(|_| SettingError::Malformed { name, expected })
    }

    /// A value that must be there and be read from its text.
    pub fn parsed<T: FromStr>(&self, name: &'static str, expected: &'static str) -> Result<T, SettingError> {
        self.text(name)?.trim().parse().map_err(|_| SettingError::Malformed { name, expected })
    }

    /// `on` or `off`.
    pub fn switch(&self, name: &'static str) -> Result<bool, SettingError> {
        match self.text(name)?.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(SettingError::Malformed { name, expected: "on or off" }),
        }
    }

    /// Texts with commas between; at least one.
    pub fn list(&self, name: &'static str) -> Result<Vec<String>, SettingError> {
        let list: Vec<String> =
            self.text(name)?.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
        if list.is_empty() { Err(SettingError::Missing(name)) } else { Ok(list) }
    }
}

impl FromIterator<(&'static str, String)> for Environment {
    fn from_iter<Variables: IntoIterator<Item = (&'static str, String)>>(variables: Variables) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// What an address in a setting must be.
const ADDRESS: &str = "an address that begins with https://; http:// on this machine only";

/// Whether what is sent there is sealed on its way, or does not leave this machine.
fn is_address(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return url.starts_with("https://") };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // With a name before it, the host would be what stands behind the @.
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || (host.ends_with(".localhost") && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        let environment = Environment::from([("XERO_API_URL", "hunter2"), ("XERO_PKCE", "yes"), ("TABLE_NAME", "")]);
        let url = environment.url(names::XERO_API_URL).expect_err("no address").to_string();
        assert!(url.contains("XERO_API_URL") && !url.contains("hunter2"), "{url}");
        assert!(environment.switch(names::XERO_PKCE).is_err());
        assert_eq!(environment.text(names::TABLE_NAME), Err(SettingError::Missing("TABLE_NAME")));
        assert_eq!(environment.text(names::QUEUE_URL), Err(SettingError::Missing("QUEUE_URL")));
    }

    #[test]
    fn an_address_that_is_not_sealed_on_its_way_is_refused_but_on_this_machine() {
        let read = |url: &'static str| Environment::from([("XERO_API_URL", url)]).url(names::XERO_API_URL);
        for sealed in
            ["https://api.xero.com", "http://127.0.0.1:8401", "http://xero.localhost:8401/base", "http://[::1]:80"]
        {
            assert_eq!(read(sealed).as_deref(), Ok(sealed));
        }
        for open in [
            "http://api.xero.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://evil.example/.localhost",
            "http://a@b.localhost",
            "ftp://localhost",
        ] {
            assert!(read(open).is_err(), "{open}");
        }
    }

    #[test]
    fn values_are_read() {
        let environment = Environment::from([
            ("XERO_API_URL", "https://api.xero.com/"),
            ("GO1_COURSES_AU", "1, 2,,3"),
            ("GO1_CALLS_IN_FLIGHT", "4"),
        ]);
        assert_eq!(environment.url(names::XERO_API_URL).as_deref(), Ok("https://api.xero.com"));
        assert_eq!(environment.list(names::GO1_COURSES_AU).expect("a list"), ["1", "2", "3"]);
        assert_eq!(environment.parsed::<u32>(names::GO1_CALLS_IN_FLIGHT, "a number"), Ok(4));
        assert!(environment.urls(names::GO1_COURSES_AU).is_err(), "they are no addresses");
    }
}
