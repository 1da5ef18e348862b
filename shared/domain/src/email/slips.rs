//! Slips in an address: endings that do not exist, large providers misspelled, and characters that look like the right
//! ones and were put there by a word processor, a spreadsheet or another keyboard.

/// Endings that are no top-level domain, each with the one that was meant. What exists is no slip, however likely:
/// `.co`, `.cm` and `.om` are countries.
const ENDINGS: [(&str, &str); 22] = [
    ("con", "com"),
    ("cpm", "com"),
    ("cim", "com"),
    ("vom", "com"),
    ("xom", "com"),
    ("dom", "com"),
    ("ocm", "com"),
    ("cmo", "com"),
    ("coom", "com"),
    ("comm", "com"),
    ("ccom", "com"),
    ("comn", "com"),
    ("copm", "com"),
    ("clm", "com"),
    ("cok", "com"),
    ("nte", "net"),
    ("ney", "net"),
    ("nett", "net"),
    ("met", "net"),
    ("ogr", "org"),
    ("orgg", "org"),
    ("eud", "edu"),
];

/// The second to last part before a country, where it is no ending that a country gives out.
const BEFORE_A_COUNTRY: [&str; 2] = ["au", "us"];

/// Providers whose every customer has the same domain, so that another spelling is nobody's.
const PROVIDERS: [(&str, &str); 16] = [
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gmal.com", "gmail.com"),
    ("gamil.com", "gmail.com"),
    ("gmail.co", "gmail.com"),
    ("gmail.cm", "gmail.com"),
    ("gmail.om", "gmail.com"),
    ("gnail.com", "gmail.com"),
    ("hotmial.com", "hotmail.com"),
    ("hotmai.com", "hotmail.com"),
    ("hotmail.co", "hotmail.com"),
    ("outlok.com", "outlook.com"),
    ("outloo.com", "outlook.com"),
    ("outlook.co", "outlook.com"),
    ("yaho.com", "yahoo.com"),
    ("bigpond.co", "bigpond.com"),
];

/// The domain that was meant; `None` where this one is no slip that we know.
pub(super) fn mended(domain: &str) -> Option<String> {
    let meant = |table: &[(&str, &'static str)], slip: &str| {
        table.iter().find(|(known, _)| *known == slip).map(|(_, meant)| *meant)
    };
    if let Some(provider) = meant(&PROVIDERS, domain) {
        return Some(provider.to_owned());
    }
    let (before, last) = domain.rsplit_once('.')?;
    if let Some(ending) = meant(&ENDINGS, last) {
        return Some(format!("{before}.{ending}"));
    }
    let (before, second) = before.rsplit_once('.').filter(|_| BEFORE_A_COUNTRY.contains(&last))?;
    meant(&ENDINGS, second).map(|ending| format!("{before}.{ending}.{last}"))
}

/// Characters that stand in for those of ASCII: what word processors and spreadsheets make of an apostrophe, a hyphen and
/// two letters, and letters of other scripts that look the same.
const LOOK_ALIKES: [(char, &str); 44] = [
    ('\u{2018}', "'"),
    ('\u{2019}', "'"),
    ('\u{201B}', "'"),
    ('\u{2032}', "'"),
    ('\u{2BC}', "'"),
    ('\u{B4}', "'"),
    ('\u{2010}', "-"),
    ('\u{2011}', "-"),
    ('\u{2012}', "-"),
    ('\u{2013}', "-"),
    ('\u{2014}', "-"),
    ('\u{2015}', "-"),
    ('\u{2212}', "-"),
    ('\u{FB00}', "ff"),
    ('\u{FB01}', "fi"),
    ('\u{FB02}', "fl"),
    ('\u{FB03}', "ffi"),
    ('\u{FB04}', "ffl"),
    // The dot of a Turkish capital I in small letters, and the small letter without it.
    ('\u{307}', ""),
    ('\u{131}', "i"),
    // Cyrillic.
    ('\u{430}', "a"),
    ('\u{435}', "e"),
    ('\u{43A}', "k"),
    ('\u{43C}', "m"),
    ('\u{43E}', "o"),
    ('\u{440}', "p"),
    ('\u{441}', "c"),
    ('\u{442}', "t"),
    ('\u{443}', "y"),
    ('\u{445}', "x"),
    ('\u{455}', "s"),
    ('\u{456}', "i"),
    ('\u{458}', "j"),
    ('\u{4BB}', "h"),
    ('\u{4CF}', "l"),
    ('\u{501}', "d"),
    ('\u{51B}', "q"),
    ('\u{51D}', "w"),
    // Greek.
    ('\u{3B1}', "a"),
    ('\u{3B9}', "i"),
    ('\u{3BA}', "k"),
    ('\u{3BD}', "v"),
    ('\u{3BF}', "o"),
    ('\u{3C1}', "p"),
];

/// A text with the characters of ASCII that its own look like; `None` where others are left, because then it is written in
/// another script, and meant so.
pub(super) fn retyped(text: &str) -> Option<String> {
    let mut typed = String::with_capacity(text.len());
    for character in text.chars() {
        match LOOK_ALIKES.iter().find(|(known, _)| *known == character) {
            Some((_, meant)) => typed.push_str(meant),
            None => typed.push(character),
        }
    }
    typed.is_ascii().then_some(typed)
}

/// The same of a mailbox, without the quotation marks around it: a spreadsheet writes one before a text.
pub(super) fn retyped_mailbox(mailbox: &str) -> Option<String> {
    retyped(mailbox).map(|typed| typed.trim_matches(['\'', '`']).to_owned())
}
