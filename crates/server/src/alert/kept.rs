//! Incidents across restarts: a small JSON file in the data folder.
//!
//! ```json
//! {"incidents":[{"alert":"many refusals","app":"voicemode","since":"2026-09-02T12:00:00.000Z","until":null,"told":["ops"]}]}
//! ```

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use askfirst_contract::Timestamp;
use serde_json::{Value, json};

use super::monitor::{Incident, Incidents, Subject};

const FILE: &str = "alerts.json";

/// Reads the incidents of a data folder; none where there never were any.
///
/// # Errors
///
/// Where the file can't be read, or is not what [`write()`] wrote.
pub(crate) fn read(data: &Path) -> io::Result<Incidents> {
    let text = match fs::read(data.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Incidents::new()),
        text => text?,
    };
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "it is not what askfirst wrote");
    let kept: Value = serde_json::from_slice(&text)?;
    let incidents = kept["incidents"].as_array().ok_or_else(broken)?;
    incidents.iter().map(|incident| incident_of(incident).ok_or_else(broken)).collect()
}

/// Writes them in the place of those before, all or nothing.
///
/// # Errors
///
/// Where the folder can't be written.
pub(crate) fn write(data: &Path, incidents: &Incidents) -> io::Result<()> {
    let incidents: Vec<Value> = incidents.iter().map(|(subject, incident)| as_json(subject, incident)).collect();
    let new = data.join(format!("{FILE}.new"));
    let mut file = File::create(&new)?;
    writeln!(file, "{}", json!({ "incidents": incidents }))?;
    file.sync_all()?;
    fs::rename(new, data.join(FILE))
}

fn as_json(subject: &Subject, incident: &Incident) -> Value {
    json!({
        "alert": subject.alert,
        "app": subject.app,
        "since": incident.since.to_string(),
        "until": incident.until.map(|until| until.to_string()),
        "told": incident.told,
    })
}

fn incident_of(json: &Value) -> Option<(Subject, Incident)> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let time = |key: &str| Timestamp::parse(json[key].as_str()?);
    let told = json["told"].as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let subject = Subject { alert: text("alert")?, app: text("app") };
    Some((subject, Incident { since: time("since")?, until: time("until"), told }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Incidents::new());
        let subject = |alert: &str, app: Option<&str>| Subject { alert: alert.to_owned(), app: app.map(str::to_owned) };
        let incident = |until, told: &[&str]| Incident {
            since: Timestamp(1_788_350_400_000),
            until,
            told: told.iter().map(|name| (*name).to_owned()).collect(),
        };
        let all = Incidents::from([
            (subject("\"quoted\"", Some("voicemode")), incident(None, &[])),
            (subject("disk", None), incident(Some(Timestamp(1_788_350_460_001)), &["chat", "ops"])),
        ]);
        for incidents in [all, Incidents::new()] {
            write(folder.path(), &incidents).unwrap();
            assert_eq!(read(folder.path()).unwrap(), incidents);
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{", "[]", r#"{"incidents":[{}]}"#, r#"{"incidents":[{"alert":"a","since":"x","told":[]}]}"#] {
            fs::write(folder.path().join(FILE), text).unwrap();
            assert!(read(folder.path()).is_err(), "{text}");
        }
    }
}
