//! `askfirst load-test` as it is typed.

use std::time::Duration;

use askfirst_contract::Span;
use askfirst_core::wire::Wire;
use askfirst_load::{MAX_CONNECTIONS, MAX_LENGTH, MAX_RATE, Rate, Request, Target, Until};
use clap::Args;
use clap::builder::PossibleValuesParser;

/// Put a server under load, and tell whether it copes.
///
/// Posts fresh valid records of a wire over many connections at once, as its clients do, and tells how many a second were
/// accepted, with which answers, and how long they took. What is accepted is stored: use a server with data for tests.
///
/// URL is the server's address with whatever is in front of the wire's own path: a base path, /a/APP, or /api/v1/APP. It
/// may also end with one of the wire's paths, such as /client-log of baofeng's.
///
/// Without --rate each connection posts as soon as it has an answer. That finds the highest rate, but a server that
/// stalls is asked less meanwhile, and the latencies don't show all of it. With --rate posts are due at fixed times, and
/// each is measured from when it was due, even if no connection was free for it then: what a stall does to users is in
/// the figures ("no coordinated omission"). Measure latencies with a --rate the server is to bear.
///
/// It passes where 95 % of the posts take at most 100 ms on a loopback address, 500 ms elsewhere, and under 1 %
/// are errors: any answer but a 2xx, an event that is not taken, a connection that breaks, no answer within 30 s. Limits
/// (429) are errors that are counted apart. Each post says in X-Forwarded-For that it comes from an address of its own;
/// a server believes that of the proxies it trusts.
///
/// Ctrl-C ends it early and prints the report.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst serve --trusted-proxy 127.0.0.1     in another terminal, to meet no limit of an address
  askfirst load-test http://127.0.0.1:8787 --wire voicemode
  askfirst load-test http://127.0.0.1:8787 --wire drift --batch 50 --for 30s --rate 2000/s
  askfirst load-test http://127.0.0.1:8787 --wire native --app mytool --total 100000
  askfirst load-test https://telemetry.example.com/a/domscribe --wire domscribe --rate 90/min

Exit codes: 0 pass, 1 fail, 2 the server can't be reached or the command line is not right.")]
pub(crate) struct LoadTestArguments {
    /// The server.
    #[arg(value_name = "URL", value_parser = Target::parse)]
    pub(crate) target: Target,
    /// What its clients speak.
    #[arg(long, value_parser = PossibleValuesParser::new(Wire::NAMES))]
    pub(crate) wire: String,
    /// The app whose events are sent, for native: its id, or its contract's file.
    #[arg(long, value_name = "ID|FILE", required_if_eq("wire", "native"))]
    pub(crate) app: Option<String>,
    /// Connections, each with one post in flight.
    #[arg(long, value_name = "N", default_value = "64", value_parser = connections)]
    pub(crate) connections: usize,
    /// End after so many posts.
    #[arg(long, value_name = "M", conflicts_with = "length", value_parser = clap::value_parser!(u64).range(1..))]
    total: Option<u64>,
    /// End after this time, such as 30s or 5min [default: 10s]
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    length: Option<Duration>,
    /// Posts that are due in a time, such as 2000/s or 90/min [default: as fast as the server answers]
    #[arg(long, value_parser = rate)]
    pub(crate) rate: Option<Rate>,
    /// Events of a post, for drift and native [default: 1]
    #[arg(long, value_name = "N", value_parser = batch)]
    pub(crate) batch: Option<usize>,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl LoadTestArguments {
    /// When it ends.
    pub(crate) fn until(&self) -> Until {
        let elapsed = || Until::Elapsed(self.length.unwrap_or(Duration::from_secs(10)));
        self.total.map_or_else(elapsed, Until::Posts)
    }
}

/// A number of connections.
fn connections(text: &str) -> Result<usize, String> {
    within(text, MAX_CONNECTIONS)
}

/// A number of events.
fn batch(text: &str) -> Result<usize, String> {
    within(text, Request::MAX_EVENTS)
}

fn within(text: &str, max: usize) -> Result<usize, String> {
    text.parse().ok().filter(|number| (1..=max).contains(number)).ok_or_else(|| format!("must be from 1 to {max}"))
}

/// `30s`
fn length(text: &str) -> Result<Duration, String> {
    let length = Span::parse(text).and_then(|span| u64::try_from(span.0).ok()).map(Duration::from_millis);
    let within = |length: &Duration| !length.is_zero() && *length <= MAX_LENGTH;
    length.filter(within).ok_or_else(|| "must be a time of at most an hour, such as 30s or 5min".to_owned())
}

/// `2000/s`
fn rate(text: &str) -> Result<Rate, String> {
    let parse = || {
        let (posts, unit) = text.split_once('/')?;
        // One of these, so no number of them.
        let per = unit.starts_with(char::is_alphabetic).then(|| length(&format!("1{unit}")).ok())??;
        let posts: u32 = posts.parse().ok().filter(|posts| *posts > 0)?;
        (u128::from(posts) * 1_000 <= u128::from(MAX_RATE) * per.as_millis()).then_some(Rate { posts, per })
    };
    parse().ok_or_else(|| format!("must be a rate such as 2000/s or 90/min, of at most {MAX_RATE}/s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_have_units_and_bounds() {
        assert_eq!(length("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(length("1h"), Ok(MAX_LENGTH));
        assert_eq!(rate("2000/s"), Ok(Rate { posts: 2_000, per: Duration::from_secs(1) }));
        assert_eq!(rate("90/min"), Ok(Rate { posts: 90, per: Duration::from_mins(1) }));
        assert!(rate("100000/s").is_ok());
        for text in ["", "30", "0s", "61min", "-1s", "soon"] {
            assert!(length(text).is_err(), "{text}");
        }
        for text in ["", "2000", "0/s", "-1/s", "1/", "/s", "1/2s", "1/fortnight", "100001/s", "1/d"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
