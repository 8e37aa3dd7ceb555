//! The description of the HTTP API: OpenAPI 3.1 for programs, and a page made of it for people.
//!
//! `docs/openapi.json` is a copy of what is served, for readers of the repository; a test holds the two together.

mod answers;
mod native;
mod operator;
mod page;
mod pages;
mod questions;
mod reads;
mod released;
mod rights;
mod schemas;

use std::sync::LazyLock;

use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItemBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Content, ContentBuilder, HttpMethod, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref,
    RefOr, Required, Schema, Type,
};

const ABOUT: &str = "The telemetry backend for tools that ask first. A contract says what a tool may report; what it \
    does not declare is never stored, and no value that was sent is ever sent back or logged. Every path that answers \
    `GET` answers `HEAD` as well.";

/// The description as JSON, indented.
pub(super) fn json() -> &'static str {
    static JSON: LazyLock<String> = LazyLock::new(|| {
        // Names and texts are all it is made of: there is nothing that could not be written.
        let mut json = description().to_pretty_json().unwrap_or_default();
        json.push('\n');
        json
    });
    &JSON
}

/// The style that stands in the page.
pub(super) fn page_style() -> &'static str {
    page::STYLE
}

/// The same as a page.
pub(super) fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| page::of(&serde_json::from_str(json()).unwrap_or_default()));
    &PAGE
}

fn description() -> OpenApi {
    let license = LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("askfirst")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license))
        .build();
    let tag = |name: &str, about: &str| TagBuilder::new().name(name).description(Some(about)).build();
    let paths = native::paths()
        .into_iter()
        .chain(rights::paths())
        .chain(pages::paths())
        .chain(reads::paths())
        .chain(operator::paths())
        .chain(released::paths());
    OpenApiBuilder::new()
        .info(info)
        .tags(Some([
            tag(native::TAG, native::ABOUT),
            tag(rights::TAG, rights::ABOUT),
            tag(reads::TAG, reads::ABOUT),
            tag(operator::TAG, operator::ABOUT),
            tag(released::TAG, released::ABOUT),
        ]))
        .paths(paths.fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item.build())))
        .components(Some(components().build()))
        .build()
}

fn components() -> ComponentsBuilder {
    let schemas = schemas::all().into_iter().chain(pages::all()).chain(answers::all());
    let components = schemas.fold(ComponentsBuilder::new(), |all, (name, schema)| all.schema(name, schema));
    reads::security().into_iter().fold(components, |all, (name, scheme)| all.security_scheme(name, scheme))
}

/// A path and what can be done there.
type Path = (String, PathItemBuilder);

fn path(path: impl Into<String>, operations: Vec<(HttpMethod, OperationBuilder)>) -> Path {
    let item = PathItemBuilder::new();
    (path.into(), operations.into_iter().fold(item, |item, (method, operation)| item.operation(method, operation)))
}

fn operation(tag: &str, id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new().tag(tag).operation_id(Some(id)).summary(Some(summary))
}

/// A parameter in the path, with a value for it that makes sense.
fn in_path(name: &str, about: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some(example.into()))
        .build()
}

fn answer(about: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(about)
}

fn text_answer(about: &str) -> Response {
    answer(about).content("text/plain", of_schema(ObjectBuilder::new().schema_type(Type::String))).build()
}

fn of_schema(schema: impl Into<RefOr<Schema>>) -> Content {
    ContentBuilder::new().schema(Some(schema)).build()
}

fn named(schema: &str) -> Ref {
    Ref::from_schema_name(schema)
}
