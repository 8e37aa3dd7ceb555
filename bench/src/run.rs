//! The run: both servers started once, measured in turns, checked, reported.

use std::path::Path;

use askfirst_load::{Request, Target};
use tokio::process::Command;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Args;
use crate::askfirst;
use crate::clock;
use crate::contender::Contender;
use crate::data_dir::{self, DataDir};
use crate::failure::{self, Failure};
use crate::figures::Round;
use crate::load::Load;
use crate::proc_figures;
use crate::report::{Conditions, Ledger, Report};
use crate::table;

/// The apps that are reported to.
const VOICEMODE: &str = "voicemode";
const DRIFT: &str = "drift";
/// Events of the larger kind of Drift's requests.
const BATCH: usize = Request::MAX_EVENTS;
/// Where the numbers of these begin: far behind those of the smaller kind.
const FIRST_BATCH: u64 = 1 << 40;

/// Runs everything; an interruption still kills the servers and removes their data.
///
/// # Errors
///
/// When nothing could be measured, or when what was measured is not good.
pub(crate) fn until_done_or_interrupted(args: &Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::CannotMeasure(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            result = run(args) => result,
            () = interruption() => Err(Failure::CannotMeasure("interrupted".to_owned())),
        }
    })
}

/// Waits for Ctrl-C, or for the SIGTERM of a job that is cancelled.
async fn interruption() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // An error means that no handler could be had: then the default, to end at once, holds.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    let executable = std::env::current_exe();
    let executable = executable.map_err(|error| Failure::CannotMeasure(format!("this executable: {error}")))?;
    let binary = askfirst::find(args.askfirst.as_deref(), &executable)?;
    let parent = args.data_dir.clone().unwrap_or_else(|| data_dir::default_parent(&executable));
    // Declared before the servers, so that these are gone when their data is removed.
    let data = DataDir::new(&parent)?;
    let report = measure(args, &executable, &binary, &data).await?;
    print(&table::of(&report));
    if let Some(file) = &args.json {
        let cannot = |error: String| Failure::CannotMeasure(format!("{}: {error}", file.display()));
        let json = serde_json::to_string_pretty(&report).map_err(|error| cannot(error.to_string()))?;
        std::fs::write(file, json + "\n").map_err(|error| cannot(error.to_string()))?;
    }
    judge(&report, args.check)
}

/// What is sent: to no-op, and to askfirst by the wires of two apps.
struct Loads {
    no_op: Load,
    askfirst: Load,
    single: Load,
    batch: Load,
}

/// Starts both servers, measures, stops them, and asks what was stored.
async fn measure(args: &Args, executable: &Path, binary: &Path, data: &DataDir) -> Result<Report, Failure> {
    let load_average = proc_figures::load_average();
    let started = clock::now();
    let mut no_op = Command::new(executable);
    no_op.arg("no-op");
    let mut no_op = Contender::start("no-op", no_op).await?;
    let mut askfirst = Contender::start("askfirst", askfirst::serve(binary, data.path())).await?;
    let [to_no_op, to_askfirst] = [no_op.address(), askfirst.address()];
    let targets = [to_no_op, to_askfirst].map(Target::from);
    let [voicemode_of_no_op, voicemode] = targets.each_ref().map(|target| Request::voicemode(target, started));
    let drift = |events| Load::new(args, to_askfirst, Request::drift(&targets[1], started, events)).of_one_client();
    let mut loads = Loads {
        no_op: Load::new(args, to_no_op, voicemode_of_no_op),
        askfirst: Load::new(args, to_askfirst, voicemode),
        single: drift(1),
        batch: drift(BATCH).beginning_at(FIRST_BATCH),
    };
    let rounds = rounds(args, &mut no_op, &mut askfirst, &mut loads).await?;
    let events_per_commit = askfirst::events_per_commit(to_askfirst, VOICEMODE).await;
    let Loads { askfirst: reports, single, batch, .. } = loads;
    let drift_bytes = [&single, &batch].map(Load::request_size);
    let conditions =
        Conditions::of(args, started, reports.request_size(), drift_bytes, load_average, data.file_system.clone());
    let peaks = [no_op.stop().await?, askfirst.stop().await?];
    let ledgers = [
        Ledger::new(reports.acknowledged_events(), askfirst::stored_events(binary, data.path(), VOICEMODE).await),
        Ledger::new(
            single.acknowledged_events() + batch.acknowledged_events(),
            askfirst::stored_events(binary, data.path(), DRIFT).await,
        ),
    ];
    Ok(Report::new(conditions, rounds, ledgers, events_per_commit, peaks))
}

/// Measures everything in turns; the server that is not measured idles.
async fn rounds(
    args: &Args,
    no_op: &mut Contender,
    askfirst: &mut Contender,
    loads: &mut Loads,
) -> Result<Vec<Round>, Failure> {
    failure::say("warming up");
    no_op.measure(&mut loads.no_op, args.warm_up).await?;
    for load in [&mut loads.askfirst, &mut loads.single, &mut loads.batch] {
        askfirst.measure(load, args.warm_up).await?;
    }
    let mut rounds = Vec::new();
    for number in 1..=args.rounds.get() {
        let say = |what, measured| failure::say(&format!("round {number} of {}: {what} {measured}", args.rounds));
        let no_op = no_op.measure(&mut loads.no_op, args.seconds).await?;
        say("no-op   ", no_op);
        let voicemode = askfirst.measure(&mut loads.askfirst, args.seconds).await?;
        say("askfirst", voicemode);
        let single = askfirst.measure(&mut loads.single, args.seconds).await?;
        say("1 event ", single);
        let batch = askfirst.measure(&mut loads.batch, args.seconds).await?;
        say("a batch ", batch);
        rounds.push(Round::new(no_op, voicemode, [single, batch]));
    }
    Ok(rounds)
}

/// Says what the table alone would leave unsaid, and fails when the run is not good.
fn judge(report: &Report, check: bool) -> Result<(), Failure> {
    if let Some(warning) = report.warning() {
        failure::say(&warning);
    }
    for (app, Ledger { acknowledged, stored, stored_unknown }) in
        [(VOICEMODE, &report.voicemode), (DRIFT, &report.drift)]
    {
        match stored {
            Some(stored) if stored == acknowledged => {
                failure::say(&format!("{app}: stored = acknowledged = {stored} events, those of the warm-up included"));
            }
            Some(stored) => {
                let text = format!("{app}: acknowledged {acknowledged} events, stored {stored}");
                return Err(Failure::BadResult(text));
            }
            None => {
                let reason = stored_unknown.as_deref().unwrap_or("no answer");
                return Err(Failure::BadResult(format!(
                    "{app}: acknowledged {acknowledged} events, but how many are stored is unknown: {reason}"
                )));
            }
        }
    }
    let missed: Vec<&str> = report.ceilings.iter().filter(|ceiling| !ceiling.ok).map(|ceiling| ceiling.rule).collect();
    if check && !missed.is_empty() {
        return Err(Failure::BadResult(format!("missed: {}", missed.join(", "))));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is this program's data")]
fn print(table: &str) {
    println!("{table}");
}
