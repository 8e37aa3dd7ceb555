//! The rights of installs: `GET /api/v1/{app}/installs/{id}` gives whoever holds an id all that is stored under it, `DELETE`
//! erases it. The id is all the proof there is: it is random, and only its tool knows it. No list of ids is ever given.

use std::sync::{Mutex, PoisonError};

use askfirst_contract::{InstallId, Rate, Span, Timestamp};
use serde_json::{Value, json};

use super::{HASH_HEADER, append_error, json_reply, method_not_allowed, not_found, options, problem, unreadable};
use crate::id_hash::event_hash;
use crate::ledger::{Answer, InstallRecord, Ledger, Question};
use crate::limits::Window;
use crate::request::{Access, Reply, Request};
use crate::service::App;
use crate::token::Scope;

const PATH: &str = "/installs/";
/// Requests of one address: plenty for a person, nothing for who tries ids.
const RATE: Rate = Rate { count: 30, per: Span::HOUR };
/// Requests within the hour that are remembered, at about 30 bytes each: beyond, everybody has to wait.
const MAX_REMEMBERED: usize = 100_000;
/// Events of one answer, at some hundred bytes each.
const EVENTS: u32 = 1_000;

/// Who asked for their rights within the last hour.
#[derive(Debug)]
pub struct Asked(Mutex<Window>);

impl Default for Asked {
    fn default() -> Self {
        Self(Mutex::new(Window::new(RATE)))
    }
}

impl Asked {
    /// The seconds to wait before one more request of an address is answered, which is counted if it is none.
    fn wait(&self, address: &str, now: Timestamp) -> Option<u32> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.forget(now);
        let address = event_hash(address).cast_unsigned();
        let wait = if window.len() < MAX_REMEMBERED { window.retry_after(&[address], now) } else { Some(60) };
        if wait.is_none() {
            window.record(address, now);
        }
        wait
    }
}

pub(crate) fn knows(path: &str) -> bool {
    path.starts_with(PATH)
}

/// A token that operates the app is not needed, but not limited either.
pub(crate) const SCOPE: Scope = Scope::Operate;

pub(crate) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match request.method {
        "GET" | "HEAD" | "DELETE" => answer(app, request).await,
        "OPTIONS" => options(request.path),
        _ => method_not_allowed(request.path),
    };
    reply.header("cache-control", "no-store").header(HASH_HEADER, app.contract_hash.clone())
}

async fn answer<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let Some(text) = request.path.strip_prefix(PATH).filter(|id| !id.is_empty()) else { return not_found() };
    let is_operator = matches!(request.access, Access::Granted(grant) if grant.allows(SCOPE, &app.contract.app.id));
    if !is_operator && let Some(seconds) = app.asked.wait(request.address, request.now) {
        let detail = format!("at most {} requests an hour; try again later", RATE.count);
        return problem(429, "too_many_requests", &detail).header("retry-after", seconds.to_string());
    }
    let text = decoded(text);
    let Some(id) = app.contract.install_id(&text) else {
        return problem(400, "no_install_id", "installs of this app have ids of another form, or none");
    };
    if request.method == "DELETE" { erase(app, id, request.now).await } else { tell(app, request, &text, id).await }
}

/// All that is stored under an id.
async fn tell<L: Ledger>(app: &App<L>, request: &Request<'_>, text: &str, id: InstallId) -> Reply {
    let after = request.parameter("after");
    let Some(after) = after.as_deref().map_or(Some(0), |after| after.parse().ok()) else {
        return problem(400, "wrong_place", "`after` is the `next` of the answer before");
    };
    match app.ledger.answer(Question::Install { id, after, limit: EVENTS }).await {
        Ok(Answer::Install(Some(record))) => json_reply(200, &as_json(&app.contract.app.id, text, &record)),
        Ok(Answer::Install(None)) => problem(404, "nothing_stored", "nothing is stored under this id"),
        Ok(_) | Err(_) => unreadable("the ledger"),
    }
}

fn as_json(app: &str, id: &str, record: &InstallRecord) -> Value {
    let events: Vec<Value> = record.events.iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    json!({
        "app": app,
        "install_id": id,
        "first_active": record.first_active.to_string(),
        "last_received": record.last_received.to_string(),
        "events": events,
        "next": record.next.map(|next| next.to_string()),
    })
}

async fn erase<L: Ledger>(app: &App<L>, id: InstallId, now: Timestamp) -> Reply {
    match app.ledger.forget(id, now).await {
        Ok(erased) => json_reply(200, &erased.to_json(&app.contract.app.id, now)),
        Err(error) => append_error(error),
    }
}

/// A segment of a path without its percent signs.
fn decoded(segment: &str) -> String {
    // A plus is a plus in a path, unlike in a form.
    let form = segment.replace('+', "%2B");
    form_urlencoded::parse(form.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
