//! Cells as people read them, bars and sparklines.

use askfirst_core::report::{Cell, grouped};

use crate::commands::query::on_one_line;

/// The ends of bars, in eighths.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// The heights of sparklines; the lowest is nothing at all.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A cell in words. What clients sent moves no cursor.
pub(super) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => on_one_line(text),
        Cell::Count(count) => grouped(&count.to_string()),
        Cell::Number(number) => rounded(*number, decimals(*number)),
        Cell::Share(share) => format!("{:.1}%", share * 100.0),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::Series(counts) => sparkline(counts, counts.len()),
        Cell::Texts(texts) => on_one_line(&texts.join(", ")),
        Cell::Json(json) => on_one_line(&json.to_string()),
    }
}

/// A share in four columns, which tells nothing and everything from nearly that.
pub(super) fn short_share(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1%".to_owned(),
        percent if percent > 99.0 && percent < 100.0 => ">99%".to_owned(),
        percent => format!("{percent:.0}%"),
    }
}

/// Numbers with as many decimals as the one that needs the most of at most two, so that they stand below each other.
pub(super) fn numbers<'c>(cells: impl Iterator<Item = &'c Cell> + Clone) -> Vec<String> {
    let decimals = |cell: &Cell| if let Cell::Number(number) = cell { decimals(*number) } else { 0 };
    let most = cells.clone().map(decimals).max().unwrap_or(0);
    cells.map(|cell| if let Cell::Number(number) = cell { rounded(*number, most) } else { shown(cell) }).collect()
}

/// How many of two decimals a number needs.
fn decimals(number: f64) -> usize {
    if is_plain(number) {
        format!("{number:.2}").trim_end_matches('0').rsplit('.').next().map_or(0, str::len)
    } else {
        0
    }
}

/// A number with so many decimals, or as a power of ten where they would tell next to nothing.
fn rounded(number: f64, decimals: usize) -> String {
    if !is_plain(number) {
        return format!("{number:.2e}");
    }
    let text = format!("{:.decimals$}", number.abs());
    let (whole, decimals) = text.split_at(text.find('.').unwrap_or(text.len()));
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}{decimals}", grouped(whole))
}

fn is_plain(number: f64) -> bool {
    number == 0.0 || (0.01..1e15).contains(&number.abs())
}

/// A line of at most so many heights, each the mean of as many counts as the next; the highest is the largest mean.
pub(super) fn sparkline(counts: &[u64], most: usize) -> String {
    let chunks = counts.chunks(counts.len().div_ceil(most.max(1)).max(1));
    // In thousandths, so that a little among many is more than nothing.
    let mean = |chunk: &[u64]| chunk.iter().map(|count| u128::from(*count) * 1_000).sum::<u128>() / chunk.len() as u128;
    let means: Vec<u128> = chunks.map(mean).collect();
    let highest = means.iter().copied().max().unwrap_or(0).max(1);
    let top = HEIGHTS.len() - 1;
    // Rounded up: what is there is seen.
    let height =
        |mean: &u128| usize::try_from((mean * top as u128).div_ceil(highest)).map_or(top, |height| height.min(top));
    means.iter().map(|mean| HEIGHTS[height(mean)]).collect()
}

/// A bar for a part of the largest value, which is so many columns long; what is there is seen.
pub(super) fn bar(value: f64, largest: f64, width: u16) -> String {
    if value.is_nan() || value <= 0.0 || largest <= 0.0 {
        return String::new();
    }
    let eighths = (value / largest * f64::from(width) * 8.0).round().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 8 times a u16")]
    let eighths = eighths as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(end) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[end]);
    }
    bar
}

