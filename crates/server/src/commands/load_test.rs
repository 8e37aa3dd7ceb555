//! `askfirst load-test`

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use askfirst_contract::Contract;
use askfirst_core::wire::Wire;
use askfirst_load::{Control, NotRun, Plan, Report, Request, Tally, Until};
use comfy_table::CellAlignment;
use indicatif::ProgressBar;

use super::contract::{load, shown};
use super::query::plain_table;
use crate::args::load_test::LoadTestArguments;
use crate::failure::Failure;
use crate::{clock, progress, signals};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(200);

pub(crate) fn run(arguments: &LoadTestArguments) -> Result<(), Failure> {
    let contract = contract(arguments)?;
    let plan = plan(arguments, contract.as_ref())?;
    // Best effort: a connection is an open file.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::not_right(format!("can't start: {error}")))?;
    let tally = runtime.block_on(run_or_stop(&plan))?;

    let report = Report::of(&plan, &tally);
    let app = contract.as_ref().map_or(&arguments.wire, |contract| &contract.app.id);
    let advice = (report.limited > 0).then(|| advice(app));
    let mut out = io::stdout().lock();
    if arguments.json {
        let mut json = serde_json::to_value(&report).map_err(Failure::failed)?;
        json["advice"] = advice.into();
        writeln!(out, "{json:#}")?;
    } else {
        writeln!(out, "{}", as_text(&report, advice.as_deref()))?;
    }
    if report.pass { Ok(()) } else { Err(Failure::failed(missed(&report))) }
}

/// The contract of the app that is named, which speaks the native wire.
fn contract(arguments: &LoadTestArguments) -> Result<Option<Contract>, Failure> {
    let Some(app) = &arguments.app else { return Ok(None) };
    if Wire::named(&arguments.wire) != Some(Wire::Native) {
        return Err(Failure::not_right("--app is for --wire native; the records of the other wires are known"));
    }
    let contract = load(app)?;
    let wire = &contract.app.wire;
    if Wire::named(wire) != Some(Wire::Native) {
        return Err(Failure::not_right(format!(
            "the clients of `{app}` speak another wire: --wire {wire} without --app"
        )));
    }
    Ok(Some(contract))
}

fn plan(arguments: &LoadTestArguments, contract: Option<&Contract>) -> Result<Plan, Failure> {
    Ok(Plan {
        target: arguments.target.clone(),
        request: request(arguments, contract)?,
        connections: arguments.connections,
        // One leaves the other cores to the server, and sends tens of thousands of posts a second.
        threads: 1,
        until: arguments.until(),
        rate: arguments.rate,
        // Random, so that a second run does not repeat the records of the first.
        first_sequence: RandomState::new().hash_one(()),
    })
}

fn request(arguments: &LoadTestArguments, contract: Option<&Contract>) -> Result<Request, Failure> {
    let (target, now, events) = (&arguments.target, clock::now(), arguments.batch.unwrap_or(1));
    let wire = Wire::named(&arguments.wire);
    if arguments.batch.is_some() && !matches!(wire, Some(Wire::Drift | Wire::Native)) {
        return Err(Failure::not_right("--batch is for drift and native; a post of the other wires has one event"));
    }
    match (wire, contract) {
        (Some(Wire::Voicemode), _) => Ok(Request::voicemode(target, now)),
        (Some(Wire::Drift), _) => Ok(Request::drift(target, now, events)),
        (Some(Wire::Baofeng), _) => Ok(Request::baofeng(target, now)),
        (Some(Wire::Domscribe), _) => Ok(Request::domscribe(target)),
        (Some(Wire::Native), Some(contract)) => {
            Request::native(target, now, events, contract).map_err(Failure::not_right)
        }
        // The command line was read so that there are both.
        (Some(Wire::Native) | None, _) => Err(Failure::not_right("--wire native needs --app")),
    }
}

/// Runs to the end, or until somebody has seen enough; shows how far it is where a person watches.
async fn run_or_stop(plan: &Plan) -> Result<Tally, Failure> {
    let mut stop = std::pin::pin!(signals::stop()?);
    let control = Arc::new(Control::default());
    let bar = bar(plan);
    let mut tick = tokio::time::interval(TICK);
    let mut run = std::pin::pin!(plan.run(&control));
    let result = loop {
        tokio::select! {
            result = &mut run => break result,
            () = &mut stop, if !control.is_stopped() => control.stop(),
            _ = tick.tick() => show(&bar, plan, &control),
        }
        if control.is_stopped() && control.elapsed().is_none() {
            break Err(NotRun::Generator("it was stopped before anything was sent".to_owned()));
        }
    };
    bar.finish_and_clear();
    result.map_err(Failure::not_right)
}

