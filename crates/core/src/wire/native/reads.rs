//! What operators read of an app with a token: `GET /api/v1/{app}/...`, of every app, whatever its wire.

use serde_json::Value;

use super::{HASH_HEADER, json_reply, method_not_allowed, methods, not_found, problem};
use crate::ledger::{Answer, Ledger, Question, Unanswered};
use crate::request::{Access, Reply, Request};
use crate::service::App;
use crate::token::Scope;

/// The paths; [`answer`] has what is read there.
const PATHS: [&str; 1] = ["/stats"];

pub(crate) fn knows(path: &str) -> bool {
    PATHS.contains(&path)
}

/// What a token must be for; `None` where the method reads nothing.
pub(crate) fn needs(method: &str) -> Option<Scope> {
    matches!(method, "GET" | "HEAD").then_some(Scope::Read)
}

pub(crate) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match needs(request.method) {
        Some(scope) => match check(&app.contract.app.id, scope, request.access) {
            Ok(()) => answer(app, request).await.unwrap_or_else(|Unanswered| unreadable("the ledger")),
            Err(refusal) => refusal,
        },
        None if request.method == "OPTIONS" => Reply::new(204, "").header("allow", methods(request.path)),
        None => method_not_allowed(request.path),
    };
    reply.header("cache-control", "no-store").header(HASH_HEADER, app.contract_hash.clone())
}

async fn answer<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Result<Reply, Unanswered> {
    match request.path {
        "/stats" => Ok(json_reply(200, &stats(app, request).await?)),
        _ => Ok(not_found()),
    }
}

async fn stats<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Result<Value, Unanswered> {
    match app.ledger.answer(Question::Summary(request.now)).await? {
        Answer::Summary(summary) => Ok(summary.to_json(&app.contract.app.id)),
        _ => Err(Unanswered),
    }
}

/// Lets nobody pass whose token does not allow it.
fn check(app: &str, scope: Scope, access: Access<'_>) -> Result<(), Reply> {
    match access {
        Access::Granted(grant) if grant.allows(scope, app) => Ok(()),
        Access::Granted(_) => {
            let detail = "this token is for other apps, or for less; make one that fits with: askfirst token create";
            Err(problem(403, "forbidden", detail))
        }
        Access::None => {
            let detail =
                "send a token that is in force as `Authorization: Bearer`; make one with: askfirst token create";
            Err(problem(401, "unauthorized", detail).header("www-authenticate", "Bearer"))
        }
        Access::Unknown => Err(unreadable("the list of tokens")),
    }
}

fn unreadable(what: &str) -> Reply {
    problem(500, "unreadable", &format!("{what} can't be read; the server's log tells why"))
}
