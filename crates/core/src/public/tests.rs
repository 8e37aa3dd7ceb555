//! What is published of populations that the tests know.

use proptest::prelude::*;

use super::*;

const K: u64 = Public::SMALLEST_GROUP;

/// Every target is of one platform, which readers know.
const TARGETS: [(&str, &str); 6] = [
    ("linux-arm", "linux"),
    ("linux-x86", "linux"),
    ("linux-riscv", "linux"),
    ("mac-arm", "mac"),
    ("mac-x86", "mac"),
    ("windows-x86", "windows"),
];

fn contract(public: &str) -> Contract {
    let text = format!(
        r#"
[app]
id = "tool"
title = "Tool"
about = "A tool."

{public}

[[event]]
type = "run"
about = "It ran."
install_id = "install"

[event.fields]
install = {{ type = "uuid", why = "x" }}
version = {{ type = "version", role = "app_version", why = "x" }}
os = {{ type = "text", max = 40, role = "platform", why = "x" }}
target = {{ type = "enum", values = [{}], why = "x" }}
color = {{ type = "bool", why = "x" }}
"#,
        TARGETS.map(|(target, _)| format!("{target:?}")).join(", ")
    );
    Contract::parse("tool.toml", &text).unwrap()
}

fn all() -> Contract {
    contract("[public]\nby = [\"platform\", \"target\", \"color\"]")
}

fn week(name: &str) -> IsoWeek {
    IsoWeek::parse(name).unwrap()
}

fn exact(active: u64, tables: &[(&str, &[(&str, u64)])]) -> Exact {
    let table = |(name, installs): &(&str, &[(&str, u64)])| ExactTable {
        by: Dimension::named(name),
        installs: installs.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect(),
    };
    Exact { week: week("2026-W31"), active, tables: tables.iter().map(table).collect() }
}

/// The one table that is published of the dimension.
fn published(by: &str, active: u64, installs: &[(&str, u64)]) -> Table {
    let contract = contract(&format!("[public]\nby = [{by:?}]"));
    publish(&contract, &exact(active, &[(by, installs)])).unwrap().tables.remove(0)
}

fn shown(table: &Table) -> (Vec<(&str, u64)>, u64) {
    (table.groups.iter().map(|(value, count)| (value.as_str(), count.0)).collect(), table.other.0)
}

#[test]
fn what_is_not_declared_is_not_published() {
    let counts = exact(1_000, &[("platform", &[("linux", 700)]), ("target", &[("linux-x86", 700)])]);
    assert_eq!(publish(&contract(""), &counts), None);
    let total_only = publish(&contract("[public]"), &counts).unwrap();
    assert_eq!((total_only.active.get(), total_only.tables.len()), (1_000, 0));
    let by_target = publish(&contract("[public]\nby = [\"target\"]"), &counts).unwrap();
    assert_eq!(by_target.tables.len(), 1);
    assert!(!by_target.to_json().to_string().contains("\"linux\""), "{}", by_target.to_json());
    // A value that an earlier contract declared.
    assert_eq!(shown(&published("target", 80, &[("linux-x86", 40), ("beos-x86", 40)])), (vec![("linux-x86", 40)], 40));
    assert_eq!(shown(&published("color", 80, &[("true", 40), ("maybe", 40)])), (vec![("true", 40)], 40));
}

#[test]
fn what_clients_choose_is_shown_where_it_is_a_version_or_a_word() {
    let values = ["linux", "1.4.2-rc.1", "visit evil.example", "evil.example", "<b>", "-x", "", &"x".repeat(33)];
    let installs: Vec<_> = values.iter().map(|value| (*value, 20)).collect();
    assert_eq!(shown(&published("platform", 160, &installs)), (vec![("linux", 20)], 140));
    assert_eq!(shown(&published("app_version", 160, &installs)), (vec![("1.4.2-rc.1", 20)], 140));
}

