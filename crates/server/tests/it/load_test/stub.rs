//! A server that answers as it is told, and no sooner.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::harness::eventually;

/// A server on a free port, for as long as the tests run.
pub(super) struct Stub {
    url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Requests that were read.
    requests: Mutex<usize>,
    is_released: Mutex<bool>,
    released: Condvar,
}

impl Stub {
    /// Answers each request at once, with what belongs to its number, from 1; where that is nothing, the connection is
    /// closed.
    pub(super) fn answering(answer: fn(usize) -> &'static str) -> Self {
        let stub = Self::holding(answer);
        stub.release();
        stub
    }

    /// Answers no request before [`Self::release`].
    pub(super) fn holding(answer: fn(usize) -> &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        thread::spawn({
            let state = Arc::clone(&state);
            move || {
                for stream in listener.incoming() {
                    let state = Arc::clone(&state);
                    // A client that goes away ends its thread.
                    thread::spawn(move || state.serve(&stream.unwrap(), answer));
                }
            }
        });
        Self { url, state }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn release(&self) {
        *self.state.is_released.lock().unwrap() = true;
        self.state.released.notify_all();
    }

    /// Waits until so many requests were read.
    #[track_caller]
    pub(super) fn wait_for(&self, requests: usize) {
        eventually("the requests", || {
            let seen = *self.state.requests.lock().unwrap();
            if seen >= requests { Ok(()) } else { Err(seen) }
        });
    }
}

impl State {
    /// Counts a request, and gives its number.
    fn count(&self) -> usize {
        let mut requests = self.requests.lock().unwrap();
        *requests += 1;
        *requests
    }

    fn serve(&self, stream: &TcpStream, answer: fn(usize) -> &'static str) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            read_request(&mut reader)?;
            let answer = answer(self.count());
            drop(self.released.wait_while(self.is_released.lock().unwrap(), |is_released| !*is_released).unwrap());
            (&mut &*stream).write_all(answer.as_bytes()).ok()?;
            if answer.is_empty() || answer.contains("Connection: close") {
                return None;
            }
        }
    }
}

/// Reads a request to its end; `None` at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    Some(())
}
