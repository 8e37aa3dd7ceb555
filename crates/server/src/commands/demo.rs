//! `askfirst demo`

mod live;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use askfirst_contract::{Contract, Json, Timestamp};
use askfirst_core::wire::Wire;
use askfirst_core::{BodyFault, Candidate, Refused};
use askfirst_sqlite::{LoadError, Loader};
use indicatif::{HumanBytes, HumanCount, ProgressBar};

use crate::args::demo::DemoArguments;
use crate::demo::{CONTRACT, Population, Receipt, Size};
use crate::failure::Failure;
use crate::signals::Interrupt;
use crate::{clock, data_dir, progress};

/// Events of one transaction: some megabytes, stored within a fraction of a second.
const CHUNK: usize = 4_096;
/// More events are not made: they would take 33 GB.
const MOST_EVENTS: u64 = 100_000_000;
/// More events a day, on the average, are not made: one day is in memory at a time, 32 bytes an event. The busiest days
/// have three times as many.
const MOST_A_DAY: u64 = 1_000_000;
/// Events that are stored with one install, where nobody says how many installs there are.
const EVENTS_OF_INSTALL: u64 = 50;

pub(crate) fn run(arguments: &DemoArguments) -> Result<(), Failure> {
    let population = Population::new(size(arguments, clock::now())?);
    let contract = Contract::parse("the demo's contract", CONTRACT).map_err(Failure::failed)?;
    let path = arguments.data.join(format!("{}.db", contract.app.id));
    let told = if path.exists() && !arguments.no_serve {
        write_contract(&arguments.data)?;
        format!(
            "{} is there already, and is served as it is; for another one choose a folder with --data.\n",
            path.display()
        )
    } else {
        make(arguments, &population, &contract, &path)?;
        wrote(&path, &population.size)?
    };
    let mut out = io::stderr().lock();
    out.write_all(told.as_bytes())?;
    out.write_all(what_next(&arguments.data, arguments.no_serve).as_bytes())?;
    drop(out);
    if arguments.no_serve { Ok(()) } else { live::serve(arguments, population) }
}

/// Makes the ledger and the contract beside it.
fn make(arguments: &DemoArguments, population: &Population, contract: &Contract, path: &Path) -> Result<(), Failure> {
    let interrupt = Interrupt::listen()?;
    let _lock = data_dir::lock(&arguments.data)?;
    let mut loader = Loader::create(&askfirst_sqlite::Settings {
        path: path.to_owned(),
        contract: contract.clone(),
        tables: Wire::Native.tables(),
        now: population.start(),
    })
    .map_err(|error| match error {
        LoadError::Exists => Failure::not_right(format!(
            "{} has a ledger of the demo already; ask that, or name another folder with --data",
            arguments.data.display()
        )),
        error => Failure::not_right(format!("can't make the ledger {}: {error}", path.display())),
    })?;
    write_contract(&arguments.data)?;
    let broken_off = |error| Failure::failed(format!("can't write {}: {error}; there is no ledger", path.display()));
    if !fill(
        &mut loader,
        population,
        contract,
        &progress::bar(population.size.events, "{wide_bar} {human_pos} of {human_len} events, {eta} left"),
        &interrupt,
    )
    .map_err(broken_off)?
    {
        return Err(Failure::failed("stopped; there is no ledger"));
    }
    loader.finish().map_err(broken_off)
}

