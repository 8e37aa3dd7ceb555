//! `askfirst backup` and `askfirst restore` as they are typed.

use std::path::PathBuf;

use clap::Args;

use super::PlaceArguments;

/// Copy a ledger, while the server runs or not.
///
/// The copy is the whole ledger as of one moment, in one file. It is read through before it gets its name: until then
/// it is called FILE.partial, and Ctrl-C removes it. While it is made, the ledger's write-ahead log grows.
///
/// A backup keeps what is deleted or forgotten later, and restoring it brings that back. Don't keep backups longer than
/// you promise to keep events.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst backup voicemode --out voicemode-$(date -I).db
  askfirst backup voicemode --out /backup/voicemode.db --data /var/lib/askfirst --json")]
pub(crate) struct BackupArguments {
    /// The app whose ledger is copied.
    pub(crate) app: String,
    /// The file to write; must not be there.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Put a backup in the place of a ledger; the server must not be running.
///
/// FILE is copied and read through first; it must be a ledger of this app, of this or an earlier version of askfirst.
/// A ledger that is there is only replaced with --force, and is then kept beside, under a name that is told.
///
/// What was deleted or forgotten since the backup was made is back: retention deletes what is too old when the server
/// starts; who was forgotten since has to be forgotten again. Events since the backup are gone, so clients that repeat
/// them are not recognized.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst restore voicemode voicemode-2026-09-02.db
  askfirst restore voicemode /backup/voicemode.db --force --data /var/lib/askfirst")]
pub(crate) struct RestoreArguments {
    /// The app whose ledger it becomes.
    pub(crate) app: String,
    /// The backup.
    pub(crate) file: PathBuf,
    /// Replace a ledger that is there, and keep it beside.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}
