//! Questions about what a hundred million events of a million installs leave behind: the sets of who was active on which day.
//!
//! To make so many events would take hours and 30 GB. Questions about active installs read sets, not events, so the sets are
//! put into a small ledger of the demo as the server would have stored them.

use std::path::PathBuf;
use std::time::Duration;

use comfy_table::Table;
use roaring::RoaringBitmap;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::args::Args;
use crate::asker::Asker;
use crate::askfirst::Askfirst;
use crate::clock;
use crate::contender::Contender;
use crate::demo;
use crate::failure::{self, Failure};
use crate::figures::median;
use crate::report::Verdict;
use crate::table::{figures, shown};

/// Events of the ledger that the sets are put into.
pub(super) const EVENTS: &str = "20k";
const INSTALLS: u32 = 1_000_000;
const DAYS: u32 = 90;
/// Of 1,024 days on which an install could be active after its first, it is on so many: twenty of 90 days, all installs taken
/// together, as each day brings as many new ones.
const ACTIVE: u64 = 440;
/// Installs of one set of a day.
const CHUNK: u32 = 1 << 16;
/// What is asked, and promised.
const HELD: [(&str, &str); 2] = [
    ("active?last=90d", "20 million installs and days: active over 90 days < 1000 ms"),
    ("retention?last=90d", "20 million installs and days: retention over 90 days < 1000 ms"),
];
const BUSY: Duration = Duration::from_secs(5);

/// How long answers took.
#[derive(Debug, Serialize)]
pub(super) struct OfSets {
    installs: u32,
    days: u32,
    /// Pairs of an install and a day on which it was active.
    pairs: u64,
    questions: Vec<Answered>,
}

#[derive(Debug, Serialize)]
struct Answered {
    question: &'static str,
    #[serde(skip)]
    rule: &'static str,
    answers_ms: Vec<f64>,
}

/// Puts the sets into a ledger of the demo and asks.
///
/// # Errors
///
/// When they can't be put there, or a question is not answered.
pub(super) async fn measure(args: &Args, askfirst: &Askfirst) -> Result<OfSets, Failure> {
    failure::say(&format!("putting the sets of {INSTALLS} installs into it"));
    let ledger = askfirst.ledger(demo::APP);
    let today = clock::now().day().0;
    let put = tokio::task::spawn_blocking(move || put_sets(ledger, today, INSTALLS)).await;
    let unmade = |problem: String| Failure::CannotMeasure(format!("the ledger with the sets: {problem}"));
    let pairs = put.map_err(|error| unmade(error.to_string()))?.map_err(|error| unmade(error.to_string()))?;

    let server = Contender::start("askfirst", askfirst.serve()).await?;
    let asker = Asker::new(server.address(), askfirst.token(demo::APP).await?);
    let mut questions = HELD.map(|(question, rule)| Answered { question, rule, answers_ms: Vec::new() });
    for number in 1..=args.rounds.get() {
        failure::say(&format!("questions about sets, round {number} of {}", args.rounds));
        for answered in &mut questions {
            answered.answers_ms.push(asker.ask(answered.question).await?);
        }
    }
    server.stop().await?;
    Ok(OfSets { installs: INSTALLS, days: DAYS, pairs, questions: questions.into() })
}

