//! `askfirst stats`

use std::io::{self, Write as _};

use askfirst_core::{Answer, Question, Summary};

use super::open_reader;
use super::query::plain_table;
use crate::args::StatsArguments;
use crate::clock;
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: &StatsArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let reader = open_reader(&settings, settings.app(&arguments.app)?)?;
    let answer = reader.answer(Question::Summary(clock::now())).map_err(Failure::failed)?;
    let Answer::Summary(summary) = answer else { unreachable!("a summary was asked for") };
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{:#}", summary.to_json(&arguments.app))?;
    } else {
        writeln!(out, "{}", as_table(&summary))?;
    }
    Ok(())
}

fn as_table(summary: &Summary) -> String {
    let mut table = plain_table();
    let mut add = |name: &str, count: u64| {
        table.add_row([name.to_owned(), count.to_string()]);
    };
    add("events", summary.events);
    add("installs", summary.installs);
    add("active now", summary.active_now);
    add("active today", summary.active_today);
    add("active this week", summary.active_this_week);
    add("active this month", summary.active_this_month);
    add("duplicates", summary.total("duplicate"));
    for (reason, count) in summary.reasons("limited") {
        add(&format!("limited: {reason}"), count);
    }
    for (reason, count) in summary.reasons("refused") {
        add(&format!("refused: {reason}"), count);
    }
    add("discarded fields", summary.total("discarded"));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    table.trim_fmt()
}
