//! Text that people typed or pasted somewhere: what a name or an address is once the marks are gone that nobody sees.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The two marks that join letters or keep them apart. In Persian, Hindi and other scripts a word is spelled with them.
const JOINERS: [char; 2] = ['\u{200C}', '\u{200D}'];

/// Looks like a blank, and Unicode counts it among the symbols.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether nobody sees this character: a zero-width space, a direction mark, a filler, or a control character. Blanks
/// and line ends are white space, and not such a mark.
pub fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() && !is_blank(character);
    }
    is_invisible_by_unicode(character)
}

/// The same by the tables of Unicode, which most characters of most names need not be looked up in.
fn is_invisible_by_unicode(character: char) -> bool {
    !is_blank(character)
        && (CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
            || matches!(
                CodePointMapData::<GeneralCategory>::new().get(character),
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Unassigned
            ))
}

/// One line of text as every part of the product keeps, compares and sends it: letters composed with their accents
/// (NFC), one blank for any white space, no marks that nobody sees, nothing around it. What consists of accents without
/// a letter is nothing.
///
/// ```
/// assert_eq!(domain::text::line(" Zoe\u{308}\u{200B}  de\n la\u{202E} Cruz "), "Zoë de la Cruz");
/// ```
pub fn line(text: &str) -> String {
    if is_plain_line(text) { text.to_owned() } else { composed_line(text) }
}

/// Whether a text is such a line as it stands: characters of ASCII with single blanks between them.
fn is_plain_line(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
}

