//! What anybody may know: `GET /api/v1/{app}/public`, `public-stats` and `badge.svg`, for apps whose contract publishes
//! something.

use super::{CACHED, html_reply, json_reply, problem, unreadable};
use crate::badge;
use crate::ledger::{Answer, Ledger, Question, Unanswered};
use crate::public::{Published, page, places, publish, week_before};
use crate::report;
use crate::request::{Reply, Request};
use crate::service::App;

const PAGE: &str = "/public-stats";
const BADGE: &str = "/badge.svg";

pub(super) fn knows(path: &str) -> bool {
    matches!(path, "/public" | PAGE | BADGE)
}

pub(super) async fn read<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    match published(app, request).await {
        Ok(Some(published)) => answer(request, &published).header("cache-control", CACHED),
        Ok(None) if request.path == PAGE => html_reply(404, page::html_of_nothing(&app.contract)),
        Ok(None) => problem(404, "nothing_public", "the contract of this app publishes no numbers"),
        Err(Unanswered) => unreadable("the ledger"),
    }
}

fn answer(request: &Request<'_>, published: &Published) -> Reply {
    match request.path {
        PAGE => return html_reply(200, page::html(published, request.server().as_deref())),
        BADGE => {
            return Reply::new(200, badge::svg(published)).header("content-type", "image/svg+xml; charset=utf-8");
        }
        _ => {}
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

/// What is published of the last whole week; `None` where that is nothing.
async fn published<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Result<Option<Published>, Unanswered> {
    if app.contract.public.is_none() {
        return Ok(None);
    }
    let question = Question::Public { week: week_before(request.now), by: places(&app.contract) };
    match app.ledger.answer(question).await? {
        Answer::Public(exact) => Ok(publish(&app.contract, &exact)),
        _ => Err(Unanswered),
    }
}
