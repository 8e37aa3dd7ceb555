//! What the servers are put under: the load generator's plans, and what it has sent so far.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use askfirst_load::{Control, NotRun, Plan, Request, Tally, Target, Until};

use crate::args::CommonArgs;

/// What to send, and what was acknowledged.
#[derive(Debug)]
pub(crate) struct Load {
    plan: Plan,
    /// Posts that were accepted so far.
    acknowledged: u64,
}

impl Load {
    /// Nothing sent yet.
    pub(crate) fn new(args: &CommonArgs, server: SocketAddr, request: Request) -> Self {
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
        Self { plan, acknowledged: 0 }
    }

    /// The same from one client that waits for each answer, as a tool empties its queue.
    pub(crate) fn of_one_client(mut self) -> Self {
        self.plan.connections = 1;
        self.plan.threads = 1;
        self
    }

    /// The same from another number on: two loads of the same app must not have the same records.
    pub(crate) fn beginning_at(mut self, first_sequence: u64) -> Self {
        self.plan.first_sequence = first_sequence;
        self
    }

    /// Sends requests for this long and waits for the answers under way. Records never repeat, over all runs.
    ///
    /// # Errors
    ///
    /// When the server could not be connected to.
    pub(crate) async fn run(&mut self, length: Duration) -> Result<Tally, NotRun> {
        self.plan.until = Until::Elapsed(length);
        let tally = self.plan.run(&Arc::new(Control::default())).await?;
        self.acknowledged += tally.accepted;
        self.plan.first_sequence = tally.next_sequence;
        Ok(tally)
    }

    /// Events in posts that were accepted so far.
    pub(crate) fn acknowledged_events(&self) -> u64 {
        self.acknowledged * self.events()
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
