//! SQLite: one plain table, without anything of ours to know.

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::{Events, export};

#[test]
fn a_plain_database_has_the_events_in_one_table() {
    let events = Events::new();
    let home = events.home();
    let days = ["--from", &events.days[1], "--to", &events.days[2]];
    let run = export(&home, &[&["--format", "sqlite", "--out", "out.db"], &days[..]].concat());
    assert_eq!(run.stderr, "40 events written to out.db\n");

    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(home.path("out.db"), flags).unwrap();
    let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let names = "SELECT group_concat(name) FROM sqlite_schema";
    assert_eq!(database.query_row(names, [], |row| row.get::<_, String>(0)).unwrap(), "events");
    let rows = "SELECT json_object('event_id', event_id, 'type', type, 'install_id', install_id,
        'received_at', received_at, 'fields', json(fields)), occurred_at FROM events ORDER BY id";
    let mut rows = database.prepare(rows).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    let truth = events.of_days(1..=2);
    assert_eq!(rows.len(), truth.len());
    for ((row, occurred_at), truth) in rows.iter().zip(truth) {
        assert_eq!(&serde_json::from_str::<Value>(row).unwrap(), truth);
        assert_eq!(json!(occurred_at), truth["received_at"]);
    }
}
