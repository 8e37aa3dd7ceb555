//! The command line: `serve` and its settings, `query`, `stats`, and how they end.

mod config;
mod contract;
mod demo;
mod operations;
mod query;
mod refusals;
mod shutdown;
mod stats;

use crate::harness::{Home, Report};

/// The path as an argument.
fn argument(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

/// A directory with a ledger of so many events and no server.
fn with_events(count: usize) -> Home {
    let home = Home::new();
    let server = home.serve();
    for _ in 0..count {
        let answer = server.post(Report::new().json());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    server.stop();
    home
}

#[test]
fn help_has_examples() {
    let home = Home::new();
    let cases: [(&[&str], &[&str]); 5] = [
        (&["--help"], &["askfirst serve", "query", "stats"]),
        (
            &["serve", "--help"],
            &["askfirst serve", "--listen", "127.0.0.1:8787", "--data", "--trusted-proxy", "--address-header"],
        ),
        (&["query", "--help"], &["askfirst query voicemode", "--format", "--data", "SELECT"]),
        (&["stats", "--help"], &["askfirst stats voicemode", "--json", "--data"]),
        (
            &["serve", "--help"],
            &[
                "ASKFIRST_LISTEN",
                "ASKFIRST_DATA",
                "ASKFIRST_CONFIG",
                "ASKFIRST_TRUSTED_PROXY",
                "ASKFIRST_ADDRESS_HEADER",
            ],
        ),
    ];
    for (arguments, snippets) in cases {
        let run = home.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(run.stdout.to_lowercase().contains("example"), "{arguments:?} has examples: {}", run.stdout);
        for snippet in snippets {
            assert!(run.stdout.contains(snippet), "{arguments:?} tells {snippet}: {}", run.stdout);
        }
    }
}

#[test]
fn the_version_is_told() {
    let run = Home::new().run(&["--version"]);
    let expected = format!("askfirst {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.starts_with(&expected), "{}", run.stdout);
}

#[test]
fn a_command_nobody_knows_is_refused() {
    let home = Home::new();
    for arguments in [
        &["sreve"][..],
        &["serve", "--lisen", "x"],
        &["query"],
        &["query", "voicemode"],
        &["serve", "--listen", "nonsense"],
        &["serve", "--trusted-proxy", "nonsense"],
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert_ne!(run.stderr, "", "{arguments:?}");
    }
}
