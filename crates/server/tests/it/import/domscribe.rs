//! domscribe's key-value store: a JSON file of one record a session and week.

use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime, Time, Weekday};

use super::{Import, with_milliseconds};
use crate::harness::{Home, Random, Run, Server, now};

const TOKEN: &str = "a-token-of-the-operator";
/// How long a record is kept after it was last written.
const KEPT: Duration = Duration::days(84);

/// An ISO week, some weeks before this one.
#[derive(Clone, Copy)]
struct Week {
    monday: Date,
}

impl Week {
    fn ago(weeks: i64) -> Self {
        let (year, week, _) = now().date().to_iso_week_date();
        let monday = Date::from_iso_week_date(year, week, Weekday::Monday).unwrap();
        Self { monday: monday - Duration::weeks(weeks) }
    }

    fn name(self) -> String {
        let (year, week, _) = self.monday.to_iso_week_date();
        format!("{year}-W{week:02}")
    }

    /// A moment in the week that is not in the future.
    fn moment(self, random: &mut Random) -> OffsetDateTime {
        let start = self.monday.with_time(Time::MIDNIGHT).assume_utc();
        let length = Duration::WEEK.min(now() - start).whole_seconds().max(1);
        start + Duration::seconds(i64::try_from(random.below(u64::try_from(length).unwrap())).unwrap())
    }

    /// A record as the released service wrote it, last at a moment of the week.
    fn record(self, random: &mut Random, session: &str) -> Value {
        let written = self.moment(random);
        let value = json!({
            "protocol_version": "1.0.0", "daemon_version": random.pick(&["0.4.1", "0.5.0-beta.2"]),
            "platform": random.pick(&["linux", "darwin", "win32"]), "node_version": "v22.1.0",
            "primary_framework": random.pick(&["react", "unknown"]), "first_seen_at": with_milliseconds(written),
        });
        let name = format!("session:{}:{session}", self.name());
        json!({"name": name, "value": value.to_string(), "expiration": (written + KEPT).unix_timestamp()})
    }
}

fn serve(home: &Home) -> Server {
    let mut command = home.serve_command();
    command.env("ASKFIRST_APP_DOMSCRIBE_READ_TOKEN", TOKEN);
    Server::start(command)
}

#[track_caller]
fn assert_active(server: &Server, week: Week, sessions: usize) {
    let name = week.name();
    let answer = server.get(&format!("/v1/wau/{name}?token={TOKEN}"));
    let expected = format!("{{\"week\":\"{name}\",\"weekly_active_sessions\":{sessions}}}");
    assert_eq!((answer.status, answer.text()), (200, expected));
}

fn session(random: &mut Random) -> String {
    format!("{:016x}", random.next())
}

fn write(home: &Home, records: &[Value]) {
    home.write("domscribe.json", &serde_json::to_string_pretty(records).unwrap());
}

#[test]
fn the_records_of_each_week_are_counted_as_before() {
    let home = Home::new();
    let mut random = Random::from_seed(8);
    let lasting: Vec<String> = (0..30).map(|_| session(&mut random)).collect();
    let mut records = Vec::new();
    let mut weeks = Vec::new();
    // Twelve weeks are kept; the oldest of them may end while this test runs.
    for (ago, others) in [(0, 7), (1, 40), (2, 0), (5, 12), (10, 100)] {
        let week = Week::ago(ago);
        let mut sessions: Vec<String> = (0..others).map(|_| session(&mut random)).collect();
        // A session that goes on counts in each of its weeks.
        sessions.extend(lasting.iter().take(3 * usize::try_from(ago).unwrap()).cloned());
        records.extend(sessions.iter().map(|session| week.record(&mut random, session)));
        weeks.push((week, sessions.len()));
    }
    weeks.push((Week::ago(3), 0));
    write(&home, &records);

    let import = Import::run(&home, "domscribe", "domscribe.json");
    import.assert_all_new(records.len());
    let check = |server: Server| {
        for (week, sessions) in &weeks {
            assert_active(&server, *week, *sessions);
        }
        server.stop();
    };
    check(serve(&home));
    import.assert_again_changes_nothing(&home, "domscribe", "domscribe.json", &[]);
    check(serve(&home));
}

#[test]
fn an_import_adds_to_the_records_of_this_week() {
    let home = Home::new();
    let mut random = Random::from_seed(9);
    let (live, both, old) = (session(&mut random), session(&mut random), session(&mut random));
    let week = Week::ago(0);
    let server = serve(&home);
    for session in [&live, &both] {
        let body = json!({
            "protocol_version": "1.0.0", "daemon_version": "0.6.0", "session_id": session, "platform": "linux",
            "node_version": "v22.1.0", "primary_framework": "vue",
        });
        let request = crate::harness::Request::new("POST", "/v1/session").header("content-type", "application/json");
        assert_eq!(server.send(&request.body(body.to_string())).status, 204);
    }
    assert_active(&server, week, 2);
    server.stop();
    write(&home, &[week.record(&mut random, &both), week.record(&mut random, &old)]);
    Import::run(&home, "domscribe", "domscribe.json").assert_accounts_for(2);
    let server = serve(&home);
    if Week::ago(0).monday == week.monday {
        assert_active(&server, week, 3);
    }
}

#[test]
fn records_that_expired_or_are_none_are_told() {
    let home = Home::new();
    let mut random = Random::from_seed(10);
    let (gone, kept) = (Week::ago(14), Week::ago(4));
    let mut records: Vec<Value> = (0..5).map(|number| gone.record(&mut random, &format!("session-{number}"))).collect();
    records.extend((0..6).map(|number| kept.record(&mut random, &format!("session-{number}"))));
    let mut broken = kept.record(&mut random, "session-x");
    broken["value"] = json!("{\"platform\":\"xX-never-imported-Xx\"}");
    records.push(broken);
    write(&home, &records);
    let import = Import::run(&home, "domscribe", "domscribe.json");
    import.assert_accounts_for(12);
    assert_eq!((import.count("imported"), import.sum("refused")), (6, 1), "{import:?}");
    assert_eq!(import.counts("skipped")["expired"], 5, "{import:?}");
    let server = serve(&home);
    assert_active(&server, kept, 6);
    assert_active(&server, gone, 0);
}

#[test]
fn a_file_that_is_no_export_is_refused() {
    for broken in ["", "{", "[{\"name\":\"session:2026-W22:abcdefgh\",", "{\"name\":1}", "PRAGMA foreign_keys=OFF;"] {
        let home = Home::new();
        home.write("broken.json", broken);
        let run: Run = home.run(&["import", "domscribe", "broken.json", "--json", "--data", "data"]);
        assert_eq!(run.code, Some(1), "{broken}: {run:?}");
        assert!(!run.stderr.trim().is_empty() && !run.stderr.contains("panicked"), "{broken}: {}", run.stderr);
    }
}
