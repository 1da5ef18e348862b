//! Sentences for reasons and outcomes, so that a page, a report and a JSON answer say the same.

mod accounts;
mod fared;

use std::borrow::Borrow;

pub use accounts::*;
use domain::email::EmailError;
use domain::name::is_address_within;
use domain::people::Unread;
use domain::plan::{BlockedReason, PlanEntry};
use domain::text::{fits, holds_link, line};

pub use crate::locale::{count_of, course_length, how_long, thousands};
pub use fared::{failure_reason, person_result, refused_courses, titles};

/// Xero's status of a contact who has asked to be forgotten.
const ERASED: &str = "GDPRREQUEST";

/// Both names, or what there is of them.
pub fn full_name(given: &str, family: &str) -> String {
    let name = line(&format!("{given} {family}"));
    if name.is_empty() { "(no name in Xero)".to_owned() } else { name }
}

/// A person's name as GO1 has it, in one line.
pub fn name_in_go1(given: &str, family: &str) -> String {
    let name = line(&format!("{given} {family}"));
    if name.is_empty() { "(no name in GO1)".to_owned() } else { name }
}

/// An email as two parts, between which a line may break: up to the `@`, and from there on.
pub fn email_parts(email: &str) -> (&str, &str) {
    email.rfind('@').map_or((email, ""), |at| email.split_at(at))
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
        BlockedReason::NoEmail => "No email address in Xero.".to_owned(),
        BlockedReason::MalformedEmail => match entry.email.address() {
            Err(error) => format!("The email address in Xero doesn’t work: {}.", email_error(error)),
            Ok(_) => "The email address in Xero doesn’t work.".to_owned(),
        },
        BlockedReason::RepeatedEmail { .. } => match first {
            Some(first) => format!("Shares an email address with {first}."),
            None => "Shares an email address with someone else.".to_owned(),
        },
        BlockedReason::LeftCompany => "Xero says they’ve left the company.".to_owned(),
        BlockedReason::LoginRemoved => {
            "No longer a Xero user, which says nothing about whether they work here.".to_owned()
        }
        BlockedReason::Archived => "Archived in your Xero contacts.".to_owned(),
        BlockedReason::Company => "This contact has a company name only, and no first or last name.".to_owned(),
        BlockedReason::UnknownStatus { status: Some(status) } if status == ERASED => {
            "They’ve asked for their details to be erased in Xero.".to_owned()
        }
        BlockedReason::UnknownStatus { status: Some(status) } => {
            format!("Xero’s status for them is “{status}”, which is new to us.")
        }
        BlockedReason::UnknownStatus { status: None } => "Xero doesn’t say whether they work here.".to_owned(),
        BlockedReason::NameTooLong { longest } => {
            let parts = [("first name", &entry.given_name), ("last name", &entry.family_name)];
            let long = parts.into_iter().filter(|(_, name)| !fits(name, *longest));
            let long: Vec<_> =
                long.map(|(what, name)| format!("{what} has {} characters", thousands(name.chars().count()))).collect();
            format!("The {}. GO1 takes up to {}.", long.join(" and the "), thousands(longest))
        }
        BlockedReason::Unread { unread } => unread_parts(*unread),
        BlockedReason::NameIsAddress => {
            let parts = [("first name", &entry.given_name), ("last name", &entry.family_name)];
            let email = parts.iter().find(|(_, name)| is_address_within(name)).map(|(part, _)| ("an email", part));
            let web = parts.iter().find(|(_, name)| holds_link(name)).map(|(part, _)| ("a web", part));
            let (kind, part) = email.or(web).unwrap_or(("an email", &"last name"));
            format!("Xero has {kind} address as the {part} of this person.")
        }
        BlockedReason::NoName => {
            let missing = match (line(&entry.given_name).is_empty(), line(&entry.family_name).is_empty()) {
                (true, true) => "no first or last name",
                (true, false) => "no first name",
                (false, _) => "no last name",
            };
            format!("Xero has {missing} that can be read.")
        }
        BlockedReason::Unresolved => {
            "May have an account from an earlier import, under an email address we no longer keep.".to_owned()
        }
        BlockedReason::AccountInactive { word, name } => account_inactive(word, name.as_ref()),
    }
}

