//! Sends the steps of a scenario to hosts and compares the replies.

use std::io;

use serde_json::Value;

use crate::expected::Expected;
use crate::harness::{Request, clear_of_midnight, now};
use crate::host::Host;
use crate::placeholders::Filling;
use crate::scenario::{RequestForm, Scenario, Step};

/// Everything that a host answers otherwise than the case says, or otherwise than another host.
pub(crate) fn replay(scenario: &Scenario, hosts: &[Host]) -> Vec<String> {
    clear_of_midnight();
    let now = now();
    let mut deviations = Vec::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        for n in 1..=step.times {
            let filling = Filling { file: &scenario.file, n, now };
            let place = format!("conformance/cases/{}.json, step {} ({})", scenario.file, index + 1, step.about);
            deviations.extend(exchange(scenario, step, &filling, hosts).into_iter().map(|deviation| {
                let repetition = if step.times > 1 { format!(", time {n}") } else { String::new() };
                format!("{place}{repetition}: {deviation}")
            }));
        }
    }
    deviations
}

fn exchange(scenario: &Scenario, step: &Step, filling: &Filling<'_>, hosts: &[Host]) -> Vec<String> {
    let form = scenario.request(step);
    let method = form.method.as_deref().unwrap_or("GET");
    let request = request(&form, method, filling);
    let expected = Expected::new(&scenario.reply(step), method, filling);
    let mut deviations = Vec::new();
    let mut first: Option<(&Host, Vec<String>)> = None;
    for host in hosts {
        let no_answer = |error: io::Error| vec![format!("no answer: {error}")];
        match host.send(&request).map_err(no_answer).and_then(|answer| expected.check(&answer)) {
            Ok(same) => match &first {
                Some((other, told)) if *told != same => {
                    let (name, other) = (host.name, other.name);
                    deviations.push(format!("{name} answers otherwise than {other}: {same:?}, and {told:?}"));
                }
                Some(_) => {}
                None => first = Some((host, same)),
            },
            Err(found) => deviations.extend(found.iter().map(|deviation| format!("{}: {deviation}", host.name))),
        }
    }
    deviations
}

fn request(form: &RequestForm, method: &str, filling: &Filling<'_>) -> Request {
    let path = form.path.as_deref().unwrap_or("/");
    let address = form.address.as_deref().unwrap_or("{address}");
    let mut request = Request::new(method, &filling.text(path))
        // Each host looks at one of them.
        .header("x-forwarded-for", &filling.text(address))
        .header("cf-connecting-ip", &filling.text(address));
    for (name, value) in &form.headers {
        request = request.header(name, &filling.text(value.as_deref().unwrap_or_default()));
    }
    if matches!(method, "GET" | "HEAD" | "OPTIONS") {
        return request;
    }
    let request = request.body(body(form, filling));
    if form.chunked { request.chunked(1000) } else { request }
}

fn body(form: &RequestForm, filling: &Filling<'_>) -> Vec<u8> {
    if let Some(hex) = &form.hex {
        let digits: Vec<u8> = hex.bytes().filter(|digit| !digit.is_ascii_whitespace()).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        return digits.chunks(2).map(byte).collect();
    }
    if let Some(text) = &form.text {
        return filling.text(text).into_bytes();
    }
    let Some(json) = &form.json else { return Vec::new() };
    let mut json = filling.json(json);
    for (pointer, value) in &form.with {
        *place(&mut json, pointer) = filling.json(value);
    }
    for pointer in &form.without {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        json.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().shift_remove(name).unwrap();
    }
    json.to_string().into_bytes()
}

/// The place of a JSON pointer, made if it is a member that is not there.
fn place<'j>(json: &'j mut Value, pointer: &str) -> &'j mut Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    match parent {
        Value::Object(members) => members.entry(name).or_insert(Value::Null),
        parent => &mut parent[name.parse::<usize>().unwrap()],
    }
}
