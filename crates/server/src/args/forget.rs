//! `askfirst forget`

use clap::Args;

use super::PlaceArguments;

/// Erase all that is stored of an install.
///
/// For the person who holds the id: their events, their activity and the install itself go at once, what comes late of
/// it is refused, and a receipt is printed. Where a server has the ledger open, it is asked to do it. Backups and exports
/// made before still hold what was erased.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst forget voicemode 550e8400-e29b-41d4-a716-446655440000
  askfirst forget voicemode 550e8400-e29b-41d4-a716-446655440000 --json

People can do the same themselves: DELETE /api/v1/{app}/installs/{id}; GET gives them all that is stored.")]
pub(crate) struct ForgetArguments {
    /// The app.
    pub(crate) app: String,
    /// The id of the install, as its tool shows it to its user.
    pub(crate) id: String,
    /// Print the receipt as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}
