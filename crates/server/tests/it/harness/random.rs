//! Ids nothing else uses, and randomness that can be told again by its seed.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::Ipv4Addr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// `SplitMix64`: small, and good enough to choose moments and populations.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap();
        &choices[index]
    }
}

/// A seed nobody chose.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A number no other call in this process gets, and hardly one of another process: `mix` maps one to one.
fn fresh() -> u64 {
    static START: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    mix(START.get_or_init(seed).wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed)))
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// As the released client makes them: 16 hex digits.
pub(crate) fn event_id() -> String {
    format!("{:016x}", fresh())
}

/// A UUID of version 4, in lower case and with a letter in it, so that upper case is another text.
pub(crate) fn install_id() -> String {
    let bits = fresh();
    format!("{:08x}-{:04x}-4a00-8b00-{:012x}", bits >> 32, (bits >> 16) & 0xFFFF, bits & 0xFFFF)
}

/// The next of the 131,072 addresses set apart for benchmarks (RFC 2544).
pub(crate) fn address() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let offset = COUNT.fetch_add(1, Ordering::Relaxed) % (1 << 17);
    Ipv4Addr::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)) + offset).to_string()
}
