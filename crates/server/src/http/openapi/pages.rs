//! The public pages: what is collected, which contracts were in force, and what anybody may know.

use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType};
use utoipa::openapi::{HttpMethod, RefOr, Schema, Type};

use super::native::{about_app, preflight, problem, with_hash};
use super::rights::TAG;
use super::schemas::{object, text, text_or_null};
use super::{Path, answer, named, of_schema, operation, path};

pub(super) fn paths() -> Vec<Path> {
    vec![page(), contracts(), public_page()]
}

/// What their answers look like, by name.
pub(super) fn all() -> [(&'static str, RefOr<Schema>); 2] {
    [("Page", collected()), ("Contracts", history())]
}

fn page() -> Path {
    let about = "What the tool reports, field by field with its reason, how long it is kept, and how to see and erase it: \
        made from the contract in force, to be linked from a README.";
    let text = || of_schema(ObjectBuilder::new().schema_type(Type::String));
    let found = answer("The page")
        .content("text/html", text())
        .content("text/markdown", text())
        .content("application/json", of_schema(named("Page")));
    let format = ParameterBuilder::new()
        .name("format")
        .parameter_in(ParameterIn::Query)
        .description(Some("`html`, `markdown` or `json`"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some("html".into()));
    let get = about_app(operation(TAG, "get_page", "What is collected, and why").description(Some(about)))
        .parameter(format)
        .response("200", with_hash(found))
        .response("400", with_hash(problem("There is no such format")));
    let options = preflight(TAG, "preflight_get_page", "No content");
    path("/api/v1/{app}/what-we-collect", vec![(HttpMethod::Get, get), (HttpMethod::Options, options)])
}

fn contracts() -> Path {
    let about = "The newest first, up to 100, each with what changed against the one before, in the words of `askfirst \
        contract diff`.";
    let found = answer("The contracts").content("application/json", of_schema(named("Contracts")));
    let get = about_app(operation(TAG, "get_contracts", "Which contracts were in force").description(Some(about)))
        .response("200", with_hash(found))
        .response("500", with_hash(problem("The ledger can't be read; the server's log tells why")));
    let options = preflight(TAG, "preflight_get_contracts", "No content");
    path("/api/v1/{app}/contracts", vec![(HttpMethod::Get, get), (HttpMethod::Options, options)])
}

fn public_page() -> Path {
    let about = "What `public` tells, as figures, bars and tables, with the badge for a README.";
    let text = || of_schema(ObjectBuilder::new().schema_type(Type::String));
    let nothing = problem("There is no such app; or, as a page, its contract publishes nothing");
    let get = about_app(operation(TAG, "get_public_page", "What anybody may know, as a page").description(Some(about)))
        .response("200", with_hash(answer("The page").content("text/html", text())))
        .response("404", nothing.content("text/html", text()).build())
        .response("500", with_hash(problem("The ledger can't be read; the server's log tells why")));
    let options = preflight(TAG, "preflight_get_public_page", "No content");
    path("/api/v1/{app}/public-stats", vec![(HttpMethod::Get, get), (HttpMethod::Options, options)])
}

/// What is collected, as data.
fn collected() -> RefOr<Schema> {
    let any = |about: &str| -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(about)).into()
    };
    let list = |about: &str, items: RefOr<Schema>| -> RefOr<Schema> {
        ArrayBuilder::new().items(items).description(Some(about)).into()
    };
    let field = || {
        let members = [
            ("field", text("Its dotted path")),
            ("holds", text("What it holds")),
            ("example", any("An example of it; `null` where none can be made up")),
            ("why", text("What it is for")),
            ("sent", text("When it is sent")),
        ];
        object("A field", &members)
    };
    let event = [
        ("type", text("Its type")),
        ("about", text("What it tells")),
        ("fields", list("What it holds beside the fields of every event", field())),
        ("example", any("A complete one; `null` where none can be made up")),
    ];
    let app = [("id", text("Its id")), ("title", text("Its name")), ("about", text("What it is"))];
    let glance = [("what", text("What people ask")), ("answer", text("The answer"))];
    let command = [("name", text("Such as `erase`")), ("does", text("What it does")), ("command", text("For a shell"))];
    let commands = list("None where installs have no ids", object("A command", &command));
    let rights = [("words", text("In words")), ("commands", commands)];
    object(
        "The page of what is collected, as data: its texts, without their markup",
        &[
            ("app", object("The app", &app)),
            ("contract", text("The hash of the contract in force")),
            ("intro", text("What the page is")),
            ("at_a_glance", list("Short answers", object("A short answer", &glance))),
            ("with_every_event", list("The fields of every event", field())),
            ("events", list("The events", object("An event", &event))),
            (
                "any_other_event",
                text_or_null("What is kept of events that nobody declared; nothing where it is `null`"),
            ),
            ("never_kept", list("What never is", text("In words"))),
            ("retention", text("How long events are kept, such as `90d`")),
            ("kept", text("The same in words")),
            ("published", list("What is published; nothing where it is empty", text("In words"))),
            ("rights", object("How to see and erase what is one's own", &rights)),
            ("history", any("The latest `Contracts`; `null` where they can't be read")),
            ("how_to_check", text("Where this comes from")),
        ],
    )
}

/// The contracts that were in force.
fn history() -> RefOr<Schema> {
    let contract = object(
        "A contract",
        &[
            ("hash", text("Its hash")),
            ("since", text_or_null("When it came into force first; `null` where no event was stored under it yet")),
            ("in_force", ObjectBuilder::new().schema_type(Type::Boolean).into()),
            ("changes", ArrayBuilder::new().items(text("A change, as a sentence")).into()),
        ],
    );
    ArrayBuilder::new().items(contract).description(Some("The contracts that were in force, the newest first")).into()
}
