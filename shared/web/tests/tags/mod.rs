//! The tags of a page. Our templates escape every `<` of a text, so a tag is whatever stands between `<` and `>`.

const EMPTY: [&str; 9] = ["br", "hr", "img", "input", "link", "meta", "wbr", "path", "rect"];

/// One opening tag.
#[derive(Debug)]
pub(crate) struct Tag {
    /// In lower case.
    pub(crate) name: String,
    /// Name and value; the value is empty where there is none.
    pub(crate) attributes: Vec<(String, String)>,
    /// The names of the tags that it is inside of, outermost first.
    pub(crate) inside: Vec<String>,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(attribute, _)| attribute == name).map(|(_, value)| value.as_str())
    }
}

/// All opening tags, in order.
pub(crate) fn of(html: &str) -> Vec<Tag> {
    let (mut tags, mut inside) = (Vec::new(), Vec::<String>::new());
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("a tag ends");
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(inside.pop().as_deref(), Some(name.trim()), "a tag closes what is open");
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default().to_lowercase();
        let attributes = attributes(&tag[name.len()..]);
        tags.push(Tag { name: name.clone(), attributes, inside: inside.clone() });
        if !tag.ends_with('/') && !EMPTY.contains(&name.as_str()) {
            inside.push(name);
        }
    }
    assert!(inside.is_empty() || inside == ["html"], "left open: {inside:?}");
    tags
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/']);
        if rest.is_empty() {
            return attributes;
        }
        let end = rest.find(['=', ' ', '\n', '/']).unwrap_or(rest.len());
        let name = rest[..end].to_lowercase();
        rest = &rest[end..];
        let value = if let Some(quoted) = rest.strip_prefix("=\"") {
            let (value, after) = quoted.split_once('"').expect("a value ends");
            rest = after;
            value.to_owned()
        } else {
            assert!(!rest.starts_with('='), "an attribute's value is in quotes");
            String::new()
        };
        attributes.push((name, value));
    }
}
