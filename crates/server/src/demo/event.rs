//! An event as the tool reports it: JSON that the contract's check reads like any other.

use std::fmt::Write as _;

use super::install::{Install, Runtime, uuid};
use super::population::Population;
use super::random::Random;
use super::receipts::{Kind, Receipt};
use super::release::Releases;

/// The commands of the tool: how often of 100, seconds of a usual run, and failures of 1,000.
const COMMANDS: [(u64, Command); 7] = [
    (34, Command { name: "build", seconds: 14, failures: 90 }),
    (26, Command { name: "test", seconds: 22, failures: 190 }),
    (14, Command { name: "run", seconds: 6, failures: 60 }),
    (13, Command { name: "check", seconds: 3, failures: 120 }),
    (5, Command { name: "add", seconds: 2, failures: 40 }),
    (5, Command { name: "deploy", seconds: 41, failures: 80 }),
    (3, Command { name: "clean", seconds: 1, failures: 8 }),
];
const TARGETS: [(u64, &str); 5] = [(61, "native"), (21, "wasm"), (8, "android"), (6, "ios"), (4, "embedded")];
const ERRORS: [(u64, &str); 8] = [
    (29, "network_timeout"),
    (24, "cache_locked"),
    (14, "out_of_memory"),
    (11, "lockfile_conflict"),
    (9, "plugin_panicked"),
    (6, "disk_full"),
    (5, "bad_manifest"),
    (2, "signal_lost"),
];
/// What the bad release ends with.
const SPIKE: &str = "path_too_long";
const TEMPLATES: [(u64, &str); 5] = [(38, "app"), (27, "library"), (18, "web"), (11, "service"), (6, "plugin")];
const LANGUAGES: [(u64, &str); 6] =
    [(30, "rust"), (26, "typescript"), (20, "python"), (12, "go"), (8, "swift"), (4, "zig")];
const TOPICS: [(u64, &str); 5] = [(30, "speed"), (25, "docs"), (22, "errors"), (15, "features"), (8, "other")];
const SCORES: [(u64, u8); 5] = [(6, 1), (7, 2), (16, 3), (41, 4), (30, 5)];

#[derive(Debug, Clone, Copy)]
struct Command {
    name: &'static str,
    seconds: u64,
    failures: u64,
}

impl Population {
    /// The JSON of what is received, in the place of what the text held.
    pub(crate) fn write(&self, receipt: &Receipt, out: &mut String) {
        out.clear();
        // Writing to memory has no error to give.
        let _ = self.try_write(receipt, out);
    }

    fn try_write(&self, receipt: &Receipt, out: &mut String) -> std::fmt::Result {
        let Receipt { day, number, .. } = *receipt;
        let install = self.install(receipt.install);
        let release = self.releases.of(&install, day);
        let name = [self.size.seed, super::EVENTS, install.number.into(), day.into(), number.into()];
        let mut random = Random::of(name);
        write!(
            out,
            r#"{{"event_id":"{}","install_id":"{}","occurred_at":"{}","app_version":"{}","platform":"{}","runtime":"{}","session":"{:08x}""#,
            uuid(&mut random),
            install.id(),
            receipt.occurred_at,
            self.releases.version(release),
            install.platform,
            install.runtime.name(),
            self.sitting(&install, day, Self::sitting_of(number)).0,
        )?;
        match receipt.kind {
            Kind::Installed => self.release_installed(&install, day, out)?,
            Kind::Broken => broken(&mut random, out)?,
            Kind::Undeclared => undeclared(&mut random, out)?,
            Kind::Used if self.crashes(&install, release, day, &mut random) => {
                let is_faulty = self.releases.is_faulty(release, &install, day);
                crash(is_faulty, &mut random, out)?;
            }
            Kind::Used => {
                let is_person = install.runtime == Runtime::Interactive;
                match random.below(1_000) {
                    0..12 if install.runtime != Runtime::Ci => project_created(&mut random, out)?,
                    12..14 if is_person => feedback_given(&mut random, out)?,
                    _ => self.command_run(day, release, &mut random, out)?,
                }
            }
        }
        out.write_char('}')
    }

