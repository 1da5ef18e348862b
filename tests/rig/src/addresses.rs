//! Where everything is, by the names that browsers and clients use.

use url::Url;

/// Where the app is.
pub const APP: &str = "http://app.localhost:8400";
pub(crate) const XERO: &str = "http://xero.localhost:8401";
pub(crate) const GO1: &str = "http://go1.localhost:8402";

/// An address of the app.
///
/// # Panics
/// Where `path` is none.
pub fn address(path: &str) -> Url {
    Url::parse(APP).and_then(|app| app.join(path)).expect("a path")
}
