//! Sentences for reasons, numbers and times, so that a page, a report and a JSON answer say the same.

mod accounts;
mod fared;

use std::borrow::Borrow;

pub use accounts::*;
use domain::email::EmailError;
use domain::name::is_address_within;
use domain::people::Unread;
use domain::plan::{BlockedReason, PlanEntry};
use domain::text::{fits, line};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use fared::{failure_reason, person_result, refused_courses, titles};

/// `1000` as `1,000`.
pub fn thousands(number: impl Borrow<usize>) -> String {
    let digits = number.borrow().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 person`, `2 people`.
pub fn count_of(number: impl Borrow<usize>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// Both names, or what there is of them.
pub fn full_name(given: &str, family: &str) -> String {
    let name = line(&format!("{given} {family}"));
    if name.is_empty() { "(no name in Xero)".to_owned() } else { name }
}

/// An email as two parts, between which a line may break: up to the `@`, and from there on.
pub fn email_parts(email: &str) -> (&str, &str) {
    email.rfind('@').map_or((email, ""), |at| email.split_at(at))
}

/// A moment as a person without our script reads it: `23 November 2026, 10:42 UTC`.
pub fn moment(at: Timestamp) -> String {
    moment_in(at, None)
}

/// The same in a time zone, by its IANA name: `23 November 2026, 21:42 AEDT`. In UTC where the zone is not known.
pub fn moment_in(at: Timestamp, timezone: Option<&str>) -> String {
    let zone = timezone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    at.to_zoned_datetime(zone).strftime("%-d %B %Y, %H:%M %Z").to_string()
}

/// A day in a time zone: `23 November 2026`. In UTC where the zone is not known.
pub fn day_in(at: Timestamp, timezone: Option<&str>) -> String {
    let zone = timezone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    at.to_zoned_datetime(zone).strftime("%-d %B %Y").to_string()
}

/// How long, rounded up: `45 minutes`.
pub fn how_long(duration: SignedDuration) -> String {
    let minutes = usize::try_from(duration.as_secs().max(1)).unwrap_or(1).div_ceil(60);
    match minutes {
        1 => "a minute".to_owned(),
        2..=90 => count_of(minutes, "minute", "minutes"),
        _ => count_of(minutes.div_ceil(60), "hour", "hours"),
    }
}

/// A course's length from its minutes: `45 min`, `1 h 30 min`.
pub fn course_length(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// The English name of a country by its ISO 3166 code, for the countries that Xero serves most; the code itself for
/// others.
pub fn country_name(code: &str) -> &str {
    match code {
        "AE" => "United Arab Emirates",
        "AU" => "Australia",
        "CA" => "Canada",
        "GB" => "United Kingdom",
        "HK" => "Hong Kong",
        "IE" => "Ireland",
        "IN" => "India",
        "MY" => "Malaysia",
        "NZ" => "New Zealand",
        "PH" => "Philippines",
        "SG" => "Singapore",
        "US" => "United States",
        "ZA" => "South Africa",
        other => other,
    }
}

/// Why somebody cannot be imported. `first` is the name of the person who has the same email.
pub fn blocked_reason(reason: &BlockedReason, entry: &PlanEntry, first: Option<&str>) -> String {
    match reason {
        BlockedReason::NoEmail => "Xero has no email address for this person.".to_owned(),
        BlockedReason::MalformedEmail => match entry.email.address() {
            Err(error) => format!("What Xero has is not a working email address: {}.", email_error(error)),
            Ok(_) => "What Xero has is not a working email address.".to_owned(),
        },
        BlockedReason::RepeatedEmail { .. } => match first {
            Some(first) => format!("Has the same email address as {first}."),
            None => "Somebody else has the same email address.".to_owned(),
        },
        BlockedReason::LeftCompany => "Has left the company, says Xero.".to_owned(),
        BlockedReason::LoginRemoved => {
            "Is no longer a Xero user. That says nothing about whether they work here.".to_owned()
        }
        BlockedReason::UnknownStatus { status: Some(status) } => {
            format!("Xero's status for this person is \u{201C}{status}\u{201D}, which we do not know.")
        }
        BlockedReason::UnknownStatus { status: None } => "Xero does not say whether this person works here.".to_owned(),
        BlockedReason::NameTooLong { longest } => {
            let parts = [("first name", &entry.given_name), ("last name", &entry.family_name)];
            let long = parts.into_iter().filter(|(_, name)| !fits(name, *longest));
            let long: Vec<_> =
                long.map(|(what, name)| format!("{what} has {} characters", thousands(name.chars().count()))).collect();
            format!("The {}, and GO1 takes {}.", long.join(" and the "), thousands(longest))
        }
        BlockedReason::Unread { unread } => unread_parts(*unread),
        BlockedReason::NameIsAddress => {
            let part = if is_address_within(&entry.given_name) { "first name" } else { "last name" };
            format!("Xero has an email address as the {part} of this person.")
        }
        BlockedReason::NoName => {
            let missing = match (line(&entry.given_name).is_empty(), line(&entry.family_name).is_empty()) {
                (true, true) => "neither first name nor last name",
                (true, false) => "no first name",
                (false, _) => "no last name",
            };
            format!("Xero has {missing} for this person that can be seen.")
        }
        BlockedReason::Unresolved => {
            "May have an account from an earlier import, under an email address that we no longer keep.".to_owned()
        }
        BlockedReason::AccountInactive { word, name } => account_inactive(word, name.as_ref()),
    }
}

/// What of somebody's row cannot be read.
fn unread_parts(unread: Unread) -> String {
    if unread == Unread::ALL {
        return "Xero lists somebody here of whom nothing can be read.".to_owned();
    }
    let parts = [(unread.given_name, "first name"), (unread.family_name, "last name"), (unread.email, "email address")];
    let parts: Vec<_> = parts.into_iter().filter_map(|(is_unread, part)| is_unread.then_some(part)).collect();
    match (unread.id, parts.as_slice()) {
        (true, []) => "Xero sends no id for this person, so we cannot tell who it is.".to_owned(),
        (true, parts) => format!("Xero sends no id and no readable {} for this person.", parts.join(" and ")),
        (false, parts) => format!("Xero sends no readable {} for this person.", parts.join(" and ")),
    }
}

/// What is wrong with an email address, as the end of a sentence.
pub fn email_error(error: EmailError) -> String {
    match error {
        EmailError::Missing => "there is none".to_owned(),
        EmailError::Character { character, position } => {
            format!("there is {} in it, as character {position}", character_name(character))
        }
        EmailError::DeadDomain => "no mail can be sent to what stands behind the @".to_owned(),
        EmailError::Malformed => "it has not the form name@company.com".to_owned(),
    }
}

/// A character in words, where it is hard to see or to tell from others.
fn character_name(character: char) -> String {
    match character {
        ' ' => "a blank".to_owned(),
        '.' => "a dot too many".to_owned(),
        ',' => "a comma".to_owned(),
        ';' => "a semicolon".to_owned(),
        '@' => "a second @".to_owned(),
        '_' => "an underscore".to_owned(),
        '"' => "a quotation mark".to_owned(),
        character if character.is_whitespace() => format!("a blank (U+{:04X})", u32::from(character)),
        character => format!("the character {character}"),
    }
}

/// Why somebody cannot be imported who has the name and the address of `first`, and what the owner can do about it.
pub fn second_record(first: &str) -> (String, &'static str) {
    let remedy = "Nothing to do if that is one person: they are imported once. If not, give each of them an email address of \
                  their own in Xero, then check again.";
    (format!("Looks like a second record of {first}: the same name and the same email address."), remedy)
}

/// What the owner can do about it.
pub fn blocked_remedy(reason: &BlockedReason) -> &'static str {
    match reason {
        BlockedReason::NoEmail => "Add an email address in Xero, then check again.",
        BlockedReason::MalformedEmail => "Correct the email address in Xero, then check again.",
        BlockedReason::RepeatedEmail { .. } => {
            "Give each of them an email address of their own in Xero, then check again."
        }
        BlockedReason::LeftCompany => "Nothing to do. If this is wrong, correct it in Xero, then check again.",
        BlockedReason::LoginRemoved => {
            "To import them, give them a Xero login again, then check again. Or add them in GO1 by hand."
        }
        BlockedReason::UnknownStatus { .. } => "If they work here, set their status in Xero, then check again.",
        BlockedReason::NameTooLong { .. } => "Shorten it in Xero, then check again.",
        BlockedReason::NameIsAddress => "Correct the name in Xero, then check again.",
        BlockedReason::Unread { .. } => {
            "Look at this person in Xero and save them again, then check again. Or ask support."
        }
        BlockedReason::NoName => "Fill in both names in Xero, then check again.",
        BlockedReason::Unresolved => "Ask support, so that nobody is made twice.",
        BlockedReason::AccountInactive { name, .. } => account_inactive_remedy(name.is_some()),
    }
}

/// Whoever is beyond the places of a portal.
pub const fn over_the_limit() -> &'static str {
    "Over the limit: this portal takes no more people."
}

/// What an undo leaves, as a sentence after others; nothing where it leaves nothing.
pub fn courses_that_stay(kept: impl Borrow<usize>) -> String {
    match *kept.borrow() {
        0 => String::new(),
        1 => " 1 course stays, as it was begun or finished.".to_owned(),
        some => format!(" {} courses stay, as they were begun or finished.", thousands(some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let cases = [(0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(count_of(1, "person", "people"), "1 person");
        assert_eq!(count_of(1_000, "person", "people"), "1,000 people");
    }

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(how_long(SignedDuration::from_secs(20)), "a minute");
        assert_eq!(how_long(SignedDuration::from_secs(44 * 60 + 1)), "45 minutes");
        assert_eq!(how_long(SignedDuration::from_mins(179)), "3 hours");
        assert_eq!(course_length(45), "45 min");
        assert_eq!(course_length(90), "1 h 30 min");
        assert_eq!(course_length(120), "2 h");
        assert_eq!(moment(Timestamp::UNIX_EPOCH), "1 January 1970, 00:00 UTC");
    }

    #[test]
    fn a_moment_is_told_in_the_zone_that_is_known_and_in_utc_otherwise() {
        let at: Timestamp = "2026-11-23T10:42:00Z".parse().expect("a moment");
        for (zone, words) in [
            (Some("Australia/Sydney"), "23 November 2026, 21:42 AEDT"),
            (Some("America/Los_Angeles"), "23 November 2026, 02:42 PST"),
            (Some("Pacific/Honolulu"), "23 November 2026, 00:42 HST"),
            (Some("Atlantis/Capital"), "23 November 2026, 10:42 UTC"),
            (None, "23 November 2026, 10:42 UTC"),
        ] {
            assert_eq!(moment_in(at, zone), words);
        }
    }

    #[test]
    fn a_person_without_names_is_still_called_something() {
        assert_eq!(full_name(" ", ""), "(no name in Xero)");
        assert_eq!(full_name("Ann", ""), "Ann");
        assert_eq!(full_name("Ann", "Lee"), "Ann Lee");
    }
}
