//! How many bytes of the ledger's file an event takes, indexes and all, beside the JSON that told of it.

use std::fs;

use comfy_table::Table;
use serde::Serialize;

use super::VOICEMODE;
use crate::askfirst::Askfirst;
use crate::demo;
use crate::failure::Failure;
use crate::figures::share;
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, shown};

/// The JSON of the demo's events, as a client posts them: what it is made of stands in these columns.
const DEMO: &str = r#"SELECT count(*) AS events,
  sum(octet_length(fields) + octet_length('"type":"","event_id":"","install_id":"",') + octet_length(type)
      + octet_length(event_id) + 36 * (install IS NOT NULL)) AS bytes
FROM event"#;

/// A ledger's file and what was posted to fill it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Size {
    what: &'static str,
    events: u64,
    /// Of the file, after the server has stopped.
    ledger_bytes: u64,
    /// Of the bodies of all posts.
    json_bytes: u64,
}

/// All that were looked at.
#[derive(Debug, Serialize)]
pub(super) struct Sizes(pub(super) Vec<Size>);

impl Size {
    /// Of an app whose ledger these loads filled, from nothing; the server has stopped.
    ///
    /// # Errors
    ///
    /// When there is no file.
    pub(super) fn of_loads(askfirst: &Askfirst, app: &'static str, loads: &[&Load]) -> Result<Self, Failure> {
        let of_app = || loads.iter().filter(|load| load.app() == app);
        Ok(Self {
            what: app,
            events: of_app().map(|load| load.acknowledged_events()).sum(),
            ledger_bytes: bytes(askfirst, app)?,
            json_bytes: of_app().map(|load| load.acknowledged_bytes()).sum(),
        })
    }

    /// Of the demo's ledger that nothing was posted to yet.
    ///
    /// # Errors
    ///
    /// When there is no file, or it can't be asked.
    pub(super) async fn of_demo(askfirst: &Askfirst) -> Result<Self, Failure> {
        let row = askfirst.first_row(demo::APP, DEMO).await.map_err(Failure::CannotMeasure)?;
        let [events, json_bytes] = ["events", "bytes"].map(|name| row[name].as_u64().unwrap_or_default());
        let ledger_bytes = bytes(askfirst, demo::APP)?;
        Ok(Self { what: "demo, as it was made", events, ledger_bytes, json_bytes })
    }

    pub(super) fn events(self) -> u64 {
        self.events
    }

    fn ratio(self) -> f64 {
        share(self.ledger_bytes, self.json_bytes)
    }
}

fn bytes(askfirst: &Askfirst, app: &str) -> Result<u64, Failure> {
    let path = askfirst.ledger(app);
    let file = fs::metadata(&path).map_err(|error| Failure::CannotMeasure(format!("{}: {error}", path.display())))?;
    Ok(file.len())
}

impl Sizes {
    pub(super) fn ceiling(&self) -> Verdict {
        let value = self.0.iter().find(|size| size.what == VOICEMODE).map_or(f64::NAN, |size| size.ratio());
        Verdict { rule: "voicemode: bytes of the ledger to its JSON's <= 1.2", value, ok: value <= 1.2 }
    }

    pub(super) fn table(&self) -> Table {
        let cells = |size: &Size| {
            let each = |bytes| shown(share(bytes, size.events), 0);
            let ratio = shown(size.ratio(), 2);
            [size.what.to_owned(), size.events.to_string(), each(size.ledger_bytes), each(size.json_bytes), ratio]
        };
        let header = ["ledger", "events", "bytes an event", "of JSON, as posted", "ratio"];
        figures(header, self.0.iter().map(cells))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// VoiceMode's ledger with so many bytes for a thousand of JSON, and another.
    pub(crate) fn sizes(ledger_bytes: u64) -> Sizes {
        let size = |what, ledger_bytes| Size { what, events: 2, ledger_bytes, json_bytes: 1_000 };
        Sizes(vec![size("demo", 9_000), size(VOICEMODE, ledger_bytes)])
    }

    #[test]
    fn the_ceiling_is_on_voicemodes() {
        assert!(sizes(1_200).ceiling().ok);
        assert!(!sizes(1_201).ceiling().ok);
        assert!(!Sizes(Vec::new()).ceiling().ok, "what is unknown is not kept");
    }

    #[test]
    fn the_table_shows_bytes_an_event() {
        let table = sizes(1_500).table().to_string();
        let row = table.lines().find(|line| line.contains(VOICEMODE)).unwrap();
        assert_eq!(row.split('|').skip(2).map(str::trim).collect::<Vec<_>>()[..4], ["2", "750", "500", "1.50"]);
    }
}
