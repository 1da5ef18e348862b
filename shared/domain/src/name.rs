//! People's names, and whether two of them may be one person's: Xero's and GO1's are written by different people.

use std::fmt;

use human_name::Name;
use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::text::{folded, line};

/// The first and the last name of somebody.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
}

impl PersonName {
    /// Both names, as they are.
    pub fn new(given_name: &str, family_name: &str) -> Self {
        Self { given_name: given_name.to_owned(), family_name: family_name.to_owned() }
    }

    /// Both names in one line.
    pub fn full(&self) -> String {
        line(&format!("{} {}", self.given_name, self.family_name))
    }

    /// Whether this may be the name of the same person, compared kindly: case, accents, blanks, hyphens, the order of the
    /// names, initials and short forms make no other name. What is missing does not either. Another last name does,
    /// also where somebody has married: a question costs a tick, and a wrong account is somebody else's.
    ///
    /// ```
    /// use domain::name::PersonName;
    /// let robert = PersonName::new("Robert", "Müller");
    /// assert!(robert.may_be(&PersonName::new("MUELLER", "Bob")));
    /// assert!(!robert.may_be(&PersonName::new("Roberta", "Jones")));
    /// ```
    pub fn may_be(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.in_each_script(), other.in_each_script());
        let pairs = || ours.iter().flat_map(|one| theirs.iter().map(move |other| (one, other)));
        [sort_key, without_umlauts]
            .into_iter()
            .any(|spelled| pairs().any(|(one, other)| one.is_consistent(other, spelled)))
    }

    /// Whether an email address stands in one of the names.
    pub fn holds_address(&self) -> bool {
        [&self.given_name, &self.family_name].into_iter().any(|name| is_address_within(name))
    }

    /// The name, and where it is written in two scripts, such as "Hiroshi \u{6D69}", as it is in each of them.
    fn in_each_script(&self) -> Vec<Self> {
        let of = |latin: bool| {
            let only =
                |name: &str| name.split(' ').filter(|word| is_latin(word) == latin).collect::<Vec<_>>().join(" ");
            Self { given_name: only(&self.given_name), family_name: only(&self.family_name) }
        };
        // Half a name in another script says less than the whole.
        let is_whole = |name: &Self| {
            [(&name.given_name, &self.given_name), (&name.family_name, &self.family_name)]
                .into_iter()
                .all(|(part, whole)| letters(part).is_empty() == letters(whole).is_empty())
        };
        let other = of(false);
        if letters(&other.full()).is_empty() || letters(&of(true).full()).is_empty() {
            return vec![self.clone()];
        }
        [self.clone(), of(true), other].into_iter().filter(is_whole).collect()
    }

    fn is_consistent(&self, other: &Self, spelled: fn(&str) -> String) -> bool {
        let (ours, theirs) = (Spelled::of(self, spelled), Spelled::of(other, spelled));
        if ours.letters().is_empty() || theirs.letters().is_empty() || ours.is_same(&theirs) {
            return true;
        }
        if ours.is_partial() || theirs.is_partial() {
            return ours.is_part_of(&theirs) || theirs.is_part_of(&ours);
        }
        // What tells people apart who are called by numbers is not what names are compared by.
        if (ours.letters() + &theirs.letters()).chars().any(char::is_numeric) {
            return false;
        }
        theirs.orders().iter().any(|other| ours.is_consistent(other))
    }
}

/// A name as it is compared: folded, without accents.
struct Spelled {
    given: String,
    family: String,
}

impl Spelled {
    fn of(name: &PersonName, spelled: fn(&str) -> String) -> Self {
        Self { given: spelled(&name.given_name), family: spelled(&name.family_name) }
    }

    fn letters(&self) -> String {
        letters(&format!("{}{}", self.given, self.family))
    }

    /// The same letters, the first name first or the last.
    fn is_same(&self, other: &Self) -> bool {
        other.orders().iter().any(|other| self.letters() == other.letters())
    }

    fn orders(&self) -> [Self; 2] {
        let (given, family) = (self.given.clone(), self.family.clone());
        [Self { given: given.clone(), family: family.clone() }, Self { given: family, family: given }]
    }

    fn is_partial(&self) -> bool {
        letters(&self.given).is_empty() || letters(&self.family).is_empty()
    }

    /// Whether all words of this one, which has one part only, are words of the other.
    fn is_part_of(&self, other: &Self) -> bool {
        let theirs = [words(&other.given), words(&other.family)].concat();
        [words(&self.given), words(&self.family)].concat().iter().all(|word| theirs.contains(word))
    }

    fn is_consistent(&self, other: &Self) -> bool {
        let parsed = |name: &Self| Name::parse(&format!("{} {}", capitalised(&name.given), capitalised(&name.family)));
        let both = parsed(self).zip(parsed(other));
        both.is_some_and(|(ours, theirs)| ours.consistent_with(&theirs) || theirs.consistent_with(&ours))
    }
}

/// Whether a word of a name is an email address.
pub fn is_address_within(name: &str) -> bool {
    let words = name.split_whitespace().map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()));
    words.filter(|word| word.contains('@')).any(|word| EmailAddress::parse(word).is_ok())
}

/// Whether the letters of a word, if it has any, are Latin ones.
fn is_latin(word: &str) -> bool {
    word.chars()
        .filter(|character| character.is_alphabetic())
        .all(|letter| matches!(letter, '\u{0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2B0}'..='\u{2FF}'))
}

/// A name without case, accents and marks: what names are sorted by, so that É stands among those with E.
///
/// ```
/// assert_eq!(domain::name::sort_key("O’Néil"), "oneil");
/// ```
pub fn sort_key(text: &str) -> String {
    let text = folded(text).replace(['\'', '\u{2019}', '\u{2018}', '`'], "");
    deunicode::deunicode(&text).to_lowercase()
}

/// The same where an umlaut is spelled with an `e`, and where it is not.
fn without_umlauts(text: &str) -> String {
    sort_key(text).replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Small letters would be read as parts of a last name, such as `de` and `van`.
fn capitalised(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl fmt::Debug for PersonName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonName")
    }
}
