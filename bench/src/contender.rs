//! One of the two servers under load.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::process::Command;

use crate::failure::{self, Failure};
use crate::figures::{Measured, per_second};
use crate::load::{Load, Tally};
use crate::proc_figures;
use crate::server_process::ServerProcess;

/// A server under load.
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
        load.length = length;
        let before = self.cpu_times();
        let tally = match load.run().await {
            Ok(tally) => tally,
            Err(problem) => return Err(self.server.explain(&problem).await),
        };
        let after = self.cpu_times();
        load.acknowledged += tally.acknowledged;
        load.first_sequence = tally.next_sequence;
        if let Some((status, body)) = &tally.first_refusal {
            let total = tally.acknowledged + tally.refused;
            let (name, refused) = (self.server.name(), tally.refused);
            return Err(Failure::BadResult(format!(
                "{name} refused {refused} of {total} requests, the first with {status}: {body}"
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

    /// Stops the server politely, so that it leaves its data in order; gives the most memory that was resident, in
    /// bytes.
    ///
    /// # Errors
    ///
    /// When it doesn't stop.
    pub(crate) async fn stop(mut self) -> Result<Option<u64>, Failure> {
        let peak_memory_bytes = proc_figures::peak_memory(self.server.pid());
        let status = self.server.stop().await?;
        if status.code().is_some_and(|code| code != 0) {
            failure::say(&format!("{} ended with {status} when asked to stop", self.server.name()));
        }
        Ok(peak_memory_bytes)
    }
}

fn figures(load: &Load, tally: &Tally, server_cpu: Option<Duration>, generator_cpu: Option<Duration>) -> Measured {
    let events = tally.acknowledged * load.request.events();
    let micros_each = |count| move |time| 1e6 / per_second(count, time);
    let millis = |quantile| Duration::from_micros(tally.latencies.value_at_quantile(quantile)).as_secs_f64() * 1e3;
    let threads = u32::try_from(load.threads).unwrap_or(u32::MAX);
    Measured {
        requests_per_second: per_second(tally.acknowledged, tally.elapsed),
        events_per_second: per_second(events, tally.elapsed),
        p50_ms: millis(0.5),
        p99_ms: millis(0.99),
        p999_ms: millis(0.999),
        max_ms: millis(1.0),
        server_cpu_us_per_request: server_cpu.map(micros_each(tally.acknowledged)),
        server_cpu_us_per_event: server_cpu.map(micros_each(events)),
        generator_cpu_us_per_request: generator_cpu.map(micros_each(tally.acknowledged)),
        generator_busy: generator_cpu.map(|time| time.as_secs_f64() / (tally.elapsed * threads).as_secs_f64()),
    }
}
