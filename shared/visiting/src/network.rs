//! The network address of a visitor, and what is kept of it: for the trail the address, for the limits a digest of its
//! network under a key of the day.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use tokio::sync::Mutex;

/// The header in which the gateway tells the browser's address.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// How long a day's key is kept from the day's beginning: whatever was counted under it names nobody after that.
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(48);

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// How much of a digest names a network.
const DIGEST_LENGTH: usize = 24;

/// The network address that a request came from, for the audit trail; `None` where the gateway does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserAddress(pub(crate) Option<IpAddr>);

impl BrowserAddress {
    /// The last address of `x-forwarded-for`, which the gateway adds. The browser can forge those before it.
    pub fn of(headers: &HeaderMap) -> Self {
        let addresses = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self(addresses.rsplit(',').next().and_then(|address| address.trim().parse().ok()))
    }
}

/// A day in UTC, as its key is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Its number since 1970.
    pub(crate) name: String,
    /// When its key goes.
    pub(crate) key_kept_until: Timestamp,
}

impl Day {
    pub(crate) fn of(now: Timestamp) -> Self {
        let number = now.as_second().div_euclid(SECONDS_OF_A_DAY);
        let begun = Timestamp::from_second(number * SECONDS_OF_A_DAY).unwrap_or(now);
        Self { name: number.to_string(), key_kept_until: begun + KEY_KEPT }
    }
}

/// The day's name and its key, once this process has read it.
#[derive(Debug, Default)]
pub(crate) struct Today(pub(crate) Mutex<Option<(String, String)>>);

/// The network of an address, digested: a whole /24, or a /56 of IPv6, which is what one household or office gets. Under
/// another day's key it is another.
pub(crate) fn digest(address: IpAddr, key: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    digest.update(network_of(address).as_bytes());
    let mut text = URL_SAFE_NO_PAD.encode(digest.finalize().into_bytes());
    text.truncate(DIGEST_LENGTH);
    text
}

/// The network of an address, written out.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(address) => format!("{}/56", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 72))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_office_or_household_gets() {
        let network = |text: &str| network_of(text.parse().expect("an address"));
        assert_eq!(network("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(network("::ffff:203.0.113.77"), "203.0.113.0/24", "the same, written as IPv6");
        assert_eq!(network("2001:db8:1:2aff:1::1"), "2001:db8:1:2a00::/56");
        assert_ne!(network("2001:db8:1:2bff::1"), network("2001:db8:1:2aff::1"));
    }

    #[test]
    fn a_digest_says_nothing_without_its_day_s_key() {
        let digest = |text: &str, key| digest(text.parse().expect("an address"), key);
        assert_eq!(digest("203.0.113.77", "key").len(), DIGEST_LENGTH);
        assert_eq!(digest("203.0.113.77", "key"), digest("203.0.113.1", "key"));
        assert_ne!(digest("203.0.113.77", "key"), digest("203.0.113.77", "another"));
        let day = Day::of(Timestamp::from_second(86_400 + 5).expect("a moment"));
        assert_eq!((day.name.as_str(), day.key_kept_until.as_second()), ("1", 3 * 86_400));
    }
}
