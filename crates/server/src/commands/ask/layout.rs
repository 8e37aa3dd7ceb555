//! Columns that fit into a width. Texts are cut, long series are drawn with fewer heights, and bars take what is left;
//! where all that is not enough, columns are left out, the last ones first. Numbers are never cut.

use comfy_table::CellAlignment;

use super::cell::{bar, sparkline};
use crate::commands::query::plain_table;

/// The space around a column.
const GAP: u16 = 2;
/// A text or heading that is cut keeps so many columns, which no day and its mark takes more of.
const LEAST_WORDS: u16 = 12;
/// The heights of a series: a month of days where there is room.
const SERIES: u16 = 31;
const LEAST_SERIES: u16 = 10;
/// The longest bar, and the shortest one that is worth its place.
const BAR: u16 = 24;
const LEAST_BAR: u16 = 6;
/// What stands for the rest of a text.
const CUT: &str = "…";

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) content: Content,
}

/// What stands in a column.
#[derive(Debug)]
pub(super) enum Content {
    /// Texts, which may be cut.
    Words(Vec<String>),
    /// Numbers.
    Figures(Vec<String>),
    /// How many in each of several periods.
    Series(Vec<Vec<u64>>),
}

/// Columns laid out.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) text: String,
    /// The headings of columns that there is no room for.
    pub(super) left_out: Vec<String>,
}

/// A column, how wide it is and how narrow it may be.
struct Fitted {
    column: Column,
    width: u16,
    least: u16,
    /// Whether the table makes no sense without it: it is the first, or the one with bars.
    is_kept: bool,
}

/// Lays columns out, with bars beside one of them.
pub(super) fn lay_out(columns: Vec<Column>, bars: Option<(usize, Vec<f64>)>, width: u16) -> Laid {
    let barred = bars.as_ref().map(|(index, _)| *index);
    let is_barred = |index| Some(index) == barred;
    let mut fitted: Vec<Fitted> = columns
        .into_iter()
        .enumerate()
        .map(|(index, column)| Fitted::new(column, index == 0 || is_barred(index)))
        .collect();
    let left_out = leave_out(&mut fitted, width);
    shrink(&mut fitted, width);
    let left = width.saturating_sub(total(fitted.iter().map(|fitted| fitted.width)) + GAP);
    let place = fitted.iter().rposition(|fitted| fitted.is_kept);
    let mut drawn: Vec<Drawn> = fitted.into_iter().map(Fitted::draw).collect();
    if let (Some((_, values)), Some(place)) = (bars.filter(|_| left >= LEAST_BAR), place) {
        let largest = values.iter().copied().fold(0.0, f64::max);
        let texts = values.iter().map(|value| bar(*value, largest, left.min(BAR))).collect();
        drawn.insert(place + 1, Drawn { heading: String::new(), texts, width: BAR, alignment: CellAlignment::Left });
    }
    Laid { text: print(&drawn), left_out }
}

/// Leaves out the last columns that there is no room for, however narrow all of them are; gives their headings.
fn leave_out(fitted: &mut Vec<Fitted>, width: u16) -> Vec<String> {
    let mut left_out = Vec::new();
    while total(fitted.iter().map(|fitted| fitted.least)) > width {
        let Some(last) = fitted.iter().rposition(|fitted| !fitted.is_kept) else { break };
        left_out.push(fitted.remove(last).column.heading);
    }
    left_out.reverse();
    left_out
}

/// Takes from the widest columns that may be narrower.
fn shrink(fitted: &mut [Fitted], width: u16) {
    while total(fitted.iter().map(|fitted| fitted.width)) > width {
        let widest = fitted.iter_mut().filter(|fitted| fitted.width > fitted.least).max_by_key(|fitted| fitted.width);
        let Some(widest) = widest else { return };
        widest.width -= 1;
    }
}

/// The width of a table of such columns: there is no space behind the last.
fn total(widths: impl Iterator<Item = u16>) -> u16 {
    widths.fold(0_u16, |sum, width| sum.saturating_add(width).saturating_add(GAP)).saturating_sub(GAP / 2)
}

impl Column {
    /// Adds a mark to some texts.
    pub(super) fn mark(&mut self, mark: &str, is_marked: impl Iterator<Item = bool>) {
        if let Content::Words(texts) = &mut self.content {
            texts
                .iter_mut()
                .zip(is_marked)
                .filter(|(_, is_marked)| *is_marked)
                .for_each(|(text, _)| text.push_str(mark));
        }
    }

    /// Whether there is nothing but a heading.
    pub(super) fn is_empty(&self) -> bool {
        match &self.content {
            Content::Words(texts) | Content::Figures(texts) => texts.is_empty(),
            Content::Series(series) => series.is_empty(),
        }
    }
}

/// A column as texts.
struct Drawn {
    heading: String,
    texts: Vec<String>,
    width: u16,
    alignment: CellAlignment,
}

