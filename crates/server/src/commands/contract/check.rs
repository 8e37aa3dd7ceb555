//! `askfirst contract check`

use std::io::{self, Write as _};

use askfirst_contract::{Contract, Problems};
use serde_json::{Value, json};

use super::{declared_fields, number_of, parse, read, shown};
use crate::args::contract::CheckArguments;
use crate::failure::Failure;

pub(crate) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let mut unreadable = None;
    let mut results = Vec::new();
    for file in &arguments.files {
        match read(file) {
            Ok(source) => results.push((source.name.clone(), parse(&source))),
            // The others are told first.
            Err(failure) => {
                unreadable.get_or_insert(failure);
            }
        }
    }
    let mut out = io::stdout().lock();
    if arguments.json {
        let results: Vec<Value> = results.iter().map(|(file, result)| as_json(file, result)).collect();
        writeln!(out, "{:#}", Value::from(results))?;
    } else {
        for (file, result) in &results {
            writeln!(out, "{}", shown(&in_words(file, result)))?;
        }
    }
    if let Some(failure) = unreadable {
        return Err(failure);
    }
    let problems = results.iter().filter_map(|(_, result)| result.as_ref().err()).map(|all| all.problems.len());
    match problems.clone().sum() {
        0 => Ok(()),
        sum => {
            let (sum, files) = (number_of(sum, "problem"), number_of(results.len(), "file"));
            Err(Failure::failed(format!("{sum} in {} of {files}", problems.count())))
        }
    }
}

fn in_words(file: &str, result: &Result<Contract, Problems>) -> String {
    match result {
        Ok(contract) => {
            let (events, fields) = (contract.events.len(), declared_fields(contract));
            let (events, fields) = (number_of(events, "event"), number_of(fields, "field"));
            format!("{file}: {}, {events}, {fields}, {}", contract.app.id, contract.hash())
        }
        Err(problems) => problems.to_string(),
    }
}

fn as_json(file: &str, result: &Result<Contract, Problems>) -> Value {
    match result {
        Ok(contract) => json!({
            "file": file,
            "valid": true,
            "id": contract.app.id,
            "events": contract.events.len(),
            "fields": declared_fields(contract),
            "hash": contract.hash(),
        }),
        Err(problems) => {
            let problem =
                |problem: &askfirst_contract::Problem| json!({"line": problem.line, "message": problem.message});
            let problems: Vec<_> = problems.problems.iter().map(problem).collect();
            json!({"file": file, "valid": false, "problems": problems})
        }
    }
}
