//! `GET /api/v1/{app}/live`.

use std::io;

use serde_json::Value;

use super::{assert_told, report};
use crate::harness::{Answer, Connection, Home, Report, Request, Server, eventually};

const LIVE: &str = "/api/v1/voicemode/live";

fn live(token: &str) -> Request {
    Request::new("GET", LIVE).header("authorization", &format!("Bearer {token}"))
}

/// Reads the messages of a stream.
struct Messages {
    connection: Connection,
    head: Answer,
    text: String,
}

impl Messages {
    /// Asks for a stream with a token, and waits until it has begun, if it does.
    #[track_caller]
    fn open(server: &Server, token: &str, last: Option<&str>) -> Self {
        let request = live(token);
        Self::ask(
            server,
            &match last {
                Some(last) => request.header("last-event-id", last),
                None => request,
            },
        )
    }

    #[track_caller]
    fn ask(server: &Server, request: &Request) -> Self {
        let mut connection = server.connect();
        connection.write(request.bytes()).unwrap();
        let head = connection.read_head().unwrap();
        let mut messages = Self { connection, head, text: String::new() };
        if messages.head.status == 200 {
            assert!(messages.block().unwrap().unwrap().starts_with(": "), "a stream begins with a comment");
        }
        messages
    }

    /// The next lines before an empty one; `None` at the end of the stream.
    fn block(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Ok(Some(block));
            }
            let Some(chunk) = self.connection.read_chunk()? else { return Ok(None) };
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message: its id, and its data.
    #[track_caller]
    fn next(&mut self) -> (Option<String>, Value) {
        for _ in 0..4 {
            let block = self.block().unwrap().unwrap_or_else(|| panic!("the stream ended"));
            if block.starts_with(':') {
                continue;
            }
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(ToOwned::to_owned));
            let data = line("data: ").unwrap_or_else(|| panic!("no data in {block}"));
            return (line("id: "), serde_json::from_str(&data).unwrap());
        }
        panic!("nothing but comments comes");
    }

    #[track_caller]
    fn take(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.next().1).collect()
    }

    /// Reads to the end, which has to come; nothing but a few comments may come before it.
    #[track_caller]
    fn assert_ends(&mut self) {
        for _ in 0..4 {
            let Some(block) = self.block().unwrap() else { return };
            assert!(block.starts_with(':'), "nothing is told any more: {block}");
        }
        panic!("the stream goes on");
    }
}

#[test]
fn what_happens_is_told_and_nothing_that_tells_whose_it_is() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["dashboard", "--app", "voicemode"]);
    let before = Report::new();
    assert_eq!(server.post(before.json()).status, 200);
    let mut messages = Messages::open(&server, &token, None);
    assert_eq!(messages.head.header("content-type"), Some("text/event-stream"));
    assert_eq!(messages.head.header("cache-control"), Some("no-store"));
    let report = report(&server);
    assert_told(&messages.take(4), &report);
}

#[test]
fn only_who_has_a_token_for_the_app_follows() {
    let home = Home::new();
    let server = home.serve();
    let other = home.token(&["other", "--app", "drift"]);
    assert_eq!(server.get(LIVE).status, 401);
    assert_eq!(Messages::open(&server, &other, None).head.status, 403);
    let token = home.token(&["all"]);
    let by_parameter = Request::new("GET", &format!("{LIVE}?token={token}"));
    assert_eq!(Messages::ask(&server, &by_parameter).head.status, 200, "browsers send no headers with an EventSource");
    let head = server.send(&Request::new("HEAD", LIVE).header("authorization", &format!("Bearer {token}")));
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(server.send(&Request::new("POST", LIVE)).status, 405);
}

