//! What an alert watches, and the words for it.

use std::cmp::Ordering;
use std::fmt;

use askfirst_contract::{ByteSize, Span, unknown_name};

/// An alert: what it watches, and where its messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    /// Tells it from the others.
    pub(crate) name: String,
    pub(crate) when: Condition,
    /// The apps it watches, each for itself; `None` for all.
    pub(crate) apps: Option<Vec<String>>,
    /// The names of webhooks.
    pub(crate) to: Vec<String>,
}

/// When an alert fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// More events of a kind within a window that slides along.
    Events { kind: Kind, more_than: Amount, window: Span },
    /// No event was stored for so long.
    Silence(Span),
    /// Less of the data folder's file system is free.
    DiskFree(Room),
}

/// Which events are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those that were refused, of all that were reported.
    Refused,
    /// Those that were over a limit, of all that were reported.
    Limited,
    /// Those whose field with the role `error` has a value, of all that were stored.
    Errors,
}

/// How many events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Count(u64),
    /// A share of them, once there are so many.
    Share {
        share: Share,
        min_events: u64,
    },
}

/// How much room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Bytes(ByteSize),
    Share(Share),
}

/// A share in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share(u32);

/// What can be watched, as `when` names it.
const FIGURES: [&str; 5] = ["refused", "limited", "errors", "silence", "disk_free"];

/// The window of a condition that names none.
const DEFAULT_WINDOW: Span = Span(15 * 60_000);
/// With a share, so many events must be there first: one refusal of two is no alert.
pub(crate) const DEFAULT_MIN_EVENTS: u64 = 20;
/// How long silences and windows may be. Below a second nothing is looked at; after 30 days nobody waits any more.
const SPANS: std::ops::RangeInclusive<i64> = 1_000..=30 * Span::DAY.0;

impl Alert {
    /// Whether it watches this app.
    pub(crate) fn covers(&self, app: &str) -> bool {
        self.apps.as_ref().is_none_or(|apps| apps.iter().any(|named| named == app))
    }
}

impl Condition {
    /// Reads `refused > 5%`, `limited > 100`, `errors > 2%`, `silence > 6h` or `disk_free < 10%`; with the window and the
    /// least number of events that hold where nobody names others.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(index) = text.find(['<', '>']) else {
            return Err(format!("`{text}` is no condition such as \"refused > 5%\" or \"disk_free < 10%\""));
        };
        let (figure, sign, amount) = (text[..index].trim(), &text[index..=index], text[index + 1..].trim());
        let right_sign = if figure == "disk_free" { "<" } else { ">" };
        let events = |kind| Ok(Self::Events { kind, more_than: Amount::parse(amount)?, window: DEFAULT_WINDOW });
        let condition = match figure {
            "refused" => events(Kind::Refused),
            "limited" => events(Kind::Limited),
            "errors" => events(Kind::Errors),
            "silence" => parse_span(amount).map(Self::Silence),
            "disk_free" => Room::parse(amount).map(Self::DiskFree),
            other => Err(unknown_name("figure", other, &FIGURES)),
        }?;
        if sign == right_sign { Ok(condition) } else { Err(format!("write `{figure} {right_sign} {amount}`")) }
    }

    /// How often it is looked at, in milliseconds: each minute; more often where the window is short.
    pub(crate) fn interval(&self) -> i64 {
        let span = match self {
            Self::Events { window: span, .. } | Self::Silence(span) => span.0,
            Self::DiskFree(_) => i64::MAX,
        };
        (span / 15).clamp(1_000, 60_000)
    }

    /// Whether it is about the server itself, and no app.
    pub(crate) fn is_of_server(&self) -> bool {
        matches!(self, Self::DiskFree(_))
    }

    /// Whether only the ledger's file can tell.
    pub(crate) fn asks_ledger(&self) -> bool {
        matches!(self, Self::Silence(_) | Self::Events { kind: Kind::Errors, .. })
    }

    /// The condition in plain words: `more than 5% of events are refused within 15 minutes (from 20 events on)`.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Events { kind, more_than: Amount::Count(count), window } => {
                format!("more than {count} {} within {}", kind.in_words(), window.in_words())
            }
            Self::Events { kind, more_than: Amount::Share { share, min_events }, window } => {
                let window = window.in_words();
                format!("more than {share} of {} within {window} (from {min_events} events on)", kind.in_words())
            }
            Self::Silence(span) => format!("no event is stored for {}", span.in_words()),
            Self::DiskFree(Room::Bytes(size)) => format!("less than {size} of the disk is free"),
            Self::DiskFree(Room::Share(share)) => format!("less than {share} of the disk is free"),
        }
    }
}

impl Kind {
    fn in_words(self) -> &'static str {
        match self {
            Self::Refused => "events are refused",
            Self::Limited => "events are over a limit",
            Self::Errors => "stored events report an error",
        }
    }
}

impl Amount {
    fn parse(text: &str) -> Result<Self, String> {
        let count = || text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(count) = count() {
            return Ok(Self::Count(count));
        }
        let share = Share::parse(text).filter(|share| *share < Share::ALL);
        let share =
            share.ok_or_else(|| format!("`{text}` is no share below 100%, such as 5%, and no number such as 50"))?;
        Ok(Self::Share { share, min_events: DEFAULT_MIN_EVENTS })
    }

