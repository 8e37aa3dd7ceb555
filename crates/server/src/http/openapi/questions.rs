//! The questions of operators, and their parameters.

use askfirst_core::question::parameters;
use serde_json::Value;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{HttpMethod, Required, Type};

use super::native::{preflight, problem, with_hash};
use super::reads::{TAG, with_token};
use super::{Path, answer, named, of_schema, operation, path};

/// A question.
struct Question {
    name: &'static str,
    summary: &'static str,
    about: &'static str,
    schema: &'static str,
}

const QUESTIONS: [Question; 9] = [
    Question {
        name: "active",
        summary: "How many installs were active, new and returning",
        about: "Of the last 30 days, unless a range is given. With `by`, installs are told apart by what they \
            reported, and there are no figures of new ones. Values beyond the first `top` are put together.",
        schema: "Active",
    },
    Question {
        name: "retention",
        summary: "How many of those that were new came back later",
        about: "Of those that were new in the last 84 days, or 14 with `per=day`, until today.",
        schema: "Retention",
    },
    Question {
        name: "breakdown",
        summary: "Which values a field has",
        about: "By events and by installs, of the last 30 days. With `only`, events of the values of a dimension are not \
            known, and the values with the most installs come first.",
        schema: "Breakdown",
    },
    Question {
        name: "distribution",
        summary: "How the numbers in a field are spread",
        about: "Of the last 30 days: the numbers in a declared `int` or `number`, as far as their events are stored.",
        schema: "Distribution",
    },
    Question {
        name: "trend",
        summary: "How something changes, with the time before beside it",
        about: "Of the last 30 days.",
        schema: "Trend",
    },
    Question {
        name: "versions",
        summary: "Which versions are used, and how old they are",
        about: "Of the last 30 days. A version is as old as the day it was seen first. With `only`, \
            installs are those that are meant; the days that a version was seen on are those of all.",
        schema: "Versions",
    },
    Question {
        name: "errors",
        summary: "What went wrong, since when and in which versions",
        about: "Of the last 7 days. Errors are the values of the field with the role `error`. With `only`, \
            events of each day are not known; the days that an error was seen on are those of all.",
        schema: "Errors",
    },
    Question {
        name: "recent",
        summary: "The latest events, without anything that tells whose they are",
        about: "By the time of their receipt.",
        schema: "Recent",
    },
    Question {
        name: "outcomes",
        summary: "What became of all that was reported: accepted, refused and why",
        about: "Of the last 30 days.",
        schema: "Outcomes",
    },
];

pub(super) fn paths() -> Vec<Path> {
    QUESTIONS.iter().map(|question| path(format!("/api/v1/{{app}}/{}", question.name), operations(question))).collect()
}

fn operations(question: &Question) -> Vec<(HttpMethod, OperationBuilder)> {
    let Question { name, summary, about, schema } = question;
    let csv = of_schema(ObjectBuilder::new().schema_type(Type::String));
    let found = answer(summary).content("application/json", of_schema(named(schema))).content("text/csv", csv);
    let get = with_token(operation(TAG, &format!("ask_{name}"), summary).description(Some(*about)))
        .response("200", with_hash(found))
        .response("400", with_hash(problem("A parameter is not right; `detail` tells what would be")));
    let get = parameters(name)
        .iter()
        .map(|parameter| self::parameter(name, parameter))
        .fold(get, OperationBuilder::parameter);
    let options = preflight(TAG, &format!("preflight_{name}"), "No content");
    vec![(HttpMethod::Get, get.parameter(format()).parameter(table())), (HttpMethod::Options, options)]
}

/// A parameter of any question.
fn parameter(question: &str, name: &str) -> Parameter {
    let text = |about: &str, example: &str| in_query(name, about, example).schema(Some(of_type(Type::String)));
    let number = |about: &str| in_query(name, about, 5).schema(Some(of_type(Type::Integer)));
    let word = |about: &str, words: &[&str]| {
        let schema = of_type(Type::String).enum_values(Some(words.iter().copied()));
        in_query(name, about, words[0]).schema(Some(schema))
    };
    match name {
        "last" => text("So many days or weeks, such as `30d` or `12w`, that end with `to`.", "30d"),
        "from" => text("The first UTC day, such as `2026-02-01`; instead of `last`.", "2026-02-01"),
        "to" => text("The last UTC day; today, unless it is given.", "2026-02-28"),
        "per" => word(
            "How long a period is; by itself a day, for `retention` a week. That question takes no months.",
            &["day", "week", "month"],
        ),
        "by" => text("A dimension: `type`, a role, or the path of an enum or bool of the contract.", "runtime"),
        "only" => text(
            "`DIMENSION=VALUE`: only installs that reported the value on the day; where events are read, only those that \
             have it. May be repeated: any of several values of one dimension, and all of several dimensions.",
            "runtime=interactive",
        ),
        "field" if question == "distribution" => {
            text("The path of a field that holds numbers.", "minutes").required(Required::True)
        }
        "field" => text("A dimension, or the path of a field.", "type").required(Required::True),
        "top" => number("How many by name, at most 1000. Unless it is given, 20; of a `breakdown`, 10. In `active`, with `by`."),
        "of" => text("`events`, `installs`, or the path of a field that holds numbers.", "installs"),
        "stat" => word("Of the numbers in a field; the mean, unless it is given.", &["mean", "sum", "median", "p95"]),
        "type" => text("Only events of this type.", "launch"),
        _ => number("How many, at most 1000; 20, unless it is given."),
    }
    .build()
}

fn format() -> Parameter {
    let about = "How the answer is written. As CSV (RFC 4180) it is one table alone.";
    let schema = of_type(Type::String).enum_values(Some(["json", "csv"]));
    in_query("format", about, "csv").schema(Some(schema)).build()
}

fn table() -> Parameter {
    let about =
        "With `format=csv`, which table: a member of the answer that is an array; the first, unless it is given.";
    in_query("table", about, "values").schema(Some(of_type(Type::String))).build()
}

fn in_query(name: &str, about: &str, example: impl Into<Value>) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .example(Some(example.into()))
}

fn of_type(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

#[cfg(test)]
mod tests {
    use askfirst_core::question::NAMES;

    #[test]
    fn all_questions_are_described() {
        assert_eq!(super::QUESTIONS.map(|question| question.name), NAMES);
    }
}
