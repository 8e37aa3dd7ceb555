//! The contract language: one TOML file says what a tool may report, and nothing else is let through.
//!
//! In scope: reading and printing contracts ([`Contract::parse`], [`Contract::to_toml`]), their version
//! ([`Contract::hash`]), and the check of one reported event against them ([`Contract::check`]). What follows from a
//! contract: what would be right where an event breaks a rule ([`Contract::hint`]), what changes from one contract to
//! the next ([`Contract::diff`]), the page for the people it is about ([`Contract::page`]), a schema for other
//! tools ([`Contract::json_schema`]) and examples ([`Contract::example`]). JSON is read here as well
//! ([`Json::parse`]), because what a client sent must reach the check as it was sent.
//!
//! Out of scope: requests, answers, storage and limits (`askfirst-core`). Nothing here reads a clock, a file or a
//! source of randomness; the time of a check is an argument.

mod as_json;
mod check;
mod contract;
mod diff;
mod digest;
mod dimension;
mod document;
mod example;
mod field;
mod hint;
mod history;
mod html;
mod json;
mod markup;
mod page;
mod parse;
mod pattern;
mod print;
mod public;
mod refusal;
mod schema;
mod shape;
mod timestamp;
mod tree;
mod undeclared;
mod units;
mod version_order;
mod words;

pub use check::{CheckedEvent, InstallId};
pub use contract::{AppInfo, Clock, Contract, EventType, Limits, Policy, TextUnit, Undeclared, UndeclaredEvents};
pub use diff::{Change, ChangeKind};
pub use digest::{csp_hash, sha256_hex};
pub use dimension::DimensionValue;
pub use document::{Document, Entry, Problem, Problems, Table, nearest, unknown_name};
pub use field::{Cut, Field, FieldType, Keys, Presence, Role, Scalar};
pub use history::{History, RecordedContract};
pub use html::{html_copyable, html_document, html_policy};
pub use json::{Json, NotJson, write_text};
pub use markup::escape_markup;
pub use page::{Page, api_address};
pub use pattern::Pattern;
pub use public::{Dimension, Public};
pub use refusal::{Refusal, Rule, Violation};
pub use timestamp::{Day, IsoWeek, Timestamp};
pub use undeclared::{UndeclaredKind, UndeclaredName};
pub use units::{ByteSize, Rate, Span};
pub use version_order::compare_versions;
