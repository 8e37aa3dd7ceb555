//! TOML read with places: every problem names its line, and an unknown key the nearest known one.
//!
//! Contracts and the server's configuration are both read through [`Document`], so that both complain alike.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a file, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// The file's name, for people.
    pub file: String,
    /// At least one problem, in the order of lines.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line it is in, counted from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{}: {}", self.file, problem.line, problem.message)?;
        }
        Ok(())
    }
}

/// A TOML file being read: collects problems instead of stopping at the first.
#[derive(Debug)]
pub struct Document<'s> {
    file: &'s str,
    text: &'s str,
    problems: Vec<Problem>,
}

/// A table of a [`Document`], its entries in the order of the file.
#[derive(Debug)]
pub struct Table<'s> {
    /// The keys that lead to it, joined by dots; empty at the root.
    name: String,
    start: usize,
    entries: Vec<Entry<'s>>,
    asked: Vec<String>,
}

/// A key and its value.
#[derive(Debug)]
pub struct Entry<'s> {
    /// The key.
    pub key: String,
    /// Where the key stands, in bytes from the start of the file.
    pub start: usize,
    value: DeValue<'s>,
}

impl<'s> Document<'s> {
    /// Parses TOML.
    ///
    /// # Errors
    ///
    /// [`Problems`] where `text` is no TOML; nothing more can be found in it then.
    pub fn parse(file: &'s str, text: &'s str) -> Result<(Self, Table<'s>), Problems> {
        let mut document = Self { file, text, problems: Vec::new() };
        match DeTable::parse(text) {
            Ok(root) => Ok((document, Table::new(String::new(), 0, root.into_inner()))),
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                document.problem(start, error.message().replace('\n', ", "));
                Err(document.into_problems())
            }
        }
    }

    /// Notes a problem at a place in the file.
    pub fn problem(&mut self, start: usize, message: impl Into<String>) {
        let line = self.text.get(..start).unwrap_or(self.text).matches('\n').count() + 1;
        self.problems.push(Problem { line, message: message.into() });
    }

    /// The value that was read, unless there were problems.
    ///
    /// # Errors
    ///
    /// All [`Problems`] that were noted.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, Problems> {
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(self.into_problems()),
        }
    }

    fn into_problems(mut self) -> Problems {
        self.problems.sort();
        Problems { file: self.file.to_owned(), problems: self.problems }
    }

    fn wrong_type(&mut self, entry: &Entry<'_>, wanted: &str) {
        let got = entry.value.type_str();
        self.problem(entry.start, format!("`{}` must be {wanted}, not {}", entry.key, with_article(got)));
    }
}

impl<'s> Table<'s> {
    fn new(name: String, start: usize, table: DeTable<'s>) -> Self {
        let mut entries: Vec<_> = table
            .into_iter()
            .map(|(key, value)| Entry {
                start: key.span().start,
                key: key.into_inner().into_owned(),
                value: value.into_inner(),
            })
            .collect();
        entries.sort_by_key(|entry| entry.start);
        Self { name, start, entries, asked: Vec::new() }
    }

