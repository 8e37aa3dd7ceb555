//! The report as tables, in Markdown as the others.

use super::report::{Figures, Medians, Report};
use crate::report::Verdict;
use crate::table::{mib, shown, surroundings, table};

/// The tables with a line about the conditions of each above it.
pub(super) fn of(report: &Report) -> String {
    let of = &report.conditions;
    let size = of.ledger_bytes.map_or_else(String::new, |bytes| format!(" in {:.0} MiB", mib(bytes)));
    let memory = shown(report.askfirst_peak_memory_bytes.map(mib), 1);
    format!(
        "{} answers to each question, from a ledger of {} events{size}\n\n{}\n\n\
         VoiceMode's reports alone and while a question is asked without pause, {} pairs of {}\n\n{}\n\n\
         peak memory of askfirst over all of it: {memory} MiB",
        of.rounds,
        of.events,
        answers(report),
        report.pairs.len(),
        surroundings(&of.surroundings),
        ingestion(report),
    )
}

fn answers(report: &Report) -> String {
    let has_cold = report.cold_unknown.is_none();
    let header = ["question", "first, ms", "median, ms", "max, ms", "cold, ms", "ceiling"];
    let header = header.into_iter().filter(|name| has_cold || *name != "cold, ms");
    let cells = |of: &Figures| {
        let mut cells = vec![of.question.to_owned()];
        cells.extend([of.first_ms, of.median_ms, of.max_ms].map(|figure| shown(figure, 1)));
        cells.extend(has_cold.then(|| shown(of.cold_ms, 1)));
        cells.push(of.ceilings.iter().map(Verdict::to_string).collect::<Vec<_>>().join(", "));
        cells
    };
    table(header, report.questions.iter().map(cells)).to_string()
}

fn ingestion(report: &Report) -> String {
    let header = [
        "medians beside",
        "requests/s alone",
        "beside it",
        "p99 alone, ms",
        "beside it",
        "an answer, ms",
        "ratio",
        "ceiling",
    ];
    let cells = |of: &Medians| {
        let Medians { question, alone, beside, ratio, answer_ms } = of;
        let rates = [alone, beside].map(|of| format!("{:.0}", of.requests_per_second));
        let latencies = [alone.p99_ms, beside.p99_ms, *answer_ms].map(|figure| format!("{figure:.1}"));
        let mut cells = vec![(*question).to_owned()];
        cells.extend(rates.into_iter().chain(latencies));
        cells.extend([format!("{ratio:.2}"), String::new()]);
        cells
    };
    let of = &report.ingestion;
    let (ratio, ceiling) = (format!("{:.2}", of.ratio), of.ceiling.to_string());
    let all = ["all pairs", "", "", "", "", "", &ratio, &ceiling].map(str::to_owned).to_vec();
    table(header, of.questions.iter().map(cells).chain([all])).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::report::tests::report;

    fn cells(table: &str, name: &str) -> Vec<String> {
        let line = table.lines().find(|line| line.contains(name)).unwrap();
        line.split('|').skip(1).map(|cell| cell.trim().to_owned()).collect()
    }

    #[test]
    fn the_tables_show_figures_and_verdicts() {
        let table = of(&report(&[80.0, 200.0, 70.0], &[1_200.0], &[(20_000.0, 19_000.0)]));
        let active = cells(&table, "active?last=90d");
        assert_eq!(active[1..6], ["80.0", "80.0", "200.0", "1200.0", "median <= 100 ms ok, cold <= 1 s MISSED"]);
        assert_eq!(cells(&table, "stats")[5], "");
        let (_, ingestion) = table.split_once("VoiceMode").unwrap();
        assert_eq!(cells(ingestion, "active?last=90d")[1..7], ["20000", "19000", "2.0", "4.0", "70.0", "0.95"]);
        assert_eq!(cells(ingestion, "all pairs")[6..8], ["0.95", "ratio >= 0.90 ok"]);
        assert!(
            table.starts_with("3 answers to each question, from a ledger of 10000000 events in 3072 MiB"),
            "{table}"
        );
        assert!(table.ends_with("3.0 MiB"), "{table}");
    }

    #[test]
    fn without_cold_answers_there_is_no_column_for_them() {
        let table = of(&report(&[80.0], &[], &[(20_000.0, 19_000.0)]));
        assert!(!table.contains("cold"), "{table}");
        assert_eq!(cells(&table, "active?last=90d")[4], "median <= 100 ms ok");
    }
}
