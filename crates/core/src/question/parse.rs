//! Questions from their parameters: those of a query string, and the options of the command of the same names.

#[cfg(test)]
mod tests;

use askfirst_contract::{Contract, Day, FieldType, Role, Timestamp, nearest};

use super::range::{MAX_DAYS, Per, Range};
use super::{Ask, FieldPlaces, Measure, Of, OneOf, Only, Stat, What};
use crate::activity::TYPE;

/// The names of all questions.
pub const NAMES: [&str; 9] =
    ["active", "retention", "breakdown", "distribution", "trend", "versions", "errors", "recent", "outcomes"];

/// The parameter that may be given more than once.
const REPEATABLE: &str = "only";
/// The most rows that `top` and `limit` ask for.
const MAX_ROWS: u32 = 1_000;
/// The most values that `only` names: each of them is looked for in every event that is read.
const MAX_ONLY: usize = 100;
/// The most periods that installs are followed through: a year of days, or seven of weeks. That is a triangle of 366 * 367 /
/// 2 = 67,161 counts, each the intersection of two sets.
const MAX_FOLLOWED: i32 = 366;
/// How much of what was asked comes back to who asked it, in characters.
const MAX_ECHO: usize = 64;

/// The parameters a question takes.
#[must_use]
pub fn parameters(question: &str) -> &'static [&'static str] {
    match question {
        "active" => &["last", "from", "to", "per", "by", "top", "only"],
        "retention" => &["last", "from", "to", "per", "only"],
        "breakdown" => &["field", "last", "from", "to", "top", "only"],
        "distribution" => &["field", "last", "from", "to", "only"],
        "trend" => &["of", "stat", "last", "from", "to", "per", "only"],
        "versions" => &["last", "from", "to", "only"],
        "outcomes" => &["last", "from", "to"],
        "errors" => &["last", "from", "to", "top", "only"],
        "recent" => &["type", "limit"],
        _ => &[],
    }
}

impl Ask {
    /// Reads a question of [`NAMES`] and its [`parameters`].
    ///
    /// # Errors
    ///
    /// What is wrong with a parameter and what would be right, as one sentence without a full stop.
    pub fn parse(
        question: &str,
        parameters: &[(String, String)],
        contract: &Contract,
        now: Timestamp,
    ) -> Result<Self, String> {
        if !NAMES.contains(&question) {
            return Err(unknown("question", question, &NAMES));
        }
        let known = self::parameters(question);
        for (name, _) in parameters {
            if !known.contains(&name.as_str()) {
                return Err(unknown("parameter", name, known));
            }
        }
        check_repeated(parameters)?;
        let given = Given { parameters, contract, today: now.day() };
        let what = match question {
            "active" => What::Active {
                range: given.range(30)?,
                per: given.per(&[Per::Day, Per::Week, Per::Month])?.unwrap_or(Per::Day),
                by: given.by()?,
                only: given.only()?,
            },
            "retention" => {
                let per = given.per(&[Per::Day, Per::Week])?.unwrap_or(Per::Week);
                What::Retention { range: given.cohorts(per)?, per, only: given.only()? }
            }
            "breakdown" => What::Breakdown {
                range: given.range(30)?,
                of: given.breakdown()?,
                only: given.only()?,
                top: given.rows("top", 10)?,
            },
            "distribution" => {
                What::Distribution { range: given.range(30)?, of: given.distribution()?, only: given.only()? }
            }
            "trend" => What::Trend {
                range: given.range(30)?,
                per: given.per(&[Per::Day, Per::Week, Per::Month])?.unwrap_or(Per::Day),
                of: given.measure()?,
                only: given.only()?,
            },
            "versions" => What::Versions { range: given.range(30)?, only: given.only()? },
            "errors" => What::Errors {
                range: given.range(7)?,
                only: given.only()?,
                top: given.rows("top", 20)?,
                error: FieldPlaces::with_role(contract, Role::Error),
                version: FieldPlaces::with_role(contract, Role::AppVersion),
            },
            "recent" => {
                What::Recent { event_type: given.one("type").map(str::to_owned), limit: given.rows("limit", 20)? }
            }
            // The last of the names.
            _ => What::Outcomes { range: given.range(30)? },
        };
        Ok(Self { what, today: now.day() })
    }
}

/// The parameters of a question.
struct Given<'g> {
    parameters: &'g [(String, String)],
    contract: &'g Contract,
    today: Day,
}

