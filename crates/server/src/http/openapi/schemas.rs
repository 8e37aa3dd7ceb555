//! What bodies of the native API look like.

use askfirst_contract::Rule;
use askfirst_core::wire::Wire;
use serde_json::{Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType,
};
use utoipa::openapi::{RefOr, Schema, Type};

use super::{named, operator, rights};

/// Those that are not about the contract.
const OTHER_RULES: [&str; 2] = ["not_json", "too_many_types"];
/// What `code` of a problem can be.
const CODES: [&str; 26] = [
    "not_json",
    "no_events",
    "no_token",
    "broken_encoding",
    "broken_off",
    "wrong_question",
    "unauthorized",
    "forbidden",
    "origin",
    "unknown_app",
    "no_install_id",
    "nothing_stored",
    "nothing_public",
    "wrong_place",
    "too_many_requests",
    "not_found",
    "no_events_here",
    "method_not_allowed",
    "too_slow",
    "too_large",
    "too_many_events",
    "unknown_encoding",
    "unknown",
    "unavailable",
    "unreadable",
    "too_many_streams",
];

/// An event as an example.
pub(super) fn example_event() -> Value {
    json!({
        "type": "launch", "id": "4f1c2e7a-5b0d-4a3e-9c61-0d5f8a2b7e43",
        "install": "9b2d6c10-8e4f-4c7a-b1d3-6f5a0e9c8d27", "version": "1.4.0", "minutes": 12,
    })
}

/// All of them, by name.
pub(super) fn all() -> [(&'static str, RefOr<Schema>); 21] {
    let verdicts = ["Accepted", "Duplicate", "Refused", "Limited"];
    let verdict = verdicts.iter().fold(OneOfBuilder::new(), |any, name| any.item(named(name)));
    [
        ("Event", event()),
        ("Events", events()),
        ("Verdicts", object("The answer to events.", &[("verdicts", list_of("Verdict", "One an event, in order."))])),
        ("Verdict", verdict.description(Some("What became of one event.")).into()),
        ("Accepted", object("Stored, durably.", &[("outcome", word(&["accepted"]))])),
        (
            "Duplicate",
            object("Stored before under the same event id; nothing changed.", &[("outcome", word(&["duplicate"]))]),
        ),
        ("Refused", refused()),
        ("Limited", limited()),
        ("Violation", violation()),
        ("Problem", problem()),
        ("Contract", contract()),
        ("EventType", event_type()),
        ("Stats", stats()),
        ("Install", rights::install()),
        ("Receipt", rights::receipt()),
        ("Public", rights::published()),
        ("Session", operator::session_schema()),
        ("Happening", happening()),
        ("AcceptedEvent", accepted_event()),
        ("LeftOut", left_out()),
        ("Counted", counted()),
    ]
}

/// An object whose members are all required.
pub(super) fn object(about: &str, members: &[(&str, RefOr<Schema>)]) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(about));
    members.iter().fold(object, |object, (name, schema)| object.property(*name, schema.clone()).required(*name)).into()
}

pub(super) fn text(about: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about)).into()
}

pub(super) fn whole(about: &str, min: i64, max: Option<i64>) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer).description(Some(about));
    number.minimum(Some(isize_of(min))).maximum(max.map(isize_of)).into()
}

fn isize_of(number: i64) -> isize {
    isize::try_from(number).unwrap_or(isize::MAX)
}

/// One of these texts.
pub(super) fn word(words: &[&str]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).into()
}

/// A text that may be `null`.
pub(super) fn text_or_null(about: &str) -> RefOr<Schema> {
    let text_or_null: SchemaType = [Type::String, Type::Null].into_iter().collect();
    ObjectBuilder::new().schema_type(text_or_null).description(Some(about)).into()
}

fn list_of(schema: &str, about: &str) -> RefOr<Schema> {
    ArrayBuilder::new().items(named(schema)).description(Some(about)).into()
}

fn event() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("An event. The contract says which types there are, and which fields each has."))
        .property("type", text("The name of a declared event."))
        .required("type")
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([example_event()])
        .into()
}

fn events() -> RefOr<Schema> {
    AnyOfBuilder::new()
        .item(named("Event"))
        .item(ArrayBuilder::new().items(named("Event")))
        .item(object("A batch.", &[("events", list_of("Event", "The events."))]))
        .description(Some("One event, an array, or an object that holds an array and no `type`."))
        .into()
}

fn refused() -> RefOr<Schema> {
    object(
        "Not what the contract declares; nothing was stored.",
        &[
            ("outcome", word(&["refused"])),
            ("violations", list_of("Violation", "All rules that the event breaks, at most 100.")),
        ],
    )
}

fn limited() -> RefOr<Schema> {
    object(
        "Over a limit; nothing was stored. The same event may be sent again later.",
        &[
            ("outcome", word(&["limited"])),
            ("limit", word(&["install", "address"])),
            ("retry_after", whole("Seconds until the limit lets one more through.", 1, None)),
        ],
    )
}

fn violation() -> RefOr<Schema> {
    let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).chain(OTHER_RULES).collect();
    object(
        "A rule that an event breaks. Never a value of it.",
        &[
            ("pointer", text("Where, as a JSON pointer (RFC 6901); empty for the event itself.")),
            ("rule", word(&rules)),
            ("hint", text("What would be right, in words.")),
        ],
    )
}

fn problem() -> RefOr<Schema> {
    object(
        "What is wrong with a request as a whole (RFC 9457).",
        &[
            ("type", word(&["about:blank"])),
            ("title", text("The name of the status.")),
            ("status", whole("The status.", 400, Some(599))),
            ("detail", text("What is wrong, in words.")),
            ("code", word(&CODES)),
        ],
    )
}

