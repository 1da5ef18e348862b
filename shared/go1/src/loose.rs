//! Reading what GO1 writes in more than one way: ids as texts or numbers, states as texts or booleans.

use domain::account::AccountStatus;
use jiff::Timestamp;
use serde::Deserializer;
use serde_json::Value;
use transport::answer::value;

/// A text, from a text or a number; `None` from anything else.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match value(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// An id, from a text that is not empty or a number.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?
        .filter(|id| !id.is_empty())
        .ok_or_else(|| serde::de::Error::custom("an id is neither a text nor a number"))
}

/// What GO1 says of an account, from a boolean, a number, or one of its words; `None` where it does not say.
pub(crate) fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccountStatus>, D::Error> {
    Ok(match value(deserializer)? {
        Value::Null => None,
        Value::String(word) if word.trim().is_empty() => None,
        Value::String(word) => Some(AccountStatus::of(&word)),
        other => Some(AccountStatus::of(&other.to_string())),
    })
}

/// A time, from ISO 8601 with an offset, or seconds since 1970; `None` from anything else.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match value(deserializer)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(|second| Timestamp::from_second(second).ok()),
        _ => None,
    })
}

/// Seconds or minutes, from a number or a text with one; `None` from anything else.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match value(deserializer)? {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A count as [`count`] reads it, as a size.
pub(crate) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    Ok(count(deserializer)?.and_then(|count| usize::try_from(count).ok()))
}

/// A fraction of a minute is one begun.
fn whole(number: f64) -> Option<u64> {
    let digits = format!("{:.0}", number.ceil());
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(deserialize_with = "id")]
        id: String,
        #[serde(deserialize_with = "status")]
        status: Option<AccountStatus>,
        #[serde(deserialize_with = "time")]
        created_time: Option<Timestamp>,
        #[serde(deserialize_with = "count")]
        duration: Option<u64>,
    }

    fn read(id: &Value, status: &Value, time: &Value, duration: &Value) -> serde_json::Result<Sample> {
        serde_json::from_value(json!({"id": id, "status": status, "created_time": time, "duration": duration}))
    }

    #[test]
    fn each_way_of_writing_is_read() {
        let sample = read(&json!(1012), &json!("active"), &json!("2026-03-01T10:00:00+0000"), &json!(12.5));
        let sample = sample.expect("readable");
        assert_eq!(
            (sample.id.as_str(), sample.status, sample.duration),
            ("1012", Some(AccountStatus::Active), Some(13))
        );
        assert_eq!(sample.created_time, "2026-03-01T10:00:00Z".parse().ok());

        let sample = read(&json!("acc_1"), &json!(false), &json!(0), &json!("7")).expect("readable");
        assert_eq!(
            (sample.id.as_str(), sample.status, sample.duration),
            ("acc_1", Some(AccountStatus::inactive()), Some(7))
        );
        assert_eq!(sample.created_time, Some(Timestamp::UNIX_EPOCH));

        let sample = read(&json!(1), &json!("Inactive"), &json!("yesterday"), &json!(null)).expect("readable");
        assert_eq!(
            (sample.status, sample.created_time, sample.duration),
            (Some(AccountStatus::inactive()), None, None)
        );
    }

    #[test]
    fn what_go1_says_of_an_account_is_told_in_its_word() {
        let said = |value: &Value| read(&json!(1), value, &json!(null), &json!(null)).expect("readable").status;
        let status = |value: &Value| said(value).expect("it says something");
        for nothing in [json!(null), json!(""), json!(" ")] {
            assert_eq!(said(&nothing), None, "{nothing}");
        }
        for on in [json!(true), json!(1), json!("Active "), json!("enabled")] {
            assert_eq!(status(&on), AccountStatus::Active, "{on}");
        }
        for off in [json!(false), json!(0), json!("0"), json!("INACTIVE")] {
            assert_eq!(status(&off), AccountStatus::inactive(), "{off}");
        }
        for word in ["archived", "suspended", "blocked", "disabled", "deleted"] {
            assert_eq!(status(&json!(word.to_uppercase())), AccountStatus::Inactive(word.to_owned()));
        }
        for (odd, word) in [(json!("Onboarding"), "onboarding"), (json!(-1), "-1"), (json!(["x"]), "[\"x\"]")] {
            assert_eq!(status(&odd), AccountStatus::Unknown(word.to_owned()), "{odd}");
        }
        let AccountStatus::Unknown(word) = status(&json!("x".repeat(5_000))) else { panic!("a word") };
        assert!(word.len() <= 40, "a page is not filled with it");
    }

    #[test]
    fn something_without_an_id_is_not_read() {
        for id in [json!(null), json!(""), json!(true), json!([1])] {
            assert!(read(&id, &json!(true), &json!(null), &json!(null)).is_err(), "{id}");
        }
    }
}