impl<'g> Given<'g> {
    fn one(&self, name: &str) -> Option<&'g str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `last`, or `from` and `to`; else so many days.
    fn range(&self, default: i32) -> Result<Range, String> {
        let day = |name| self.one(name).map(|text| day(name, text)).transpose();
        let (from, to, last) = (day("from")?, day("to")?, self.one("last").map(days).transpose()?);
        if last.is_some() && from.is_some() {
            return Err("give `last` or `from`, not both".to_owned());
        }
        let to = to.unwrap_or(self.today);
        let range = match from {
            Some(from) => Range { from, to },
            None => Range::last(last.unwrap_or(default), to),
        };
        if range.from > range.to {
            return Err(format!("`from` ({}) is after `to` ({})", range.from, range.to));
        }
        if range.days() > MAX_DAYS {
            return Err(too_many_days());
        }
        Ok(range)
    }

    /// The range in which installs were new that are followed until today.
    fn cohorts(&self, per: Per) -> Result<Range, String> {
        let (days, default) = if per == Per::Week { (7, 12 * 7) } else { (1, 14) };
        let range = self.range(default)?;
        let until = range.to.max(self.today);
        if (until.0 - per.start(range.from).0) / days >= MAX_FOLLOWED {
            let per = per.name();
            return Err(format!(
                "installs are followed through at most {MAX_FOLLOWED} periods (`per={per}`) until today; give a later `from`"
            ));
        }
        Ok(range)
    }

    fn per(&self, allowed: &[Per]) -> Result<Option<Per>, String> {
        let Some(name) = self.one("per") else { return Ok(None) };
        let names: Vec<_> = allowed.iter().map(|per| per.name()).collect();
        let per = Per::named(name).filter(|per| allowed.contains(per));
        per.map(Some).ok_or_else(|| format!("`per` is one of {}, not `{}`", names.join(", "), cut(name)))
    }

    fn rows(&self, name: &str, default: u32) -> Result<u32, String> {
        let Some(text) = self.one(name) else { return Ok(default) };
        let rows = text.parse().ok().filter(|rows| (1..=MAX_ROWS).contains(rows));
        rows.ok_or_else(|| format!("`{name}` is a number from 1 to {MAX_ROWS}, not `{}`", cut(text)))
    }

    fn dimensions(&self) -> Vec<&'g str> {
        let mut names = vec![TYPE, Role::Runtime.name()];
        names.extend(self.contract.dimensions().into_iter().filter(|name| *name != Role::Runtime.name()));
        names
    }

    /// A dimension, by its name or the path of its field.
    fn dimension(&self, name: &str) -> Result<String, String> {
        self.known_dimension(name).ok_or_else(|| unknown("dimension", name, &self.dimensions()))
    }

    fn known_dimension(&self, name: &str) -> Option<String> {
        if self.dimensions().contains(&name) {
            return Some(name.to_owned());
        }
        let events = self.contract.envelope.iter().chain(&self.contract.events);
        let mut dimensions = events.flat_map(askfirst_contract::EventType::dimensions);
        dimensions.find(|(_, field)| field.path == name).map(|(dimension, _)| dimension.to_owned())
    }

    /// The dimension whose values are told apart, and how many of them.
    fn by(&self) -> Result<Option<(String, u32)>, String> {
        match (self.one("by"), self.one("top")) {
            (Some(by), _) => Ok(Some((self.dimension(by)?, self.rows("top", 20)?))),
            (None, Some(_)) => Err("`top` is for the values of a dimension; name the dimension in `by`".to_owned()),
            (None, None) => Ok(None),
        }
    }

    /// All `only=dimension=value`, by dimension.
    fn only(&self) -> Result<Only, String> {
        let mut only = Only::default();
        let given = self.parameters.iter().filter(|(name, _)| name == REPEATABLE);
        for (index, (_, text)) in given.enumerate() {
            if index >= MAX_ONLY {
                return Err(format!("`only` may be given at most {MAX_ONLY} times"));
            }
            let parts = text.split_once('=');
            let (dimension, value) = parts.ok_or_else(|| format!("`only` is DIMENSION=VALUE, not `{}`", cut(text)))?;
            let (dimension, value) = (self.dimension(dimension)?, value.to_owned());
            match only.dimensions.iter_mut().find(|known| known.dimension == dimension) {
                Some(known) if known.values.contains(&value) => {}
                Some(known) => known.values.push(value),
                None => {
                    let field = FieldPlaces::of_dimension(self.contract, &dimension);
                    only.dimensions.push(OneOf { dimension, values: vec![value], field });
                }
            }
        }
        Ok(only)
    }

    fn breakdown(&self) -> Result<Of, String> {
        let Some(name) = self.one("field") else {
            return Err(format!("say which field; there are {}", self.fields().join(", ")));
        };
        if let Some(dimension) = self.known_dimension(name) {
            return Ok(Of::Dimension(dimension));
        }
        if self.holds(name, is_json) {
            return Err(format!("`{name}` holds JSON of any form; read it with `askfirst query`"));
        }
        let field = self.places(name)?;
        Ok(Of::Field(name.to_owned(), field))
    }

    fn distribution(&self) -> Result<(String, FieldPlaces), String> {
        let Some(name) = self.one("field") else {
            let fields: Vec<_> = self.fields().into_iter().filter(|name| self.holds(name, is_number)).collect();
            return Err(match &fields[..] {
                [] => "the contract declares no numbers; ask for the values of a field with `breakdown`".to_owned(),
                fields => format!("say which field; those that hold numbers are {}", fields.join(", ")),
            });
        };
        Ok((name.to_owned(), self.numbers(name)?))
    }

    fn measure(&self) -> Result<Measure, String> {
        let named = |name| {
            Stat::named(name).ok_or_else(|| format!("`stat` is one of sum, mean, median, p95, not `{}`", cut(name)))
        };
        let stat = self.one("stat").map(named).transpose()?;
        let counted = match self.one("of").unwrap_or("events") {
            "events" => Measure::Events,
            "installs" => Measure::Installs,
            name => return Ok(Measure::Field(name.to_owned(), self.numbers(name)?, stat.unwrap_or(Stat::Mean))),
        };
        match stat {
            Some(_) => Err("`stat` is for the numbers in a field; name the field in `of`".to_owned()),
            None => Ok(counted),
        }
    }

    /// Where one of [`Self::fields`] stands that holds numbers.
    fn numbers(&self, path: &str) -> Result<FieldPlaces, String> {
        let field = self.places(path)?;
        if self.holds(path, is_number) {
            return Ok(field);
        }
        Err(format!("`{path}` holds no numbers; ask for its values with `breakdown`"))
    }

    /// Where one of [`Self::fields`] stands.
    fn places(&self, path: &str) -> Result<FieldPlaces, String> {
        let known = self.fields();
        if !known.contains(&path) {
            return Err(unknown("field", path, &known));
        }
        Ok(FieldPlaces::of(self.contract, |field| field.path == path))
    }

    /// Whether some field of this path is of a type.
    fn holds(&self, path: &str, is_meant: impl Fn(&FieldType) -> bool) -> bool {
        let mut fields = self.contract.events.iter().flat_map(|event| &event.fields);
        fields.any(|field| field.path == path && is_meant(&field.kind))
    }

    /// What can be broken down: dimensions, and fields that tell neither whose an event is nor which.
    fn fields(&self) -> Vec<&'g str> {
        let mut names = self.dimensions();
        for event in &self.contract.events {
            let ids = [event.event_id_path(), event.install_id_path()];
            for field in &event.fields {
                let path = field.path.as_str();
                if !ids.contains(&Some(path)) && !names.contains(&path) && !is_json(&field.kind) {
                    names.push(path);
                }
            }
        }
        names
    }
}

