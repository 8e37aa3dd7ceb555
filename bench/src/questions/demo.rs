//! The ledger that is asked: of the tool that does not exist, as `askfirst demo` makes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::askfirst;
use crate::failure::{self, Failure};

/// The app whose ledger it is.
pub(super) const APP: &str = "demo";
const LEDGER: &str = "demo.db";
/// What a server locks in its data folder.
const LOCK: &str = "askfirst.lock";

/// A ledger in the data folder of the run.
#[derive(Debug)]
pub(super) struct Demo {
    path: PathBuf,
    contracts: PathBuf,
    /// On the folder that a ledger was borrowed from.
    _lock: Option<File>,
}

impl Demo {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub(super) async fn make(binary: &Path, events: &str, data: &Path) -> Result<Self, Failure> {
        failure::say(&format!("making a ledger of {events} events"));
        askfirst::demo(binary, events, data).await?;
        Ok(Self { path: data.join(LEDGER), contracts: data.join("contracts"), _lock: None })
    }

    /// Links to one that was made before. So VoiceMode's ledger and the token come and go with the data folder, and no
    /// run leaves more to the next than upkeep. Nobody else serves it meanwhile.
    ///
    /// # Errors
    ///
    /// When there is none in the folder, or it is being served.
    pub(super) fn borrow(folder: &Path, data: &Path) -> Result<Self, Failure> {
        let shown = folder.display();
        let cannot = |error| Failure::CannotMeasure(format!("the ledger in {shown}: {error}"));
        let [path, contracts] = [LEDGER, "contracts"].map(|name| folder.join(name));
        if !path.is_file() || !contracts.is_dir() {
            return Err(Failure::CannotMeasure(format!(
                "there is no ledger of the demo in {shown}; make it with\n  askfirst demo --no-serve --events 10M --data {shown}"
            )));
        }
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK));
        let lock = lock.map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::CannotMeasure(format!("{shown} is served by an askfirst; stop that one first")));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        // SQLite follows the link and keeps its log beside the file itself.
        let target = path.canonicalize().map_err(cannot)?;
        std::os::unix::fs::symlink(target, data.join(LEDGER)).map_err(cannot)?;
        Ok(Self { path, contracts, _lock: Some(lock) })
    }

    /// The folder with its contract.
    pub(super) fn contracts(&self) -> &Path {
        &self.contracts
    }

    /// The size of the file, where it can be told.
    pub(super) fn bytes(&self) -> Option<u64> {
        fs::metadata(&self.path).ok().map(|file| file.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_borrowed_by_one_at_a_time() {
        let [folder, data] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let borrow = || Demo::borrow(folder.path(), data.path());
        assert!(borrow().unwrap_err().to_string().contains("askfirst demo --no-serve --events"));
        fs::create_dir(folder.path().join("contracts")).unwrap();
        fs::write(folder.path().join(LEDGER), "12345").unwrap();
        let demo = borrow().unwrap();
        assert_eq!(demo.bytes(), Some(5));
        assert_eq!(fs::read_to_string(data.path().join(LEDGER)).unwrap(), "12345");
        assert!(borrow().unwrap_err().to_string().contains("stop that one"));
        drop(demo);
        data.close().unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(LEDGER)).unwrap(), "12345");
    }
}
