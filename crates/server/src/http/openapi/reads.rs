//! What operators read of an app, with a token.

use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{HttpMethod, RefOr, Required, Type};

use super::super::credential::SESSION;
use super::native::{about_app, header, preflight, problem, with_hash};
use super::{Path, answer, named, of_schema, operation, path, questions};

pub(super) const TAG: &str = "reading";
pub(super) const ABOUT: &str = "For operators and their dashboards: what an app's ledger tells, whatever its clients \
    speak. Each path needs a token for the app, which `askfirst token create` makes. It is sent as `Authorization: \
    Bearer TOKEN`, or as the parameter `token` by programs that send no headers, such as a spreadsheet; mind who keeps \
    such addresses. No parameter may be given twice, unless it says so. No answer is to be cached.";

const LIVE: &str = "Server-sent events, for as long as you read. Accepted events come one by one with their declared \
    fields, without anything that tells whose they are; of all others, counts by reason and client version. Where more \
    come at once than can be told, the latest are, and how many were left out. The stream ends when the token is \
    revoked, and when the server stops.";

/// A path, and what is read there.
struct Read {
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    schema: &'static str,
}

const READS: [Read; 2] = [
    Read { path: "stats", id: "stats", summary: "How much there is, and who is active", schema: "Stats" },
    Read {
        path: "undeclared",
        id: "undeclared",
        summary: "What clients send and the contract does not declare, by name",
        schema: "Undeclared",
    },
];

pub(super) fn paths() -> Vec<Path> {
    let read = |Read { path: name, id, summary, schema }: &Read| {
        let found = answer(summary).content("application/json", of_schema(named(schema)));
        let get = with_token(operation(TAG, &format!("get_{id}"), summary)).response("200", with_hash(found));
        let options = preflight(TAG, &format!("preflight_{id}"), "No content");
        path(format!("/api/v1/{{app}}/{name}"), vec![(HttpMethod::Get, get), (HttpMethod::Options, options)])
    };
    let mut paths: Vec<Path> = READS.iter().map(read).chain(questions::paths()).collect();
    let options = preflight(TAG, "preflight_live", "No content");
    let operations = vec![(HttpMethod::Get, live()), (HttpMethod::Options, options)];
    paths.push(path("/api/v1/{app}/live", operations));
    paths
}

fn live() -> OperationBuilder {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Messages, whose `data` is a `Happening`; accepted events have an `id`"));
    let stream = answer("A stream that does not end; comments tell that it is there")
        .content("text/event-stream", of_schema(text));
    let last = ParameterBuilder::new()
        .name("last-event-id")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The `id` of the last message; accepted events behind it are told. Browsers send it themselves.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let wait =
        problem("Too many streams at a time").header("retry-after", header("Seconds until another try makes sense"));
    with_token(operation(TAG, "follow_live", "What happens to events, as it happens").description(Some(LIVE)))
        .parameter(last)
        .response("200", with_hash(stream))
        .response("503", with_hash(wait))
}

/// How tokens are sent.
pub(super) fn security() -> [(&'static str, RefOr<SecurityScheme>); 3] {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let parameter = SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("token")));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(SESSION)));
    [("token", bearer.into()), ("token_in_query", parameter.into()), ("session", cookie.into())]
}

/// An operation about an app that needs a token to read.
pub(super) fn with_token(operation: OperationBuilder) -> OperationBuilder {
    let none = problem("There is no token, or nobody issued it, or it was revoked")
        .header("www-authenticate", header("How a token is sent"));
    let operation = security().iter().fold(about_app(operation), |operation, (name, _)| {
        operation.security(SecurityRequirement::new(*name, [] as [&str; 0]))
    });
    operation
        .response("401", with_hash(none))
        .response("403", with_hash(problem("The token is for other apps, or for less")))
        .response(
            "500",
            with_hash(problem("The ledger or the list of tokens can't be read; the server's log tells why")),
        )
}
