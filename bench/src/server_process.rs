//! A server as a child process: started, listened to, stopped.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};

use crate::clock;
use crate::failure::Failure;

/// Opening a fresh database takes milliseconds; this is for a machine that is busy with something else.
const TIME_TO_START: Duration = Duration::from_secs(30);

/// A server drains its requests and checkpoints its database before it ends.
const TIME_TO_STOP: Duration = Duration::from_mins(1);

/// How long a broken server gets to end and say why.
const TIME_TO_EXPLAIN: Duration = Duration::from_secs(1);

const LINES_KEPT: usize = 20;

/// How often the lines are looked at where one is waited for.
const LOOK: Duration = Duration::from_millis(10);

/// A running server. It is killed when this is dropped, so that no way out of a run leaves one behind.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    name: &'static str,
    child: Child,
    pid: u32,
    address: SocketAddr,
    /// From before the start to the line that tells the address.
    started_in: Duration,
    last_lines: LastLines,
}

impl ServerProcess {
    /// Starts a server and waits until its standard error names `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    ///
    /// When it can't be started, ends before it listens, or doesn't listen in time.
    pub(crate) async fn start(name: &'static str, mut command: Command) -> Result<Self, Failure> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let cannot = |error: String| Failure::CannotMeasure(format!("{name}: {}: {error}", program.display()));
        let spawned = clock::instant();
        let mut child = command.spawn().map_err(|error| cannot(error.to_string()))?;
        let (Some(pid), Some(stderr)) = (child.id(), child.stderr.take()) else {
            return Err(cannot("ended at once".to_owned()));
        };
        let mut stderr = BufReader::new(stderr);
        let last_lines = LastLines::default();
        let address = tokio::time::timeout(TIME_TO_START, address_of(&mut stderr, &last_lines)).await;
        let started_in = spawned.elapsed();
        let mut server = Self { name, child, pid, address: (Ipv4Addr::LOCALHOST, 0).into(), started_in, last_lines };
        server.address = match address {
            Ok(Some(address)) => address,
            Ok(None) => return Err(server.explain("ended before it listened").await),
            Err(_) => return Err(server.explain("did not say where it listens").await),
        };
        // A full pipe would stop the server.
        tokio::spawn(drain(stderr, server.last_lines.clone()));
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it took until it said where it listens.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Waits until one of the last lines has all of these texts.
    ///
    /// # Errors
    ///
    /// When there is none in time.
    pub(crate) async fn line_with(&mut self, texts: &[&str], time: Duration) -> Result<(), Failure> {
        let lines = self.last_lines.clone();
        let line = async {
            loop {
                if lines.have(texts) {
                    return;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        match tokio::time::timeout(time, line).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.explain(&format!("did not say {} in time", texts.join(" and "))).await),
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its name in the report.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// An error that carries what the server said last and how it ended, if it did.
    pub(crate) async fn explain(&mut self, problem: &str) -> Failure {
        let state = match tokio::time::timeout(TIME_TO_EXPLAIN, self.child.wait()).await {
            Ok(Ok(status)) => format!("it ended with {status}"),
            _ => "it still runs".to_owned(),
        };
        let lines = self.last_lines.text();
        let lines =
            if lines.is_empty() { " and said nothing".to_owned() } else { format!("; its last lines:\n{lines}") };
        Failure::CannotMeasure(format!("{}: {problem}; {state}{lines}", self.name))
    }

    /// Asks the server to end, with SIGTERM, and waits until it did.
    ///
    /// # Errors
    ///
    /// When it doesn't end in time.
    pub(crate) async fn stop(&mut self) -> Result<ExitStatus, Failure> {
        // The standard library can only kill, and a system call of our own would be unsafe code.
        let asked = Command::new("kill").arg("-TERM").arg(self.pid.to_string()).status().await;
        if !asked.is_ok_and(|status| status.success()) {
            return Err(self.explain("could not be asked to stop with kill(1)").await);
        }
        match tokio::time::timeout(TIME_TO_STOP, self.child.wait()).await {
            Ok(Ok(status)) => Ok(status),
            _ => Err(self.explain("did not stop when asked").await),
        }
    }
}

/// The last lines of a server's standard error, for error messages.
#[derive(Clone, Debug, Default)]
struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES_KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn have(&self, texts: &[&str]) -> bool {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().any(|line| texts.iter().all(|text| line.contains(text)))
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

/// Reads until a line names the address; `None` when the output ends before.
async fn address_of(stderr: &mut BufReader<ChildStderr>, last_lines: &LastLines) -> Option<SocketAddr> {
    while let Some(line) = next_line(stderr).await {
        let address = address_in(&line);
        last_lines.push(line);
        if address.is_some() {
            return address;
        }
    }
    None
}

async fn drain(mut stderr: BufReader<ChildStderr>, last_lines: LastLines) {
    while let Some(line) = next_line(&mut stderr).await {
        last_lines.push(line);
    }
}

/// The next line, whatever its bytes are.
async fn next_line(stderr: &mut BufReader<ChildStderr>) -> Option<String> {
    let mut line = Vec::new();
    match stderr.read_until(b'\n', &mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&line).trim_end().to_owned()),
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let port: u16 = rest[..digits].parse().ok()?;
    Some((Ipv4Addr::LOCALHOST, port).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_line_for_people() {
        let port = |line| address_in(line).map(|address| address.port());
        assert_eq!(port("INFO listening on http://127.0.0.1:4318/, data in ./data"), Some(4318));
        assert_eq!(port("\u{1b}[32mhttp://127.0.0.1:80\u{1b}[0m"), Some(80));
        assert_eq!(port("http://127.0.0.1:99999"), None);
        assert_eq!(port("listening on 127.0.0.1:4318"), None);
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let lines = LastLines::default();
        for number in 0..=LINES_KEPT {
            lines.push(number.to_string());
        }
        assert!(lines.text().starts_with("  1\n") && lines.text().ends_with("\n  20"));
        assert!(lines.have(&["1", "9"]));
        assert!(!lines.have(&["1", "9", "0"]), "not on one line");
        assert!(!lines.have(&["21"]));
    }
}
