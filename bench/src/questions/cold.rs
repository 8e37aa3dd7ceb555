//! A machine that has nothing of the ledger in memory.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use tokio::process::Command;

/// What is written here is forgotten: 3 for file contents and names (`proc_sys_vm(5)`).
const DROP_CACHES: &str = "/proc/sys/vm/drop_caches";

/// Makes the system forget the contents of all files that no program has mapped.
///
/// # Errors
///
/// Why it can't, such as that this is not Linux, or that this program is not root's.
pub(super) async fn drop_caches() -> Result<(), String> {
    write(Path::new(DROP_CACHES)).await
}

async fn write(drop_caches: &Path) -> Result<(), String> {
    let cannot = |error| format!("{} can't be written: {error}", drop_caches.display());
    // Opened first: syncing all disks for nothing would only disturb others.
    let mut file = OpenOptions::new().write(true).open(drop_caches).map_err(cannot)?;
    // What is not on the disk yet would stay in memory.
    let synced = Command::new("sync").status().await;
    if !synced.is_ok_and(|status| status.success()) {
        return Err("sync(1) failed".to_owned());
    }
    file.write_all(b"3").map_err(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let problem = write(&folder.path().join("drop_caches")).await.unwrap_err();
        assert!(problem.contains("drop_caches can't be written: No such file"), "{problem}");
    }
}
