//! The page for the people whose tools report: `GET /api/v1/{app}/what-we-collect`, made from the contract in force.

use super::{CACHED, contracts, html_reply, json_reply, problem};
use crate::ledger::Ledger;
use crate::request::{Reply, Request};
use crate::service::App;

/// Contracts whose changes are on the page: what people may have missed since they agreed. `contracts` has more.
const HISTORY: u32 = 10;

pub(super) fn knows(path: &str) -> bool {
    path == "/what-we-collect"
}

pub(super) async fn read<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let format = request.parameter("format");
    let format = format.as_deref().unwrap_or("html");
    if !matches!(format, "html" | "markdown" | "json") {
        return problem(400, "wrong_question", "`format` is one of html, markdown, json");
    }
    // Where the ledger can't be read, the rest of the page is as true as ever.
    let history = contracts::history(app, HISTORY).await.ok();
    // Its examples are of the day, so that the page is the same for as long as it is kept.
    let at = request.now.day().start();
    let page = app.contract.page(at, request.server().as_deref(), history);
    let reply = match format {
        "markdown" => Reply::new(200, page.to_markdown())
            .header("content-type", "text/markdown; charset=utf-8")
            .header("x-content-type-options", "nosniff"),
        "json" => json_reply(200, &page.to_json()),
        _ => html_reply(200, page.to_html()),
    };
    reply.header("cache-control", CACHED)
}
