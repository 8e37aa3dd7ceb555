//! What anybody may know: `GET /api/v1/{app}/public` and `badge.svg`, for apps whose contract publishes something.

use super::{CACHED, HASH_HEADER, json_reply, method_not_allowed, options, problem, unreadable};
use crate::badge;
use crate::ledger::{Answer, Ledger, Question};
use crate::public::{Published, places, publish, week_before};
use crate::report;
use crate::request::{Reply, Request};
use crate::service::App;

pub(super) fn knows(path: &str) -> bool {
    matches!(path, "/public" | "/badge.svg")
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match request.method {
        "GET" | "HEAD" => match published(app, request).await {
            Ok(published) => answer(request, &published).header("cache-control", CACHED),
            Err(problem) => problem,
        },
        "OPTIONS" => options(request.path),
        _ => method_not_allowed(request.path),
    };
    // Nobody's secret: any page may show them.
    reply.header("access-control-allow-origin", "*").header(HASH_HEADER, app.contract_hash.clone())
}

fn answer(request: &Request<'_>, published: &Published) -> Reply {
    if request.path == "/badge.svg" {
        return Reply::new(200, badge::svg(published)).header("content-type", "image/svg+xml; charset=utf-8");
    }
    match request.parameter("format").as_deref() {
        None | Some("json") => json_reply(200, &published.to_json()),
        Some("csv") => Reply::new(200, csv(published)).header("content-type", "text/csv; charset=utf-8"),
        Some(_) => problem(400, "wrong_question", "`format` is one of json, csv"),
    }
}

fn csv(published: &Published) -> String {
    let mut csv = String::new();
    report::push_line(&mut csv, Published::COLUMNS.map(str::to_owned));
    for row in published.rows() {
        report::push_line(&mut csv, row);
    }
    csv
}

async fn published<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Result<Published, Reply> {
    let nothing = || problem(404, "nothing_public", "the contract of this app publishes no numbers");
    if app.contract.public.is_none() {
        return Err(nothing());
    }
    let question = Question::Public { week: week_before(request.now), by: places(&app.contract) };
    match app.ledger.answer(question).await {
        Ok(Answer::Public(exact)) => publish(&app.contract, &exact).ok_or_else(nothing),
        Ok(_) | Err(_) => Err(unreadable("the ledger")),
    }
}
