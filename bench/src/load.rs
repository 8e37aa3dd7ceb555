//! The load generator: a closed loop of keep-alive connections, each with one request in flight.
//!
//! It shares the machine with the server it measures, so whatever it burns is missing there. A request costs it one
//! write, normally one read, two reads of the clock and no allocation; by default everything runs on one thread, which
//! spares wake-ups across cores.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::answer::{self, Answer};
use crate::args::Args;
use crate::clock;
use crate::request::Request;

/// Room for an answer: a stored event's is under 1 KiB, a refusal's with all its violations a few.
const ANSWER_BYTES: usize = 16 * 1024;

/// Latencies are kept from 1 µs to 60 s at three digits.
const MAX_LATENCY_US: u64 = 60_000_000;

/// A server silent for this long after the end of a measurement is taken for hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to send, where and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) server: SocketAddr,
    pub(crate) request: Request,
    pub(crate) connections: usize,
    /// At least one.
    pub(crate) threads: usize,
    pub(crate) length: Duration,
    /// The first request to send; all later ones follow.
    pub(crate) first_sequence: u64,
    /// Requests answered 200 so far.
    pub(crate) acknowledged: u64,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Answers of status 200.
    pub(crate) acknowledged: u64,
    /// All other answers.
    pub(crate) refused: u64,
    /// Status and body of the first refusal.
    pub(crate) first_refusal: Option<(u16, String)>,
    /// From before the write to after the last byte of the answer, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// From the first write to the last answer.
    pub(crate) elapsed: Duration,
    /// The first request that was not sent.
    pub(crate) next_sequence: u64,
}

impl Load {
    /// Nothing sent yet.
    pub(crate) fn new(args: &Args, server: SocketAddr, request: Request) -> Self {
        Self {
            server,
            request,
            connections: args.connections.get(),
            // A thread without a connection would only count as time the generator had.
            threads: args.threads.min(args.connections).get(),
            length: Duration::ZERO,
            first_sequence: 0,
            acknowledged: 0,
        }
    }

    /// The same from one client that waits for each answer, as a tool empties its queue.
    pub(crate) fn of_one_client(self) -> Self {
        Self { connections: 1, threads: 1, ..self }
    }

    /// Events in requests answered 200 so far.
    pub(crate) fn acknowledged_events(&self) -> u64 {
        self.acknowledged * self.request.events()
    }

    /// Connects, sends requests until the time is over, and waits for the answers under way.
    ///
    /// # Errors
    ///
    /// A text that says which connection broke how; the server's process knows why.
    pub(crate) async fn run(&self) -> Result<Tally, String> {
        let mut lots: Vec<Vec<(u64, std::net::TcpStream)>> = Vec::new();
        lots.resize_with(self.threads, Vec::new);
        for (number, sequence) in (0..self.connections).zip(self.first_sequence..) {
            let stream = connect(self.server).await.map_err(|error| format!("could not connect: {error}"))?;
            lots[number % self.threads].push((sequence, stream));
        }
        let started = clock::now();
        let threads: Vec<_> = lots.into_iter().map(|lot| self.spawn(lot, started)).collect();
        let mut total = Tally::new()?;
        for thread in threads {
            let tally = tokio::time::timeout(self.length + PATIENCE, thread).await;
            let tally = tally.map_err(|_| format!("no answer for {} seconds", PATIENCE.as_secs()))?;
            total.add(tally.map_err(|_| "a thread of the load generator broke down".to_owned())??);
        }
        Ok(total)
    }

    /// Runs some of the connections on a thread of their own.
    fn spawn(
        &self,
        lot: Vec<(u64, std::net::TcpStream)>,
        started: Instant,
    ) -> oneshot::Receiver<Result<Tally, String>> {
        let load = self.clone();
        let (sender, receiver) = oneshot::channel();
        std::thread::spawn(move || {
            // Nobody waits any more when the run was given up.
            let _ = sender.send(load.drive(lot, started));
        });
        receiver
    }

