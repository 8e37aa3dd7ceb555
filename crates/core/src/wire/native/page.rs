//! The page for the people whose tools report: `GET /api/v1/{app}/what-we-collect`, made from the contract.

use super::{HASH_HEADER, method_not_allowed, options, problem};
use crate::request::{Reply, Request};
use crate::service::App;

/// A contract changes seldom; an hour is how long a change takes to be seen.
const CACHED: &str = "public, max-age=3600";
/// It loads nothing and sends nothing; its style stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) fn knows(path: &str) -> bool {
    path == "/what-we-collect"
}

pub(super) fn handle<L>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match request.method {
        "GET" | "HEAD" => page(app, request),
        "OPTIONS" => options(request.path),
        _ => method_not_allowed(request.path),
    };
    // Nobody's secret: any page may show it.
    reply.header("access-control-allow-origin", "*").header(HASH_HEADER, app.contract_hash.clone())
}

fn page<L>(app: &App<L>, request: &Request<'_>) -> Reply {
    // Its examples are of the day, so that the page is the same for as long as it is kept.
    let at = request.now.day().start();
    let (text, media) = match request.parameter("format").as_deref() {
        None | Some("html") => (app.contract.page_html(at), "text/html; charset=utf-8"),
        Some("markdown") => (app.contract.page_markdown(at), "text/markdown; charset=utf-8"),
        Some(_) => return problem(400, "wrong_question", "`format` is one of html, markdown"),
    };
    Reply::new(200, text)
        .header("content-type", media)
        .header("cache-control", CACHED)
        .header("content-security-policy", POLICY)
        .header("x-content-type-options", "nosniff")
}
