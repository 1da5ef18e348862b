//! Email addresses, normalised once, at the edge.

mod slips;
mod source;

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

pub use source::SourceEmail;

use crate::text::is_invisible;

/// An address that can receive mail as far as its text can tell: without marks that nobody sees, in lower case, its
/// domain as it is in the DNS. So `Bob@X.com ` and `bob@x.com` are one person, and so are `bob@bücher.example` and
/// `bob@xn--bcher-kva.example`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but white space.
    #[error("there is no email address")]
    Missing,
    /// A character that no address has there.
    #[error("an email address has no {character:?} there")]
    Character {
        /// Which.
        character: char,
        /// The place at which it stands, counted from 1, without the marks that nobody sees.
        position: usize,
    },
    /// The part behind the `@` is no domain that mail can be sent to: no dot, an empty part, a number or one letter at
    /// its end, or a bare IP address.
    #[error("mail cannot be sent to what stands behind the @")]
    DeadDomain,
    /// Not of the form `name@example.com`, in another way.
    #[error("this is not an email address")]
    Malformed,
}

impl EmailAddress {
    /// Normalises and checks what somebody typed or keeps in Xero.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let visible = visible(text);
        if visible.is_empty() {
            return Err(EmailError::Missing);
        }
        let (mailbox, domain) = visible.rsplit_once('@').ok_or(EmailError::Malformed)?;
        if let Some((position, character)) = odd_character(mailbox, domain) {
            return Err(EmailError::Character { character, position: position + 1 });
        }
        let normalised = format!("{mailbox}@{}", dns_name(domain).ok_or(EmailError::DeadDomain)?);
        if is_well_formed(&normalised) { Ok(Self(normalised)) } else { Err(EmailError::Malformed) }
    }

    /// Reads an address that is in use already: at GO1, or in a row of ours. It is normalised in the same way where it
    /// can be, and accepted wherever it has the form of an address, because rows and accounts are there from times with
    /// other rules.
    pub fn parse_known(text: &str) -> Result<Self, EmailError> {
        Self::parse(text).or_else(|error| {
            let visible = visible(text);
            if is_well_formed(&visible) { Ok(Self(visible)) } else { Err(error) }
        })
    }

    /// Whether a text is this address as it stands, but for the case of plain letters and spaces around it. It is asked
    /// where an email decides who is let in: one that is only normalised to this address may be another mailbox, which
    /// somebody chose for that.
    pub fn is_written_as(&self, text: &str) -> bool {
        text.trim_ascii().eq_ignore_ascii_case(&self.0)
    }

    /// The address that was probably meant, where the one that is there looks like a slip: `.con` for `.com`, a quotation
    /// mark of a word processor for an apostrophe, a letter of another script that looks the same.
    pub fn likely_meant(&self) -> Option<String> {
        let (mailbox, domain) = self.0.rsplit_once('@')?;
        let (seen, _) = Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let (mailbox, typed) = match slips::retyped(&seen) {
            Some(typed) => (slips::retyped_mailbox(mailbox).unwrap_or_else(|| mailbox.to_owned()), typed),
            // Beside a domain in another script, letters of that script are what they look like.
            None => (mailbox.to_owned(), domain.to_owned()),
        };
        let domain = slips::mended(&typed).unwrap_or(typed);
        let meant = Self::parse(&format!("{mailbox}@{domain}")).ok()?;
        (meant != *self).then_some(meant.0)
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is seen of a text, in lower case, with nothing around it.
fn visible(text: &str) -> String {
    if text.is_ascii() {
        let visible: String = text.chars().filter(|character| !is_invisible(*character)).collect();
        return visible.trim().to_ascii_lowercase();
    }
    composed(text)
}

/// The same for a text in any script.
fn composed(text: &str) -> String {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let visible: String = text.chars().filter(|character| !is_invisible(*character)).map(narrow).collect();
    // Lower case can come apart into a letter and its accent.
    nfc.normalize(&nfc.normalize(visible.trim()).to_lowercase()).into_owned()
}

/// A wide character of a Japanese or Chinese keyboard as the one of ASCII that it stands for; others as they are. Mail
/// systems take both for the same (RFC 8265, section 3.3.1), and a wide `＠` parts an address as well.
fn narrow(character: char) -> char {
    const WIDE: std::ops::RangeInclusive<char> = '\u{FF01}'..='\u{FF5E}';
    let narrow = u32::from(character).checked_sub(0xFEE0).filter(|_| WIDE.contains(&character));
    narrow.and_then(char::from_u32).unwrap_or(character)
}

/// The first character that no address has where it stands, with its place from 0. Letters of every script are allowed:
/// mail servers carry them (RFC 6531), and domains have a spelling in ASCII.
fn odd_character(mailbox: &str, domain: &str) -> Option<(usize, char)> {
    let in_mailbox = |character: &char| {
        character.is_alphanumeric()
            || (!character.is_ascii() && !character.is_whitespace())
            || ".!#$%&'*+-/=?^_`{|}~".contains(*character)
    };
    let in_domain = |character: &char| {
        character.is_ascii_alphanumeric()
            || (!character.is_ascii() && !character.is_whitespace())
            || ".-".contains(*character)
    };
    first_odd(mailbox, in_mailbox).or_else(|| {
        let before = mailbox.chars().count() + 1;
        first_odd(domain, in_domain).map(|(position, character)| (before + position, character))
    })
}

/// The first character of a part that is not one of its own, or a dot that separates nothing.
fn first_odd(part: &str, is_its_own: impl Fn(&char) -> bool) -> Option<(usize, char)> {
    let characters: Vec<char> = part.chars().collect();
    let is_stray = |position: usize| {
        characters[position] == '.'
            && (position + 1 == characters.len() || position == 0 || characters[position - 1] == '.')
    };
    let mut all = characters.iter().copied().enumerate();
    all.find(|(position, character)| !is_its_own(character) || is_stray(*position))
}

/// The name of a mail domain in the DNS; `None` where there can be none. Its last part has two letters at least: there
/// are no others, and a number there would be an IP address.
fn dns_name(domain: &str) -> Option<String> {
    let ascii =
        Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    let ascii = ascii.ok()?.into_owned();
    let (_, last) = ascii.rsplit_once('.')?;
    let is_name = last.len() > 1 && (last.starts_with("xn--") || last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    is_name.then_some(ascii)
}

fn is_well_formed(address: &str) -> bool {
    let options = email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
    email_address::EmailAddress::parse_with_options(address, options).is_ok()
        && !address.starts_with('"')
        && !address.ends_with('.')
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[email]")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse_known(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_seen_of_ascii_is_what_is_seen_of_any_text(text in "[\\x00-\\x7F]{0,20}|[A-Za-z@. ]{0,20}") {
            prop_assert_eq!(visible(&text), composed(&text));
        }

        #[test]
        fn parsing_is_idempotent(text in ".{0,80}") {
            if let Ok(email) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email));
            }
        }

        #[test]
        fn what_is_written_to_a_row_is_read_from_it(text in ".{0,40}@.{0,40}") {
            if let Ok(email) = EmailAddress::parse_known(&text) {
                let row = serde_json::to_value(&email).expect("a text");
                prop_assert_eq!(serde_json::from_value::<EmailAddress>(row).expect("readable"), email);
            }
        }

        #[test]
        fn marks_that_nobody_sees_make_no_other_person(
            marks in "[\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2064}\u{2066}-\u{2069}\u{FEFF}\u{AD}\u{0}-\u{8}]{1,6}",
            at in 0_usize..12
        ) {
            let (before, after) = "bob.b@xy.com".split_at(at);
            let odd = EmailAddress::parse(&format!("{before}{marks}{after}"));
            prop_assert_eq!(odd, EmailAddress::parse("bob.b@xy.com"));
        }

        #[test]
        fn the_character_that_is_named_stands_where_it_is_said(text in "[a-z@. ,;_<>()]{1,20}") {
            if let Err(EmailError::Character { character, position }) = EmailAddress::parse(&text) {
                prop_assert_eq!(text.trim().chars().nth(position - 1), Some(character));
            }
        }

        #[test]
        fn case_and_surrounding_space_do_not_make_another_person(
            name in "[a-zA-Z][a-zA-Z0-9.]{0,10}[a-z]", domain in "[a-zA-Z]{1,12}", space in "[ \t]{0,3}"
        ) {
            prop_assume!(!name.contains(".."));
            let plain = format!("{name}@{domain}.com");
            let odd = format!("{space}{}{space}", plain.to_uppercase());
            prop_assert_eq!(EmailAddress::parse(&odd), EmailAddress::parse(&plain));
            prop_assert!(EmailAddress::parse(&plain).is_ok());
        }
    }

    #[test]
    fn what_cannot_receive_mail_is_refused_and_what_is_odd_is_named() {
        let odd = |character, position| EmailError::Character { character, position };
        for (text, error) in [
            ("bob", EmailError::Malformed),
            ("bob@", EmailError::DeadDomain),
            ("@x.com", EmailError::Malformed),
            (".bob@x.com", odd('.', 1)),
            ("bo..b@x.com", odd('.', 4)),
            ("bob.@x.com", odd('.', 4)),
            ("bob@x", EmailError::DeadDomain),
            ("bob@x.com.", odd('.', 10)),
            ("bob@x..com", odd('.', 7)),
            ("bob@-x.com", EmailError::DeadDomain),
            ("bob@x.1", EmailError::DeadDomain),
            ("bob@x.c", EmailError::DeadDomain),
            ("bob@x.123", EmailError::DeadDomain),
            ("bob@192.168.0.1", EmailError::DeadDomain),
            ("bob@xn--x.com", EmailError::DeadDomain),
            ("bob@[192.168.0.1]", odd('[', 5)),
            ("bob@acme_group.com", odd('_', 9)),
            ("a b@x.com", odd(' ', 2)),
            ("\u{200B}a\u{200E} b@x.com", odd(' ', 2)),
            ("Bob <bob@x.com>", odd(' ', 4)),
            ("bob@x.com, ann@x.com", odd('@', 4)),
            ("bob,ann@x.com", odd(',', 4)),
            ("bob@@x.com", odd('@', 4)),
            ("bob@x,com", odd(',', 6)),
            ("\"bob\"@x.com", odd('"', 1)),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(error), "{text}");
        }
        for text in ["", "   ", "\t\u{a0}", "\u{200B}", "\u{FEFF}\u{202E}"] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError::Missing), "{text:?}");
        }
    }

    #[test]
    fn one_mailbox_is_one_address_however_it_is_spelled() {
        for (text, expected) in [
            ("\u{200B}bob@x.com", "bob@x.com"),
            ("bob\u{200D}@x.com\u{200E}", "bob@x.com"),
            ("\u{202A}bob@x.com\u{202C}", "bob@x.com"),
            ("bob@x.c\u{AD}om", "bob@x.com"),
            ("bob@x.com\u{0}", "bob@x.com"),
            ("\u{FEFF}BOB@X.COM\r\n", "bob@x.com"),
            ("bob@b\u{FC}cher.example", "bob@xn--bcher-kva.example"),
            ("bob@BU\u{308}CHER.example", "bob@xn--bcher-kva.example"),
            ("bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"),
            ("bob@x\u{3002}com", "bob@x.com"),
            ("zo\u{EB}@x.com", "zo\u{EB}@x.com"),
            ("zoe\u{308}@x.com", "zo\u{EB}@x.com"),
            ("o'brien+go1@x.museum", "o'brien+go1@x.museum"),
            ("bob@x.xn--p1ai", "bob@x.xn--p1ai"),
            ("\u{FF22}ob\u{FF20}x\u{FF0E}com", "bob@x.com"),
        ] {
            assert_eq!(EmailAddress::parse(text).as_ref().map(EmailAddress::as_str), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn an_address_that_is_in_use_is_read_whatever_the_rules_are_now() {
        let stored = |text: &str| serde_json::from_value::<EmailAddress>(text.into());
        for text in ["bob@acme_group.com", "bob@x.123", "bob@x.com"] {
            assert_eq!(stored(text).expect("readable").as_str(), text);
        }
        assert_eq!(stored("bob@b\u{FC}cher.example").expect("readable").as_str(), "bob@xn--bcher-kva.example");
        assert!(stored("bob").is_err() && stored("").is_err());
    }

    #[test]
    fn a_slip_is_told_and_is_no_error() {
        let meant = |text: &str| EmailAddress::parse(text).expect("an address").likely_meant();
        for (text, expected) in [
            ("bob@acme.con", "bob@acme.com"),
            ("bob@acme.com.ua", ""),
            ("bob@acme.com.uu", ""),
            ("bob@acme.con.au", "bob@acme.com.au"),
            ("bob@acme.com.ua.ocm", "bob@acme.com.ua.com"),
            ("bob@gmial.com", "bob@gmail.com"),
            ("bob@gmail.cm", "bob@gmail.com"),
            ("bob@acme.cm", ""),
            ("bob@acme.co", ""),
            ("bob@acme.com", ""),
            ("bob@acme.net.ay", ""),
            ("pat.o\u{2019}brien@x.com", "pat.o'brien@x.com"),
            ("pat.o'brien@x.com", ""),
            ("'bob@x.com", "bob@x.com"),
            ("bob\u{2011}lee@x.com", "bob-lee@x.com"),
            ("j\u{430}ne@x.com", "jane@x.com"),
            ("bob@\u{430}cme.com", "bob@acme.com"),
            ("\u{130}bo@x.com", "ibo@x.com"),
            ("o\u{FB03}ce@x.com", "office@x.com"),
            ("p\u{430}t@acme.con", "pat@acme.com"),
            ("zo\u{EB}@x.con", "zo\u{EB}@x.com"),
            ("zo\u{EB}@x.com", ""),
            ("bob@b\u{FC}cher.example", ""),
            ("\u{43E}\u{441}\u{430}@\u{43F}\u{43E}\u{447}\u{442}\u{430}.\u{440}\u{444}", ""),
            ("\u{674E}@x.com", ""),
        ] {
            assert_eq!(meant(text).unwrap_or_default(), expected, "{text}");
        }
    }

    #[test]
    fn an_address_does_not_print() {
        let email = EmailAddress::parse("bob@example.com").expect("valid");
        assert_eq!(format!("{email:?}"), "[email]");
    }
}
