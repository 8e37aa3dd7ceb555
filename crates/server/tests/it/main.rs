//! Black-box tests of `askfirst`: the built binary, over HTTP, on real files.
//!
//! Every test starts its own server on a free port, with its data in a temporary directory. What a test knows of the
//! server it knows from outside: the answers, the exit code, standard error, and the database file through its views.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on stops where it stands")]
#![expect(clippy::disallowed_methods, reason = "a test from outside waits for a real process, by the real clock")]

mod addresses;
mod alerts;
mod ask;
mod backup;
mod baofeng;
mod cli;
mod crash;
mod dashboard;
mod domscribe;
mod drift;
mod edge;
mod export;
mod harness;
mod hostile;
mod import;
mod installs;
mod limits;
mod live;
mod load_test;
mod native;
mod newcomer;
mod openapi;
mod pages;
mod sql;
mod tokens;
mod undeclared;
mod voicemode;
