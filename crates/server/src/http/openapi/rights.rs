//! What the people whose tools report may ask, and what anybody may know.

use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};
use utoipa::openapi::{HttpMethod, RefOr, Schema, Type};

use super::native::{about_app, header, preflight, problem, with_hash};
use super::schemas::{object, text, whole};
use super::{Path, answer, in_path, named, of_schema, operation, path};

pub(super) const TAG: &str = "rights";
pub(super) const ABOUT: &str = "For the people whose tools report. Whoever holds the id of an install gets all that is \
    stored under it, and has it erased; no list of ids is ever given. An address may ask 30 times an hour. What the \
    contract declares public is there for anybody: counts of whole weeks, no group below 20 installs.";

pub(super) fn paths() -> Vec<Path> {
    vec![
        path(
            "/api/v1/{app}/installs/{id}",
            vec![
                (HttpMethod::Get, tell()),
                (HttpMethod::Delete, erase()),
                (HttpMethod::Options, of_install(preflight(TAG, "preflight_install", "No content"))),
            ],
        ),
        readable("public", "get_public", "What anybody may know", "application/json"),
        readable("badge.svg", "get_badge", "The same as a badge: how many installs are active", "image/svg+xml"),
    ]
}

fn tell() -> OperationBuilder {
    let after = ParameterBuilder::new()
        .name("after")
        .parameter_in(ParameterIn::Query)
        .description(Some("The `next` of the answer before, where there is more than one answer holds"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some("0".into()));
    let stored =
        answer("All of it, or the first 1,000 events").content("application/json", of_schema(named("Install")));
    limited(of_install(about_app(operation(TAG, "get_install", "All that is stored of an install"))))
        .parameter(after)
        .response("200", with_hash(stored))
        .response("500", with_hash(problem("The ledger can't be read; the server's log tells why")))
}

fn erase() -> OperationBuilder {
    let about = "Events, activity and the install itself are erased before the answer is sent, and what comes late of it \
        is refused. Released clients are told then what makes them forget what they queued.";
    let receipt = answer("The receipt").content("application/json", of_schema(named("Receipt")));
    limited(of_install(about_app(operation(TAG, "erase_install", "Erase an install").description(Some(about)))))
        .response("200", with_hash(receipt))
        .response("500", with_hash(problem("It can't be known what was erased; ask again")))
        .response("503", with_hash(problem("Nothing was erased; ask again later")))
}

fn of_install(operation: OperationBuilder) -> OperationBuilder {
    let about = "The id of the install, as its tool shows it to its user.";
    operation.parameter(in_path("id", about, "550e8400-e29b-41d4-a716-446655440000"))
}

fn limited(operation: OperationBuilder) -> OperationBuilder {
    let wait = header("Seconds after which another try makes sense");
    operation
        .response("400", with_hash(problem("Installs of this app have ids of another form, or none")))
        .response("429", with_hash(problem("Too many requests of this address").header("retry-after", wait)))
}

/// A path that anybody may read.
fn readable(name: &str, id: &str, summary: &str, media: &str) -> Path {
    let schema = if media == "application/json" {
        of_schema(named("Public"))
    } else {
        of_schema(ObjectBuilder::new().schema_type(Type::String))
    };
    let found = answer("Of the last whole week, the same until the next one is over").content(media, schema);
    let get = about_app(operation(TAG, id, summary))
        .response("200", with_hash(found))
        .response("500", with_hash(problem("The ledger can't be read; the server's log tells why")));
    let options = preflight(TAG, &format!("preflight_{id}"), "No content");
    path(format!("/api/v1/{{app}}/{name}"), vec![(HttpMethod::Get, get), (HttpMethod::Options, options)])
}

/// All that is stored of an install.
pub(super) fn install() -> RefOr<Schema> {
    let event = object(
        "A stored event",
        &[
            ("type", text("Its type")),
            ("received_at", text("When it was received, ISO 8601 in UTC")),
            ("fields", ObjectBuilder::new().schema_type(Type::Object).description(Some("What it says")).into()),
        ],
    );
    object(
        "All that is stored of an install",
        &[
            ("app", text("The id of the app")),
            ("install_id", text("The id that was asked for")),
            ("first_active", text("The first UTC day it was active, by its own clock")),
            ("last_received", text("The last UTC day something was received of it")),
            ("events", ArrayBuilder::new().items(event).into()),
        ],
    )
}

/// That an install was erased.
pub(super) fn receipt() -> RefOr<Schema> {
    object(
        "That an install was erased",
        &[
            ("app", text("The id of the app")),
            ("erased", ObjectBuilder::new().schema_type(Type::Boolean).into()),
            ("events", whole("How many events were erased", 0, None)),
            ("receipt", text("What is left in the install's place: it names nobody, but the server knows it again")),
            ("at", text("When, ISO 8601 in UTC")),
        ],
    )
}

/// What anybody may know.
pub(super) fn published() -> RefOr<Schema> {
    let group =
        object("A group", &[("value", text("A value")), ("installs", whole("Installs, in steps of 20", 20, None))]);
    let table = object(
        "Active installs by something they report",
        &[
            ("by", text("What they are counted by")),
            ("groups", ArrayBuilder::new().items(group).into()),
            ("other", whole("Installs of all other values, and of none", 0, None)),
        ],
    );
    object(
        "Active installs of the last whole week; every number is rounded down to a multiple of 20",
        &[
            ("app", text("The id of the app")),
            ("title", text("The name people know it by")),
            ("week", text("The ISO week, such as 2026-W35")),
            ("first_day", text("Its Monday")),
            ("last_day", text("Its Sunday")),
            ("smallest_group", whole("No smaller group is told of", 1, None)),
            ("active", whole("Active installs", 0, None)),
            ("tables", ArrayBuilder::new().items(table).into()),
        ],
    )
}
