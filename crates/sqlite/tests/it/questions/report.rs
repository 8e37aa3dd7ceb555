//! What an app reports: generated, written as JSON, and what of it is to be stored and counted.

use std::collections::BTreeMap;

use askfirst_contract::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::contracts::{Terms, is_declared};

pub(super) const VERSIONS: [&str; 7] = ["1.2.0", "1.10.0", "v2.0.0-rc.1", "2.0.0", "2", "dev \"x\"", "é"];
pub(super) const SYSTEMS: [&str; 5] = ["linux", "macos", "a\u{0}b", "Plan 9", "日本 \"7\""];
pub(super) const FAULTS: [&str; 4] = ["E1", "no route to \"x\"", "a\u{0}b", "日本"];

/// An event that is reported.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) kind: &'static str,
    id: u16,
    /// `None` is nobody's.
    pub(super) install: Option<u8>,
    /// When it happened, from the time it is sent at, in milliseconds.
    at: i64,
    pub(super) version: Option<&'static str>,
    os: Option<&'static str>,
    mode: Option<&'static str>,
    is_ok: bool,
    tier: Option<&'static str>,
    fault: &'static str,
    took: Option<i32>,
    ratio: Option<i16>,
    tags: Vec<&'static str>,
    ports: Vec<i8>,
    flags: Vec<bool>,
    picks: BTreeMap<&'static str, i64>,
    /// How many fields that nobody declares it has.
    junk: u8,
}

/// Whether it is one of those that look like a version.
pub(super) fn is_shaped(version: &str) -> bool {
    VERSIONS[..5].contains(&version)
}

fn optional(texts: &[&'static str]) -> impl Strategy<Value = Option<&'static str>> + use<> {
    prop::option::weighted(0.8, prop::sample::select(texts.to_vec()))
}

const DAY: i64 = 86_400_000;

/// Mostly now, sometimes about an end of a day, long ago, or ahead.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => Just(0),
        3 => -2 * DAY..=0,
        2 => (-60..=0_i64).prop_map(|days| days * DAY),
        1 => -450 * DAY..=0,
        1 => 0..=3 * DAY + 10,
    ]
}

pub(super) fn report() -> impl Strategy<Value = Report> {
    let kinds = prop::sample::select(vec!["run", "run", "run", "run", "crash", "crash", "odd", "sync", "ping"]);
    let head = (kinds, 0..120_u16, prop::option::weighted(0.9, 0..9_u8), moment());
    let runtimes = ["interactive", "ci", "agent"];
    let who =
        (optional(&VERSIONS), optional(&SYSTEMS), optional(&runtimes), any::<bool>(), optional(&["free", "paid"]));
    let numbers =
        (prop::option::of(-9..50_i32), prop::option::of(-200..200_i16), prop::sample::select(FAULTS.to_vec()));
    let counts = prop_oneof![8 => 0..9_i64, 1 => Just(i64::MAX)];
    let lists = (
        prop::collection::vec(prop::sample::select(vec!["a", "b", "1", "é"]), 0..4),
        prop::collection::vec(-2..12_i8, 0..3),
        prop::collection::vec(any::<bool>(), 0..3),
        prop::collection::btree_map(prop::sample::select(vec!["a", "b.c", "\"é\"", ""]), counts, 0..4),
        0..3_u8,
    );
    (head, who, numbers, lists).prop_map(|(head, who, (took, ratio, fault), lists)| {
        let (kind, id, install, at) = head;
        let (version, os, mode, is_ok, tier) = who;
        let (tags, ports, flags, picks, junk) = lists;
        Report {
            kind,
            id,
            install,
            at,
            version,
            os,
            mode,
            is_ok,
            tier,
            fault,
            took,
            ratio,
            tags,
            ports,
            flags,
            picks,
            junk,
        }
    })
}

impl Report {
    /// The same under another id, of one of many installs.
    pub(super) fn numbered(&self, number: u16) -> Self {
        Self { id: 1_000 + number, install: self.install.map(|_| number.to_le_bytes()[0]), ..self.clone() }
    }

    /// Why it is refused, if it is: the rule and the field.
    pub(super) fn fault(&self, terms: Terms) -> Option<(&'static str, &'static str)> {
        let is_known = self.os.is_none_or(|os| matches!(os, "linux" | "macos"));
        let ahead = if terms == Terms::First { 3 * DAY } else { DAY / 24 };
        if terms == Terms::Second && !is_known {
            return Some(("enum", "/env/os"));
        }
        (self.tells_time(terms) && self.at > ahead).then_some(("future", "/at"))
    }

