//! Settings of apps: what an operator overrides of a contract, and what the contract can't say. Every host reads them by
//! the same names.

use askfirst_contract::{Contract, Document, Problems, Table, Timestamp};

use crate::secret::Secret;
use crate::service::{App, Secrets};
use crate::undeclared::Undeclared;
use crate::wire::{Asked, Wire};

/// The start of the variables of apps: `ASKFIRST_APP_<APP>_<KEY>`.
pub const APP_PREFIX: &str = "ASKFIRST_APP_";

/// How a variable's value is written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As a text.
    Text,
    /// As it is.
    Plain,
    /// As a list of texts, which commas separate.
    List,
}

/// `<KEY>` of an app's variables, the key in the file, and how its value is written there.
pub const APP_KEYS: [(&str, &str, Kind); 16] = [
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
pub struct AppSettings {
    /// With the operator's policy in it.
    pub contract: Contract,
    /// What its clients speak.
    pub wire: Wire,
    /// Whether it is served at all.
    pub enabled: bool,
    /// Empty, or `/` and more without a `/` at the end.
    pub base_path: String,
    /// In lower case, without a port.
    pub host: Option<String>,
    /// Tokens and keys of its wire.
    pub secrets: Secrets,
}

impl AppSettings {
    /// What an app is served with where an operator sets nothing: `file` names the contract in problems, `text` is TOML.
    ///
    /// # Errors
    ///
    /// What is wrong with the contract.
    pub fn of_contract(file: &str, text: &str) -> Result<Self, String> {
        let contract = Contract::parse(file, text).map_err(|problems| problems.to_string())?;
        let Some(wire) = Wire::named(&contract.app.wire) else {
            let known = Wire::NAMES.join(", ");
            return Err(format!("{file}: there is no wire `{}`; there are {known}", contract.app.wire));
        };
        Ok(Self { contract, wire, enabled: true, base_path: String::new(), host: None, secrets: Secrets::default() })
    }

    /// Takes what the operator sets for this app: a table of a document.
    pub fn read(&mut self, document: &mut Document<'_>, mut table: Table<'_>) {
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

    /// Takes a variable of this app: a line of its table, read as the file's is. Tells whether it is this app's.
    ///
    /// # Errors
    ///
    /// What is wrong with its value; it does not tell the value where that may be a secret.
    pub fn read_variable(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let prefix = format!("{APP_PREFIX}{}_", self.variable_name());
        let key = name.strip_prefix(&prefix).and_then(|key| APP_KEYS.iter().find(|(known, _, _)| *known == key));
        let Some((_, key, kind)) = key else { return Ok(false) };
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
            self.read(&mut document, root);
            document.finish(Some(()))
        };
        let read: Result<(), Problems> = read();
        read.map(|()| true).map_err(|problems| match kind {
            Kind::Plain => format!("{problems} (in `{value}`)"),
            // It may be a token.
            Kind::Text | Kind::List => problems.to_string(),
        })
    }

    /// The variables that set something for this app.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        APP_KEYS.iter().map(|(key, _, _)| format!("{APP_PREFIX}{}_{key}", self.variable_name()))
    }

    /// The app as it is served from now on.
    #[must_use]
    pub fn with_ledger<L>(self, ledger: L, now: Timestamp) -> App<L> {
        let Self { contract, wire, base_path, host, secrets, enabled: _ } = self;
        App {
            contract_hash: contract.hash(),
            contract,
            wire,
            base_path,
            host,
            secrets,
            asked: Asked::default(),
            undeclared: Undeclared::new(now),
            ledger,
        }
    }

    /// The app's name in variables.
    fn variable_name(&self) -> String {
        self.contract.app.id.to_uppercase().replace('-', "_")
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
