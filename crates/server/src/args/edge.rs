//! `askfirst edge` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Serve an app at Cloudflare: a Worker that answers as the server does, with its ledger in a database on D1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst edge init voicemode
  askfirst edge init contracts/mytool.toml --dir mytool-worker --source ~/src/askfirst")]
pub(crate) struct EdgeArguments {
    #[command(subcommand)]
    pub(crate) verb: EdgeVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EdgeVerb {
    Init(InitArguments),
}

/// Write the folder that an app's Worker is deployed from.
///
/// It has wrangler.toml, the migrations of the database, a contract that does not come with askfirst, and a README.md
/// with the steps from there to a Worker that answers. Wrangler builds the Worker from a checkout of askfirst. Nothing
/// is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst edge init voicemode
  askfirst edge init contracts/mytool.toml --dir mytool-worker --source ~/src/askfirst")]
pub(crate) struct InitArguments {
    /// The app: the file of its contract, or the id of one that comes with askfirst.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// The folder; it must be empty where it is there [default: APP-worker].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// A checkout of askfirst [default: the current folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
}