#[test]
fn a_reader_that_was_cut_off_goes_on_where_it_was() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["dashboard"]);
    let mut messages = Messages::open(&server, &token, None);
    assert_eq!(server.post(Report::new().json()).status, 200);
    let (id, first) = messages.next();
    let id = id.expect("accepted events have an id");
    assert_eq!(first["id"], id.as_str());
    drop(messages);
    for number in 1..=2 {
        assert_eq!(server.post(Report::new().with("usage.total_sessions", number).json()).status, 200);
    }
    let mut messages = Messages::open(&server, &token, Some(&id));
    let told: Vec<Value> =
        messages.take(2).iter().map(|told| told["fields"]["usage"]["total_sessions"].clone()).collect();
    assert_eq!(told, [1, 2], "in the order of receipt");
    for id in ["nonsense", "-1x", "9007199254740991"] {
        let mut messages = Messages::open(&server, &token, Some(id));
        assert_eq!(server.post(Report::new().with("usage.total_sessions", 3).json()).status, 200);
        assert_eq!(messages.next().1["fields"]["usage"]["total_sessions"], 3, "after {id}: what happens from now on");
    }
}

#[test]
fn where_too_many_come_at_once_the_latest_are_told_and_how_many_were_not() {
    let home = crate::native::home_with("limits = { install = \"off\", address = \"off\" }\nmax_batch = 1000\n");
    let server = home.serve();
    let token = home.token(&["dashboard"]);
    let live = Request::new("GET", "/api/v1/mytool/live").header("authorization", &format!("Bearer {token}"));
    let mut messages = Messages::ask(&server, &live);
    let events: Vec<String> =
        (0..300_u32).map(|number| crate::native::launch().with("minutes", number % 100).json()).collect();
    let sent = server.send(&Request::new("POST", "/api/v1/mytool/events").body(format!("[{}]", events.join(","))));
    assert_eq!(sent.status, 200, "{sent:?}");
    let told = messages.take(257);
    told.iter().for_each(crate::native::assert_happening);
    assert_eq!(told[0]["left_out"], 44, "{}", told[0]);
    let minutes: Vec<u64> = told[1..].iter().filter_map(|told| told["fields"]["minutes"].as_u64()).collect();
    assert_eq!(minutes, (44..300).map(|number| number % 100).collect::<Vec<u64>>());
}

#[test]
fn a_stream_tells_that_it_is_there_and_ends_when_its_token_is_revoked() {
    let home = Home::new();
    let server = home.serve();
    let tokens = ["idle", "busy"].map(|name| home.token(&[name]));
    let [mut idle, mut busy] = tokens.map(|token| Messages::open(&server, &token, None));
    assert_eq!(idle.block().unwrap().as_deref(), Some(":"), "a heartbeat");
    for name in ["idle", "busy"] {
        assert_eq!(home.run(&["token", "revoke", name]).code, Some(0));
    }
    assert_eq!(server.post(Report::new().json()).status, 200);
    busy.assert_ends();
    idle.assert_ends();
}

#[test]
fn there_are_so_many_streams_and_a_reader_that_goes_makes_place() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["dashboard"]);
    let mut streams: Vec<Messages> = (0..16).map(|_| Messages::open(&server, &token, None)).collect();
    let refused = server.send(&live(&token));
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("10")), "{refused:?}");
    assert_eq!(refused.json()["code"], "too_many_streams");
    assert_eq!(server.post(Report::new().json()).status, 200, "events are taken");
    for stream in &mut streams {
        assert_eq!(stream.next().1["outcome"], "accepted", "and all are told of it");
    }
    streams.pop();
    eventually("a place", || {
        let status = Messages::open(&server, &token, None).head.status;
        if status == 200 { Ok(()) } else { Err(status) }
    });
}

#[test]
fn streams_do_not_hold_the_end_of_the_server_up() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["dashboard"]);
    let mut streams: Vec<Messages> = (0..3).map(|_| Messages::open(&server, &token, None)).collect();
    let stopped = server.stop();
    assert!(!stopped.log.contains("cut off"), "{}", stopped.log);
    streams.iter_mut().for_each(Messages::assert_ends);
}

#[test]
fn a_stream_ends_when_its_app_is_served_no_more() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["dashboard"]);
    let mut messages = Messages::open(&server, &token, None);
    home.write("askfirst.toml", "[apps.voicemode]\nenabled = false\n");
    server.reload();
    messages.assert_ends();
}
