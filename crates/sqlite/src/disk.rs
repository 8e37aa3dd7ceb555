//! The file system that ledgers are on.

use std::io;
use std::path::Path;

/// How much room there is on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// What may still be written by who is not root.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

impl DiskSpace {
    /// The room on the file system of a file or folder.
    ///
    /// # Errors
    ///
    /// Where it can't be found out.
    pub fn of(path: &Path) -> io::Result<Self> {
        let found = rustix::fs::statvfs(path)?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Self { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_has_room_and_a_missing_folder_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let space = DiskSpace::of(folder.path()).unwrap();
        assert!(space.free <= space.total && space.total > 1 << 20, "{space:?}");
        assert!(DiskSpace::of(&folder.path().join("missing")).is_err());
    }
}
