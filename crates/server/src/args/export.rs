//! `askfirst export` as it is typed.
#![expect(clippy::doc_markdown, reason = "these comments are the text of --help, which would show the backticks")]

use std::path::PathBuf;

use askfirst_contract::{Day, Timestamp};
use clap::{Args, ValueEnum};

use super::PlaceArguments;

/// Write out the events of a ledger as NDJSON, CSV, Parquet or SQLite, or all of it for a Worker.
///
/// Events are written in the order of receipt, as of one moment, while the server runs or not; however many there are,
/// the memory stays small. What is derived from events that are deleted already, such as counters, is not in an export:
/// askfirst backup copies everything. Only d1 holds counters too: it is the whole ledger as SQL, for the D1 database of a
/// new Worker that has its schema and no events yet. The hashes of addresses stay behind, with their keys.
///
/// CSV and Parquet have the columns id, received_at, occurred_at, type, event_id, install_id, one for each field of the
/// contract by its dotted path, and other_fields: what was stored under an earlier contract and has no column now, as
/// JSON. A field that has the name of another column is called fields.NAME. In CSV, a text that a spreadsheet would take
/// for a formula, because it begins with = + - @ or white space, gets an apostrophe in front; the other formats hold it
/// as it is.
///
/// With --out, nothing has the name PATH before all of it is written: until then it is called PATH.partial, and Ctrl-C
/// removes it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst export voicemode > voicemode.ndjson
  askfirst export voicemode --format csv --from 2026-09-01 --to 2026-09-30 --out september.csv
  askfirst export voicemode --format parquet --out voicemode
  duckdb -c \"SELECT type, count(*) FROM 'voicemode/*/*.parquet' GROUP BY type\"
  askfirst import voicemode voicemode.ndjson --data elsewhere
  askfirst export voicemode --format d1 --out voicemode.sql
  npx wrangler d1 execute my-database --remote --file voicemode.sql")]
pub(crate) struct ExportArguments {
    /// The app whose events are written.
    pub(crate) app: String,
    /// How events are written.
    #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
    pub(crate) format: ExportFormat,
    /// The first UTC day of receipt, such as 2026-09-01 [default: that of the first event]
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(crate) from: Option<Day>,
    /// The last UTC day of receipt [default: that of the last event]
    #[arg(long, value_name = "DAY", value_parser = parse_day)]
    pub(crate) to: Option<Day>,
    /// The file or folder to write; must not be there [default: standard output, for ndjson, csv and d1]
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object a line, which askfirst import reads.
    Ndjson,
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// A folder with a Parquet file for each day of receipt: PATH/day=2026-09-02/part-0.parquet.
    Parquet,
    /// A SQLite database with the table events; the fields are JSON.
    Sqlite,
    /// The whole ledger as SQL, which wrangler d1 execute loads.
    D1,
}

fn parse_day(text: &str) -> Result<Day, String> {
    let day = Timestamp::parse(text).filter(|_| text.len() == "2026-09-01".len()).map(Timestamp::day);
    day.ok_or_else(|| format!("`{text}` is no day such as 2026-09-01"))
}
