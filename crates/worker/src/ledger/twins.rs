//! Whatever happens, a ledger on D1 answers as one on SQLite does: the same populations go through both.

use askfirst_contract::{Contract, InstallId, IsoWeek, Json, Timestamp};
use askfirst_core::question::Ask;
use askfirst_core::suite::NOON;
use askfirst_core::wire::Wire;
use askfirst_core::{Answer, Batch, Candidate, Event, Key, Ledger as _, Outcome, Question, Refused};
use askfirst_sqlite::{Settings, SqliteLedger};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::D1Ledger;
use crate::sqlite_database::SqliteDatabase;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1_440 * MINUTE;

const CONTRACT: &str = r#"
[app]
id = "probe"
title = "Probe"
about = "."
wire = "voicemode"

[policy]
undeclared = "discard"
undeclared_events = "envelope"
retention = "20d"
clock = { future = "3d", past = "60d" }
limits = { install = "off", address = "off" }

[envelope]
install_id = "install"

[envelope.fields]
install = { type = "uuid", none = "nobody", why = "w" }
version = { type = "text", max = 40, role = "app_version", optional = true, why = "w" }
os = { type = "text", max = 40, role = "platform", optional = true, why = "w" }
mode = { type = "enum", values = ["interactive", "ci"], role = "runtime", optional = true, why = "w" }

[[event]]
type = "run"
about = "."
event_id = "id"
occurred_at = "at"

[event.fields]
id = { type = "text", max = 40, why = "w" }
at = { type = "time", why = "w" }
ok = { type = "bool", optional = true, why = "w" }
took = { type = "int", optional = true, why = "w" }
ratio = { type = "number", optional = true, why = "w" }
picks = { type = "counts", max_keys = 9, max_key = 40, optional = true, why = "w" }
fault = { type = "text", max = 40, role = "error", optional = true, why = "w" }

[[event]]
type = "odd"
about = "."
event_id = "id"

[event.fields]
id = { type = "text", max = 40, why = "w" }
"#;

/// An event that is reported.
#[derive(Debug, Clone)]
struct Report {
    kind: &'static str,
    id: u16,
    is_latest: bool,
    install: Option<u8>,
    /// When it happened, from the time it is sent at, in milliseconds.
    at: i64,
    fields: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone)]
enum What {
    Append(Vec<Report>),
    /// On D1 alone: so many events.
    Fold(u32),
    Retain,
    Forget(u8),
}

fn report() -> impl Strategy<Value = Report> {
    let kinds = prop::sample::select(vec!["run", "run", "run", "odd", "ping"]);
    let at = prop_oneof![4 => Just(0), 3 => -3 * DAY..=0, 1 => -50 * DAY..=0, 1 => 0..=3 * DAY];
    let field = prop_oneof![
        prop::sample::select(vec!["1.2.0", "1.10.0", "dev \"x\"", "é"]).prop_map(|text| ("version", json!(text))),
        prop::sample::select(vec!["linux", "a\u{0}b", "日本"]).prop_map(|text| ("os", json!(text))),
        prop::sample::select(vec!["interactive", "ci"]).prop_map(|text| ("mode", json!(text))),
        any::<bool>().prop_map(|is_ok| ("ok", json!(is_ok))),
        (-9..50_i32).prop_map(|took| ("took", json!(took))),
        (-200..200_i16).prop_map(|ratio| ("ratio", json!(f64::from(ratio) / 8.0))),
        prop_oneof![4 => 0..9_i64, 1 => Just(i64::MAX)].prop_map(|count| ("picks", json!({ "a": count, "b": 1 }))),
        prop::sample::select(vec!["E1", "no route"]).prop_map(|text| ("fault", json!(text))),
    ];
    let fields = prop::collection::vec(field, 0..6);
    (kinds, 0..60_u16, prop::bool::weighted(0.2), prop::option::weighted(0.9, 0..7_u8), at, fields)
        .prop_map(|(kind, id, is_latest, install, at, fields)| Report { kind, id, is_latest, install, at, fields })
}

