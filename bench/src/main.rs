//! Compares askfirst with a server of the same framework that stores nothing, and with bare SQLite: same machine, same
//! load, same run.
//!
//! Their ratios are what storing durably costs, and what a server costs around it. See the README for how to read it and
//! where it misleads. The command `questions` measures how fast a large ledger answers, and what its questions cost
//! ingestion.

mod args;
mod asker;
mod askfirst;
mod clock;
mod contender;
mod data_dir;
mod demo;
mod failure;
mod figures;
mod interruption;
mod load;
mod no_op;
mod place;
mod proc_figures;
mod questions;
mod report;
mod run;
mod server_process;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let args = Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure::say(&format!("error: {failure}"));
            failure.exit_code()
        }
    }
}

fn start(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Some(Command::NoOp { listen }) => no_op::serve(*listen),
        Some(Command::Questions(args)) => interruption::unless_interrupted(questions::run(args)),
        None => interruption::unless_interrupted(run::run(args)),
    }
}
