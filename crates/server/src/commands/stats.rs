//! `askfirst stats`

use std::io::{self, Write as _};

use askfirst_core::{Answer, Question, Summary};
use serde_json::{Map, Value, json};

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
        writeln!(out, "{:#}", as_json(&arguments.app, &summary))?;
    } else {
        writeln!(out, "{}", as_table(&summary))?;
    }
    Ok(())
}

fn as_json(app: &str, summary: &Summary) -> Value {
    let refused: Map<String, Value> =
        reasons(summary, "refused").map(|(reason, count)| (reason.to_owned(), count.into())).collect();
    json!({
        "app": app,
        "events": summary.events,
        "installs": summary.installs,
        "active_today": summary.active_today,
        "active_this_week": summary.active_this_week,
        "active_this_month": summary.active_this_month,
        "duplicates": total(summary, "duplicate"),
        "limited": total(summary, "limited"),
        "refused": refused,
        "discarded_fields": total(summary, "discarded"),
    })
}

fn as_table(summary: &Summary) -> String {
    let mut table = plain_table();
    let mut add = |name: &str, count: u64| {
        table.add_row([name.to_owned(), count.to_string()]);
    };
    add("events", summary.events);
    add("installs", summary.installs);
    add("active today", summary.active_today);
    add("active this week", summary.active_this_week);
    add("active this month", summary.active_this_month);
    add("duplicates", total(summary, "duplicate"));
    for (reason, count) in reasons(summary, "limited") {
        add(&format!("limited: {reason}"), count);
    }
    for (reason, count) in reasons(summary, "refused") {
        add(&format!("refused: {reason}"), count);
    }
    add("discarded fields", total(summary, "discarded"));
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(comfy_table::CellAlignment::Right);
    }
    table.trim_fmt()
}

fn total(summary: &Summary, outcome: &str) -> u64 {
    reasons(summary, outcome).map(|(_, count)| count).sum()
}

/// The counts of an outcome by reason.
fn reasons<'s>(summary: &'s Summary, outcome: &str) -> impl Iterator<Item = (&'s str, u64)> {
    let outcomes = summary.outcomes.iter().filter(move |counted| counted.outcome == outcome);
    outcomes.map(|counted| (counted.reason.as_str(), counted.count))
}
