//! The folder of the ledgers, and the lock that keeps a second server out of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// The file that is locked while a server runs; it names the server's process.
const LOCK_FILE: &str = "askfirst.lock";

/// The lock on a folder; gone with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Makes the folder if it is not there, and locks it.
pub(crate) fn lock(folder: &Path) -> Result<Lock, Failure> {
    try_lock(folder)?.map_err(|process| {
        Failure::not_right(format!(
            "the data directory {} is in use by another askfirst server (process {process}); stop that one or choose another with --data",
            folder.display()
        ))
    })
}

/// The same; gives the process that has it, where there is one.
pub(crate) fn try_lock(folder: &Path) -> Result<Result<Lock, String>, Failure> {
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::not_right(format!("can't make the data directory {shown}: {error}")))?;
    let path = folder.join(LOCK_FILE);
    let unwritable = |error| Failure::not_right(format!("can't write to the data directory {shown}: {error}"));
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            // Only for the message: it is as good without.
            let _ = file.read_to_string(&mut process);
            return Ok(Err(process.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(unwritable(error)),
    }
    file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(unwritable)?;
    Ok(Ok(Lock { _file: file }))
}