/// Puts installs and their sets in the place of those of a ledger that nobody serves; gives the number of pairs.
fn put_sets(ledger: PathBuf, today: i32, installs: u32) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = Connection::open(ledger)?;
    connection.busy_timeout(BUSY)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch("DELETE FROM install; DELETE FROM key_run; DELETE FROM key_part;")?;
    // Everybody is a person: the value 0 of the dimension `runtime`.
    transaction
        .execute_batch("DELETE FROM activity WHERE value IN (SELECT id FROM value WHERE dimension = 'runtime')")?;
    // As if their keys were on disk: nobody looks for an install here.
    transaction.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('merged_install', ?1)", [installs])?;
    let first_day = today - DAYS.cast_signed() + 1;
    let mut install = transaction
        .prepare("INSERT INTO install (id, install_id, first_active, last_received) VALUES (?1, ?2, ?3, ?4)")?;
    for number in 1..=installs {
        let id = u128::from(number).to_be_bytes();
        install.execute(params![number, id, first_day + first(number).cast_signed(), today])?;
    }
    drop(install);
    let mut pairs = 0;
    for day in 0..DAYS {
        for chunk in 0..=installs / CHUNK {
            let numbers = (chunk * CHUNK).max(1)..=((chunk + 1) * CHUNK - 1).min(installs);
            let set: RoaringBitmap = numbers.filter(|number| is_active(*number, day)).collect();
            let mut bits = Vec::with_capacity(set.serialized_size());
            set.serialize_into(&mut bits)?;
            let insert = "INSERT INTO activity (value, day, chunk, bits) VALUES (0, ?1, ?2, ?3)";
            transaction.execute(insert, params![first_day + day.cast_signed(), chunk, bits])?;
            pairs += set.len();
        }
    }
    transaction.commit()?;
    Ok(pairs)
}

/// The day, counted from the first, on which an install is new.
fn first(install: u32) -> u32 {
    u32::try_from(mixed(u64::from(install)) % u64::from(DAYS)).unwrap_or_default()
}

/// Whether an install was active on a day, counted from the first.
fn is_active(install: u32, day: u32) -> bool {
    let first = first(install);
    day == first || day > first && mixed(u64::from(install) << 32 | u64::from(day)) % 1_024 < ACTIVE
}

/// Bits that look random (`SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>).
fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl OfSets {
    pub(super) fn ceilings(&self) -> impl Iterator<Item = Verdict> {
        self.questions.iter().map(|answered| {
            let value = median(answered.answers_ms.clone());
            Verdict { rule: answered.rule, value, ok: value < 1_000.0 }
        })
    }

    pub(super) fn title(&self) -> String {
        let Self { installs, days, pairs, .. } = self;
        format!("Questions about {installs} installs on {days} days, {pairs} pairs of both")
    }

    pub(super) fn table(&self) -> Table {
        let row = |answered: &Answered| {
            let first = answered.answers_ms.first().copied();
            let [median, first] = [Some(median(answered.answers_ms.clone())), first].map(|ms| shown(ms, 0));
            [answered.question.to_owned(), median, first]
        };
        figures(["question", "answered within, ms", "first, ms"], self.questions.iter().map(row))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Both questions with these answers.
    pub(crate) fn of_sets(answers_ms: &[f64]) -> OfSets {
        let questions = HELD.map(|(question, rule)| Answered { question, rule, answers_ms: answers_ms.to_vec() });
        OfSets { installs: INSTALLS, days: DAYS, pairs: 20_000_000, questions: questions.into() }
    }

    #[test]
    fn each_question_is_held_against_its_ceiling() {
        assert!(of_sets(&[2_000.0, 900.0, 999.0]).ceilings().all(|ceiling| ceiling.ok));
        assert_eq!(of_sets(&[1_000.0]).ceilings().filter(|ceiling| !ceiling.ok).count(), 2);
        let table = of_sets(&[2_000.0, 900.0, 999.0]).table().to_string();
        let row = table.lines().find(|line| line.contains("retention")).unwrap();
        assert_eq!(row.split('|').skip(2).map(str::trim).collect::<Vec<_>>()[..2], ["999", "2000"]);
    }

    #[test]
    fn installs_are_active_on_twenty_days_and_not_before_their_first() {
        let installs = 1..=2_000;
        let pairs =
            installs.clone().map(|install| (0..DAYS).filter(|day| is_active(install, *day)).count()).sum::<usize>();
        assert!((19 * 2_000..=21 * 2_000).contains(&pairs), "{pairs}");
        for install in installs {
            assert_eq!((0..DAYS).find(|day| is_active(install, *day)), Some(first(install)), "{install}");
        }
    }
}
