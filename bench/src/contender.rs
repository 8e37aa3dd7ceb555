//! One of the two servers with what was sent to it so far.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::process::Command;

use crate::args::Args;
use crate::failure::{self, Failure};
use crate::figures::{Measured, per_second};
use crate::load::{Load, Tally};
use crate::proc_figures;
use crate::request::Request;
use crate::server_process::ServerProcess;

/// A server under load.
#[derive(Debug)]
pub(crate) struct Contender {
    server: ServerProcess,
    load: Load,
    acknowledged: u64,
}

/// What is known of a server at its end.
#[derive(Debug)]
pub(crate) struct Totals {
    /// Requests answered 200, those of the warm-up included.
    pub(crate) acknowledged: u64,
    /// The most memory that was resident, in bytes.
    pub(crate) peak_memory_bytes: Option<u64>,
}

impl Contender {
    /// Starts the server and prepares its requests, timestamped `now`.
    ///
    /// # Errors
    ///
    /// When the server doesn't come up.
    pub(crate) async fn start(
        name: &'static str,
        command: Command,
        args: &Args,
        now: Duration,
    ) -> Result<Self, Failure> {
        let server = ServerProcess::start(name, command).await?;
        let load = Load {
            server: server.address(),
            request: Request::new(server.address(), now),
            connections: args.connections.get(),
            // A thread without a connection would only count as time the generator had.
            threads: args.threads.min(args.connections).get(),
            length: Duration::ZERO,
            first_sequence: 0,
        };
        Ok(Self { server, load, acknowledged: 0 })
    }

    /// Loads the server for a while. Events never repeat, over all measurements of a run.
    ///
    /// # Errors
    ///
    /// When a connection breaks, or when a single request is refused: a rate with refusals in it measures something else.
    pub(crate) async fn measure(&mut self, length: Duration) -> Result<Measured, Failure> {
        self.load.length = length;
        let before = self.cpu_times();
        let tally = match self.load.run().await {
            Ok(tally) => tally,
            Err(problem) => return Err(self.server.explain(&problem).await),
        };
        let after = self.cpu_times();
        self.acknowledged += tally.acknowledged;
        self.load.first_sequence = tally.next_sequence;
        if let Some((status, body)) = &tally.first_refusal {
            let total = tally.acknowledged + tally.refused;
            let (name, refused) = (self.server.name(), tally.refused);
            return Err(Failure::BadResult(format!(
                "{name} refused {refused} of {total} requests, the first with {status}: {body}"
            )));
        }
        let [server_cpu, generator_cpu] = [0, 1].map(|place| Some(after[place]?.saturating_sub(before[place]?)));
        Ok(self.figures(&tally, server_cpu, generator_cpu))
    }

    fn figures(&self, tally: &Tally, server_cpu: Option<Duration>, generator_cpu: Option<Duration>) -> Measured {
        let micros_each = |time| 1e6 / per_second(tally.acknowledged, time);
        let millis = |quantile| Duration::from_micros(tally.latencies.value_at_quantile(quantile)).as_secs_f64() * 1e3;
        let threads = u32::try_from(self.load.threads).unwrap_or(u32::MAX);
        Measured {
            requests_per_second: per_second(tally.acknowledged, tally.elapsed),
            p50_ms: millis(0.5),
            p99_ms: millis(0.99),
            p999_ms: millis(0.999),
            max_ms: millis(1.0),
            server_cpu_us_per_request: server_cpu.map(micros_each),
            generator_cpu_us_per_request: generator_cpu.map(micros_each),
            generator_busy: generator_cpu.map(|time| time.as_secs_f64() / (tally.elapsed * threads).as_secs_f64()),
        }
    }

    /// CPU times of the server and of this process.
    fn cpu_times(&self) -> [Option<Duration>; 2] {
        [self.server.pid(), std::process::id()].map(proc_figures::cpu_time)
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Size of each request in bytes.
    pub(crate) fn request_bytes(&self) -> usize {
        self.load.request.len()
    }

    /// Stops the server politely, so that it leaves its data in order.
    ///
    /// # Errors
    ///
    /// When it doesn't stop.
    pub(crate) async fn stop(mut self) -> Result<Totals, Failure> {
        let peak_memory_bytes = proc_figures::peak_memory(self.server.pid());
        let status = self.server.stop().await?;
        if status.code().is_some_and(|code| code != 0) {
            failure::say(&format!("{} ended with {status} when asked to stop", self.server.name()));
        }
        Ok(Totals { acknowledged: self.acknowledged, peak_memory_bytes })
    }
}
