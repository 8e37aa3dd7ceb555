//! Which contracts were in force, and what changed with each: `GET /api/v1/{app}/contracts`.

use askfirst_contract::History;

use super::{CACHED, json_reply, unreadable};
use crate::ledger::{Answer, Ledger, Question, Unanswered};
use crate::request::Reply;
use crate::service::App;

/// The most that are told of: at some 10 KB each, of which all are read and compared, a megabyte.
const MOST: u32 = 100;

pub(super) fn knows(path: &str) -> bool {
    path == "/contracts"
}

pub(super) async fn read<L: Ledger>(app: &App<L>) -> Reply {
    match history(app, MOST).await {
        Ok(history) => json_reply(200, &history.to_json()).header("cache-control", CACHED),
        Err(Unanswered) => unreadable("the ledger"),
    }
}

/// The latest contracts, up to `most`.
pub(super) async fn history<L: Ledger>(app: &App<L>, most: u32) -> Result<History, Unanswered> {
    // One more, to tell what changed with the last of them.
    let Answer::Contracts(recorded) = app.ledger.answer(Question::Contracts(most.saturating_add(1))).await? else {
        return Err(Unanswered);
    };
    Ok(History::of(&app.contract, &recorded, most as usize))
}
