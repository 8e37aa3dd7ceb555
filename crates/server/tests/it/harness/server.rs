//! A directory to run in, and the server started, stopped and killed there.

use std::io::{self, PipeReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Answer, Connection, PATIENCE, Report, Request, eventually};

/// The apps that come with the program.
const APPS: [&str; 4] = ["voicemode", "drift", "baofeng", "domscribe"];

/// A temporary directory: the working directory of the commands, holding `data` and perhaps `askfirst.toml`.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn with_config(config: &str) -> Self {
        let home = Self::new();
        home.write("askfirst.toml", config);
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.database_of("voicemode")
    }

    pub(crate) fn database_of(&self, app: &str) -> PathBuf {
        self.path(&format!("data/{app}.db"))
    }

    /// The built binary, here, with no setting from the environment of the test.
    pub(crate) fn askfirst(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_askfirst"));
        command.args(arguments).current_dir(self.0.path());
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("ASKFIRST_")) {
            command.env_remove(name);
        }
        command
    }

    /// `serve` on a free port, behind a proxy at 127.0.0.1, so that a test can come from any address.
    pub(crate) fn serve_command(&self) -> Command {
        let fixed = ["serve", "--listen", "127.0.0.1:0", "--data", "data", "--trusted-proxy", "127.0.0.1/32"];
        self.askfirst(&fixed)
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(self.serve_command())
    }

    /// `serve` with variables in its environment.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.serve_command();
        command.envs(variables.iter().copied());
        Server::start(command)
    }

    /// `serve` with one app and none of the others, so that every path is that app's.
    pub(crate) fn serve_only(&self, app: &str) -> Server {
        Server::start(self.serve_only_command(app))
    }

    pub(crate) fn serve_only_command(&self, app: &str) -> Command {
        let mut command = self.serve_command();
        for other in APPS.iter().filter(|other| **other != app) {
            command.env(format!("ASKFIRST_APP_{}_ENABLED", other.to_uppercase()), "false");
        }
        command
    }

    /// Runs a command that is expected to end by itself.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.askfirst(arguments))
    }

    /// Creates a token with `token create NAME ...`.
    #[track_caller]
    pub(crate) fn token(&self, arguments: &[&str]) -> String {
        let run = self.run(&[&["token", "create"], arguments, &["--data", "data"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.trim_end().to_owned()
    }

    /// Runs a command that is expected to end by itself, and that can't write more than 64 KiB to a file. To the command,
    /// it is a disk that is full: the limit is the shell's, and the signal that would tell of it is ignored.
    pub(crate) fn run_on_full_disk(&self, arguments: &[&str]) -> Run {
        let askfirst = self.askfirst(arguments);
        let mut shell = Command::new("bash");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]).arg(askfirst.get_program());
        shell.args(askfirst.get_args()).current_dir(self.0.path());
        for (name, _) in askfirst.get_envs() {
            shell.env_remove(name);
        }
        Run::of(shell)
    }

    /// Asks the ledger with `query ... --format json`.
    #[track_caller]
    pub(crate) fn query(&self, sql: &str) -> Vec<serde_json::Value> {
        self.query_of("voicemode", sql)
    }

    #[track_caller]
    pub(crate) fn query_of(&self, app: &str, sql: &str) -> Vec<serde_json::Value> {
        let run = self.run(&["query", app, sql, "--format", "json", "--data", "data"]);
        assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{sql}: {error} in {}", run.stdout))
    }

    #[track_caller]
    pub(crate) fn stats(&self) -> serde_json::Value {
        self.stats_of("voicemode")
    }

    #[track_caller]
    pub(crate) fn stats_of(&self, app: &str) -> serde_json::Value {
        let run = self.run(&["stats", app, "--json", "--data", "data"]);
        assert_eq!(run.code, Some(0), "stats: {}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {}", run.stdout))
    }
}

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (out, err) = (thread::spawn(|| read_all(out)), thread::spawn(|| read_all(err)));
        let ended = wait(&mut child);
        let _ = child.kill();
        let (stdout, stderr) = (out.join().unwrap(), err.join().unwrap());
        let status = ended.unwrap_or_else(|| panic!("{command:?} did not end: {stderr}"));
        Self { code: status.code(), stdout, stderr }
    }

    /// Checks that a command refused to start: exit code 2 and one clear line, which holds all the snippets.
    #[track_caller]
    pub(crate) fn assert_refused(&self, case: &str, snippets: &[&str]) {
        assert_eq!(self.code, Some(2), "{case}: {self:?}");
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{case}, one line: {}", self.stderr);
        let named = ["askfirst: ", "error: "].iter().any(|start| self.stderr.starts_with(start));
        assert!(named, "{case}, who speaks: {}", self.stderr);
        for snippet in snippets {
            assert!(self.stderr.contains(snippet), "{case}, names {snippet}: {}", self.stderr);
        }
        assert_eq!(self.stdout, "", "{case}: nothing on standard output");
    }
}

