//! The paths of the server itself.

use utoipa::openapi::HttpMethod;
use utoipa::openapi::schema::ObjectBuilder;

use super::{Path, answer, of_schema, operation, path, text_answer};

pub(super) const TAG: &str = "operator";
pub(super) const ABOUT: &str = "For whoever runs the server. What is under `/-/` is not for the public.";

pub(super) fn paths() -> Vec<Path> {
    let health = operation(TAG, "health", "Whether the process lives").response("200", text_answer("`ok`"));
    let ready = operation(TAG, "ready", "Whether events can be stored")
        .response("200", text_answer("They can"))
        .response("503", text_answer("They can't; the log tells why"));
    let metrics = operation(TAG, "metrics", "What Prometheus is told")
        .response("200", text_answer("Prometheus' text format; no label holds anything that a client sent"));
    let description = answer("OpenAPI 3.1").content("application/json", of_schema(ObjectBuilder::new()));
    let description = operation(TAG, "openapi", "This description, for programs").response("200", description.build());
    let html =
        answer("HTML").content("text/html", of_schema(ObjectBuilder::new().schema_type(utoipa::openapi::Type::String)));
    let page = operation(TAG, "page", "This description, for people").response("200", html.build());
    let get = |name: &str, operation| path(name, vec![(HttpMethod::Get, operation)]);
    vec![
        get("/healthz", health),
        get("/-/ready", ready),
        get("/-/metrics", metrics),
        get("/api", page),
        get("/api/openapi.json", description),
    ]
}
