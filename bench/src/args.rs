//! The command line.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

const EXAMPLE: &str = "\
With the default settings a run takes under 15 minutes, and the ledger of ten million events before it some more.

Example:
  cargo build --release
  cargo run --release -p askfirst-bench -- --json bench.json
  cargo run --release -p askfirst-bench -- questions

A look at all of it within two minutes; the figures are noise:
  cargo run --release -p askfirst-bench -- --rounds 1 --seconds 1 --events 100k

On a ledger that is kept:
  target/release/askfirst demo --no-serve --events 10M --data big
  cargo run --release -p askfirst-bench -- --ledger big

Exit codes:
  0  measured; with --check also: no ceiling missed
  1  measured and not good: a request refused, an event not stored, or with --check a ceiling missed
  2  nothing measured: a binary is missing, a server ended early, a disk in memory, an interruption";

const EXAMPLE_OF_QUESTIONS: &str = "\
Example:
  cargo build --release
  cargo run --release -p askfirst-bench -- questions --json questions.json

On a ledger that is kept; `last=90d` goes by the clock, so it should not be old:
  target/release/askfirst demo --no-serve --events 10M --data big
  cargo run --release -p askfirst-bench -- questions --ledger big

The exit codes are those of askfirst-bench without a command.";

/// Compares askfirst with a server of the same framework that stores nothing, and with bare SQLite.
///
/// All run on this machine and are measured in turns, under the same load, so that their ratios say what askfirst costs,
/// whatever the machine. Then come its latencies at fixed rates, what a ledger of ten million events and the deletion
/// of a day of them change, and how many bytes an event takes.
#[derive(Debug, Parser)]
#[command(name = "askfirst-bench", version, after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// Rounds; each measures everything once
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) rounds: NonZeroU32,
}

/// The large ledger.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArgs {
    /// Events of the ledger that is made, such as 250k or 10M, which takes minutes and 3 GB
    #[arg(long, value_name = "N", default_value = "10M", conflicts_with = "ledger")]
    pub(crate) events: String,

    /// Folder that `askfirst demo --data` made before. `questions` serves it from there, with VoiceMode's in the data
    /// folder; a run without a command copies it, and changes the copy alone
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: Option<PathBuf>,
}

/// What all measurements take.
#[derive(Debug, clap::Args)]
pub(crate) struct CommonArgs {
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

    /// Length of each measurement under load, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// Load before the first measurement of each kind that is not counted, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) warm_up: Duration,

    /// Fail with exit code 1 when a ceiling is missed
    #[arg(long)]
    pub(crate) check: bool,

    /// Write the full report, every round of it, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// What else this program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Questions(QuestionsArgs),
    /// Serve a fixed answer
    #[command(hide = true)]
    NoOp {
        /// Address and port; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
}

/// Measures how fast questions about a large ledger are answered, and what they cost ingestion.
///
/// askfirst serves the ledger of `askfirst demo`, and is asked over HTTP, one question after the other. Then it gets
/// VoiceMode's reports, in turns alone and while one of the questions is asked without pause: their ratio says what a
/// question costs those who report.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE_OF_QUESTIONS)]
pub(crate) struct QuestionsArgs {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// How often each question is asked
    #[arg(long, value_name = "N", default_value = "11")]
    pub(crate) rounds: NonZeroU32,

    /// Pairs of measurements under load, alone and beside a question, for each of the questions with a ceiling
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) pairs: NonZeroU32,
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
