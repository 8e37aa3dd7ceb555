//! Outcomes: every event has exactly one, and every one is counted. Answers, counts and metrics all come from here.

use std::collections::HashMap;

use askfirst_contract::{Day, Refusal, Timestamp};

/// The one fate of a reported event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored, durably.
    Accepted,
    /// Stored before under the same idempotency key; nothing changed.
    Duplicate,
    /// Over a limit; not stored.
    Limited {
        /// Whose limit.
        scope: Scope,
        /// Whole seconds until the limit lets one more through, at least 1.
        retry_after: u32,
    },
    /// Not what the contract declares; not stored.
    Refused(Refused),
}

/// Whose limit an event is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The install's.
    Install,
    /// The network address's.
    Address,
}

/// Why an event was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There was no event in the body.
    Body(BodyFault),
    /// The event breaks the contract.
    Contract(Refusal),
    /// Enough undeclared types of events were stored today ([`crate::MAX_UNDECLARED_TYPES`]).
    TooManyTypes,
    /// The web page that sent it may not.
    Origin,
    /// It needs a token or a signature, and has none or another.
    Unauthorized,
    /// Its install was erased. Released clients are told what makes them go on, not that.
    Forgotten,
}

/// Why there was no event in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// Longer than the contract allows.
    TooLarge,
    /// Not JSON.
    NotJson,
    /// JSON that holds nothing.
    Nothing,
    /// More events than the contract allows.
    TooManyEvents,
    /// Of another media type than the wire speaks.
    MediaType,
    /// Compressed in a way nobody knows, or not at all though it says so.
    Encoding,
}

impl Outcome {
    /// The name in counts and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Limited { .. } => "limited",
            Self::Refused(_) => "refused",
        }
    }

    /// The reason in counts and metrics; empty where the name says all.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Accepted | Self::Duplicate => "",
            Self::Limited { scope: Scope::Install, .. } => "install",
            Self::Limited { scope: Scope::Address, .. } => "address",
            Self::Refused(Refused::Body(BodyFault::TooLarge)) => "too_large",
            Self::Refused(Refused::Body(BodyFault::NotJson)) => "not_json",
            Self::Refused(Refused::Body(BodyFault::Nothing)) => "nothing",
            Self::Refused(Refused::Body(BodyFault::TooManyEvents)) => "too_many_events",
            Self::Refused(Refused::Body(BodyFault::MediaType)) => "media_type",
            Self::Refused(Refused::Body(BodyFault::Encoding)) => "encoding",
            Self::Refused(Refused::TooManyTypes) => "too_many_types",
            Self::Refused(Refused::Origin) => "origin",
            Self::Refused(Refused::Unauthorized) => "unauthorized",
            Self::Refused(Refused::Forgotten) => "forgotten",
            Self::Refused(Refused::Contract(refusal)) => {
                refusal.violations.first().map_or("", |first| first.rule.name())
            }
        }
    }

    /// The version of the client, where a refusal knows it; events that were not refused know their own.
    fn client_version(&self) -> Option<&str> {
        match self {
            Self::Refused(Refused::Contract(refusal)) => refusal.app_version.as_deref(),
            Self::Accepted | Self::Duplicate | Self::Limited { .. } | Self::Refused(_) => None,
        }
    }

    /// The declared field that was at fault, as a JSON pointer; empty where it was none.
    fn field(&self) -> &str {
        match self {
            Self::Refused(Refused::Contract(refusal)) => refusal.violations.first().map_or("", |first| {
                // The name of an undeclared field is content.
                if first.rule == askfirst_contract::Rule::Undeclared { "" } else { &first.pointer }
            }),
            Self::Accepted | Self::Duplicate | Self::Limited { .. } | Self::Refused(_) => "",
        }
    }
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TallyKey {
    /// The UTC day of receipt.
    pub day: Day,
    /// [`Outcome::name`], or `discarded` for fields that were dropped.
    pub outcome: &'static str,
    /// [`Outcome::reason`].
    pub reason: &'static str,
    /// A declared field or object as a JSON pointer, or empty.
    pub field: String,
    /// The client's version, `other` where that is not shaped like one, or empty.
    pub client_version: String,
}

