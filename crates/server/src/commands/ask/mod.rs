//! `askfirst ask`: the question from its options, and the answer as it was asked for.

mod cell;
mod events;
mod layout;
mod page;
mod sheet;

use std::io::{self, Write as _};

use askfirst_contract::{Contract, Role};
use askfirst_core::question::{Ask, Measure, What};
use askfirst_core::{Answer, Question};

use super::open_reader;
use crate::args::ask::{AskArguments, Typed};
use crate::clock;
use crate::config::Settings;
use crate::failure::Failure;

/// The columns of a page that no terminal shows: those of a screen that a page is pasted into.
const PIPED_WIDTH: u16 = 100;
/// The narrowest page; below that no table can be read.
const LEAST_WIDTH: u16 = 40;

pub(crate) fn run(arguments: AskArguments) -> Result<(), Failure> {
    let Typed { question, parameters, common } = arguments.question.into();
    let settings = Settings::of_place(&common.place)?;
    let app = settings.app(&arguments.app)?;
    let ask = Ask::parse(question, &parameters, &app.contract, clock::now()).map_err(Failure::not_right)?;
    let caveat = caveat(&ask.what, &app.contract);
    let answer = open_reader(&settings, app)?.answer(Question::Ask(ask)).map_err(Failure::failed)?;
    let Answer::Report(report) = answer else { unreachable!("a report was asked for") };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if common.json {
        writeln!(out, "{:#}", report.to_json())?;
    } else if common.csv {
        write!(out, "{}", report.to_csv(common.table.as_deref()).map_err(Failure::not_right)?)?;
    } else {
        page::write(&report, width(), &mut out)?;
    }
    out.flush()?;
    tell(caveat);
    Ok(())
}

/// The columns that there is room for.
fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(columns), _)| columns);
    // Some terminals don't know their size.
    terminal.filter(|columns| *columns > 0).map_or(PIPED_WIDTH, |columns| columns.max(LEAST_WIDTH))
}

/// Why an answer can't tell all that the question seems to ask for.
fn caveat(what: &What, contract: &Contract) -> Option<String> {
    let id = &contract.app.id;
    let no_role = |role: Role| Some(format!("the contract of {id} gives no field the role `{}`", role.name()));
    match what {
        What::Errors { error, .. } if error.places.is_empty() => return no_role(Role::Error),
        What::Versions { .. } if !contract.dimensions().contains(&Role::AppVersion.name()) => {
            return no_role(Role::AppVersion);
        }
        What::Recent { .. } | What::Outcomes { .. } | What::Trend { of: Measure::Events | Measure::Field(..), .. } => {
            return None;
        }
        _ => {}
    }
    let has_installs = contract.events.iter().any(|event| event.install_id_path().is_some());
    (!has_installs).then(|| format!("the contract of {id} declares no install ids, so no installs are counted"))
}

#[expect(clippy::print_stderr, reason = "a word beside the answer is for people")]
fn tell(caveat: Option<String>) {
    if let Some(caveat) = caveat {
        eprintln!("askfirst: {caveat}");
    }
}