    fn drive(&self, lot: Vec<(u64, std::net::TcpStream)>, started: Instant) -> Result<Tally, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(async {
            let mut connections = Vec::with_capacity(lot.len());
            for (sequence, stream) in lot {
                connections.push(tokio::spawn(Connection::new(self, stream, sequence)?.drive(started, self.length)));
            }
            let mut total = Tally::new()?;
            for connection in connections {
                total.add(connection.await.map_err(|error| format!("a connection broke down: {error}"))??);
            }
            Ok(total)
        })
    }
}

async fn connect(server: SocketAddr) -> std::io::Result<std::net::TcpStream> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    stream.into_std()
}

struct Connection {
    stream: TcpStream,
    request: Request,
    answer: Vec<u8>,
    /// Connections take turns in the sequence of requests: each starts at its own number and steps over all others.
    sequence: u64,
    step: u64,
    tally: Tally,
}

impl Connection {
    fn new(load: &Load, stream: std::net::TcpStream, sequence: u64) -> Result<Self, String> {
        Ok(Self {
            stream: TcpStream::from_std(stream).map_err(|error| format!("a connection is unusable: {error}"))?,
            request: load.request.clone(),
            answer: vec![0; ANSWER_BYTES],
            sequence,
            step: load.connections as u64,
            tally: Tally::new()?,
        })
    }

    async fn drive(mut self, started: Instant, length: Duration) -> Result<Tally, String> {
        let mut sent = clock::now();
        while sent.duration_since(started) < length {
            let answer = self.exchange().await?;
            // The end of one exchange is the start of the next: one reading of the clock serves both.
            let answered = clock::now();
            self.tally.record(&answer, &self.answer, answered.duration_since(sent));
            sent = answered;
        }
        self.tally.elapsed = sent.duration_since(started);
        self.tally.next_sequence = self.sequence;
        Ok(self.tally)
    }

    async fn exchange(&mut self) -> Result<Answer, String> {
        let request = self.request.patch(self.sequence);
        self.stream.write_all(request).await.map_err(|error| format!("sending broke off: {error}"))?;
        self.sequence += self.step;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.answer[filled..]).await;
            match read.map_err(|error| format!("receiving broke off: {error}"))? {
                0 if filled == self.answer.len() => {
                    return Err(format!("an answer over {ANSWER_BYTES} bytes"));
                }
                0 => return Err("the server closed a connection".to_owned()),
                read => filled += read,
            }
            match answer::read(&self.answer[..filled])? {
                Some(answer) if answer.body.end == filled => return Ok(answer),
                Some(_) => return Err("two answers to one request".to_owned()),
                None => {}
            }
        }
    }
}

impl Tally {
    fn new() -> Result<Self, String> {
        Ok(Self {
            acknowledged: 0,
            refused: 0,
            first_refusal: None,
            latencies: Histogram::new_with_max(MAX_LATENCY_US, 3).map_err(|error| format!("no histogram: {error}"))?,
            elapsed: Duration::ZERO,
            next_sequence: 0,
        })
    }

    fn record(&mut self, answer: &Answer, bytes: &[u8], latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MAX_LATENCY_US);
        self.latencies.saturating_record(micros);
        if answer.status == 200 {
            self.acknowledged += 1;
        } else {
            self.refused += 1;
            let body = || String::from_utf8_lossy(&bytes[answer.body.clone()]).into_owned();
            self.first_refusal.get_or_insert_with(|| (answer.status, body()));
        }
    }

    fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.first_refusal = self.first_refusal.take().or(other.first_refusal);
        // `saturating_record` kept every value within the bounds that all histograms share.
        self.latencies += other.latencies;
        self.elapsed = self.elapsed.max(other.elapsed);
        self.next_sequence = self.next_sequence.max(other.next_sequence);
    }
}
