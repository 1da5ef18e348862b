//! Names each file that pages refer to with a digest of its content, once for all processes: no function has to work that out
//! before its first page.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest as _, Sha256};

/// The parts of the stylesheet, which is one file for browsers.
const STYLESHEET: [&str; 7] = [
    "colours-and-text.css",
    "frame.css",
    "pieces.css",
    "forms.css",
    "start-page-and-courses.css",
    "people-and-imports.css",
    "endings.css",
];

/// Figtree, by its authors under the SIL Open Font License (see `assets/fonts`): what names in Western Europe need, and
/// what others need besides. A browser fetches the second for a page with such a name only.
const FONTS: [&str; 2] = ["figtree-latin.woff2", "figtree-latin-extended.woff2"];

const OTHERS: [(&str, &str); 7] = [
    ("site.js", "text/javascript; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
    ("icon-busy.svg", "image/svg+xml"),
    ("icon-done.svg", "image/svg+xml"),
    ("icon-attention.svg", "image/svg+xml"),
    ("touch-icon.png", "image/png"),
    ("share.png", "image/png"),
];

/// A file as it is sent.
struct File {
    name: &'static str,
    content_type: &'static str,
    path: PathBuf,
    version: String,
}

impl File {
    fn read(name: &'static str, content_type: &'static str, path: PathBuf) -> Result<Self, Box<dyn Error>> {
        let digest = Sha256::digest(fs::read(&path)?);
        let first = u64::from_be_bytes(digest[..8].try_into()?);
        Ok(Self { name, content_type, path, version: format!("{first:016x}") })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=build.rs");
    let (assets, out) = (PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("assets"), env::var("OUT_DIR")?);
    let out = Path::new(&out);
    let mut files = Vec::new();
    for name in FONTS {
        files.push(File::read(name, "font/woff2", assets.join("fonts").join(name))?);
    }
    let mut css = String::new();
    for part in STYLESHEET {
        css += &fs::read_to_string(assets.join("site").join(part))?;
    }
    let mut css = compact(&css);
    for font in &files {
        css = css.replace(&format!("url({})", font.name), &format!("url({}?v={})", font.name, font.version));
    }
    fs::write(out.join("site.css"), css)?;
    files.push(File::read("site.css", "text/css; charset=utf-8", out.join("site.css"))?);
    for (name, content_type) in OTHERS {
        files.push(File::read(name, content_type, assets.join(name))?);
    }
    fs::write(out.join("assets.rs"), written(&files)?)?;
    Ok(())
}

/// The source that `src/assets.rs` includes.
fn written(files: &[File]) -> Result<String, std::fmt::Error> {
    let mut text = format!("static FILES: [Asset; {}] = [\n", files.len());
    for File { name, content_type, path, version } in files {
        let path = path.to_string_lossy();
        writeln!(
            text,
            "    Asset {{ name: {name:?}, content_type: {content_type:?}, bytes: include_bytes!({path:?}), version: {version:?} }},"
        )?;
    }
    writeln!(text, "];\nstatic VERSIONS: [(&str, &str); {}] = [", files.len())?;
    for File { name, version, .. } in files {
        writeln!(text, "    ({name:?}, {version:?}),")?;
    }
    text += "];\n";
    Ok(text)
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
