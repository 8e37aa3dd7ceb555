//! `askfirst ask` as it is typed. What values mean, and which are right, is told by `askfirst_core::Ask::parse`.
#![expect(clippy::doc_markdown, reason = "these comments are the text of --help, which would show the backticks")]

use clap::{Args, Subcommand};

use super::PlaceArguments;

/// Ask who uses an app, and how.
///
/// Installs are counted, not people. Days are UTC and those that events tell of; the running one is marked. The file of
/// the ledger is read, so this works while the server runs, and when it does not. The same is answered over HTTP to
/// those who have a token: GET /api of the server describes it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode active                          how many used it, day by day
  askfirst ask voicemode active --per week --by platform --top 5
  askfirst ask voicemode retention                       how many came back
  askfirst ask voicemode breakdown --field app_version   which versions they have
  askfirst ask voicemode errors --last 2w --json
  askfirst ask voicemode active --help                   more on one question")]
pub(crate) struct AskArguments {
    /// The app whose ledger is asked.
    pub(crate) app: String,
    #[command(subcommand)]
    pub(crate) question: QuestionArguments,
}

/// The questions. Each tells of itself at its options, in more than a line.
#[derive(Debug, Subcommand)]
pub(crate) enum QuestionArguments {
    Active(ActiveArguments),
    Retention(RetentionArguments),
    Breakdown(BreakdownArguments),
    Distribution(DistributionArguments),
    Trend(TrendArguments),
    Versions(VersionsArguments),
    Errors(ErrorsArguments),
    Recent(RecentArguments),
    Outcomes(OutcomesArguments),
}

/// What all questions take.
#[derive(Debug, Args)]
pub(crate) struct CommonArguments {
    /// Print JSON, as over HTTP.
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a table as comma-separated values (RFC 4180) with a header.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// Which table, by its name in the JSON [default: the first].
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) table: Option<String>,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Which days.
#[derive(Debug, Args)]
pub(crate) struct RangeArguments {
    /// So many days or weeks, such as 30d or 12w, that end with --to.
    #[arg(long, value_name = "SPAN")]
    last: Option<String>,
    /// The first UTC day, such as 2026-02-01; instead of --last.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last UTC day [default: today].
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
}

/// Which installs and events.
#[derive(Debug, Args)]
pub(crate) struct OnlyArguments {
    /// Only what has this value of a dimension; repeatable: any of several values of one dimension, and all dimensions.
    #[arg(long, value_name = "DIMENSION=VALUE")]
    only: Vec<String>,
}

/// How many installs were active, new and returning.
///
/// An install is new on the day it was heard of first. For each day, also those that were active in the last 7 and 28
/// days, and stickiness: the share of the latter that was active on the day. With --by, installs are told apart by what
/// they reported; one that reported several values counts for each.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode active
  askfirst ask voicemode active --last 12w --per week
  askfirst ask voicemode active --from 2026-01-01 --to 2026-01-31 --by platform
  askfirst ask voicemode active --by platform --csv --table values > platforms.csv
  askfirst ask mytool active --only runtime=ci --only app_version=1.4.0")]