    fn release_installed(&self, install: &Install, day: u16, out: &mut String) -> std::fmt::Result {
        write!(out, r#","type":"release_installed","method":"{}""#, install.method())?;
        if let Some(before) = install.day_before(day, &self.calendar) {
            write!(out, r#","from":"{}""#, self.releases.version(self.releases.of(install, before)))?;
        }
        Ok(())
    }

    fn crashes(&self, install: &Install, release: usize, day: u16, random: &mut Random) -> bool {
        random.chance(if self.releases.is_faulty(release, install, day) { 140 } else { 5 })
    }

    fn command_run(&self, day: u16, release: usize, random: &mut Random, out: &mut String) -> std::fmt::Result {
        let command = random.pick(&COMMANDS);
        let usual = command.seconds * 1_000;
        let spent = random.pick(&[(55, usual / 8..usual), (33, usual..usual * 3), (12, usual * 3..usual * 20)]);
        let spent = random.within(spent);
        let ok = !random.chance(command.failures);
        let (name, seconds, thousandths) = (command.name, spent / 1_000, spent % 1_000);
        write!(out, r#","type":"command_run","command":"{name}","ok":{ok},"seconds":{seconds}.{thousandths:03}"#)?;
        if matches!(name, "build" | "run" | "deploy") {
            write!(out, r#","target":"{}""#, random.pick(&TARGETS))?;
        }
        if Releases::tells_too_much(release) {
            out.write_str(r#","shell":"zsh""#)?;
        }
        // One of them is new and finds its users by and by.
        let remote = 10 + 220 * u64::from(day) / u64::from(self.size.days);
        let features =
            [("cache", 640), ("parallel", 310), ("watch", 120), ("remote", remote), ("sandbox", 70), ("plugins", 90)];
        let mut before = r#","features":{"#;
        for (feature, share) in features {
            if random.chance(share) {
                write!(out, r#"{before}"{feature}":{}"#, 1 + random.below(4) * random.below(4))?;
                before = ",";
            }
        }
        if before == "," { out.write_char('}') } else { Ok(()) }
    }
}

fn crash(is_faulty: bool, random: &mut Random, out: &mut String) -> std::fmt::Result {
    let error = if is_faulty { SPIKE } else { random.pick(&ERRORS) };
    let command = random.pick(&COMMANDS).name;
    write!(out, r#","type":"crash","error":"{error}","command":"{command}""#)?;
    if error == "out_of_memory" {
        write!(out, r#","memory":{{"peak_mb":{}}}"#, random.within(3_000..32_000))?;
    }
    Ok(())
}

fn project_created(random: &mut Random, out: &mut String) -> std::fmt::Result {
    let (template, first, second) = (random.pick(&TEMPLATES), random.pick(&LANGUAGES), random.pick(&LANGUAGES));
    write!(out, r#","type":"project_created","template":"{template}","languages":["{first}""#)?;
    if first != second {
        write!(out, r#","{second}""#)?;
    }
    out.write_char(']')
}

fn feedback_given(random: &mut Random, out: &mut String) -> std::fmt::Result {
    write!(out, r#","type":"feedback_given","score":{}"#, random.pick(&SCORES))?;
    if random.chance(700) { write!(out, r#","topic":"{}""#, random.pick(&TOPICS)) } else { Ok(()) }
}

/// What the contract drops, and what it does not know at all.
fn undeclared(random: &mut Random, out: &mut String) -> std::fmt::Result {
    let command = random.pick(&COMMANDS).name;
    let ran = format!(r#","type":"command_run","command":"{command}","ok":true,"seconds":1.5"#);
    match random.pick(&[(50, "cwd"), (25, "shell"), (25, "")]) {
        "cwd" => write!(out, r#"{ran},"cwd":"/home/ada/secret-project""#),
        "shell" => write!(out, r#"{ran},"shell":"zsh""#),
        _ => out.write_str(r#","type":"tip_shown","tip":7"#),
    }
}

/// A command that was run, told in a way that the contract does not let through.
fn broken(random: &mut Random, out: &mut String) -> std::fmt::Result {
    let command = random.pick(&COMMANDS).name;
    out.write_str(random.pick(&[
        (50, r#","ok":true,"seconds":2.5,"target":"riscv""#),
        (30, r#","ok":true,"seconds":-0.004"#),
        (20, r#","seconds":1.5"#),
    ]))?;
    write!(out, r#","type":"command_run","command":"{command}""#)
}
