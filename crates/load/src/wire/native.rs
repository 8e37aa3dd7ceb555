//! Events of a contract of one's own: `POST /api/v1/{app}/events`.
//!
//! They are the contract's examples. What makes each a new one is the event id, or else the install id. The contract may
//! ask for a form of it, so the check itself tells at which places of the example which digits are allowed.

use std::ops::Range;

use askfirst_contract::{Contract, EventType, Json, Timestamp};

use super::holds;
use crate::request::{Outcome, Request, Unmakeable, Url};
use crate::target::Target;
use crate::template::{Body, Fresh, Numbers, Of, Place, Template};

const EVENTS: &str = "/events";
/// An id needs as many digits: 32 bits, with which a million ids have about a hundred doubles.
const LEAST_BITS: f64 = 32.0;
/// A place takes this many bits of its number.
const HEX_DIGITS: usize = 16;
/// As many made-up ids have to pass before the form is believed.
const TRIALS: u64 = 64;

pub(crate) fn request(
    target: &Target,
    at: Timestamp,
    events: usize,
    contract: &Contract,
) -> Result<Request, Unmakeable> {
    let id = &contract.app.id;
    let is_app = [format!("/api/v1/{id}"), format!("/a/{id}")].iter().any(|path| target.path().ends_with(path));
    let behind = if is_app { EVENTS.to_owned() } else { format!("/api/v1/{id}{EVENTS}") };
    let url = Url::new(target, &[&behind, EVENTS]);
    let bodies = contract.events.iter().map(|event_type| body(contract, event_type, at));
    let bodies: Vec<Body> = bodies.collect::<Result<_, _>>()?;
    let turn = |first| bodies.iter().cycle().skip(first).take(events.clamp(1, Request::MAX_EVENTS)).cloned().collect();
    let turns: Vec<_> = (0..bodies.len()).map(turn).collect();
    Ok(Request::new(&url, ["[", "]"], &turns).reading(outcome))
}

/// One verdict an event: the worst of them is the post's.
fn outcome(body: &[u8]) -> Outcome {
    if holds(body, r#""outcome":"refused""#) {
        Outcome::Refused
    } else if holds(body, r#""outcome":"limited""#) {
        Outcome::Limited
    } else {
        Outcome::Accepted
    }
}

fn body(contract: &Contract, event_type: &EventType, at: Timestamp) -> Result<Body, Unmakeable> {
    let unmakeable = |why: &str| Unmakeable(format!("no `{}` events can be made up: {why}", event_type.name));
    let example = contract.example_line(event_type, at);
    let text = example.ok_or_else(|| unmakeable("a required field has a form that examples can't be made of"))?;
    let ids = match (event_type.event_id_path(), event_type.install_id_path()) {
        (Some(event_id), install_id) => {
            let install_id = install_id.filter(|path| *path != event_id);
            [Some((event_id, Of::Event)), install_id.map(|path| (path, Of::Install))]
        }
        // Without an event id, equal events of an install are stored once.
        (None, Some(install_id)) => [Some((install_id, Of::Event)), None],
        (None, None) => {
            return Err(unmakeable("without event_id and install_id, equal ones are stored once; declare either"));
        }
    };
    let mut places = Vec::new();
    for (path, of) in ids.into_iter().flatten() {
        let id = place_of(&text, path).ok_or_else(|| unmakeable("an id of theirs is no plain text"))?;
        let found = fresh_places(contract, &text, id, of, at).ok_or_else(|| {
            unmakeable(&format!("the form of `{path}` leaves too few digits free; it takes {LEAST_BITS} bits"))
        })?;
        places.extend(found);
    }
    Ok(Body { text, places })
}

/// Where the text of a field stands, if it stands there as it is.
fn place_of(text: &str, path: &str) -> Option<Range<usize>> {
    let event = Json::parse(text.as_bytes()).ok()?;
    let value = path.split('.').try_fold(&event, |object, name| object.get(name))?.as_text()?;
    // A text without escapes is not copied: it is a part of the event's.
    let start = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (text.get(start..start + value.len()) == Some(value)).then_some(start..start + value.len())
}

/// Which digits of an id may be any; `None` where these are too few.
fn fresh_places(contract: &Contract, text: &str, id: Range<usize>, of: Of, at: Timestamp) -> Option<Vec<Place>> {
    let passes = |bytes: &[u8]| Json::parse(bytes).is_ok_and(|event| contract.check_typed(&event, at).is_ok());
    let takes = |place: usize, digits: &[u8]| {
        let mut bytes = text.as_bytes().to_vec();
        digits.iter().all(|digit| {
            bytes[place] = *digit;
            passes(&bytes)
        })
    };
    let mut places: Vec<Place> = Vec::new();
    for place in id.clone() {
        let fresh = match () {
            () if takes(place, b"0123456789abcdef") => Fresh::Hex(of),
            () if takes(place, b"0123456789") => Fresh::Decimal(of),
            () => continue,
        };
        match places.last_mut() {
            Some(last) if last.range.end == place && last.fresh == fresh && last.range.len() < HEX_DIGITS => {
                last.range.end += 1;
            }
            _ => places.push(Place { range: place..place + 1, fresh, salt: (place - id.start) as u64 }),
        }
    }
    // What may stand in each place may not always stand there together.
    let mut trial =
        Template::new(|_| String::new(), ["", ""], &[Body { text: text.to_owned(), places: places.clone() }]);
    let all_pass = (0..TRIALS).all(|number| passes(trial.patch(Numbers::of_one(number))));
    (all_pass && bits(&places) >= LEAST_BITS).then_some(places)
}

