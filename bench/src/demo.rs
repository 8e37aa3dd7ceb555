//! The large ledger: of the tool that does not exist, as `askfirst demo` makes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use askfirst_contract::{Contract, Timestamp};
use askfirst_load::{Request, Target};

use crate::askfirst;
use crate::failure::{self, Failure};

/// The app whose ledger it is.
pub(crate) const APP: &str = "demo";
const LEDGER: &str = "demo.db";
/// What a server locks in its data folder.
const LOCK: &str = "askfirst.lock";

/// A ledger in the data folder of the run.
#[derive(Debug)]
pub(crate) struct Demo {
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
    pub(crate) async fn make(binary: &Path, events: &str, data: &Path) -> Result<Self, Failure> {
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
    pub(crate) fn borrow(folder: &Path, data: &Path) -> Result<Self, Failure> {
        let (path, contracts, lock) = lock(folder)?;
        // SQLite follows the link and keeps its log beside the file itself.
        let target = path.canonicalize().map_err(|error| unusable(folder, &error))?;
        std::os::unix::fs::symlink(target, data.join(LEDGER)).map_err(|error| unusable(folder, &error))?;
        Ok(Self { path, contracts, _lock: Some(lock) })
    }

    /// Copies one that was made before, so that it may be changed.
    ///
    /// # Errors
    ///
    /// When there is none in the folder, it is being served, or there is no room.
    pub(crate) async fn copy(folder: &Path, data: &Path) -> Result<Self, Failure> {
        failure::say(&format!("copying the ledger in {}", folder.display()));
        let (path, contracts, _lock) = lock(folder)?;
        // With what a server that was killed left to be copied back.
        for name in [LEDGER.to_owned(), format!("{LEDGER}-wal")] {
            let (from, to) = (path.with_file_name(&name), data.join(name));
            if from.is_file() {
                let copied = tokio::task::spawn_blocking(move || fs::copy(from, to)).await;
                copied.map_err(io::Error::other).flatten().map_err(|error| unusable(folder, &error))?;
            }
        }
        Ok(Self { path: data.join(LEDGER), contracts, _lock: None })
    }

    /// Waits until all of it is on the disk: what the system still has to write would hold up the syncs of what is
    /// measured first.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let path = self.path.clone();
        let synced = tokio::task::spawn_blocking(move || File::open(path)?.sync_all()).await;
        synced.map_err(io::Error::other).flatten().map_err(|error| unusable(&self.path, &error))
    }

    /// The folder with its contract.
    pub(crate) fn contracts(&self) -> &Path {
        &self.contracts
    }

    /// Its contract.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    pub(crate) fn contract(&self) -> Result<Contract, Failure> {
        let path = self.contracts.join("demo.toml");
        let cannot = |problem: String| Failure::CannotMeasure(format!("{}: {problem}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| cannot(error.to_string()))?;
        Contract::parse("demo.toml", &text).map_err(|problems| cannot(problems.to_string()))
    }

    /// The size of the file, where it can be told.
    pub(crate) fn bytes(&self) -> Option<u64> {
        fs::metadata(&self.path).ok().map(|file| file.len())
    }
}

/// Single events of its contract, made at `at`.
///
/// # Errors
///
/// When none can be made up for it.
pub(crate) fn request(server: SocketAddr, at: Timestamp, contract: &Contract) -> Result<Request, Failure> {
    let request = Request::native(&Target::from(server), at, 1, contract);
    request.map_err(|error| Failure::CannotMeasure(format!("the contract of the demo: {error}")))
}

/// The ledger in a folder and the folder of its contract, which nobody serves while the lock lives.
fn lock(folder: &Path) -> Result<(PathBuf, PathBuf, File), Failure> {
    let shown = folder.display();
    let [path, contracts] = [LEDGER, "contracts"].map(|name| folder.join(name));
    if !path.is_file() || !contracts.is_dir() {
        return Err(Failure::CannotMeasure(format!(
            "there is no ledger of the demo in {shown}; make it with\n  askfirst demo --no-serve --events 10M --data {shown}"
        )));
    }
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK));
    let lock = lock.map_err(|error| unusable(folder, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok((path, contracts, lock)),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::CannotMeasure(format!("{shown} is served by an askfirst; stop that one first")))
        }
        Err(TryLockError::Error(error)) => Err(unusable(folder, &error)),
    }
}

fn unusable(folder: &Path, error: &io::Error) -> Failure {
    Failure::CannotMeasure(format!("the ledger in {}: {error}", folder.display()))
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

    #[tokio::test]
    async fn a_copy_is_apart_from_what_was_named() {
        let [folder, data] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fs::create_dir(folder.path().join("contracts")).unwrap();
        fs::write(folder.path().join(LEDGER), "12345").unwrap();
        fs::write(folder.path().join("demo.db-wal"), "67").unwrap();
        let demo = Demo::copy(folder.path(), data.path()).await.unwrap();
        assert_eq!(demo.contracts(), folder.path().join("contracts"));
        fs::write(data.path().join(LEDGER), "1").unwrap();
        assert_eq!(demo.bytes(), Some(1));
        assert_eq!(fs::read_to_string(data.path().join("demo.db-wal")).unwrap(), "67");
        assert_eq!(fs::read_to_string(folder.path().join(LEDGER)).unwrap(), "12345");
    }
}