    /// When it happened, by the client's clock, where it tells.
    pub(super) fn occurred_at(&self, terms: Terms, now: Timestamp) -> Option<Timestamp> {
        self.tells_time(terms).then_some(Timestamp(now.0 + self.at))
    }

    fn tells_time(&self, terms: Terms) -> bool {
        is_declared(terms, self.kind) && self.kind != "odd"
    }

    /// The fields of the envelope and of its type, as far as they are declared; no ids.
    pub(super) fn stored(&self, terms: Terms, now: Timestamp) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| fields.insert(name.to_owned(), value));
        put("version", self.version.map(Value::from));
        put("mode", self.mode.map(Value::from));
        put("load", self.ratio.map(Value::from));
        put("env", self.os.map(|os| json!({ "os": os })));
        put("at", self.occurred_at(terms, now).map(|at| json!(at.to_string())));
        let (number, text) = (self.took.map(Value::from), self.took.map(|took| json!(format!("{took} s"))));
        match self.kind {
            "run" => {
                put("ok", Some(json!(self.is_ok)));
                put(if terms == Terms::First { "tier" } else { "plan" }, self.tier.map(Value::from));
                put("took", if terms == Terms::First { number } else { text });
                put("ratio", self.ratio.map(number_of));
                put("tags", Some(json!(self.tags)));
                put("ports", Some(json!(self.ports)));
                put("flags", Some(json!(self.flags)));
                put("picks", Some(json!(self.picks)));
                put("kinds", self.took.map(|took| json!({ "x": took.unsigned_abs() })));
                put("odd \"name\"", self.took.map(Value::from));
                put("digest", self.took.map(|took| json!(format!("{:02X}", took.unsigned_abs()))));
                put("since", Some(json!("2026-02-12")));
                put("needs", self.took.map(|took| json!(format!("1.{}.0", took.unsigned_abs()))));
                put("session", Some(json!("6ba7b810-9dad-11d1-80b4-00c04fd430c8")));
                put("free", Some(json!({ "any": [self.tags, null] })));
                if terms == Terms::First {
                    put("note", self.tier.map(Value::from));
                }
            }
            "crash" => {
                put("fault", Some(json!(self.fault)));
                put("ok", self.tier.map(|_| json!(self.is_ok)));
                put("took", self.ratio.map(number_of));
            }
            "odd" => {
                put("picks", Some(json!("a")));
                put("took", if terms == Terms::First { text } else { number });
            }
            _ => {}
        }
        fields
    }

    /// As it is sent.
    pub(super) fn json(&self, terms: Terms, now: Timestamp) -> Value {
        let mut sent = self.stored(terms, now);
        let install = self.install.map(|install| format!("00000000-0000-4000-8000-0000000000{install:02x}"));
        sent.insert("type".to_owned(), self.kind.into());
        sent.insert("install".to_owned(), install.unwrap_or("nobody".to_owned()).into());
        sent.insert("id".to_owned(), self.id.to_string().into());
        for number in 0..self.junk {
            sent.insert(format!("junk {number}"), Value::Null);
        }
        sent.into()
    }

    /// How many fields are dropped: those that nobody declared, which the id of an undeclared type is one of.
    pub(super) fn dropped(&self, terms: Terms) -> u64 {
        u64::from(self.junk) + u64::from(!is_declared(terms, self.kind))
    }

    /// What it is counted by: dimensions, values, and whether no client can have made the value up.
    pub(super) fn counted_by(&self, terms: Terms) -> Vec<(&'static str, String, bool)> {
        let is_declared = is_declared(terms, self.kind);
        let mut counted = vec![("type", self.kind, is_declared), ("runtime", self.mode.unwrap_or("interactive"), true)];
        counted.extend(self.version.map(|version| ("app_version", version, is_shaped(version))));
        counted.extend(self.os.map(|os| ("platform", os, terms == Terms::Second)));
        let ok = if self.is_ok { "true" } else { "false" };
        match self.kind {
            "run" => {
                counted.push(("ok", ok, true));
                let paid = if terms == Terms::First { "tier" } else { "plan" };
                counted.extend(self.tier.map(|tier| (paid, tier, true)));
            }
            "crash" => {
                counted.push(("error", self.fault, false));
                counted.extend(self.tier.map(|_| ("ok", ok, true)));
            }
            _ => {}
        }
        counted.into_iter().map(|(dimension, value, is_kept)| (dimension, value.to_owned(), is_kept)).collect()
    }
}

/// A quarter of it: whole numbers are stored without a point.
fn number_of(quarters: i16) -> Value {
    if quarters % 4 == 0 { json!(quarters / 4) } else { json!(f64::from(quarters) / 4.0) }
}
