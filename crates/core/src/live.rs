//! What happens to events, told while it happens.

use serde_json::{Value, json};

use crate::question::RecentEvent;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// An event was accepted.
    Accepted {
        /// Its number in the ledger, by which a reader that was cut off goes on.
        seq: i64,
        /// What is told of it: nothing that tells whose it is.
        event: RecentEvent,
    },
    /// So many were accepted that are not told one by one: too many came at once.
    LeftOut(u64),
    /// Events had another outcome, or fields were dropped; nothing is known of them but counts.
    Counted {
        /// [`crate::Outcome::name`], or `discarded`.
        outcome: String,
        /// [`crate::Outcome::reason`].
        reason: String,
        /// The declared field that was at fault, as a JSON pointer, or empty.
        field: String,
        /// The version of the client, or empty.
        client_version: String,
        /// How many.
        count: u64,
    },
}

impl Happening {
    /// The name of the outcome, or `discarded`.
    #[must_use]
    pub fn outcome(&self) -> &str {
        match self {
            Self::Accepted { .. } | Self::LeftOut(_) => "accepted",
            Self::Counted { outcome, .. } => outcome,
        }
    }

    /// The text of a JSON object on one line, with the id of the app.
    #[must_use]
    pub fn to_json(&self, app: &str) -> String {
        match self {
            Self::Accepted { seq, event } => {
                let RecentEvent { event_type, received_at, occurred_at, fields } = event;
                // As they are stored: a number keeps the digits it was sent with.
                let (app, event_type) = (Value::from(app), Value::from(event_type.as_str()));
                let occurred_at = Value::from(occurred_at.map(|time| time.to_string()));
                format!(
                    r#"{{"app":{app},"outcome":"accepted","id":"{seq}","type":{event_type},"received_at":"{received_at}","occurred_at":{occurred_at},"fields":{fields}}}"#
                )
            }
            Self::LeftOut(count) => json!({ "app": app, "outcome": "accepted", "left_out": count }).to_string(),
            Self::Counted { outcome, reason, field, client_version, count } => json!({
                "app": app,
                "outcome": outcome,
                "reason": reason,
                "field": field,
                "client_version": client_version,
                "count": count,
            })
            .to_string(),
        }
    }
}
