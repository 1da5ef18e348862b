//! Writes every page in every state, as in Australia and as in the United States, as files: `cargo run -p web --example gallery -- <dir>`, then open
//! `<dir>/index.html`.

mod samples;

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use domain::country::Country;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env::args().nth(1).ok_or("name a directory to write to")?);
    fs::create_dir_all(directory.join("assets"))?;
    for asset in web::assets::all() {
        fs::write(directory.join("assets").join(asset.name), asset.bytes)?;
    }
    let mut list = String::new();
    for (folder, assets, country) in [("", "assets/", Country::Australia), ("us/", "../assets/", Country::UnitedStates)]
    {
        fs::create_dir_all(directory.join(folder))?;
        for sample in samples::common::made_in(country, samples::all) {
            let body = axum::body::to_bytes(sample.response.into_body(), usize::MAX).await?;
            // Beside the page instead of at the root, so that it works from a file too.
            let html = String::from_utf8(body.to_vec())?.replace("\"/assets/", &format!("\"{assets}"));
            let file = format!("{folder}{}.html", sample.name);
            fs::write(directory.join(&file), html)?;
            writeln!(list, "<li><a href=\"{file}\">{folder}{}</a></li>", sample.name)?;
        }
    }
    let index =
        format!("<!doctype html><html lang=\"en\"><title>Gallery</title><h1>Gallery</h1><ul>\n{list}</ul></html>\n");
    fs::write(directory.join("index.html"), index)?;
    Ok(())
}
