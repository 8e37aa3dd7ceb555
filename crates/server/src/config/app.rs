//! Settings of apps: which contracts there are, and what an operator overrides of them.

use std::path::Path;

use askfirst_contract::{Contract, Document, Problems, Table};
use askfirst_core::wire::Wire;
use askfirst_core::{Secret, Secrets};

use super::OPERATOR;
use crate::failure::Failure;

/// The start of the variables of apps: `ASKFIRST_APP_<APP>_<KEY>`.
pub(super) const APP_PREFIX: &str = "ASKFIRST_APP_";

/// How a variable's value is written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As a text.
    Text,
    /// As it is.
    Plain,
    /// As a list of texts, which commas separate.
    List,
}

/// `<KEY>` of an app's variables, the key in the file, and how its value is written there.
pub(super) const APP_KEYS: [(&str, &str, Kind); 16] = [
    ("ENABLED", "enabled", Kind::Plain),
    ("BASE_PATH", "base_path", Kind::Text),
    ("HOST", "host", Kind::Text),
    ("UNDECLARED", "undeclared", Kind::Text),
    ("UNDECLARED_EVENTS", "undeclared_events", Kind::Text),
    ("RETENTION", "retention", Kind::Text),
    ("LIMITS_INSTALL", "limits.install", Kind::Text),
    ("LIMITS_ADDRESS", "limits.address", Kind::Text),
    ("MAX_BODY", "max_body", Kind::Text),
    ("MAX_BATCH", "max_batch", Kind::Plain),
    ("CLOCK_FUTURE", "clock.future", Kind::Text),
    ("CLOCK_PAST", "clock.past", Kind::Text),
    ("ALLOWED_ORIGINS", "allowed_origins", Kind::List),
    ("ADMIN_TOKEN", "admin_token", Kind::Text),
    ("SIGNING_SECRET", "signing_secret", Kind::Text),
    ("READ_TOKEN", "read_token", Kind::Text),
];

/// What an app is served with.
#[derive(Debug, Clone)]
pub(crate) struct AppSettings {
    /// With the operator's policy in it.
    pub(crate) contract: Contract,
    pub(crate) wire: Wire,
    pub(crate) enabled: bool,
    /// Empty, or `/` and more without a `/` at the end.
    pub(crate) base_path: String,
    /// In lower case, without a port.
    pub(crate) host: Option<String>,
    pub(crate) secrets: Secrets,
}

/// The apps of the contracts that come with the program and of those in a folder; one of the folder takes the place of
/// one that comes with the program. Only a folder that somebody named has to be there.
pub(super) fn apps(folder: &Path, is_named: bool) -> Result<Vec<AppSettings>, Failure> {
    let mut apps: Vec<AppSettings> = Vec::new();
    for (file, text) in askfirst_core::CONTRACTS {
        apps.push(AppSettings::of_contract(file, text)?);
    }
    let shipped = apps.len();
    for path in contract_files(folder, is_named)? {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::not_right(format!("can't read the contract {file}: {error}")))?;
        let app = AppSettings::of_contract(&file, &text)?;
        let id = &app.contract.app.id;
        match apps.iter().position(|known| known.contract.app.id == *id) {
            Some(index) if index < shipped => apps[index] = app,
            Some(_) => return Err(Failure::not_right(format!("{file}: another contract has the id `{id}` already"))),
            None => apps.push(app),
        }
    }
    Ok(apps)
}

