//! Public numbers from real events: what a contract publishes of the last whole week, and nothing else.

use askfirst_contract::Timestamp;
use serde_json::{Value, json};

use crate::harness::DAY;
use crate::world::World;

const CONTRACT: &str = r#"
[app]
id = "mytool"
title = "My <Tool>"
about = "A tool."
wire = "native"

[policy]
limits = { install = "off", address = "off" }

[public]
by = ["platform", "paid"]

[[event]]
type = "run"
about = "It ran."
install_id = "install"
event_id = "id"

[event.fields]
id = { type = "text", max = 64, why = "once" }
install = { type = "uuid", why = "installs" }
os = { type = "enum", values = ["linux", "macos", "windows"], optional = true, role = "platform", why = "systems" }
paid = { type = "bool", why = "who pays" }
mood = { type = "enum", values = ["good", "bad"], optional = true, why = "private" }
"#;

/// Monday, 2026-08-31, the day after 2026-W35.
const MONDAY: Timestamp = Timestamp(1_788_134_400_000);

fn send(world: &World, install: u32, event: u32, os: &str, paid: bool, at: i64) {
    let event = json!({
        "type": "run", "id": format!("{install}-{event}"), "install": format!("00000000-0000-4000-8000-{install:012x}"),
        "os": os, "paid": paid, "mood": "bad",
    });
    let (status, body) = world.send("POST", "/api/v1/mytool/events", &event.to_string(), Timestamp(MONDAY.0 + at));
    assert!(status == 200 && body.contains("accepted"), "{body}");
}

fn get(world: &World, path: &str, at: i64) -> (u16, String) {
    world.send("GET", &format!("/api/v1/mytool{path}"), "", Timestamp(MONDAY.0 + at))
}

#[test]
fn the_week_that_is_over_is_published_and_nothing_else() {
    let world = World::of(CONTRACT);
    for install in 0..67 {
        let os = if install < 40 {
            "linux"
        } else if install < 62 {
            "macos"
        } else {
            "windows"
        };
        // On Windows first, and on what counts last.
        send(&world, install, 0, "windows", true, -7 * DAY);
        send(&world, install, 1, os, install % 2 == 0, -1);
    }
    // The weeks before and after.
    send(&world, 100, 0, "linux", true, -7 * DAY - 1);
    send(&world, 101, 0, "linux", true, 0);
    let (status, body) = get(&world, "/public", 1);
    assert_eq!(status, 200, "{body}");
    let published: Value = serde_json::from_str(&body).unwrap();
    // 40 on Linux; the 5 on Windows are too few, and the 22 on macOS join them, or they would be the rest.
    let expected = json!({
        "app": "mytool", "title": "My <Tool>", "week": "2026-W35", "first_day": "2026-08-24", "last_day": "2026-08-30",
        "smallest_group": 20, "active": 60,
        "tables": [
            { "by": "platform", "groups": [{ "value": "linux", "installs": 40 }], "other": 20 },
            { "by": "paid", "other": 0, "groups": [
                { "value": "false", "installs": 20 }, { "value": "true", "installs": 20 },
            ] },
        ],
    });
    assert_eq!(published, expected);
    // The same all week, whatever comes.
    send(&world, 102, 0, "linux", true, DAY);
    assert_eq!(get(&world, "/public", 7 * DAY - 1).1, body);
    assert_eq!(get(&world, "/public", 7 * DAY).1.matches("\"active\":0").count(), 1);
    let (_, csv) = get(&world, "/public?format=csv", 1);
    assert!(
        csv.starts_with("week,kind,by,value,installs\r\n2026-W35,active,,,60\r\n2026-W35,group,platform,linux,40\r\n"),
        "{csv}"
    );
    let (status, badge) = get(&world, "/badge.svg", 1);
    assert!(status == 200 && badge.contains("60 active installs") && badge.contains("My &lt;Tool&gt;"), "{badge}");
}

#[test]
fn who_publishes_nothing_has_no_numbers() {
    let world = World::of(&CONTRACT.replace("[public]\nby = [\"platform\", \"paid\"]", ""));
    for path in ["/public", "/badge.svg"] {
        let (status, body) = get(&world, path, 1);
        assert!(status == 404 && body.contains("nothing_public"), "{path}: {body}");
    }
}