/// The number that a bar is drawn for.
pub(super) fn number(cell: &Cell) -> f64 {
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "for the length of a bar")]
        Cell::Count(count) => *count as f64,
        Cell::Number(number) | Cell::Share(number) => *number,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_shown_for_people() {
        for (cell, expected) in [
            (Cell::Empty, ""),
            (Cell::text("a\u{1b}[2Jb\nc\u{9b}d\u{202e}e"), "a\\u{1b}[2Jb\\nc\\u{9b}d\\u{202e}e"),
            (Cell::Texts(vec!["1.0".to_owned(), "\u{7}".to_owned()]), "1.0, \\u{7}"),
            (Cell::Json(json!({ "a": "\u{1b}" })), "{\"a\":\"\\u001b\"}"),
            (Cell::Count(0), "0"),
            (Cell::Count(999), "999"),
            (Cell::Count(1_000), "1,000"),
            (Cell::Count(12_345_678), "12,345,678"),
            (Cell::Number(0.0), "0"),
            (Cell::Number(-0.5), "-0.5"),
            (Cell::Number(-1234.567), "-1,234.57"),
            (Cell::Number(12.0), "12"),
            (Cell::Number(0.001_234), "1.23e-3"),
            (Cell::Number(1e300), "1.00e300"),
            (Cell::Share(0.1234), "12.3%"),
            (Cell::Share(1.0), "100.0%"),
            (Cell::Flag(true), "yes"),
        ] {
            assert_eq!(shown(&cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn numbers_of_a_column_have_as_many_decimals() {
        let cells = [Cell::Number(9.5), Cell::Number(15.0), Cell::Empty, Cell::Number(-1000.126), Cell::Number(0.001)];
        assert_eq!(numbers(cells.iter()), ["9.50", "15.00", "", "-1,000.13", "1.00e-3"]);
        assert_eq!(numbers([Cell::Number(9.0), Cell::Number(15.5)].iter()), ["9.0", "15.5"]);
        assert_eq!(numbers([Cell::Number(9.0), Cell::Count(15)].iter()), ["9", "15"]);
    }

    #[test]
    fn short_shares_tell_all_from_nearly_all() {
        let shares = [0.0, 0.001, 0.01, 0.125, 0.994, 0.995, 1.0];
        assert_eq!(shares.map(short_share), ["0%", "<1%", "1%", "12%", ">99%", ">99%", "100%"]);
    }

    #[test]
    fn sparklines_show_what_is_there() {
        assert_eq!(sparkline(&[0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[0, 1, 1_000], 3), "▁▂█");
        assert_eq!(sparkline(&[1, 0, 0, 0, 2, 2, 4], 3), "▂▄█", "three days each");
        assert_eq!((sparkline(&[0, 0], 9).as_str(), sparkline(&[], 9).as_str()), ("▁▁", ""));
        assert_eq!(sparkline(&[u64::MAX, u64::MAX], 2), "██");
    }

    #[test]
    fn bars_are_parts_of_the_largest() {
        let bars = [(8.0, "████"), (4.0, "██"), (3.0, "█▌"), (0.001, "▏"), (0.0, ""), (-1.0, ""), (f64::NAN, "")];
        for (value, expected) in bars {
            assert_eq!(bar(value, 8.0, 4), expected, "{value}");
        }
        assert_eq!(bar(1.0, 0.0, 4), "");
    }

    proptest! {
        #[test]
        fn charts_are_never_wider_than_they_may(counts in prop::collection::vec(0..u64::MAX / 400, 0..400), most in 1..60_usize) {
            prop_assert!(sparkline(&counts, most).chars().count() <= most);
            let largest = counts.iter().copied().max().unwrap_or(0);
            for count in counts {
                let bar = bar(number(&Cell::Count(count)), number(&Cell::Count(largest)), 24);
                prop_assert!(bar.chars().count() <= 24 && (count == 0) == bar.is_empty());
            }
        }

        #[test]
        fn no_cell_moves_the_cursor(text in any::<String>()) {
            for cell in [Cell::text(&text), Cell::Texts(vec![text.clone()]), Cell::Json(json!({ (text.clone()): text }))] {
                prop_assert!(!shown(&cell).chars().any(char::is_control));
            }
        }
    }
}