/// What happens, each so many milliseconds after what was before it.
fn story() -> impl Strategy<Value = Vec<(i64, What)>> {
    let after = prop_oneof![
        3 => 0..5_000_i64,
        3 => 0..300 * MINUTE,
        3 => 0..3 * DAY,
        1 => 5 * DAY..15 * DAY,
        1 => -2 * DAY..-MINUTE,
    ];
    let what = prop_oneof![
        6 => prop::collection::vec(report(), 1..12).prop_map(What::Append),
        3 => (1..9_u32).prop_map(What::Fold),
        1 => Just(What::Retain),
        1 => (0..7_u8).prop_map(What::Forget),
    ];
    prop::collection::vec((after, what), 1..20)
}

/// The same app on both hosts.
struct Twins {
    d1: D1Ledger<SqliteDatabase>,
    sqlite: SqliteLedger,
    contract: Contract,
    now: Timestamp,
    _folder: TempDir,
}

fn install(number: u8) -> InstallId {
    InstallId::Uuid((0x4000_8000_0000_0000_0000_u128 + u128::from(number)).to_be_bytes())
}

impl Twins {
    fn new() -> Self {
        let contract = Contract::parse("probe", CONTRACT).unwrap();
        let (folder, tables) = (TempDir::new().unwrap(), Wire::Voicemode.tables());
        let path = folder.path().join("probe.db");
        let sqlite = SqliteLedger::open(Settings { path, contract: contract.clone(), tables, now: NOON }).unwrap();
        let d1 = D1Ledger::new(SqliteDatabase::new(tables), contract.clone());
        Self { d1, sqlite, contract, now: NOON, _folder: folder }
    }

    fn play(&mut self, after: i64, what: &What) {
        self.now = Timestamp(self.now.0 + after);
        match what {
            What::Append(reports) => {
                let batch = || {
                    let candidates = reports.iter().map(|report| self.candidate(report)).collect();
                    Batch { candidates, address: "192.0.2.1".to_owned(), now: self.now }
                };
                let outcomes = |ledger: Vec<Outcome>| format!("{ledger:?}");
                assert_eq!(
                    outcomes(block_on(self.d1.append(batch())).unwrap()),
                    outcomes(block_on(self.sqlite.append(batch())).unwrap())
                );
            }
            What::Fold(events) => drop(block_on(self.d1.fold_some(*events)).unwrap()),
            What::Retain => {
                assert!(block_on(self.d1.fold(9)).unwrap());
                assert!(block_on(self.d1.retain(self.now)).unwrap());
                block_on(self.sqlite.retain(self.now)).unwrap();
            }
            What::Forget(number) => {
                let erased = block_on(self.d1.forget(install(*number), self.now)).unwrap();
                assert_eq!(erased.events, block_on(self.sqlite.forget(install(*number), self.now)).unwrap().events);
            }
        }
    }