/// The contracts in a folder, by name.
fn contract_files(folder: &Path, is_named: bool) -> Result<Vec<std::path::PathBuf>, Failure> {
    let unreadable =
        |error| Failure::not_right(format!("can't read the folder of contracts {}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut files: Vec<_> = paths.map_err(unreadable)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

impl AppSettings {
    fn of_contract(file: &str, text: &str) -> Result<Self, Failure> {
        let contract = Contract::parse(file, text).map_err(Failure::not_right)?;
        if contract.app.id == OPERATOR {
            let problem = format!("{file}: `{OPERATOR}` is no id for an app: it is the name of the server's own file");
            return Err(Failure::not_right(problem));
        }
        let Some(wire) = Wire::named(&contract.app.wire) else {
            let known = Wire::NAMES.join(", ");
            return Err(Failure::not_right(format!(
                "{file}: there is no wire `{}`; there are {known}",
                contract.app.wire
            )));
        };
        Ok(Self { contract, wire, enabled: true, base_path: String::new(), host: None, secrets: Secrets::default() })
    }

    /// Takes what the operator sets for this app.
    pub(super) fn read(&mut self, document: &mut Document<'_>, mut table: Table<'_>) {
        if let Some(entry) = table.take("enabled") {
            self.enabled = entry.bool(document).unwrap_or(self.enabled);
        }
        if let Some(entry) = table.take("base_path") {
            self.base_path = entry.parse(document, base_path).unwrap_or_default();
        }
        if let Some(entry) = table.take("host") {
            self.host = entry.parse(document, host_name);
        }
        let secrets = &mut self.secrets;
        let of_wire: &mut [(&str, &mut Option<Secret>)] = match self.wire {
            Wire::Baofeng => {
                &mut [("admin_token", &mut secrets.admin_token), ("signing_secret", &mut secrets.signing_secret)]
            }
            Wire::Domscribe => &mut [("read_token", &mut secrets.read_token)],
            Wire::Native | Wire::Voicemode | Wire::Drift => &mut [],
        };
        for (key, secret) in of_wire {
            if let Some(entry) = table.take(key) {
                **secret = entry.text(document).and_then(Secret::new);
            }
        }
        self.contract.override_policy(document, &mut table);
        table.finish(document);
    }

    /// The app's name in variables.
    fn variable_name(&self) -> String {
        self.contract.app.id.to_uppercase().replace('-', "_")
    }
}

/// Takes a variable of an app: a line of its table, read as the file's is.
pub(super) fn app_variable(name: &str, value: &str, apps: &mut [AppSettings]) -> Result<(), String> {
    let found = name.strip_prefix(APP_PREFIX).and_then(|rest| {
        apps.iter_mut().find_map(|app| {
            let key = rest.strip_prefix(&app.variable_name())?.strip_prefix('_')?;
            APP_KEYS.iter().find(|(known, _, _)| *known == key).map(|known| (app, known))
        })
    });
    let Some((app, (_, key, kind))) = found else {
        return Err(unknown_variable(name, apps, &[]));
    };
    let value_in_file = match kind {
        Kind::Text => serde_json::Value::from(value).to_string(),
        Kind::Plain => value.to_owned(),
        Kind::List => {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            serde_json::Value::from(items.collect::<Vec<_>>()).to_string()
        }
    };
    let line = format!("{key} = {value_in_file}");
    let mut read = || {
        let (mut document, root) = Document::parse(name, &line)?;
        app.read(&mut document, root);
        document.finish(Some(()))
    };
    read().map_err(|problems: Problems| match kind {
        Kind::Plain => format!("{problems} (in `{value}`)"),
        // It may be a token.
        Kind::Text | Kind::List => problems.to_string(),
    })
}

/// `others` are further variables that are known.
pub(super) fn unknown_variable(name: &str, apps: &[AppSettings], others: &[String]) -> String {
    use super::VARIABLES;

    let of_apps = apps
        .iter()
        .flat_map(|app| APP_KEYS.iter().map(|(key, _, _)| format!("{APP_PREFIX}{}_{key}", app.variable_name())));
    let known = VARIABLES.iter().map(|known| (*known).to_owned()).chain(others.iter().cloned());
    let known: Vec<String> = known.chain(of_apps).collect();
    match askfirst_contract::nearest(name, known.iter().map(String::as_str)) {
        Some(known) => format!("unknown variable {name}; did you mean {known}?"),
        None => format!("unknown variable {name}; known: {}", known.join(", ")),
    }
}

fn base_path(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let valid = path.is_empty() || (path.starts_with('/') && !path.contains(['?', '#', ' ']));
    if valid { Ok(path.to_owned()) } else { Err(format!("`{text}` is no path such as /telemetry-base")) }
}

/// A host name in lower case, without a port.
fn host_name(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let valid = !text.is_empty() && text.bytes().all(allowed);
    if valid {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("`{text}` is no host name such as telemetry.example.com"))
    }
}
