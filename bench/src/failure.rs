//! Why a run ended badly, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

/// The two ways a run can fail. A script can tell them apart: only the first says something about the server.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The run was measured and is not good: a refused request, an event that is not stored, a missed ceiling. Exit code 1.
    BadResult(String),
    /// Nothing could be measured: no binary, a server that ended early, an interruption. Exit code 2.
    CannotMeasure(String),
}

impl Failure {
    /// 1 or 2, as documented in `--help`.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::BadResult(_) => ExitCode::from(1),
            Self::CannotMeasure(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadResult(text) | Self::CannotMeasure(text) => formatter.write_str(text),
        }
    }
}

/// Prints a line for people. Standard output is left to the table.
#[expect(clippy::print_stderr, reason = "progress and errors of a command line tool belong there")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
