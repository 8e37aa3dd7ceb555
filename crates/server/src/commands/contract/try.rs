//! `askfirst contract try`

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _, Write as _};

use askfirst_contract::{CheckedEvent, Contract, Json, Timestamp};
use askfirst_core::wire::native::{read_events, verdict};
use askfirst_core::{BodyFault, Outcome, Refused};
use serde_json::{Value, json};

use super::{STANDARD_INPUT, load, number_of, shown};
use crate::args::contract::{TryArguments, TryFormat};
use crate::clock;
use crate::failure::Failure;

pub(crate) fn run(arguments: &TryArguments) -> Result<(), Failure> {
    if arguments.file == STANDARD_INPUT {
        return Err(Failure::not_right("standard input holds the events; the contract must be a file"));
    }
    let contract = load(&arguments.file)?;
    let mut input = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut input);
    read.map_err(|error| Failure::not_right(format!("can't read standard input: {error}")))?;
    let now = clock::now();
    let events = read_events(&input, false, usize::MAX).map_err(|fault| match fault {
        BodyFault::NotJson => Failure::not_right("standard input holds no JSON"),
        _ => Failure::not_right("standard input holds no event: one, an array, {\"events\": [...]} or one a line"),
    })?;
    let verdicts: Vec<_> = events.iter().map(|event| Verdict::of(&contract, event.as_ref(), now)).collect();

    let mut out = io::stdout().lock();
    match format(arguments, out.is_terminal()) {
        TryFormat::Json => {
            let verdicts: Vec<_> = verdicts.iter().map(Verdict::as_json).collect();
            writeln!(out, "{:#}", json!({"verdicts": verdicts}))?;
        }
        TryFormat::Human => {
            for (index, verdict) in verdicts.iter().enumerate() {
                write!(out, "event {}: {}", index + 1, shown(&verdict.in_words()))?;
            }
        }
    }
    match verdicts.iter().filter(|verdict| verdict.checked.is_err()).count() {
        0 => Ok(()),
        refused => Err(Failure::failed(format!("{refused} of {} refused", number_of(verdicts.len(), "event")))),
    }
}

fn format(arguments: &TryArguments, is_terminal: bool) -> TryFormat {
    let default = if is_terminal && !arguments.json { TryFormat::Human } else { TryFormat::Json };
    arguments.format.unwrap_or(default)
}

/// What became of an event.
struct Verdict<'c> {
    contract: &'c Contract,
    /// The type that the event names.
    event_type: Option<String>,
    checked: Result<CheckedEvent, Refused>,
}

impl<'c> Verdict<'c> {
    /// Of an event, or of a line that is not JSON.
    fn of(contract: &'c Contract, event: Option<&Json<'_>>, now: Timestamp) -> Self {
        let event_type = event.and_then(|event| event.get("type")?.as_text()).map(str::to_owned);
        let not_json = || Err(Refused::Body(BodyFault::NotJson));
        let check = |event| contract.check_typed(event, now).map_err(Refused::Contract);
        Self { contract, event_type, checked: event.map_or_else(not_json, check) }
    }

    fn as_json(&self) -> Value {
        let outcome = match &self.checked {
            Ok(_) => Outcome::Accepted,
            Err(refused) => Outcome::Refused(refused.clone()),
        };
        verdict(self.contract, self.event_type.as_deref(), &outcome)
    }

    /// Lines for people, each with its end.
    fn in_words(&self) -> String {
        let mut words = String::new();
        // Writing to a String has no error to give.
        let _ = match &self.checked {
            Ok(checked) => {
                write!(words, "accepted\n  event id  {}\n  kept      {}\n", checked.event_id, checked.fields)
            }
            Err(_) => writeln!(words, "refused"),
        };
        match &self.checked {
            Ok(checked) => {
                for (pointer, count) in &checked.discarded {
                    let object = if pointer.is_empty() { "the event" } else { pointer };
                    let _ =
                        writeln!(words, "  dropped   {} of {object}", number_of(*count as usize, "undeclared field"));
                }
            }
            Err(Refused::Contract(refusal)) => {
                for violation in &refusal.violations {
                    let hint = self.contract.hint(self.event_type.as_deref(), violation);
                    let place = if violation.pointer.is_empty() { "the event" } else { &violation.pointer };
                    let _ = writeln!(words, "  {place} {hint}");
                }
            }
            Err(_) => words.push_str("  the line must be JSON\n"),
        }
        words
    }
}
