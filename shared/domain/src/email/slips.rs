//! Slips in the domain of an address: endings that do not exist, and large providers misspelled.

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