/// A bar where somebody watches.
fn bar(plan: &Plan) -> ProgressBar {
    let length = match plan.until {
        Until::Elapsed(length) => millis(length),
        Until::Posts(posts) => posts,
    };
    progress::bar(length, "{wide_bar} {msg}, {eta} left")
}

fn show(bar: &ProgressBar, plan: &Plan, control: &Control) {
    let Some(elapsed) = control.elapsed() else { return };
    let (accepted, errors) = control.counts();
    bar.set_position(match plan.until {
        Until::Elapsed(length) => millis(elapsed.min(length)),
        Until::Posts(_) => accepted + errors,
    });
    bar.set_message(format!("{} posts, {errors} errors", accepted + errors));
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn as_text(report: &Report, advice: Option<&str>) -> String {
    let mut parts = vec![conditions(report), table(report)];
    if let Some(problem) = &report.first_problem {
        parts.push(format!("first problem: {}", shown(problem).replace('\n', " ")));
    }
    parts.extend(advice.map(str::to_owned));
    parts.push(if report.pass { "pass" } else { "fail" }.to_owned());
    parts.join("\n\n")
}

/// Where to, and how.
fn conditions(report: &Report) -> String {
    let Report { url, connections, seconds, .. } = report;
    let events = if report.events_per_post == 1 { "" } else { &format!(" of {} events", report.events_per_post) };
    let pace = match report.rate {
        Some(rate) => {
            format!("{} posts{events} a second, each measured from when it was due", (rate * 1e2).round() / 1e2)
        }
        None => format!("posts{events} as fast as they are answered"),
    };
    format!("POST {url}\n{pace}; {connections} connections, {seconds:.1} s")
}

fn table(report: &Report) -> String {
    let latency = &report.latency_ms;
    let kept = |is_kept| if is_kept { "ok" } else { "MISSED" };
    let errors = format!("< {} {}", report.error_share_ceiling * 1e2, kept(report.is_right_enough()));
    let p95 = format!("<= {} {}", report.p95_ceiling_ms, kept(report.is_fast_enough()));
    let count = |name: &str, count: u64| [name.to_owned(), count.to_string(), String::new()];
    let figure = |name: &str, figure: f64, digits: usize, wanted: &str| {
        [name.to_owned(), format!("{figure:.digits$}"), wanted.to_owned()]
    };

    let mut table = plain_table();
    table.set_header(["", "measured", "wanted"]);
    table.add_rows([
        count("posts", report.posts),
        count("accepted", report.accepted),
        count("limited", report.limited),
        count("refused", report.refused),
        count("broken connections", report.broken),
        count("unanswered", report.unanswered),
    ]);
    table.add_rows(report.statuses.iter().map(|(status, number)| count(&format!("status {status}"), *number)));
    table.add_rows([
        figure("errors, %", report.error_share * 1e2, 2, &errors),
        figure("accepted posts/s", report.posts_per_second, 0, ""),
        figure("accepted events/s", report.events_per_second, 0, ""),
        figure("p50, ms", latency.p50, 2, ""),
        figure("p95, ms", latency.p95, 2, &p95),
        figure("p99, ms", latency.p99, 2, ""),
        figure("max, ms", latency.max, 2, ""),
    ]);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn missed(report: &Report) -> String {
    let mut missed = Vec::new();
    if !report.is_right_enough() {
        let ceiling = report.error_share_ceiling * 1e2;
        missed
            .push(format!("{:.2} % of the posts were errors, and {ceiling} % are too many", report.error_share * 1e2));
    }
    if !report.is_fast_enough() {
        let (p95, ceiling) = (report.latency_ms.p95, report.p95_ceiling_ms);
        missed.push(format!("5 % of the posts took {p95:.0} ms or longer, and {ceiling} ms are the most"));
    }
    missed.join("; ")
}

/// What to do about limits.
fn advice(app: &str) -> String {
    let app = app.to_uppercase().replace('-', "_");
    format!(
        "The server takes only so many events of one address. Each post says in X-Forwarded-For that it comes from\n\
         another one: started with --trusted-proxy and this machine's address, the server believes it. Or switch the\n\
         limit off for the test: ASKFIRST_APP_{app}_LIMITS_ADDRESS=off"
    )
}
