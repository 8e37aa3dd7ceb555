//! `askfirst contract try`

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _, Write as _};

use askfirst_contract::{CheckedEvent, Contract, Json, Refusal, Timestamp};
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
    let verdicts: Vec<_> = events(&input)?.iter().map(|event| Verdict::of(&contract, event, now)).collect();

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

/// One event, an array of them, the member `events`, or one event a line.
fn events(input: &[u8]) -> Result<Vec<Json<'_>>, Failure> {
    match Json::parse(input) {
        Ok(Json::List(events)) => Ok(events),
        Ok(Json::Object(members)) => Ok(batch(members)),
        Ok(other) => Ok(vec![other]),
        Err(_) => {
            let lines = input.split(|byte| *byte == b'\n').enumerate();
            let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
            let events: Vec<_> = lines.map(|(index, line)| (index, Json::parse(line))).collect();
            if events.iter().all(|(_, event)| event.is_err()) {
                return Err(Failure::not_right("standard input holds no JSON"));
            }
            let event = |(index, event): (usize, Result<_, _>)| {
                event.map_err(|_| Failure::not_right(format!("line {} of standard input is no JSON", index + 1)))
            };
            events.into_iter().map(event).collect()
        }
    }
}

/// The events of an object that is no event itself, or else that event.
fn batch<'j>(mut members: Vec<(std::borrow::Cow<'j, str>, Json<'j>)>) -> Vec<Json<'j>> {
    let is_event = members.iter().any(|(name, _)| name == "type");
    let events = members.iter().rposition(|(name, value)| name == "events" && matches!(value, Json::List(_)));
    match events.filter(|_| !is_event).map(|index| members.swap_remove(index).1) {
        Some(Json::List(events)) => events,
        _ => vec![Json::Object(members)],
    }
}

/// What became of an event.
struct Verdict<'c> {
    contract: &'c Contract,
    /// The type that the event names.
    event_type: Option<String>,
    checked: Result<CheckedEvent, Refusal>,
}

impl<'c> Verdict<'c> {
    fn of(contract: &'c Contract, event: &Json<'_>, now: Timestamp) -> Self {
        let event_type = event.get("type").and_then(Json::as_text).map(str::to_owned);
        Self { contract, event_type, checked: contract.check_typed(event, now) }
    }

    fn hints<'v>(&'v self, refusal: &'v Refusal) -> impl Iterator<Item = (&'v str, &'static str, String)> {
        let event_type = self.event_type.as_deref();
        let hint = move |violation| self.contract.hint(event_type, violation);
        refusal.violations.iter().map(move |violation| (&*violation.pointer, violation.rule.name(), hint(violation)))
    }

    fn as_json(&self) -> Value {
        let Err(refusal) = &self.checked else { return json!({"outcome": "accepted"}) };
        let violation = |(pointer, rule, hint)| json!({"pointer": pointer, "rule": rule, "hint": hint});
        let violations: Vec<_> = self.hints(refusal).map(violation).collect();
        json!({"outcome": "refused", "violations": violations})
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
            Err(refusal) => {
                for (pointer, _, hint) in self.hints(refusal) {
                    let place = if pointer.is_empty() { "the event" } else { pointer };
                    let _ = writeln!(words, "  {place} {hint}");
                }
            }
        }
        words
    }
}
