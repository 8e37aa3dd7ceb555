//! What the servers are put under: the load generator's plans, and what it has sent so far.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use askfirst_load::{Control, MAX_LENGTH, NotRun, Plan, Rate, Request, Tally, Target, Until};

use crate::args::CommonArgs;

/// What to send, and what was acknowledged.
#[derive(Debug)]
pub(crate) struct Load {
    app: &'static str,
    plan: Plan,
    /// Posts that were accepted so far.
    acknowledged: u64,
}

impl Load {
    /// Nothing sent yet.
    pub(crate) fn new(args: &CommonArgs, app: &'static str, server: SocketAddr, request: Request) -> Self {
        let plan = Plan {
            target: Target::from(server),
            request,
            connections: args.connections.get(),
            // A thread without a connection would only count as time the generator had.
            threads: args.threads.min(args.connections).get(),
            until: Until::Elapsed(Duration::ZERO),
            rate: None,
            first_sequence: 0,
        };
        Self { app, plan, acknowledged: 0 }
    }

    /// The same from so many connections at the most.
    pub(crate) fn over_at_most(mut self, connections: usize) -> Self {
        self.plan.connections = self.plan.connections.min(connections);
        self.plan.threads = self.plan.threads.min(connections);
        self
    }

    /// The same with other records: of all loads of an app, each has another one of these numbers, up to 9.
    ///
    /// An install's number is a request's over 1 to 100, so numbers of 2^40 requests each don't overlap.
    pub(crate) fn numbered(mut self, number: u64) -> Self {
        self.plan.first_sequence = number << 40;
        self
    }

    /// From now on so many requests are due a second, whatever the answers; or again as many as are answered.
    pub(crate) fn set_rate(&mut self, per_second: Option<f64>) {
        // A request each so many nanoseconds.
        let rate = per_second.map(|rate| Rate { posts: 1, per: Duration::from_secs(1).div_f64(rate.max(1.0)) });
        self.plan.rate = rate;
    }

    /// Sends requests for this long and waits for the answers under way. Records never repeat, over all runs.
    ///
    /// # Errors
    ///
    /// When the server could not be connected to.
    pub(crate) async fn run(&mut self, length: Duration) -> Result<Tally, NotRun> {
        self.plan.until = Until::Elapsed(length);
        let tally = self.plan.run(&Arc::new(Control::default())).await?;
        Ok(self.count(tally))
    }

    /// The same for as long as something else takes; gives what came of that, too.
    ///
    /// # Errors
    ///
    /// When the server could not be connected to.
    pub(crate) async fn run_beside<T>(&mut self, other: impl Future<Output = T>) -> (Result<Tally, NotRun>, T) {
        self.plan.until = Until::Elapsed(MAX_LENGTH);
        let control = Arc::new(Control::default());
        let other = async {
            let outcome = other.await;
            control.stop();
            outcome
        };
        let (tally, outcome) = tokio::join!(self.plan.run(&control), other);
        (tally.map(|tally| self.count(tally)), outcome)
    }

    fn count(&mut self, tally: Tally) -> Tally {
        self.acknowledged += tally.accepted;
        self.plan.first_sequence = tally.next_sequence;
        tally
    }

    /// Events in posts that were accepted so far.
    pub(crate) fn acknowledged_events(&self) -> u64 {
        self.acknowledged * self.events()
    }

    /// Bytes of the bodies of these posts.
    pub(crate) fn acknowledged_bytes(&self) -> u64 {
        self.acknowledged * self.plan.request.body_size() as u64
    }

    /// The app whose events these are.
    pub(crate) fn app(&self) -> &'static str {
        self.app
    }

    /// Whether requests are due at a rate.
    pub(crate) fn has_rate(&self) -> bool {
        self.plan.rate.is_some()
    }

    /// Connections, each with one request in flight.
    pub(crate) fn connections(&self) -> usize {
        self.plan.connections
    }

    /// How many events a request has.
    pub(crate) fn events(&self) -> u64 {
        self.plan.request.events()
    }

    /// Size of a request, head and body, in bytes; the mean where they differ.
    pub(crate) fn request_size(&self) -> usize {
        self.plan.request.size()
    }

    /// Threads of the generator.
    pub(crate) fn threads(&self) -> usize {
        self.plan.threads
    }
}
