//! The run without a command: everything is measured in turns, checked and reported.

mod bare;
mod batches;
mod large;
mod latency;
mod memory;
mod report;
mod retention;
mod servers;
mod sets;
mod size;
mod wires;

use std::slice;
use std::time::Duration;

use askfirst_contract::{Contract, Timestamp};

use self::batches::Batches;
use self::large::{Large, Pair};
use self::latency::Line;
use self::memory::Memory;
use self::report::{Conditions, Figures, Report};
use self::retention::Retention;
use self::servers::Servers;
use self::sets::OfSets;
use self::size::{Size, Sizes};
use self::wires::{Wire, Wires};
use crate::args::Args;
use crate::asker::Asker;
use crate::askfirst::Askfirst;
use crate::clock;
use crate::demo::{self, Demo};
use crate::failure::Failure;
use crate::load::Load;
use crate::place::Place;
use crate::proc_figures;
use crate::report::{Ledger, Surroundings, publish};

/// The apps of the released wires.
const VOICEMODE: &str = "voicemode";
const DRIFT: &str = "drift";
const BAOFENG: &str = "baofeng";
const DOMSCRIBE: &str = "domscribe";

/// A server that was started so long ago and got no request is idle.
const TIME_TO_REST: Duration = Duration::from_secs(2);

/// Measures everything and reports it.
///
/// # Errors
///
/// When nothing could be measured, or when what was measured is not good.
pub(crate) async fn run(args: &Args) -> Result<(), Failure> {
    // Declared before the servers, so that these are gone when their data is removed.
    let place = Place::find(&args.common)?;
    let report = measure(args, &place).await?;
    publish(&report.text(), &report, args.common.json.as_deref())?;
    report.judge(args.common.check)
}

/// Measures one section after the other. The large ledger comes last: a disk that has taken gigabytes is slow for minutes, and
/// what is compared with servers that write nothing would show that.
async fn measure(args: &Args, place: &Place) -> Result<Report, Failure> {
    let Place { binary, data, .. } = place;
    let load_average = proc_figures::load_average();
    let mut memory = Memory::default();

    let of_sets = place.folder("sets")?;
    let demo = Demo::make(binary, sets::EVENTS, &of_sets).await?;
    let run = Run::of(args, place, &demo)?;
    let small = Askfirst::new(binary, &place.folder("small")?, demo.contracts());
    let of_small = run.small(&small, &mut memory).await?;
    let file_system = data.file_system.clone();
    let surroundings = Surroundings::of(&args.common, run.started, of_small.request_bytes, load_average, file_system);
    let conditions = Conditions { surroundings, rounds: args.rounds.get() };
    let of_sets = sets::measure(args, &Askfirst::new(binary, &of_sets, demo.contracts())).await?;

    let folder = place.folder("large")?;
    let demo = match &args.ledger.ledger {
        Some(named) => Demo::copy(named, &folder).await?,
        None => Demo::make(binary, &args.ledger.events, &folder).await?,
    };
    demo.settle().await?;
    let run = Run::of(args, place, &demo)?;
    let large = Askfirst::new(binary, &folder, demo.contracts());
    let empty = Askfirst::new(binary, &place.folder("empty")?, demo.contracts());
    let size = Size::of_demo(&large).await?;
    let of_large = run.large([&large, &empty], size.events(), &mut memory).await?;
    Ok(Report::new(conditions, Figures::new(of_small, of_large, of_sets, memory, size)))
}

/// What all sections need.
struct Run<'a> {
    args: &'a Args,
    place: &'a Place,
    /// Of the demo.
    contract: Contract,
    /// After the demo's events were received.
    started: Timestamp,
}

/// What came of the sections that need no large ledger.
struct OfSmall {
    wires: Wires,
    batches: Batches,
    latencies: Vec<Line>,
    sizes: Vec<Size>,
    ledgers: Vec<Ledger>,
    request_bytes: usize,
}

/// What came of those that do.
struct OfLarge {
    latencies: Vec<Line>,
    large: Large,
    retention: Retention,
    ledgers: Vec<Ledger>,
}