    /// Where the table begins, in bytes from the start of the file.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// The entries that nothing asked for yet, in the order of the file: for tables whose keys are data.
    pub fn take_rest(&mut self) -> Vec<Entry<'s>> {
        std::mem::take(&mut self.entries)
    }

    /// The value of a key, if it is there.
    pub fn take(&mut self, key: &str) -> Option<Entry<'s>> {
        self.asked.push(key.to_owned());
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// The value of a key that must be there.
    pub fn need(&mut self, document: &mut Document<'_>, key: &str) -> Option<Entry<'s>> {
        let entry = self.take(key);
        if entry.is_none() {
            document.problem(self.start, format!("{} needs `{key}`", self.title()));
        }
        entry
    }

    /// A table that may be there.
    pub fn table(&mut self, document: &mut Document<'_>, key: &str) -> Option<Table<'s>> {
        self.take(key)?.table(document, &self.path(key))
    }

    /// Refuses the keys that nothing asked for, each with the nearest one that is known.
    pub fn finish(self, document: &mut Document<'_>) {
        for entry in &self.entries {
            let mut message = format!("unknown key `{}` in {}", entry.key, self.title());
            if let Some(known) = nearest(&entry.key, self.asked.iter().map(String::as_str)) {
                message = format!("{message}; did you mean `{known}`?");
            } else {
                message = format!("{message}; known here: {}", self.asked.join(", "));
            }
            document.problem(entry.start, message);
        }
    }

    /// How messages name the table under a key of this one.
    #[must_use]
    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// How messages name this table.
    #[must_use]
    pub fn title(&self) -> String {
        if self.name.is_empty() { "the file".to_owned() } else { format!("[{}]", self.name) }
    }
}

impl<'s> Entry<'s> {
    /// The value as text.
    pub fn text(&self, document: &mut Document<'_>) -> Option<&str> {
        let text = self.value.as_str();
        if text.is_none() {
            document.wrong_type(self, "a text");
        }
        text
    }

    /// The value as a text that is read further; what is wrong with it is noted as a problem.
    pub fn parse<T>(&self, document: &mut Document<'_>, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let read = read(self.text(document)?);
        read.map_err(|problem| document.problem(self.start, format!("`{}`: {problem}", self.key))).ok()
    }

    /// The value as `true` or `false`.
    pub fn bool(&self, document: &mut Document<'_>) -> Option<bool> {
        let bool = self.value.as_bool();
        if bool.is_none() {
            document.wrong_type(self, "true or false");
        }
        bool
    }

    /// The value as a whole number.
    pub fn int(&self, document: &mut Document<'_>) -> Option<i64> {
        let int = self.value.as_integer().and_then(|int| i64::from_str_radix(int.as_str(), int.radix()).ok());
        if int.is_none() {
            document.wrong_type(self, "a whole number");
        }
        int
    }

    /// The value as a finite number, whole or not.
    pub fn number(&self, document: &mut Document<'_>) -> Option<f64> {
        let float = self.value.as_float().map(toml::de::DeFloat::as_str);
        let int = self.value.as_integer().filter(|int| int.radix() == 10).map(toml::de::DeInteger::as_str);
        let number = float.or(int).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
        if number.is_none() {
            document.wrong_type(self, "a number");
        }
        number
    }

    /// The value as a list of texts.
    pub fn texts(&self, document: &mut Document<'_>) -> Option<Vec<String>> {
        let texts = self.value.as_array().and_then(|array| {
            array.iter().map(|item| item.as_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            document.wrong_type(self, "a list of texts");
        }
        texts
    }

    /// The value as a table, which messages call `name`.
    pub fn table(self, document: &mut Document<'_>, name: &str) -> Option<Table<'s>> {
        if let DeValue::Table(table) = self.value {
            return Some(Table::new(name.to_owned(), self.start, table));
        }
        document.wrong_type(&self, "a table");
        None
    }

    /// The value as a list of tables, which messages call `name`.
    pub fn tables(self, document: &mut Document<'_>, name: &str) -> Option<Vec<Table<'s>>> {
        let DeValue::Array(array) = self.value else {
            document.wrong_type(&self, &format!("a list of tables, each under [[{name}]]"));
            return None;
        };
        let tables = array.into_iter().map(|item: Spanned<DeValue<'s>>| {
            let start = item.span().start;
            Entry { key: name.to_owned(), start, value: item.into_inner() }.table(document, name)
        });
        tables.collect()
    }

    /// Which kind of value this is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.value.type_str()
    }
}

/// The known word that was probably meant, if one is near enough.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let distances = known.into_iter().map(|known| (strsim::damerau_levenshtein(word, known), known));
    let near = distances.filter(|(distance, known)| *distance <= 1 + known.len() / 3);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Why a name is refused: ``there is no form `slak`; did you mean `slack`?``
#[must_use]
pub fn unknown_name(what: &str, name: &str, known: &[&str]) -> String {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("there are: {}", known.join(", ")),
    };
    format!("there is no {what} `{name}`; {hint}")
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}
