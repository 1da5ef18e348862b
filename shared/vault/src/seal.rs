//! Encrypts tokens with AES-256-GCM under a key from Secrets Manager, with the owner as associated data.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::clock::Random;
use secrecy::{ExposeSecret, SecretString};
use transport::Unread;

/// The version of the format, with which every sealed text begins.
const FORMAT: &str = "v1";

/// The keys that tokens are sealed with. A sealed text names its key, so a new key can be added, made current, and the
/// old one kept until nothing is sealed with it.
pub struct SealingKeys {
    current: String,
    keys: BTreeMap<String, LessSafeKey>,
}

/// Why a text cannot be sealed or opened. It says nothing about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The secret is not `{"current": "1", "1": "<64 hex digits>"}`.
    #[error("the sealing keys are not of the form {{\"current\": \"1\", \"1\": \"<64 hex digits>\"}}")]
    MalformedKeys,
    /// The text is sealed with a key that is not among ours.
    #[error("sealed with an unknown key")]
    UnknownKey,
    /// The text is not sealed, is sealed for another owner, or was changed.
    #[error("the seal is broken")]
    Broken,
    /// The keys could not be read.
    #[error(transparent)]
    Unread(#[from] Unread),
}

impl SealingKeys {
    /// What the secret must be, for whoever reads that it is not.
    pub const EXPECTED: &str = r#"{"current": "1", "1": "<64 hex digits>"}"#;

    /// Reads the secret: a JSON object with `current` and one entry a key, 64 hex digits each.
    pub fn from_json(secret: &SecretString) -> Result<Self, SealError> {
        let mut entries: BTreeMap<String, String> =
            serde_json::from_str(secret.expose_secret()).map_err(|_| SealError::MalformedKeys)?;
        let current = entries.remove("current").ok_or(SealError::MalformedKeys)?;
        let mut keys = BTreeMap::new();
        for (id, hex) in entries {
            let bytes = from_hex(&hex).ok_or(SealError::MalformedKeys)?;
            let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| SealError::MalformedKeys)?;
            keys.insert(id, LessSafeKey::new(key));
        }
        if current.contains('.') || !keys.contains_key(&current) {
            return Err(SealError::MalformedKeys);
        }
        Ok(Self { current, keys })
    }

    /// The name of the key that texts are sealed with now.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The name of the key that a text is sealed with; `None` where it is not sealed.
    pub fn key_of(sealed: &str) -> Option<&str> {
        let mut parts = sealed.splitn(3, '.');
        (parts.next() == Some(FORMAT)).then(|| parts.next()).flatten()
    }

    /// Seals `plain` for `owner` with the current key and a fresh nonce.
    pub fn seal(&self, plain: &str, owner: &str, random: &dyn Random) -> Result<String, SealError> {
        let key = self.keys.get(&self.current).ok_or(SealError::UnknownKey)?;
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = plain.as_bytes().to_vec();
        let owner = Aad::from(associated_data(&self.current, owner));
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), owner, &mut sealed)
            .map_err(|_| SealError::Broken)?;
        let mut text = nonce.to_vec();
        text.append(&mut sealed);
        Ok(format!("{FORMAT}.{}.{}", self.current, URL_SAFE_NO_PAD.encode(text)))
    }

    /// Opens what was sealed for `owner`.
    pub fn open(&self, sealed: &str, owner: &str) -> Result<SecretString, SealError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORMAT), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(SealError::Broken);
        };
        let key = self.keys.get(id).ok_or(SealError::UnknownKey)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Broken)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(SealError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Broken)?;
        let mut sealed = sealed.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(associated_data(id, owner)), &mut sealed)
            .map_err(|_| SealError::Broken)?;
        String::from_utf8(plain.to_vec()).map(SecretString::from).map_err(|_| SealError::Broken)
    }
}

/// The associated data: format, key and owner, so that a text sealed for one owner does not open for another.
fn associated_data(key_id: &str, owner: &str) -> Vec<u8> {
    format!("{FORMAT}|{key_id}|{owner}").into_bytes()
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|start| u8::from_str_radix(hex.get(start..start + 2)?, 16).ok()).collect()
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SealingKeys").field("current", &self.current).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn keys(json: &str) -> Result<SealingKeys, SealError> {
        SealingKeys::from_json(&SecretString::from(json))
    }

    fn two_keys(current: &str) -> SealingKeys {
        let json = format!(r#"{{"current":"{current}","1":"{}","2":"{}"}}"#, "0a".repeat(32), "0b".repeat(32));
        keys(&json).expect("well-formed")
    }

    fn random() -> Counting {
        Counting(0.into())
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_its_owner_only(plain in ".{0,200}", owner in "[a-z|]{0,20}", other in "[a-z|]{0,20}") {
            let keys = two_keys("1");
            let sealed = keys.seal(&plain, &owner, &random()).expect("seals");
            let opened = keys.open(&sealed, &owner).expect("opens");
            prop_assert_eq!(opened.expose_secret(), plain.as_str());
            if other != owner {
                prop_assert_eq!(keys.open(&sealed, &other).err(), Some(SealError::Broken));
            }
        }

        #[test]
        fn any_change_breaks_the_seal(position in 0usize..60, character in "[a-zA-Z0-9_.-]") {
            let keys = two_keys("1");
            let sealed = keys.seal("an access token and a refresh token", "owner", &random()).expect("seals");
            let mut changed = sealed.clone();
            changed.replace_range(position..=position, &character);
            prop_assume!(changed != sealed);
            prop_assert!(keys.open(&changed, "owner").is_err());
        }

        #[test]
        fn no_text_makes_opening_panic(text in "\\PC{0,100}") {
            prop_assert!(two_keys("1").open(&text, "owner").is_err());
        }
    }

    #[test]
    fn sealing_twice_gives_two_texts() {
        let (keys, random) = (two_keys("1"), random());
        assert_ne!(keys.seal("same", "owner", &random), keys.seal("same", "owner", &random));
    }

    #[test]
    fn keys_can_be_turned() {
        let sealed = two_keys("1").seal("token", "owner", &random()).expect("seals");
        assert_eq!(two_keys("2").open(&sealed, "owner").expect("opens").expose_secret(), "token");
        let only_new = keys(&format!(r#"{{"current":"2","2":"{}"}}"#, "0b".repeat(32))).expect("well-formed");
        assert_eq!(only_new.open(&sealed, "owner").err(), Some(SealError::UnknownKey));
    }

    #[test]
    fn malformed_keys_are_refused() {
        let short = "0a".repeat(31);
        for json in [
            "",
            "[]",
            "{}",
            r#"{"current":"1"}"#,
            &format!(r#"{{"current":"1","1":"{short}"}}"#),
            r#"{"current":"1","1":"zz"}"#,
            r#"{"current":"1","1":"é0"}"#,
        ] {
            assert_eq!(keys(json).err(), Some(SealError::MalformedKeys), "{json}");
        }
    }
}
