//! The network address of a visitor, and what is kept of it: for the trail the address, for the limits a digest of its
//! network under a key of the day.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue};
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

/// Stands in the header where nobody knows the address (RFC 7239, section 6.2).
pub(crate) const UNKNOWN: HeaderValue = HeaderValue::from_static("unknown");

/// What stands for the network of everybody whose address cannot be read.
const UNREADABLE_NETWORK: &str = "unknown";

/// The network address that a request came from, for the audit trail and the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserAddress {
    /// As the gateway has seen it.
    Known(IpAddr),
    /// Something stands where the gateway's word belongs, and is no address. All of these are one network, because a limit
    /// that leaves out whom it cannot name would hold for nobody who knows that.
    Unreadable,
    /// The header is not there, so no gateway stands before the function, as in tests.
    Untold,
}

impl BrowserAddress {
    /// The last address of `x-forwarded-for`, which the gateway adds. The browser can write what it wants before the last
    /// comma, also bytes that are no text.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some((_, last)) = forwarded_for(headers) else { return Self::Untold };
        let address = std::str::from_utf8(&last).ok().and_then(|address| address.trim().parse().ok());
        address.map_or(Self::Unreadable, Self::Known)
    }

    /// The address, where it is known.
    pub(crate) fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Known(address) => Some(address),
            Self::Unreadable | Self::Untold => None,
        }
    }

    /// The network under which its deeds are counted, digested under the key of the day: a whole /24, or a /56 of IPv6,
    /// which is what one household or office gets. Under another day's key it is another. `None` where it is untold.
    pub(crate) fn network(self, key: &str) -> Option<String> {
        match self {
            Self::Known(address) => Some(digest(&network_of(address), key)),
            Self::Unreadable => Some(digest(UNREADABLE_NETWORK, key)),
            Self::Untold => None,
        }
    }
}

/// What `x-forwarded-for` says: all before the last comma, where there is one, and what is behind it. In bytes, because the
/// browser writes the first part and may write there what is no text. A header that stands there twice is one list.
pub(crate) fn forwarded_for(headers: &HeaderMap) -> Option<(Option<Vec<u8>>, Vec<u8>)> {
    let lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
    if lines.is_empty() {
        return None;
    }
    let mut before = lines.join(&b',');
    match before.iter().rposition(|byte| *byte == b',') {
        Some(comma) => {
            let last = before.split_off(comma + 1);
            before.truncate(comma);
            Some((Some(before), last))
        }
        None => Some((None, before)),
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

/// A network, digested under a key.
fn digest(network: &str, key: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    digest.update(network.as_bytes());
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

    fn told(lines: &[&[u8]]) -> BrowserAddress {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).expect("a header"));
        }
        BrowserAddress::of(&headers)
    }

    #[test]
    fn what_stands_before_the_last_comma_hides_nobody() {
        let seen = BrowserAddress::Known("203.0.113.7".parse().expect("an address"));
        for lines in [
            &[&b"203.0.113.7"[..]][..],
            &[b" 203.0.113.7 "],
            &[b"\xC3\xA9 , 203.0.113.7"],
            &[b"\xFF,203.0.113.7"],
            &[b"192.0.2.1,, 203.0.113.7"],
            &[b"192.0.2.1", b"203.0.113.7"],
            &[b"\xE9", b"192.0.2.1, 203.0.113.7"],
        ] {
            assert_eq!(told(lines), seen, "{lines:?}");
        }
    }

    #[test]
    fn all_whose_address_cannot_be_read_are_one_network() {
        for line in [&b""[..], b",", b"203.0.113.7,", b"203.0.113.7, \xE9", b"unknown", b"203.0.113.7:80", b"203.0.113"]
        {
            assert_eq!(told(&[line]), BrowserAddress::Unreadable, "{line:?}");
        }
        let known = BrowserAddress::Known("203.0.113.7".parse().expect("an address"));
        let network = BrowserAddress::Unreadable.network("key").expect("a network");
        assert_ne!(Some(network), known.network("key"));
        assert_eq!(told(&[]), BrowserAddress::Untold);
    }

    #[test]
    fn a_digest_says_nothing_without_its_day_s_key() {
        let digest = |text: &str, key| {
            let address = BrowserAddress::Known(text.parse().expect("an address"));
            address.network(key).expect("a network")
        };
        assert_eq!(digest("203.0.113.77", "key").len(), DIGEST_LENGTH);
        assert_eq!(digest("203.0.113.77", "key"), digest("203.0.113.1", "key"));
        assert_ne!(digest("203.0.113.77", "key"), digest("203.0.113.77", "another"));
        let day = Day::of(Timestamp::from_second(86_400 + 5).expect("a moment"));
        assert_eq!((day.name.as_str(), day.key_kept_until.as_second()), ("1", 3 * 86_400));
    }
}
