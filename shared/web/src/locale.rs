//! How words, dates and numbers are written for an organisation: as in its country, and in its own time zone.

use std::any::Any;
use std::borrow::{Borrow, Cow};

use askama::Values;
use domain::country::Country;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The name by which templates get at the locale of their page.
const KEY: &str = "locale";

/// Words as the templates have them, and as Americans write them. Parts of words, so that a plural needs no line.
const SPELLINGS: &[(&str, &str)] = &[
    ("rganis", "rganiz"),
    ("ecognis", "ecogniz"),
    ("uthoris", "uthoriz"),
    ("ersonalis", "ersonaliz"),
    ("nrolment", "nrollment"),
    ("cancelled", "canceled"),
    ("centre", "center"),
    ("colour", "color"),
    ("favour", "favor"),
    ("behaviour", "behavior"),
    ("labelled", "labeled"),
    ("licence", "license"),
    ("enquir", "inquir"),
];

/// Where a page is read: the organisation's country and time zone. Australian and UTC where neither is known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    pub country: Country,
    /// An IANA name; times are told in UTC where it is not known.
    pub timezone: Option<String>,
}

impl Default for Locale {
    fn default() -> Self {
        Self { country: Country::Australia, timezone: None }
    }
}

impl Values for Locale {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == KEY).then_some(self)
    }
}

impl Locale {
    /// The locale of an organisation of which only the time zone is kept.
    pub fn of_timezone(timezone: Option<&str>) -> Self {
        let is_american = timezone.is_some_and(|zone| zone.starts_with("America/") || zone == "Pacific/Honolulu");
        let country = if is_american { Country::UnitedStates } else { Country::Australia };
        Self { country, timezone: timezone.map(str::to_owned) }
    }

    /// The page's language, as HTML has it.
    pub const fn language(&self) -> &'static str {
        match self.country {
            Country::Australia => "en-AU",
            Country::UnitedStates => "en-US",
        }
    }

    /// Words of ours in the country's spelling. Never for what somebody else wrote: a name stays as it is.
    pub fn spell<'words>(&self, words: &'words str) -> Cow<'words, str> {
        if self.country == Country::Australia {
            return Cow::Borrowed(words);
        }
        SPELLINGS.iter().fold(Cow::Borrowed(words), |words, (from, to)| {
            if words.contains(from) { Cow::Owned(words.replace(from, to)) } else { words }
        })
    }

    /// A moment in the organisation's zone: `23 November 2026, 9:42 pm AEDT`, `November 23, 2026, 3:42 AM MST`.
    pub fn moment(&self, at: Timestamp) -> String {
        self.told(at, |country| match country {
            Country::Australia => "%-d %B %Y, %-I:%M %P %Z",
            Country::UnitedStates => "%B %-d, %Y, %-I:%M %p %Z",
        })
    }

    /// A day in the organisation's zone: `23 November 2026`, `November 23, 2026`.
    pub fn day(&self, at: Timestamp) -> String {
        self.told(at, |country| match country {
            Country::Australia => "%-d %B %Y",
            Country::UnitedStates => "%B %-d, %Y",
        })
    }

    /// A day in the organisation's zone as files are named by it, so that they sort: `2026-11-23`.
    pub fn day_for_files(&self, at: Timestamp) -> String {
        self.told(at, |_| "%Y-%m-%d")
    }

    fn told(&self, at: Timestamp, format: impl Fn(Country) -> &'static str) -> String {
        let zone = self.timezone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        at.to_zoned_datetime(zone).strftime(format(self.country)).to_string()
    }
}

/// `1000` as `1,000`: in both countries.
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

/// What templates write as `{{ "organisation"|spelt }}` and `{{ at|time }}`.
#[expect(
    unreachable_pub,
    clippy::inline_always,
    clippy::unused_self,
    reason = "the macro makes public types of them, with methods of its own"
)]
pub(crate) mod filters {
    use askama::filters::Safe;
    use askama::{Result, Values, get_value};
    use jiff::Timestamp;

    use super::{KEY, Locale};

