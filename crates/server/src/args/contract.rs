//! `askfirst contract` as it is typed.
#![expect(clippy::doc_markdown, reason = "these comments are the text of --help, which would show the backticks")]

use std::path::PathBuf;

use askfirst_contract::Timestamp;
use clap::{Args, Subcommand, ValueEnum};

use crate::commands::contract::draft::FieldDraft;

/// Write and check contracts, see what changes, and make what follows from them.
///
/// A contract is the file that says what a tool may report. FILE is a path, the id of a contract that comes with
/// askfirst (voicemode, drift, baofeng, domscribe), or - for standard input.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract new mytool                                 write contracts/mytool.toml
  askfirst contract check contracts/*.toml                     is it right?
  git show main:contracts/mytool.toml | askfirst contract diff - contracts/mytool.toml
  askfirst contract page contracts/mytool.toml --out page.html the page for your users
  askfirst contract schema drift                               JSON Schema
  echo '{\"type\":\"run\"}' | askfirst contract try contracts/mytool.toml

Exit codes: 0 done, 1 what was asked is not so (see each command), 2 a file can't be read or is no contract.")]
pub(crate) struct ContractArguments {
    #[command(subcommand)]
    pub(crate) verb: ContractVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContractVerb {
    New(NewArguments),
    Check(CheckArguments),
    Diff(DiffArguments),
    Schema(SchemaArguments),
    Page(PageArguments),
    Try(TryArguments),
}

/// Write a contract to begin with.
///
/// On a terminal, what no flag tells is asked. The contract has a random number of the installation, the time, the
/// version, the system and whether a person or a machine is at work; the rest is yours. Without --out it is written
/// to contracts/ID.toml. A file that is there is never overwritten without --force.
#[derive(Debug, Args)]
#[command(after_help = "\
A field is NAME=TYPE or NAME=TYPE=WHY; a ? behind the name makes it optional. Types:
  text  text:200           a text, of at most 64 or so many characters
  enum:build,test          one of these texts
  bool  time  uuid  version
  int  int:0..100          a whole number; number, number:0..1 the same for any number
  hex  hex:40              hexadecimal digits
  counts  counts:add,drop  how often each of many things, or of these
  list  list:10            texts, at most 20 or so many

Examples:
  askfirst contract new
  askfirst contract new mytool --title \"My Tool\" --about \"Builds things.\" --event build \\
    --field 'target=enum:debug,release=which builds to make fast' --field 'seconds?=number:0..=how long builds take'
  askfirst contract new mytool --out - | askfirst contract check -")]
pub(crate) struct NewArguments {
    /// The app's id: 1 to 32 of a-z, 0-9 and -.
    pub(crate) id: Option<String>,
    /// The name people know the app by [default: the id].
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// One sentence on what the app is.
    #[arg(long, value_name = "TEXT")]
    pub(crate) about: Option<String>,
    /// The type of the first event [default: run].
    #[arg(long, value_name = "TYPE")]
    pub(crate) event: Option<String>,
    /// A field of that event, as NAME=TYPE or NAME=TYPE=WHY; repeatable.
    #[arg(long = "field", value_name = "FIELD", value_parser = FieldDraft::parse)]
    pub(crate) fields: Vec<FieldDraft>,
    /// Where to write it; - is standard output [default: contracts/ID.toml].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Check contracts.
///
/// Everything that is wrong is told at once, as FILE:LINE: MESSAGE. Exit code 1 if anything is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract check contracts/mytool.toml
  askfirst contract check contracts/*.toml --json")]
pub(crate) struct CheckArguments {
    /// The contracts.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tell in words what changes from one contract to another.
///
/// Exit code 1 where something new is collected or published, or kept longer: what people agreed to would no longer be
/// true. That makes it a check for pull requests. Exit code 0 otherwise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract diff old.toml new.toml
  git show main:contracts/mytool.toml | askfirst contract diff - contracts/mytool.toml
  askfirst contract diff drift contracts/drift.toml --json")]
pub(crate) struct DiffArguments {
    /// The contract as it was.
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The contract as it is to be.
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print the JSON Schema (2020-12) of the events a contract accepts.
///
/// It describes one event with the member type. What a schema can't say is in its comments.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract schema contracts/mytool.toml > mytool.schema.json
  askfirst contract schema voicemode")]
pub(crate) struct SchemaArguments {
    /// The contract.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
}

/// Make the page that tells users what is collected and why.
///
/// The HTML is one file that loads nothing; its script copies, and does nothing else. A server shows the same page, with
/// its own address and the history of the contract, at /api/v1/APP/what-we-collect. The time in its examples is that of the start of this day, so
/// that they can be sent; with --at the page stays the same from day to day.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract page contracts/mytool.toml --out page.html
  askfirst contract page contracts/mytool.toml --out TELEMETRY.md --at 2026-01-01
  askfirst contract page voicemode --format markdown")]
pub(crate) struct PageArguments {
    /// The contract.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// How it is written [default: by the ending of --out, else html].
    #[arg(long, value_enum)]
    pub(crate) format: Option<PageFormat>,
    /// Where to write it [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The time in the examples, such as 2026-01-01 [default: today].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) at: Option<Timestamp>,
}

/// How a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// One file for a browser.
    Html,
    /// For a repository.
    Markdown,
    /// For programs.
    Json,
}

/// Try events against a contract, without a server.
///
/// Events are read from standard input: one event, an array of them, an object with the array "events", or one event
/// a line. Each is answered as the server would answer it over the native API, but limits and repetitions are not
/// known here. Events of other wires are tried with the member type, too. Exit code 1 if any is refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst contract try contracts/mytool.toml < event.json
  echo '{\"type\":\"scan_completion\"}' | askfirst contract try drift --json")]
pub(crate) struct TryArguments {
    /// The contract.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// How verdicts are printed [default: human on a terminal, else json].
    #[arg(long, value_enum)]
    pub(crate) format: Option<TryFormat>,
    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

/// How verdicts are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TryFormat {
    /// For people, with what is kept of each event.
    Human,
    /// One object with the list "verdicts".
    Json,
}

pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| format!("`{text}` is no time such as 2026-01-01"))
}
