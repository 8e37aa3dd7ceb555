//! What Prometheus is told, in its text format 0.0.4. Labels hold names of ours only, never anything a client sent,
//! so nothing has to be escaped.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use askfirst_core::Service;
use askfirst_sqlite::{SqliteLedger, Stats};

/// The media type of the text.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Takes the value of one metric.
type Figure = fn(&Stats) -> f64;

/// All metrics as text.
pub(crate) fn encode(service: &Service<Arc<SqliteLedger>>) -> String {
    let ledgers: Vec<(&str, Stats)> =
        service.apps.iter().map(|app| (app.contract.app.id.as_str(), app.ledger.stats())).collect();
    let mut text = String::new();
    // Writing to a String has no error to give.
    let _ = write(&mut text, &ledgers);
    text
}

fn write(text: &mut String, ledgers: &[(&str, Stats)]) -> fmt::Result {
    describe(text, "askfirst_events_total", "counter", "Reported events by outcome.")?;
    for (app, stats) in ledgers {
        for ((outcome, reason), count) in stats.outcomes.iter().filter(|((outcome, _), _)| *outcome != "discarded") {
            let labels = format!(r#"app="{app}",outcome="{outcome}",reason="{reason}""#);
            writeln!(text, "askfirst_events_total{{{labels}}} {count}")?;
        }
    }
    let of_ledger: [(&str, &str, &str, Figure); 5] = [
        (
            "askfirst_discarded_fields_total",
            "counter",
            "Undeclared fields that were dropped from stored events.",
            |stats| as_number(discarded(stats)),
        ),
        ("askfirst_unavailable_total", "counter", "Events that were turned away with a 503 or 500.", |stats| {
            as_number(stats.unavailable)
        }),
        ("askfirst_commits_total", "counter", "Transactions on stable storage.", |stats| {
            as_number(stats.commits.count)
        }),
        (
            "askfirst_commit_seconds_total",
            "counter",
            "Time in transactions, from the first statement to stable storage.",
            |stats| stats.commits.time.as_secs_f64(),
        ),
        ("askfirst_queued_events", "gauge", "Events that wait for the writer.", |stats| as_number(stats.queued as u64)),
    ];
    for (name, kind, help, value) in of_ledger {
        describe(text, name, kind, help)?;
        for (app, stats) in ledgers {
            writeln!(text, r#"{name}{{app="{app}"}} {}"#, value(stats))?;
        }
    }
    Ok(())
}

/// Discarded fields are counted beside the outcomes of events, but are none.
fn discarded(stats: &Stats) -> u64 {
    stats.outcomes.iter().filter(|((outcome, _), _)| *outcome == "discarded").map(|(_, count)| count).sum()
}

fn describe(text: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus' numbers are floating-point")]
fn as_number(count: u64) -> f64 {
    count as f64
}
