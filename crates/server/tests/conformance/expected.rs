//! What a reply must be: its status, all headers that the core sets, and its body.

use std::collections::BTreeMap;

use crate::harness::Answer;
use crate::placeholders::Filling;
use crate::scenario::ReplyForm;
use crate::template::Template;

/// Headers of the connection, which are the host's affair.
const OF_THE_HOST: [&str; 6] = ["connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"];

/// A reply as a case has it.
pub(crate) struct Expected {
    status: u16,
    headers: BTreeMap<String, Template>,
    body: Template,
}

impl Expected {
    pub(crate) fn new(form: &ReplyForm, method: &str, filling: &Filling<'_>) -> Self {
        let header = |(name, value): (&String, &Option<String>)| {
            (name.clone(), Template::of_text(&filling.text(value.as_deref().unwrap_or_default())))
        };
        let body = match (&form.json, &form.text) {
            // To `HEAD`, the head of the same reply.
            _ if method == "HEAD" => Template::of_text(""),
            (Some(json), _) => Template::of_json(&filling.json(json).to_string()),
            (None, text) => Template::of_text(&filling.text(text.as_deref().unwrap_or_default())),
        };
        Self { status: form.status.unwrap_or(200), headers: form.headers.iter().map(header).collect(), body }
    }

    /// Compares a reply. Gives what must be the same from every host, and is not written in the case.
    ///
    /// # Errors
    ///
    /// Everything that is otherwise: what, what was expected and what came.
    pub(crate) fn check(&self, answer: &Answer) -> Result<Vec<String>, Vec<String>> {
        let (mut same, mut deviations) = (Vec::new(), Vec::new());
        let mut compare = |what: String, expected: &Template, got: &[u8]| match expected.take(got) {
            Ok(taken) => same.extend(taken),
            Err(why) => {
                let got = String::from_utf8_lossy(got);
                deviations.push(format!("{what}: {why}\n    expected {}\n    got      {got}", expected.text));
            }
        };
        let status = Template::of_text(&self.status.to_string());
        compare("status".to_owned(), &status, answer.status.to_string().as_bytes());
        compare("body".to_owned(), &self.body, &answer.body);
        let headers = headers_of(answer);
        for (name, expected) in self.headers.iter().filter(|(name, _)| headers.contains_key(*name)) {
            compare(format!("header {name}"), expected, headers[name].as_bytes());
        }
        for (name, expected) in self.headers.iter().filter(|(name, _)| !headers.contains_key(*name)) {
            deviations.push(format!("header {name}: it is not there\n    expected {}", expected.text));
        }
        for (name, got) in headers.iter().filter(|(name, _)| !self.headers.contains_key(*name)) {
            deviations.push(format!("header {name}: it is not in the case\n    got      {got}"));
        }
        if deviations.is_empty() { Ok(same) } else { Err(deviations) }
    }
}

/// The headers of an answer that the core sets; the values of one that stands twice, as HTTP joins them.
fn headers_of(answer: &Answer) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &answer.headers {
        let name = name.to_ascii_lowercase();
        if OF_THE_HOST.contains(&name.as_str()) {
            continue;
        }
        let joined = headers.remove(&name).map_or_else(|| value.clone(), |first| format!("{first}, {value}"));
        headers.insert(name, joined);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::now;

    fn answer(body: &str) -> Answer {
        let headers = [("Content-Type", "text/plain"), ("date", "today"), ("vary", "A"), ("Vary", "B")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Answer { status: 200, headers, body: body.as_bytes().to_vec() }
    }

    fn expected(text: &str) -> Expected {
        let headers = [("content-type", "text/plain"), ("vary", "A, B")];
        let headers = headers.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into();
        let form = ReplyForm { status: Some(200), headers, json: None, text: Some(text.to_owned()) };
        Expected::new(&form, "GET", &Filling { file: "f", n: 1, now: now() })
    }

    #[test]
    fn what_is_otherwise_is_named() {
        assert_eq!(expected("hello").check(&answer("hello")), Ok(Vec::new()));
        for (text, body, named) in [
            ("hello", "hallo", "body: it differs from byte 1 on\n    expected hello\n    got      hallo"),
            ("hello", "hello ", "body: it goes on after byte 5"),
            ("hello", "", "body: it differs from byte 0 on"),
            ("wait {1..60}s", "wait 61s", "body: at byte 5 is no Number(1, 60)"),
            ("at {time}", "at 2020-01-01T00:00:00.000Z", "body: at byte 3 is no Time"),
            ("{number}", "-1", "body: at byte 0 is no Number"),
        ] {
            let deviations = expected(text).check(&answer(body)).unwrap_err();
            assert!(deviations.len() == 1 && deviations[0].starts_with(named), "{deviations:?}");
        }
        let mut other = answer("x");
        other.status = 404;
        other.headers = vec![("allow".to_owned(), "GET".to_owned()), ("vary".to_owned(), "A, B".to_owned())];
        let deviations = expected("x").check(&other).unwrap_err();
        let named: Vec<_> = deviations.iter().map(|deviation| deviation.split_once(':').unwrap().0).collect();
        assert_eq!(named, ["status", "header content-type", "header allow"]);
    }
}
