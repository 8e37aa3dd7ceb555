//! The run without a command: everything is measured in turns, checked and reported.

mod bare;
mod batches;
mod report;
mod servers;
mod size;
mod wires;

use self::report::{Conditions, Figures, Report};
use self::servers::Servers;
use self::size::{Size, Sizes};
use crate::args::Args;
use crate::askfirst::Askfirst;
use crate::clock;
use crate::demo::Demo;
use crate::failure::Failure;
use crate::load::Load;
use crate::place::Place;
use crate::proc_figures;
use crate::report::{Surroundings, publish};

/// The apps of the released wires.
const VOICEMODE: &str = "voicemode";
const DRIFT: &str = "drift";
const BAOFENG: &str = "baofeng";
const DOMSCRIBE: &str = "domscribe";

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

/// Measures one section after the other.
async fn measure(args: &Args, place: &Place) -> Result<Report, Failure> {
    let Place { executable, binary, data } = place;
    let load_average = proc_figures::load_average();
    let folder = place.folder("large")?;
    let demo = match &args.ledger.ledger {
        Some(named) => Demo::copy(named, &folder).await?,
        None => Demo::make(binary, &args.ledger.events, &folder).await?,
    };
    let large = Askfirst::new(binary, &folder, demo.contracts());
    let mut sizes = vec![Size::of_demo(&large).await?];

    // After the demo's events were received.
    let started = clock::now();
    let small = Askfirst::new(binary, &place.folder("small")?, demo.contracts());
    let mut servers = Servers::start(executable, &small).await?;
    let mut loads = wires::loads(args, &servers, started, &demo.contract()?)?;
    let wires = wires::measure(args, &mut servers, &mut loads).await?;
    let mut batch_loads = batches::loads(args, &servers, started);
    let batches = batches::measure(args, &mut servers, &small, &mut batch_loads, data.path()).await?;

    servers.no_op.stop().await?;
    servers.askfirst.stop().await?;
    let all: Vec<&Load> = loads
        .iter()
        .map(|wire| &wire.to_askfirst)
        .chain(batch_loads.iter().flat_map(|batch| [&batch.many, &batch.one]))
        .collect();
    let ledgers = servers::ledgers(&small, &all).await;
    for load in &loads {
        sizes.push(Size::of_loads(&small, load.to_askfirst.app(), &all)?);
    }
    let request_bytes = loads.first().map_or(0, |wire| wire.to_askfirst.request_size());
    let surroundings = Surroundings::of(&args.common, started, request_bytes, load_average, data.file_system.clone());
    let conditions = Conditions { surroundings, rounds: args.rounds.get() };
    Ok(Report::new(conditions, Figures { wires, batches, sizes: Sizes(sizes), ledgers }))
}
