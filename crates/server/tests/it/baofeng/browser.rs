//! A real browser: pages of the test's own server report to askfirst, and read what it answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{ALLOWED_ORIGINS, assert_rows, assert_total, query, serve_with};
use crate::harness::{Browser, Home, Server, eventually};

/// What every page can use: where to report, an event, the three ways to send it, and telling the test.
const COMMON: &str = r#"
    const to = new URLSearchParams(location.search).get("to");
    const event = (message, more) => JSON.stringify({
        event_type: "window_error", occurred_at: new Date().toISOString(), message,
        log_lines_json: JSON.stringify(["a line"]), metadata_json: JSON.stringify({source: "web-v2"}), ...more,
    });
    const type = {"Content-Type": "application/json"};
    const send = (path, body) => fetch(to + path, {method: "POST", mode: "cors", keepalive: true, headers: type, body});
    const tell = what => fetch("/told?" + encodeURIComponent(what), {keepalive: true});
    const failed = error => tell("failed: " + error.name);
"#;

/// Serves one page to the browser, and collects what the page tells.
struct Pages {
    address: SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
    done: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Pages {
    fn serve(script: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let page = format!("<!doctype html><meta charset=utf-8><title>page</title><script>{COMMON}{script}</script>");
        let (told, done) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let acceptor = thread::spawn({
            let (told, done, page) = (Arc::clone(&told), Arc::clone(&done), Arc::<str>::from(page));
            move || {
                for stream in listener.incoming() {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let (told, page) = (Arc::clone(&told), Arc::clone(&page));
                    // A browser opens connections before it knows what to ask, so none may wait for another.
                    thread::spawn(move || drop(stream.and_then(|stream| answer(stream, &page, &told))));
                }
            }
        });
        Self { address, told, done, acceptor: Some(acceptor) }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the page in a browser of its own; it reports to the server.
    fn open(&self, server: &Server) -> Browser {
        Browser::open(&format!("{}/?to=http://{}", self.origin(), server.address()))
    }

    /// Waits until the page has told so many things, and gives them.
    #[track_caller]
    fn told(&self, browser: &Browser, count: usize) -> Vec<String> {
        eventually("what the page tells", || {
            let told = self.told.lock().unwrap().clone();
            if told.len() >= count { Ok(told) } else { Err(format!("{told:?}; the browser: {}", browser.log())) }
        })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        // Whoever waits for a connection gets one.
        drop(TcpStream::connect(self.address));
        drop(self.acceptor.take().map(JoinHandle::join));
    }
}

/// Answers one request of the browser.
fn answer(stream: TcpStream, page: &str, told: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let body = match target.strip_prefix("/told?") {
        Some(what) => {
            told.lock().unwrap_or_else(PoisonError::into_inner).push(decoded(what));
            ""
        }
        None => page,
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncache-control: no-store\r\nconnection: close\r\n";
    write!(reader.get_mut(), "{head}content-length: {}\r\n\r\n{body}", body.len())
}

/// Undoes `encodeURIComponent`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until these messages are stored, no others.
#[track_caller]
fn assert_stored(home: &Home, browser: &Browser, messages: &[&str]) {
    eventually("the events in the ledger", || {
        let rows = query(home, "SELECT message FROM telemetry_events ORDER BY message");
        let stored: Vec<&str> = rows.iter().map(|row| row["message"].as_str().unwrap()).collect();
        if stored == messages { Ok(()) } else { Err(format!("{stored:?}; the browser: {}", browser.log())) }
    });
}

/// The server, with the pages' origin allowed.
fn serve_for(home: &Home, pages: &Pages) -> Server {
    serve_with(home, &[(ALLOWED_ORIGINS, &pages.origin())])
}

#[test]
fn a_page_reports_and_reads_the_answers() {
    const SCRIPT: &str = r#"
        const flash = event("a flash", {event_type: "flash_success", session_id: "of the page"});
        const read = async (path, body) => (await (body ? send(path, body) : fetch(to + path))).text();
        (async () => {
            navigator.sendBeacon(to + "/event", event("a beacon of text"));
            await tell(await read("/event", event("a fetch")));
            await tell(await read("/event", flash));
            await tell(await read("/event", flash));
            await tell(await read("/client-log", event("a log")));
            await tell(await read("/event", "{"));
            await tell(await read("/increment", JSON.stringify({sessionId: "another"})));
            await tell(await read("/metrics/flash-count"));
            await tell(await read("/count"));
            await tell(await read("/health"));
        })().catch(failed);
    "#;
    let home = Home::new();
    let pages = Pages::serve(SCRIPT);
    let server = serve_for(&home, &pages);
    let browser = pages.open(&server);
    let expected = [
        r#"{"ok":true,"deduped":false}"#,
        r#"{"ok":true,"deduped":false}"#,
        r#"{"ok":true,"deduped":true}"#,
        r#"{"ok":true}"#,
        r#"{"ok":false,"error":"Invalid JSON"}"#,
        r#"{"total":2}"#,
        r#"{"ok":true,"total":2}"#,
        r#"{"total":2}"#,
        r#"{"ok":true,"service":"baofeng-log-intake"}"#,
    ];
    assert_eq!(pages.told(&browser, expected.len()), expected);
    assert_stored(&home, &browser, &["a beacon of text", "a fetch", "a flash"]);
    assert_rows(&home, "of the page", 3, 1);
}

/// The released page sends its beacons as `application/json`, which is asked for beforehand. A beacon goes with
/// credentials, so the browser sends it only if the answer to that has `Access-Control-Allow-Credentials: true`.
#[test]
fn a_beacon_of_json_a_beacon_of_text_and_a_fetch_arrive() {
    const SCRIPT: &str = r#"
        navigator.sendBeacon(to + "/event", new Blob([event("a beacon of JSON")], {type: "application/json"}));
        navigator.sendBeacon(to + "/event", event("a beacon of text"));
        send("/event", event("a fetch")).then(() => tell("sent"), failed);
    "#;
    let home = Home::new();
    let pages = Pages::serve(SCRIPT);
    let server = serve_for(&home, &pages);
    let browser = pages.open(&server);
    assert_eq!(pages.told(&browser, 1), ["sent"]);
    assert_stored(&home, &browser, &["a beacon of JSON", "a beacon of text", "a fetch"]);
}

#[test]
fn what_a_page_sends_while_it_is_left_arrives() {
    const SCRIPT: &str = r#"
        addEventListener("pagehide", () => {
            navigator.sendBeacon(to + "/event", event("a beacon on leaving"));
            send("/event", event("a fetch on leaving"));
        });
        // The preflight is asked now, and its answer kept: nobody waits for one on leaving.
        if (to) send("/event", event("a fetch")).then(() => { location.href = "/left"; }, failed);
    "#;
    let home = Home::new();
    let pages = Pages::serve(SCRIPT);
    let server = serve_for(&home, &pages);
    let browser = pages.open(&server);
    assert_stored(&home, &browser, &["a beacon on leaving", "a fetch", "a fetch on leaving"]);
}

#[test]
fn a_page_of_another_origin_is_refused_and_stores_nothing() {
    const SCRIPT: &str = r#"
        const flash = event("a flash", {event_type: "flash_success", session_id: "of the page"});
        const refused = what => () => tell(what + " refused");
        const passed = what => () => tell(what + " passed");
        (async () => {
            // All of these are asked for beforehand, or their answers can't be read.
            await send("/event", flash).then(passed("event"), refused("event"));
            await send("/client-log", event("x")).then(passed("log"), refused("log"));
            await fetch(to + "/count").then(passed("count"), refused("count"));
            // This is not, like a beacon of text: it reaches the server, which has to refuse it by itself.
            await fetch(to + "/event", {method: "POST", mode: "no-cors", body: flash})
                .then(passed("blind event"), refused("blind event"));
            await fetch(to + "/increment", {method: "POST", mode: "no-cors", body: '{"sessionId":"of the page"}'})
                .then(passed("blind increment"), refused("blind increment"));
            await fetch(to + "/health").then(passed("health"), refused("health"));
        })().catch(failed);
    "#;
    let home = Home::new();
    let pages = Pages::serve(SCRIPT);
    // Allowed is the same host at another port.
    let server = serve_with(&home, &[(ALLOWED_ORIGINS, "http://127.0.0.1:5173")]);
    let browser = pages.open(&server);
    let expected = [
        "event refused",
        "log refused",
        "count refused",
        "blind event passed",
        "blind increment passed",
        "health refused",
    ];
    assert_eq!(pages.told(&browser, expected.len()), expected);
    assert_rows(&home, "nothing", 0, 0);
    assert_total(&server, "nothing", 0);
}
