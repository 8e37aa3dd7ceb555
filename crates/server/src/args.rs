//! The command line as it is typed; what it means together with environment and file is in `config`.
#![expect(clippy::doc_markdown, reason = "these comments are the text of --help, which would show the backticks")]

pub(crate) mod alert;
pub(crate) mod ask;
pub(crate) mod backup;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod edge;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod load_test;
pub(crate) mod tail;
pub(crate) mod token;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;

use self::alert::AlertArguments;
use self::ask::AskArguments;
use self::backup::{BackupArguments, RestoreArguments};
use self::contract::ContractArguments;
use self::demo::DemoArguments;
use self::edge::EdgeArguments;
use self::export::ExportArguments;
use self::forget::ForgetArguments;
use self::load_test::LoadTestArguments;
use self::tail::TailArguments;
use self::token::TokenArguments;

/// Telemetry backend for tools that ask first.
///
/// One contract per tool says what may be collected. The server accepts only that, stores it durably, exactly once,
/// and answers who uses what.
#[derive(Debug, Parser)]
#[command(name = "askfirst", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  askfirst serve                                    serve on 127.0.0.1:8787, data in ./data
  askfirst stats voicemode                          how much there is, and who is active
  askfirst ask voicemode active --by platform       how many use it, day by day
  askfirst query voicemode \"SELECT * FROM events\"   ask the ledger yourself
  askfirst contract new mytool                      say what a tool may report

Exit codes: 0 done, 1 failed, 2 the command line, configuration or surroundings are not right.";

// The text of each is that of its arguments: one here would take the place of it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(ServeArguments),
    Ask(AskArguments),
    Query(QueryArguments),
    Import(ImportArguments),
    Export(ExportArguments),
    Backup(BackupArguments),
    Restore(RestoreArguments),
    Parity(ParityArguments),
    Forget(ForgetArguments),
    LoadTest(LoadTestArguments),
    Stats(StatsArguments),
    Alert(AlertArguments),
    Contract(ContractArguments),
    Tail(TailArguments),
    Token(TokenArguments),
    Demo(DemoArguments),
    Edge(EdgeArguments),
}

/// Where configuration and data are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArguments {
    /// Configuration file [env: ASKFIRST_CONFIG] [default: askfirst.toml if there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the ledgers [env: ASKFIRST_DATA] [default: data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Folder of your own contracts [env: ASKFIRST_CONTRACTS] [default: contracts if there]
    #[arg(long, value_name = "DIR")]
    pub(crate) contracts: Option<PathBuf>,
}

/// Start the server.
///
/// Settings come from flags, then the environment, then the configuration file, then defaults. SIGTERM or Ctrl-C
/// finishes the requests under way, commits and ends. SIGHUP reads contracts, the settings of apps and alerts again;
/// where anything is wrong with them, the old ones stay in force.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  askfirst serve
  askfirst serve --listen 0.0.0.0:8787 --data /var/lib/askfirst
  askfirst serve --trusted-proxy 127.0.0.1/32 --trusted-proxy 10.0.0.0/8   behind a reverse proxy

The policy of an app's contract is overridden in the configuration file:
  [apps.voicemode]
  retention = \"30d\"
  limits = { install = \"20/h\", address = \"off\" }
or in the environment: ASKFIRST_APP_VOICEMODE_RETENTION=30d ASKFIRST_APP_VOICEMODE_LIMITS_ADDRESS=off")]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Address and port to listen on [env: ASKFIRST_LISTEN] [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// A proxy whose word on the client's address counts; repeatable [env: ASKFIRST_TRUSTED_PROXY, comma list]
    #[arg(long = "trusted-proxy", value_name = "CIDR", value_parser = parse_network)]
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// The header in which proxies tell the client's address [env: ASKFIRST_ADDRESS_HEADER] [default: x-forwarded-for]
    #[arg(long, value_name = "NAME")]
    pub(crate) address_header: Option<String>,
}

/// Ask a ledger in SQL.
///
/// Only statements that read are run. The tables of the released services are there as views.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst query voicemode \"SELECT COUNT(*) AS total FROM events\"
  askfirst query voicemode \"SELECT * FROM events ORDER BY created_at DESC LIMIT 10\" --format json
  askfirst query voicemode \"SELECT event_id, timestamp FROM events\" --format csv > events.csv")]
pub(crate) struct QueryArguments {
    /// The app whose ledger is asked.
    pub(crate) app: String,
    /// One SQL statement, in SQLite's dialect.
    #[arg(allow_hyphen_values = true)] // it may begin with a comment
    pub(crate) sql: String,
    /// How rows are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns that line up, for people.
    Table,
    /// Comma-separated values (RFC 4180) with a header; a text with = + - @ or white space in front gets an apostrophe
    /// there, so that no spreadsheet takes it for a formula.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line.
    Ndjson,
}

/// Take over what a released service, or another askfirst, has stored.
///
/// FILE is what the old service exports: for voicemode, drift and baofeng the SQL of `wrangler d1 export`, for domscribe
/// its KV records as a JSON array of name, value and expiration; what `askfirst export` wrote; or, for any app, the SQL of
/// `wrangler d1 export` of askfirst's own Worker. It is read as data: nothing in it is executed. Times of receipt are kept,
/// the contract holds for every row, and no row is taken over twice, so an import that was broken off is simply run again.
/// The server must not be running.
///
/// From a Worker, counts that are more than its events tell (of days past retention, outcomes, counters) come along where
/// the ledger is new: put an old one aside first. A later export of the same Worker adds what came since. Into a ledger
/// that had data of its own go events and tombstones alone; tombstones only where it has erased nobody itself, or has
/// the Worker's key from an earlier move.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  npx wrangler d1 export my-database --remote --output dump.sql
  askfirst import drift dump.sql
  askfirst import voicemode dump.sql --data /var/lib/askfirst --json")]
pub(crate) struct ImportArguments {
    /// The app whose ledger takes it over.
    pub(crate) app: String,
    /// The export.
    pub(crate) file: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Compare a ledger with the old service, before clients are moved.
///
/// Compares the number of flashed radios, and the failures of each day that is still kept. OLD is a dump of the old
/// service's database (`wrangler d1 export`), or its address: then failures are compared only with a token, and only
/// the days that its latest 200 rows cover. Exit code 0 where no two numbers are further apart than the tolerance, 1
/// where some are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst parity baofeng --old dump.sql
  askfirst parity baofeng --old https://logs.example.workers.dev --token $ADMIN_TOKEN --tolerance 2")]
pub(crate) struct ParityArguments {
    /// The app whose ledger is compared.
    pub(crate) app: String,
    /// The old service's dump, or its address.
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) old: String,
    /// The operator's token of the old service, to read its failures
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// How far apart two numbers may be.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) tolerance: u64,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Tell how much a ledger holds, who is active and what was refused.
///
/// Days are UTC; an install is active on the day its reports tell of.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst stats voicemode
  askfirst stats voicemode --json")]
pub(crate) struct StatsArguments {
    /// The app whose ledger is asked.
    pub(crate) app: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// A network in CIDR form, or a single address.
pub(crate) fn parse_network(text: &str) -> Result<IpNet, String> {
    let address = |text: &str| text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(|| address(text)).ok_or_else(|| format!("`{text}` is no network such as 10.0.0.0/8"))
}