/// What of somebody's row cannot be read.
fn unread_parts(unread: Unread) -> String {
    if unread == Unread::ALL {
        return "Xero lists someone here, but nothing about them can be read.".to_owned();
    }
    let parts = [(unread.given_name, "first name"), (unread.family_name, "last name"), (unread.email, "email address")];
    let parts: Vec<_> = parts.into_iter().filter_map(|(is_unread, part)| is_unread.then_some(part)).collect();
    match (unread.id, parts.as_slice()) {
        (true, []) => "Xero sends no id, so we can’t tell who this is.".to_owned(),
        (true, parts) => format!("Xero sends no id and no readable {}.", parts.join(" and ")),
        (false, parts) => format!("Xero sends no readable {}.", parts.join(" and ")),
    }
}

/// What is wrong with an email address, as the end of a sentence.
pub fn email_error(error: EmailError) -> String {
    match error {
        EmailError::Missing => "there isn’t one".to_owned(),
        EmailError::Character { character, position } => {
            format!("it has {} at position {position}", character_name(character))
        }
        EmailError::DeadDomain => "no mail can be sent to the part after the @".to_owned(),
        EmailError::Malformed => "it isn’t like name@company.com".to_owned(),
    }
}

/// A character in words, where it is hard to see or to tell from others.
fn character_name(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        '.' => "an extra dot".to_owned(),
        ',' => "a comma".to_owned(),
        ';' => "a semicolon".to_owned(),
        '@' => "a second @".to_owned(),
        '_' => "an underscore".to_owned(),
        '"' => "a quotation mark".to_owned(),
        character if character.is_whitespace() => format!("a space (U+{:04X})", u32::from(character)),
        character => format!("the character {character}"),
    }
}

/// Why somebody cannot be imported who has the name and the address of `first`, and what the owner can do about it.
pub fn second_record(first: &str) -> (String, &'static str) {
    let remedy = "Nothing to do if that’s one person: they’re imported once. If not, give each of them their own email address in \
                  Xero, then check again.";
    (format!("Looks like a second record of {first}: the same name and the same email address."), remedy)
}

/// What the owner can do about it.
pub fn blocked_remedy(reason: &BlockedReason) -> &'static str {
    match reason {
        BlockedReason::NoEmail => "Add one in Xero, then check again.",
        BlockedReason::MalformedEmail => "Fix it in Xero, then check again.",
        BlockedReason::RepeatedEmail { .. } => "Give each person their own email address in Xero, then check again.",
        BlockedReason::LeftCompany => "Nothing to do. If that’s wrong, fix it in Xero, then check again.",
        BlockedReason::LoginRemoved => {
            "To import them, give them a Xero login again, then check again. Or add them in GO1 yourself."
        }
        BlockedReason::Archived => "If they work here, restore the contact in Xero, then check again.",
        BlockedReason::Company => "If it’s a person, add their first and last name in Xero, then check again.",
        BlockedReason::UnknownStatus { status: Some(status) } if status == ERASED => {
            "Nothing to do: we don’t import anyone who’s asked for that."
        }
        BlockedReason::UnknownStatus { .. } => "If they work here, set their status in Xero, then check again.",
        BlockedReason::NameTooLong { .. } => "Shorten it in Xero, then check again.",
        BlockedReason::NameIsAddress => "Fix the name in Xero, then check again.",
        BlockedReason::Unread { .. } => "Open this person in Xero, save them again, then check again. Or ask support.",
        BlockedReason::NoName => "Add both names in Xero, then check again.",
        BlockedReason::Unresolved => "Ask support, so that no one gets two accounts.",
        BlockedReason::AccountInactive { name, .. } => account_inactive_remedy(name.is_some()),
    }
}

/// Whoever is beyond the places of a portal.
pub const fn over_the_limit() -> &'static str {
    "Over the limit: your portal has no places left."
}

/// What an undo leaves, as a sentence after others; nothing where it leaves nothing.
pub fn courses_that_stay(kept: impl Borrow<usize>) -> String {
    match *kept.borrow() {
        0 => String::new(),
        1 => " 1 course stays, because it’s been started or finished.".to_owned(),
        some => format!(" {} courses stay, because they’ve been started or finished.", thousands(some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_names_is_still_called_something() {
        assert_eq!(full_name(" ", ""), "(no name in Xero)");
        assert_eq!(full_name("Ann", ""), "Ann");
        assert_eq!(full_name("Ann", "Lee"), "Ann Lee");
    }
}
