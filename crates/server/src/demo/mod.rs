//! A population that does not exist, for `askfirst demo`: the ledger of a tool that some thousand people and machines
//! use, to try things out on.
//!
//! It is a pure function of what is asked for ([`Size`]): the same seed gives the same events, at any place of them.
//! Nothing of it is kept in memory but one day at a time. What a maker of tools knows from his own ledger is in it:
//!
//! - more newcomers from day to day, fewer at weekends, and a peak when the tool was in the news;
//! - most who try it go within days, some stay ([`install`]);
//! - releases that are taken over days, by some never; one that crashes on one platform for a week ([`release`]);
//! - build machines with many events, containers that live for a day, and more and more agents;
//! - clocks that are wrong, events that come days late, some twice, and some that break the contract ([`receipts`]).
//!
//! While the ledger is served, more of the same comes ([`live`]).

mod calendar;
mod event;
mod install;
mod live;
mod population;
mod random;
mod receipts;
mod release;
#[cfg(test)]
mod tests;

pub(crate) use self::population::{Population, Size};
pub(crate) use self::receipts::Receipt;

/// The contract of the tool.
pub(crate) const CONTRACT: &str = include_str!("contract.toml");

// What randomness is asked for: each its own, so that a change of one leaves the others as they were.
const INSTALLS: u64 = 1;
const INSTALL_IDS: u64 = 2;
const DAYS: u64 = 3;
const PACES: u64 = 4;
const RELEASES: u64 = 5;
const UPDATES: u64 = 6;
const REPORTS: u64 = 7;
const SITTINGS: u64 = 8;
const EVENTS: u64 = 9;
const LIVE: u64 = 10;
