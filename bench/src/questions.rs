//! `questions`: how fast questions about a large ledger are answered, and what asking them costs ingestion.

mod cold;
mod report;
mod table;

use askfirst_contract::Timestamp;
use askfirst_load::{Request, Target};

use self::report::{Answered, Conditions, Pair, Report};
use crate::args::QuestionsArgs;
use crate::asker::Asker;
use crate::askfirst::Askfirst;
use crate::clock;
use crate::contender::Contender;
use crate::demo::{self, Demo};
use crate::failure::{self, Failure};
use crate::load::Load;
use crate::place::Place;
use crate::proc_figures;
use crate::report::{Ledger, Surroundings, judge, publish};

/// The app that is reported to.
const VOICEMODE: &str = "voicemode";

/// What is asked and held against ceilings: who was active, who stays, and which versions they use.
const HELD: [&str; 3] = ["active?last=90d", "retention?last=84d", "versions?last=90d"];
/// What is asked for information.
const SHOWN: [&str; 4] = ["active?last=90d&by=platform", "errors?last=7d", "breakdown?field=platform", "stats"];

/// Cold answers to each question: every one takes the files of all programs on this machine out of memory.
const COLD_ROUNDS: u32 = 3;

/// Measures everything and reports it.
///
/// # Errors
///
/// When nothing could be measured, or when what was measured is not good.
pub(crate) async fn run(args: &QuestionsArgs) -> Result<(), Failure> {
    // Declared before the server, so that it is gone when its data is removed.
    let place = Place::find(&args.common)?;
    let demo = match &args.ledger.ledger {
        Some(folder) => Demo::borrow(folder, place.data.path())?,
        None => Demo::make(&place.binary, &args.ledger.events, place.data.path()).await?,
    };
    let report = measure(args, &place, &demo).await?;
    publish(&table::of(&report), &report, args.common.json.as_deref())?;
    if let Some(why) = &report.cold_unknown {
        failure::say(&format!("no cold answers: {why}"));
    }
    report.voicemode.judge()?;
    judge(report.missed(), args.common.check)
}

/// Starts the server, measures, stops it, and asks what was stored.
async fn measure(args: &QuestionsArgs, place: &Place, demo: &Demo) -> Result<Report, Failure> {
    let Place { binary, data, .. } = place;
    let askfirst = Askfirst::new(binary, data.path(), demo.contracts());
    let load_average = proc_figures::load_average();
    let started = clock::now();
    let mut server = Contender::start("askfirst", askfirst.serve()).await?;
    let asker = Asker::new(server.address(), askfirst.token(demo::APP).await?);
    let events = asker.events().await?;
    let mut answered = answers(args.rounds.get(), &asker).await?;
    let target = Target::from(server.address());
    let mut load = Load::new(&args.common, VOICEMODE, server.address(), Request::voicemode(&target, started));
    let pairs = pairs(args, &mut server, &mut load, &asker).await?;
    // Last, as what is measured after it would have to be read again.
    let cold_unknown = cold_answers(&asker, &mut answered).await?;
    let file_system = data.file_system.clone();
    let conditions = Conditions {
        surroundings: Surroundings::of(&args.common, started, load.request_size(), load_average, file_system),
        rounds: args.rounds.get(),
        events,
        ledger_bytes: demo.bytes(),
    };
    let peak_memory_bytes = server.stop().await?;
    let stored = askfirst.stored(VOICEMODE, Timestamp(0)).await;
    let voicemode = Ledger::new(VOICEMODE, load.acknowledged_events(), stored);
    Ok(Report::new(conditions, answered, cold_unknown, pairs, voicemode, peak_memory_bytes))
}

/// Asks all questions in turns.
async fn answers(rounds: u32, asker: &Asker) -> Result<Vec<Answered>, Failure> {
    let mut answered: Vec<Answered> = HELD.into_iter().chain(SHOWN).map(Answered::new).collect();
    for number in 1..=rounds {
        failure::say(&format!("answers: round {number} of {rounds}"));
        for answered in &mut answered {
            answered.answers_ms.push(asker.ask(answered.question).await?);
        }
    }
    Ok(answered)
}

/// Asks all questions with nothing of the ledger in memory; tells why where that can't be had.
async fn cold_answers(asker: &Asker, answered: &mut [Answered]) -> Result<Option<String>, Failure> {
    for number in 1..=COLD_ROUNDS {
        for answered in &mut *answered {
            if let Err(why) = cold::drop_caches().await {
                return Ok(Some(why));
            }
            answered.cold_answers_ms.push(asker.ask(answered.question).await?);
        }
        failure::say(&format!("cold answers: round {number} of {COLD_ROUNDS}"));
    }
    Ok(None)
}

/// Measures ingestion alone and beside each question with a ceiling, one right after the other.
async fn pairs(
    args: &QuestionsArgs,
    server: &mut Contender,
    load: &mut Load,
    asker: &Asker,
) -> Result<Vec<Pair>, Failure> {
    failure::say("warming up");
    server.measure(load, args.common.warm_up).await?;
    let length = args.common.seconds;
    let mut pairs = Vec::new();
    for number in 1..=args.pairs.get() {
        for question in HELD {
            // In turns first and second: the rate sinks a little as VoiceMode's ledger grows.
            let (alone, (beside, answers_ms)) = if pairs.len() % 2 == 0 {
                (
                    server.measure(load, length).await?,
                    asker.ask_meanwhile(question, server.measure(load, length)).await?,
                )
            } else {
                let beside = asker.ask_meanwhile(question, server.measure(load, length)).await?;
                (server.measure(load, length).await?, beside)
            };
            failure::say(&format!("pair {number} of {}: alone {alone}", args.pairs));
            failure::say(&format!("pair {number} of {}: beside {question} {beside}", args.pairs));
            pairs.push(Pair::new(question, alone, beside, answers_ms));
        }
    }
    Ok(pairs)
}
