//! A filter of hashes: tells of most that are not in a set that they are not, without a look at the disk.
//!
//! Most ids are new, and a look for a new one meets a page of its own, for nothing. This is a blocked Bloom filter: each
//! hash has a few bits in one line of the processor's cache. It errs on one side only: what was put in is always found.

/// Bits of a block: a line of the cache.
const BLOCK: usize = 512;
/// Bits of a hash within its block.
const BITS: u32 = 6;
/// Blocks for so many hashes as are expected: with 16 bits each or more, one of some hundred others seems to be there.
const PER_BLOCK: usize = BLOCK / 16;

/// A set of hashes that may seem to hold more than it does.
#[derive(Debug)]
pub(crate) struct Filter {
    blocks: Vec<[u64; BLOCK / 64]>,
}

impl Filter {
    /// An empty filter, good for so many hashes.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { blocks: vec![[0; BLOCK / 64]; capacity.div_ceil(PER_BLOCK).max(1)] }
    }

    /// Puts a hash in.
    pub(crate) fn insert(&mut self, hash: u64) {
        let block = self.block(hash);
        for (word, bit) in places(hash) {
            self.blocks[block][word] |= bit;
        }
    }

    /// Whether a hash may be in; if not, it is not.
    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        let block = &self.blocks[self.block(hash)];
        places(hash).all(|(word, bit)| block[word] & bit != 0)
    }

    fn block(&self, hash: u64) -> usize {
        usize::try_from(share(hash, self.blocks.len() as u64)).unwrap_or(0)
    }
}

/// Which of so many equal ranges of hashes one is in, 2^32 at the most. Hashes are random, so their upper half is a random
/// part of the whole: this scales it without a division
/// (<https://lemire.me/blog/2016/06/27/a-fast-alternative-to-the-modulo-reduction/>).
pub(crate) fn share(hash: u64, of: u64) -> u64 {
    ((hash >> 32) * of) >> 32
}

/// The bits of a hash in its block, as words and masks.
fn places(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    // Mixed, so that they do not depend on the bits that chose the block.
    let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (0..BITS).map(move |number| {
        let place = mixed >> (number * 9 + 10) & 0x1FF;
        (usize::from(u16::try_from(place >> 6).unwrap_or(0)), 1 << (place & 63))
    })
}

#[cfg(test)]
mod tests {
    use askfirst_core::event_hash;

    use super::*;

    #[test]
    fn what_was_put_in_is_found_and_little_else() {
        let hash = |number: usize| event_hash(&format!("event-{number}")).cast_unsigned();
        let mut filter = Filter::new(50_000);
        (0..50_000).for_each(|number| filter.insert(hash(number)));
        assert!((0..50_000).all(|number| filter.may_contain(hash(number))));
        let seeming = (50_000..100_000).filter(|number| filter.may_contain(hash(*number))).count();
        assert!(seeming < 500, "{seeming} of 50,000");
    }

    #[test]
    fn an_empty_filter_holds_nothing() {
        let filter = Filter::new(0);
        assert!(!filter.may_contain(0) && !filter.may_contain(u64::MAX));
    }
}
