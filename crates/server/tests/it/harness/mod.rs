//! What the tests share: a server to start and stop, a client that sends any bytes, reports, and the ledger's view.

mod browser;
mod http;
mod ledger;
mod random;
mod report;
mod server;

use std::fmt::Display;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

pub(crate) use browser::Browser;
pub(crate) use http::{Answer, Connection, Request};
pub(crate) use ledger::{Ledger, WriteLock, holding};
pub(crate) use random::{Random, address, event_id, install_id, seed};
pub(crate) use report::{Report, at, day};
pub(crate) use server::{Home, Run, Server, memory_of, signal};

/// How long a condition that is sure to come true may take on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The time by the tests' clock, which is the server's.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Polls until there is a value. Fails, naming what was waited for and what was seen last, when it never comes.
#[track_caller]
pub(crate) fn eventually<T, E: Display>(what: &str, mut poll: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match poll() {
            Ok(value) => return value,
            Err(seen) => assert!(Instant::now() < deadline, "waited in vain for {what}: {seen}"),
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Runs a check whose truth depends on the date; once more if midnight (UTC) passed meanwhile.
pub(crate) fn within_one_day(mut check: impl FnMut(time::Date) -> Result<(), String>) {
    for _ in 0..2 {
        let today = now().date();
        let result = check(today);
        if now().date() == today {
            return result.unwrap_or_else(|difference| panic!("{difference}"));
        }
    }
    panic!("midnight passed twice during one check");
}

/// Waits out the last seconds of a UTC day: what comes after happens on one day, and so in one week.
pub(crate) fn clear_of_midnight() {
    eventually("the next day", || {
        let (hour, minute, second) = now().to_hms();
        if (hour, minute) < (23, 59) || second < 45 { Ok(()) } else { Err(format!("{second} seconds past 23:59")) }
    });
}

/// Sends the requests over so many connections at once, each starting the next as soon as it has an answer.
pub(crate) fn race(server: &Server, threads: usize, requests: &[Request]) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let start = Barrier::new(threads);
    let mut answers: Vec<(usize, Answer)> = thread::scope(|scope| {
        let racer = || {
            let mut connection = server.connect();
            let mut answers = Vec::new();
            start.wait();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(index) else {
                    return answers;
                };
                answers.push((index, connection.exchange(request).unwrap()));
            }
        };
        let racers: Vec<_> = (0..threads).map(|_| scope.spawn(racer)).collect();
        racers.into_iter().flat_map(|racer| racer.join().unwrap()).collect()
    });
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
