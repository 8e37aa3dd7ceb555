//! What the tokens of requests allow. Only requests that need one get here.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use askfirst_contract::Timestamp;
use askfirst_core::Unanswered;
use askfirst_core::token::{Grant, Scope, Token};
use askfirst_sqlite::{OpenError, TokenStore};

use super::credential::Credential;

/// How exactly it is noted when a token was used last, in milliseconds.
const PRECISION: i64 = 60_000;
/// Uses that wait to be noted, at the most. A token is noted once a minute: more of them than there are tokens.
const MAX_WAITING: usize = 256;

/// The tokens in force.
pub(crate) struct Tokens {
    path: PathBuf,
    uses: SyncSender<Use>,
    /// For programs on this machine while no token is in force. It is in no file, and ends with the process.
    of_this_machine: Token,
}

/// That a token was used.
struct Use {
    id: String,
    now: Timestamp,
}

impl Tokens {
    /// Opens the server's own file, and starts the thread that notes uses; it ends when this is dropped.
    pub(crate) fn open(path: PathBuf) -> Result<Self, OpenError> {
        let store = TokenStore::open(&path)?;
        let (uses, incoming) = sync_channel(MAX_WAITING);
        thread::Builder::new().name("tokens".to_owned()).spawn(move || note(&store, &incoming))?;
        Ok(Self { path, uses, of_this_machine: TokenStore::make()? })
    }

    /// What a credential allows; `None` where nobody issued its token, or where that was revoked.
    pub(super) async fn grant(&self, shown: &Credential, now: Timestamp) -> Result<Option<Grant>, Unanswered> {
        let Some(token) = Token::parse(&shown.token) else { return Ok(None) };
        if shown.is_of_this_machine && self.of_this_machine.hash().is_of(&token) {
            return Ok((!self.are_in_force().await?).then_some(Grant { scope: Scope::Read, apps: None }));
        }
        let found = self.read(move |path| TokenStore::find(path, &token)).await?;
        Ok(found.map(|issued| {
            if issued.last_used.is_none_or(|last| now.0 - last.0 >= PRECISION) {
                // Where too many wait, the next request tells of it.
                let _ = self.uses.try_send(Use { id: issued.id, now });
            }
            issued.grant
        }))
    }

    /// Whether any token is in force.
    pub(crate) async fn are_in_force(&self) -> Result<bool, Unanswered> {
        self.read(TokenStore::has_tokens).await
    }

    /// What lets programs on this machine read while no token is in force.
    pub(super) fn of_this_machine(&self) -> &Token {
        &self.of_this_machine
    }

    /// Reads the file where nobody waits for the disk.
    async fn read<T: Send + 'static, E: Display + Send + 'static>(
        &self,
        read: impl FnOnce(&Path) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        read.map_err(|_| Unanswered)?.map_err(|error| {
            let path = self.path.display();
            tracing::error!(%error, %path, "the tokens can't be read; may the server's user read the file?");
            Unanswered
        })
    }
}

fn note(store: &TokenStore, uses: &Receiver<Use>) {
    for Use { id, now } in uses {
        if let Err(error) = store.note_use(&id, now) {
            tracing::warn!(%error, "it was not noted that a token was used");
        }
    }
}

#[cfg(test)]
mod tests {
    use askfirst_core::token::{Name, Scope};

    use super::*;

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("operator.db");
        let mut store = TokenStore::open(&path).unwrap();
        let grant = Grant { scope: Scope::Read, apps: None };
        let token = store.create(&Name::parse("test").unwrap(), &grant, Timestamp(0)).unwrap();
        let (uses, incoming) = sync_channel(MAX_WAITING);
        let tokens = Tokens { path, uses, of_this_machine: TokenStore::make().unwrap() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (now, is_noted) in [(1_000, true), (1_001, false), (60_999, false), (61_000, true), (61_001, false)] {
            let granted = runtime.block_on(tokens.grant(&Credential::token(&token.to_string()), Timestamp(now)));
            assert_eq!(granted, Ok(Some(grant.clone())), "at {now}");
            let noted = incoming.try_recv().ok();
            assert_eq!(noted.is_some(), is_noted, "at {now}");
            if let Some(Use { id, now }) = noted {
                store.note_use(&id, now).unwrap();
            }
        }
        assert_eq!(store.list().unwrap()[0].last_used, Some(Timestamp(61_000)));
    }
}