fn composed_line(text: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    let mut line = String::with_capacity(composed.len());
    let mut characters =
        composed.chars().filter(|character| JOINERS.contains(character) || !is_invisible(*character)).peekable();
    while let Some(character) = characters.next() {
        if is_blank(character) {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !JOINERS.contains(&character)
            || (line.chars().next_back().is_some_and(is_joined) && characters.peek().copied().is_some_and(is_joined))
        {
            line.push(character);
        }
    }
    line.truncate(line.trim_end().len());
    if line.chars().all(|character| character == ' ' || is_accent(character)) { String::new() } else { line }
}

/// The same without the difference between capital and small letters: what is compared, sorted and searched.
pub fn folded(text: &str) -> String {
    line(&line(text).to_lowercase())
}

/// Whether a name is one that GO1 takes: at most `longest` characters of it can be seen.
pub fn fits(name: &str, longest: usize) -> bool {
    line(name).chars().count() <= longest
}

/// Whether a name holds something that a mail program would make a link of: GO1 puts names into its mails. A dot between
/// words is a name's own business (`St.John`, `Booking.com` as a company), what follows it with a slash is not.
///
/// ```
/// use domain::text::holds_link;
/// assert!(holds_link("Win at https://evil.example") && holds_link("www.evil.example") && holds_link("evil.example/win"));
/// assert!(holds_link("evil.example:443") && holds_link("evil\u{3002}example/win"));
/// assert!(!holds_link("Anne-Marie St.John") && !holds_link("Booking.com") && !holds_link("Wattle / Grove"));
/// assert!(!holds_link("Mr.Smith: builder"));
/// ```
pub fn holds_link(name: &str) -> bool {
    // A browser takes the full stop of Chinese and Japanese for a dot (UTS #46).
    folded(name).replace('\u{3002}', ".").split([' ', ',', '(', '<', '"', '\'']).any(|word| {
        let host = word.split(['/', '\\', '?', '#', ':']).next().unwrap_or_default();
        let rest = &word[host.len()..];
        // After a colon only a port leads anywhere: it stands in names as well.
        let has_path = match rest.strip_prefix(':') {
            Some(port) => port.starts_with(|first: char| first.is_ascii_digit()),
            None => !rest.is_empty(),
        };
        let has_domain = host.split_once('.').is_some_and(|(left, right)| {
            !left.is_empty() && right.chars().take_while(|character| character.is_alphanumeric()).count() >= 2
        });
        word.contains("://") || word.starts_with("www.") || word.starts_with("mailto:") || (has_path && has_domain)
    })
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == BRAILLE_BLANK
}

/// Whether a joiner beside it can mean something: the scripts that are spelled with joiners are none of ASCII's.
fn is_joined(character: char) -> bool {
    !character.is_ascii() && (character.is_alphabetic() || is_accent(character))
}

pub(crate) fn is_accent(character: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_what_can_be_seen_of_it() {
        for (text, expected) in [
            ("  Ann ", "Ann"),
            ("An\u{0}n", "Ann"),
            ("Ann\u{1B}[31m", "Ann[31m"),
            ("Ann\nLee", "Ann Lee"),
            ("Ann\r\n\tLee", "Ann Lee"),
            ("Ann\u{2028}Lee", "Ann Lee"),
            ("Ann\u{A0}\u{3000}Lee", "Ann Lee"),
            ("\u{202E}eeL\u{202C} nnA", "eeL nnA"),
            ("\u{FEFF}Ann", "Ann"),
            ("Mc\u{AD}Donald", "McDonald"),
            ("Zoe\u{308}", "Zo\u{EB}"),
            ("\u{200B}", ""),
            ("\u{2800}", ""),
            ("\u{3164}", ""),
            ("\u{301}", ""),
            ("\u{E000}", ""),
            ("-", "-"),
            ("O\u{2019}Brien-Smith", "O\u{2019}Brien-Smith"),
            ("\u{674E}\u{5C0F}\u{9F99}", "\u{674E}\u{5C0F}\u{9F99}"),
            (
                "\u{639}\u{644}\u{6CC}\u{200C}\u{631}\u{636}\u{627}",
                "\u{639}\u{644}\u{6CC}\u{200C}\u{631}\u{636}\u{627}",
            ),
            ("A\u{200D}nn\u{200C}", "Ann"),
            ("\u{200D}\u{639}", "\u{639}"),
            ("Ann \u{1F600}", "Ann \u{1F600}"),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn case_accents_spelled_apart_and_blanks_make_no_other_name() {
        for text in ["ZO\u{CB} LEE", "zoe\u{308}  lee", "Zo\u{EB}\u{200B} Lee", "\u{2066}Zo\u{EB}\u{A0}Lee\u{2069}"] {
            assert_eq!(folded(text), "zo\u{EB} lee", "{text:?}");
        }
        assert_ne!(folded("Zoe Lee"), folded("Zo\u{EB} Lee"));
    }

    proptest! {
        #[test]
        fn ascii_is_read_as_the_tables_of_unicode_would_have_it(text in "[ -~]{0,12}|\\PC{0,6}|[\\x00-\\x7F]{0,12}|([a-c]| |\t){0,8}") {
            prop_assert_eq!(line(&text), composed_line(&text));
            for character in text.chars() {
                prop_assert_eq!(is_invisible(character), is_invisible_by_unicode(character), "{:?}", character);
            }
        }

        #[test]
        fn a_line_is_one_visible_line_and_stays_as_it_is(text in any::<String>()) {
            let once = line(&text);
            prop_assert_eq!(line(&once), once.clone());
            prop_assert!(once.chars().all(|character| JOINERS.contains(&character) || !is_invisible(character)));
            prop_assert!(!once.contains("  ") && once.trim() == once && !once.contains('\n'));
            prop_assert_eq!(folded(&once), folded(&text));
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
        }

        #[test]
        fn invisible_marks_change_nothing(
            letters in "[a-zA-Z]{1,12}", marks in proptest::collection::vec(
                proptest::sample::select(&['\u{200B}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{2060}', '\u{FEFF}', '\u{0}', '\u{1B}', '\u{AD}'][..]), 1..6
            ), at in any::<proptest::sample::Index>()
        ) {
            let mut odd: Vec<char> = letters.chars().collect();
            let at = at.index(odd.len() + 1);
            odd.splice(at..at, marks);
            prop_assert_eq!(line(&odd.into_iter().collect::<String>()), letters);
        }
    }
}
