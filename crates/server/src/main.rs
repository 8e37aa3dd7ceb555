//! `askfirst`: the command line.

mod alert;
mod args;
mod client_address;
mod clock;
mod commands;
mod config;
mod data_dir;
mod demo;
mod failure;
mod http;
mod import;
mod metrics;
mod partial;
mod progress;
mod schedule;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Alert(arguments) => commands::alert::run(&arguments),
        Command::Serve(arguments) => commands::serve::run(arguments),
        Command::Ask(arguments) => commands::ask::run(arguments),
        Command::Query(arguments) => commands::query::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Backup(arguments) => commands::backup::run(&arguments),
        Command::Restore(arguments) => commands::restore::run(&arguments),
        Command::Parity(arguments) => commands::parity::run(&arguments),
        Command::Import(arguments) => commands::import::run(&arguments),
        Command::Forget(arguments) => commands::forget::run(&arguments),
        Command::LoadTest(arguments) => commands::load_test::run(&arguments),
        Command::Stats(arguments) => commands::stats::run(&arguments),
        Command::Contract(arguments) => commands::contract::run(arguments),
        Command::Tail(arguments) => commands::tail::run(&arguments),
        Command::Token(arguments) => commands::token::run(arguments),
        Command::Demo(arguments) => commands::demo::run(&arguments),
        Command::Edge(arguments) => commands::edge::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
