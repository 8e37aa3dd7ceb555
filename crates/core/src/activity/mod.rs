//! What an event is counted by, and the sets of installs and counts of days that come of it.

mod counted_event;
mod mark;
mod values;

use askfirst_contract::{DimensionValue, Role};
use roaring::RoaringBitmap;

use crate::outcome::is_version;

pub use counted_event::{CountedEvent, clock_ahead, stored_contract};
pub use mark::{Folded, Mark, SetPlace, add_to_daily, add_to_sets, chunk_of, fold, take_out};
pub use values::{Noted, Numbered, Values};

/// The dimension of event types.
pub const TYPE: &str = "type";

/// Installs of a ledger by their numbers.
pub type Installs = RoaringBitmap;

/// A set as it is stored: in Roaring's portable form.
#[must_use]
pub fn set_to_bytes(set: &Installs) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail.
    let _ = set.serialize_into(&mut bytes);
    bytes
}

/// How many installs stand in one row of a ledger: a Roaring bitmap keeps so many in one container of at most 8 KiB.
pub const CHUNK: u32 = 1 << 16;

/// A value that events are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'e> {
    /// The dimension.
    pub dimension: &'e str,
    /// The value.
    pub value: &'e str,
    /// Whether its counts outlive the events: they do where no client can have made the value up, or where it is
    /// shaped like a version.
    pub is_kept: bool,
}

/// Everything that an event is counted by: its type, its runtime (who does not say is taken for a person), and what
/// its contract declares.
pub fn counted_by<'e>(
    event_type: &'e str,
    is_declared: bool,
    dimensions: &'e [DimensionValue],
) -> impl Iterator<Item = Counted<'e>> {
    let runtime = Role::Runtime.name();
    let is_silent = !dimensions.iter().any(|known| &*known.dimension == runtime);
    let interactive = Counted { dimension: runtime, value: Role::RUNTIMES[0], is_kept: true };
    let declared = dimensions.iter().map(|known| Counted {
        dimension: &known.dimension,
        value: &known.value,
        is_kept: known.is_declared || (&*known.dimension == Role::AppVersion.name() && is_version(&known.value)),
    });
    is_silent
        .then_some(interactive)
        .into_iter()
        .chain([Counted { dimension: TYPE, value: event_type, is_kept: is_declared }])
        .chain(declared)
}
