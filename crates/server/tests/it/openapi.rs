//! The description of the HTTP API beside the server that it describes.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::harness::{Answer, Home, Request, Server};
use crate::native::described;

const COPY: &str = include_str!("../../../../docs/openapi.json");

/// A server with an app of each wire; the native one is called as the description's examples call it.
fn serve() -> (Home, Server) {
    let home = crate::native::home();
    let server = home.serve();
    (home, server)
}

#[test]
fn the_copy_in_the_repository_is_what_is_served() {
    let (_home, server) = serve();
    let answer = server.get("/api/openapi.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "it is no secret");
    assert!(
        answer.text() == COPY,
        "docs/openapi.json is not what the code describes any more. To renew it, start the server, then: \
         curl -s http://127.0.0.1:8787/api/openapi.json -o docs/openapi.json"
    );
}

#[test]
fn it_is_openapi_whose_parts_fit() {
    let description = described();
    assert_eq!(description["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations() {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "twice: {method} {path}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        for parameter in in_path {
            let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
            assert!(path.contains(&name) && parameter["required"] == true, "{method} {path}: {name}");
        }
        assert!(!filled(path, operation).contains('{'), "{method} {path} declares all of its parameters");
        let tags = description["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{method} {path} has a known tag");
    }
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(description.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_operation_is_answered_as_described() {
    let (home, server) = serve();
    let (token, of_other) = (home.token(&["all"]), home.token(&["other", "--app", "voicemode"]));
    let tokens = ["", &token, &of_other].map(|token| format!("Bearer {token}"));
    let mut seen = 0;
    for (path, method, operation) in operations() {
        let target = filled(path, operation);
        let bodies: &[&str] = if operation["requestBody"].is_null() { &[""] } else { &["{}", "{", "[]"] };
        let tokens = if operation["security"].is_null() { &tokens[..1] } else { &tokens[..] };
        for (token, body) in tokens.iter().flat_map(|token| bodies.iter().map(move |body| (token, body))) {
            let request = Request::new(&method.to_uppercase(), &target).header("content-type", "application/json");
            let answer = send(&server, method, &request.header("authorization", token).body(body));
            assert_as_described(&format!("{method} {target} {token} {body}"), operation, &answer);
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} requests");
}

#[test]
fn every_parameter_is_taken_as_its_example_has_it() {
    let (home, server) = serve();
    let bearer = format!("Bearer {}", home.token(&["all"]));
    let mut media = BTreeSet::new();
    for (path, _, operation) in operations() {
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let in_query = |parameter: &&Value| parameter["in"] == "query";
        let given = |parameter: &Value| {
            let example = parameter["example"].as_str().map_or_else(|| parameter["example"].to_string(), str::to_owned);
            format!("{}={example}", parameter["name"].as_str().unwrap())
        };
        let required = parameters.iter().filter(in_query).filter(|parameter| parameter["required"] == true);
        let required: Vec<_> = required.map(given).collect();
        for parameter in parameters.iter().filter(in_query) {
            let query = [required.clone(), vec![given(parameter)]].concat();
            let query: BTreeSet<_> = query.into_iter().collect();
            let target = format!("{}?{}", filled(path, operation), query.into_iter().collect::<Vec<_>>().join("&"));
            let answer = server.send(&Request::new("GET", &target).header("authorization", &bearer));
            let expected = match parameter["name"].as_str() {
                // A figure is for the numbers of a field, which the example's app need not have, and a table for CSV.
                Some("stat" | "table") => 400,
                // Those are of the values of a dimension.
                Some("top") if path.ends_with("/active") => 400,
                // Nothing is stored of the example's install.
                Some("after") => 404,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{target}: {}", answer.text());
            assert_as_described(&target, operation, &answer);
            media.extend(answer.header("content-type").map(ToOwned::to_owned));
        }
    }
    assert_eq!(media.len(), 4, "problems, JSON, CSV and a page: {media:?}");
}

#[test]
fn every_example_is_right() {
    let (_home, server) = serve();
    for (path, method, operation) in operations().filter(|(_, method, _)| *method == "post") {
        for (media, content) in operation["requestBody"]["content"].as_object().unwrap() {
            if content["example"].is_null() {
                continue;
            }
            let body = content["example"].as_str().map_or_else(|| content["example"].to_string(), ToOwned::to_owned);
            let request = Request::new("POST", &filled(path, operation)).header("content-type", media).body(body);
            let answer = server.send(&request);
            assert_as_described(&format!("{method} {path}, {media}"), operation, &answer);
            for verdict in answer.json()["verdicts"].as_array().unwrap() {
                assert!(["accepted", "duplicate"].iter().any(|word| verdict["outcome"] == *word), "{verdict}");
            }
        }
    }
}

#[test]
fn a_path_that_is_not_described_is_not_answered() {
    let (_home, server) = serve();
    for target in
        ["/api/", "/api/v1", "/api/v1/", "/api/openapi", "/api/openapi.yaml", "/-", "/-/other", "/openapi.json"]
    {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
    for target in ["/api", "/api/openapi.json"] {
        let answer = server.send(&Request::new("POST", target).body("{}"));
        assert_eq!(answer.status, 404, "POST {target}");
        let head = server.send(&Request::new("HEAD", target));
        assert_eq!((head.status, head.text().as_str()), (200, ""), "HEAD {target}");
    }
}

#[test]
fn the_page_is_for_people_and_loads_nothing() {
    let (_home, server) = serve();
    let page = server.get("/api");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    let html = page.text();
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).unwrap().0;
    assert!(policy.contains(&format!("style-src {};", askfirst_contract::csp_hash(style))), "{policy}");
    assert!(!html.contains("style=") && !policy.contains("unsafe"), "{policy}");
    for (path, _, operation) in operations() {
        assert!(html.contains(&format!("<code>{path}</code>")), "{path}");
        assert!(html.contains(operation["summary"].as_str().unwrap()), "{}", operation["summary"]);
    }
    assert!(html.contains("prefers-color-scheme: dark"));
    assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
}

/// Sends a request; of a stream that does not end, its beginning is the answer.
fn send(server: &Server, method: &str, request: &Request) -> Answer {
    let mut connection = server.connect();
    connection.write(request.bytes()).unwrap();
    let mut answer = connection.read_head().unwrap();
    let is_stream = answer.header("content-type") == Some("text/event-stream");
    answer.body = if is_stream {
        connection.read_chunk().unwrap().unwrap_or_default()
    } else {
        connection.read_body(&method.to_uppercase(), &answer).unwrap()
    };
    answer
}

/// Every operation: its path, its method in lower case, and what is said of it.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let methods = ["get", "post", "options", "put", "delete", "head", "patch"];
    described()["paths"].as_object().unwrap().iter().flat_map(move |(path, item)| {
        let operations = item.as_object().unwrap().iter().filter(move |(method, _)| methods.contains(&method.as_str()));
        operations.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The path with its parameters' examples.
fn filled(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    parameters.iter().filter(|parameter| parameter["in"] == "path").fold(path.to_owned(), |path, parameter| {
        let value = parameter["example"].as_str().unwrap();
        path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), value)
    })
}

/// Checks that an answer's status is described, and that it has the headers and holds what is said of that.
#[track_caller]
fn assert_as_described(case: &str, operation: &Value, answer: &Answer) {
    let described = &operation["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{case}: {} is not described: {answer:?}", answer.status);
    let headers = described["headers"].as_object().into_iter().flatten().map(|(name, _)| name);
    for name in headers {
        assert!(answer.header(name).is_some(), "{case}: no {name} in {answer:?}");
    }
    let Some(media) = answer.header("content-type").filter(|_| !answer.body.is_empty()) else {
        assert!(described["content"].is_null(), "{case}: nothing where something is described: {answer:?}");
        return;
    };
    let essence = media.split(';').next().unwrap();
    let content = &described["content"][essence];
    assert!(content.is_object(), "{case}: {essence} is not described for {}: {answer:?}", answer.status);
    if essence.ends_with("json") {
        let root = json!({ "allOf": [content["schema"]], "components": self::described()["components"] });
        let validator: Validator = jsonschema::validator_for(&root).unwrap();
        let faults: Vec<String> = validator.iter_errors(&answer.json()).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{case}: {faults:?} in {answer:?}");
    }
}
