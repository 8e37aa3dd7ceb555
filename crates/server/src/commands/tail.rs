//! `askfirst tail`

use std::io::{self, IsTerminal as _, Write as _};

use askfirst_contract::Timestamp;
use askfirst_core::live::Happening;
use askfirst_sqlite::Live;
use tokio::time::{MissedTickBehavior, interval};

use super::query::on_one_line;
use crate::args::tail::TailArguments;
use crate::config::{AppSettings, Settings};
use crate::failure::Failure;
use crate::{clock, signals};

/// The width of the longest outcome.
const OUTCOME_WIDTH: usize = "duplicate".len();

pub(crate) fn run(arguments: &TailArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let followed = open(&settings, &arguments.apps)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::not_right(format!("can't start: {error}")))?;
    runtime.block_on(follow(arguments, followed))
}

/// An app and the reader of its ledger.
struct Followed {
    app: String,
    live: Live,
}

/// Opens the ledgers of these apps, or of all that have one.
fn open(settings: &Settings, apps: &[String]) -> Result<Vec<Followed>, Failure> {
    let has_ledger = |app: &&AppSettings| settings.ledger_path(app).exists();
    let apps: Vec<&AppSettings> = if apps.is_empty() {
        settings.apps.iter().filter(has_ledger).collect()
    } else {
        apps.iter().map(|app| settings.app(app)).collect::<Result<_, _>>()?
    };
    if apps.is_empty() {
        let shown = settings.data.display();
        let problem = format!("there is no ledger in {shown}; start the server, or name its data with --data");
        return Err(Failure::failed(problem));
    }
    let open = |app: &AppSettings| {
        let path = super::existing_ledger(settings, app)?;
        let live = Live::open(&path, None, clock::now());
        let live = live.map_err(|error| Failure::failed(format!("can't open {}: {error}", path.display())))?;
        Ok(Followed { app: app.contract.app.id.clone(), live })
    };
    apps.into_iter().map(open).collect()
}

/// Tells what happens until Ctrl-C.
#[expect(clippy::print_stderr, reason = "what is followed is for people")]
async fn follow(arguments: &TailArguments, mut followed: Vec<Followed>) -> Result<(), Failure> {
    let printer = Printer {
        json: arguments.json,
        colour: io::stdout().is_terminal(),
        app_width: followed.iter().map(|followed| followed.app.len()).max().unwrap_or_default(),
    };
    let mut stop = std::pin::pin!(signals::stop()?);
    let apps: Vec<_> = followed.iter().map(|followed| followed.app.as_str()).collect();
    eprintln!("Following {}. Ctrl-C ends it.", apps.join(", "));
    let mut ticks = interval(Live::INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut stop => return Ok(()),
            _ = ticks.tick() => {}
        }
        let now = clock::now();
        let mut out = io::stdout().lock();
        for Followed { app, live } in &mut followed {
            let happened = live.poll(now).map_err(|error| Failure::failed(format!("the ledger of {app}: {error}")))?;
            for happening in happened.iter().filter(|happening| is_wanted(arguments, happening)) {
                writeln!(out, "{}", printer.line(app, happening, now))?;
            }
        }
        out.flush()?;
    }
}

/// Whether the filters let it through; what is only counted has no type.
fn is_wanted(arguments: &TailArguments, happening: &Happening) -> bool {
    let TailArguments { types, outcomes, .. } = arguments;
    let is_type = types.is_empty()
        || match happening {
            Happening::Accepted { event, .. } => types.contains(&event.event_type),
            Happening::LeftOut(_) => true,
            Happening::Counted { .. } => false,
        };
    is_type && (outcomes.is_empty() || outcomes.iter().any(|outcome| outcome.name() == happening.outcome()))
}

/// How lines look.
struct Printer {
    json: bool,
    colour: bool,
    app_width: usize,
}

impl Printer {
    fn line(&self, app: &str, happening: &Happening, now: Timestamp) -> String {
        if self.json {
            return happening.to_json(app);
        }
        let (time, what) = match happening {
            Happening::Accepted { event, .. } => {
                (event.received_at, on_one_line(&format!("{}  {}", event.event_type, event.fields)))
            }
            Happening::LeftOut(count) => (now, format!("{count} more, too many to show")),
            Happening::Counted { reason, field, client_version, count, .. } => {
                (now, on_one_line(&counted(*count, reason, field, client_version)))
            }
        };
        let outcome = happening.outcome();
        let padding = " ".repeat(OUTCOME_WIDTH.saturating_sub(outcome.len()));
        let (start, end) = if self.colour { (colour(outcome), "\u{1b}[0m") } else { ("", "") };
        format!("{}  {app:<1$}  {start}{outcome}{end}{padding}  {what}", time_of_day(time), self.app_width)
    }
}

/// `2 × enum at /mode by 1.4.0`
fn counted(count: u64, reason: &str, field: &str, client_version: &str) -> String {
    let parts = [("×", reason), ("at", field), ("by", client_version)];
    let told = parts.iter().filter(|(_, part)| !part.is_empty()).map(|(word, part)| format!(" {word} {part}"));
    count.to_string() + &told.collect::<String>()
}

/// The UTC time of day, to the millisecond.
fn time_of_day(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('T').map_or(text.as_str(), |(_, time)| time.trim_end_matches('Z')).to_owned()
}

fn colour(outcome: &str) -> &'static str {
    match outcome {
        "accepted" => "\u{1b}[32m",
        "refused" => "\u{1b}[31m",
        "limited" => "\u{1b}[33m",
        _ => "\u{1b}[2m",
    }
}

#[cfg(test)]
mod tests {
    use askfirst_core::question::RecentEvent;

    use super::*;

    fn event(event_type: &str) -> Happening {
        let received_at = Timestamp::parse("2026-02-27T13:37:11.123Z").unwrap();
        let fields = r#"{"a":1}"#.to_owned();
        let event = RecentEvent { event_type: event_type.to_owned(), received_at, occurred_at: None, fields };
        Happening::Accepted { seq: 1, event }
    }

    fn refused(reason: &str, field: &str, version: &str) -> Happening {
        Happening::Counted {
            outcome: "refused".to_owned(),
            reason: reason.to_owned(),
            field: field.to_owned(),
            client_version: version.to_owned(),
            count: 2,
        }
    }

    #[test]
    fn lines_are_aligned_and_hold_nothing_that_moves_the_cursor() {
        let printer = Printer { json: false, colour: false, app_width: 6 };
        let now = Timestamp::parse("2026-02-27T13:37:12.250Z").unwrap();
        for (happening, line) in [
            (event("run"), "13:37:11.123  drift   accepted   run  {\"a\":1}"),
            (event("\u{1b}[2J\n"), "13:37:11.123  drift   accepted   \\u{1b}[2J\\n  {\"a\":1}"),
            (Happening::LeftOut(7), "13:37:12.250  drift   accepted   7 more, too many to show"),
            (refused("enum", "/os", "1.4.0"), "13:37:12.250  drift   refused    2 × enum at /os by 1.4.0"),
            (refused("not_json", "", ""), "13:37:12.250  drift   refused    2 × not_json"),
            (refused("", "", "1.4.0"), "13:37:12.250  drift   refused    2 by 1.4.0"),
            (refused("", "", ""), "13:37:12.250  drift   refused    2"),
        ] {
            assert_eq!(printer.line("drift", &happening, now), line);
        }
        let printer = Printer { colour: true, ..printer };
        let line = printer.line("drift", &event("run"), now);
        assert_eq!(line, "13:37:11.123  drift   \u{1b}[32maccepted\u{1b}[0m   run  {\"a\":1}");
    }
}
