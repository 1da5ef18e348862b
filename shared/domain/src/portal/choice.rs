//! The address that somebody chooses for a new portal, and the one that is suggested from the company's name.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

use super::{DOMAIN_SUFFIX, DomainError, LONGEST_LABEL, PortalDomain};
use crate::text;

/// Labels that no customer gets: names of GO1 and Xero, and of services that people and programs look for under a domain
/// (RFC 2142 and common hosts). ASSUMED: GO1 publishes no list, and may refuse more.
const RESERVED: [&str; 43] = [
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "apps",
    "auth",
    "autodiscover",
    "billing",
    "blog",
    "cdn",
    "dev",
    "docs",
    "email",
    "ftp",
    "go1",
    "help",
    "hostmaster",
    "imap",
    "info",
    "localhost",
    "login",
    "mail",
    "mygo1",
    "news",
    "noreply",
    "ns1",
    "ns2",
    "pop",
    "postmaster",
    "root",
    "security",
    "signup",
    "smtp",
    "sso",
    "staging",
    "status",
    "support",
    "webmaster",
    "www",
    "xero",
];

impl PortalDomain {
    /// Reads what somebody typed or pasted for a new portal: `acme`, `acme.mygo1.com`, or the whole address from a
    /// browser, `https://acme.mygo1.com/`.
    pub fn choose(typed: &str) -> Result<Self, DomainError> {
        let typed = text::line(typed).to_lowercase();
        let host = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(&typed);
        let host = host.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.strip_prefix("www.").filter(|rest| rest.ends_with(DOMAIN_SUFFIX)).unwrap_or(host);
        let domain = Self::parse(host)?;
        let label = domain.label();
        if label.get(2..4) == Some("--") {
            return Err(DomainError::Encoded);
        }
        if RESERVED.contains(&label) {
            return Err(DomainError::Reserved);
        }
        Ok(domain)
    }

    /// A label for a company of this name: `Harbour & Hearth Pty. Ltd.` becomes `harbour-hearth-pty-ltd`, `O'Brien's`
    /// becomes `obriens`, `Müller & Söhne` becomes `muller-sohne`. Letters that are not of the Latin, Greek or Cyrillic
    /// script are left out, because what they sound like depends on the language; `None` where nothing is left that
    /// can be an address.
    pub fn suggest(company: &str) -> Option<Self> {
        let company = text::line(company);
        let words = company.split(|character: char| !character.is_alphanumeric() && !is_within_word(character));
        let words = words.map(|word| word.chars().map(in_ascii).collect::<String>().to_lowercase());
        let label = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let label: String = label.chars().take(LONGEST_LABEL).collect();
        let label = label.trim_end_matches('-');
        match Self::choose(label) {
            Err(DomainError::Reserved) => Self::choose(&format!("{label}-learning")).ok(),
            chosen => chosen.ok(),
        }
    }
}

/// Apostrophes, and accents that are not composed with their letter.
fn is_within_word(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{2BC}') || text::is_accent(character)
}

/// The letters of ASCII that stand for a letter; none where there are none that everybody would take.
fn in_ascii(character: char) -> String {
    let script = CodePointMapData::<Script>::new().get(character);
    let is_known = character.is_ascii() || [Script::Latin, Script::Greek, Script::Cyrillic].contains(&script);
    let letters = deunicode::deunicode_char(character).filter(|_| is_known && character.is_alphanumeric());
    letters.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn suggested(company: &str) -> String {
        PortalDomain::suggest(company).map(|domain| domain.label().to_owned()).unwrap_or_default()
    }

    #[test]
    fn an_address_is_suggested_from_the_companys_name() {
        for (company, label) in [
            ("Harbour & Hearth Hospitality", "harbour-hearth-hospitality"),
            ("  Wattle Grove Books Pty. Ltd. ", "wattle-grove-books-pty-ltd"),
            ("O'Brien\u{2019}s  --  24/7", "obriens-24-7"),
            ("M\u{FC}ller & S\u{F6}hne", "muller-sohne"),
            ("Mu\u{308}ller & So\u{308}hne", "muller-sohne"),
            ("Caf\u{E9} Zo\u{EB}", "cafe-zoe"),
            ("Cafe\u{301} Zoe\u{308}", "cafe-zoe"),
            ("\u{C5}ngstr\u{F6}m", "angstrom"),
            ("Stra\u{DF}e", "strasse"),
            ("\u{141}\u{F3}d\u{17A} \u{D8}st", "lodz-ost"),
            ("\u{41C}\u{43E}\u{441}\u{43A}\u{432}\u{430}", "moskva"),
            ("Nguy\u{1EC5}n Th\u{1ECB}", "nguyen-thi"),
            ("Acme \u{65E5}\u{672C}", "acme"),
            ("\u{65E5}\u{672C}", ""),
            ("Acme\u{2122}", "acme"),
            ("Support", "support-learning"),
            ("acme.mygo1.com", "acme-mygo1-com"),
            ("\u{200B}", ""),
            ("", ""),
        ] {
            assert_eq!(suggested(company), label, "{company}");
        }
    }

    #[test]
    fn what_is_typed_or_pasted_is_an_address_or_the_reason_why_not() {
        let acme = || PortalDomain::parse("acme");
        for (typed, expected) in [
            ("acme", acme()),
            (" ACME.mygo1.com ", acme()),
            ("https://acme.mygo1.com", acme()),
            ("http://acme.mygo1.com/", acme()),
            ("https://acme.mygo1.com/p/#/app?x=1", acme()),
            ("www.acme.mygo1.com", acme()),
            ("\u{200B}acme\u{200E}", acme()),
            ("https://", Err(DomainError::Missing)),
            ("https://acme.example.com", Err(DomainError::Malformed)),
            ("www", Err(DomainError::Reserved)),
            ("Admin.mygo1.com", Err(DomainError::Reserved)),
            ("xn--mller-kva", Err(DomainError::Encoded)),
            ("ab--c", Err(DomainError::Encoded)),
            ("a--b", PortalDomain::parse("a--b")),
            ("m\u{FC}ller", Err(DomainError::Malformed)),
        ] {
            assert_eq!(PortalDomain::choose(typed), expected, "{typed}");
        }
    }

    #[test]
    fn a_portal_that_exists_keeps_its_address() {
        for label in ["www", "support", "xn--mller-kva"] {
            assert!(PortalDomain::parse(label).is_ok(), "{label}");
        }
    }

    proptest! {
        #[test]
        fn a_suggestion_can_be_chosen(company in any::<String>()) {
            if let Some(domain) = PortalDomain::suggest(&company) {
                prop_assert_eq!(PortalDomain::choose(domain.label()), Ok(domain));
            }
        }

        #[test]
        fn letters_are_not_dropped_and_accents_apart_make_no_other_address(
            company in "[a-z\u{E0}-\u{F6}\u{F8}-\u{FE}]{1,20}"
        ) {
            let apart = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(&company);
            prop_assert_eq!(suggested(&apart), suggested(&company));
            prop_assert!(suggested(&company).len() >= company.chars().count());
        }
    }
}
