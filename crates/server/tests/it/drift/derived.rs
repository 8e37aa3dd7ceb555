//! What each event updates: daily counts, one row a signature, one row a kind of decision.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::Duration;

use super::{
    Report, accepts, action, aggregate, assert_json, bare, batch, batch_of, counts, daily, is_mean, number, post,
    processed, request, rows, scan, signature, stamp, told,
};
use crate::harness::{Home, Random, Request, clear_of_midnight, event_id, install_id, now, race};

/// Numbers whose mean is asked for.
#[derive(Default)]
struct Sample(Vec<f64>);

impl Sample {
    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / f64::from(u32::try_from(self.0.len()).unwrap())
    }
}

/// A share with six digits.
fn share(random: &mut Random) -> f64 {
    f64::from(small(random, 1_000_001)) / 1e6
}

fn small(random: &mut Random, bound: u64) -> u32 {
    u32::try_from(random.below(bound)).unwrap()
}

#[test]
fn events_are_counted_by_day_and_type_and_signatures_by_language_and_category() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    assert_eq!(daily(&home), counts([]), "nothing yet");
    let install = install_id();
    let of = |event: Report| event.with("installationId", install.as_str());
    let events = [
        of(signature()),
        of(signature()),
        of(signature().with("language", "python")),
        of(signature().with("language", "python").with("category", "auth")),
        of(aggregate()),
        of(action().with("category", "of-signatures-only")),
        of(scan()),
        of(bare("mcp.call").with("language", "rust").with("category", "auth")),
        // Made on another day: what counts is the day of receipt.
        of(scan().with("timestamp", stamp(now() - Duration::days(30)))),
    ];
    let expected = counts([
        ("events:pattern_signature", 4),
        ("events:aggregate_stats", 1),
        ("events:user_action", 1),
        ("events:scan_completion", 2),
        ("events:mcp.call", 1),
        ("language:typescript", 2),
        ("language:python", 2),
        ("category:api", 3),
        ("category:auth", 1),
        ("unique_installations", 1),
    ]);
    accepts(&server, "all", &events);
    assert_eq!(daily(&home), expected);
    accepts(&server, "all again", &events);
    assert_eq!(daily(&home), expected, "a repeat adds nothing");
    let refused = [of(signature()).with("confidence", 2).json(), of(bare("no name")).json(), "null".to_owned()];
    let (count, _) = told("refused", &post(&server, batch(&refused)));
    assert_eq!((count, daily(&home)), (0, expected), "what is refused adds nothing");
    let dates = rows(&home, "SELECT DISTINCT date FROM daily_stats");
    assert_eq!(dates, [json!({"date": now().date().to_string()})], "the day of receipt alone");
}

#[test]
fn unique_installations_are_exact_over_a_day_and_unknown_is_none() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let of = |id: &str| scan().with("installationId", id);
    let unique = || daily(&home).get("unique_installations").copied().unwrap_or(0);

    accepts(&server, "unknown", &[of("unknown"), of("unknown")]);
    assert_eq!(unique(), 0, "unknown is no install");
    let ids: Vec<String> = (0..40).map(|_| install_id()).collect();
    let mut known = BTreeSet::new();
    let mut random = Random::from_seed(40);
    for round in 0..12 {
        let chosen: Vec<&String> = (0..25).map(|_| random.pick(&ids)).collect();
        let events: Vec<Report> = chosen
            .iter()
            .enumerate()
            .map(|(place, id)| match place % 5 {
                0 => of(&id.to_uppercase()),
                1 => signature().with("installationId", id.as_str()),
                2 => bare("other").with("installationId", id.as_str()),
                _ => of(id),
            })
            .chain([of("unknown")])
            .collect();
        accepts(&server, "a round", &events);
        known.extend(chosen);
        assert_eq!(usize::try_from(unique()).unwrap(), known.len(), "after round {round}");
    }
    let before = unique();
    let old = stamp(now() - Duration::days(40));
    accepts(&server, "made long ago, received today", &[of(&install_id()).with("timestamp", old)]);
    let (count, _) = told("refused", &post(&server, batch(&[of(&install_id()).with("durationMs", -1).json()])));
    assert_eq!((count, unique()), (0, before + 1), "one more, and none for what is refused");
    server.kill();

    let server = home.serve();
    accepts(&server, "after a crash", &ids.iter().map(|id| of(id)).collect::<Vec<_>>());
    accepts(&server, "a new one", &[of(&install_id())]);
    known.extend(&ids);
    assert_eq!(usize::try_from(unique()).unwrap(), known.len() + 2, "after a crash");
}

#[test]
fn a_signature_has_one_row_whatever_the_number_of_its_events() {
    let home = Home::new();
    let server = home.serve();
    let hash = event_id();
    let at_days = |days: i64| {
        signature().with("signatureHash", hash.as_str()).with("timestamp", stamp(now() - Duration::days(days)))
    };
    let row = || {
        let rows = rows(
            &home,
            "SELECT signature_hash, category, detection_method, language, occurrence_count, first_seen,
                    julianday(first_seen) AS first, julianday(last_seen) AS last FROM pattern_signatures",
        );
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    };
    accepts(&server, "first", &[at_days(3)]);
    let first = row();
    for (column, value) in [
        ("signature_hash", json!(hash)),
        ("category", json!("api")),
        ("detection_method", json!("hybrid")),
        ("language", json!("typescript")),
        ("occurrence_count", json!(1)),
    ] {
        assert_eq!(first[column], value, "{column}");
    }
    accepts(&server, "more", &[at_days(2), at_days(1), at_days(0)]);
    let more = row();
    assert_eq!((&more["occurrence_count"], &more["first_seen"]), (&json!(4), &first["first_seen"]));
    let number = |row: &Value, column: &str| row[column].as_f64().unwrap_or_else(|| panic!("{column}: {row}"));
    assert!(number(&first, "first") <= number(&first, "last"), "{first}");
    assert!(number(&first, "last") <= number(&more, "last"), "{first}, then {more}");
    assert!(number(&more, "first") <= number(&more, "last"), "{more}");
    accepts(&server, "another one", &[signature()]);
    assert_eq!(super::number(&home, "SELECT COUNT(*) AS n FROM pattern_signatures"), 2);
}