#[test]
fn as_json_and_as_rows() {
    let contract = contract("[public]\nby = [\"app_version\", \"target\"]");
    let versions = [("1.4.2", 901), ("1.4.1", 260), ("1.5.0-rc.1", 19), ("0.9.0", 33)];
    let targets = [("linux-x86", 700), ("windows-x86", 547)];
    let counts = exact(1_247, &[("app_version", &versions), ("target", &targets)]);
    let published = publish(&contract, &counts).unwrap();
    let rows: Vec<_> = published.rows().iter().map(|row| row.join(",")).collect();
    let rows = format!("{}\n{}", Published::COLUMNS.join(","), rows.join("\n"));
    // The order of members is the build's affair.
    let expected = serde_json::json!({
        "app": "tool", "title": "Tool", "week": "2026-W31", "first_day": "2026-07-27", "last_day": "2026-08-02",
        "smallest_group": 20, "active": 1240,
        "tables": [
            { "by": "app_version", "other": 40, "groups": [
                { "value": "1.4.2", "installs": 900 },
                { "value": "1.4.1", "installs": 260 },
                { "value": "0.9.0", "installs": 20 },
            ] },
            { "by": "target", "other": 0, "groups": [
                { "value": "linux-x86", "installs": 700 },
                { "value": "windows-x86", "installs": 540 },
            ] },
        ],
    });
    assert_eq!(published.to_json(), expected);
    insta::assert_snapshot!(rows);
}

#[test]
fn a_small_group_is_not_the_total_less_the_rest() {
    // Only the smallest of the others can hide it; it must not be told by its absence either.
    let targets = [("linux-arm", 100), ("linux-x86", 59), ("mac-arm", 19)];
    assert_eq!(shown(&published("target", 178, &targets)), (vec![("linux-arm", 100)], 60));
    assert_eq!(shown(&published("color", 44, &[("true", 39), ("false", 5)])), (vec![], 40));
    // Nor are those that reported nothing.
    assert_eq!(shown(&published("color", 41, &[("true", 40)])), (vec![], 40));
    // What is large enough together needs no help.
    let targets = [("linux-arm", 100), ("linux-x86", 12), ("mac-arm", 13)];
    assert_eq!(shown(&published("target", 125, &targets)), (vec![("linux-arm", 100)], 20));
    assert_eq!(shown(&published("color", 60, &[("true", 40), ("false", 20)])), (vec![("true", 40), ("false", 20)], 0));
}

#[test]
fn fewer_installs_than_the_smallest_group_are_as_none() {
    let none = published("color", 0, &[]);
    assert_eq!(published("color", 19, &[("true", 19)]), none);
    assert_eq!(shown(&none), (vec![], 0));
}

#[test]
fn the_order_of_groups_tells_nothing_that_their_numbers_do_not() {
    let one = published("target", 84, &[("linux-arm", 25), ("mac-arm", 39), ("mac-x86", 20)]);
    let other = published("target", 84, &[("linux-arm", 39), ("mac-arm", 25), ("mac-x86", 20)]);
    assert_eq!(one, other);
}

#[test]
fn the_groups_of_a_table_are_bounded() {
    let versions: Vec<_> = (0..150).map(|n| (format!("1.{n}.0"), 20 + n)).collect();
    let installs: Vec<_> = versions.iter().map(|(version, count)| (version.as_str(), *count)).collect();
    let active = installs.iter().map(|(_, count)| count).sum();
    let table = published("app_version", active, &installs);
    assert_eq!(table.groups.len(), MOST_GROUPS);
    assert_eq!(table.groups[0].0, "1.140.0");
    assert!(table.other.get() >= 50 * K, "{:?}", table.other);
}

#[test]
fn the_week_that_is_over_is_the_same_all_week() {
    let at = |text: &str| week_before(Timestamp::parse(text).unwrap()).to_string();
    assert_eq!(at("2026-08-02T23:59:59.999Z"), "2026-W30");
    assert_eq!((at("2026-08-03"), at("2026-08-09T23:59:59.999Z")), ("2026-W31".to_owned(), "2026-W31".to_owned()));
    assert_eq!(at("2027-01-04"), "2026-W53");
    let published = publish(&all(), &exact(0, &[])).unwrap();
    assert_eq!(
        published.days(),
        Timestamp::parse("2026-07-27").unwrap().day()..=Timestamp::parse("2026-08-02").unwrap().day()
    );
}

/// What an install reported last in a week, if it reported anything: its target and its color, each perhaps not.
type Reported = Option<(Option<usize>, Option<bool>)>;

/// An install over three weeks.
type Install = [Reported; 3];

/// Whether an install is in a group: what a reader might know of it.
fn value(by: &str, reported: (Option<usize>, Option<bool>)) -> Option<String> {
    let target = reported.0.map(|index| TARGETS[index]);
    match by {
        "platform" => target.map(|(_, platform)| platform.to_owned()),
        "target" => target.map(|(target, _)| target.to_owned()),
        _ => reported.1.map(|color| color.to_string()),
    }
}

