//! `askfirst import`

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use askfirst_contract::Json;
use askfirst_core::import::{Import, LedgerHead, Record};
use askfirst_core::wire::Wire;
use askfirst_sqlite::{ImportReport, Importer};
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};

use super::query::plain_table;
use crate::args::ImportArguments;
use crate::config::Settings;
use crate::failure::Failure;
use crate::import::export_file::{self, Problem, Rows, Survey};
use crate::{clock, data_dir, progress};

/// Rows of one transaction: some megabytes, stored within a fraction of a second.
const CHUNK: usize = 4_096;
/// The tables of Drift that are derived from events: where an export brings one along, it counts.
const DERIVED: [&str; 3] = ["daily_stats", "pattern_signatures", "action_aggregates"];

pub(crate) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    let file = &arguments.file;
    let shown = file.display();
    let length = std::fs::metadata(file)
        .map_err(|error| Failure::not_right(format!("can't read the export {shown}: {error}")))?
        .len();
    let _lock = data_dir::lock(&settings.data)?;
    let now = clock::now();
    let open = askfirst_sqlite::Settings {
        path: settings.ledger_path(app),
        contract: app.contract.clone(),
        tables: app.wire.tables(),
        now,
    };
    let survey = export_file::survey(file).map_err(|problem| Failure::failed(format!("{shown}: {problem}")))?;
    let ledger = ledger_of(&arguments.app, &survey).map_err(|why| Failure::not_right(format!("{shown}: {why}")))?;
    let brought = match app.wire {
        Wire::Drift => DERIVED.into_iter().filter(|table| survey.tables.contains(*table)).collect(),
        _ => Vec::new(),
    };
    let importer = open_importer(&open, brought, ledger)?;
    let mut taking = Taking {
        import: Import::new(&app.contract, app.wire, now).of_ledger(ledger),
        importer,
        chunk: Vec::with_capacity(CHUNK),
        rows: 0,
        progress: progress::bar(length, "{wide_bar} {bytes} of {total_bytes}, {eta} left"),
    };
    let read = export_file::read(file, ledger.is_some() || app.wire != Wire::Domscribe, &mut taking);
    let mut stored = taking.flush();
    if read.is_ok() && stored.is_ok() {
        stored = taking.importer.finish().map_err(|error| unwritable(&error));
    }
    taking.progress.finish_and_clear();
    let (rows, report) = (taking.rows, taking.importer.report.clone());
    taking.importer.close();
    let passed_over = read.and_then(|passed_over| stored.map(|()| passed_over)).map_err(|problem| {
        let stored = report.imported + report.duplicates;
        Failure::failed(format!("{shown}: {problem}; {stored} rows before it are stored: mend it and import it again"))
    })?;
    tell(arguments, rows, &report, &passed_over)
}

fn open_importer(
    settings: &askfirst_sqlite::Settings,
    brought: Vec<&'static str>,
    ledger: Option<&LedgerHead>,
) -> Result<Importer, Failure> {
    let mut importer = Importer::open(settings, brought)
        .map_err(|error| Failure::not_right(format!("can't open the ledger {}: {error}", settings.path.display())))?;
    if let Some(head) = ledger {
        importer.begin_ledger(head, settings.now).map_err(|error| Failure::failed(unwritable(&error)))?;
    }
    Ok(importer)
}

/// What is known of the ledger whose dump an export is, if it is one; it must be this app's.
fn ledger_of<'s>(app: &str, survey: &'s Survey) -> Result<Option<&'s LedgerHead>, Problem> {
    match &survey.ledger.app {
        Some(other) if other != app => {
            Err(format!("it is the ledger of {other}; take it over with `askfirst import {other}`"))
        }
        other => Ok(other.is_some().then_some(&survey.ledger)),
    }
}

fn unwritable(error: &impl std::fmt::Display) -> Problem {
    format!("the ledger can't be written: {error}")
}

/// Rows on their way into the ledger.
struct Taking<'c> {
    import: Import<'c>,
    importer: Importer,
    chunk: Vec<Record>,
    rows: u64,
    progress: ProgressBar,
}

impl Rows for Taking<'_> {
    fn row(&mut self, table: &str, row: &Json<'_>, bytes_read: u64) -> Result<(), Problem> {
        self.rows += 1;
        self.chunk.push(self.import.read(table, row));
        if self.chunk.len() >= CHUNK {
            self.flush()?;
            self.progress.set_position(bytes_read);
        }
        Ok(())
    }
}

impl Taking<'_> {
    fn flush(&mut self) -> Result<(), Problem> {
        let chunk = std::mem::take(&mut self.chunk);
        self.importer.store(chunk).map_err(|error| unwritable(&error))
    }
}

fn tell(
    arguments: &ImportArguments,
    rows: u64,
    report: &ImportReport,
    passed_over: &BTreeMap<&'static str, u64>,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let rows_skipped = report.skipped.iter().map(|(name, count)| (&**name, *count));
    let skipped: Vec<_> = rows_skipped.chain(passed_over.iter().map(|(name, count)| (*name, *count))).collect();
    if arguments.json {
        let counts = |counts: &[(&str, u64)]| -> Map<String, Value> {
            counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect()
        };
        let refused: Vec<_> = report.refused.iter().map(|(name, count)| (*name, *count)).collect();
        let report = json!({
            "app": arguments.app,
            "file": arguments.file.display().to_string(),
            "rows": rows,
            "imported": report.imported,
            "duplicates": report.duplicates,
            "refused": counts(&refused),
            "discarded_fields": report.discarded_fields,
            "erased": report.erased,
            "skipped": counts(&skipped),
        });
        return Ok(writeln!(out, "{report:#}")?);
    }
    let mut table = plain_table();
    let mut add = |name: String, count: u64| {
        table.add_row([name, count.to_string()]);
    };
    add("rows".to_owned(), rows);
    add("imported".to_owned(), report.imported);
    add("there before".to_owned(), report.duplicates);
    for (reason, count) in &report.refused {
        add(format!("refused: {reason}"), *count);
    }
    for (reason, count) in &skipped {
        add(format!("skipped: {reason}"), *count);
    }
    add("discarded fields".to_owned(), report.discarded_fields);
    if report.erased > 0 {
        add("installs erased, as they were there".to_owned(), report.erased);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    Ok(writeln!(out, "{}", table.trim_fmt())?)
}
