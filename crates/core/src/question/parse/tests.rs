//! What is asked by which parameters, and what is said about wrong ones.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::activity::Installs;
use crate::question::{Daily, ErrorCounts, Facts, NumberStats, Numbers, OutcomeRow, RecentEvent, Sets, ValueCounts};

const CONTRACT: &str = r#"
[app]
id = "mytool"
title = "My tool"
about = "A tool for tests."

[[event]]
type = "build"
about = "It built something."
event_id = "id"
install_id = "install"

[event.fields]
id = { type = "uuid", why = "to store it once" }
install = { type = "uuid", why = "to count installs" }
"tool.version" = { type = "version", role = "app_version", why = "which versions need fixes" }
mode = { type = "enum", values = ["fast", "thorough"], why = "which mode to keep" }
minutes = { type = "int", min = 0, why = "how long it is used" }
note = { type = "text", max = 8, optional = true, why = "what was done" }

[[event]]
type = "crash"
about = "It failed."
event_id = "id"

[event.fields]
id = { type = "uuid", why = "to store it once" }
fault = { type = "text", max = 100, role = "error", why = "what failed" }
"#;

/// Thursday, 2026-02-12.
const TODAY: Day = Day(20_496);

fn contract() -> Contract {
    Contract::parse("test", CONTRACT).unwrap()
}

/// The parameters of a query string without escapes.
fn parameters_of(query: &str) -> Vec<(String, String)> {
    let parameters = query.split('&').filter(|part| !part.is_empty());
    parameters.map(|part| part.split_once('=').unwrap()).map(|(name, value)| (name.into(), value.into())).collect()
}

fn parse(question: &str, query: &str) -> Result<What, String> {
    let ask = Ask::parse(question, &parameters_of(query), &contract(), Timestamp(TODAY.start().0 + 5))?;
    assert_eq!(ask.today, TODAY);
    Ok(ask.what)
}

