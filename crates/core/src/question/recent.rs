//! `recent`: the latest events, without anything that tells whose they are.

use super::Facts;
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(facts: &F, event_type: Option<&str>, limit: u32) -> Result<Report, F::Error> {
    let mut table = Table::new("events", &["received_at", "occurred_at", "type", "fields"]);
    for event in facts.recent(event_type, limit)? {
        table.rows.push(vec![
            Cell::time(event.received_at),
            event.occurred_at.map_or(Cell::Empty, Cell::time),
            Cell::Text(event.event_type),
            Cell::Json(serde_json::from_str(&event.fields).unwrap_or_default()),
        ]);
    }
    Ok(Report { question: "recent", figures: Vec::new(), tables: vec![table] })
}