#[test]
fn the_means_of_signatures_are_those_of_their_events() {
    const HASHES: usize = 7;
    let home = Home::new();
    let server = home.serve();
    let mut random = Random::from_seed(20_260_125);
    let hashes: Vec<String> = (0..HASHES).map(|_| event_id()).collect();
    let mut truth: BTreeMap<&str, [Sample; 3]> = BTreeMap::new();
    let mut requests: Vec<Request> = Vec::new();
    for _ in 0..16 {
        let mut events = Vec::new();
        for _ in 0..40 {
            let hash = random.pick(&hashes).as_str();
            let confidence = share(&mut random);
            let (locations, outliers) = (small(&mut random, 5000), small(&mut random, 30));
            let samples = truth.entry(hash).or_default();
            for (sample, value) in samples.iter_mut().zip([confidence, f64::from(locations), f64::from(outliers)]) {
                sample.0.push(value);
            }
            let event = signature().with("signatureHash", hash).with("confidence", confidence);
            events.push(event.with("locationCount", locations).with("outlierCount", outliers));
        }
        requests.push(request(batch_of(&events)));
    }
    // Twice: the repeats change no mean.
    for requests in [&requests, &requests] {
        for answer in race(&server, 4, requests) {
            assert_json("a batch", &answer, 200, &processed(40));
        }
    }
    let found = rows(&home, "SELECT * FROM pattern_signatures");
    assert_eq!(found.len(), HASHES);
    for row in found {
        let samples = &truth[row["signature_hash"].as_str().unwrap()];
        assert_eq!(row["occurrence_count"], samples[0].0.len(), "{row}");
        for (column, sample) in ["avg_confidence", "avg_location_count", "avg_outlier_count"].iter().zip(samples) {
            assert!(is_mean(&row[*column], sample.mean()), "{column}: {row}, not {}", sample.mean());
        }
    }
}

#[test]
fn decisions_fall_into_buckets_of_confidence() {
    let home = Home::new();
    let server = home.serve();
    let cases = [
        ("low", &["0", "0.0", "0.25", "0.49", "0.499999999"][..]),
        ("medium", &["0.5", "5e-1", "0.500000001", "0.65", "0.79", "0.799999999"]),
        ("high", &["0.8", "0.80", "0.800000001", "0.92", "1", "1.0"]),
    ];
    for (bucket, values) in cases {
        for value in values {
            // A category of its own tells the bucket of a single event.
            let category = format!("{bucket}-{value}");
            let event = action().with("category", category.as_str()).with_raw("confidenceAtAction", value);
            accepts(&server, &category, &[event]);
            let sql = format!("SELECT confidence_bucket, count FROM action_aggregates WHERE category = '{category}'");
            assert_eq!(rows(&home, &sql), [json!({"confidence_bucket": bucket, "count": 1})], "{value}");
        }
    }
}

#[test]
fn the_means_of_decisions_are_those_of_their_events() {
    let home = Home::new();
    let server = home.serve();
    let mut random = Random::from_seed(80);
    let mut truth: BTreeMap<[&str; 3], Sample> = BTreeMap::new();
    let mut requests: Vec<Request> = Vec::new();
    for _ in 0..16 {
        let mut events = Vec::new();
        for _ in 0..50 {
            let category = *random.pick(&["api", "auth", "data-access"]);
            let decision = *random.pick(&["approve", "ignore", "create_variant", "dismiss_outlier"]);
            let confidence = share(&mut random);
            let bucket = if confidence < 0.5 {
                "low"
            } else if confidence < 0.8 {
                "medium"
            } else {
                "high"
            };
            let hours = small(&mut random, 3000);
            truth.entry([category, decision, bucket]).or_default().0.push(f64::from(hours));
            let event = action().with("category", category).with("action", decision);
            let event = event.with("confidenceAtAction", confidence).with("hoursSinceDiscovery", hours);
            events.push(event.with("isBulkAction", random.below(2) == 0));
        }
        requests.push(request(batch_of(&events)));
    }
    for requests in [&requests, &requests] {
        for answer in race(&server, 4, requests) {
            assert_json("a batch", &answer, 200, &processed(50));
        }
    }
    let found = rows(&home, "SELECT * FROM action_aggregates");
    assert_eq!((found.len(), truth.len()), (36, 36), "three categories, four actions, three buckets");
    for row in found {
        let key = ["category", "action", "confidence_bucket"].map(|column| row[column].as_str().unwrap());
        let sample = &truth[&key];
        assert_eq!(row["count"], sample.0.len(), "{row}");
        assert!(is_mean(&row["avg_hours_to_decision"], sample.mean()), "{row}, not {}", sample.mean());
    }
}

#[test]
fn other_events_touch_neither_signatures_nor_decisions() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "others", &[aggregate(), scan(), bare("parse_timing"), bare("other")]);
    let refused = [signature().with("locationCount", -1).json(), action().with("action", "x").json()];
    let (count, _) = told("refused", &post(&server, batch(&refused)));
    assert_eq!(count, 0);
    for table in ["pattern_signatures", "action_aggregates"] {
        assert_eq!(number(&home, &format!("SELECT COUNT(*) AS n FROM {table}")), 0, "{table}");
    }
}
