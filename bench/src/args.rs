//! The command line.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

const EXAMPLE: &str = "\
Example:
  cargo build --release
  cargo run --release -p askfirst-bench -- --rounds 5 --seconds 10 --json bench.json

Exit codes:
  0  measured; with --check also: no ceiling missed
  1  measured and not good: a request refused, an event not stored, or with --check a ceiling missed
  2  nothing measured: a binary is missing, a server ended early, a disk in memory, an interruption";

/// Compares askfirst with a server of the same framework that stores nothing.
///
/// Both run as child processes on this machine and are measured in turns by the same load generator, so that their
/// ratio says what storing durably costs, whatever the machine. The same askfirst then gets events one by one and
/// in batches, which shows what a batch costs.
#[derive(Debug, Parser)]
#[command(name = "askfirst-bench", version, after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The askfirst binary [default: `askfirst` beside this executable]
    #[arg(long, value_name = "PATH")]
    pub(crate) askfirst: Option<PathBuf>,

    /// Folder on a real disk; each run makes a fresh folder in it and removes it
    /// [default: `bench-data` in the target folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Keep-alive connections, each with one request in flight
    #[arg(long, value_name = "N", default_value = "64")]
    pub(crate) connections: NonZeroUsize,

    /// Threads of the load generator; one is the cheapest while it keeps up
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) threads: NonZeroUsize,

    /// Rounds; each measures every server and kind of request once
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) rounds: NonZeroU32,

    /// Length of each of a round's four measurements, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// Load before the first round that is not counted, in seconds for each measurement of a round
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) warm_up: Duration,

    /// Fail with exit code 1 when a ceiling is missed
    #[arg(long)]
    pub(crate) check: bool,

    /// Write the full report, every round of it, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// What this program starts itself as.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a fixed answer
    #[command(hide = true)]
    NoOp {
        /// Address and port; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
}

/// Parses a measurement's length: from 0.1 second, below which a rate is noise, to an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.1..=3600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be from 0.1 to 3600".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn lengths_out_of_range_are_refused() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "3601", "NaN", "inf", "five"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
