//! What listens where a webhook posts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::SECRET;
use crate::harness::eventually;

/// The answer that does not come.
const NEVER: u16 = 0;

/// Listens, keeps what is posted and answers.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    bodies: Mutex<Vec<Value>>,
    status: AtomicU16,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { bodies: Mutex::default(), status: AtomicU16::new(200) });
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || receive(&stream.unwrap(), &shared));
                }
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/services/{SECRET}", self.address)
    }

    pub(crate) fn answer_with(&self, status: u16) {
        self.shared.status.store(status, Ordering::Relaxed);
    }

    pub(crate) fn never_answer(&self) {
        self.answer_with(NEVER);
    }

    /// What was posted.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.shared.bodies.lock().unwrap().clone()
    }

    /// What was posted, once it is so much.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} messages"), || {
            let bodies = self.bodies();
            if bodies.len() >= count { Ok(bodies) } else { Err(format!("{bodies:?}")) }
        })
    }
}

fn receive(mut stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap() == 0 {
            return;
        }
    }
    let head = head.to_lowercase();
    assert!(head.starts_with("post /services/") && head.contains("content-type: application/json"), "{head}");
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    shared.bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    let status = shared.status.load(Ordering::Relaxed);
    if status == NEVER {
        // Until the other side has enough.
        let _ = reader.read_to_end(&mut body);
        return;
    }
    let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 6\r\nconnection: close\r\n\r\nfine\u{7}\n");
}
