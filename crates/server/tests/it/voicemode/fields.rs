//! Row 13 and the limits of texts and maps: every declared field that need not be there.

use serde_json::{Map, Value, json};

use super::{accepts, refuses};
use crate::harness::{Home, Ledger, Report, at, now};

const TEXTS: [&str; 5] = ["installation_method", "mcp_host", "execution_source", "install_method", "exec_source"];
const MAPS: [&str; 5] =
    ["duration_distribution", "transport_usage", "exchanges_per_session", "provider_usage.tts", "provider_usage.stt"];
/// The maps whose keys are the client's own to choose.
const OPEN_MAPS: [&str; 3] = ["transport_usage", "provider_usage.tts", "provider_usage.stt"];

fn counts(keys: usize) -> Value {
    (0..keys).map(|key| (format!("key-{key}"), json!(1))).collect::<Map<_, _>>().into()
}

#[test]
fn what_is_optional_may_be_missing_or_null() {
    let home = Home::new();
    let server = home.serve();
    let maps = MAPS.map(|map| format!("usage.{map}"));
    let mut paths: Vec<String> = TEXTS.map(|text| format!("environment.{text}")).into();
    paths.extend(maps);
    paths.extend(["usage.provider_usage", "usage.total_exchanges", "period_start", "period_end"].map(String::from));
    let mut none = Report::new();
    for path in &paths {
        accepts(&server, &format!("{path}: null"), &Report::new().with(path, Value::Null));
        accepts(&server, &format!("{path} missing"), &Report::new().without(path));
        none = if path.contains("provider_usage.") { none } else { none.with(path, Value::Null) };
    }
    accepts(&server, "all null", &none);
}

#[test]
fn a_report_of_the_released_client_passes() {
    let home = Home::new();
    let server = home.serve();
    let time = at(now()) + ".123456+00:00";
    let report = Report::new()
        .with("timestamp", time.as_str())
        .with("period_start", at(now() - time::Duration::days(1)) + ".123456+00:00")
        .with("period_end", time)
        .with(
            "environment",
            json!({
                "os": "Darwin", "version": "8.1.0", "install_method": "uv", "mcp_host": null, "exec_source": "mcp",
            }),
        )
        .with(
            "usage",
            json!({
                "total_sessions": 3, "total_exchanges": 21,
                "exchanges_per_session": {"0": 0, "1-5": 1, "6-10": 2, "11-20": 0},
                "duration_distribution": {"<1min": 0, "1-5min": 3}, "transport_usage": {"local": 3, "livekit": 0},
                "provider_usage": {"tts": {"kokoro": 3}, "stt": {"whisper-local": 3}},
            }),
        );
    accepts(&server, "complete", &report);
    let ledger = Ledger::open(&home);
    let kept = |column: &str, path: &str| -> Option<String> {
        let sql = format!("SELECT CAST(json_extract({column}, ?2) AS TEXT) FROM events WHERE event_id = ?1");
        ledger.one(&sql, [report.event_id(), path])
    };
    assert_eq!(kept("environment", "$.install_method").as_deref(), Some("uv"));
    assert_eq!(kept("environment", "$.exec_source").as_deref(), Some("mcp"));
    assert_eq!(kept("environment", "$.mcp_host"), None);
    assert_eq!(kept("usage", "$.total_exchanges").as_deref(), Some("21"));
    assert_eq!(kept("usage", "$.exchanges_per_session.\"6-10\"").as_deref(), Some("2"));
    assert_eq!(kept("usage", "$.duration_distribution.\"1-5min\"").as_deref(), Some("3"));
    assert_eq!(kept("usage", "$.provider_usage.stt.\"whisper-local\"").as_deref(), Some("3"));
}

#[test]
fn a_text_field_holds_text() {
    let home = Home::new();
    let server = home.serve();
    for field in TEXTS {
        let path = format!("environment.{field}");
        for value in ["0", "5", "true", "false", "[]", "[\"uv\"]", "{}", "{\"a\":1}", "1e999"] {
            let report = Report::new().with_raw(&path, value);
            refuses(&server, &format!("{path}: {value}"), report.json(), &format!("Invalid {path}"));
        }
        accepts(&server, &format!("{path} empty"), &Report::new().with(&path, ""));
        accepts(&server, &format!("{path} of any letters"), &Report::new().with(&path, "\"ü\0😀\n"));
    }
    for path in ["period_start", "period_end"] {
        for value in ["0", "5", "true", "[]", "{}"] {
            let report = Report::new().with_raw(path, value);
            refuses(&server, &format!("{path}: {value}"), report.json(), &format!("Invalid {path}"));
        }
    }
}

