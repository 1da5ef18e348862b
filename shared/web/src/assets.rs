//! The stylesheet, the script, the icons and the typeface: embedded, and named with a digest of their content, so that browsers may
//! keep them for a year.

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
    pub version: &'static str,
}

// `FILES`, and `VERSIONS` by themselves: a function that only links to the files does not carry them. Made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub fn all() -> &'static [Asset] {
    &FILES
}

pub fn find(name: &str) -> Option<&'static Asset> {
    all().iter().find(|asset| asset.name == name)
}

/// Where a page links to: `/assets/site.css?v=0123456789abcdef`. An unknown name gives a path that is not found.
pub fn path(name: &str) -> String {
    let version = VERSIONS.iter().find(|(asset, _)| *asset == name);
    version.map_or_else(|| format!("/assets/{name}"), |(_, version)| format!("/assets/{name}?v={version}"))
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
    use sha2::{Digest as _, Sha256};

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
    fn a_version_is_the_digest_of_what_is_sent_and_the_stylesheet_names_the_typeface_by_it() {
        for asset in all() {
            let digest = Sha256::digest(asset.bytes);
            let first = u64::from_be_bytes(digest[..8].try_into().expect("eight bytes"));
            assert_eq!(asset.version, format!("{first:016x}"), "{}", asset.name);
            assert_eq!(path(asset.name), format!("/assets/{}?v={}", asset.name, asset.version));
        }
        let css = std::str::from_utf8(find("site.css").expect("there").bytes).expect("text");
        for font in all().iter().filter(|asset| asset.content_type == "font/woff2") {
            assert!(css.contains(&format!("url({}?v={})", font.name, font.version)), "{}", font.name);
        }
        assert!(!css.contains("/*") && !css.contains("  ") && css.contains("@font-face"));
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