impl<'a> Run<'a> {
    fn of(args: &'a Args, place: &'a Place, demo: &Demo) -> Result<Self, Failure> {
        Ok(Self { args, place, contract: demo.contract()?, started: clock::now() })
    }

    async fn small(&self, askfirst: &Askfirst, memory: &mut Memory) -> Result<OfSmall, Failure> {
        let Self { args, place, contract, started } = self;
        let mut servers = Servers::start(&place.executable, askfirst).await?;
        let mut loads = wires::loads(args, &servers, *started, contract)?;
        let wires = wires::measure(args, &mut servers, &mut loads).await?;
        let [Wire { to_askfirst: voicemode, .. }, ..] = &mut loads;
        let (server, rate) = (&mut servers.askfirst, wires.rate(VOICEMODE));
        let latencies = latency::measure(args, server, voicemode, rate, &latency::VOICEMODES).await?;
        let request_bytes = voicemode.request_size();
        memory.all_apps = servers.askfirst.peak_memory();
        let mut of_batches = batches::loads(args, &servers, *started);
        let folder = place.data.path();
        let [usual @ .., raised] = &mut of_batches;
        let mut rounds = batches::measure(args, &mut servers, askfirst, usual, folder).await?;
        memory.batches = servers.askfirst.peak_memory();
        rounds.extend(batches::measure(args, &mut servers, askfirst, slice::from_mut(raised), folder).await?);

        memory.no_op = servers.no_op.stop().await?;
        memory.raised = servers.askfirst.stop().await?;
        servers::settle(askfirst).await?;
        let mut all: Vec<&Load> = loads.iter().map(|wire| &wire.to_askfirst).collect();
        all.extend(of_batches.iter().flat_map(|batch| [&batch.many, &batch.one]));
        let sizes = loads.iter().map(|wire| Size::of_loads(askfirst, wire.to_askfirst.app(), &all));
        let sizes = sizes.collect::<Result<_, _>>()?;
        let ledgers = servers::ledgers(askfirst, &all).await;
        let batches = Batches::new(rounds);
        Ok(OfSmall { wires, batches, latencies, sizes, ledgers, request_bytes })
    }

    /// The ledger of so many events is used up by this.
    async fn large(
        &self,
        [askfirst, empty]: [&Askfirst; 2],
        events: u64,
        memory: &mut Memory,
    ) -> Result<OfLarge, Failure> {
        let Self { args, contract, started, .. } = self;
        let starts_ms = large::starts(args, askfirst).await?;
        let mut pair = Pair::start(args, [empty, askfirst], *started, contract).await?;
        tokio::time::sleep(TIME_TO_REST).await;
        memory.idle = pair.empty.memory();
        let large = pair.measure(args, events, starts_ms).await?;
        let rate = large.rate();
        let asker = Asker::new(pair.large.address(), askfirst.token(demo::APP).await?);
        let cases = latency::larges(&asker);
        let latencies = latency::measure(args, &mut pair.large, &mut pair.to_large, rate, &cases).await?;
        let Pair { empty: server_of_empty, large: server, to_empty, to_large } = pair;
        memory.one_app = server_of_empty.stop().await?;
        memory.large = server.stop().await?;
        let retention = retention::measure(args, askfirst, *started, contract, rate).await?;

        let of_large = [&to_large].into_iter().chain(&retention.loads);
        let of_large = of_large.map(Load::acknowledged_events).sum();
        let ledgers = vec![
            Ledger::new("demo, empty before", to_empty.acknowledged_events(), empty.stored(demo::APP, *started).await),
            Ledger::new("demo, large before", of_large, askfirst.stored(demo::APP, *started).await),
        ];
        Ok(OfLarge { latencies, large, retention, ledgers })
    }
}

impl Figures {
    fn new(small: OfSmall, large: OfLarge, sets: OfSets, memory: Memory, size: Size) -> Self {
        Self {
            wires: small.wires,
            batches: small.batches,
            latencies: small.latencies.into_iter().chain(large.latencies).collect(),
            large: large.large,
            retention: large.retention,
            sets,
            memory,
            sizes: Sizes([size].into_iter().chain(small.sizes).collect()),
            ledgers: small.ledgers.into_iter().chain(large.ledgers).collect(),
        }
    }
}
