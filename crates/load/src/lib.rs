//! Load for telemetry servers: fresh valid records of every wire, posted over many connections, and what became of them.
//!
//! In scope: the records ([`Request`]), made once and patched in place; where they go ([`Target`]), over HTTP/1.1 with
//! or without TLS; the run ([`Plan::run`]), as fast as the server answers or at a fixed rate; and its [`Report`] with a
//! verdict. Latencies at a fixed rate count from the moment at which a post was due, so a server that stalls can't hide
//! the posts that would have met the stall ("coordinated omission").
//!
//! A post costs the generator one write, normally one read, two reads of the clock and no allocation, because it often
//! shares the machine with the server that it measures. For the same reason its threads are batch jobs to the kernel where
//! no rate is asked for.
//!
//! Out of scope: arguments, progress bars and printing (`askfirst load-test`), and comparing servers (`bench`).

mod answer;
mod batch;
mod clock;
mod connection;
mod plan;
mod report;
mod request;
mod run;
mod stream;
mod tally;
mod target;
mod template;
mod wire;

pub use plan::{MAX_CONNECTIONS, MAX_LENGTH, MAX_RATE, Plan, Rate, Until};
pub use report::{Latencies, Report};
pub use request::{Request, Unmakeable};
pub use run::{Control, NotRun};
pub use tally::Tally;
pub use target::{BadUrl, Target};
