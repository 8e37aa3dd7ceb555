//! Where a measurement takes place: which programs, which disk.

use std::path::PathBuf;

use crate::args::CommonArgs;
use crate::askfirst;
use crate::data_dir::{self, DataDir};
use crate::failure::Failure;

/// The programs, and a fresh folder that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// This program.
    pub(crate) executable: PathBuf,
    /// askfirst.
    pub(crate) binary: PathBuf,
    pub(crate) data: DataDir,
}

impl Place {
    /// Finds the programs and makes the folder.
    ///
    /// # Errors
    ///
    /// When there is no askfirst, or no folder on a disk can be had.
    pub(crate) fn find(args: &CommonArgs) -> Result<Self, Failure> {
        let executable = std::env::current_exe();
        let executable = executable.map_err(|error| Failure::CannotMeasure(format!("this executable: {error}")))?;
        let binary = askfirst::find(args.askfirst.as_deref(), &executable)?;
        let parent = args.data_dir.clone().unwrap_or_else(|| data_dir::default_parent(&executable));
        Ok(Self { executable, binary, data: DataDir::new(&parent)? })
    }

    /// Makes a folder of this name in it.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.data.path().join(name);
        let made = std::fs::create_dir(&folder);
        made.map_err(|error| Failure::CannotMeasure(format!("{}: {error}", folder.display())))?;
        Ok(folder)
    }
}