/// Checks that no parameter is there twice, but the one that may be.
///
/// # Errors
///
/// Which one is.
pub(crate) fn check_repeated(parameters: &[(String, String)]) -> Result<(), String> {
    for (index, (name, _)) in parameters.iter().enumerate() {
        if name != REPEATABLE && parameters[..index].iter().any(|(before, _)| before == name) {
            return Err(format!("`{}` is given more than once", cut(name)));
        }
    }
    Ok(())
}

fn is_number(kind: &FieldType) -> bool {
    matches!(kind, FieldType::Int { .. } | FieldType::Number { .. })
}

fn is_json(kind: &FieldType) -> bool {
    matches!(kind, FieldType::Json { .. })
}

/// `2026-02-12`
fn day(name: &str, text: &str) -> Result<Day, String> {
    let day = (text.len() == 10).then(|| Timestamp::parse(text)).flatten().map(Timestamp::day);
    day.ok_or_else(|| format!("`{name}` is a day such as 2026-02-12, not `{}`", cut(text)))
}

/// `30d` or `12w`
fn days(text: &str) -> Result<i32, String> {
    let (number, factor) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 7),
        _ => ("", 0),
    };
    let number = number.parse().ok().filter(|number: &i32| *number > 0);
    let number = number.ok_or_else(|| format!("`last` is a span such as 30d or 12w, not `{}`", cut(text)))?;
    number.checked_mul(factor).filter(|days| *days <= MAX_DAYS).ok_or_else(too_many_days)
}

fn too_many_days() -> String {
    format!("at most {MAX_DAYS} days are answered at once")
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let name = cut(name);
    match nearest(&name, known.iter().copied()) {
        Some(nearest) => format!("there is no {kind} `{name}`; did you mean `{nearest}`?"),
        None => format!("there is no {kind} `{name}`; there are {}", known.join(", ")),
    }
}

/// As much of what was asked as comes back.
fn cut(asked: &str) -> String {
    asked.chars().take(MAX_ECHO).collect()
}
