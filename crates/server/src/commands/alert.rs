//! `askfirst alert`

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use askfirst_contract::unknown_name;
use serde_json::{Value, json};

use super::query::{on_one_line, plain_table};
use crate::alert::kept;
use crate::alert::message::Message;
use crate::alert::monitor::Incidents;
use crate::alert::rule::Alert;
use crate::alert::webhook::{Answer, Webhook};
use crate::args::alert::{AlertArguments, AlertVerb, ListArguments, TestArguments};
use crate::clock;
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: &AlertArguments) -> Result<(), Failure> {
    match &arguments.verb {
        AlertVerb::Test(arguments) => test(arguments),
        AlertVerb::List(arguments) => list(arguments),
    }
}

fn test(arguments: &TestArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let chosen = chosen(&settings.alerts.webhooks, arguments.webhook.as_deref())?;
    let mut out = io::stdout().lock();
    let (mut results, mut failed) = (Vec::new(), Vec::new());
    for (name, webhook) in chosen {
        let answer = webhook.post(&Message::test(name, clock::now()));
        if !answer.as_ref().is_ok_and(Answer::is_success) {
            failed.push(name);
        }
        if !arguments.json {
            writeln!(out, "{name}: {}", in_words(&answer))?;
        }
        results.push(as_json(name, webhook, &answer));
    }
    if arguments.json {
        writeln!(out, "{:#}", json!({ "webhooks": results }))?;
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::failed(format!("not taken by: {}", failed.join(", ")))) }
}

/// The webhook of a name, or all of them; at least one.
fn chosen<'w>(
    webhooks: &'w BTreeMap<String, Webhook>,
    name: Option<&str>,
) -> Result<Vec<(&'w str, &'w Webhook)>, Failure> {
    let named = webhooks.iter().map(|(name, webhook)| (name.as_str(), webhook));
    let chosen: Vec<_> = named.filter(|(known, _)| name.is_none_or(|name| name == *known)).collect();
    match name {
        _ if webhooks.is_empty() => {
            Err(Failure::not_right("there is no webhook; add [webhook.NAME] with its `url` to the configuration"))
        }
        Some(name) if chosen.is_empty() => {
            let known: Vec<&str> = webhooks.keys().map(String::as_str).collect();
            Err(Failure::not_right(unknown_name("webhook", name, &known)))
        }
        _ => Ok(chosen),
    }
}

/// What came back, on one line.
fn in_words(answer: &Result<Answer, String>) -> String {
    match answer {
        Err(failure) => failure.clone(),
        Ok(Answer { status, text }) if text.trim().is_empty() => format!("answered with {status}"),
        Ok(Answer { status, text }) => format!("answered with {status}: {}", on_one_line(text.trim())),
    }
}

fn as_json(name: &str, webhook: &Webhook, answer: &Result<Answer, String>) -> Value {
    json!({
        "webhook": name,
        "form": webhook.form.name(),
        "taken": answer.as_ref().is_ok_and(Answer::is_success),
        "status": answer.as_ref().ok().map(|answer| answer.status),
        "answer": answer.as_ref().ok().map(|answer| &answer.text),
        "failure": answer.as_ref().err(),
    })
}

fn list(arguments: &ListArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let rules = &settings.alerts.rules;
    let incidents = kept::read(&settings.data)
        .map_err(|error| Failure::failed(format!("can't read alerts.json in {}: {error}", settings.data.display())))?;
    let mut out = io::stdout().lock();
    if arguments.json {
        let alerts: Vec<Value> = rules.iter().map(|alert| alert_as_json(alert, &incidents)).collect();
        writeln!(out, "{:#}", json!({ "alerts": alerts }))?;
        return Ok(());
    }
    let mut table = plain_table();
    table.set_header(["alert", "when", "apps", "to", "firing"]);
    for alert in rules {
        let apps = match &alert.apps {
            _ if alert.when.is_of_server() => String::new(),
            None => "all".to_owned(),
            Some(apps) => apps.join(", "),
        };
        let firing: Vec<String> = firing(alert, &incidents)
            .map(|(app, since)| format!("{app} since {since}").trim_start().to_owned())
            .collect();
        table.add_row([&alert.name, &alert.when.in_words(), &apps, &alert.to.join(", "), &firing.join(", ")]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(())
}

fn alert_as_json(alert: &Alert, incidents: &Incidents) -> Value {
    let firing: Vec<Value> = firing(alert, incidents)
        .map(|(app, since)| json!({ "app": Some(app).filter(|app| !app.is_empty()), "since": since }))
        .collect();
    json!({ "alert": alert.name, "when": alert.when.in_words(), "apps": alert.apps, "to": alert.to, "firing": firing })
}

/// The apps for which an alert is firing, and since when; the server itself has no name.
fn firing<'i>(alert: &Alert, incidents: &'i Incidents) -> impl Iterator<Item = (&'i str, String)> {
    let of_alert =
        incidents.iter().filter(|(subject, incident)| subject.alert == alert.name && incident.until.is_none());
    of_alert.map(|(subject, incident)| (subject.app.as_deref().unwrap_or_default(), incident.since.to_string()))
}
