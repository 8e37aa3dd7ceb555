//! The run without a command: both servers started once, measured in turns, checked, reported.

use askfirst_load::{Request, Target};
use tokio::process::Command;

use crate::args::{Args, CommonArgs};
use crate::askfirst;
use crate::clock;
use crate::contender::Contender;
use crate::failure::{self, Failure};
use crate::figures::Round;
use crate::load::Load;
use crate::place::Place;
use crate::proc_figures;
use crate::report::{self, Conditions, Ledger, Report, Surroundings};
use crate::table;

/// The apps that are reported to.
const VOICEMODE: &str = "voicemode";
const DRIFT: &str = "drift";
/// Events of the larger kind of Drift's requests.
const BATCH: usize = Request::MAX_EVENTS;
/// Where the numbers of these begin: far behind those of the smaller kind.
const FIRST_BATCH: u64 = 1 << 40;

/// Measures everything and reports it.
///
/// # Errors
///
/// When nothing could be measured, or when what was measured is not good.
pub(crate) async fn run(args: &Args) -> Result<(), Failure> {
    // Declared before the servers, so that these are gone when their data is removed.
    let place = Place::find(&args.common)?;
    let report = measure(args, &place).await?;
    report::publish(&table::of(&report), &report, args.common.json.as_deref())?;
    judge(&report, args.common.check)
}

/// What is sent: to no-op, and to askfirst by the wires of two apps.
struct Loads {
    no_op: Load,
    askfirst: Load,
    single: Load,
    batch: Load,
}

/// Starts both servers, measures, stops them, and asks what was stored.
async fn measure(args: &Args, place: &Place) -> Result<Report, Failure> {
    let Place { executable, binary, data } = place;
    let load_average = proc_figures::load_average();
    let started = clock::now();
    let mut no_op = Command::new(executable);
    no_op.arg("no-op");
    let mut no_op = Contender::start("no-op", no_op).await?;
    let mut askfirst = Contender::start("askfirst", askfirst::serve(binary, data.path())).await?;
    let [to_no_op, to_askfirst] = [no_op.address(), askfirst.address()];
    let targets = [to_no_op, to_askfirst].map(Target::from);
    let [voicemode_of_no_op, voicemode] = targets.each_ref().map(|target| Request::voicemode(target, started));
    let drift =
        |events| Load::new(&args.common, to_askfirst, Request::drift(&targets[1], started, events)).of_one_client();
    let mut loads = Loads {
        no_op: Load::new(&args.common, to_no_op, voicemode_of_no_op),
        askfirst: Load::new(&args.common, to_askfirst, voicemode),
        single: drift(1),
        batch: drift(BATCH).beginning_at(FIRST_BATCH),
    };
    let rounds = rounds(args, &mut no_op, &mut askfirst, &mut loads).await?;
    let events_per_commit = askfirst::events_per_commit(to_askfirst, VOICEMODE).await;
    let Loads { askfirst: reports, single, batch, .. } = loads;
    let file_system = data.file_system.clone();
    let conditions = Conditions {
        surroundings: Surroundings::of(&args.common, started, reports.request_size(), load_average, file_system),
        rounds: args.rounds.get(),
        drift_request_bytes: [&single, &batch].map(Load::request_size),
    };
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
    let CommonArgs { seconds, warm_up, .. } = args.common;
    failure::say("warming up");
    no_op.measure(&mut loads.no_op, warm_up).await?;
    for load in [&mut loads.askfirst, &mut loads.single, &mut loads.batch] {
        askfirst.measure(load, warm_up).await?;
    }
    let mut rounds = Vec::new();
    for number in 1..=args.rounds.get() {
        let say = |what, measured| failure::say(&format!("round {number} of {}: {what} {measured}", args.rounds));
        let no_op = no_op.measure(&mut loads.no_op, seconds).await?;
        say("no-op   ", no_op);
        let voicemode = askfirst.measure(&mut loads.askfirst, seconds).await?;
        say("askfirst", voicemode);
        let single = askfirst.measure(&mut loads.single, seconds).await?;
        say("1 event ", single);
        let batch = askfirst.measure(&mut loads.batch, seconds).await?;
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
    report.voicemode.judge(VOICEMODE)?;
    report.drift.judge(DRIFT)?;
    report::judge(report.ceilings.iter().filter(|ceiling| !ceiling.ok).map(|ceiling| ceiling.rule.to_owned()), check)
}
