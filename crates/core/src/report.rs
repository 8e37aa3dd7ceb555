//! Answers as tables: what is shown as JSON, CSV and in a terminal alike.

use askfirst_contract::{Day, Timestamp};
use serde_json::{Map, Value};

/// The answer to a question an operator asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The name of the question.
    pub question: &'static str,
    /// Single figures, in order.
    pub figures: Vec<(&'static str, Cell)>,
    /// At least one; the first is what a spreadsheet gets.
    pub tables: Vec<Table>,
}

/// Rows of cells below named columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name among the tables of the report.
    pub name: &'static str,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// As many cells in each as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// The column that a terminal draws bars of.
    pub bars: Option<&'static str>,
}

/// What stands in a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing: not known, or not yet.
    Empty,
    /// A text; of clients, where the contract declares it.
    Text(String),
    /// How many.
    Count(u64),
    /// A number that is no count.
    Number(f64),
    /// A part of a whole, from 0 to 1.
    Share(f64),
    /// Yes or no.
    Flag(bool),
    /// How many in each of several periods.
    Series(Vec<u64>),
    /// Several texts.
    Texts(Vec<String>),
    /// JSON.
    Json(Value),
}

impl Report {
    /// As JSON: the figures by name, and each table as an array of objects.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("question".to_owned(), self.question.into());
        for (name, cell) in &self.figures {
            json.insert((*name).to_owned(), cell.to_json());
        }
        for table in &self.tables {
            json.insert(table.name.to_owned(), table.to_json());
        }
        Value::Object(json)
    }

    /// A table as CSV (RFC 4180) with a header, by its name; the first, where none is named. What a spreadsheet would take
    /// for a formula has a `'` in front.
    ///
    /// # Errors
    ///
    /// Which tables there are, where there is none of that name: a sentence without a full stop.
    pub fn to_csv(&self, name: Option<&str>) -> Result<String, String> {
        let mut csv = String::new();
        let found = match name {
            Some(name) => self.tables.iter().find(|table| table.name == name),
            None => self.tables.first(),
        };
        let Some(table) = found else {
            let names: Vec<_> = self.tables.iter().map(|table| table.name).collect();
            return Err(format!("`table` is one of {}", names.join(", ")));
        };
        push_line(&mut csv, table.columns.iter().cloned());
        for row in &table.rows {
            push_line(&mut csv, row.iter().map(Cell::to_csv));
        }
        Ok(csv)
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(name: &'static str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { name, columns, rows: Vec::new(), bars: None }
    }

    /// The same with bars of a column.
    #[must_use]
    pub fn with_bars(self, column: &'static str) -> Self {
        Self { bars: Some(column), ..self }
    }

    fn to_json(&self) -> Value {
        let row = |row: &Vec<Cell>| {
            let members = self.columns.iter().zip(row).map(|(name, cell)| (name.clone(), cell.to_json()));
            Value::Object(members.collect())
        };
        self.rows.iter().map(row).collect()
    }
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A UTC day.
    #[must_use]
    pub fn day(day: Day) -> Self {
        Self::Text(day.to_string())
    }

    /// A point in time.
    #[must_use]
    pub fn time(time: Timestamp) -> Self {
        Self::Text(time.to_string())
    }

    /// The part that one count is of another; empty where that is none.
    #[must_use]
    pub fn share(part: u64, whole: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a share is rounded for people anyway")]
        if whole == 0 { Self::Empty } else { Self::Share(part as f64 / whole as f64) }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Number(number) | Self::Share(number) => (*number).into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Series(counts) => counts.clone().into(),
            Self::Texts(texts) => texts.clone().into(),
            Self::Json(json) => json.clone(),
        }
    }

    /// As text without any decoration.
    #[must_use]
    pub fn to_csv(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) | Self::Share(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Series(counts) => counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
            Self::Texts(texts) => texts.join(" "),
            Self::Json(json) => json.to_string(),
        }
    }
}

/// `1234567` as `1,234,567`: digits in groups of three, for people.
#[must_use]
pub fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Adds a line of CSV (RFC 4180). What a spreadsheet would take for a formula has a `'` in front.
pub(crate) fn push_line(csv: &mut String, fields: impl IntoIterator<Item = String>) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        let is_number = field.parse::<f64>().is_ok();
        let guard = if !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        if field.contains([',', '"', '\n', '\r']) {
            csv.push('"');
            csv.push_str(guard);
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(guard);
            csv.push_str(&field);
        }
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(cells: &[Cell]) -> Report {
        let columns = (0..cells.len()).map(|index| format!("c{index}")).collect();
        let table = Table { name: "rows", columns, rows: vec![cells.to_vec()], bars: None };
        let figures = vec![("installs", Cell::Count(3)), ("share", Cell::share(1, 0))];
        Report { question: "test", figures, tables: vec![table, Table::new("other", &["c"])] }
    }

    #[test]
    fn json_has_figures_and_tables_by_name() {
        let cells = [
            Cell::Empty,
            Cell::text("a"),
            Cell::share(1, 4),
            Cell::Number(-1.5),
            Cell::Flag(true),
            Cell::Series(vec![0, 2]),
            Cell::Texts(vec!["1.0".to_owned()]),
            Cell::Json(json!({ "mode": "fast" })),
        ];
        let row = json!({
            "c0": null, "c1": "a", "c2": 0.25, "c3": -1.5, "c4": true, "c5": [0, 2], "c6": ["1.0"], "c7": { "mode": "fast" },
        });
        assert_eq!(
            report(&cells).to_json(),
            json!({ "question": "test", "installs": 3, "share": null, "rows": [row], "other": [] })
        );
    }

    #[test]
    fn csv_quotes_and_defuses_what_clients_sent() {
        for (cell, expected) in [
            (Cell::Empty, ""),
            (Cell::Count(1_200), "1200"),
            (Cell::Number(-1.5), "-1.5"),
            (Cell::share(1, 3), "0.3333333333333333"),
            (Cell::Flag(false), "false"),
            (Cell::Series(vec![0, 12]), "0 12"),
            (Cell::Texts(vec!["1.0".to_owned(), "1.1".to_owned()]), "1.0 1.1"),
            (Cell::text("a, b"), "\"a, b\""),
            (Cell::text("say \"hi\""), "\"say \"\"hi\"\"\""),
            (Cell::text("two\r\nlines"), "\"two\r\nlines\""),
            (Cell::Json(json!({ "mode": "fast" })), "\"{\"\"mode\"\":\"\"fast\"\"}\""),
            (Cell::text("=1+1"), "'=1+1"),
            (Cell::text("+1 a"), "'+1 a"),
            (Cell::text("-1-1"), "'-1-1"),
            (Cell::text("@sum(a1, a2)"), "\"'@sum(a1, a2)\""),
            (Cell::text("\t=1"), "'\t=1"),
            (Cell::text("-2"), "-2"),
            (Cell::text("1=1"), "1=1"),
        ] {
            assert_eq!(report(&[cell]).to_csv(None), Ok(format!("c0\r\n{expected}\r\n")));
        }
        assert_eq!(report(&[Cell::Count(1), Cell::Empty]).to_csv(None), Ok("c0,c1\r\n1,\r\n".to_owned()));
    }

    #[test]
    fn csv_is_of_any_table() {
        let report = report(&[Cell::Count(1)]);
        assert_eq!(report.to_csv(Some("rows")), report.to_csv(None));
        assert_eq!(report.to_csv(Some("other")), Ok("c\r\n".to_owned()));
        assert_eq!(report.to_csv(Some("others")), Err("`table` is one of rows, other".to_owned()));
    }
}
