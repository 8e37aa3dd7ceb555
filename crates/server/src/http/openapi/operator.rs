//! The paths of the server itself.

use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};
use utoipa::openapi::{HttpMethod, RefOr, Required, Schema, Type};

use super::native::{header, problem};
use super::schemas::{object, text, text_or_null, word};
use super::{Path, answer, named, of_schema, operation, path, text_answer};

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
    let html = answer("HTML").content("text/html", of_schema(ObjectBuilder::new().schema_type(Type::String))).build();
    let dashboard = operation(
        TAG,
        "dashboard",
        "The dashboard: a page that anybody may have, and that shows what is \
        read in its session",
    )
    .response("200", html.clone());
    let page = operation(TAG, "page", "This description, for people").response("200", html);
    let get = |name: &str, operation| path(name, vec![(HttpMethod::Get, operation)]);
    vec![
        get("/healthz", health),
        get("/-/ready", ready),
        get("/-/metrics", metrics),
        get("/-/", dashboard),
        session(),
        get("/api", page),
        get("/api/openapi.json", description),
    ]
}

/// Who is signed in to the dashboard.
fn session() -> Path {
    let about = "The cookie of a session holds the token, for 30 days at the most, and stands for it where something is \
        read. While no token is in force, programs on the server's own machine get one without.";
    let get = of_session("get_session", "Who is signed in, and what may be read")
        .description(Some(about))
        .response("200", signed_in().build());
    let token = object("A token.", &[("token", text("The token, `askfirst_...`."))]);
    let body = RequestBodyBuilder::new().required(Some(Required::True)).content("application/json", of_schema(token));
    let cookie = header("The cookie of the session; no script can read it");
    let create = of_session("create_session", "Sign in with a token")
        .request_body(Some(body.build()))
        .response("200", signed_in().header("set-cookie", cookie).build())
        .response("400", problem("There is no token in the body").build())
        .response("413", problem("The body is too long").build())
        .response("415", problem("The body is not sent as JSON").build());
    let gone = answer("The cookie is gone").header("set-cookie", header("The cookie of no session"));
    let end = operation(TAG, "end_session", "Sign out").response("204", gone.build());
    path("/-/session", vec![(HttpMethod::Get, get), (HttpMethod::Post, create), (HttpMethod::Delete, end)])
}

fn of_session(id: &str, summary: &str) -> OperationBuilder {
    let none = problem("There is no session, or its token is not in force; `tokens` tells whether any is")
        .header("www-authenticate", header("How a token is sent"));
    operation(TAG, id, summary)
        .response("401", none.build())
        .response("500", problem("The list of tokens can't be read; the server's log tells why").build())
}

fn signed_in() -> ResponseBuilder {
    answer("What may be read").content("application/json", of_schema(named("Session")))
}

/// What may be read by whom.
pub(super) fn session_schema() -> RefOr<Schema> {
    let app = object(
        "An app.",
        &[
            ("id", text("Its name in paths.")),
            ("title", text("The name people know it by.")),
            ("about", text("What it is.")),
            ("wire", word(&askfirst_core::wire::Wire::NAMES)),
        ],
    );
    let local = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("Whether no token is needed, because there is none and this is the server's own machine."));
    object(
        "What may be read in a session.",
        &[
            ("apps", ArrayBuilder::new().items(app).into()),
            ("local", local.into()),
            ("scope", text_or_null("What the token allows: `read` or `operate`.")),
            ("version", text("The server's.")),
        ],
    )
}
