//! Copies of a ledger: made while a server writes to it, and put in its place when none does.
//!
//! SQLite's [online backup](https://sqlite.org/backup.html) begins anew whenever somebody else commits, which on a busy
//! server would never end. Here the source is held at one moment by a read transaction, as a long question holds it: the
//! writer goes on, and its log grows for as long as the copy takes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use askfirst_core::sql;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::connection::{OpenError, belongs_to, open_reader, schema_version};

/// Pages between two looks at who watches: 4 MiB of 4 KiB pages, some milliseconds of copying.
const STEP: i32 = 1_024;
/// The ending of the name of a database's write-ahead log.
const LOG: &str = "-wal";
/// The ending of the name of the log's index, which is made anew where it is missing.
const LOG_INDEX: &str = "-shm";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source is not this app's, too new, or can't be read; or the copy can't be written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The source has no events, because it is something else.
    #[error("it is no ledger of askfirst")]
    NoLedger,
    /// What was copied is not whole; SQLite's own words.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The copy holds something else than the source.
    #[error("the copy has {copied} events and schema version {copied_version}, not {events} and {version}")]
    Different {
        /// Events of the source.
        events: u64,
        /// The version of the source's schema.
        version: usize,
        /// Events of the copy.
        copied: u64,
        /// The version of the copy's schema.
        copied_version: usize,
    },
    /// A file can't be written, or who watches said to end.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Open(error.into())
    }
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// Pages are copied.
    Pages {
        /// So many are.
        done: u64,
        /// Of so many.
        of: u64,
    },
    /// The copy is read through, to see that it is whole.
    Checking,
}

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Events.
    pub events: u64,
    /// The version of its schema.
    pub schema_version: usize,
    /// The length of its file.
    pub bytes: u64,
}

/// Copies the ledger of an app as of one moment into an empty file, reads the copy through and syncs it.
///
/// `watch` hears how far it has come; an error of it ends the copy.
///
/// # Errors
///
/// [`CopyError`]; what is in the new file is of no use then.
pub fn copy_ledger(
    from: &Path,
    to: &Path,
    app: &str,
    mut watch: impl FnMut(Copying) -> io::Result<()>,
) -> Result<Copied, CopyError> {
    let source = open_reader(from)?;
    // Held until the copy is made: nobody's commit is seen meanwhile.
    let moment = source.unchecked_transaction()?;
    let (version, events) = describe(&source, app)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags)?;
    // Synced as a whole at the end. Until then a crash leaves a file that nobody takes for a copy.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    copy_pages(&source, &mut copy, &mut watch)?;
    drop(moment);
    // A copy is one file: with a write-ahead log it would be up to three.
    copy.execute_batch("PRAGMA journal_mode = DELETE;")?;
    drop(copy);

    watch(Copying::Checking)?;
    let copy = open_reader(to)?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(CopyError::Damaged(verdict));
    }
    let (copied_version, copied) = describe(&copy, app)?;
    if (copied_version, copied) != (version, events) {
        return Err(CopyError::Different { events, version, copied, copied_version });
    }
    drop(copy);
    let file = File::open(to)?;
    file.sync_all()?;
    Ok(Copied { events, schema_version: version, bytes: file.metadata()?.len() })
}

/// Puts a copy in the place of a ledger that nothing has open. What was there is kept under another name, with the log
/// that a crash left beside it. Both have their new names before anything is removed, and at no moment is there no ledger
/// where there was one.
///
/// # Errors
///
/// Where a file can't be renamed, or `kept` is there already.
pub fn replace_ledger(path: &Path, copy: &Path, kept: &Path) -> io::Result<()> {
    let log = with_ending(path, LOG);
    if_there(fs::hard_link(path, kept))?;
    if_there(fs::hard_link(&log, with_ending(kept, LOG)))?;
    // Left where it is, the log would be taken for the new ledger's.
    if_there(fs::remove_file(&log))?;
    if_there(fs::remove_file(with_ending(path, LOG_INDEX)))?;
    fs::rename(copy, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A file that is not there needs no care.
fn if_there(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The version of a ledger's schema, and how many events there are; the ledger must be this app's.
fn describe(ledger: &Connection, app: &str) -> Result<(usize, u64), CopyError> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('event', 'meta')";
    let tables: i64 = ledger.query_row(tables, [], |row| row.get(0))?;
    let version = schema_version(ledger, sql::MIGRATIONS.len())?;
    if tables < 2 || version == 0 {
        return Err(CopyError::NoLedger);
    }
    belongs_to(ledger, app)?;
    let events: i64 = ledger.query_row("SELECT count(*) FROM event", [], |row| row.get(0))?;
    Ok((version, events.cast_unsigned()))
}

fn copy_pages(
    source: &Connection,
    copy: &mut Connection,
    watch: &mut impl FnMut(Copying) -> io::Result<()>,
) -> Result<(), CopyError> {
    let backup = Backup::new(source, copy)?;
    loop {
        let step = backup.step(STEP)?;
        let progress = backup.progress();
        let pages = |count: i32| u64::from(count.cast_unsigned());
        watch(Copying::Pages { done: pages(progress.pagecount - progress.remaining), of: pages(progress.pagecount) })?;
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // The source is held, and nobody knows the copy.
            _ => return Err(io::Error::other("another program has the copy open").into()),
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
