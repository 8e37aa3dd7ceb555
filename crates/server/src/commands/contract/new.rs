//! `askfirst contract new`

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use askfirst_contract::Contract;

use super::draft::WHY_NOT_YET;
use super::questions::Known;
use super::{STANDARD_INPUT, declared_fields, number_of, shown};
use crate::args::contract::NewArguments;
use crate::clock;
use crate::failure::Failure;

pub(crate) fn run(arguments: NewArguments) -> Result<(), Failure> {
    let NewArguments { id, title, about, event, fields, out, force } = arguments;
    let known = Known { id, title, about, event, fields };
    let draft = if io::stdin().is_terminal() {
        known.ask(io::stdin().lock(), io::stderr().lock())?
    } else {
        known.unasked()?
    };
    let text = draft.to_toml();
    // What was typed is checked like any other contract, before anything is written.
    let contract = Contract::parse("the new contract", &text).map_err(|problems| {
        let messages: Vec<_> = problems.problems.iter().map(|problem| problem.message.clone()).collect();
        Failure::not_right(shown(&messages.join("\n")))
    })?;
    if out.as_deref() == Some(Path::new(STANDARD_INPUT)) {
        return Ok(io::stdout().lock().write_all(text.as_bytes())?);
    }
    let path = out.unwrap_or_else(|| PathBuf::from(format!("contracts/{}.toml", contract.app.id)));
    write(&path, &text, force)?;
    Ok(write!(io::stderr().lock(), "{}", shown(&what_next(&path, &contract)))?)
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::not_right(format!("{} is there already; --force overwrites it", path.display()))
        }
        _ => Failure::not_right(format!("can't write {}: {error}", path.display())),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::not_right(format!("can't make {}: {error}", folder.display())))?;
    }
    let mut options = OpenOptions::new();
    // Never `create` without `force`: whoever wrote the file meanwhile keeps it.
    options.write(true).truncate(force).create(force).create_new(!force);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(cannot)
}

/// What to do with a new contract.
fn what_next(path: &Path, contract: &Contract) -> String {
    let path = path.display();
    let event = &contract.events[0];
    let fields = event.fields.iter().filter(|field| field.why == WHY_NOT_YET);
    let unexplained: Vec<_> = fields.map(|field| field.path.as_str()).collect();
    let first = if unexplained.is_empty() {
        "Replace what says TODO in it, if anything.".to_owned()
    } else {
        format!("Replace what says TODO in it; people will read why these are collected: {}.", unexplained.join(", "))
    };
    let example = contract.example_line(event, clock::now()).unwrap_or_else(|| "{}".to_owned());
    format!(
        "Wrote {path}: {}, {}.\n{first}\n\nThen:\n  \
         askfirst contract check {path}\n  \
         askfirst contract page {path} --out page.html\n  \
         askfirst serve\n  \
         curl http://127.0.0.1:8787/api/v1/{}/events -H 'Content-Type: application/json' -d '{}'\n",
        number_of(contract.events.len(), "event"),
        number_of(declared_fields(contract), "field"),
        contract.app.id,
        example.replace('\'', "'\\''"),
    )
}