pub(crate) struct ActiveArguments {
    #[command(flatten)]
    range: RangeArguments,
    /// In periods of a day, week or month [default: day].
    #[arg(long, value_name = "PERIOD")]
    per: Option<String>,
    /// Apart by a dimension: type, runtime, app_version, platform, error, or an enum or bool of the contract.
    #[arg(long, value_name = "DIMENSION")]
    by: Option<String>,
    /// With --by, how many values by name; all others are put together [default: 20].
    #[arg(long, value_name = "N")]
    top: Option<String>,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// How many of those that were new came back later.
///
/// A row tells of the installs that were new in a period: how many there were, and how many of them were active one
/// period later, two periods later and so on, until today.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode retention                 twelve weeks
  askfirst ask voicemode retention --per day --last 14d
  askfirst ask mytool retention --only runtime=interactive")]
pub(crate) struct RetentionArguments {
    #[command(flatten)]
    range: RangeArguments,
    /// In periods of a day or week [default: week].
    #[arg(long, value_name = "PERIOD")]
    per: Option<String>,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// Which values a field has.
///
/// By events and by installs. Counts by name, such as how often each command ran, are summed up. Without --field, the
/// fields that can be asked for are listed. Of the values of a dimension, events are not counted with --only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode breakdown --field platform
  askfirst ask voicemode breakdown --field usage.provider_usage.tts --last 12w --top 5
  askfirst ask mytool breakdown --field platform --only runtime=ci --only runtime=container
  askfirst ask drift breakdown --field type")]
pub(crate) struct BreakdownArguments {
    /// A dimension, or the path of a field.
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
    /// How many values by name; all others are added up [default: 10].
    #[arg(long, value_name = "N")]
    top: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// How the numbers in a field are spread.
///
/// Buckets with round bounds: each from its first number to less than its last, which is in the last bucket alone. Without
/// --field, the fields that hold numbers are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode distribution --field usage.total_sessions
  askfirst ask demo distribution --field seconds --last 12w --only runtime=interactive
  askfirst ask demo distribution --field memory.peak_mb --csv > memory.csv")]
pub(crate) struct DistributionArguments {
    /// The path of a field that holds numbers.
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// How something changes, with the time before beside it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode trend                                      events a day
  askfirst ask voicemode trend --of installs --per week --last 12w
  askfirst ask voicemode trend --of usage.total_sessions --stat sum --per month --last 52w
  askfirst ask mytool trend --only runtime=interactive --only app_version=1.4.0")]
pub(crate) struct TrendArguments {
    /// Of events, installs, or the numbers in a field by its path [default: events].
    #[arg(long, value_name = "WHAT")]
    of: Option<String>,
    /// Of the numbers in a field: sum, mean, median or p95 [default: mean].
    #[arg(long, value_name = "STAT")]
    stat: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
    /// In periods of a day, week or month [default: day].
    #[arg(long, value_name = "PERIOD")]
    per: Option<String>,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// Which versions are used, and how old they are.
///
/// A version is used by the installs that reported it in the last 7 of the days. Its age is that of the day on which it
/// was seen first. With --only, installs are those that are meant; the first and the last day are those of all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode versions
  askfirst ask voicemode versions --last 12w --json
  askfirst ask mytool versions --only platform=linux")]
pub(crate) struct VersionsArguments {
    #[command(flatten)]
    range: RangeArguments,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// What went wrong, since when and in which versions.
///
/// Errors are the values of the field that has the role error in the contract.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask baofeng errors
  askfirst ask baofeng errors --last 4w --top 50 --csv > errors.csv
  askfirst ask mytool errors --only app_version=1.4.0")]
pub(crate) struct ErrorsArguments {
    /// How many errors, the most frequent first [default: 20].
    #[arg(long, value_name = "N")]
    top: Option<String>,
    #[command(flatten)]
    range: RangeArguments,
    #[command(flatten)]
    only: OnlyArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// The latest events, without anything that tells whose they are.
///
/// The newest first, by the time of their receipt.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode recent
  askfirst ask drift recent --type user_action --limit 100 --json")]
pub(crate) struct RecentArguments {
    /// Only events of this type.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// How many [default: 20].
    #[arg(long, value_name = "N")]
    limit: Option<String>,
    #[command(flatten)]
    common: CommonArguments,
}

/// What became of all that was reported: accepted, refused and why.
///
/// By the day of receipt, reason, declared field and client version. Discarded are fields that the contract does not
/// declare, dropped from events that were accepted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst ask voicemode outcomes --last 1d
  askfirst ask drift outcomes --last 7d --json")]
pub(crate) struct OutcomesArguments {
    #[command(flatten)]
    range: RangeArguments,
    #[command(flatten)]
    common: CommonArguments,
}

/// What was typed, as `askfirst_core::Ask::parse` takes it.
pub(crate) struct Typed {
    /// The question's name.
    pub(crate) question: &'static str,
    /// The parameters that were given.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) common: CommonArguments,
}

impl From<QuestionArguments> for Typed {
    fn from(arguments: QuestionArguments) -> Self {
        match arguments {
            QuestionArguments::Active(ActiveArguments { range, per, by, top, only, common }) => {
                Self::new("active", common).range(range).and("per", per).and("by", by).and("top", top).only(only)
            }
            QuestionArguments::Retention(RetentionArguments { range, per, only, common }) => {
                Self::new("retention", common).range(range).and("per", per).only(only)
            }
            QuestionArguments::Breakdown(BreakdownArguments { field, top, range, only, common }) => {
                Self::new("breakdown", common).range(range).and("field", field).and("top", top).only(only)
            }
            QuestionArguments::Distribution(DistributionArguments { field, range, only, common }) => {
                Self::new("distribution", common).range(range).and("field", field).only(only)
            }
            QuestionArguments::Trend(TrendArguments { of, stat, range, per, only, common }) => {
                Self::new("trend", common).range(range).and("of", of).and("stat", stat).and("per", per).only(only)
            }
            QuestionArguments::Versions(VersionsArguments { range, only, common }) => {
                Self::new("versions", common).range(range).only(only)
            }
            QuestionArguments::Errors(ErrorsArguments { top, range, only, common }) => {
                Self::new("errors", common).range(range).and("top", top).only(only)
            }
            QuestionArguments::Recent(RecentArguments { event_type, limit, common }) => {
                Self::new("recent", common).and("type", event_type).and("limit", limit)
            }
            QuestionArguments::Outcomes(OutcomesArguments { range, common }) => {
                Self::new("outcomes", common).range(range)
            }
        }
    }
}

impl Typed {
    fn new(question: &'static str, common: CommonArguments) -> Self {
        Self { question, parameters: Vec::new(), common }
    }