/// How many bits the digits of these places have.
fn bits(places: &[Place]) -> f64 {
    let of_digit = |fresh: &Fresh| if matches!(fresh, Fresh::Decimal(_)) { 10_f64.log2() } else { 4.0 };
    places.iter().map(|place| place.range.clone().map(|_| of_digit(&place.fresh)).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;
    use crate::request::tests::{AT, bodies, target};

    /// A contract whose events have these ids and fields.
    fn contract(ids: &str, fields: &str) -> Contract {
        let event = |name| {
            format!(
                "[[event]]\ntype = \"{name}\"\nabout = \"x\"\n{ids}\n[event.fields]\nn = {{ type = \"int\", why = \"x\" }}\n{fields}\n"
            )
        };
        let text = format!("[app]\nid = \"mytool\"\ntitle = \"x\"\nabout = \"x\"\n{}{}", event("start"), event("stop"));
        Contract::parse("contract", &text).unwrap()
    }

    fn requests(contract: &Contract, events: usize, count: u64) -> Result<Vec<Value>, Unmakeable> {
        let mut request = Request::native(&target(), AT, events, contract)?;
        Ok(bodies(&mut request, "/api/v1/mytool/events", count))
    }

    /// The values of a field in all events of some requests, which pass the contract's check.
    fn values(contract: &Contract, field: &str, events: usize, count: u64) -> Vec<String> {
        let requests = requests(contract, events, count).unwrap();
        let all = requests.iter().flat_map(|events| events.as_array().unwrap());
        all.map(|event| {
            let text = event.to_string();
            contract.check_typed(&Json::parse(text.as_bytes()).unwrap(), AT).unwrap();
            event.pointer(field).unwrap().to_string()
        })
        .collect()
    }

    fn number_of_different(values: &[String]) -> usize {
        values.iter().collect::<HashSet<_>>().len()
    }

    #[test]
    fn ids_of_any_form_are_fresh_and_pass_the_check() {
        for (kind, example) in [
            ("type = \"uuid\"", "a UUID"),
            ("type = \"hex\", min = 8, max = 64", "digits"),
            ("type = \"text\", max = 64", "a text"),
            ("type = \"text\", max = 40, pattern = \"run-[0-9]{12}\"", "a form with decimal digits"),
            ("type = \"text\", max = 40, pattern = \"[a-z0-9]{20}\"", "a form with letters"),
        ] {
            for (path, field) in [("id", "/id"), ("it.id", "/it/id")] {
                let fields = format!("\"{path}\" = {{ {kind}, why = \"x\" }}");
                let contract = contract(&format!("event_id = \"{path}\""), &fields);
                let values = values(&contract, field, 3, 500);
                assert_eq!(number_of_different(&values), 1_500, "{example} at {path}: {}", values[0]);
            }
        }
    }

    #[test]
    fn a_request_is_of_one_install_unless_only_that_makes_its_events_fresh() {
        let install = "install = { type = \"uuid\", why = \"x\" }";
        let both = contract(
            "event_id = \"id\"\ninstall_id = \"install\"",
            &format!("id = {{ type = \"uuid\", why = \"x\" }}\n{install}"),
        );
        // There are two types, so an install sends two requests.
        assert_eq!(number_of_different(&values(&both, "/install", 10, 6)), 3);
        let alone = contract("install_id = \"install\"", install);
        assert_eq!(number_of_different(&values(&alone, "/install", 10, 6)), 60);
    }

    #[test]
    fn types_take_turns() {
        let contract = contract("event_id = \"id\"", "id = { type = \"uuid\", why = \"x\" }");
        let types = values(&contract, "/type", 1, 4);
        assert_eq!(types, ["\"start\"", "\"stop\"", "\"start\"", "\"stop\""]);
        assert_eq!(values(&contract, "/type", 3, 1).len(), 3);
    }

    #[test]
    fn what_can_not_be_made_fresh_is_told() {
        for (ids, fields, told) in [
            ("", "", "event_id"),
            ("event_id = \"id\"", "id = { type = \"text\", max = 4, why = \"x\" }", "`id`"),
            ("event_id = \"id\"", "id = { type = \"text\", max = 9, pattern = \"x[0-9]{8}\", why = \"x\" }", "32 bits"),
        ] {
            let problem = requests(&contract(ids, fields), 1, 1).unwrap_err().to_string();
            assert!(problem.contains(told) && problem.contains("`start`"), "{problem}");
        }
    }

    #[test]
    fn the_place_of_the_app_is_found() {
        let contract = contract("event_id = \"id\"", "id = { type = \"uuid\", why = \"x\" }");
        for (url, path) in [
            ("http://host", "/api/v1/mytool/events"),
            ("http://host/proxied", "/proxied/api/v1/mytool/events"),
            ("http://host/api/v1/mytool", "/api/v1/mytool/events"),
            ("http://host/a/mytool/", "/a/mytool/events"),
            ("http://mytool.host/events", "/events"),
        ] {
            let request = Request::native(&Target::parse(url).unwrap(), AT, 1, &contract).unwrap();
            assert!(request.url().ends_with(&format!("host{path}")), "{url}: {}", request.url());
        }
    }

    #[test]
    fn the_worst_verdict_is_the_posts() {
        let verdicts = |verdicts: &str| outcome(format!(r#"{{"verdicts":[{verdicts}]}}"#).as_bytes());
        let (accepted, limited) =
            (r#"{"outcome":"accepted"}"#, r#"{"outcome":"limited","limit":"install","retry_after":9}"#);
        let refused = r#"{"outcome":"refused","violations":[]}"#;
        assert_eq!(verdicts(accepted), Outcome::Accepted);
        assert_eq!(verdicts(&format!("{accepted},{limited}")), Outcome::Limited);
        assert_eq!(verdicts(&format!("{limited},{refused},{accepted}")), Outcome::Refused);
    }
}