/// The range of `outcomes`, which takes nothing else.
#[track_caller]
fn range(query: &str) -> String {
    match parse("outcomes", query) {
        Ok(What::Outcomes { range: Range { from, to } }) => format!("{from} {to}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_nobody_says_has_a_default() {
    let last = |days| Range::last(days, TODAY);
    let only = Only::default;
    assert_eq!(parse("active", ""), Ok(What::Active { range: last(30), per: Per::Day, by: None, only: only() }));
    assert_eq!(parse("retention", ""), Ok(What::Retention { range: last(84), per: Per::Week, only: only() }));
    assert_eq!(parse("retention", "per=day"), Ok(What::Retention { range: last(14), per: Per::Day, only: only() }));
    assert_eq!(
        parse("trend", ""),
        Ok(What::Trend { range: last(30), per: Per::Day, of: Measure::Events, only: only() })
    );
    assert_eq!(parse("versions", ""), Ok(What::Versions { range: last(30), only: only() }));
    assert_eq!(parse("outcomes", ""), Ok(What::Outcomes { range: last(30) }));
    assert_eq!(parse("recent", ""), Ok(What::Recent { event_type: None, limit: 20 }));
    let breakdown = parse("breakdown", "field=mode");
    let of = Of::Dimension("mode".to_owned());
    assert_eq!(breakdown, Ok(What::Breakdown { range: last(30), of, only: only(), top: 10 }));
    let Ok(What::Distribution { range, of: (name, minutes), only }) = parse("distribution", "field=minutes") else {
        panic!()
    };
    assert_eq!((range, name.as_str(), only), (last(30), "minutes", Only::default()));
    assert_eq!(minutes.places, [("build".to_owned(), "minutes".to_owned())]);
    let Ok(What::Errors { range, only, top, error, version }) = parse("errors", "") else { panic!() };
    assert_eq!((range, only, top), (last(7), Only::default(), 20));
    assert_eq!(error.places, [("crash".to_owned(), "fault".to_owned())]);
    assert_eq!(version.places, [("build".to_owned(), "tool.version".to_owned())]);
}

#[test]
fn a_range_is_told_by_its_end_or_both_ends() {
    assert_eq!(range("last=1d"), "2026-02-12 2026-02-12");
    assert_eq!(range("last=2w"), "2026-01-30 2026-02-12");
    assert_eq!(range("last=3d&to=2026-01-31"), "2026-01-29 2026-01-31");
    assert_eq!(range("to=2026-01-31"), "2026-01-02 2026-01-31");
    assert_eq!(range("from=2026-02-01"), "2026-02-01 2026-02-12");
    assert_eq!(range("from=2026-01-01&to=2026-01-01"), "2026-01-01 2026-01-01");
    assert_eq!(range("last=3660d").split(' ').next(), Some("2016-02-06"));
}

#[test]
fn dimensions_have_names_and_paths() {
    let asked = parse("active", "by=tool.version");
    let Ok(What::Active { by, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!(by, Some(("app_version".to_owned(), 20)));
    let of = |field: &str| match parse("breakdown", &format!("field={field}")) {
        Ok(What::Breakdown { of, .. }) => of,
        other => panic!("{other:?}"),
    };
    assert_eq!(of("tool.version"), Of::Dimension("app_version".to_owned()));
    let Of::Field(name, note) = of("note") else { panic!() };
    assert_eq!((name.as_str(), note.places), ("note", vec![("build".to_owned(), "note".to_owned())]));
}

#[test]
fn values_of_one_dimension_are_put_together() {
    let asked = "only=mode=fast&only=type=a=b&only=tool.version=1&only=mode=fast&only=app_version=2&only=mode=thorough";
    let one_of = |dimension: &str, values: &[&str], places: &[(&str, &str)]| {
        let places = places.iter().map(|(event, path)| ((*event).to_owned(), (*path).to_owned())).collect();
        let field = FieldPlaces { places, is_counts: false };
        OneOf { dimension: dimension.to_owned(), values: values.iter().map(|v| (*v).to_owned()).collect(), field }
    };
    let expected = Only {
        dimensions: vec![
            one_of("mode", &["fast", "thorough"], &[("build", "mode")]),
            one_of("type", &["a=b"], &[]),
            one_of("app_version", &["1", "2"], &[("build", "tool.version")]),
        ],
    };
    for question in ["active", "retention", "breakdown", "distribution", "trend", "versions", "errors"] {
        let query = match question {
            "breakdown" | "distribution" => format!("field=minutes&{asked}"),
            _ => asked.to_owned(),
        };
        let found = match parse(question, &query) {
            Ok(
                What::Active { only, .. }
                | What::Retention { only, .. }
                | What::Breakdown { only, .. }
                | What::Distribution { only, .. }
                | What::Trend { only, .. }
                | What::Versions { only, .. }
                | What::Errors { only, .. },
            ) => only,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{question}");
    }
    let many = |values: usize| (0..values).map(|value| format!("only=mode={value}")).collect::<Vec<_>>().join("&");
    assert!(parse("active", &many(100)).is_ok());
    assert_eq!(parse("active", &many(101)), Err("`only` may be given at most 100 times".to_owned()));
}

#[test]
fn numbers_have_a_trend() {
    let of = |query: &str| match parse("trend", query) {
        Ok(What::Trend { of, .. }) => of,
        other => panic!("{other:?}"),
    };
    assert_eq!((of("of=events"), of("of=installs")), (Measure::Events, Measure::Installs));
    for (query, expected) in [
        ("of=minutes", Stat::Mean),
        ("of=minutes&stat=sum", Stat::Sum),
        ("of=minutes&stat=median", Stat::Median),
        ("of=minutes&stat=p95", Stat::P95),
    ] {
        let Measure::Field(name, places, stat) = of(query) else { panic!("{query}") };
        assert_eq!((name.as_str(), stat, places.places.len()), ("minutes", expected, 1), "{query}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    let dimensions = "type, runtime, app_version, mode, error";
    let fields = format!("{dimensions}, tool.version, minutes, note, fault");
    for (question, query, expected) in [
        ("actve", "", "there is no question `actve`; did you mean `active`?"),
        (
            "weather",
            "last=1d",
            "there is no question `weather`; there are active, retention, breakdown, distribution, trend, versions, errors, recent, outcomes",
        ),
        ("active", "lst=1d", "there is no parameter `lst`; did you mean `last`?"),
        ("recent", "weather=1", "there is no parameter `weather`; there are type, limit"),
        ("active", "last=1d&last=2d", "`last` is given more than once"),
        ("active", "by=mode&per=day&by=mode", "`by` is given more than once"),
        ("active", "last=30", "`last` is a span such as 30d or 12w, not `30`"),
        ("active", "last=", "`last` is a span such as 30d or 12w, not ``"),
        ("active", "last=0d", "`last` is a span such as 30d or 12w, not `0d`"),
        ("active", "last=-1w", "`last` is a span such as 30d or 12w, not `-1w`"),
        ("active", "last=1m", "`last` is a span such as 30d or 12w, not `1m`"),
        ("active", "last=9999999999d", "`last` is a span such as 30d or 12w, not `9999999999d`"),
        ("active", "last=3661d", "at most 3660 days are answered at once"),
        ("active", "last=2147483647w", "at most 3660 days are answered at once"),
        ("active", "last=2147483647d&to=0000-01-01", "at most 3660 days are answered at once"),
        ("active", "from=2001-01-01", "at most 3660 days are answered at once"),
        ("active", "from=0000-01-01&to=9999-12-31", "at most 3660 days are answered at once"),
        ("active", "last=1d&from=2026-02-01", "give `last` or `from`, not both"),
        ("active", "from=yesterday", "`from` is a day such as 2026-02-12, not `yesterday`"),
        ("active", "to=2026-02-30", "`to` is a day such as 2026-02-12, not `2026-02-30`"),
        ("active", "to=2026-02-12T00:00:00Z", "`to` is a day such as 2026-02-12, not `2026-02-12T00:00:00Z`"),
        ("active", "from=2026-02-02&to=2026-02-01", "`from` (2026-02-02) is after `to` (2026-02-01)"),
        ("active", "from=2026-02-13", "`from` (2026-02-13) is after `to` (2026-02-12)"),
        ("active", "per=year", "`per` is one of day, week, month, not `year`"),
        ("retention", "per=month", "`per` is one of day, week, not `month`"),
        (
            "retention",
            "per=day&from=2025-02-11",
            "installs are followed through at most 366 periods (`per=day`) until today; give a later `from`",
        ),
        (
            "retention",
            "from=2015-06-01&to=2015-06-30",
            "installs are followed through at most 366 periods (`per=week`) until today; give a later `from`",
        ),
        ("active", "top=5", "`top` is for the values of a dimension; name the dimension in `by`"),
        ("active", "by=mode&top=0", "`top` is a number from 1 to 1000, not `0`"),
        ("errors", "top=0", "`top` is a number from 1 to 1000, not `0`"),
        ("breakdown", "field=mode&top=1001", "`top` is a number from 1 to 1000, not `1001`"),
        ("recent", "limit=many", "`limit` is a number from 1 to 1000, not `many`"),
        ("active", "by=mod", "there is no dimension `mod`; did you mean `mode`?"),
        ("active", "by=minutes", &format!("there is no dimension `minutes`; there are {dimensions}")),
        ("active", "only=mode", "`only` is DIMENSION=VALUE, not `mode`"),
        ("retention", "only=weather=fine", &format!("there is no dimension `weather`; there are {dimensions}")),
        ("breakdown", "", &format!("say which field; there are {fields}")),
        ("breakdown", "field=wheather", &format!("there is no field `wheather`; there are {fields}")),
        ("breakdown", "field=install", &format!("there is no field `install`; there are {fields}")),
        ("breakdown", "field=id", &format!("there is no field `id`; there are {fields}")),
        ("distribution", "", "say which field; those that hold numbers are minutes"),
        ("distribution", "field=note", "`note` holds no numbers; ask for its values with `breakdown`"),
        ("distribution", "field=app_version", "`app_version` holds no numbers; ask for its values with `breakdown`"),
        ("distribution", "field=minuts", "there is no field `minuts`; did you mean `minutes`?"),
        ("trend", "of=install", &format!("there is no field `install`; there are {fields}")),
        ("trend", "of=minuts", "there is no field `minuts`; did you mean `minutes`?"),
        ("trend", "of=note", "`note` holds no numbers; ask for its values with `breakdown`"),
        ("trend", "of=minutes&stat=max", "`stat` is one of sum, mean, median, p95, not `max`"),
        ("trend", "stat=sum", "`stat` is for the numbers in a field; name the field in `of`"),
        ("trend", "of=installs&stat=p95", "`stat` is for the numbers in a field; name the field in `of`"),
    ] {
        assert_eq!(parse(question, query), Err(expected.to_owned()), "{question}?{query}");
    }
}

#[test]
fn installs_are_followed_up_to_the_bound() {
    for query in ["per=day&from=2025-02-12", "per=week&from=2019-02-11&to=2019-02-17"] {
        assert!(parse("retention", query).is_ok(), "{query}");
    }
    assert!(parse("retention", "per=week&from=2019-02-10&to=2019-02-17").is_err());
    // Days to come are followed through as well.
    assert!(parse("retention", "per=day&from=2026-02-12&to=2027-02-12").is_ok());
    assert!(parse("retention", "per=day&from=2026-02-12&to=2027-02-13").is_err());
}

#[test]
fn what_was_asked_comes_back_cut() {
    let long = "\u{e9}".repeat(1_000);
    for (question, parameter) in [
        ("active", format!("{long}=1")),
        ("active", format!("last={long}")),
        ("active", format!("from={long}")),
        ("active", format!("per={long}")),
        ("active", format!("by={long}")),
        ("active", format!("only={long}")),
        ("active", format!("only={long}=1")),
        ("recent", format!("limit={long}")),
        ("breakdown", format!("field={long}")),
        ("trend", format!("stat={long}")),
    ] {
        let wrong = parse(question, &parameter).unwrap_err();
        assert_eq!(wrong.matches('\u{e9}').count(), 64, "{wrong}");
    }
}

/// A ledger that nobody reported to.
struct Nothing;

impl Facts for Nothing {
    type Error = std::convert::Infallible;

    fn first_day(&self) -> Result<Day, Self::Error> {
        Ok(Day(0))
    }

    fn sets(&self, _: &str, _: Range) -> Result<Sets, Self::Error> {
        Ok(Sets::new())
    }

    fn daily(&self, _: &str, _: Range) -> Result<Daily, Self::Error> {
        Ok(Daily::new())
    }

    fn first_days(&self, _: Range) -> Result<BTreeMap<Day, Installs>, Self::Error> {
        Ok(BTreeMap::new())
    }

    fn values(&self, _: &FieldPlaces, _: Range, _: &Only, _: u32) -> Result<ValueCounts, Self::Error> {
        Ok(ValueCounts::default())
    }

    fn numbers(&self, _: &FieldPlaces, _: Range, _: &Only, _: Per) -> Result<Vec<NumberStats>, Self::Error> {
        Ok(Vec::new())
    }

    fn each_number(&self, _: &FieldPlaces, _: Range, _: &Only) -> Result<Option<Numbers>, Self::Error> {
        Ok(None)
    }

    fn events(&self, _: Range, _: &Only) -> Result<BTreeMap<Day, u64>, Self::Error> {
        Ok(BTreeMap::new())
    }

    fn errors(&self, _: &FieldPlaces, _: &FieldPlaces, _: Range, _: &Only, _: u32) -> Result<ErrorCounts, Self::Error> {
        Ok(ErrorCounts::default())
    }

    fn recent(&self, _: Option<&str>, _: u32) -> Result<Vec<RecentEvent>, Self::Error> {
        Ok(Vec::new())
    }

    fn outcomes(&self, _: Range) -> Result<Vec<OutcomeRow>, Self::Error> {
        Ok(Vec::new())
    }

    fn outcomes_by_day(&self, _: Range) -> Result<BTreeMap<(Day, String), u64>, Self::Error> {
        Ok(BTreeMap::new())
    }
}

const VALUES: [&str; 10] =
    ["day", "week", "month", "mode", "minutes", "app_version", "sum", "installs", "mode=fast", "0000-01-01"];

/// A value as somebody may send it for any parameter.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&VALUES[..]).prop_map(str::to_owned),
        "[0-9]{1,12}[dw]?",
        "[0-9]{4}-(0[1-9]|1[0-2])-[0-2][0-9]",
        "\\PC*",
    ]
}

proptest! {
    /// Whatever is sent is answered, or refused in a sentence.
    #[test]
    fn any_parameters_are_answered_or_refused(
        question in prop::sample::select(&NAMES[..]),
        given in prop::collection::vec((any::<prop::sample::Index>(), value()), 0..4),
        today in 0..2_932_896, // to 9999-12-31
    ) {
        let known = parameters(question);
        let given: Vec<_> = given.into_iter().map(|(index, value)| ((*index.get(known)).to_owned(), value)).collect();
        match Ask::parse(question, &given, &contract(), Day(today).start()) {
            Ok(ask) => {
                let Ok(report) = ask.answer(&Nothing);
                prop_assert_eq!(report.question, question);
            }
            Err(wrong) => prop_assert!(!wrong.is_empty() && !wrong.ends_with('.'), "{}", wrong),
        }
    }
}
