//! An import of the size at which somebody moves house.

use std::time::Instant;

use super::dump::Dialect;
use super::voicemode::{ACTIVE, INSTALLS, Maker, ROWS, write_dump};
use super::{Import, assert_same, rows_of};
use crate::harness::{Home, Run};

/// Runs a command for as long as it takes.
fn run_patiently(home: &Home, arguments: &[&str]) -> Run {
    let output = home.askfirst(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
#[ignore = "takes its time: cargo test --release -- --ignored a_million --nocapture"]
fn a_million_rows_are_imported_as_they_were() {
    const COUNT: usize = 1_000_000;
    let home = Home::new();
    let truth = write_dump(&home, "million.sql", Dialect::Wrangler, &mut Maker::new(4, 50_000), COUNT);
    let start = Instant::now();
    let run = run_patiently(&home, &["import", "voicemode", "million.sql", "--json", "--data", "data"]);
    let took = start.elapsed();
    Import::of(&run, "voicemode", "million.sql").assert_all_new(COUNT);
    let megabytes = std::fs::metadata(home.path("million.sql")).unwrap().len() / 1_000_000;
    println!("{COUNT} rows, {megabytes} MB: {took:.1?}");
    for (question, truth) in [ROWS, INSTALLS, ACTIVE].into_iter().zip(truth.answers()) {
        let answer = run_patiently(&home, &["query", "voicemode", question, "--format", "csv", "--data", "data"]);
        assert_same(question, &rows_of(&answer, question), &truth);
    }
}
