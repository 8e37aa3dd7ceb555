//! What the answers to questions look like. Days are texts such as `2026-02-12`.

use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, SchemaType};
use utoipa::openapi::{RefOr, Schema, Type};

use super::schemas::{text, text_or_null, word};

/// The name of a member and what it holds.
type Member = (&'static str, RefOr<Schema>);

/// All of them, by name.
pub(super) fn all() -> [(&'static str, RefOr<Schema>); 10] {
    [
        ("Active", active()),
        ("Retention", retention()),
        ("Breakdown", breakdown()),
        ("Distribution", distribution()),
        ("Trend", trend()),
        ("Versions", versions()),
        ("Errors", errors()),
        ("Recent", recent()),
        ("Outcomes", outcomes()),
        ("Undeclared", undeclared()),
    ]
}

fn active() -> RefOr<Schema> {
    let others = [
        ("values", count("How many values that are.")),
        ("installs", count("Distinct installs that were active with any of them.")),
        ("share", share("Their share of all.")),
    ];
    let others = record("All values that are not among `values`.", &others, &[]);
    let other_period = [period(), ("installs", count("Distinct installs active with any of the others.")), running()];
    let other_period = record("A period, in order.", &other_period, &[]);
    let period = record(
        "A period, in order; with `by`, one for each value as well.",
        &[period(), ("installs", count("Distinct installs active in it.")), running()],
        &[
            ("new", count("Those of them that were heard of first in it.")),
            ("returning", count("The others.")),
            ("last_7", count("Installs active in the 7 days that end with it. Only where a period is a day.")),
            ("last_28", count("The same of 28 days.")),
            ("stickiness", share("The share of those of 28 days that was active on the day.")),
            ("value", text("The value of the dimension.")),
        ],
    );
    let value = [
        ("value", text("The value.")),
        ("installs", count("Distinct installs that were active with it.")),
        ("share", share("Their share of all; the shares of several values can be more than 1.")),
    ];
    answer(
        "active",
        "Installs that were active.",
        &[
            from(),
            to(),
            per(),
            ("installs", count("Distinct installs active in the range.")),
            ("periods", list("The periods.", period)),
        ],
        &[
            ("by", text("The dimension.")),
            ("new", count("Installs that were heard of first in the range.")),
            ("returning", count("The others.")),
            ("values", list("Those with the most installs in the whole range.", record("A value.", &value, &[]))),
            ("other", list("None or one: the rest.", others)),
            ("other_periods", list("The periods of the rest, if there is one.", other_period)),
        ],
    )
}

fn retention() -> RefOr<Schema> {
    let cohort = |about: &str, later: RefOr<Schema>| {
        let cohort = [("cohort", text("The period they were new in.")), ("installs", count("How many they were."))];
        list(about, record_with(object("A cohort.", &cohort, &[]), later))
    };
    let later = "So many periods later; `null` for those that have not come.";
    answer(
        "retention",
        "How many of those that were new in a period were active later. Members `1`, `2` and so on tell of as many \
         periods later.",
        &[
            from(),
            to(),
            per(),
            ("running", text("The period that is not over.")),
            ("counts", cohort("How many came back.", count(later))),
            ("shares", cohort("Which share of them did.", share(later))),
        ],
        &[],
    )
}

fn breakdown() -> RefOr<Schema> {
    let figures = || [share_of("share", "events"), ("installs", installs()), share_of("install_share", "installs")];
    let either = || [("events", count("Events.")), ("sum", count("In place of events: the sum of a count by name."))];
    let with = |first: Member| [vec![first], figures().to_vec()].concat();
    let value = record("A value, the most frequent first.", &with(("value", text("The value."))), &either());
    let other = record(
        "All values that are not among `values`.",
        &with(("values", count("How many values that are."))),
        &either(),
    );
    answer(
        "breakdown",
        "Which values a field has.",
        &[
            from(),
            to(),
            ("field", text("The dimension, or the path of the field.")),
            ("installs", installs()),
            ("values", list("The most frequent values.", value)),
            ("other", list("None or one: the rest.", other)),
        ],
        &either(),
    )
}

fn distribution() -> RefOr<Schema> {
    let bucket = [
        ("from", number("The least that falls into it.")),
        ("to", number("What falls into it is less; in the last bucket, not more.")),
        ("events", count("Events.")),
        share_of("share", "events"),
    ];
    let bucket = record("A bucket, in order; there is none where there are no numbers.", &bucket, &[]);
    answer(
        "distribution",
        "How the numbers in a field are spread.",
        &[
            from(),
            to(),
            ("field", text("The path of the field.")),
            (
                "too_many",
                flag(
                    "Whether there are more numbers than are read for one answer. Then nothing is told; ask about fewer days.",
                ),
            ),
            ("events", count("Events that have a number there.")),
            ("installs", installs()),
            ("min", number("The least; `null` where there is none, as below.")),
            ("median", number("The middle one, or the mean of the two in the middle.")),
            ("mean", number("The mean.")),
            ("p95", number("The smallest that at least 95 % are not above.")),
            ("max", number("The largest.")),
            ("buckets", list("At most 24 buckets with round bounds.", bucket)),
        ],
        &[],
    )
}

fn trend() -> RefOr<Schema> {
    let period = [
        period(),
        ("value", number("The figure; `null` where there is none.")),
        ("before", number("That of the period as far from the first as this one, before the range.")),
        running(),
    ];
    answer(
        "trend",
        "How something changes, with as many periods before beside it.",
        &[
            from(),
            to(),
            ("before_from", text("The first day of the time before.")),
            ("before_to", text("The last day of the time before.")),
            per(),
            ("of", text("What: `events`, `installs` or the path of a field.")),
            ("total", number("Over the whole range, where that can be told.")),
            ("total_before", number("The same of the time before.")),
            ("periods", list("The periods.", record("A period, in order.", &period, &[]))),
        ],
        &[("stat", word(&["sum", "mean", "median", "p95"]))],
    )
}

fn versions() -> RefOr<Schema> {
    let version = [
        ("version", text("The version.")),
        ("first_seen", text("The first day it was reported on.")),
        ("last_seen", text("The last one.")),
        ("installs", count("Installs that reported it in the last 7 days of the range.")),
        share_of("share", "installs"),
        (
            "days",
            counts_or_null("Installs on each day of the range; `null` with `only`, where they are not known any more."),
        ),
    ];
    let age = ObjectBuilder::new().schema_type(or_null(Type::Integer)).minimum(Some(0));
    let age =
        age.description(Some("Half of the installs use a version that was seen first so many days ago, or later."));
    let older = || share("The share of installs whose latest version is older.");
    answer(
        "versions",
        "Which versions are used.",
        &[
            from(),
            to(),
            ("running", flag("Whether the running day is in the range.")),
            ("installs", count("Installs that reported any version in the last 7 days of the range.")),
            ("median_age_days", age.into()),
            ("older_than_30_days", older()),
            ("older_than_90_days", older()),
            ("older_than_180_days", older()),
            (
                "versions",
                list("The versions reported in the range.", record("A version, the latest first.", &version, &[])),
            ),
        ],
        &[],
    )
}

fn errors() -> RefOr<Schema> {
    let error = [
        ("error", text("The value of the field with the role `error`.")),
        ("events", count("Events.")),
        ("installs", installs()),
        ("first_seen", text_or_null("The first day it was ever reported on.")),
        ("last_seen", text_or_null("The last day up to the end of the range.")),
        ("versions", list("Those that reported it, the latest first.", text("A version."))),
        ("days", counts_or_null("Events on each day of the range; `null` with `only`.")),
    ];
    answer(
        "errors",
        "What went wrong.",
        &[
            from(),
            to(),
            ("events", count("Events that tell of an error.")),
            ("installs", count("Distinct installs that had one.")),
            ("install_share", share("Their share of the installs that were active.")),
            ("errors", list("The errors.", record("An error, the most frequent first.", &error, &[]))),
        ],
        &[],
    )
}

fn recent() -> RefOr<Schema> {
    let fields = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The declared fields, but for the ids of event and install."))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    let event = [
        ("received_at", text("When it was received.")),
        ("occurred_at", text_or_null("When it happened, by the client's clock.")),
        ("type", text("Its type.")),
        ("fields", fields.into()),
    ];
    let events = list("The events.", record("An event, the latest first.", &event, &[]));
    answer("recent", "The latest events, without anything that tells whose they are.", &[("events", events)], &[])
}

fn outcomes() -> RefOr<Schema> {
    let each = || {
        [
            ("accepted", count("Events that were stored.")),
            ("duplicate", count("Events that were stored before.")),
            ("limited", count("Events over a limit.")),
            ("refused", count("Events that are not what the contract declares.")),
            ("discarded", count("Undeclared fields that were dropped from accepted events.")),
        ]
    };
    let row = [
        ("outcome", word(&["accepted", "duplicate", "limited", "refused", "discarded"])),
        ("reason", text("Why; empty where nothing needs one.")),
        ("field", text("The declared place, as a JSON pointer; or empty.")),
        ("client_version", text("The client's version; empty where it is not known.")),
        ("count", count("How many.")),
        ("first_day", text("The first day of receipt.")),
        ("last_day", text("The last one.")),
    ];
    let day = [vec![("day", text("The day of receipt."))], each().to_vec(), vec![running()]].concat();
    answer(
        "outcomes",
        "What became of all that was reported, by the day of receipt.",
        &[
            vec![from(), to()],
            each().to_vec(),
            vec![
                ("counts", list("By reason.", record("A reason, the most frequent first.", &row, &[]))),
                ("days", list("By day.", record("A day, in order.", &day, &[]))),
            ],
        ]
        .concat(),
        &[],
    )
}

fn undeclared() -> RefOr<Schema> {
    let since = "When the server began to count: at its start, or when it read its contracts again.";
    let each = || {
        [
            ("refused", count("Events that were refused, for that if not for more.")),
            ("discarded", count("Events that were stored without it.")),
        ]
    };
    let name = [
        vec![
            ("kind", word(&["field", "event"])),
            ("name", text("The name, of a field with the objects around it; empty where it is not shaped like one.")),
            ("client_version", text("The client's version; empty where it is not known.")),
        ],
        each().to_vec(),
        vec![("last", text("When the last of them came."))],
    ]
    .concat();
    let others = record("Those of further names, once there are 256 names and versions.", &each(), &[]);
    answer(
        "undeclared",
        "What clients send and nobody declared. Names are kept in the server's memory alone.",
        &[
            ("since", text(since)),
            ("names", list("By name.", record("A name, the most frequent first.", &name, &[]))),
            ("others", others),
        ],
        &[],
    )
}

/// The answer to a question: its name and its figures and tables, some of which are not always there.
fn answer(question: &str, about: &str, always: &[Member], sometimes: &[Member]) -> RefOr<Schema> {
    let always = [&[("question", word(&[question]))], always].concat();
    record(about, &always, sometimes)
}

fn record(about: &str, always: &[Member], sometimes: &[Member]) -> RefOr<Schema> {
    Schema::Object(object(about, always, sometimes)).into()
}

/// The same with any other members, each of which holds this.
fn record_with(object: Object, others: RefOr<Schema>) -> RefOr<Schema> {
    ObjectBuilder::from(object).additional_properties(Some(AdditionalProperties::RefOr(others))).into()
}

fn object(about: &str, always: &[Member], sometimes: &[Member]) -> Object {
    let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(about));
    let object = sometimes.iter().fold(object, |object, (name, schema)| object.property(*name, schema.clone()));
    let add = |object: ObjectBuilder, (name, schema): &Member| object.property(*name, schema.clone()).required(*name);
    always.iter().fold(object, add).build()
}

