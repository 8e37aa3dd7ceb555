//! `askfirst contract diff`

use std::io::{self, Write as _};

use askfirst_contract::{Change, ChangeKind, Contract};
use serde_json::{Value, json};

use super::{STANDARD_INPUT, load, shown};
use crate::args::contract::DiffArguments;
use crate::failure::Failure;

pub(crate) fn run(arguments: &DiffArguments) -> Result<(), Failure> {
    if arguments.old == STANDARD_INPUT && arguments.new == STANDARD_INPUT {
        return Err(Failure::not_right("only one of the two contracts can come from standard input"));
    }
    let (old, new) = (load(&arguments.old)?, load(&arguments.new)?);
    let changes = Contract::diff(&old, &new);
    let asks_for_more = changes.iter().any(|change| change.kind.asks_for_more());
    let mut out = io::stdout().lock();
    if arguments.json {
        let changes: Vec<Value> = changes.iter().map(as_json).collect();
        writeln!(out, "{:#}", json!({"asks_for_more": asks_for_more, "changes": changes}))?;
    } else {
        write!(out, "{}", shown(&in_words(&changes)))?;
    }
    if asks_for_more {
        return Err(Failure::failed("something new is collected or published, or kept longer"));
    }
    Ok(())
}

fn as_json(change: &Change) -> Value {
    json!({"kind": change.kind.name(), "place": change.place, "sentence": change.sentence})
}

fn in_words(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing changes.\n".to_owned();
    }
    let groups = ChangeKind::ALL.map(|kind| {
        let changes = changes.iter().filter(|change| change.kind == kind);
        let lines: Vec<_> = changes.map(|change| format!("  {}", change.in_words())).collect();
        (kind.in_words(), lines)
    });
    let groups = groups.iter().filter(|(_, lines)| !lines.is_empty());
    let groups: Vec<_> = groups.map(|(heading, lines)| format!("{heading}:\n{}\n", lines.join("\n"))).collect();
    groups.join("\n")
}
