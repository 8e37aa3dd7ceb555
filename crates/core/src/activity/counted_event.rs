//! What stored events are counted by, read from their rows again.

use askfirst_contract::{Contract, DimensionValue, Json, Timestamp};

use super::{Counted, counted_by};
use crate::sequence::received_at;

/// What a stored event's row tells of what it is counted by.
#[derive(Debug, Clone, Copy)]
pub struct CountedEvent<'r> {
    /// Its sequence.
    pub seq: i64,
    /// Its type.
    pub event_type: &'r str,
    /// When it happened, by the client's clock, in milliseconds.
    pub occurred_at: Option<i64>,
    /// The declared rest.
    pub fields: &'r str,
}

impl CountedEvent<'_> {
    /// The UTC day it is counted on, since 1970.
    #[must_use]
    pub fn day(self) -> i32 {
        self.occurred_at.map_or(received_at(self.seq), Timestamp).day().0
    }

    /// Hands out what it is counted by under the contract that accepted it.
    pub fn counted<T>(
        self,
        contract: Option<&Contract>,
        take: impl FnOnce(&mut dyn Iterator<Item = Counted<'_>>) -> T,
    ) -> T {
        let (is_declared, dimensions) = self.dimensions(contract);
        take(&mut counted_by(self.event_type, is_declared, &dimensions))
    }

    /// Whether its type is declared, and what it has in each dimension.
    fn dimensions(self, contract: Option<&Contract>) -> (bool, Vec<DimensionValue>) {
        let declared = contract.and_then(|contract| contract.event(self.event_type));
        let known = declared.or(contract.and_then(|contract| contract.envelope.as_ref()));
        let fields = Json::parse(self.fields.as_bytes()).ok();
        let values = known.zip(fields).map(|(known, fields)| known.dimension_values(&fields));
        (declared.is_some(), values.unwrap_or_default())
    }
}

/// The contract that accepted events, as it is stored.
#[must_use]
pub fn stored_contract(text: &str) -> Option<Contract> {
    // Printed by us; one that a later version of the language can't read leaves type and runtime.
    Contract::parse("contract", text).ok()
}

/// How long after their receipt events may say that they happened, by any of the contracts there were, in milliseconds.
pub fn clock_ahead<'c>(contracts: impl Iterator<Item = Option<&'c Contract>>) -> i64 {
    let ahead = contracts.map(|contract| contract.map_or(i64::MAX, |contract| contract.policy.clock.future.0));
    ahead.fold(0, i64::max)
}
