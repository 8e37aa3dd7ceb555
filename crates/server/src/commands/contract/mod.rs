//! `askfirst contract`: one file per verb.

mod check;
mod diff;
pub(crate) mod draft;
mod new;
mod page;
mod questions;
mod schema;
mod r#try;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use askfirst_contract::{Contract, Document, Problems};
use askfirst_core::CONTRACTS;
use askfirst_core::wire::Wire;

use crate::args::contract::{ContractArguments, ContractVerb};
use crate::config::DEFAULT_CONTRACTS;
use crate::failure::Failure;

const STANDARD_INPUT: &str = "-";

pub(crate) fn run(arguments: ContractArguments) -> Result<(), Failure> {
    match arguments.verb {
        ContractVerb::New(arguments) => new::run(arguments),
        ContractVerb::Check(arguments) => check::run(&arguments),
        ContractVerb::Diff(arguments) => diff::run(&arguments),
        ContractVerb::Schema(arguments) => schema::run(&arguments),
        ContractVerb::Page(arguments) => page::run(&arguments),
        ContractVerb::Try(arguments) => r#try::run(&arguments),
    }
}

/// A contract's text, and how messages name it.
struct Source {
    name: String,
    text: String,
}

/// Reads the file, the app's contract or standard input that `file` names. An app's contract is the one in the folder of
/// contracts, or else the one that comes with the program.
fn read(file: &str) -> Result<Source, Failure> {
    if file == STANDARD_INPUT {
        let mut text = String::new();
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Failure::not_right(format!("can't read standard input: {error}")))?;
        return Ok(Source { name: "standard input".to_owned(), text });
    }
    let of_app = format!("{file}.toml");
    let in_folder = Path::new(DEFAULT_CONTRACTS).join(&of_app);
    let path = if !Path::new(file).exists() && in_folder.is_file() { in_folder } else { PathBuf::from(file) };
    let shipped = CONTRACTS.iter().find(|(name, _)| *name == of_app).filter(|_| !path.is_file());
    if let Some((name, text)) = shipped {
        return Ok(Source { name: (*name).to_owned(), text: (*text).to_owned() });
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Source { name: path.display().to_string(), text }),
        Err(error) => {
            let ids = CONTRACTS.map(|(name, _)| name.trim_end_matches(".toml")).join(", ");
            Err(Failure::not_right(format!("can't read {file}: {error} (contracts that come with askfirst: {ids})")))
        }
    }
}

/// Parses a contract whose wire this program speaks.
fn parse(source: &Source) -> Result<Contract, Problems> {
    let contract = Contract::parse(&source.name, &source.text)?;
    if Wire::named(&contract.app.wire).is_some() {
        return Ok(contract);
    }
    let (mut document, mut root) = Document::parse(&source.name, &source.text)?;
    let start = root.table(&mut document, "app").and_then(|mut app| app.take("wire")).map_or(0, |entry| entry.start);
    let known = Wire::NAMES.join(", ");
    document.problem(start, format!("there is no wire `{}`; there are: {known}", contract.app.wire));
    document.finish(None)
}

/// Reads a contract that has to be right.
pub(super) fn load(file: &str) -> Result<Contract, Failure> {
    load_text(file).map(|(contract, _)| contract)
}

/// Reads a contract that has to be right, and gives its text as well.
pub(super) fn load_text(file: &str) -> Result<(Contract, String), Failure> {
    let source = read(file)?;
    let contract = parse(&source).map_err(|problems| Failure::not_right(shown(&problems.to_string())))?;
    Ok((contract, source.text))
}

/// Lines as a terminal can show them: what would move its cursor is escaped.
pub(super) fn shown(text: &str) -> String {
    let escape = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// `1 event`, `2 events`
fn number_of(count: usize, one: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {one}{ending}")
}

/// How many fields a contract declares; those of the envelope once.
fn declared_fields(contract: &Contract) -> usize {
    let common = contract.envelope.as_ref().map_or(0, |envelope| envelope.fields.len());
    common + contract.events.iter().map(|event| event.fields.len() - common).sum::<usize>()
}
