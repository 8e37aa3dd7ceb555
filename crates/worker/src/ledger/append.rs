//! Appending: one batch decides, stores and counts.

use askfirst_contract::{InstallId, Rate, Timestamp};
use askfirst_core::sql::edge as sql;
use askfirst_core::{
    Batch, Event, Key, Outcome, Refused, Scope, Tallies, event_hash, install_hash, retry_after, tombstone,
    version_label,
};
use serde_json::{Map, Value as Json, json};

use super::D1Ledger;
use super::opened::Opened;
use crate::database::{Database, DatabaseError, Row, Statement, Value};

impl<D: Database> D1Ledger<D> {
    pub(super) async fn append_batch(&self, batch: Batch) -> Result<Vec<Outcome>, DatabaseError> {
        let Batch { candidates, address, now } = batch;
        let opened = self.opened(now).await?;
        let mut tallies = Tallies::default();
        let mut events = Vec::new();
        // What was refused before has its outcome; the others' places are left open.
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            outcomes.push(match candidate {
                Ok(event) => {
                    events.push(to_json(&event, &opened, now));
                    None
                }
                Err(refused) => Some(tallies.count_refused(now, refused)),
            });
        }
        let count = events.len();
        let mut statements = Vec::new();
        let events = Json::from(events).to_string();
        if count > 0 {
            statements.push(self.insert(&events, &opened, &address, now));
        }
        let refused: Vec<Json> = tallies
            .iter()
            .map(|(key, count)| json!([key.outcome, key.reason, key.field, key.client_version, count]))
            .collect();
        let refused = Json::from(refused).to_string();
        statements.push(Statement::new(sql::ADD_TO_OUTCOMES, [events.into(), refused.into(), now.day().0.into()]));
        if count > 0 {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            statements.push(Statement::new(sql::DECISIONS, [count.into()]));
        }
        let results = self.database.batch(statements).await?;
        let decisions = if count > 0 { results.last() } else { None };
        let mut decisions = decisions.into_iter().flatten();
        let decided = |outcome: Option<Outcome>| match outcome {
            Some(outcome) => Ok(outcome),
            None => self.outcome(decisions.next().ok_or(DatabaseError::Column(0))?),
        };
        outcomes.into_iter().map(decided).collect()
    }

    fn insert(&self, events: &str, opened: &Opened, address: &str, now: Timestamp) -> Statement {
        let limits = &self.contract.policy.limits;
        let types: Vec<&str> = self.contract.events.iter().map(|event| &*event.name).collect();
        let mut hashes = opened.hashes(address, now).into_iter().map(|hash| Value::Integer(hash.cast_signed()));
        let mut values = vec![
            events.into(),
            now.0.into(),
            opened.contract.into(),
            Json::from(types).to_string().into(),
            hashes.next().unwrap_or(Value::Null),
            hashes.next().unwrap_or(Value::Null),
        ];
        for rate in [limits.install, limits.address] {
            values.push(rate.map(|rate| rate.count).into());
            values.push(rate.map(|rate| rate.per.0).into());
        }
        Statement::new(sql::INSERT_INCOMING, values)
    }

    fn outcome(&self, decision: &Row) -> Result<Outcome, DatabaseError> {
        let limits = &self.contract.policy.limits;
        let limited = |scope: Scope, rate: Option<Rate>| {
            let retry_after = retry_after(decision.integer(1)?, rate.ok_or(DatabaseError::Column(1))?);
            Ok(Outcome::Limited { scope, retry_after })
        };
        match decision.text(0)? {
            "accepted" => Ok(Outcome::Accepted),
            "duplicate" | "replaced" => Ok(Outcome::Duplicate),
            "forgotten" => Ok(Outcome::Refused(Refused::Forgotten)),
            "too_many_types" => Ok(Outcome::Refused(Refused::TooManyTypes)),
            "install" => limited(Scope::Install, limits.install),
            "address" => limited(Scope::Address, limits.address),
            _ => Err(DatabaseError::Column(0)),
        }
    }
}

/// An event as the statements take it.
fn to_json(event: &Event, opened: &Opened, now: Timestamp) -> Json {
    let Event { checked, key } = event;
    let mut json = Map::new();
    let mut set = |name: &str, value: Json| drop(json.insert(name.to_owned(), value));
    set("type", (*checked.event_type).into());
    set("is_declared", checked.is_declared.into());
    set("fields", checked.fields.as_str().into());
    set("client_version", version_label(checked.dimension("app_version")).into());
    set("discarded", json!(checked.discarded));
    set("active_day", checked.occurred_at.unwrap_or(now).day().0.into());
    set("occurred_at", checked.occurred_at.map(|time| time.0).into());
    match key {
        Key::Once(id) | Key::Unless(id, _) | Key::Latest(id) => {
            set("id", id.as_str().into());
            set("hash", event_hash(id).into());
        }
        Key::Always => {}
    }
    if let Key::Unless(_, other) = key {
        set("other_id", other.as_str().into());
        set("other_hash", event_hash(other).into());
    }
    set("is_latest", matches!(key, Key::Latest(_)).into());
    if let Some(id) = &checked.install_id {
        match id {
            InstallId::Uuid(bytes) => set("install_uuid", hex(bytes).into()),
            InstallId::Text(text) => set("install_text", text.as_str().into()),
        }
        set("install_hash", install_hash(id).into());
        set("tombstone", hex(&tombstone(&opened.forgotten_key, id)).into());
    }
    json.into()
}

fn hex(bytes: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}
