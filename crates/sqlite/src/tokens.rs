//! The tokens of operators, in the server's own file. A running server asks the file about every token that it is
//! given, so what is created or revoked beside it counts at once.

use std::path::Path;

use askfirst_contract::Timestamp;
use askfirst_core::sql::operator as sql;
use askfirst_core::token::{Grant, Name, Scope, Token, TokenHash};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::connection::{OpenError, open_operator, open_reader};
use crate::keys::random;

/// The store of tokens.
#[derive(Debug)]
pub struct TokenStore {
    connection: Connection,
}

/// What is known of a token that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The part of it that is no secret.
    pub id: String,
    /// The name it was given.
    pub name: String,
    /// What it allows.
    pub grant: Grant,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was used last, if ever; to the minute.
    pub last_used: Option<Timestamp>,
}

/// Why a token was not created.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// SQLite's own words.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Another token has the name.
    #[error("there is a token of this name; choose another, or revoke that one first")]
    NameTaken,
}

impl TokenStore {
    /// Opens the server's own file, made if it is not there.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where it can't be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { connection: open_operator(path)? })
    }

    /// Makes a token up, of which no store knows.
    ///
    /// # Errors
    ///
    /// Where the system has no randomness to give.
    pub fn make() -> Result<Token, rusqlite::Error> {
        Ok(Token::new(random()?, random()?))
    }

    /// Creates a token. Only its hash is stored: it can't be shown again.
    ///
    /// # Errors
    ///
    /// [`TokenError`]; there is no such token then.
    pub fn create(&mut self, name: &Name, grant: &Grant, now: Timestamp) -> Result<Token, TokenError> {
        let token = Self::make()?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if transaction.query_row(sql::HAS_TOKEN, [name.as_str()], |row| row.get(0))? {
            return Err(TokenError::NameTaken);
        }
        let apps = grant.apps.as_ref().map(|apps| apps.join(","));
        let (hash, scope) = (token.hash().0, grant.scope.name());
        transaction.execute(sql::INSERT_TOKEN, params![token.id(), name.as_str(), hash, scope, apps, now.0])?;
        transaction.commit()?;
        Ok(token)
    }

    /// All tokens, the oldest first.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn list(&self) -> Result<Vec<Issued>, rusqlite::Error> {
        self.connection.prepare(sql::TOKENS)?.query_map([], issued)?.collect()
    }

    /// Revokes the token of this name or id, for good; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where the file can't be written.
    pub fn revoke(&self, name_or_id: &str) -> Result<Option<Issued>, rusqlite::Error> {
        self.connection.query_row(sql::DELETE_TOKEN, [name_or_id], issued).optional()
    }

    /// Notes that the token of an id was used.
    ///
    /// # Errors
    ///
    /// Where the file can't be written.
    pub fn note_use(&self, id: &str, now: Timestamp) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql::NOTE_TOKEN_USE)?.execute(params![id, now.0]).map(drop)
    }

    /// Whether any token is in force; reads as [`TokenStore::find`] does.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn has_tokens(path: &Path) -> Result<bool, rusqlite::Error> {
        open_reader(path)?.query_row(sql::HAS_TOKENS, [], |row| row.get(0))
    }

    /// What is known of a token; `None` where nobody issued it, or where it was revoked. Only reads, by a connection of
    /// its own, and waits for nobody who writes.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn find(path: &Path, token: &Token) -> Result<Option<Issued>, rusqlite::Error> {
        let found = open_reader(path)?.query_row(sql::FIND_TOKEN, [token.id()], |row| {
            let is_this = TokenHash(row.get(6)?).is_of(token);
            is_this.then(|| issued(row)).transpose()
        });
        found.optional().map(Option::flatten)
    }
}

fn issued(row: &Row<'_>) -> Result<Issued, rusqlite::Error> {
    let (scope, apps): (String, Option<String>) = (row.get(2)?, row.get(3)?);
    // A later version may know more scopes: what they allow can't be known here.
    let unknown = || rusqlite::Error::FromSqlConversionFailure(2, Type::Text, "a scope that is not known".into());
    let grant = Grant {
        scope: Scope::named(&scope).ok_or_else(unknown)?,
        apps: apps.map(|apps| apps.split(',').map(ToOwned::to_owned).collect()),
    };
    Ok(Issued {
        id: row.get(0)?,
        name: row.get(1)?,
        grant,
        created_at: Timestamp(row.get(4)?),
        last_used: row.get::<_, Option<i64>>(5)?.map(Timestamp),
    })
}
