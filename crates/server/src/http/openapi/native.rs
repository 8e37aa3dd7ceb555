//! The native API.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{ContentBuilder, Header, HttpMethod, Required, Type};

use super::{Path, answer, in_path, named, of_schema, operation, path, schemas};

pub(super) const TAG: &str = "native";
pub(super) const ABOUT: &str = "For new tools. Each event gets a verdict of its own; only what is wrong with a request \
    as a whole is a problem. Every answer for a known app has the header `askfirst-contract`, whose value changes with \
    the contract. Web pages may send what the contract's `allowed_origins` let them.";

const SEND: &str = "One event, an array, `{\"events\": [...]}`, or one event a line. At most as many as the contract's \
    `max_batch`, in a body of at most its `max_body`. What is accepted is on stable storage before the answer is sent. \
    The same event ids may be sent again: none is stored twice.";

/// The prefixes of the native paths: the API's own, and the one that all apps have.
const PREFIXES: [(&str, &str); 2] = [("/api/v1/{app}", ""), ("/a/{app}", "_by_name")];

pub(super) fn paths() -> Vec<Path> {
    PREFIXES
        .iter()
        .flat_map(|(prefix, suffix)| {
            let preflight = |what: &str| {
                let about = "No content; browsers are told what the contract allows";
                preflight(TAG, &format!("preflight_{what}{suffix}"), about)
            };
            [
                path(
                    format!("{prefix}/events"),
                    vec![
                        (HttpMethod::Post, send(&format!("send_events{suffix}"))),
                        (HttpMethod::Options, preflight("events")),
                    ],
                ),
                path(
                    format!("{prefix}/contract"),
                    vec![
                        (HttpMethod::Get, contract(&format!("get_contract{suffix}"))),
                        (HttpMethod::Options, preflight("contract")),
                    ],
                ),
            ]
        })
        .collect()
}

fn send(id: &str) -> OperationBuilder {
    let verdicts = answer("A verdict an event, in order; also where all of them were refused")
        .content("application/json", of_schema(named("Verdicts")));
    let unsupported = problem("The body is compressed in a way that is not known here")
        .header("accept-encoding", header("The ways that are"));
    let wait = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
        .description(Some("Seconds after which another try makes sense"))
        .build();
    let unavailable = problem("Nothing was stored; the same events may be sent again").header("retry-after", wait);
    about_app(operation(TAG, id, "Send events").description(Some(SEND)))
        .parameter(content_encoding())
        .request_body(Some(body()))
        .response("200", with_hash(verdicts))
        .response("400", with_hash(problem("No JSON, no events, or nothing that can be decompressed")))
        .response("403", with_hash(problem("A web page of this origin may not send events")))
        .response("408", with_hash(problem("The body took too long to come")))
        .response("413", with_hash(problem("The body is too long, or holds too many events")))
        .response("415", with_hash(unsupported))
        .response("500", with_hash(problem("It can't be known what was stored; send the same events again")))
        .response("503", with_hash(unavailable))
}

fn contract(id: &str) -> OperationBuilder {
    let described = answer("The contract in force").content("application/json", of_schema(named("Contract")));
    about_app(operation(TAG, id, "Read the contract")).response("200", with_hash(described))
}

pub(super) fn preflight(tag: &str, id: &str, about: &str) -> OperationBuilder {
    let described = answer(about).header("allow", header("The methods of the path"));
    about_app(operation(tag, id, "Which methods there are")).response("204", with_hash(described))
}

/// What holds wherever an app stands in the path.
pub(super) fn about_app(operation: OperationBuilder) -> OperationBuilder {
    operation
        .parameter(in_path("app", "The id of the app, as its contract says.", "mytool"))
        .response("404", problem("There is no such app, or no such path of it").build())
}

fn content_encoding() -> Parameter {
    let encodings = ["identity", "gzip", "deflate", "zstd"];
    ParameterBuilder::new()
        .name("content-encoding")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("How the body is compressed; its bound holds for what it stands for as well."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(encodings))))
        .build()
}

fn body() -> RequestBody {
    let lines = format!("{}\n{}\n", schemas::example_event(), schemas::example_event());
    let lines_schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("One `Event` a line; a line that is no JSON is refused, and the others are not"));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(named("Events"))).example(Some(schemas::example_event())).build(),
        )
        .content(
            "application/x-ndjson",
            ContentBuilder::new().schema(Some(lines_schema)).example(Some(lines.into())).build(),
        )
        .build()
}

pub(super) fn problem(about: &str) -> ResponseBuilder {
    answer(about).content("application/problem+json", of_schema(named("Problem")))
}

pub(super) fn with_hash(response: ResponseBuilder) -> utoipa::openapi::Response {
    response.header(askfirst_core::wire::native::HASH_HEADER, header("The hash of the contract in force")).build()
}

pub(super) fn header(about: &str) -> Header {
    HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).description(Some(about)).build()
}
