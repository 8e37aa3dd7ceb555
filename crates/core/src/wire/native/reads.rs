//! What operators read of an app with a token: `GET /api/v1/{app}/...`, of every app, whatever its wire.

use askfirst_contract::Contract;
use serde_json::Value;

use super::{HASH_HEADER, json_reply, method_not_allowed, not_found, options, problem, unreadable};
use crate::ledger::{Answer, Ledger, Question, Unanswered};
use crate::question::{Ask, NAMES, check_repeated};
use crate::request::{Access, Reply, Request};
use crate::service::App;
use crate::token::Scope;

/// What happens to events, as server-sent events. The answer is the head of it; the host follows the ledger.
const LIVE: &str = "/live";

/// What clients send and nobody declared.
const UNDECLARED: &str = "/undeclared";

pub(crate) fn knows(path: &str) -> bool {
    matches!(path, "/stats" | LIVE | UNDECLARED) || question(path).is_some()
}

/// The question whose path this is.
fn question(path: &str) -> Option<&'static str> {
    let name = path.strip_prefix('/')?;
    NAMES.into_iter().find(|known| *known == name)
}

/// What a token must be for; `None` where the method reads nothing.
pub(crate) fn needs(method: &str) -> Option<Scope> {
    matches!(method, "GET" | "HEAD").then_some(Scope::Read)
}

/// Whether a stream of what happens follows the answer, where that is a success.
pub(crate) fn is_live(method: &str, path: &str) -> bool {
    method == "GET" && path == LIVE
}

pub(crate) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match needs(request.method) {
        Some(scope) => match check(&app.contract.app.id, scope, request.access) {
            Ok(()) => answer(app, request).await.unwrap_or_else(|Unanswered| unreadable("the ledger")),
            Err(refusal) => refusal,
        },
        None if request.method == "OPTIONS" => options(request.path),
        None => method_not_allowed(request.path),
    };
    with_headers(app, reply)
}

/// The answer where the host follows as many ledgers as it can.
pub(crate) fn too_many_streams<L>(app: &App<L>) -> Reply {
    let detail = "too many follow what happens already; end one of those streams, or come again later";
    with_headers(app, problem(503, "too_many_streams", detail).header("retry-after", "10"))
}

fn with_headers<L>(app: &App<L>, reply: Reply) -> Reply {
    reply.header("cache-control", "no-store").header(HASH_HEADER, app.contract_hash.clone())
}

async fn answer<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Result<Reply, Unanswered> {
    match question(request.path) {
        Some(question) => ask(app, question, request).await,
        None if request.path == "/stats" => Ok(json_reply(200, &stats(app, request).await?)),
        None if request.path == LIVE => Ok(live()),
        None if request.path == UNDECLARED => Ok(json_reply(200, &app.undeclared.to_json())),
        None => Ok(not_found()),
    }
}

/// Answers a question of operators; its parameters are those of the query string.
async fn ask<L: Ledger>(app: &App<L>, question: &str, request: &Request<'_>) -> Result<Reply, Unanswered> {
    let (ask, format) = match read(question, request, &app.contract) {
        Ok(read) => read,
        Err(wrong) => return Ok(problem(400, "wrong_question", &wrong)),
    };
    let Answer::Report(report) = app.ledger.answer(Question::Ask(ask)).await? else { return Err(Unanswered) };
    Ok(match format {
        Format::Json => json_reply(200, &report.to_json()),
        Format::Csv(table) => match report.to_csv(table.as_deref()) {
            Ok(csv) => {
                // A browser shows it, and saves it under this name.
                let name: Vec<&str> = [&app.contract.app.id, question].into_iter().chain(table.as_deref()).collect();
                Reply::new(200, csv)
                    .header("content-type", "text/csv; charset=utf-8")
                    .header("content-disposition", format!("inline; filename=\"{}.csv\"", name.join("-")))
            }
            Err(wrong) => problem(400, "wrong_question", &wrong),
        },
    })
}

/// How an answer is written.
enum Format {
    Json,
    /// A table of it, or the first.
    Csv(Option<String>),
}

/// A question and the format of its answer, from the query string.
fn read(question: &str, request: &Request<'_>, contract: &Contract) -> Result<(Ask, Format), String> {
    let mut parameters = request.parameters();
    check_repeated(&parameters)?;
    let table = request.parameter("table");
    let format = match request.parameter("format").as_deref() {
        Some("csv") => Format::Csv(table.map(Into::into)),
        None | Some("json") if table.is_some() => return Err("`table` is for `format=csv`".to_owned()),
        None | Some("json") => Format::Json,
        Some(_) => return Err("`format` is one of json, csv".to_owned()),
    };
    parameters.retain(|(name, _)| !matches!(name.as_str(), "format" | "table" | "token"));
    Ok((Ask::parse(question, &parameters, contract, request.now)?, format))
}

fn live() -> Reply {
    // nginx would keep what is sent until it has enough to send it on.
    Reply::new(200, "").headers(&[("content-type", "text/event-stream"), ("x-accel-buffering", "no")])
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
