//! The ledger on SQLite: one file per app.
//!
//! # Constraints
//!
//! A reply of success means that the event is on stable storage, once. Limits and idempotency hold exactly, also when
//! a hundred requests race. A long question must not stop a write, and no write may wait without bound.
//!
//! # Operation
//!
//! One writer thread owns the only writing connection. Requests put their batches into a bounded `queue`; the writer
//! takes what has gathered, decides every event in order inside one transaction (`append`), commits, and only then
//! replies. What arrives while a group is decided joins it, and while the writer waits for the disk the next group
//! gathers: the more load, the larger the groups (group commit). Idempotency and limits need no lock, because nobody
//! else writes. Readers ([`Reader`]) are connections of their own that can't write.
//!
//! # Durability
//!
//! WAL with `synchronous=FULL`: SQLite syncs the log at every commit, before the reply. When the log is long, a
//! second connection copies it back into the database while the writer goes on (`checkpoint`).
//! `secure_delete` overwrites what is deleted, so that destroyed keys and expired events do not linger in free pages.
//!
//! # Recovery
//!
//! A crash loses what was not yet replied to, and counts of refusals of the last second. SQLite replays the log when
//! the file is opened; the limiter's windows are then read back from the events of the last hour, so limits are exact
//! across restarts. If a commit fails, it can't be known whether the group was stored ([`AppendError::Unknown`]): the
//! writer opens the file anew and goes on from what is really there.
//!
//! [`AppendError::Unknown`]: askfirst_core::AppendError::Unknown

mod activity;
mod append;
mod backup;
mod checkpoint;
mod connection;
mod disk;
mod dump;
mod events;
mod facts;
mod filter;
mod forget;
mod import;
mod index;
mod key_table;
mod keys;
mod ledger;
mod live;
mod load;
mod pace;
mod queue;
mod reader;
mod reading;
mod retention;
mod run;
mod runs;
mod stats;
mod tokens;
mod writer;

pub use backup::{Copied, CopyError, Copying, copy_ledger, replace_ledger};
pub use connection::OpenError;
pub use disk::DiskSpace;
pub use dump::Dump;
pub use events::{Days, EventRow};
pub use import::{ImportReport, Importer};
pub use ledger::{Settings, SqliteLedger};
pub use live::Live;
pub use load::{LoadError, Loader};
pub use reader::{Place, Reader, ReaderError, Rows, Stored};
pub use rusqlite::types::ValueRef;
pub use stats::{Commits, Stats};
pub use tokens::{Issued, TokenError, TokenStore};
