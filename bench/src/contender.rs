//! A server under load.

use std::net::SocketAddr;
use std::time::Duration;

use askfirst_load::{NotRun, Tally};
use tokio::process::Command;

use crate::failure::{self, Failure};
use crate::figures::{Measured, per_second, share};
use crate::load::Load;
use crate::proc_figures;
use crate::server_process::ServerProcess;

/// One of the servers that are measured.
#[derive(Debug)]
pub(crate) struct Contender {
    server: ServerProcess,
}

impl Contender {
    /// Starts the server.
    ///
    /// # Errors
    ///
    /// When the server doesn't come up.
    pub(crate) async fn start(name: &'static str, command: Command) -> Result<Self, Failure> {
        Ok(Self { server: ServerProcess::start(name, command).await? })
    }

    /// Loads the server for a while. Events never repeat, over all measurements of a run.
    ///
    /// # Errors
    ///
    /// When a connection breaks, or when a single request is refused: a rate with refusals in it measures something else.
    pub(crate) async fn measure(&mut self, load: &mut Load, length: Duration) -> Result<Measured, Failure> {
        let before = self.cpu_times();
        let tally = load.run(length).await;
        self.judge(load, tally, before).await
    }

    /// Loads the server until it says something.
    ///
    /// # Errors
    ///
    /// As [`Self::measure`], or when it does not say that in time.
    pub(crate) async fn measure_until(
        &mut self,
        load: &mut Load,
        texts: &[&str],
        time: Duration,
    ) -> Result<Measured, Failure> {
        let before = self.cpu_times();
        let (tally, line) = load.run_beside(self.server.line_with(texts, time)).await;
        line?;
        self.judge(load, tally, before).await
    }

    /// Waits until the server says something.
    ///
    /// # Errors
    ///
    /// When it does not in time.
    pub(crate) async fn wait_for(&mut self, texts: &[&str], time: Duration) -> Result<(), Failure> {
        self.server.line_with(texts, time).await
    }

    /// The figures of a measurement, if it is one.
    async fn judge(
        &mut self,
        load: &Load,
        tally: Result<Tally, NotRun>,
        before: [Option<Duration>; 2],
    ) -> Result<Measured, Failure> {
        let tally = match tally {
            Ok(tally) => tally,
            Err(problem) => return Err(self.server.explain(&problem.to_string()).await),
        };
        let after = self.cpu_times();
        // At a rate, what is due at the end may not have been sent. If it was and had no answer, what is stored will tell.
        let unanswered = if load.has_rate() { 0 } else { tally.unanswered };
        if let Some(problem) = &tally.first_problem
            && tally.broken + unanswered > 0
        {
            return Err(self.server.explain(problem).await);
        }
        let refused = tally.limited + tally.refused;
        if refused > 0 {
            let (name, total) = (self.server.name(), tally.posts());
            let first = tally.first_problem.as_deref().unwrap_or("429");
            return Err(Failure::BadResult(format!(
                "{name} refused {refused} of {total} requests, the first with {first}"
            )));
        }
        let [server_cpu, generator_cpu] = [0, 1].map(|place| Some(after[place]?.saturating_sub(before[place]?)));
        Ok(figures(load, &tally, server_cpu, generator_cpu))
    }

    /// CPU times of the server and of this process.
    fn cpu_times(&self) -> [Option<Duration>; 2] {
        [self.server.pid(), std::process::id()].map(proc_figures::cpu_time)
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How long it took until it said where it listens.
    pub(crate) fn started_in(&self) -> Duration {
        self.server.started_in()
    }

    /// The most memory it had resident so far, in bytes.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        proc_figures::peak_memory(self.server.pid())
    }

    /// How much memory it has resident, in bytes.
    pub(crate) fn memory(&self) -> Option<u64> {
        proc_figures::memory(self.server.pid())
    }

    /// Stops the server politely, so that it leaves its data in order; gives the most memory that was resident, in
    /// bytes.
    ///
    /// # Errors
    ///
    /// When it doesn't stop.
    pub(crate) async fn stop(mut self) -> Result<Option<u64>, Failure> {
        let peak_memory_bytes = self.peak_memory();
        let status = self.server.stop().await?;
        if status.code().is_some_and(|code| code != 0) {
            failure::say(&format!("{} ended with {status} when asked to stop", self.server.name()));
        }
        Ok(peak_memory_bytes)
    }
}

fn figures(load: &Load, tally: &Tally, server_cpu: Option<Duration>, generator_cpu: Option<Duration>) -> Measured {
    let events = tally.accepted * load.events();
    let micros_each = |count| move |time| 1e6 / per_second(count, time);
    // Of no requests there is no latency.
    let millis = |share| if tally.posts() > 0 { tally.latency(share).as_secs_f64() * 1e3 } else { f64::NAN };
    let threads = u32::try_from(load.threads()).unwrap_or(u32::MAX);
    Measured {
        requests_per_second: per_second(tally.accepted, tally.elapsed),
        events_per_second: per_second(events, tally.elapsed),
        p50_ms: millis(0.5),
        p99_ms: millis(0.99),
        p999_ms: millis(0.999),
        max_ms: millis(1.0),
        server_cpu_us_per_request: server_cpu.map(micros_each(tally.accepted)),
        server_cpu_us_per_event: server_cpu.map(micros_each(events)),
        generator_cpu_us_per_request: generator_cpu.map(micros_each(tally.accepted)),
        generator_busy: generator_cpu.map(|time| time.as_secs_f64() / (tally.elapsed * threads).as_secs_f64()),
        unanswered: share(tally.unanswered, tally.posts()),
    }
}
