//! The dashboard's side of the server: its files, its sessions, and who needs none.

mod files;
mod session;
mod this_machine;

use crate::harness::{Answer, Request, Server};

const SESSION: &str = "/-/session";
const STATS: &str = "/api/v1/voicemode/stats";

fn with_cookie(method: &str, target: &str, cookie: &str) -> Request {
    Request::new(method, target).header("cookie", cookie)
}

fn sign_in(server: &Server, token: &str) -> Answer {
    server.send(&sign_in_with(token))
}

fn sign_in_with(token: &str) -> Request {
    let body = serde_json::json!({ "token": token }).to_string();
    Request::new("POST", SESSION).header("content-type", "application/json").body(body)
}

/// The cookie that an answer sets, as the browser sends it back, and its attributes.
#[track_caller]
fn cookie_of(answer: &Answer) -> (String, Vec<String>) {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie in {answer:?}"));
    let mut parts = set.split("; ").map(ToOwned::to_owned);
    (parts.next().unwrap(), parts.collect())
}

/// Begins to follow what happens, and gives the status; the connection stays open where that is 200.
#[track_caller]
fn follow(server: &Server, cookie: &str) -> (u16, crate::harness::Connection) {
    let mut connection = server.connect();
    connection.write(with_cookie("GET", "/api/v1/voicemode/live", cookie).bytes()).unwrap();
    let head = connection.read_head().unwrap();
    (head.status, connection)
}

/// Reads a stream to its end, which has to come.
#[track_caller]
fn assert_ends(connection: &mut crate::harness::Connection) {
    for _ in 0..4 {
        if connection.read_chunk().unwrap().is_none() {
            return;
        }
    }
    panic!("the stream goes on");
}
