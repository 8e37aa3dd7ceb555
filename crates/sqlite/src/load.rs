//! Making a ledger from nothing, all at once.
//!
//! While it is made, the file has another name, nobody else opens it, and it is thrown away if anything fails: neither a
//! log nor a sync is needed until it is whole. Then it is synced, and takes its name. So at any moment, also after a
//! crash, there is either a whole ledger or none.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use askfirst_contract::{Limits, Timestamp};
use askfirst_core::{Candidate, Limiter, Outcome, Tallies};

use crate::append::Store;
use crate::connection::OpenError;
use crate::ledger::Settings;

/// What is put behind the name of a ledger that is not whole yet.
const UNFINISHED: &str = ".unfinished";
/// A ledger in the making: what a server would have stored if it had received it.
pub struct Loader {
    store: Store,
    unfinished: Unfinished,
    path: PathBuf,
}

/// Why a ledger can't be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is one already.
    #[error("there is a ledger already")]
    Exists,
    /// The file can't be begun.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite can't write the file.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file can't be synced or get its name.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Loader {
    /// Begins a ledger. What was left behind by an earlier one that came to no end is removed.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where there is a ledger under that name, or the file can't be made.
    pub fn create(settings: &Settings) -> Result<Self, LoadError> {
        if settings.path.try_exists()? {
            return Err(LoadError::Exists);
        }
        let unfinished = Unfinished(with_ending(&settings.path, UNFINISHED));
        unfinished.remove()?;
        let mut store = Store::open(&unfinished.0, &settings.contract, settings.tables, settings.now)?;
        store.memory.limiter = Limiter::new(&Limits { install: None, address: None });
        store.connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        Ok(Self { store, unfinished, path: settings.path.clone() })
    }

    /// Stores what was received, in the order of receipt, and counts every outcome; no limit holds. Gives the counts.
    ///
    /// # Errors
    ///
    /// Where the file can't be written: then the loader is of no use any more.
    pub fn store(&mut self, received: Vec<(Candidate, Timestamp)>) -> Result<Tallies, LoadError> {
        let store = &mut self.store;
        let mut tallies = Tallies::default();
        store.run("BEGIN")?;
        for (candidate, received_at) in received {
            match candidate {
                Ok(event) => {
                    let outcome = store.import(&event, received_at)?;
                    let version = event.checked.dimension("app_version");
                    tallies.count(received_at, &outcome, version);
                    if outcome == Outcome::Accepted {
                        tallies.count_discarded(received_at, &event.checked.discarded, version);
                    }
                }
                Err(refused) => drop(tallies.count_refused(received_at, refused)),
            }
        }
        store.store_counts([&tallies])?;
        store.fold_if_due()?;
        store.move_keys(usize::MAX)?;
        store.run("COMMIT")?;
        Ok(tallies)
    }

    /// Makes it durable and gives it its name.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where that fails: then there is no ledger.
    pub fn finish(self) -> Result<(), LoadError> {
        let Self { mut store, unfinished, path, .. } = self;
        store.run("BEGIN")?;
        store.begin_flush()?;
        store.move_keys(usize::MAX)?;
        store.fold()?;
        store.run("COMMIT")?;
        store.connection.pragma_update(None, "journal_mode", "WAL")?;
        drop(store);
        File::open(&unfinished.0)?.sync_all()?;
        std::fs::rename(&unfinished.0, &path)?;
        // The name is durable once its folder is.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }
}

/// The file of a ledger that is not whole; removed where it does not become so.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Removes the file, and what SQLite keeps beside it.
    fn remove(&self) -> Result<(), io::Error> {
        for path in [self.0.clone(), with_ending(&self.0, "-wal"), with_ending(&self.0, "-shm")] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(%error, "an unfinished ledger can't be removed; the next one that is made here removes it");
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
