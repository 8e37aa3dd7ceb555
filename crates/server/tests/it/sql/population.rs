//! Some hundreds of installs that report over 89 days, in every form of time the wire takes.

use serde_json::{Map, Value, json};
use time::{Date, Duration, OffsetDateTime, UtcOffset};

use crate::harness::{Home, Ledger, Random, Report, Request, Server, at, day, eventually, install_id, now, race, seed};

const INSTALLS: usize = 300;
const SYSTEMS: [&str; 5] = ["Linux", "Darwin", "Windows", "FreeBSD \"14\"", "日本"];
const VOICES: [&str; 4] = ["openai", "kokoro", "a.b", "é"];
/// How many events come last, in a second of receipt of their own.
pub(crate) const LATEST: usize = 10;

/// An event as the test knows it.
pub(crate) struct Event {
    pub(crate) id: String,
    /// In lower case, whatever case it was sent in.
    pub(crate) install: String,
    pub(crate) timestamp: String,
    /// The day of the timestamp, in UTC.
    pub(crate) date: Date,
    pub(crate) os: &'static str,
    pub(crate) sessions: u32,
    pub(crate) tts: Option<Value>,
}

pub(crate) struct Population {
    pub(crate) events: Vec<Event>,
    /// To tell the same population again.
    pub(crate) seed: String,
    reports: Vec<String>,
}

impl Population {
    pub(crate) fn generate() -> Self {
        let seed = seed();
        let mut random = Random::from_seed(seed);
        let mut population = Self { events: Vec::new(), seed: format!("seed {seed}"), reports: Vec::new() };
        for install in 0..INSTALLS {
            let id = install_id();
            for days in days_of(install, &mut random) {
                population.add(&id, days, &mut random);
            }
        }
        population
    }

    fn add(&mut self, install: &str, days: i64, random: &mut Random) {
        let midnight = now().replace_time(time::Time::MIDNIGHT) - Duration::days(days);
        let time = midnight + Duration::seconds(i64::try_from(random.below(86_400)).unwrap());
        let (os, sessions) = (*random.pick(&SYSTEMS), u32::try_from(random.below(50)).unwrap());
        let (timestamp, date) = written(time, random);
        let tts = voices(random);
        let sent = if random.below(4) == 0 { install.to_uppercase() } else { install.to_owned() };
        let mut report = Report::of(&sent)
            .with("timestamp", timestamp.as_str())
            .with("environment.os", os)
            .with("usage.total_sessions", sessions)
            .with("usage.prompt", "undeclared");
        report = match &tts {
            Some(voices) => report.with("usage.provider_usage.tts", voices.clone()),
            None if random.below(2) == 0 => report.with("usage.provider_usage.tts", Value::Null),
            None => report.without("usage.provider_usage"),
        };
        self.reports.push(report.json());
        let (id, install) = (report.event_id().to_owned(), install.to_owned());
        self.events.push(Event { id, install, timestamp, date, os, sessions, tts });
    }

    /// Posts all, the last few in a second of their own. Every tenth is sent twice: that changes nothing.
    pub(crate) fn send(&self, server: &Server, home: &Home) {
        let (earlier, latest) = self.reports.split_at(self.reports.len() - LATEST);
        let requests: Vec<Request> = earlier.iter().map(Request::report).collect();
        let repeated: Vec<Request> = earlier.iter().step_by(10).map(Request::report).collect();
        for answer in race(server, 8, &requests).into_iter().chain(race(server, 8, &repeated)) {
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let ledger = Ledger::open(home);
        let newest: i64 = ledger.one("SELECT MAX(unixepoch(created_at)) FROM events", []);
        eventually("the next second", || (now().unix_timestamp() > newest).then_some(()).ok_or(newest));
        for report in latest {
            let answer = server.send(&Request::report(report));
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
}

/// How many days ago an install reports. Some of them first came seven days ago; some of those came back today.
fn days_of(install: usize, random: &mut Random) -> Vec<i64> {
    match install % 10 {
        0 => vec![7],
        1 => vec![7, 0],
        2 => vec![7, 7, 3, 0, 0],
        3 => vec![8, 1],
        _ => (0..=random.below(8)).map(|_| i64::try_from(random.below(89)).unwrap()).collect(),
    }
}

/// The time in one of the forms that clients use, and its day in UTC.
fn written(time: OffsetDateTime, random: &mut Random) -> (String, Date) {
    let shifted = |hours, minutes| at(time.to_offset(UtcOffset::from_hms(hours, minutes, 0).unwrap()));
    let text = match random.below(7) {
        0 => day(time),
        1 => at(time),
        2 => at(time) + "Z",
        3 => at(time) + ".123Z",
        4 => shifted(5, 30) + "+05:30",
        5 => shifted(-8, 0) + ".123456-08:00",
        _ => at(time) + ".123456+00:00",
    };
    (text, time.date())
}

fn voices(random: &mut Random) -> Option<Value> {
    if random.below(5) == 0 {
        return None;
    }
    let mut counts = Map::new();
    for voice in VOICES {
        if random.below(2) == 0 {
            counts.insert(voice.to_owned(), json!(random.below(20)));
        }
    }
    Some(counts.into())
}
