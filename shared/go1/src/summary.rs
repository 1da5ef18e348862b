//! Plain text from HTML: for a line or two on a page, so that nothing of somebody else's HTML gets there.

/// The text of `html` in one line, without tags, scripts and styles, with the commonest entities read, and at most
/// `longest` characters long, cut between words.
pub(crate) fn plain_text(html: &str, longest: usize) -> String {
    let mut text = String::with_capacity(html.len().min(4096));
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        if !opens_tag(rest) {
            // A less-than sign that is only that.
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        // Tags part words: `<p>one</p><p>two</p>`.
        text.push(' ');
        let end = match hidden(rest) {
            Some(closing) => rest.to_ascii_lowercase().find(closing).map(|start| start + closing.len()),
            None if rest.starts_with("<!--") => rest.find("-->").map(|start| start + "-->".len()),
            None => rest.find('>').map(|start| start + 1),
        };
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
    text.push_str(rest);
    cut(&entities(&text), longest)
}

fn opens_tag(text: &str) -> bool {
    text[1..].starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?'))
}

/// How an element ends whose content nobody is meant to read.
fn hidden(tag: &str) -> Option<&'static str> {
    let name: String = tag[1..].chars().take_while(char::is_ascii_alphabetic).collect();
    match name.to_ascii_lowercase().as_str() {
        "script" => Some("</script>"),
        "style" => Some("</style>"),
        _ => None,
    }
}

fn entities(text: &str) -> String {
    const ENTITIES: [(&str, &str); 11] = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&apos;", "'"),
        ("&rsquo;", "\u{2019}"),
        ("&ndash;", "\u{2013}"),
        ("&hellip;", "\u{2026}"),
        // Last, so that `&amp;lt;` stays the text `&lt;`.
        ("&amp;", "&"),
    ];
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// One line of at most `longest` characters.
fn cut(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        if length + usize::from(length > 0) + word_length > longest {
            // Room for the ellipsis.
            while length >= longest && line.pop().is_some() {
                length -= 1;
            }
            let kept = line.trim_end().len();
            line.truncate(kept);
            line.push('\u{2026}');
            return line;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += word_length;
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_becomes_one_line_within_the_limit(html in "\\PC{0,200}", longest in 1_usize..50) {
            let text = plain_text(&html, longest);
            prop_assert!(text.chars().count() <= longest);
            prop_assert!(!text.contains('\n'));
        }

        #[test]
        fn no_tag_is_left(before in "[a-z ]{0,9}", tag in "[a-z]{1,6}", attribute in "[a-z=\"' ]{0,12}", inner in "[a-z ]{0,9}") {
            prop_assume!(tag != "script" && tag != "style");
            let html = format!("{before}<{tag} {attribute}>{inner}</{tag}>");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&plain_text(&html, 500)), words(&format!("{before} {inner}")));
        }
    }

    #[test]
    fn what_is_not_meant_to_be_read_is_gone() {
        let html = "<style>p{}</style><p>Lift <b>safely</b> &amp; well,<br/>2 &lt; 3 and 4 < 5.</p><!-- a > b -->\
            <SCRIPT>alert('x')</script><p>R&amp;lt;D&nbsp;end";
        assert_eq!(plain_text(html, 500), "Lift safely & well, 2 < 3 and 4 < 5. R&lt;D end");
    }

    #[test]
    fn what_never_ends_is_left_out() {
        assert_eq!(plain_text("one <script>two", 500), "one");
        assert_eq!(plain_text("one <p two", 500), "one");
        assert_eq!(plain_text("one <", 500), "one <");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(plain_text("one two three", 9), "one two\u{2026}");
        assert_eq!(plain_text("one two three", 7), "one tw\u{2026}");
        assert_eq!(plain_text("one two three", 13), "one two three");
    }
}
