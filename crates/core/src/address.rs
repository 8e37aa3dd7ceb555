//! Client addresses: kept as hashes under random keys, and only while a limit needs them.
//!
//! A key serves one UTC day. It is destroyed as soon as the last window that reaches back into its day has passed;
//! from then on nobody, the operator included, can tell which address a hash was made from. While two keys are alive,
//! an address counts under both.

use askfirst_contract::{Day, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A keyed hash of an address: the first 64 bits of HMAC-SHA256, enough to count by.
pub type AddressHash = u64;

/// The key of one UTC day.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressKey {
    /// The day of receipt it serves.
    pub day: Day,
    /// Random.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressKey").field("day", &self.day).finish_non_exhaustive()
    }
}

/// The keys that are alive.
#[derive(Debug, Clone)]
pub struct AddressKeys {
    /// The longest window that counts addresses, in milliseconds.
    window: i64,
    keys: Vec<Hasher>,
}

/// A key, and HMAC begun with it: that is half of what a hash takes.
#[derive(Debug, Clone)]
struct Hasher {
    day: Day,
    mac: Hmac<Sha256>,
}

impl From<AddressKey> for Hasher {
    fn from(AddressKey { day, secret }: AddressKey) -> Self {
        let Ok(mac) = Hmac::new_from_slice(&secret) else { unreachable!("HMAC takes keys of any length") };
        Self { day, mac }
    }
}

impl Hasher {
    fn hash(&self, address: &str) -> AddressHash {
        let digest = self.mac.clone().chain_update(address).finalize().into_bytes();
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }
}

impl AddressKeys {
    /// Takes the stored keys.
    #[must_use]
    pub fn new(window: i64, keys: Vec<AddressKey>) -> Self {
        Self { window, keys: keys.into_iter().map(Hasher::from).collect() }
    }

    /// Drops the keys that are no longer alive; says whether there were any.
    pub fn drop_expired(&mut self, now: Timestamp) -> bool {
        let window = self.window;
        let before = self.keys.len();
        self.keys.retain(|key| is_alive(key.day, window, now));
        self.keys.len() < before
    }

    /// The first day whose key is still alive; what was received before it has no key any more.
    #[must_use]
    pub fn first_alive(&self, now: Timestamp) -> Day {
        let (yesterday, today) = (Day(now.day().0 - 1), now.day());
        if is_alive(yesterday, self.window, now) { yesterday } else { today }
    }

    /// Whether today has its key.
    #[must_use]
    pub fn has_today(&self, now: Timestamp) -> bool {
        self.keys.iter().any(|key| key.day == now.day())
    }

    /// Adds today's key.
    pub fn add(&mut self, key: AddressKey) {
        self.keys.push(key.into());
    }

    /// The hashes of an address under every key that is alive, today's first.
    #[must_use]
    pub fn hashes(&self, address: &str, now: Timestamp) -> Vec<AddressHash> {
        let of = |is_today| self.keys.iter().filter(move |key| (key.day == now.day()) == is_today);
        of(true).chain(of(false)).map(|key| key.hash(address)).collect()
    }
}

/// A key is alive through its day and one window more.
fn is_alive(day: Day, window: i64, now: Timestamp) -> bool {
    now.0 < Day(day.0 + 1).start().0 + window
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn key(day: i32, byte: u8) -> AddressKey {
        AddressKey { day: Day(day), secret: [byte; 32] }
    }

    #[test]
    fn a_key_lives_its_day_and_one_window() {
        let mut keys = AddressKeys::new(HOUR, vec![key(10, 1), key(11, 2)]);
        let midnight = Day(11).start().0;
        assert!(!keys.drop_expired(Timestamp(midnight + HOUR - 1)));
        assert_eq!(keys.hashes("192.0.2.1", Timestamp(midnight)).len(), 2);
        assert!(keys.drop_expired(Timestamp(midnight + HOUR)));
        assert_eq!(keys.hashes("192.0.2.1", Timestamp(midnight + HOUR)).len(), 1);
        assert!(keys.has_today(Timestamp(midnight)) && !keys.has_today(Timestamp(midnight - 1)));
    }

    #[test]
    fn hashes_depend_on_key_and_address_and_today_comes_first() {
        let keys = AddressKeys::new(HOUR, vec![key(10, 1), key(11, 2)]);
        let at = |day, address| keys.hashes(address, Day(day).start());
        assert_ne!(at(11, "192.0.2.1"), at(11, "192.0.2.2"));
        let (today, yesterday) = (at(11, "192.0.2.1"), at(10, "192.0.2.1"));
        assert_eq!((today[0], today[1]), (yesterday[1], yesterday[0]));
        assert_ne!(today[0], today[1]);
    }

    #[test]
    fn a_key_is_not_shown() {
        assert!(!format!("{:?}", key(10, 77)).contains("77"));
        // Nor what is made of it.
        let shown = |byte| format!("{:?}", AddressKeys::new(HOUR, vec![key(10, byte)]));
        assert_eq!(shown(77), shown(78));
    }
}
