//! Hashes of event ids and install ids, by which ledgers find them.

use askfirst_contract::InstallId;
use sha2::{Digest as _, Sha256};

/// The hash of an event id.
#[must_use]
pub fn event_hash(id: &str) -> i64 {
    hash(id.as_bytes())
}

/// The hash of an install id.
#[must_use]
pub fn install_hash(id: &InstallId) -> i64 {
    match id {
        InstallId::Uuid(bytes) => hash(bytes),
        InstallId::Text(text) => hash(text.as_bytes()),
    }
}

/// The first 64 bits of SHA-256: as narrow as an index gets. Among ten million ids, two share a hash once in 400,000
/// ledgers; ledgers compare the ids themselves before they call two the same.
fn hash(bytes: &[u8]) -> i64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | i64::from(*byte))
}