/// What is to be made.
fn size(arguments: &DemoArguments, now: Timestamp) -> Result<Size, Failure> {
    let DemoArguments { events, days, seed, .. } = *arguments;
    let most = MOST_EVENTS.min(MOST_A_DAY * u64::from(days));
    if events > most {
        let (most, days) = (HumanCount(most), if days == 1 { "one day".to_owned() } else { format!("{days} days") });
        return Err(Failure::not_right(format!("--events may be at most {most} in {days}")));
    }
    let installs = arguments.installs.unwrap_or((events / EVENTS_OF_INSTALL).max(1));
    let installs = u32::try_from(installs).ok().filter(|installs| u64::from(*installs) <= events).ok_or_else(|| {
        Failure::not_right(format!("--installs may be at most {}: each has an event", HumanCount(events)))
    })?;
    let end = arguments.until.unwrap_or(now);
    if end > now {
        return Err(Failure::not_right(format!("--until must not lie in the future; it is {now}")));
    }
    if end.day().0 < i32::from(days) {
        return Err(Failure::not_right(format!("--until must lie in {days} days after 1970 or later")));
    }
    Ok(Size { events, installs, days, seed, end })
}

/// Writes the contract beside the ledger, so that the other commands and the server know it.
fn write_contract(data: &Path) -> Result<(), Failure> {
    let folder = contracts(data);
    let path = folder.join("demo.toml");
    let cannot = |error| Failure::not_right(format!("can't write {}: {error}", path.display()));
    match std::fs::read_to_string(&path) {
        Ok(text) if text == CONTRACT => Ok(()),
        Ok(_) => Err(Failure::not_right(format!(
            "{} is there already and is another contract; remove it, or name another folder with --data",
            path.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, CONTRACT)).map_err(cannot)
        }
        Err(error) => Err(cannot(error)),
    }
}

fn contracts(data: &Path) -> PathBuf {
    data.join("contracts")
}

/// Stores what the population does, while another thread makes it up; says whether it came to its end.
fn fill(
    loader: &mut Loader,
    population: &Population,
    contract: &Contract,
    progress: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<bool, LoadError> {
    thread::scope(|scope| {
        // One chunk is stored, one is made, and one waits in between.
        let (made, chunks) = sync_channel(1);
        scope.spawn(move || make_up(population, contract, &made));
        for chunk in chunks {
            if interrupt.check().is_err() {
                return Ok(false);
            }
            let tallies = loader.store(chunk)?;
            let accepted = tallies.iter().filter(|(key, _)| key.outcome == "accepted").map(|(_, count)| count);
            progress.inc(accepted.sum());
        }
        progress.finish_and_clear();
        Ok(true)
    })
}

/// Makes up and checks all that is received, until nobody takes it any more.
fn make_up(population: &Population, contract: &Contract, made: &SyncSender<Vec<(Candidate, Timestamp)>>) {
    let mut text = String::new();
    let mut check = |receipt: &Receipt| {
        population.write(receipt, &mut text);
        let Ok(event) = Json::parse(text.as_bytes()) else { return Err(Refused::Body(BodyFault::NotJson)) };
        contract.check_typed(&event, receipt.received_at).map(Into::into).map_err(Refused::Contract)
    };
    for day in population.days() {
        for receipts in day.chunks(CHUNK) {
            let chunk = receipts.iter().map(|receipt| (check(receipt), receipt.received_at)).collect();
            if made.send(chunk).is_err() {
                return;
            }
        }
    }
}

/// What there is now.
fn wrote(path: &Path, size: &Size) -> Result<String, Failure> {
    let bytes = HumanBytes(std::fs::metadata(path)?.len());
    let Size { events, installs, days, .. } = size;
    let (path, events, installs) = (path.display(), HumanCount(*events), HumanCount(u64::from(*installs)));
    Ok(format!("Wrote {path}: {events} events of {installs} installs in {days} days, {bytes}.\n"))
}

/// What can be done with it.
fn what_next(data: &Path, is_served_later: bool) -> String {
    let place = format!("--data {} --contracts {}", data.display(), contracts(data).display());
    let ask = format!(
        "  askfirst stats demo {place}\n  askfirst query demo \"SELECT type, count(*) FROM event GROUP BY type\" {place}\n"
    );
    if is_served_later {
        format!("\nThen:\n{ask}  askfirst serve {place}\n")
    } else {
        format!("It is of a tool that does not exist, and events of it come as long as this runs. Beside it:\n{ask}\n")
    }
}
