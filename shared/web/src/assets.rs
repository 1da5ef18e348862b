//! The stylesheet, the script, the icons and the typeface: embedded, and named with a digest of their content, so that browsers may
//! keep them for a year.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use crate::problem::Problem;
use crate::site::SiteSettings;

/// A file that pages refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name: the last part of its path.
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// The first 16 hex digits of the content's SHA-256.
    pub version: String,
}

/// The stylesheet is one file for browsers, and one for each subject here. It names the two parts of the typeface.
static STYLESHEET: LazyLock<String> = LazyLock::new(|| {
    [LATIN, LATIN_EXTENDED].iter().fold(compact(SOURCES), |css, (name, bytes)| {
        css.replace(&format!("url({name})"), &format!("url({name}?v={})", version_of(bytes)))
    })
});

/// Figtree, by its authors under the SIL Open Font License (see `assets/fonts`): what names in Western Europe need, and
/// what others need besides. A browser fetches the second for a page with such a name only.
const LATIN: (&str, &[u8]) = ("figtree-latin.woff2", include_bytes!("../assets/fonts/figtree-latin.woff2"));
const LATIN_EXTENDED: (&str, &[u8]) =
    ("figtree-latin-extended.woff2", include_bytes!("../assets/fonts/figtree-latin-extended.woff2"));

const SOURCES: &str = concat!(
    include_str!("../assets/site/colours-and-text.css"),
    include_str!("../assets/site/frame.css"),
    include_str!("../assets/site/pieces.css"),
    include_str!("../assets/site/forms.css"),
    include_str!("../assets/site/start-page-and-courses.css"),
    include_str!("../assets/site/people-and-imports.css"),
    include_str!("../assets/site/endings.css"),
);

const SVG: &str = "image/svg+xml";

static ASSETS: LazyLock<[Asset; 10]> = LazyLock::new(|| {
    [
        asset("site.css", "text/css; charset=utf-8", STYLESHEET.as_bytes()),
        asset("site.js", "text/javascript; charset=utf-8", include_bytes!("../assets/site.js")),
        asset("icon.svg", SVG, include_bytes!("../assets/icon.svg")),
        asset("icon-busy.svg", SVG, include_bytes!("../assets/icon-busy.svg")),
        asset("icon-done.svg", SVG, include_bytes!("../assets/icon-done.svg")),
        asset("icon-attention.svg", SVG, include_bytes!("../assets/icon-attention.svg")),
        asset("touch-icon.png", "image/png", include_bytes!("../assets/touch-icon.png")),
        asset("share.png", "image/png", include_bytes!("../assets/share.png")),
        asset(LATIN.0, "font/woff2", LATIN.1),
        asset(LATIN_EXTENDED.0, "font/woff2", LATIN_EXTENDED.1),
    ]
});

fn asset(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, content_type, bytes, version: version_of(bytes) }
}

fn version_of(bytes: &[u8]) -> String {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let mut version = domain::clock::sha256_hex(&text);
    version.truncate(16);
    version
}

/// The stylesheet without comments, and without what only people need to read it.
fn compact(css: &str) -> String {
    let mut text = String::with_capacity(css.len());
    for (number, part) in css.split("/*").enumerate() {
        text.push_str(if number == 0 { part } else { part.split_once("*/").map_or("", |(_, after)| after) });
    }
    let lines = text.lines().map(str::trim).collect::<String>();
    [(" {", "{"), ("; ", ";"), ("{ ", "{"), (" }", "}"), (": ", ":"), (", ", ","), (";}", "}")]
        .iter()
        .fold(lines, |css, (from, to)| css.replace(from, to))
}

pub fn all() -> &'static [Asset] {
    ASSETS.as_slice()
}

pub fn find(name: &str) -> Option<&'static Asset> {
    all().iter().find(|asset| asset.name == name)
}

/// Where a page links to: `/assets/site.css?v=0123456789abcdef`. An unknown name gives a path that is not found.
pub fn path(name: &str) -> String {
    find(name).map_or_else(|| format!("/assets/{name}"), |asset| format!("/assets/{name}?v={}", asset.version))
}

/// Answers `GET /assets/{name}`. The query does not matter: a page of the previous version that is still open gets
/// today's file, and asks again after a while.
pub fn response(name: &str, query: Option<&str>, request: &HeaderMap) -> Result<Response, Problem> {
    let asset = find(name).ok_or(Problem::NotFound)?;
    let etag = format!("\"{}\"", asset.version);
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|known| known.trim().trim_start_matches("W/") == etag));
    let current = query == Some(format!("v={}", asset.version).as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "public, max-age=60" };

    let mut response = Response::new(if known { Body::empty() } else { Body::from(asset.bytes) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Answers `GET /robots.txt`: what everybody may see may be found, and nothing else, which needs a session.
pub fn robots() -> Response {
    let rules = "User-agent: *\nAllow: /$\nAllow: /help\nAllow: /signup$\nAllow: /assets/\nDisallow: /\n";
    let mut response = Response::new(Body::from(rules));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

/// Answers `GET /.well-known/security.txt` (RFC 9116): where to tell about a weakness. It is made anew at each request, so
/// it is good for half a year from then, and never stale.
pub fn security_txt(site: &SiteSettings, now: Timestamp) -> Response {
    let expires = now + SECURITY_TXT_LIFETIME;
    let (contact, url) = (&site.support_contact, &site.public_url);
    let text = format!(
        "Contact: {contact}\nExpires: {}\nPreferred-Languages: en\nCanonical: {url}/.well-known/security.txt\n",
        expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

/// RFC 9116 recommends less than a year.
const SECURITY_TXT_LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn the_stylesheet_and_the_script_are_small_on_their_way() {
        let sent = |name: &str| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(find(name).expect("there").bytes).expect("in memory");
            gzip.finish().expect("in memory").len()
        };
        let (css, script) = (sent("site.css"), sent("site.js"));
        assert!(css < 15_000 && script < 8_000, "{css} and {script} bytes, compressed as at the edge");
    }

    fn header<'response>(response: &'response Response, name: &http::HeaderName) -> &'response str {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[test]
    fn a_linked_asset_is_kept_for_a_year_and_not_sent_twice() {
        for asset in all() {
            let path = path(asset.name);
            let query = path.split_once('?').map(|(_, query)| query);
            let first = response(asset.name, query, &HeaderMap::new()).expect("there");
            assert_eq!(first.status(), StatusCode::OK);
            let kind = header(&first, &header::CONTENT_TYPE);
            let is_text = [".css", ".js", ".mjs", ".txt"].iter().any(|text| asset.name.ends_with(text));
            assert!(kind.contains('/') && kind.ends_with("; charset=utf-8") == is_text, "{}: {kind}", asset.name);
            assert!(header(&first, &header::CACHE_CONTROL).contains("immutable"));
            let etag = first.headers().get(header::ETAG).expect("an etag").clone();
            let request = HeaderMap::from_iter([(header::IF_NONE_MATCH, etag)]);
            assert_eq!(response(asset.name, query, &request).expect("there").status(), StatusCode::NOT_MODIFIED);
        }
    }

    #[test]
    fn an_old_link_gets_the_file_and_asks_again_soon() {
        let old = response("site.css", Some("v=0000"), &HeaderMap::new()).expect("there");
        assert_eq!(header(&old, &header::CACHE_CONTROL), "public, max-age=60");
    }

    #[test]
    fn nothing_else_is_an_asset() {
        for name in ["", "../Cargo.toml", "site.css/", "SITE.CSS"] {
            assert!(matches!(response(name, None, &HeaderMap::new()), Err(Problem::NotFound)), "{name}");
        }
    }
}
