//! Hashes of event ids and install ids, by which ledgers find them, and by which they know what was erased.

use askfirst_contract::InstallId;
use hmac::{Hmac, KeyInit as _, Mac as _};
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

/// What is left of an install that was erased: it can be recognised, but not found out from this.
pub type Tombstone = [u8; 16];

/// The tombstone of an install: HMAC-SHA-256 under a ledger's own key, cut to 128 bits.
#[must_use]
pub fn tombstone(key: &[u8; 32], id: &InstallId) -> Tombstone {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    let mac = match id {
        InstallId::Uuid(bytes) => mac.chain_update(bytes),
        InstallId::Text(text) => mac.chain_update(text),
    };
    let mut tombstone = Tombstone::default();
    tombstone.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    tombstone
}

/// The first 64 bits of SHA-256: as narrow as an index gets. Among ten million ids, two share a hash once in 400,000
/// ledgers; ledgers compare the ids themselves before they call two the same.
fn hash(bytes: &[u8]) -> i64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | i64::from(*byte))
}
