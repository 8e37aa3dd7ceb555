//! What happens to events, as it happens: `GET /api/v1/{app}/live` and `askfirst tail`.

mod stream;
mod tail;

use serde_json::Value;

use crate::harness::{Report, Server};

/// What the released client can't know that anybody declared: it is dropped.
const UNDECLARED: &str = "Zq7-undeclared-Zq7";

/// Sends a report in which a field is undeclared, the same again, and one that breaks the contract.
#[track_caller]
fn report(server: &Server) -> Report {
    let report = Report::new().with("note", UNDECLARED);
    for (body, status) in [(report.json(), 200), (report.json(), 200), (Report::new().without("event_id").json(), 400)]
    {
        assert_eq!(server.post(body).status, status);
    }
    report
}

/// Checks what [`report`] led to, in whatever order it was told.
#[track_caller]
fn assert_told(happenings: &[Value], report: &Report) {
    for happening in happenings {
        crate::native::assert_happening(happening);
        assert_eq!(happening["app"], "voicemode");
    }
    let told = |outcome: &str| {
        let mut told = happenings.iter().filter(|happening| happening["outcome"] == outcome);
        let only = told.next().unwrap_or_else(|| panic!("no {outcome} in {happenings:?}"));
        assert_eq!(told.next(), None, "{outcome} once");
        only
    };
    let accepted = told("accepted");
    assert_eq!(accepted["type"], "usage_report");
    assert_eq!(accepted["fields"]["environment"]["os"], report.get("environment")["os"]);
    let text = accepted.to_string();
    for hidden in [UNDECLARED, report.event_id(), report.install_id()] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    let counted = |outcome: &str| {
        let told = told(outcome);
        [&told["reason"], &told["field"], &told["count"]].map(Value::to_string)
    };
    assert_eq!(counted("duplicate"), [r#""""#, r#""""#, "1"]);
    assert_eq!(counted("refused"), [r#""missing""#, r#""/event_id""#, "1"]);
    assert_eq!(counted("discarded"), [r#""undeclared""#, r#""""#, "1"]);
}