    /// Whether so many of all are more.
    pub(crate) fn is_exceeded(self, count: u64, of: u64) -> bool {
        match self {
            Self::Count(most) => count > most,
            Self::Share { share, min_events } => of >= min_events && share.compare(count, of).is_gt(),
        }
    }
}

impl Room {
    fn parse(text: &str) -> Result<Self, String> {
        let share = Share::parse(text).filter(|share| *share > Share(0)).map(Self::Share);
        let room = share.or_else(|| ByteSize::parse(text).map(Self::Bytes));
        room.ok_or_else(|| format!("`{text}` is no share such as 10% and no size such as \"2 GiB\""))
    }

    /// Whether there is less.
    pub(crate) fn is_missed(self, free: u64, total: u64) -> bool {
        match self {
            Self::Bytes(size) => free < size.0,
            Self::Share(share) => share.compare(free, total).is_lt(),
        }
    }
}

impl Share {
    const ALL: Self = Self(10_000);

    /// Reads `5%` or `0.25%`, at most 100%.
    fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%')?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str, longest| {
            (1..=longest).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(decimals, 2) {
            return None;
        }
        let share = Self(format!("{whole}{decimals:0<2}").parse().ok()?);
        (share <= Self::ALL).then_some(share)
    }

    /// How a part of so many compares with this share of them.
    fn compare(self, part: u64, of: u64) -> Ordering {
        (u128::from(part) * u128::from(Self::ALL.0)).cmp(&(u128::from(of) * u128::from(self.0)))
    }
}

impl fmt::Display for Share {
    /// `5%`, `0.25%`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:02}", self.0 % 100);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}%", self.0 / 100),
            decimals => write!(f, "{}.{decimals}%", self.0 / 100),
        }
    }
}

/// Reads the length of a window or of a silence.
pub(crate) fn parse_span(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).filter(|span| SPANS.contains(&span.0));
    span.ok_or_else(|| format!("`{text}` is no length of time from 1s to 30d, such as 15min"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(when: &str) -> String {
        Condition::parse(when).map_or_else(|problem| problem, |condition| condition.in_words())
    }

    #[test]
    fn conditions_are_told_in_words() {
        for (when, told) in [
            ("refused > 5%", "more than 5% of events are refused within 15 minutes (from 20 events on)"),
            ("limited>100", "more than 100 events are over a limit within 15 minutes"),
            (
                "errors > 0.25%",
                "more than 0.25% of stored events report an error within 15 minutes (from 20 events on)",
            ),
            (" silence > 6 h ", "no event is stored for 6 hours"),
            ("disk_free < 10%", "less than 10% of the disk is free"),
            ("disk_free < 2 GiB", "less than 2 GiB of the disk is free"),
        ] {
            assert_eq!(words(when), told);
        }
    }

    #[test]
    fn what_is_no_condition_is_told_what_would_be_one() {
        for (when, told) in [
            ("refused", "`refused` is no condition such as"),
            ("refusd > 5%", "did you mean `refused`?"),
            ("weather > 5%", "there are: refused, limited, errors, silence, disk_free"),
            ("refused < 5%", "write `refused > 5%`"),
            ("disk_free > 5%", "write `disk_free < 5%`"),
            ("refused > 100%", "no share below 100%"),
            ("refused > -1", "no number such as 50"),
            ("refused > +1", "no number such as 50"),
            ("refused > 5.123%", "no share"),
            ("silence > 5", "such as 15min"),
            ("silence > 999ms", "from 1s to 30d"),
            ("silence > 31d", "from 1s to 30d"),
            ("disk_free < 0%", "no size such as"),
            ("disk_free < 5", "no size such as"),
            (">", "there are: refused"),
        ] {
            assert!(words(when).contains(told), "{when}: {}", words(when));
        }
    }

    #[test]
    fn a_share_needs_enough_events_and_is_exact() {
        let Ok(Condition::Events { more_than, .. }) = Condition::parse("refused > 5%") else { unreachable!() };
        for (count, of, exceeded) in
            [(1, 2, false), (19, 19, false), (1, 20, false), (2, 20, true), (u64::MAX, u64::MAX, true)]
        {
            assert_eq!(more_than.is_exceeded(count, of), exceeded, "{count} of {of}");
        }
        let Ok(Condition::DiskFree(room)) = Condition::parse("disk_free < 10%") else { unreachable!() };
        assert!(room.is_missed(9, 100) && !room.is_missed(10, 100) && !room.is_missed(0, 0));
    }

    #[test]
    fn short_windows_are_looked_at_more_often() {
        let interval = |when| Condition::parse(when).unwrap().interval();
        assert_eq!(interval("silence > 1s"), 1_000);
        assert_eq!(interval("silence > 10min"), 40_000);
        assert_eq!(
            (interval("silence > 6h"), interval("refused > 1"), interval("disk_free < 1%")),
            (60_000, 60_000, 60_000)
        );
    }

    proptest! {
        #[test]
        fn printed_shares_are_read_again(share in 0..=10_000_u32) {
            prop_assert_eq!(Share::parse(&Share(share).to_string()), Some(Share(share)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in r"(refused|silence|disk_free|\PC{0,8}) ?[<>]? ?(\PC{0,12})") {
            let _ = Condition::parse(&text);
        }
    }
}
