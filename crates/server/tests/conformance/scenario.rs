//! The files of cases, as they are written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// One file: what one app is asked, step by step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The name of the file without `.json`.
    #[serde(skip)]
    pub(crate) file: String,
    pub(crate) app: String,
    #[expect(dead_code, reason = "for people")]
    about: String,
    /// Variables of the host's environment.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    /// Whether no other scenario may have used the ledger before.
    #[serde(default)]
    pub(crate) fresh_ledger: bool,
    /// What holds for every request that says nothing else.
    #[serde(default)]
    pub(crate) request: RequestForm,
    /// What holds for every reply that says nothing else.
    #[serde(default)]
    pub(crate) reply: ReplyForm,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) about: String,
    /// How often it is sent; `{n}` counts from 1.
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) request: RequestForm,
    #[serde(default)]
    pub(crate) reply: ReplyForm,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RequestForm {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    /// The client's.
    pub(crate) address: Option<String>,
    /// `null` takes a header of the scenario away.
    pub(crate) headers: BTreeMap<String, Option<String>>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
    pub(crate) hex: Option<String>,
    /// JSON pointers into the scenario's JSON, and what stands there in this step.
    pub(crate) with: BTreeMap<String, Value>,
    pub(crate) without: Vec<String>,
    /// Whether the body comes in chunks, its length not told in advance.
    pub(crate) chunked: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplyForm {
    pub(crate) status: Option<u16>,
    pub(crate) headers: BTreeMap<String, Option<String>>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
}

impl Scenario {
    #[track_caller]
    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let scenario: Self = serde_json::from_str(text).unwrap_or_else(|error| panic!("conformance: {file}: {error}"));
        let RequestForm { hex, with, without, chunked, .. } = &scenario.request;
        let is_of_steps = hex.is_some() || !with.is_empty() || !without.is_empty() || *chunked;
        assert!(!is_of_steps, "conformance: {file}: `hex`, `with`, `without` and `chunked` are for steps");
        Self { file: file.trim_end_matches(".json").to_owned(), ..scenario }
    }

    /// A step's request, with what the scenario says of all.
    pub(crate) fn request(&self, step: &Step) -> RequestForm {
        let (all, mut request) = (&self.request, step.request.clone());
        request.method = request.method.or_else(|| all.method.clone());
        request.path = request.path.or_else(|| all.path.clone());
        request.address = request.address.or_else(|| all.address.clone());
        request.headers = laid_over(&all.headers, &request.headers);
        if request.json.is_none() && request.text.is_none() && request.hex.is_none() {
            request.json.clone_from(&all.json);
            request.text.clone_from(&all.text);
        }
        let changes = !request.with.is_empty() || !request.without.is_empty();
        assert!(request.json.is_some() || !changes, "{}: {}: there is no JSON to change", self.file, step.about);
        request
    }

    /// A step's reply, with what the scenario says of all.
    pub(crate) fn reply(&self, step: &Step) -> ReplyForm {
        let (all, mut reply) = (&self.reply, step.reply.clone());
        reply.status = reply.status.or(all.status);
        reply.headers = laid_over(&all.headers, &reply.headers);
        if reply.json.is_none() && reply.text.is_none() {
            reply.json.clone_from(&all.json);
            reply.text.clone_from(&all.text);
        }
        reply
    }
}

type Headers = BTreeMap<String, Option<String>>;

fn laid_over(all: &Headers, step: &Headers) -> Headers {
    let mut headers = all.clone();
    headers.extend(step.clone());
    headers.retain(|_, value| value.is_some());
    headers
}

/// The folder of everything about conformance.
pub(crate) fn folder() -> PathBuf {
    repository().join("conformance")
}

pub(crate) fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// All scenarios, in the order of their names.
#[track_caller]
pub(crate) fn all() -> Vec<Scenario> {
    let entries = std::fs::read_dir(folder().join("cases")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let parse = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        Scenario::parse(&name, &std::fs::read_to_string(path).unwrap())
    };
    files.iter().map(parse).collect()
}