fn list(about: &str, items: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items).description(Some(about)).into()
}

/// A count, or `null` where it is not known any more: of installs before the days whose activity is kept.
fn count(about: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(or_null(Type::Integer)).minimum(Some(0)).description(Some(about)).into()
}

/// A number, or `null` where there is none.
fn number(about: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(or_null(Type::Number)).description(Some(about)).into()
}

fn counts_or_null(about: &str) -> RefOr<Schema> {
    let counts = ArrayBuilder::new().schema_type(or_null(Type::Array)).items(count("How many."));
    counts.description(Some(about)).into()
}

fn flag(about: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about)).into()
}

/// A part of a whole; `null` where that is nothing.
fn share(about: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(or_null(Type::Number)).minimum(Some(0)).description(Some(about)).into()
}

fn share_of(name: &'static str, whole: &str) -> Member {
    (name, share(&format!("The share of all {whole}, from 0 to 1.")))
}

fn or_null(kind: Type) -> SchemaType {
    [kind, Type::Null].into_iter().collect()
}

fn from() -> Member {
    ("from", text("The first day of the range; with whole periods, that of the first one."))
}

fn to() -> Member {
    ("to", text("The last day."))
}

fn per() -> Member {
    ("per", word(&["day", "week", "month"]))
}

fn period() -> Member {
    ("period", text("Such as `2026-02-12`, `2026-W07` or `2026-02`."))
}

fn running() -> Member {
    ("running", flag("Whether there may be more of it: the running day lies in it."))
}

fn installs() -> RefOr<Schema> {
    count("Distinct installs.")
}
