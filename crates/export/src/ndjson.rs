//! Events as one JSON object a line, which `askfirst import` reads.

use std::io::{self, Write};

use askfirst_contract::write_text;
use askfirst_sqlite::EventRow;

use crate::EventWriter;

/// Writes an event a line: `id`, `event_id`, `type`, `install_id`, `received_at` and `fields`.
#[derive(Debug)]
pub struct NdjsonWriter<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> NdjsonWriter<W> {
    /// Writes to `out`, which should be buffered.
    pub fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }
}

impl<W: Write> EventWriter for NdjsonWriter<W> {
    fn event(&mut self, event: &EventRow<'_>) -> io::Result<()> {
        let line = &mut self.line;
        line.clear();
        write!(line, "{{\"id\":\"{}\"", event.id)?;
        for (name, value) in
            [("event_id", event.event_id), ("type", Some(event.event_type)), ("install_id", event.install_id)]
        {
            write!(line, ",\"{name}\":")?;
            match value {
                Some(text) => write_text(line, text),
                None => line.extend_from_slice(b"null"),
            }
        }
        writeln!(line, ",\"received_at\":\"{}\",\"fields\":{}}}", event.received_at, event.fields)?;
        self.out.write_all(line)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