    fn range(self, RangeArguments { last, from, to }: RangeArguments) -> Self {
        self.and("last", last).and("from", from).and("to", to)
    }

    fn only(self, OnlyArguments { only }: OnlyArguments) -> Self {
        self.and("only", only)
    }

    /// The same with a parameter, as often as it was given.
    fn and(mut self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.parameters.extend(values.into_iter().map(|value| (name.to_owned(), value)));
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use askfirst_core::question::{NAMES, parameters};
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::args::{Arguments, Command};

    /// The options of the command are the parameters, and each of them is passed on under its name.
    #[test]
    fn every_parameter_is_an_option() {
        let command = Arguments::command();
        let ask = command.find_subcommand("ask").unwrap();
        let names: Vec<_> = ask.get_subcommands().map(clap::Command::get_name).collect();
        assert_eq!(names, NAMES);
        for question in ask.get_subcommands() {
            let name = question.get_name();
            let others = ["json", "csv", "table", "config", "data", "contracts", "help"];
            let options = question.get_arguments().filter_map(clap::Arg::get_long);
            let options: BTreeSet<_> = options.filter(|option| !others.contains(option)).collect();
            assert_eq!(options, parameters(name).iter().copied().collect(), "{name}");

            let given = options.iter().flat_map(|option| [format!("--{option}"), format!("{option} value")]);
            let line = ["askfirst", "ask", "mytool", name].into_iter().map(ToOwned::to_owned).chain(given);
            let matches = command.clone().get_matches_from(line);
            let Command::Ask(arguments) = Arguments::from_arg_matches(&matches).unwrap().command else { panic!() };
            let typed = Typed::from(arguments.question);
            assert_eq!(typed.question, name);
            let passed: BTreeSet<_> = typed.parameters.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(passed, options, "{name}");
            assert!(typed.parameters.iter().all(|(name, value)| *value == format!("{name} value")), "{name}");
        }
    }
}
