//! What one run leaves for the next, in a file that only its owner may read: it holds tokens.

use std::fs::{File, OpenOptions, rename};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// What is kept.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Content {
    /// How many runs there were: their people have other addresses each time, because GO1 deletes no account.
    pub(crate) runs: u32,
    /// The connected organisation.
    pub(crate) tenant: Option<String>,
    /// Xero's refresh token.
    pub(crate) xero_refresh_token: Option<String>,
    /// The test portal.
    pub(crate) portal: Option<KeptPortal>,
}

/// The test portal, written down before it is asked for.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct KeptPortal {
    pub(crate) domain: String,
    pub(crate) tenant: String,
    pub(crate) country: String,
    pub(crate) asked_at: Timestamp,
    /// GO1's id of it, once it is known.
    pub(crate) id: Option<String>,
    /// The owner's account.
    pub(crate) administrator: Option<String>,
    pub(crate) refresh_token: Option<String>,
}

/// The file, and what it holds.
pub(crate) struct Kept {
    path: PathBuf,
    pub(crate) content: Content,
}

impl Kept {
    /// Reads the file, where there is one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let content = match File::open(path) {
            Ok(file) => serde_json::from_reader(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Content::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.to_owned(), content })
    }

    /// Writes it, whole or not at all.
    pub(crate) fn save(&self) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec_pretty(&self.content)?)?;
        file.sync_all()?;
        rename(beside, &self.path)
    }

    pub(crate) fn keep_xero(&mut self, token: &SecretString) -> io::Result<()> {
        self.content.xero_refresh_token = Some(token.expose_secret().to_owned());
        self.save()
    }

    pub(crate) fn keep_portal(&mut self, token: &SecretString) -> io::Result<()> {
        if let Some(portal) = &mut self.content.portal {
            portal.refresh_token = Some(token.expose_secret().to_owned());
        }
        self.save()
    }
}
