//! One connection, which posts one request after the other and is opened again where it breaks.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::answer::{self, Answer};
use crate::clock;
use crate::request::Request;
use crate::run::Run;
use crate::stream::{Stream, of_io};
use crate::tally::Tally;

/// Room for an answer: a stored event's is under 1 KiB, the verdicts on a hundred events a few.
const ANSWER_BYTES: usize = 16 * 1024;
/// A post without an answer for this long is given up, and its connection with it.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a connection that waits looks whether it is to give up. One timer then serves thousands of posts.
const LOOK: Duration = Duration::from_millis(250);
/// A server that breaks connections gets no further post over this one for so long: it would only be counted faster.
const PAUSE: Duration = Duration::from_millis(100);
/// Tokio's timers go by whole milliseconds, and are late rather than early.
const TIMER_STEP: Duration = Duration::from_millis(1);

pub(crate) struct Connection {
    run: Arc<Run>,
    /// Shared by the connections of a thread.
    tally: Arc<Mutex<Tally>>,
    /// `None` while there is none: the next post opens it.
    stream: Option<Stream>,
    request: Request,
    answer: Vec<u8>,
    alarm: Pin<Box<Sleep>>,
}

/// What came of one post.
enum Exchange {
    Answered(Answer),
    Broken(String),
    Unanswered,
}

impl Connection {
    pub(crate) fn new(run: Arc<Run>, tally: Arc<Mutex<Tally>>, stream: Stream) -> Self {
        let request = run.plan.request.clone();
        let (answer, alarm) = (vec![0; ANSWER_BYTES], Box::pin(tokio::time::sleep(LOOK)));
        Self { run, tally, stream: Some(stream), request, answer, alarm }
    }

    /// Posts until the run is over.
    pub(crate) async fn drive(mut self) {
        let mut now = self.run.started;
        while let Some(post) = self.run.next(now) {
            if post.due > now {
                now = self.wait_until(post.due).await;
                if self.run.is_over(now.max(post.due)) {
                    return;
                }
            }
            let exchange = self.exchange(post.sequence, now).await;
            let sent = now;
            // The end of one exchange is the start of the next: one reading of the clock serves both.
            now = clock::now();
            // A post counts from when it was due, however late a connection was free for it.
            self.record(&exchange, now.duration_since(post.due.min(sent)), now);
            if !matches!(&exchange, Exchange::Answered(answer) if answer.keeps_open) {
                self.stream = None;
            }
            if matches!(exchange, Exchange::Broken(_)) {
                now = self.wait_until(now + PAUSE).await;
            }
        }
    }

    /// Waits, and gives the time then: up to a millisecond before `due`, or when the run ends earlier.
    async fn wait_until(&mut self, due: Instant) -> Instant {
        let now = loop {
            let now = clock::now();
            let left = due.saturating_duration_since(now);
            if left <= TIMER_STEP || self.run.is_over(now) {
                break now;
            }
            self.alarm.as_mut().reset((now + LOOK.min(left.saturating_sub(TIMER_STEP))).into());
            self.alarm.as_mut().await;
        };
        // Servers close connections that are idle for long.
        if let Some(stream) = &mut self.stream
            && stream.is_stale().await
        {
            self.stream = None;
        }
        now
    }

    /// Posts one request and waits for its answer, until it has taken too long since `sent`.
    async fn exchange(&mut self, sequence: u64, sent: Instant) -> Exchange {
        let Self { run, stream, request, answer, alarm, .. } = self;
        let mut exchange = std::pin::pin!(exchange(run, stream, request.patch(sequence), answer));
        loop {
            tokio::select! {
                biased;
                result = &mut exchange => return result.map_or_else(Exchange::Broken, Exchange::Answered),
                () = alarm.as_mut() => {
                    let now = clock::now();
                    if now.duration_since(sent) >= TIMEOUT || run.is_given_up(now) {
                        return Exchange::Unanswered;
                    }
                    alarm.as_mut().reset((now + LOOK).into());
                }
            }
        }
    }

    fn record(&self, exchange: &Exchange, latency: Duration, now: Instant) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tally.accepted;
        match exchange {
            Exchange::Answered(answer) => {
                let body = &self.answer[answer.body.clone()];
                tally.answered(self.request.outcome(answer.status, body), answer.status, body, latency);
            }
            Exchange::Broken(why) => tally.broke(why),
            Exchange::Unanswered => tally.waited(latency),
        }
        tally.elapsed = now.duration_since(self.run.started);
        self.run.control.count(tally.accepted > before);
    }
}

/// Sends a request and reads its answer, over a new connection where there is none.
async fn exchange(run: &Run, stream: &mut Option<Stream>, request: &[u8], buffer: &mut [u8]) -> Result<Answer, String> {
    let stream = match stream {
        Some(stream) => stream,
        None => stream.insert(Stream::open(&run.plan.target, run.address).await.map_err(|error| error.to_string())?),
    };
    stream.send(request).await.map_err(|error| format!("sending broke off: {}", of_io(&error)))?;
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            return Err(format!("an answer over {ANSWER_BYTES} bytes"));
        }
        let read = stream.receive(&mut buffer[filled..]).await;
        let read = read.map_err(|error| format!("receiving broke off: {}", of_io(&error)))?;
        filled += read;
        match answer::read(&buffer[..filled], read == 0)? {
            Some(answer) if answer.body.end == filled => return Ok(answer),
            Some(_) => return Err("two answers to one request".to_owned()),
            None if read == 0 => return Err("the server closed a connection".to_owned()),
            None => {}
        }
    }
}
