//! Writes every page in every state as files: `cargo run -p web --example gallery -- <dir>`, then open
//! `<dir>/index.html`.

mod samples;

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env::args().nth(1).ok_or("name a directory to write to")?);
    fs::create_dir_all(directory.join("assets"))?;
    for asset in web::assets::all() {
        fs::write(directory.join("assets").join(asset.name), asset.bytes)?;
    }
    let mut list = String::new();
    for sample in samples::all() {
        let body = axum::body::to_bytes(sample.response.into_body(), usize::MAX).await?;
        // Beside the page instead of at the root, so that it works from a file too.
        let html = String::from_utf8(body.to_vec())?.replace("\"/assets/", "\"assets/");
        fs::write(directory.join(format!("{}.html", sample.name)), html)?;
        writeln!(list, "<li><a href=\"{0}.html\">{0}</a></li>", sample.name)?;
    }
    let index =
        format!("<!doctype html><html lang=\"en\"><title>Gallery</title><h1>Gallery</h1><ul>\n{list}</ul></html>\n");
    fs::write(directory.join("index.html"), index)?;
    Ok(())
}
