//! The paths of the wires that released clients speak, in brief: what they send is in the contracts.

use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::ObjectBuilder;

use super::{Path, answer, in_path, named, of_schema, operation, path, text_answer};

pub(super) const TAG: &str = "released clients";
pub(super) const ABOUT: &str = "What clients speak that were released before askfirst. Each path is at the root, and \
    below `/a/{app}`. New tools use the native API.";

/// What an answer holds.
#[derive(Clone, Copy)]
enum Holds {
    Json,
    Text,
    Nothing,
}
use Holds::{Json, Nothing, Text};

/// A status, what it means, and what the answer holds.
type Answers = &'static [(&'static str, &'static str, Holds)];

struct Endpoint {
    app: &'static str,
    method: HttpMethod,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    answers: Answers,
}

const REPORT: Answers = &[
    ("200", "Stored, or stored before", Json),
    ("400", "Refused", Json),
    ("413", "Too long", Json),
    ("429", "Over a limit", Json),
    ("500", "It can't be known what was stored", Json),
    ("503", "Nothing was stored", Json),
];
const FROM_PAGE: Answers = &[
    ("200", "Stored, or stored before", Json),
    ("400", "Refused", Json),
    ("401", "Not signed as the operator demands", Json),
    ("403", "From another web page", Json),
    ("413", "Too long", Json),
    ("429", "Over a limit", Json),
    ("500", "It can't be known what was stored", Json),
    ("503", "Nothing was stored", Json),
];
const SESSION: Answers = &[
    ("204", "Stored", Nothing),
    ("400", "Refused", Text),
    ("413", "Too long", Text),
    ("415", "Not JSON by its type", Text),
    ("429", "Over a limit", Text),
    ("500", "It can't be known what was stored", Text),
    ("503", "Nothing was stored", Text),
];
const FIGURES: Answers = &[("200", "The figures", Json), ("500", "They can't be read", Json)];
const COUNTER: Answers =
    &[("200", "The number", Json), ("403", "From another web page", Json), ("500", "It can't be read", Json)];
const HEALTH: Answers = &[("200", "Healthy", Json), ("503", "Not healthy", Json)];
const ALIVE: Answers = &[("200", "Alive", Json)];
const RECENT: Answers = &[
    ("200", "The events", Json),
    ("401", "Without the operator's token", Json),
    ("500", "They can't be read", Json),
    ("503", "The operator has set no token", Json),
];
const WEEK: Answers = &[
    ("200", "The number", Json),
    ("400", "No ISO week", Text),
    ("403", "Without the operator's token", Text),
    ("404", "The operator has set no token", Text),
    ("500", "It can't be read", Text),
];

const fn endpoint(
    app: &'static str,
    (method, path): (HttpMethod, &'static str),
    id: &'static str,
    summary: &'static str,
    answers: Answers,
) -> Endpoint {
    Endpoint { app, method, path, id, summary, answers }
}

use HttpMethod::{Get, Post};

const ENDPOINTS: [Endpoint; 14] = [
    endpoint("voicemode", (Post, "/telemetry"), "voicemode_report", "VoiceMode: a report of use", REPORT),
    endpoint("drift", (Post, "/v1/events"), "drift_events", "Drift: a batch of events", REPORT),
    endpoint("drift", (Post, "/v1/feedback"), "drift_feedback", "Drift: the same for feedback", REPORT),
    endpoint("drift", (Get, "/v1/stats"), "drift_stats", "Drift: counts of the last 30 days", FIGURES),
    endpoint("drift", (Get, "/v1/health"), "drift_health", "Drift: whether events can be stored", HEALTH),
    endpoint("baofeng", (Post, "/event"), "baofeng_event", "Baofeng: an event of the page", FROM_PAGE),
    endpoint("baofeng", (Post, "/client-log"), "baofeng_log", "Baofeng: the log of a failure", FROM_PAGE),
    endpoint("baofeng", (Post, "/increment"), "baofeng_increment", "Baofeng: a radio was flashed", FROM_PAGE),
    endpoint("baofeng", (Get, "/metrics/flash-count"), "baofeng_flash_count", "Baofeng: flashed radios", COUNTER),
    endpoint("baofeng", (Get, "/count"), "baofeng_count", "Baofeng: flashed radios, as old pages ask", COUNTER),
    endpoint("baofeng", (Get, "/recent"), "baofeng_recent", "Baofeng: the latest failures", RECENT),
    endpoint("baofeng", (Get, "/health"), "baofeng_health", "Baofeng: whether it is there", ALIVE),
    endpoint("domscribe", (Post, "/v1/session"), "domscribe_session", "domscribe: a record of a session", SESSION),
    endpoint("domscribe", (Get, "/v1/wau/{week}"), "domscribe_week", "domscribe: sessions of a week", WEEK),
];

pub(super) fn paths() -> Vec<Path> {
    let at_root =
        |endpoint: &Endpoint| path(endpoint.path, vec![(endpoint.method.clone(), described(endpoint, endpoint.id))]);
    let by_name = |endpoint: &Endpoint| {
        let about = "The id of the app, as its contract says.";
        // Where the path has answers of its own for that, the first of both is told.
        let is_free = endpoint.answers.iter().all(|(status, _, _)| *status != "404");
        let mut operation = described(endpoint, &format!("{}_by_name", endpoint.id));
        operation = operation.parameter(in_path("app", about, endpoint.app));
        if is_free {
            let unknown =
                answer("There is no such app").content("application/problem+json", of_schema(named("Problem"))).build();
            operation = operation.response("404", unknown);
        }
        path(format!("/a/{{app}}{}", endpoint.path), vec![(endpoint.method.clone(), operation)])
    };
    // `/a/{app}/events` and the like are the native API's; none of these has their names.
    ENDPOINTS.iter().map(at_root).chain(ENDPOINTS.iter().map(by_name)).collect()
}

fn described(endpoint: &Endpoint, id: &str) -> OperationBuilder {
    let mut operation = operation(TAG, id, endpoint.summary);
    if endpoint.path.contains("{week}") {
        operation = operation.parameter(in_path("week", "An ISO week.", "2026-W22"));
    }
    if endpoint.method == Post {
        let body = RequestBodyBuilder::new().content("application/json", of_schema(ObjectBuilder::new())).build();
        operation = operation.request_body(Some(body));
    }
    endpoint
        .answers
        .iter()
        .fold(operation, |operation, (status, about, holds)| operation.response(*status, holding(about, *holds)))
}

fn holding(about: &str, holds: Holds) -> Response {
    match holds {
        Json => answer(about).content("application/json", of_schema(ObjectBuilder::new())).build(),
        Text => text_answer(about),
        Nothing => answer(about).build(),
    }
}
