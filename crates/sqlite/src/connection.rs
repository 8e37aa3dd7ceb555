//! Opening a ledger's file: pragmas, migrations, the app it belongs to, and the tables of its wire. And the server's own.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use askfirst_contract::{Contract, Timestamp};
use askfirst_core::sql;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior, params};

/// Another program may hold the file for a moment, such as a backup or a shell.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// Why a ledger can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite can't open or change the file.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a later version of askfirst.
    #[error("its schema has version {found}, this askfirst knows versions up to {known}: install a newer askfirst")]
    TooNew {
        /// The version of the file.
        found: usize,
        /// The latest version this program knows.
        known: usize,
    },
    /// The file is the ledger of another app.
    #[error("it is the ledger of the app `{found}`")]
    OtherApp {
        /// The app it belongs to.
        found: String,
    },
    /// A file can't be made, or a thread can't be started.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Opens the connection that writes, and brings the file up to date.
///
/// Returns the connection and the number of the contract in force.
pub(crate) fn open_writer(
    path: &Path,
    contract: &Contract,
    tables: &str,
    now: Timestamp,
) -> Result<(Connection, i64), OpenError> {
    // One thread owns the connection: SQLite needs no mutex of its own around it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // The cache holds what a few commits write to, in KiB when negative: keys are written in their order, so nothing is looked
    // for all over the file, and a larger one stores no more into ten million events.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    migrate(&transaction, &sql::MIGRATIONS)?;
    belong_to(&transaction, &contract.app.id)?;
    let contract = record_contract(&transaction, contract, now)?;
    replace_tables(&transaction, tables)?;
    transaction.commit()?;
    Ok((connection, contract))
}

/// Opens the server's own file, made if it is not there, and brings it up to date.
pub(crate) fn open_operator(path: &Path) -> Result<Connection, OpenError> {
    // For its owner alone; SQLite gives the files beside it the same mode. A file that is there is not touched: to close
    // it would let go of this process's locks on it (https://sqlite.org/howtocorrupt.html, 2.2).
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Whoever reads is not to wait for whoever writes.
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    migrate(&transaction, &sql::operator::MIGRATIONS)?;
    transaction.commit()?;
    Ok(connection)
}

/// Opens a connection that can't write.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// Runs the migrations the file has not seen. The transaction is the lock: a second opener waits and finds them done.
fn migrate(transaction: &Transaction<'_>, migrations: &[&str]) -> Result<(), OpenError> {
    let known = migrations.len();
    let found = schema_version(transaction, known)?;
    for migration in &migrations[found..] {
        transaction.execute_batch(migration)?;
    }
    if found < known {
        transaction.pragma_update(None, "user_version", i64::try_from(known).unwrap_or(i64::MAX))?;
    }
    Ok(())
}

/// How many of the migrations that are known a file has seen; 0 is a file that is new.
pub(crate) fn schema_version(connection: &Connection, known: usize) -> Result<usize, OpenError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let found = usize::try_from(version).unwrap_or(usize::MAX);
    if found > known { Err(OpenError::TooNew { found, known }) } else { Ok(found) }
}

fn belong_to(transaction: &Transaction<'_>, app: &str) -> Result<(), OpenError> {
    transaction.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('app', ?1)", [app])?;
    belongs_to(transaction, app)
}

/// Checks that the ledger is this app's.
pub(crate) fn belongs_to(connection: &Connection, app: &str) -> Result<(), OpenError> {
    let found: String = connection.query_row("SELECT value FROM meta WHERE name = 'app'", [], |row| row.get(0))?;
    if found == app { Ok(()) } else { Err(OpenError::OtherApp { found }) }
}

/// The number of this version of the contract, recorded where it is new.
fn record_contract(transaction: &Transaction<'_>, contract: &Contract, now: Timestamp) -> Result<i64, rusqlite::Error> {
    let hash = contract.hash();
    transaction.execute(
        "INSERT INTO contract (hash, since, text) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
        params![hash, now.0, contract.to_toml()],
    )?;
    transaction.query_row("SELECT id FROM contract WHERE hash = ?1", [hash], |row| row.get(0))
}

/// Makes the wire's tables, and replaces its views and triggers, where their text has changed. They are derived, so they
/// need no migration.
fn replace_tables(transaction: &Transaction<'_>, tables: &str) -> Result<(), rusqlite::Error> {
    let current = "SELECT value FROM meta WHERE name = 'tables'";
    let current: Option<String> = transaction.query_row(current, [], |row| row.get(0)).optional()?;
    if current.as_deref() == Some(tables) {
        return Ok(());
    }
    let mut derived = transaction.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'trigger')")?;
    let derived = derived.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let derived: Vec<(String, String)> = derived.collect::<Result<_, _>>()?;
    for (kind, name) in derived {
        transaction.execute(&format!("DROP {kind} \"{}\"", name.replace('"', "\"\"")), [])?;
    }
    transaction.execute_batch(tables)?;
    transaction.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('tables', ?1)", [tables])?;
    Ok(())
}
