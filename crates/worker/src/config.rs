//! What a Worker is configured with: variables and secrets of the names that the server's environment has.

use askfirst_core::settings::AppSettings;
use askfirst_core::token::Scope;
use askfirst_core::{CONTRACTS, Secret};

/// The contract of one's own, if one was compiled in.
const OWN_CONTRACT: &str = include_str!(concat!(env!("OUT_DIR"), "/contract.toml"));

/// What a Worker serves.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) app: AppSettings,
    pub(crate) tokens: Tokens,
}

/// The tokens of operators. A Worker has two at the most, which are secrets of it.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    read: Option<Secret>,
    operate: Option<Secret>,
}

impl Config {
    /// Reads the variables; `variable` gives the value of one.
    ///
    /// # Errors
    ///
    /// What is wrong with them, in words for the operator.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut app = app(variable("APP").as_deref())?;
        let names: Vec<String> = app.variables().collect();
        for name in names {
            if let Some(value) = variable(&name) {
                app.read_variable(&name, &value)?;
            }
        }
        let secret = |name: &str| variable(name).as_deref().and_then(Secret::new);
        Ok(Self { app, tokens: Tokens { read: secret("READ_TOKEN"), operate: secret("OPERATE_TOKEN") } })
    }
}

fn app(id: Option<&str>) -> Result<AppSettings, String> {
    if !OWN_CONTRACT.is_empty() {
        return AppSettings::of_contract("contract.toml", OWN_CONTRACT);
    }
    let known = || CONTRACTS.map(|(file, _)| file.trim_end_matches(".toml")).join(", ");
    let Some(id) = id else { return Err(format!("the variable APP says which app this is: {}", known())) };
    let shipped = CONTRACTS.iter().find(|(file, _)| file.trim_end_matches(".toml") == id);
    let (file, text) = shipped.ok_or_else(|| format!("there is no app `{id}`; there are {}", known()))?;
    AppSettings::of_contract(file, text)
}

impl Tokens {
    /// What a token is for.
    pub(crate) fn scope(&self, token: &str) -> Option<Scope> {
        let is = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| secret.is(token));
        // Both are compared, so that the time does not tell which it is.
        match (is(&self.operate), is(&self.read)) {
            (true, _) => Some(Scope::Operate),
            (false, true) => Some(Scope::Read),
            (false, false) => None,
        }
    }
}
