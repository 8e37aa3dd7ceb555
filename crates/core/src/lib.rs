//! Request to reply as plain data, without IO.
//!
//! A host (the server, a Worker) moves bytes and owns a ledger; everything in between is here, so that two hosts give
//! the same bytes for the same request. The path of an event: [`Service::route`] finds the app, its [`wire`] decodes
//! the request into candidates, each checked against the contract, a [`Ledger`] decides and stores them in one
//! transaction, and the wire encodes the [`Outcome`]s into the reply that its clients understand.
//!
//! What may be published of an app's counts is told by [`public`].
//!
//! Out of scope: sockets, files, clocks and randomness. Time is an argument ([`Request::now`]), and so are keys
//! ([`AddressKeys`]).

pub mod activity;
mod address;
pub mod badge;
mod id_hash;
pub mod import;
mod ledger;
mod limits;
pub mod live;
#[cfg(any(test, feature = "suite"))]
pub mod memory;
mod outcome;
pub mod public;
pub mod question;
pub mod report;
mod request;
mod secret;
mod sequence;
mod service;
pub mod settings;
pub mod sql;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod token;
mod undeclared;
pub mod wire;

/// The contracts that come with the program, as file names and TOML.
pub const CONTRACTS: [(&str, &str); 4] = [
    ("voicemode.toml", include_str!("../../../contracts/voicemode.toml")),
    ("drift.toml", include_str!("../../../contracts/drift.toml")),
    ("baofeng.toml", include_str!("../../../contracts/baofeng.toml")),
    ("domscribe.toml", include_str!("../../../contracts/domscribe.toml")),
];

pub use address::{AddressHash, AddressKey, AddressKeys};
pub use id_hash::{Tombstone, event_hash, install_hash, tombstone};
pub use ledger::{
    Answer, AppendError, Batch, Candidate, Erased, Event, InstallRecord, Key, Ledger, MAX_UNDECLARED_TYPES, Question,
    StoredEvent, Summary, Unanswered,
};
pub use limits::{Limiter, Window, retry_after};
pub use outcome::{BodyFault, Outcome, OutcomeCount, Refused, Scope, Tallies, TallyKey, version_label};
pub use request::{Access, Body, Headers, Reply, Request, SAFE, health};
pub use secret::Secret;
pub use sequence::{PER_MILLISECOND, first_seq, received_at};
pub use service::{App, Route, Secrets, Service};
pub use undeclared::Undeclared;
