//! JSON and CSV: the same by the command and over HTTP, and as they are described.

use serde_json::Value;

use super::{FROM, TO, answer, ask, home};
use crate::harness::{Home, Request, Server};
use crate::native::validator;

/// Every question, with each way to ask it that changes what its answer looks like; of a past that is over, where the
/// question has a range.
const QUESTIONS: [(&str, &str); 23] = [
    ("active", "from=2026-01-05&to=2026-01-25"),
    ("active", "from=2026-01-05&to=2026-01-25&per=week&only=mode=fast&only=platform=linux"),
    ("active", "from=2026-01-05&to=2026-01-25&per=month&by=platform"),
    ("active", "from=2026-01-05&to=2026-01-25&per=week&by=platform&top=1"),
    ("retention", "from=2026-01-05&to=2026-01-25&only=runtime=interactive"),
    ("breakdown", "from=2026-01-05&to=2026-01-25&field=version"),
    ("breakdown", "from=2026-01-05&to=2026-01-25&field=targets&top=1"),
    ("breakdown", "from=2026-01-05&to=2026-01-25&field=version&only=os=linux&only=os=darwin&top=1"),
    ("breakdown", "from=2026-01-05&to=2026-01-25&field=seconds&only=mode=fast"),
    ("distribution", "from=2026-01-05&to=2026-01-25&field=seconds"),
    ("distribution", "from=2026-01-05&to=2026-01-25&field=seconds&only=mode=fast"),
    ("distribution", "from=2025-01-05&to=2025-01-25&field=seconds"),
    ("trend", "from=2026-01-05&to=2026-01-25"),
    ("trend", "to=2026-01-25&last=3w&of=installs&per=week"),
    ("trend", "from=2026-01-05&to=2026-01-25&of=seconds&stat=median"),
    ("trend", "from=2026-01-05&to=2026-01-25&only=mode=fast&only=os=linux"),
    ("versions", "from=2026-01-05&to=2026-01-25"),
    ("versions", "from=2026-01-05&to=2026-01-25&only=os=linux"),
    ("errors", "from=2026-01-05&to=2026-01-25&top=2"),
    ("errors", "from=2026-01-05&to=2026-01-25&only=os=darwin&only=os=win32"),
    ("recent", "limit=5"),
    ("recent", "type=build&limit=1000"),
    ("outcomes", "from=2026-01-05&to=2026-01-25"),
];

/// The options of the command that are these parameters.
fn options(query: &str) -> Vec<String> {
    query.split('&').map(|parameter| format!("--{parameter}")).collect()
}

fn by_command(home: &Home, question: &str, query: &str, format: &str) -> String {
    let options = options(query);
    let options = options.iter().map(String::as_str);
    answer(home, &[question].into_iter().chain(options).chain([format]).collect::<Vec<_>>())
}

/// The answer over HTTP: its type, and the body.
#[track_caller]
fn over_http(server: &Server, token: &str, question: &str, query: &str) -> (String, String) {
    let request = Request::new("GET", &format!("/api/v1/mytool/{question}?{query}"));
    let answer = server.send(&request.header("authorization", &format!("Bearer {token}")));
    assert_eq!(answer.status, 200, "{question}?{query}: {answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{question}");
    let disposition = format!("inline; filename=\"mytool-{question}.csv\"");
    let expected = query.contains("format=csv").then_some(disposition.as_str());
    assert_eq!(answer.header("content-disposition"), expected, "{question}?{query}");
    (answer.header("content-type").unwrap_or_default().to_owned(), answer.text())
}

