//! Reports of the released client, and the ways to spoil them.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use super::{event_id, install_id, now};

const SECONDS: StaticFormatDescription = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const DAY: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// `2026-02-12T18:00:00`, with no zone.
pub(crate) fn at(time: OffsetDateTime) -> String {
    time.format(SECONDS).unwrap()
}

/// `2026-02-12`.
pub(crate) fn day(time: OffsetDateTime) -> String {
    time.format(DAY).unwrap()
}

#[derive(Clone)]
pub(crate) struct Report {
    value: Value,
    raw: Vec<String>,
}

impl Report {
    /// The wire's reference example, made now, with ids of its own.
    pub(crate) fn new() -> Self {
        let value = json!({
            "event_id": event_id(),
            "telemetry_id": install_id(),
            "timestamp": at(now()) + "Z",
            "environment": {
                "os": "Linux", "version": "1.0.0", "installation_method": "uv", "mcp_host": "claude-code",
                "execution_source": "mcp",
            },
            "usage": {
                "total_sessions": 5,
                "duration_distribution": {"1-5min": 3, "5-10min": 2},
                "transport_usage": {"local": 4, "livekit": 1},
                "provider_usage": {"tts": {"openai": 3, "kokoro": 2}, "stt": {"whisper-local": 5}},
            },
        });
        Self::from_value(value)
    }

    /// Any object, to be changed and spoiled like a report.
    pub(crate) fn from_value(value: Value) -> Self {
        Self { value, raw: Vec::new() }
    }

    /// A report of an install that reported before.
    pub(crate) fn of(install: &str) -> Self {
        Self::new().with("telemetry_id", install)
    }

    /// Sets what stands at a path such as `usage.total_sessions`.
    pub(crate) fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = self.locate(path);
        parent.insert(name, value.into());
        self
    }

    /// Sets a path to JSON text that goes out as it is written: `1e999`, `"\ud83d"`, or something broken.
    pub(crate) fn with_raw(self, path: &str, json: &str) -> Self {
        let mark = self.mark();
        let mut report = self.with(path, mark);
        report.raw.push(json.to_owned());
        report
    }

    /// Gives a path a second value after its first, under the same name.
    pub(crate) fn with_twice(self, path: &str, first: &str, second: &str) -> Self {
        let name = path.rsplit('.').next().unwrap();
        self.with_raw(path, &format!("{first},{}:{second}", Value::from(name)))
    }

    pub(crate) fn without(mut self, path: &str) -> Self {
        let (parent, name) = self.locate(path);
        parent.remove(&name);
        self
    }

    /// What stands under a name at the top.
    pub(crate) fn get(&self, name: &str) -> &Value {
        &self.value[name]
    }

    pub(crate) fn event_id(&self) -> &str {
        self.value["event_id"].as_str().unwrap()
    }

    pub(crate) fn install_id(&self) -> &str {
        self.value["telemetry_id"].as_str().unwrap()
    }

    pub(crate) fn json(&self) -> String {
        let mark = |index: usize| Value::from(format!("@raw{index}@")).to_string();
        let raw = self.raw.iter().enumerate();
        raw.fold(self.value.to_string(), |text, (index, json)| text.replace(&mark(index), json))
    }

    fn mark(&self) -> String {
        format!("@raw{}@", self.raw.len())
    }

    /// The object that holds the path's last name, made where it is missing, and that name.
    fn locate(&mut self, path: &str) -> (&mut Map<String, Value>, String) {
        let mut names: Vec<&str> = path.split('.').collect();
        let last = names.pop().unwrap().to_owned();
        let mut place = self.value.as_object_mut().unwrap();
        for name in names {
            place = place.entry(name).or_insert_with(|| json!({})).as_object_mut().unwrap();
        }
        (place, last)
    }
}
