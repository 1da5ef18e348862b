//! PKCE: what binds a code to the attempt that asked for it (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::clock::{Random, random_hex};
use sha2::{Digest as _, Sha256};

/// The two halves of one attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct Pkce {
    /// The secret half, which is kept until the code is exchanged.
    pub verifier: String,
    /// The public half, which the browser takes to the login: `S256` (section 4.2).
    pub challenge: String,
}

impl Pkce {
    pub fn random(random: &dyn Random) -> Self {
        let verifier = random_hex::<32>(random);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Self { verifier, challenge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Always the same.
    #[derive(Debug)]
    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn the_verifier_is_as_long_as_it_must_be_and_the_challenge_follows_from_it() {
        let pkce = Pkce::random(&Zeros);
        assert_eq!(pkce.verifier, "0".repeat(64), "43 to 128 characters (RFC 7636, section 4.1)");
        // printf '%064d' 0 | openssl dgst -sha256 -binary | basenc --base64url
        assert_eq!(pkce.challenge, "YOBb0bGVry-UES-nGXpciCiQWIQM58bflpN1a8YlD1U");
    }
}
