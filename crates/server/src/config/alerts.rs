//! Settings of alerts: `[[alert]]` says what is watched, `[webhook.NAME]` whom that is told.

use std::collections::BTreeMap;

use askfirst_contract::{Document, Entry, Problems, Role, Table, unknown_name};

use super::{AppSettings, Environment};
use crate::alert::Alerts;
use crate::alert::message::Form;
use crate::alert::rule::{Alert, Amount, Condition, Kind, parse_span};
use crate::alert::webhook::{Webhook, WebhookUrl};

/// Each alert keeps some 40 KB at most of every app, so all of them at most 4 MB of each.
const MAX_ALERTS: usize = 100;
/// Each may have a thread while it is told something.
const MAX_WEBHOOKS: usize = 20;
/// In characters: names stand in messages, beside figures, and Discord takes 2000.
const MAX_NAME: usize = 100;

/// Takes what a file says of alerts. The address of a webhook is a secret, so it may come from the environment instead.
pub(super) fn alerts(
    file: &str,
    text: &str,
    environment: &Environment,
    apps: &[AppSettings],
) -> Result<Alerts, Problems> {
    let (mut document, mut root) = Document::parse(file, text)?;
    let tables = root.table(&mut document, "webhook");
    let webhooks = tables.map(|tables| webhooks(&mut document, tables, environment)).unwrap_or_default();
    let tables = root.take("alert").and_then(|entry| entry.tables(&mut document, "alert")).unwrap_or_default();
    let mut rules: Vec<Alert> = Vec::new();
    for table in tables {
        let start = table.start();
        let Some(alert) = alert(&mut document, table, apps, &webhooks) else { continue };
        if rules.iter().any(|known| known.name == alert.name) {
            document.problem(start, format!("there are two alerts with the name {:?}", alert.name));
        }
        if rules.len() == MAX_ALERTS {
            document.problem(start, format!("there may be at most {MAX_ALERTS} alerts"));
        }
        rules.push(alert);
    }
    let webhooks = webhooks.into_iter().filter_map(|(name, webhook)| Some((name, webhook?))).collect();
    document.finish(Some(Alerts { rules, webhooks }))
}

/// The variable that has the address of a webhook.
pub(super) fn variable_of(webhook: &str) -> String {
    format!("ASKFIRST_WEBHOOK_{}_URL", webhook.to_uppercase().replace('-', "_"))
}

/// The webhooks by name; `None` for those that are not right, so that alerts can name them.
fn webhooks(
    document: &mut Document<'_>,
    mut tables: Table<'_>,
    environment: &Environment,
) -> BTreeMap<String, Option<Webhook>> {
    let entries = tables.take_rest();
    if let Some(entry) = entries.get(MAX_WEBHOOKS) {
        document.problem(entry.start, format!("there may be at most {MAX_WEBHOOKS} webhooks"));
    }
    let mut webhooks = BTreeMap::new();
    for entry in entries {
        let (name, start) = (entry.key.clone(), entry.start);
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(allowed) {
            document.problem(start, format!("{name:?} is no name of a webhook: 1 to 32 of a-z, 0-9 and `-`"));
        }
        let title = format!("webhook.{name}");
        let read = entry.table(document, &title).and_then(|table| webhook(document, &name, table, environment));
        webhooks.insert(name, read);
    }
    webhooks
}

fn webhook(
    document: &mut Document<'_>,
    name: &str,
    mut table: Table<'_>,
    environment: &Environment,
) -> Option<Webhook> {
    let in_file = table.take("url");
    let variable = variable_of(name);
    let url = match (environment.get(&variable), in_file) {
        (Some(url), _) => {
            let url = WebhookUrl::parse(url);
            url.map_err(|problem| document.problem(table.start(), format!("{variable}: {problem}"))).ok()
        }
        (None, Some(entry)) => entry.parse(document, WebhookUrl::parse),
        (None, None) => {
            document.problem(table.start(), format!("{} needs `url`, here or in {variable}", table.title()));
            None
        }
    };
    let form = table.take("form").map_or(Some(Form::Json), |entry| entry.parse(document, form));
    table.finish(document);
    Some(Webhook { url: url?, form: form? })
}

fn form(text: &str) -> Result<Form, String> {
    let form = Form::ALL.iter().find(|(name, _)| *name == text).map(|(_, form)| *form);
    form.ok_or_else(|| unknown_name("form", text, &Form::ALL.map(|(name, _)| name)))
}