    /// Words of ours in the country's spelling.
    #[askama::filter_fn]
    pub(crate) fn spelt(words: &str, values: &dyn Values) -> Result<String> {
        Ok(get_value::<Locale>(values, KEY)?.spell(words).into_owned())
    }

    /// A moment in the organisation's zone, as people and programs read it.
    #[askama::filter_fn]
    pub(crate) fn time(at: &Timestamp, values: &dyn Values) -> Result<Safe<String>> {
        let told = get_value::<Locale>(values, KEY)?.moment(*at);
        Ok(Safe(format!("<time datetime=\"{at}\">{told}</time>")))
    }

    /// A moment in words alone, within an attribute or a sentence for screen readers.
    #[askama::filter_fn]
    pub(crate) fn moment(at: &Timestamp, values: &dyn Values) -> Result<String> {
        Ok(get_value::<Locale>(values, KEY)?.moment(*at))
    }

    /// The day of a moment as files are named by it.
    #[askama::filter_fn]
    pub(crate) fn day_for_files(at: &Timestamp, values: &dyn Values) -> Result<String> {
        Ok(get_value::<Locale>(values, KEY)?.day_for_files(*at))
    }

    /// The day of a moment.
    #[askama::filter_fn]
    pub(crate) fn day(at: &Timestamp, values: &dyn Values) -> Result<Safe<String>> {
        let told = get_value::<Locale>(values, KEY)?.day(*at);
        Ok(Safe(format!("<time datetime=\"{at}\">{told}</time>")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-11-23T10:42:00Z".parse().expect("a moment")
    }

    fn locale(country: Country, timezone: Option<&str>) -> Locale {
        Locale { country, timezone: timezone.map(str::to_owned) }
    }

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
    fn lengths_of_time_read_as_people_say_them() {
        assert_eq!(how_long(SignedDuration::from_secs(20)), "a minute");
        assert_eq!(how_long(SignedDuration::from_secs(44 * 60 + 1)), "45 minutes");
        assert_eq!(how_long(SignedDuration::from_mins(179)), "3 hours");
        assert_eq!(course_length(45), "45 min");
        assert_eq!(course_length(90), "1 h 30 min");
        assert_eq!(course_length(120), "2 h");
    }

    #[test]
    fn a_moment_is_told_in_the_zone_that_is_known_named_and_in_the_countrys_format() {
        for (country, zone, moment, day) in [
            (Country::Australia, Some("Australia/Sydney"), "23 November 2026, 9:42 pm AEDT", "23 November 2026"),
            (Country::Australia, Some("Australia/Perth"), "23 November 2026, 6:42 pm AWST", "23 November 2026"),
            (Country::UnitedStates, Some("America/Los_Angeles"), "November 23, 2026, 2:42 AM PST", "November 23, 2026"),
            (Country::UnitedStates, Some("Pacific/Honolulu"), "November 23, 2026, 12:42 AM HST", "November 23, 2026"),
            (Country::Australia, Some("Atlantis/Capital"), "23 November 2026, 10:42 am UTC", "23 November 2026"),
            (Country::UnitedStates, None, "November 23, 2026, 10:42 AM UTC", "November 23, 2026"),
        ] {
            let locale = locale(country, zone);
            assert_eq!((locale.moment(at()).as_str(), locale.day(at()).as_str()), (moment, day));
        }
    }

    #[test]
    fn words_are_spelt_as_in_the_country_and_whatever_is_spelt_alike_stays() {
        let (here, there) = (locale(Country::Australia, None), locale(Country::UnitedStates, None));
        for (words, american) in [
            ("Is this your organisation?", "Is this your organization?"),
            ("Organisations in the United States", "Organizations in the United States"),
            ("cancelled", "canceled"),
            ("your people", "your people"),
        ] {
            assert_eq!((here.spell(words), there.spell(words)), (words.into(), american.into()));
        }
        for (from, to) in SPELLINGS {
            assert_eq!((there.spell(from).as_ref(), there.spell(to).as_ref()), (*to, *to), "once is enough");
        }
    }
}
