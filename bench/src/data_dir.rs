//! A fresh folder for the server's data, on a disk that can lose it: durability on a disk in memory costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::failure::Failure;

/// File systems without a disk below them.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// A folder that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    folder: TempDir,
    /// Kind of file system, such as `ext4`, where the machine tells.
    pub(crate) file_system: Option<String>,
}

impl DataDir {
    /// Makes a fresh folder in `parent`, which is made too when it is missing.
    ///
    /// # Errors
    ///
    /// When the folder can't be made or lies in memory.
    pub(crate) fn new(parent: &Path) -> Result<Self, Failure> {
        let cannot = |error| Failure::CannotMeasure(format!("the data folder in {}: {error}", parent.display()));
        fs::create_dir_all(parent).map_err(cannot)?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(parent).map_err(cannot)?;
        let file_system = file_system(folder.path());
        match file_system.as_deref() {
            Some(kind) if IN_MEMORY.contains(&kind) => Err(Failure::CannotMeasure(format!(
                "{} is {kind}, in memory: a commit costs nothing there. Name a folder on a disk with --data-dir",
                parent.display()
            ))),
            _ => Ok(Self { folder, file_system }),
        }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// `target/bench-data` for an executable in `target/release`: cargo puts it on the disk of the build.
pub(crate) fn default_parent(executable: &Path) -> PathBuf {
    let target = executable.ancestors().nth(2).unwrap_or(Path::new("."));
    target.join("bench-data")
}

fn file_system(folder: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    file_system_in(&mounts, &folder.canonicalize().ok()?)
}

/// Finds the deepest mount above `folder`, of equals the last, in the lines of `proc_pid_mountinfo(5)`.
fn file_system_in(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let (place, kind) = line.split_once(" - ")?;
        let point = PathBuf::from(place.split(' ').nth(4)?);
        let kind = kind.split(' ').next()?.to_owned();
        folder.starts_with(&point).then(|| (point.components().count(), kind))
    };
    mounts.lines().filter_map(mount).max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_names_the_file_system() {
        let mounts = "21 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n\
                      22 21 0:5 / /dev rw - devtmpfs dev rw\n\
                      23 22 0:6 / /dev/shm rw,nosuid shared:3 - tmpfs tmpfs rw\n";
        let kind = |folder| file_system_in(mounts, Path::new(folder));
        assert_eq!(kind("/dev/shm/run-1").as_deref(), Some("tmpfs"));
        assert_eq!(kind("/development").as_deref(), Some("ext4"));
        assert_eq!(file_system_in("", Path::new("/")), None);
    }

    #[test]
    fn the_default_lies_in_the_target_folder() {
        assert_eq!(
            default_parent(Path::new("/src/target/release/askfirst-bench")),
            Path::new("/src/target/bench-data")
        );
        assert_eq!(default_parent(Path::new("askfirst-bench")), Path::new("./bench-data"));
    }
}
