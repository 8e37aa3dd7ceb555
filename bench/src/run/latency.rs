//! Latencies at fixed rates, whatever the answers: each request counts from when it was due.

use comfy_table::Table;
use serde::Serialize;

use crate::args::Args;
use crate::asker::Asker;
use crate::contender::Contender;
use crate::failure::{self, Failure};
use crate::figures::{Measured, median};
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, latencies, shown};

/// What is asked without pause: of all questions with a ceiling the longest.
const QUESTION: &str = "retention?last=84d";

/// A rate, and what goes on beside.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    name: &'static str,
    /// Of the highest rate.
    share: f64,
    /// Who asks meanwhile.
    asker: Option<&'a Asker>,
    /// What is promised of it.
    ceiling: Option<&'static str>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: &'static str,
    /// Requests due a second.
    rate: f64,
    median: Measured,
    /// Of the question that was asked meanwhile, the median; in milliseconds.
    answer_ms: Option<f64>,
    rounds: Vec<Measured>,
    #[serde(skip)]
    ceiling: Option<&'static str>,
}

/// `VoiceMode`'s reports at half and at most of their highest rate.
pub(super) const VOICEMODES: [Case<'_>; 2] = [
    Case {
        name: "voicemode, 50 % of its rate",
        share: 0.5,
        asker: None,
        ceiling: Some("voicemode: p99 at 50 % of its rate < 5 ms"),
    },
    Case { name: "voicemode, 90 %", share: 0.9, asker: None, ceiling: None },
];

/// The demo's events at half of their highest rate, into a large ledger.
pub(super) fn larges(asker: &Asker) -> [Case<'_>; 2] {
    [
        Case {
            name: "demo, 50 % of its rate, large ledger",
            share: 0.5,
            asker: None,
            ceiling: Some("large ledger: p99 at 50 % < 5 ms"),
        },
        Case {
            name: "demo, 50 %, large ledger, a question without pause",
            share: 0.5,
            asker: Some(asker),
            ceiling: Some("large ledger beside a question: p99 at 50 % < 5 ms"),
        },
    ]
}

/// Measures all cases in turns.
///
/// # Errors
///
/// When the server breaks, or refuses anything.
pub(super) async fn measure(
    args: &Args,
    server: &mut Contender,
    load: &mut Load,
    highest_rate: f64,
    cases: &[Case<'_>],
) -> Result<Vec<Line>, Failure> {
    let mut rounds = vec![(Vec::new(), Vec::new()); cases.len()];
    for number in 1..=args.rounds.get() {
        for (case, (rounds, answers)) in cases.iter().zip(&mut rounds) {
            load.set_rate(Some(case.share * highest_rate));
            let measured = server.measure(load, args.common.seconds);
            let measured = match case.asker {
                Some(asker) => {
                    let (measured, answers_ms) = asker.ask_meanwhile(QUESTION, measured).await?;
                    answers.extend(answers_ms);
                    measured
                }
                None => measured.await?,
            };
            failure::say(&format!("latencies, round {number} of {}: {}: {measured}", args.rounds, case.name));
            rounds.push(measured);
        }
    }
    load.set_rate(None);
    let line = |(case, (rounds, answers)): (&Case<'_>, (Vec<Measured>, Vec<f64>))| Line {
        name: case.name,
        rate: case.share * highest_rate,
        median: Measured::median(rounds.iter().copied()),
        answer_ms: case.asker.map(|_| median(answers)),
        rounds,
        ceiling: case.ceiling,
    };
    Ok(cases.iter().zip(rounds).map(line).collect())
}

impl Line {
    pub(super) fn ceiling(&self) -> Option<Verdict> {
        let value = self.median.p99_ms;
        self.ceiling.map(|rule| Verdict { rule, value, ok: value < 5.0 })
    }
}

pub(super) fn table(lines: &[Line]) -> Table {
    let header = [
        "load",
        "due a second",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
        "max, ms",
        "not answered at the end, %",
        "an answer to the question, ms",
    ];
    figures(header, lines.iter().map(cells))
}

fn cells(line: &Line) -> [String; 8] {
    let of = &line.median;
    let [p50, p99, p999, max] = latencies(of);
    let unanswered = shown(of.unanswered * 1e2, 2);
    [line.name.to_owned(), shown(line.rate, 0), p50, p99, p999, max, unanswered, shown(line.answer_ms, 1)]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::measured;

    /// Half the rate with this p99, and most of it.
    pub(crate) fn lines(p99_ms: f64) -> Vec<Line> {
        let line = |case: &Case<'_>| Line {
            name: case.name,
            rate: 8_000.0,
            median: measured(7_900.0, p99_ms),
            answer_ms: None,
            rounds: Vec::new(),
            ceiling: case.ceiling,
        };
        VOICEMODES.iter().map(line).collect()
    }

    #[test]
    fn half_the_rate_has_a_ceiling() {
        let kept = |p99_ms| lines(p99_ms).iter().map(|line| line.ceiling().map(|of| of.ok)).collect::<Vec<_>>();
        assert_eq!(kept(4.99), [Some(true), None]);
        assert_eq!(kept(5.0), [Some(false), None]);
        assert_eq!(kept(f64::NAN), [Some(false), None]);
    }

    #[test]
    fn the_table_shows_the_medians() {
        let table = table(&lines(3.25)).to_string();
        let row = table.lines().find(|line| line.contains("90 %")).unwrap();
        let cells: Vec<&str> = row.split('|').skip(1).map(str::trim).collect();
        assert_eq!(cells[..8], ["voicemode, 90 %", "8000", "1.50", "3.25", "30.00", "40.00", "0.00", "-"]);
    }
}
