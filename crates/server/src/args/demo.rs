//! `askfirst demo` as it is typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use askfirst_contract::Timestamp;
use clap::Args;

use super::contract::parse_time;

/// Serve the ledger of a tool that does not exist, with events coming, to try things out on.
///
/// Some thousand people and machines use it: with weekends, releases that are taken over days, installs that come, go
/// and stay, build machines, a release that crashes on Windows for a week, clocks that are wrong, and events that come
/// days late, twice, or broken. The same seed, numbers and --until make the same events. The ledger gets its name once
/// it is whole; Ctrl-C before that leaves none. Then it is served, with an event a second or so, until Ctrl-C; one that is
/// there already is served again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst demo                                  then open http://127.0.0.1:8787/-/
  askfirst demo --events 10M --data big
  askfirst demo --no-serve --events 250k --days 30 --until 2026-03-01 --seed 7

Beside it or after it:
  askfirst stats demo --data demo-data --contracts demo-data/contracts")]
pub(crate) struct DemoArguments {
    /// How many events are stored, such as 5000, 250k or 10M.
    #[arg(long, value_name = "N", default_value = "100k", value_parser = parse_count)]
    pub(crate) events: u64,
    /// How many installs there are [default: one for 50 events]
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub(crate) installs: Option<u64>,
    /// How many UTC days they cover, 1 to 366.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    /// Another number makes another population.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// When the last event is received, such as 2026-03-01 [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) until: Option<Timestamp>,
    /// The folder to make it in.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub(crate) data: PathBuf,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// Only make the ledger, which must not be there yet.
    #[arg(long, conflicts_with = "listen")]
    pub(crate) no_serve: bool,
}

/// A number with `k` or `M` behind it, or nothing.
fn parse_count(text: &str) -> Result<u64, String> {
    let (digits, times) = match text.as_bytes().last() {
        Some(b'k') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let count = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(times));
    count.filter(|count| *count > 0).ok_or_else(|| format!("`{text}` is no number such as 5000, 250k or 10M"))
}

#[cfg(test)]
mod tests {
    use super::parse_count;

    #[test]
    fn counts_may_be_short() {
        for (text, count) in [("1", 1), ("5000", 5_000), ("250k", 250_000), ("10M", 10_000_000)] {
            assert_eq!(parse_count(text), Ok(count));
        }
        for text in ["", "0", "k", "0k", "-1", "1.5M", "1m", "10 M", "99999999999999999999", "99999999999999M", "é"] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }
}