#[test]
fn command_and_http_answer_alike() {
    let home = home();
    let server = home.serve();
    let token = home.token(&["grafana"]);
    for (question, query) in QUESTIONS {
        let case = format!("{question}?{query}");
        let (media, body) = over_http(&server, &token, question, query);
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(media, "application/json", "{case}");
        assert_eq!(
            json,
            serde_json::from_str::<Value>(&by_command(&home, question, query, "--json")).unwrap(),
            "{case}"
        );
        let (_, explicit) = over_http(&server, &token, question, &format!("{query}&format=json"));
        assert_eq!(explicit, body, "{case}");

        let (media, csv) = over_http(&server, &token, question, &format!("format=csv&{query}"));
        assert_eq!(media, "text/csv; charset=utf-8", "{case}");
        assert_eq!(csv, by_command(&home, question, query, "--csv"), "{case}");
        let rows = json.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        assert_table(&case, &csv, rows);

        let schema = format!("{}{}", question[..1].to_uppercase(), &question[1..]);
        let faults: Vec<_> = validator(&schema).iter_errors(&json).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{case}: {faults:?} in {json}");
    }
}

#[test]
fn any_table_is_a_spreadsheet() {
    let home = home();
    let server = home.serve();
    let bearer = format!("Bearer {}", home.token(&["sheet"]));
    let query = "from=2026-01-05&to=2026-01-25&field=version&top=1";
    let json: Value = serde_json::from_str(&by_command(&home, "breakdown", query, "--json")).unwrap();
    for table in ["values", "other"] {
        let target = format!("/api/v1/mytool/breakdown?{query}&format=csv&table={table}");
        let sheet = server.send(&Request::new("GET", &target).header("authorization", &bearer));
        let name = format!("inline; filename=\"mytool-breakdown-{table}.csv\"");
        assert_eq!((sheet.status, sheet.header("content-disposition")), (200, Some(name.as_str())));
        assert_table(table, &sheet.text(), json[table].as_array().unwrap());
        let options = options(query);
        let line = ["breakdown", "--csv", "--table", table].into_iter().chain(options.iter().map(String::as_str));
        assert_eq!(answer(&home, &line.collect::<Vec<_>>()), sheet.text());
    }
    ask(&home, &["versions", "--csv", "--table", "value"]).assert_refused("no such table", &["`table`", "versions"]);
    let run = ask(&home, &["versions", "--table", "versions"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
}

/// Checks that CSV has these rows of the JSON.
#[track_caller]
fn assert_table(case: &str, csv: &str, rows: &[Value]) {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<_> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len(), "{case}: {csv}");
    for (record, row) in records.iter().zip(rows) {
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), header.iter().collect::<Vec<_>>(), "{case}");
        for (name, field) in header.iter().zip(record) {
            match &row[name] {
                Value::Null => assert_eq!(field, "", "{case}: {name}"),
                Value::Number(number) => assert_eq!(field, number.to_string().trim_end_matches(".0"), "{case}: {name}"),
                Value::String(text) => assert_eq!(field, text, "{case}: {name}"),
                Value::Object(fields) => {
                    assert_eq!(serde_json::from_str::<Value>(field).unwrap(), Value::Object(fields.clone()), "{case}");
                }
                Value::Bool(_) | Value::Array(_) => assert_ne!(field, "", "{case}: {name}"),
            }
        }
    }
}

#[test]
fn json_is_indented_and_both_are_as_they_were() {
    let home = home();
    let range = ["--from", FROM, "--to", TO, "--per", "month"];
    insta::assert_snapshot!(answer(&home, &[&["active", "--json"], &range[..]].concat()));
    insta::assert_snapshot!(answer(&home, &["errors", "--csv", "--from", FROM, "--to", TO]).replace("\r\n", "\n"));
}

#[test]
fn a_spreadsheet_asks_by_address_alone() {
    let home = home();
    let server = home.serve();
    let token = home.token(&["sheet", "--app", "mytool"]);
    let target = format!("/api/v1/mytool/errors?from={FROM}&to={TO}&format=csv&token={token}");
    let answer = server.get(&target);
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert!(answer.text().starts_with("error,events,"), "{}", answer.text());
    let head = server.send(&Request::new("HEAD", &target));
    assert_eq!((head.status, head.text().as_str()), (200, ""));
    assert_eq!(head.header("content-type"), answer.header("content-type"));
    assert_eq!(head.header("content-length"), answer.header("content-length"));
    assert!(!server.stop().log.contains(token.rsplit('_').next().unwrap()), "no token in the log");
}