/// A server that ended: how, and all it wrote.
pub(crate) struct Stopped {
    pub(crate) status: ExitStatus,
    pub(crate) log: String,
}

/// A running server. It is killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the command and waits for it to tell where it listens.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let (output, input) = io::pipe().unwrap();
        command.stdin(Stdio::null()).stdout(input.try_clone().unwrap()).stderr(input);
        let mut child = command.spawn().unwrap();
        // The command holds the writing end; without it the reader sees the end when the child ends.
        drop(command);
        let log = Arc::new(Mutex::new(Vec::new()));
        let reader = thread::spawn({
            let log = Arc::clone(&log);
            move || collect(output, &log)
        });
        let address = eventually("the server's address", || {
            let ended = child.try_wait().unwrap();
            let told = text_of(&log);
            assert!(ended.is_none(), "the server ended with {ended:?}: {told}");
            announced(&told).ok_or(told)
        });
        Self { child, address, log, reader: Some(reader) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        text_of(&self.log)
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap_or_else(|error| panic!("{error}: {}", self.log()))
    }

    /// One exchange on a connection of its own.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.connect().exchange(request).unwrap_or_else(|error| panic!("no answer ({error}): {}", self.log()))
    }

    /// Posts a report from an address no other request has.
    #[track_caller]
    pub(crate) fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.send(&Request::report(body))
    }

    /// A connection with a report in flight: its head is sent, and the server has said that it reads the body.
    #[track_caller]
    pub(crate) fn begin(&self, report: &Report) -> Connection {
        let request = Request::report(report.json()).header("expect", "100-continue");
        let mut connection = self.connect();
        connection.write(request.head()).unwrap();
        assert_eq!(connection.read_head().unwrap().status, 100);
        connection
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&Request::new("GET", path))
    }

    /// The events of one outcome, summed over all its other labels in `/-/metrics`.
    #[track_caller]
    pub(crate) fn counted(&self, outcome: &str) -> f64 {
        let label = format!("outcome=\"{outcome}\"");
        let metrics = self.get("/-/metrics").text();
        let series = metrics.lines().filter(|line| line.starts_with("askfirst_events_total{"));
        let counts = series.filter(|line| line.contains(&label)).map(|line| line.rsplit(' ').next().unwrap());
        counts.map(|count| count.parse::<f64>().unwrap()).sum()
    }

    /// The bytes named so in the process's status, such as `VmHWM`: the most memory that was ever resident.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        memory_of(self.pid(), name).unwrap()
    }

    /// Asks it to end (SIGTERM).
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks it to read its settings and contracts again (SIGHUP), and waits until it tells what came of that.
    #[track_caller]
    pub(crate) fn reload(&self) {
        // Whole lines only: the rest of the last may be on its way.
        let told = |log: &str| {
            log.split_inclusive('\n')
                .filter(|line| line.ends_with('\n') && line.contains("contracts were read again"))
                .count()
        };
        let before = told(&self.log());
        self.signal("-HUP");
        eventually("the contracts to be read again", || {
            let log = self.log();
            if told(&log) > before { Ok(()) } else { Err(log) }
        });
    }

    fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for its end, which must come by itself.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Stopped {
        let status = wait(&mut self.child);
        let status = status.unwrap_or_else(|| panic!("the server did not end: {}", self.log()));
        Stopped { status, log: self.join_log() }
    }

    /// Ends it as an operator does, and checks that it ended well.
    #[track_caller]
    pub(crate) fn stop(self) -> Stopped {
        self.terminate();
        let stopped = self.wait();
        assert_eq!(stopped.status.code(), Some(0), "exit code after SIGTERM: {}", stopped.log);
        stopped
    }

    /// Ends it as a power cut does (SIGKILL).
    pub(crate) fn kill(mut self) -> Stopped {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        Stopped { status, log: self.join_log() }
    }

    fn join_log(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        text_of(&self.log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal, such as `-TERM`, to a process.
#[track_caller]
pub(crate) fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
    assert!(sent.success(), "kill {signal}: {sent}");
}

/// The bytes named so in a process's status; `None` once it has ended.
pub(crate) fn memory_of(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(1024 * line.split_whitespace().nth(1)?.parse::<u64>().ok()?)
}

/// Waits for the end of a process, as long as a test has patience.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(2));
    }
    None
}

fn collect(mut output: PipeReader, log: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = output.read(&mut buffer) {
        log.lock().unwrap().write_all(&buffer[..count]).unwrap();
    }
}

fn text_of(log: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&log.lock().unwrap()).into_owned()
}

/// The address after the first `http://` of the start-up message, once something follows it.
fn announced(log: &str) -> Option<SocketAddr> {
    let rest = log.split_once("http://")?.1;
    let end = rest.find(|letter: char| !matches!(letter, '0'..='9' | '.' | ':'))?;
    rest[..end].trim_end_matches(['.', ':']).parse().ok()
}

fn read_all(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
