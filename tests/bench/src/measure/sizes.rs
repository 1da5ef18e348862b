//! How large the archives are that are deployed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crate::cloud::{Places, template};
use crate::failure::Failure;

/// Packs a file as `infra/deploy/packages.py` does, and prints how many bytes that is.
const PACK: &str = "import io, sys, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, 'w') as archive:
    archive.writestr('bootstrap', open(sys.argv[1], 'rb').read(), zipfile.ZIP_DEFLATED, 6)
print(len(packed.getvalue()))";

/// The zip of each function, in bytes.
pub(crate) fn zips(places: &Places) -> Result<BTreeMap<&'static str, u64>, Failure> {
    let mut sizes = BTreeMap::new();
    for (name, _) in template::FUNCTIONS {
        sizes.insert(name, zip(&places.binary(name))?);
    }
    Ok(sizes)
}

fn zip(binary: &PathBuf) -> Result<u64, Failure> {
    let packed = Command::new("python3").args(["-c", PACK]).arg(binary).output()?;
    let bytes = String::from_utf8_lossy(&packed.stdout);
    let bytes = bytes.trim().parse();
    Ok(bytes.map_err(|_| format!("python3 packs nothing: {}", String::from_utf8_lossy(&packed.stderr)))?)
}
