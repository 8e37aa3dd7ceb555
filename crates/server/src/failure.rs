//! How a command ends when it can't do what was asked.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | the command was understood and failed |
//! | 2 | the command line, the configuration or the surroundings are not right: mend them and try again |

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use askfirst_sqlite::ReaderError;

/// Why a command can't do what was asked, in one line.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Exit code 1.
    Failed(String),
    /// Exit code 2.
    NotRight(String),
    /// Nobody reads our output any more, such as `head` that has seen enough. Not worth a word.
    OutputClosed,
}

impl Failure {
    /// The command was understood and failed.
    pub(crate) fn failed(what: impl Display) -> Self {
        Self::Failed(what.to_string())
    }

    /// What is around the command is not right.
    pub(crate) fn not_right(what: impl Display) -> Self {
        Self::NotRight(what.to_string())
    }

    /// Tells people on standard error, and gives the exit code.
    #[expect(clippy::print_stderr, reason = "people's text goes to standard error")]
    pub(crate) fn tell(self) -> ExitCode {
        let (text, code) = match self {
            Self::Failed(text) => (text, 1),
            Self::NotRight(text) => (text, 2),
            Self::OutputClosed => return ExitCode::SUCCESS,
        };
        eprintln!("askfirst: {}", text.replace('\n', "; "));
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    /// An error of our own output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            io::ErrorKind::Interrupted => Self::failed("broken off; nothing is left of the output"),
            _ => Self::Failed(format!("can't write the output: {error}")),
        }
    }
}

impl From<ReaderError> for Failure {
    fn from(error: ReaderError) -> Self {
        match error {
            ReaderError::Io(error) => error.into(),
            error => Self::failed(error),
        }
    }
}
