//! `askfirst tail` as it is typed.

use clap::{Args, ValueEnum};

use super::PlaceArguments;

/// Tell what happens to events, as it happens.
///
/// Accepted events are shown with their declared fields, without anything that tells whose they are. Of all others only
/// counts are known: how many were duplicates, limited or refused, why, and by which version of the client. Reads the
/// ledgers' files, so it needs no token, and a server need not run. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst tail                                    all apps
  askfirst tail mytool --type run
  askfirst tail mytool --outcome refused --outcome limited
  askfirst tail --json | jq 'select(.outcome == \"refused\")'")]
pub(crate) struct TailArguments {
    /// The apps to follow [default: all that have a ledger].
    #[arg(value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// Only accepted events of this type; repeatable.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// Only this outcome; repeatable.
    #[arg(long = "outcome", value_enum, value_name = "OUTCOME")]
    pub(crate) outcomes: Vec<OutcomeArgument>,
    /// Print one JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// What became of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutcomeArgument {
    /// Stored.
    Accepted,
    /// Stored before.
    Duplicate,
    /// Over a limit.
    Limited,
    /// Not what the contract declares.
    Refused,
    /// Fields that were dropped from stored events.
    Discarded,
}

impl OutcomeArgument {
    /// The name in counts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Limited => "limited",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
        }
    }
}