/// The ledger's part: counts every install of a week.
fn count(population: &[Install], index: usize) -> Exact {
    let active: Vec<_> = population.iter().filter_map(|install| install[index]).collect();
    let table = |by: &Dimension| {
        let mut installs: Vec<(String, u64)> = Vec::new();
        for value in active.iter().filter_map(|reported| value(by.name(), *reported)) {
            match installs.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count += 1,
                None => installs.push((value, 1)),
            }
        }
        ExactTable { by: by.clone(), installs }
    };
    let tables = all().public.unwrap().by.iter().map(table).collect();
    Exact { week: week(["2026-W29", "2026-W30", "2026-W31"][index]), active: active.len() as u64, tables }
}

/// Populations that are small enough for small groups, in which some of each week stay for the next.
fn population() -> impl Strategy<Value = Vec<Install>> {
    // Skewed: some targets are rare.
    let target = prop_oneof![8 => Just(0), 6 => Just(1), 1 => Just(2), 4 => Just(3), 2 => Just(4), 1 => Just(5)];
    let target = prop_oneof![1 => Just(None), 20 => target.prop_map(Some)];
    let color = prop_oneof![1 => Just(None), 12 => Just(Some(true)), 2 => Just(Some(false))];
    let reported = prop_oneof![1 => Just(None), 4 => (target, color).prop_map(Some)];
    let install = (reported.clone(), reported, 0..4_u32).prop_map(|(one, other, from)| {
        if from == 0 { [one, other, other] } else { [one, one, if from == 1 { other } else { one }] }
    });
    prop::collection::vec(install, 0..400)
}

/// Every number of a week, and every sum of groups that readers can make: of all of a table, and of each platform.
fn told(published: &Published) -> Vec<u64> {
    let mut told = vec![published.active.0];
    for table in &published.tables {
        let groups = table.groups.iter().map(|(_, count)| count.0);
        told.extend(groups.clone());
        told.extend([table.other.0, groups.clone().sum(), groups.sum::<u64>() + table.other.0]);
    }
    for platform in ["linux", "mac", "windows"] {
        let targets = published.tables[1].groups.iter().filter(|(target, _)| target.starts_with(platform));
        told.push(targets.map(|(_, count)| count.0).sum());
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever is subtracted from whatever: weeks, dimensions, totals, and sums of groups.
    #[test]
    fn no_difference_is_a_group_below_the_smallest(population in population()) {
        let weeks: Vec<_> = (0..3).map(|week| publish(&all(), &count(&population, week)).unwrap()).collect();
        let told: Vec<u64> = weeks.iter().flat_map(told).collect();
        for (one, other) in told.iter().flat_map(|one| told.iter().map(move |other| (one, other))) {
            prop_assert!(!(1..K).contains(&one.abs_diff(*other)), "{one} and {other} of {weeks:?}");
        }
    }

    /// Even a reader with exact numbers finds no small group in one table: its parts are large, or empty.
    #[test]
    fn no_part_of_a_table_is_a_group_below_the_smallest(population in population(), week in 0..3_usize) {
        let published = publish(&all(), &count(&population, week)).unwrap();
        let active: Vec<_> = population.iter().filter_map(|install| install[week]).collect();
        for table in &published.tables {
            let mut parts = vec![0_u64; table.groups.len() + 1];
            for reported in &active {
                let value = value(&table.by, *reported);
                let group = table.groups.iter().position(|(known, _)| Some(known) == value.as_ref());
                parts[group.unwrap_or(table.groups.len())] += 1;
            }
            let told: Vec<_> = table.groups.iter().map(|(_, count)| count.0).chain([table.other.0]).collect();
            for (part, told) in parts.iter().zip(&told) {
                let all_are_few = active.len() < 20;
                prop_assert!(*part == 0 || *part >= K || all_are_few, "{parts:?} in {table:?}");
                prop_assert!((*told..told + K).contains(part), "{parts:?} in {table:?}");
            }
        }
    }
}

#[test]
fn generated_populations_have_what_the_properties_are_about() {
    use proptest::strategy::ValueTree as _;

    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut joined, mut hidden, mut full) = (0, 0, 0);
    for _ in 0..300 {
        let counts = count(&population().new_tree(&mut runner).unwrap().current(), 1);
        let published = publish(&all(), &counts).unwrap();
        for (exact, table) in counts.tables.iter().zip(&published.tables) {
            let large = exact.installs.iter().filter(|(_, count)| *count >= K).count();
            let small = exact.installs.iter().filter(|(_, count)| *count < K).count();
            joined += usize::from(table.groups.len() < large);
            hidden += usize::from(small > 0 && table.groups.len() == large && large > 0);
            full += usize::from(small == 0 && large > 1);
        }
    }
    assert!(joined > 20 && hidden > 20 && full > 20, "{joined} joined, {hidden} hidden, {full} full");
}