#[test]
fn a_text_may_have_64_characters_but_not_257() {
    let home = Home::new();
    let server = home.serve();
    for field in TEXTS.iter().chain(&["os", "version"]) {
        let path = format!("environment.{field}");
        let text = if TEXTS.contains(field) { format!("Invalid {path}") } else { format!("Invalid or missing {path}") };
        for letter in ["a", "😀"] {
            let report = |length: usize| Report::new().with(&path, letter.repeat(length));
            accepts(&server, &format!("{path}: 64 of {letter}"), &report(64));
            refuses(&server, &format!("{path}: 257 of {letter}"), report(257).json(), &text);
        }
    }
}

#[test]
fn a_map_holds_whole_numbers_that_are_not_negative() {
    let home = Home::new();
    let server = home.serve();
    for field in MAPS {
        let path = format!("usage.{field}");
        let invalid = format!("Invalid {path}");
        for value in ["0", "5", "\"\"", "\"local\"", "true", "false", "[]", "[1]", "[{\"1-5min\":1}]"] {
            let report = Report::new().with_raw(&path, value);
            refuses(&server, &format!("{path}: {value}"), report.json(), &invalid);
        }
        let key = if field == "exchanges_per_session" { "6-10" } else { "1-5min" };
        for count in ["-1", "1.5", "\"3\"", "true", "[]", "{}", "{\"a\":1}", "1e999", "-1e999"] {
            let report = Report::new().with_raw(&path, &format!("{{\"{key}\":{count}}}"));
            refuses(&server, &format!("{path}: {{{key}: {count}}}"), report.json(), &invalid);
        }
        for count in ["0", "-0", "1", "3.0", "1e3", "1000000"] {
            let report = Report::new().with_raw(&path, &format!("{{\"{key}\":{count}}}"));
            accepts(&server, &format!("{path}: {{{key}: {count}}}"), &report);
        }
        accepts(&server, &format!("{path} empty"), &Report::new().with(&path, json!({})));
    }
}

#[test]
fn a_map_has_up_to_100_different_keys() {
    let home = Home::new();
    let server = home.serve();
    for field in OPEN_MAPS {
        let path = format!("usage.{field}");
        let invalid = format!("Invalid {path}");
        accepts(&server, &format!("{path}: 100 keys"), &Report::new().with(&path, counts(100)));
        refuses(&server, &format!("{path}: 101 keys"), Report::new().with(&path, counts(101)).json(), &invalid);
        let repeated = format!("{},\"key-0\":2}}", counts(100).to_string().strip_suffix('}').unwrap());
        accepts(&server, &format!("{path}: 100 keys, one of them twice"), &Report::new().with_raw(&path, &repeated));
    }
}

#[test]
fn a_maps_keys_are_texts_of_any_characters() {
    let home = Home::new();
    let server = home.serve();
    for field in OPEN_MAPS {
        let path = format!("usage.{field}");
        for key in ["a b", "a.b", "\"$[0]", "日本語", "😀", "line\nbreak", &"k".repeat(64), &"😀".repeat(64)] {
            let report = Report::new().with(&path, json!({key: 7}));
            accepts(&server, &format!("{path}: {key:?}"), &report);
            let sql =
                format!("SELECT value FROM events, json_each(usage, '$.{field}') WHERE event_id = ?1 AND key = ?2");
            let kept: i64 = Ledger::open(&home).one(&sql, [report.event_id(), key]);
            assert_eq!(kept, 7, "{path}: {key:?} as stored");
        }
        let long = json!({("k".repeat(257)): 1});
        refuses(
            &server,
            &format!("{path}: a key of 257"),
            Report::new().with(&path, long).json(),
            &format!("Invalid {path}"),
        );
    }
}

#[test]
fn provider_usage_is_an_object() {
    let home = Home::new();
    let server = home.serve();
    for value in ["0", "5", "\"\"", "\"openai\"", "true", "false", "[]", "[{\"tts\":{}}]"] {
        let report = Report::new().with_raw("usage.provider_usage", value);
        refuses(&server, value, report.json(), "Invalid usage.provider_usage");
    }
    accepts(&server, "an empty one", &Report::new().with("usage.provider_usage", json!({})));
    accepts(&server, "of nothing declared", &Report::new().with("usage.provider_usage", json!({"x": 5})));
}

#[test]
fn exchanges_are_a_whole_number_that_is_not_negative() {
    let home = Home::new();
    let server = home.serve();
    for value in ["\"5\"", "\"\"", "true", "[]", "{}", "1.5", "-1", "1e999"] {
        let report = Report::new().with_raw("usage.total_exchanges", value);
        refuses(&server, value, report.json(), "Invalid usage.total_exchanges");
    }
    for value in ["0", "-0", "12", "3.0", "1e3"] {
        accepts(&server, value, &Report::new().with_raw("usage.total_exchanges", value));
    }
}