impl Fitted {
    fn new(column: Column, is_kept: bool) -> Self {
        let heading = widest([&column.heading]);
        let (width, least) = match &column.content {
            Content::Words(texts) => (widest(texts), LEAST_WORDS),
            Content::Figures(texts) => (widest(texts), widest(texts).max(LEAST_WORDS)),
            Content::Series(series) => {
                let longest = series.iter().map(Vec::len).max().unwrap_or(0);
                (u16::try_from(longest).unwrap_or(SERIES).min(SERIES), LEAST_SERIES)
            }
        };
        let width = width.max(heading);
        Self { column, width, least: least.min(width), is_kept }
    }

    fn draw(self) -> Drawn {
        let Self { column: Column { heading, content }, width, .. } = self;
        let (texts, alignment) = match content {
            Content::Words(texts) => (texts, CellAlignment::Left),
            Content::Figures(texts) => (texts, CellAlignment::Right),
            Content::Series(series) => {
                let lines = series.iter().map(|counts| sparkline(counts, width.into()));
                (lines.collect(), CellAlignment::Left)
            }
        };
        Drawn { heading, texts, width, alignment }
    }
}

/// The columns of a terminal that the widest text takes.
fn widest<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> u16 {
    let mut table = plain_table();
    for text in texts {
        table.add_row([text.as_ref()]);
    }
    table.column_max_content_widths().into_iter().max().unwrap_or(0)
}

/// As much of a text as stands in so many columns of a terminal.
fn cut(text: &str, width: u16) -> String {
    if widest([text]) <= width {
        return text.to_owned();
    }
    let ends: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
    let fits = |end: &usize| widest([&text[..*end]]) + widest([CUT]) <= width;
    let end = ends.partition_point(fits).checked_sub(1).map_or(0, |last| ends[last]);
    format!("{}{CUT}", &text[..end])
}

fn print(columns: &[Drawn]) -> String {
    let mut table = plain_table();
    table.set_header(columns.iter().map(|column| cut(&column.heading, column.width)));
    for row in 0..columns.first().map_or(0, |column| column.texts.len()) {
        table.add_row(columns.iter().map(|column| cut(&column.texts[row], column.width)));
    }
    for (column, drawn) in table.column_iter_mut().zip(columns) {
        column.set_cell_alignment(drawn.alignment);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use askfirst_core::report::Cell;
    use proptest::prelude::*;

    use super::super::cell::shown;
    use super::*;

    fn words(heading: &str, texts: &[&str]) -> Column {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Column { heading: heading.to_owned(), content: Content::Words(texts) }
    }

    fn figures(heading: &str, texts: &[&str]) -> Column {
        let Column { heading, content: Content::Words(texts) } = words(heading, texts) else { panic!() };
        Column { heading, content: Content::Figures(texts) }
    }

    fn columns() -> Vec<Column> {
        let series = vec![(0..60).collect(), vec![0; 60]];
        vec![
            words("error", &["a long text that tells what went wrong", "x"]),
            figures("first", &["1,000", "1"]),
            figures("events", &["100", "50"]),
            Column { heading: "days".to_owned(), content: Content::Series(series) },
        ]
    }

    #[test]
    fn what_matters_least_gives_way() {
        let pages = [120, 100, 70, 48, 24].map(|width| {
            let Laid { text, left_out } = lay_out(columns(), Some((2, vec![100.0, 50.0])), width);
            format!("{width} columns, without {left_out:?}\n{text}\n")
        });
        insta::assert_snapshot!(pages.join("\n"));
    }

    /// A column of so many rows.
    fn column(rows: usize) -> impl Strategy<Value = Column> {
        let text = any::<String>().prop_map(|text| shown(&Cell::Text(text)));
        let count = (0..1_000_000_000_000_u64).prop_map(|count| shown(&Cell::Count(count)));
        let content = prop_oneof![
            prop::collection::vec(text, rows).prop_map(Content::Words),
            prop::collection::vec(count, rows).prop_map(Content::Figures),
            prop::collection::vec(prop::collection::vec(0..1_000_u64, 0..90), rows).prop_map(Content::Series),
        ];
        ("[a-z\u{6f22}]{1,20}", content).prop_map(|(heading, content)| Column { heading, content })
    }

    proptest! {
        #[test]
        fn a_table_fits_and_its_numbers_are_whole(
            columns in (1..5_usize).prop_flat_map(|rows| prop::collection::vec(column(rows), 1..9)),
            barred in any::<prop::sample::Index>(),
            width in 40..200_u16,
        ) {
            let barred = barred.index(columns.len());
            let (mut numbers, mut headings) = (Vec::new(), Vec::new());
            for Column { heading, content } in &columns {
                headings.push(heading.clone());
                numbers.push(if let Content::Figures(texts) = content { texts.clone() } else { Vec::new() });
            }
            let Laid { text, left_out } = lay_out(columns, Some((barred, vec![1.0; 4])), width);
            for line in text.lines() {
                prop_assert!(widest([line]) <= width, "{} columns: {line}", widest([line]));
            }
            for (heading, numbers) in headings.iter().zip(numbers) {
                let is_there = |number: &String| text.split_whitespace().any(|word| word == number);
                prop_assert!(left_out.contains(heading) || numbers.iter().all(is_there), "{heading}: {text}");
            }
        }
    }
}
