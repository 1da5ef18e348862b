//! TLS as every connection of a function has it: to Xero, to GO1 and to AWS.

use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, RootCertStore};

/// Mozilla's roots, compiled in. Reading the system's took more than half of a cold start.
static ROOTS: LazyLock<Arc<RootCertStore>> =
    LazyLock::new(|| Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()));

/// Who is believed, and with which ciphers; aws-lc-rs does the mathematics.
pub(crate) fn configuration() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(Arc::clone(&ROOTS))
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_are_there_and_made_once() {
        assert!(ROOTS.len() > 100, "{} roots", ROOTS.len());
        assert!(configuration().is_ok());
        assert_eq!(Arc::strong_count(&ROOTS), 1, "a configuration that is gone keeps none");
    }
}