    fn candidate(&self, report: &Report) -> Candidate {
        let InstallId::Uuid(uuid) = install(report.install.unwrap_or(0)) else { unreachable!() };
        let hex = format!("{:032x}", u128::from_be_bytes(uuid));
        let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        let mut event = Map::new();
        event.insert("type".to_owned(), report.kind.into());
        event.insert("id".to_owned(), report.id.to_string().into());
        event.insert("install".to_owned(), report.install.map_or("nobody".into(), |_| uuid.into()));
        event.insert("at".to_owned(), Timestamp(self.now.0 + report.at).to_string().into());
        event.extend(report.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let event = Value::Object(event).to_string();
        let json = Json::parse(event.as_bytes()).unwrap();
        let checked = self.contract.check_typed(&json, self.now).map_err(Refused::Contract)?;
        let mut event = Event::from(checked);
        if report.kind == "ping" {
            event.key = Key::Always;
        } else if report.is_latest {
            event.key = Key::Latest(report.id.to_string());
        }
        Ok(event)
    }

    /// Asks both; compares as JSON, which is what people get.
    fn check(&self) {
        let both = |question: &Question| {
            let (d1, sqlite) =
                (block_on(self.d1.answer(question.clone())), block_on(self.sqlite.answer(question.clone())));
            (d1.unwrap(), sqlite.unwrap())
        };
        for (name, parameters) in QUESTIONS {
            let parameters: Vec<_> = parameters.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            let ask = Ask::parse(name, &parameters, &self.contract, self.now).unwrap();
            let (Answer::Report(d1), Answer::Report(sqlite)) = both(&Question::Ask(ask)) else { unreachable!() };
            assert_eq!(d1.to_json().to_string(), sqlite.to_json().to_string(), "{name} {parameters:?}");
        }
        for week in ["2026-W36", "2026-W37"] {
            let question = Question::Public { week: IsoWeek::parse(week).unwrap(), by: Vec::new() };
            let (d1, sqlite) = both(&question);
            assert_eq!(d1, sqlite, "{week}");
        }
        let (Answer::Contracts(d1), Answer::Contracts(sqlite)) = both(&Question::Contracts(9)) else { unreachable!() };
        // D1 records the contract with the first event that may be stored.
        for recorded in d1 {
            assert_eq!((&recorded.hash, &recorded.text), (&sqlite[0].hash, &sqlite[0].text));
        }
        let (d1, sqlite) = both(&Question::Summary(self.now));
        assert_eq!(d1, sqlite);
        for number in 0..7 {
            let (d1, sqlite) = both(&Question::Install { id: install(number), after: 0, limit: 1_000 });
            assert_eq!(d1, sqlite, "install {number}");
        }
    }
}

type Parameters = &'static [(&'static str, &'static str)];

const QUESTIONS: [(&str, Parameters); 29] = [
    ("active", &[("last", "40d")]),
    ("active", &[("last", "10d"), ("only", "platform=linux")]),
    ("active", &[("last", "40d"), ("by", "platform")]),
    ("active", &[("last", "40d"), ("per", "week"), ("by", "app_version")]),
    ("active", &[("last", "40d"), ("by", "platform"), ("top", "1")]),
    ("active", &[("last", "40d"), ("by", "platform"), ("only", "runtime=ci"), ("only", "platform=linux")]),
    ("retention", &[("last", "20d"), ("per", "week")]),
    ("breakdown", &[("last", "40d"), ("field", "app_version"), ("only", "platform=linux"), ("only", "platform=日本")]),
    ("breakdown", &[("last", "40d"), ("field", "took"), ("only", "runtime=interactive"), ("only", "ok=true")]),
    ("trend", &[("last", "20d"), ("only", "platform=a\0b"), ("only", "type=run"), ("only", "type=ping")]),
    ("trend", &[("last", "20d"), ("only", "app_version=é")]),
    ("trend", &[("last", "20d"), ("of", "ratio"), ("only", "app_version=dev \"x\"")]),
    ("versions", &[("only", "platform=linux"), ("only", "runtime=interactive")]),
    ("errors", &[("last", "40d"), ("only", "app_version=1.2.0"), ("only", "app_version=é")]),
    ("breakdown", &[("last", "40d"), ("field", "platform"), ("top", "2")]),
    ("breakdown", &[("last", "40d"), ("field", "type")]),
    ("breakdown", &[("last", "40d"), ("field", "took"), ("top", "3")]),
    ("breakdown", &[("last", "40d"), ("field", "picks")]),
    ("distribution", &[("last", "40d"), ("field", "took")]),
    ("distribution", &[("last", "40d"), ("field", "ratio")]),
    ("distribution", &[("last", "40d"), ("field", "ratio"), ("only", "runtime=interactive")]),
    ("trend", &[("last", "20d"), ("of", "events")]),
    ("trend", &[("last", "20d"), ("of", "installs")]),
    ("trend", &[("last", "20d"), ("of", "took"), ("stat", "p95")]),
    ("trend", &[("last", "20d"), ("of", "ratio"), ("stat", "sum"), ("per", "week")]),
    ("versions", &[]),
    ("errors", &[("last", "40d")]),
    ("recent", &[]),
    ("outcomes", &[("last", "40d")]),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn answers_are_the_same(story in story()) {
        let mut twins = Twins::new();
        for (after, what) in &story {
            twins.play(*after, what);
        }
        twins.check();
        // And once everything is folded.
        block_on(twins.d1.fold(9)).unwrap();
        twins.check();
    }
}
