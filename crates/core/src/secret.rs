//! Secrets that the operator configures: never shown, and compared in constant time.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A token, or the key of a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret; `None` where there is nothing in it, so that an empty setting opens no door.
    #[must_use]
    pub fn new(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        (!secret.is_empty()).then(|| Self(secret.to_owned()))
    }

    /// Whether this is the secret, in a time that tells neither how much of it is right nor how long it is.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        is_equal(self.0.as_bytes(), given.as_bytes())
    }

    /// Whether this is the HMAC-SHA-256 of a text under the secret, in hex of any case.
    #[must_use]
    pub fn signed(&self, text: &[u8], signature: &str) -> bool {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let digits = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
        let tag: Option<Vec<u8>> = signature.as_bytes().chunks(2).map(byte).collect();
        digits && tag.is_some_and(|tag| mac(self.0.as_bytes(), text).verify_slice(&tag).is_ok())
    }
}

/// Whether two secrets are the same, in a time that tells neither how much of them is nor how long they are.
pub(crate) fn is_equal(one: &[u8], other: &[u8]) -> bool {
    const MESSAGE: &[u8] = b"a secret is compared";
    let tag = mac(other, MESSAGE).finalize().into_bytes();
    mac(one, MESSAGE).verify_slice(&tag).is_ok()
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let Ok(mac) = Hmac::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    mac.chain_update(message)
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_itself_alone_and_not_shown() {
        let secret = Secret::new(" hunter2\n").unwrap();
        assert!(secret.is("hunter2"));
        for other in ["", "hunter", "hunter22", "Hunter2"] {
            assert!(!secret.is(other), "{other}");
        }
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(Secret::new(" "), None);
    }

    #[test]
    fn signatures_are_hmac_sha_256() {
        // RFC 4231, test case 2.
        let secret = Secret::new("Jefe").unwrap();
        let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let text = b"what do ya want for nothing?";
        assert!(secret.signed(text, signature) && secret.signed(text, &signature.to_uppercase()));
        assert!(!secret.signed(text, &signature[1..]) && !secret.signed(b"what?", signature));
        assert!(!secret.signed(text, ""));
    }
}
