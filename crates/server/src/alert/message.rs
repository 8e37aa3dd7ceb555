//! What a webhook is told, in the forms that they understand.

use askfirst_contract::{Span, Timestamp};
use serde_json::{Value, json};

use super::rule::Condition;
use super::sample::Figures;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// An alert began.
    Firing,
    /// It is over.
    Resolved,
    /// Somebody tries the webhook.
    Test,
}

/// What the body of a request looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// [`Message::as_json`].
    Json,
    /// An incoming webhook of Slack, or what understands the same, such as Mattermost.
    Slack,
    /// A webhook of Discord.
    Discord,
}

/// What a webhook is told. Nothing in it was sent by a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) status: Status,
    /// The alert's name; of a test, the webhook's.
    pub(crate) alert: String,
    /// `None` where it is about the server itself.
    pub(crate) app: Option<String>,
    /// `None` where the alert is not configured any more.
    pub(crate) rule: Option<Condition>,
    /// `None` where they are not known yet, or not any more.
    pub(crate) figures: Option<Figures>,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

impl Status {
    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

impl Form {
    /// All forms by their names in the configuration.
    pub(crate) const ALL: [(&str, Self); 3] =
        [("json", Self::Json), ("slack", Self::Slack), ("discord", Self::Discord)];

    /// The name in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
            Self::Discord => "discord",
        }
    }
}

impl Message {
    /// A message that says that a webhook works.
    pub(crate) fn test(webhook: &str, now: Timestamp) -> Self {
        Self {
            status: Status::Test,
            alert: webhook.to_owned(),
            app: None,
            rule: None,
            figures: None,
            since: now,
            until: None,
        }
    }

    /// The body of a request.
    pub(crate) fn body(&self, form: Form) -> Value {
        match form {
            Form::Json => self.as_json(),
            Form::Slack => json!({ "text": escaped_for_slack(&self.in_words()) }),
            // Names are short and figures are few: it is far from Discord's 2000 characters.
            Form::Discord => json!({ "content": self.in_words(), "allowed_mentions": { "parse": [] } }),
        }
    }

    /// The whole message for people, on one line.
    pub(crate) fn in_words(&self) -> String {
        if self.status == Status::Test {
            return format!("[TEST] askfirst can reach the webhook {}. Nothing is wrong.", self.alert);
        }
        let mut parts = Vec::new();
        if let Some(figures) = &self.figures {
            parts.push(figures.in_words());
        }
        parts.push(match self.rule {
            Some(rule) => format!("The alert: {}", rule.in_words()),
            None => "The alert is not configured any more".to_owned(),
        });
        parts.push(match self.until {
            None => format!("Since {}", self.since),
            Some(until) => format!("From {} to {until}, {}", self.since, lasted(self.since, until)),
        });
        let app = self.app.as_ref().map_or(String::new(), |app| format!(" ({app})"));
        format!("[{}] {}{app}: {}.", self.status.name().to_uppercase(), self.alert, parts.join(". "))
    }

    /// The message for machines. Members are only ever added.
    fn as_json(&self) -> Value {
        json!({
            "status": self.status.name(),
            "alert": self.alert,
            "app": self.app,
            "rule": self.rule.map(|rule| rule.in_words()),
            "figures": self.figures.as_ref().map(Figures::as_json),
            "since": self.since.to_string(),
            "until": self.until.map(|until| until.to_string()),
            "text": self.in_words(),
        })
    }
}

/// The time between two, in its largest unit, rounded down: `25 minutes`.
fn lasted(since: Timestamp, until: Timestamp) -> String {
    let millis = (until.0 - since.0).max(1_000);
    let unit = [Span::DAY.0, Span::HOUR.0, 60_000, 1_000].into_iter().find(|unit| millis >= 2 * unit).unwrap_or(1_000);
    Span(millis / unit * unit).in_words()
}

/// Slack reads `<`, `>` and `&` as markup: <https://api.slack.com/reference/surfaces/formatting#escaping>.
fn escaped_for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::rule::Kind;
    use super::super::sample::Counts;
    use super::*;

    /// The longest there is: the longest names, and figures as large as they get.
    fn longest() -> Message {
        let reasons = vec![("too_many_events", u64::MAX / 4); 4];
        let window = Span(30 * Span::DAY.0 - 1);
        Message {
            status: Status::Resolved,
            alert: "<".repeat(100),
            app: Some("x".repeat(32)),
            rule: Condition::parse(&format!("limited > {}", u64::MAX)).ok(),
            figures: Some(Figures::Events { kind: Kind::Limited, counts: Counts { reasons, of: u64::MAX }, window }),
            since: Timestamp(0),
            until: Some(Timestamp(1_788_350_400_000)),
        }
    }

    #[test]
    fn the_longest_message_fits_where_it_is_sent() {
        let body = longest().body(Form::Discord);
        let content = body["content"].as_str().unwrap();
        assert!(content.chars().count() < 2_000, "{content}");
    }

    #[test]
    fn what_slack_takes_for_markup_is_escaped() {
        let body = Message { alert: "a < b & c > d".to_owned(), ..longest() }.body(Form::Slack);
        assert!(body["text"].as_str().unwrap().starts_with("[RESOLVED] a &lt; b &amp; c &gt; d ("), "{body}");
    }

    #[test]
    fn how_long_it_lasted_is_told_in_its_largest_unit() {
        for (millis, told) in [
            (-1, "1 second"),
            (119_999, "119 seconds"),
            (120_000, "2 minutes"),
            (25 * Span::HOUR.0, "25 hours"),
            (50 * Span::HOUR.0, "2 days"),
        ] {
            assert_eq!(lasted(Timestamp(0), Timestamp(millis)), told);
        }
    }
}