fn contract() -> RefOr<Schema> {
    let app = object(
        "The app.",
        &[
            ("id", text("Its name in paths.")),
            ("title", text("The name people know it by.")),
            ("about", text("What it is.")),
            ("wire", word(&Wire::NAMES)),
            ("text_unit", word(&["character", "utf-16"])),
        ],
    );
    let envelope = OneOfBuilder::new()
        .item(named("EventType"))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some("The fields that all events begin with."));
    let by = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
    let public = OneOfBuilder::new()
        .item(object("What they are counted by: roles, and paths of fields.", &[("by", by.into())]))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some("Counts of active installs that anybody may know; `null` where nothing is published."));
    object(
        "A contract, every default written out.",
        &[
            ("hash", text("Its version: the SHA-256 of its canonical form, as in the header `askfirst-contract`.")),
            ("app", app),
            ("policy", policy()),
            ("public", public.into()),
            ("envelope", envelope.into()),
            ("events", list_of("EventType", "The events that may be reported.")),
        ],
    )
}

fn policy() -> RefOr<Schema> {
    let rate = || text_or_null("Such as `10/h`; `null` is no limit.");
    let span = || text("A length of time such as `1d`.");
    object(
        "What happens to what is collected.",
        &[
            ("undeclared", word(&["reject", "discard"])),
            ("undeclared_events", word(&["reject", "envelope"])),
            ("retention", text("How long an event is kept, such as `90d`.")),
            (
                "limits",
                object("The most events in a span that slides along.", &[("install", rate()), ("address", rate())]),
            ),
            ("max_body", whole("The longest body, in bytes, decompressed as well.", 1, None)),
            ("max_batch", whole("The most events in a request.", 1, Some(1_000))),
            (
                "clock",
                object("How far the time of an event may lie from now.", &[("future", span()), ("past", span())]),
            ),
            ("allowed_origins", ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String)).into()),
        ],
    )
}

fn event_type() -> RefOr<Schema> {
    let path = || text_or_null("The name of the field, if there is one.");
    let field = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A field; what bounds its values depends on its type."))
        .property("name", text("Its dotted path."))
        .property("pointer", text("The same as a JSON pointer."))
        .property("type", text("What it may be."))
        .property("why", text("Why it is collected."))
        .property("required", ObjectBuilder::new().schema_type(Type::Boolean));
    let required = ["name", "pointer", "type", "why", "required"];
    let field = required.iter().fold(field, |field, name| field.required(*name));
    let field = field.additional_properties(Some(AdditionalProperties::FreeForm(true)));
    object(
        "A type of event.",
        &[
            ("type", text("Its name; empty for the envelope.")),
            ("about", text("What it tells.")),
            ("event_id", path()),
            ("install_id", path()),
            ("occurred_at", path()),
            ("fields", ArrayBuilder::new().items(field).description(Some("In the order of checks.")).into()),
        ],
    )
}

fn stats() -> RefOr<Schema> {
    let count = |about: &str| whole(about, 0, None);
    let reasons = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Events that were refused, by the reason."))
        .additional_properties(Some(count("How many.")));
    object(
        "How much there is. Days are UTC; an install is active on the day that its events tell of.",
        &[
            ("app", text("The id of the app.")),
            ("events", count("Events within retention.")),
            ("installs", count("Installs within retention.")),
            ("active_now", count("Installs that anything was received from in the last five minutes.")),
            ("active_today", count("Installs active today.")),
            ("active_this_week", count("Installs active since Monday.")),
            ("active_this_month", count("Installs active since the first of the month.")),
            ("duplicates", count("Events that were stored before.")),
            ("limited", count("Events over a limit.")),
            ("refused", reasons.into()),
            ("discarded_fields", count("Undeclared fields that were dropped from stored events.")),
        ],
    )
}

fn happening() -> RefOr<Schema> {
    ["AcceptedEvent", "LeftOut", "Counted"]
        .iter()
        .fold(OneOfBuilder::new(), |any, name| any.item(named(name)))
        .description(Some("Something that happened to events, as a live stream tells of it."))
        .into()
}

fn accepted_event() -> RefOr<Schema> {
    let fields = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The declared fields but the ids."))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    object(
        "An event that was accepted.",
        &[
            ("app", text("The id of the app.")),
            ("outcome", word(&["accepted"])),
            ("id", text("Its number in the ledger.")),
            ("type", text("Its type.")),
            ("received_at", text("When it was received (RFC 3339).")),
            ("occurred_at", text_or_null("When it happened, by the client's clock.")),
            ("fields", fields.into()),
        ],
    )
}

fn left_out() -> RefOr<Schema> {
    object(
        "Accepted events that are not told one by one.",
        &[
            ("app", text("The id of the app.")),
            ("outcome", word(&["accepted"])),
            ("left_out", whole("How many.", 1, None)),
        ],
    )
}

fn counted() -> RefOr<Schema> {
    object(
        "Events that had another outcome, or fields that were dropped.",
        &[
            ("app", text("The id of the app.")),
            ("outcome", word(&["duplicate", "limited", "refused", "discarded"])),
            ("reason", text("Why; empty where the outcome says all.")),
            ("field", text("The declared field that was at fault, as a JSON pointer, or empty.")),
            ("client_version", text("The version of the client, or empty.")),
            ("count", whole("How many.", 1, None)),
        ],
    )
}