/// Counts of outcomes that are not yet in the ledger.
#[derive(Debug, Default)]
pub struct Tallies {
    counts: HashMap<TallyKey, u64>,
    /// The latest key and its count so far: most events are like the one before, and need no key of their own.
    latest: Option<(TallyKey, u64)>,
}

/// A count of outcomes, as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeCount {
    /// [`Outcome::name`], or `discarded`.
    pub outcome: String,
    /// [`Outcome::reason`].
    pub reason: String,
    /// How many.
    pub count: u64,
}

impl Tallies {
    /// Counts an outcome.
    pub fn count(&mut self, now: Timestamp, outcome: &Outcome, client_version: Option<&str>) {
        let client_version = version_label(client_version);
        if let Some((key, count)) = &mut self.latest
            && key.outcome == outcome.name()
            && key.client_version == client_version
            && key.reason == outcome.reason()
            && key.field == outcome.field()
            && key.day == now.day()
        {
            *count += 1;
            return;
        }
        let key = TallyKey {
            day: now.day(),
            outcome: outcome.name(),
            reason: outcome.reason(),
            field: outcome.field().to_owned(),
            client_version: client_version.to_owned(),
        };
        if let Some((key, count)) = self.latest.replace((key, 1)) {
            self.add(key, count);
        }
    }

    /// Counts a refusal and gives its outcome.
    pub fn count_refused(&mut self, now: Timestamp, refused: Refused) -> Outcome {
        let outcome = Outcome::Refused(refused);
        self.count(now, &outcome, outcome.client_version());
        outcome
    }

    /// Counts the fields that were dropped from a stored event: [`askfirst_contract::CheckedEvent::discarded`].
    pub fn count_discarded(&mut self, now: Timestamp, discarded: &[(String, u32)], client_version: Option<&str>) {
        for (object, count) in discarded {
            let key = TallyKey {
                day: now.day(),
                outcome: "discarded",
                reason: "undeclared",
                field: object.clone(),
                client_version: version_label(client_version).to_owned(),
            };
            self.add(key, u64::from(*count));
        }
    }

    /// Takes over what others counted.
    pub fn absorb(&mut self, others: Self) {
        for (key, count) in others.counts.into_iter().chain(others.latest) {
            self.add(key, count);
        }
    }

    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.latest.is_none() && self.counts.is_empty()
    }

    /// All counts; a key may come twice.
    pub fn iter(&self) -> impl Iterator<Item = (&TallyKey, u64)> {
        let latest = self.latest.iter().map(|(key, count)| (key, count));
        self.counts.iter().chain(latest).map(|(key, count)| (key, *count))
    }

    fn add(&mut self, key: TallyKey, count: u64) {
        *self.counts.entry(key).or_default() += count;
    }
}

/// A version as a label: anybody can send anything, so only what is shaped like a version is shown.
#[must_use]
pub fn version_label(version: Option<&str>) -> &str {
    match version {
        None => "",
        Some(version) if is_version(version) => version,
        Some(_) => "other",
    }
}

/// Whether a text that a client calls its version is shaped like one.
pub(crate) fn is_version(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_');
    let shaped = text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_digit() || c == 'v');
    shaped && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_shaped_like_a_version_becomes_a_label() {
        for (version, label) in [
            (Some("1.0.0"), "1.0.0"),
            (Some("v2.3.4-rc.1+build_5"), "v2.3.4-rc.1+build_5"),
            (Some("me@example.com"), "other"),
            (Some("1.0 (home of joe)"), "other"),
            (Some("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"), "other"),
            (None, ""),
        ] {
            assert_eq!(version_label(version), label);
        }
    }
}
