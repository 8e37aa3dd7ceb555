//! `askfirst token`

use std::io::{self, Write as _};

use askfirst_contract::Timestamp;
use askfirst_core::token::{Grant, Scope};
use askfirst_sqlite::{Issued, TokenStore};
use serde_json::{Value, json};

use super::query::plain_table;
use crate::args::token::{CreateArguments, ListArguments, RevokeArguments, TokenArguments, TokenVerb};
use crate::clock;
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: TokenArguments) -> Result<(), Failure> {
    match arguments.verb {
        TokenVerb::Create(arguments) => create(arguments),
        TokenVerb::List(arguments) => list(&arguments),
        TokenVerb::Revoke(arguments) => revoke(&arguments),
    }
}

#[expect(clippy::print_stderr, reason = "the words around the token are for people")]
fn create(arguments: CreateArguments) -> Result<(), Failure> {
    let CreateArguments { name, apps, scope, place } = arguments;
    let settings = Settings::of_place(&place)?;
    for app in &apps {
        settings.app(app)?;
    }
    let grant = Grant { scope: scope.into(), apps: (!apps.is_empty()).then_some(apps) };
    let token = open(&settings)?.create(&name, &grant, clock::now()).map_err(Failure::failed)?;
    eprintln!("The token {} {}. It is not shown again:", token.id(), allows(&grant));
    writeln!(io::stdout().lock(), "{token}")?;
    let app = grant.apps.as_ref().and_then(|apps| apps.first()).map_or("APP", String::as_str);
    eprintln!("Send it as `Authorization: Bearer TOKEN`, for instance to GET /api/v1/{app}/stats.");
    Ok(())
}

fn list(arguments: &ListArguments) -> Result<(), Failure> {
    let tokens = open(&Settings::of_place(&arguments.place)?)?.list().map_err(Failure::failed)?;
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{:#}", tokens.iter().map(as_json).collect::<Value>())?;
    } else {
        writeln!(out, "{}", as_table(&tokens))?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "what was done is for people")]
fn revoke(arguments: &RevokeArguments) -> Result<(), Failure> {
    let RevokeArguments { token, place } = arguments;
    let revoked = open(&Settings::of_place(place)?)?.revoke(token).map_err(Failure::failed)?;
    let Some(Issued { id, name, .. }) = revoked else {
        return Err(Failure::failed(format!(
            "there is no token `{token}`; `askfirst token list` tells which there are"
        )));
    };
    eprintln!("The token {id} ({name}) is worthless now.");
    Ok(())
}

/// Opens the store of tokens in a data folder that is there.
fn open(settings: &Settings) -> Result<TokenStore, Failure> {
    let shown = settings.data.display();
    if !settings.data.is_dir() {
        let problem = format!("there is no data folder {shown}; start the server once, or name the folder with --data");
        return Err(Failure::not_right(problem));
    }
    let path = settings.operator_path();
    TokenStore::open(&path).map_err(|error| Failure::not_right(format!("can't open {}: {error}", path.display())))
}

/// What a token allows, in words.
fn allows(grant: &Grant) -> String {
    let does = match grant.scope {
        Scope::Read => "reads",
        Scope::Operate => "operates",
    };
    format!("{does} {}", grant.apps.as_ref().map_or_else(|| "all apps".to_owned(), |apps| apps.join(", ")))
}

fn as_json(token: &Issued) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "scope": token.grant.scope.name(),
        "apps": token.grant.apps,
        "created_at": token.created_at.to_string(),
        "last_used": token.last_used.map(|time| time.to_string()),
    })
}

fn as_table(tokens: &[Issued]) -> String {
    let mut table = plain_table();
    table.set_header(["id", "name", "scope", "apps", "created (UTC)", "last used (UTC)"]);
    for Issued { id, name, grant, created_at, last_used } in tokens {
        let apps = grant.apps.as_ref().map_or_else(|| "all".to_owned(), |apps| apps.join(", "));
        let last_used = last_used.map_or_else(|| "never".to_owned(), minute);
        table.add_row([id.as_str(), name, grant.scope.name(), &apps, &minute(*created_at), &last_used]);
    }
    table.trim_fmt()
}

/// A time to the minute, for people: `2026-02-27 13:37`.
fn minute(time: Timestamp) -> String {
    time.to_string().chars().take("2026-02-27T13:37".len()).collect::<String>().replace('T', " ")
}