fn alert(
    document: &mut Document<'_>,
    mut table: Table<'_>,
    apps: &[AppSettings],
    webhooks: &BTreeMap<String, Option<Webhook>>,
) -> Option<Alert> {
    let start = table.start();
    let name = table.need(document, "name").and_then(|entry| entry.parse(document, alert_name));
    let when = condition(document, &mut table);
    let is_of_server = when.is_some_and(|when| when.is_of_server());
    let apps_of = table.take("apps").and_then(|entry| {
        if is_of_server {
            document.problem(entry.start, "the disk is that of all apps: leave `apps` out");
        }
        names(document, &entry, "app", &apps.iter().map(|app| app.contract.app.id.as_str()).collect::<Vec<_>>())
    });
    let known: Vec<&str> = webhooks.keys().map(String::as_str).collect();
    let to = match table.take("to") {
        Some(entry) => names(document, &entry, "webhook", &known),
        None => Some(webhooks.keys().cloned().collect()),
    };
    if known.is_empty() {
        document.problem(start, "there is no webhook to tell of it: add [webhook.NAME] with its `url`");
    }
    table.finish(document);
    let alert = Alert { name: name?, when: when?, apps: apps_of, to: to? };
    need_errors(document, &alert, start, apps);
    Some(alert)
}

/// What is watched: `when`, and what belongs to it.
fn condition(document: &mut Document<'_>, table: &mut Table<'_>) -> Option<Condition> {
    let when = table.need(document, "when");
    let (window, min_events) = (table.take("window"), table.take("min_events"));
    let mut when = when?.parse(document, Condition::parse)?;
    if let Some(entry) = window {
        match &mut when {
            Condition::Events { window, .. } => *window = entry.parse(document, parse_span)?,
            Condition::Silence(_) | Condition::DiskFree(_) => {
                document.problem(entry.start, "`window` belongs to `refused`, `limited` and `errors`");
            }
        }
    }
    if let Some(entry) = min_events {
        match &mut when {
            Condition::Events { more_than: Amount::Share { min_events, .. }, .. } => {
                *min_events = at_least_one(document, &entry)?;
            }
            _ => document.problem(entry.start, "`min_events` belongs to a share of events such as \"refused > 5%\""),
        }
    }
    Some(when)
}

fn at_least_one(document: &mut Document<'_>, entry: &Entry<'_>) -> Option<u64> {
    let number = u64::try_from(entry.int(document)?).ok().filter(|number| *number > 0);
    if number.is_none() {
        document.problem(entry.start, format!("`{}` must be at least 1", entry.key));
    }
    number
}

fn alert_name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    let is_right = (1..=MAX_NAME).contains(&length) && !text.trim().is_empty() && !text.chars().any(char::is_control);
    if is_right { Ok(text.to_owned()) } else { Err(format!("a name has 1 to {MAX_NAME} characters on one line")) }
}

/// A list of names that are known.
fn names(document: &mut Document<'_>, entry: &Entry<'_>, what: &str, known: &[&str]) -> Option<Vec<String>> {
    let names = entry.texts(document)?;
    if names.is_empty() {
        document.problem(entry.start, format!("`{}` is empty; leave it out for all", entry.key));
    }
    for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
        document.problem(entry.start, unknown_name(what, name, known));
    }
    Some(names)
}

/// An alert on errors needs a contract that says what an error is.
fn need_errors(document: &mut Document<'_>, alert: &Alert, start: usize, apps: &[AppSettings]) {
    if !matches!(alert.when, Condition::Events { kind: Kind::Errors, .. }) {
        return;
    }
    let mut covered = apps.iter().filter(|app| alert.covers(&app.contract.app.id));
    let reports_errors = |app: &AppSettings| {
        app.contract.events.iter().flat_map(|event| &event.fields).any(|field| field.role == Some(Role::Error))
    };
    let without = match &alert.apps {
        None if covered.any(reports_errors) => return,
        None => "no contract has".to_owned(),
        Some(_) => match covered.find(|app| !reports_errors(app)) {
            Some(app) => format!("the contract of `{}` does not have", app.contract.app.id),
            None => return,
        },
    };
    document.problem(start, format!("`errors` needs a field with the role `error`, which {without}"));
}

#[cfg(test)]
mod tests;
