//! How long an upstream asks us to wait, in both forms of RFC 9110, section 10.2.3: seconds, or a date.

use std::time::SystemTime;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::{SignedDuration, Timestamp};

/// The longest wait that is taken seriously: a year. It keeps sums of a time and a wait within the calendar.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A wait that an upstream asked for. A date that stands beside the answer's own `Date` becomes a span, so that it
/// holds even where the two clocks differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long from the answer on.
    In(SignedDuration),
    /// Until then, by the upstream's clock.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads `Retry-After`. What cannot be read is as good as absent; of several the longest counts.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let answered_at = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(parse_date);
        headers
            .get_all(RETRY_AFTER)
            .iter()
            .filter_map(|value| Self::parse(value.to_str().ok()?.trim(), answered_at))
            .max_by_key(|wait| match wait {
                Self::In(wait) => (0, wait.as_nanos()),
                Self::At(time) => (1, time.as_nanosecond()),
            })
    }

    fn parse(text: &str, answered_at: Option<Timestamp>) -> Option<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Digits that are no `i64` are a number past any wait.
            let seconds = text.parse().unwrap_or(i64::MAX);
            return Some(Self::In(SignedDuration::from_secs(seconds).min(LONGEST_WAIT)));
        }
        let until = parse_date(text)?;
        Some(answered_at.map_or(Self::At(until), |answered_at| Self::In(span(answered_at, until))))
    }

    /// How long to wait from `now` on, between nothing and [`LONGEST_WAIT`].
    pub fn wait(self, now: Timestamp) -> SignedDuration {
        match self {
            Self::In(wait) => wait,
            Self::At(until) => span(now, until),
        }
    }
}

/// How long the answer with these headers asks us to wait, if it does.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    RetryAfter::read(headers).map(|wait| wait.wait(now))
}

fn parse_date(text: &str) -> Option<Timestamp> {
    let time: SystemTime = httpdate::parse_http_date(text).ok()?;
    Timestamp::try_from(time).ok()
}

fn span(from: Timestamp, until: Timestamp) -> SignedDuration {
    until.duration_since(from).clamp(SignedDuration::ZERO, LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).expect("a time")
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a header"));
        }
        headers
    }

    fn date(second: i64) -> String {
        httpdate::fmt_http_date(Timestamp::from_second(second).expect("a time").try_into().expect("a time"))
    }

    proptest! {
        #[test]
        fn seconds_are_taken_in_full_up_to_a_year(seconds in any::<u64>()) {
            let wait = retry_after(&headers(&[("retry-after", &seconds.to_string())]), now()).expect("a wait");
            let expected = i64::try_from(seconds).unwrap_or(i64::MAX).min(LONGEST_WAIT.as_secs());
            prop_assert_eq!(wait, SignedDuration::from_secs(expected));
        }

        #[test]
        fn a_date_is_a_span_from_now_and_never_negative(ahead in -1_000_000_i64..31_000_000) {
            let wait = retry_after(&headers(&[("retry-after", &date(NOW + ahead))]), now());
            prop_assert_eq!(wait, Some(SignedDuration::from_secs(ahead.max(0))));
        }

        #[test]
        fn the_upstreams_own_date_counts_before_our_clock(skew in -86_400_i64..86_400, ahead in 0_i64..86_400) {
            let answered_at = NOW + skew;
            let headers = headers(&[("date", &date(answered_at)), ("retry-after", &date(answered_at + ahead))]);
            prop_assert_eq!(retry_after(&headers, now()), Some(SignedDuration::from_secs(ahead)));
        }

        #[test]
        fn any_text_gives_a_wait_within_bounds_or_none(text in "[\\x20-\\x7e]{0,40}") {
            if let Some(wait) = retry_after(&headers(&[("retry-after", &text)]), now()) {
                prop_assert!(wait >= SignedDuration::ZERO && wait <= LONGEST_WAIT);
                prop_assert!(now().checked_add(wait).is_ok());
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_wait() {
        for text in ["", "soon", "-1", "1.5", "+3", "Sat, 31 Foo 2026 00:00:00 GMT"] {
            assert_eq!(retry_after(&headers(&[("retry-after", text)]), now()), None, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now()), None);
    }

    #[test]
    fn of_several_the_longest_counts() {
        let headers = headers(&[("retry-after", "3"), ("retry-after", "nonsense"), ("retry-after", "9")]);
        assert_eq!(retry_after(&headers, now()), Some(SignedDuration::from_secs(9)));
    }
}
