//! DuckDB, which knows nothing of us: what it reads is what others will read.

use std::process::Command;

use serde_json::Value;

use crate::harness::Home;

/// Prints the rows of a question as JSON.
const SCRIPT: &str = "
import json, sys
try:
    import duckdb
except ImportError:
    sys.exit('the Python package duckdb is needed: run scripts/test, which installs it, or pip install duckdb')
print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))
";

/// Asks DuckDB, in the directory of the test. Times must be asked for as numbers or texts.
#[track_caller]
pub(super) fn ask(home: &Home, sql: &str) -> Vec<Value> {
    let output = Command::new("python3").args(["-c", SCRIPT, sql]).current_dir(home.path("")).output();
    let output = output.unwrap_or_else(|error| panic!("python3 is needed: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {told}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{sql}: {error}"))
}
