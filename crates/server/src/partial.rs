//! Outputs that get their name when they are whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file or folder under a name of its own until it is whole; removed when dropped before that. A process that is
/// killed leaves it, under that name.
#[derive(Debug)]
pub(crate) struct Partial {
    path: PathBuf,
    target: PathBuf,
}

impl Partial {
    /// Makes an empty file for `target`, which must not be there.
    pub(crate) fn file(target: &Path) -> Result<Self, Failure> {
        refuse_existing(target)?;
        Self::beside(target)
    }

    /// Makes an empty folder for `target`, which must not be there.
    pub(crate) fn folder(target: &Path) -> Result<Self, Failure> {
        refuse_existing(target)?;
        Self::make(target, |path| fs::create_dir(path))
    }

    /// Makes an empty file for what is to take the place of `target`.
    pub(crate) fn beside(target: &Path) -> Result<Self, Failure> {
        Self::make(target, |path| File::create_new(path).map(drop))
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Brings it to stable storage and gives it its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        File::open(&self.path)?.sync_all()?;
        refuse_existing(&self.target)?;
        fs::rename(&self.path, &self.target)?;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }

    fn make(target: &Path, make: impl Fn(&Path) -> io::Result<()>) -> Result<Self, Failure> {
        // `out/` is `out`.
        let target: PathBuf = target.components().collect();
        let mut path = target.clone().into_os_string();
        path.push(".partial");
        let path = PathBuf::from(path);
        let shown = path.display();
        make(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::not_right(format!(
                "{shown} is there: another askfirst is writing it, or was killed while it did; remove it if none is"
            )),
            _ => Failure::not_right(format!("can't make {shown}: {error}")),
        })?;
        Ok(Self { path, target })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // One of the two is right, and neither where it has its name.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn refuse_existing(target: &Path) -> Result<(), Failure> {
    if target.exists() {
        return Err(Failure::not_right(format!("{} is there already; choose another name", target.display())));
    }
    Ok(())
}
