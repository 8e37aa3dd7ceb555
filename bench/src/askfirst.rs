//! What this program knows of the askfirst binary: its commands and its metrics.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use askfirst_contract::Timestamp;
use askfirst_load::Request;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::failure::Failure;

/// Questions that are not answered from memory may have gigabytes to read.
const TIME_TO_ANSWER: Duration = Duration::from_mins(1);

/// An askfirst with the folder of its data, and that of the contracts it has beside its own.
#[derive(Clone, Debug)]
pub(crate) struct Askfirst {
    binary: PathBuf,
    data: PathBuf,
    contracts: PathBuf,
}

/// How many transactions a server committed for an app, and how many events it stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    commits: f64,
    events: f64,
}

impl Askfirst {
    /// Nothing started yet.
    pub(crate) fn new(binary: &Path, data: &Path, contracts: &Path) -> Self {
        let [binary, data, contracts] = [binary, data, contracts].map(Path::to_owned);
        Self { binary, data, contracts }
    }

    /// `askfirst serve` as it would run behind a proxy, on a free port.
    pub(crate) fn serve(&self) -> Command {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1/32"]);
        // A batch of 1,000 is to be had.
        command.env("ASKFIRST_APP_DRIFT_MAX_BATCH", Request::MAX_RAISED.to_string());
        command
    }

    /// The same that keeps the demo's events for so many hours.
    pub(crate) fn serve_with_retention(&self, hours: i64) -> Command {
        let mut command = self.serve();
        command.env("ASKFIRST_APP_DEMO_RETENTION", format!("{hours}h"));
        command
    }

    /// Creates a token that may read an app.
    ///
    /// # Errors
    ///
    /// When there is none then.
    pub(crate) async fn token(&self, app: &str) -> Result<String, Failure> {
        let cannot = |problem: &str| Failure::CannotMeasure(format!("askfirst token create: {problem}"));
        let output = self.command(&["token", "create", "askfirst-bench", "--app", app]).output().await;
        let output = output.map_err(|error| cannot(&error.to_string()))?;
        if !output.status.success() {
            return Err(cannot(String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// How many events of an app it stored, received at this time or later.
    ///
    /// # Errors
    ///
    /// A text that says why there is no such number.
    pub(crate) async fn stored(&self, app: &str, since: Timestamp) -> Result<u64, String> {
        // A sequence is the receipt in milliseconds times 1024, plus a number.
        let query = format!("SELECT count(*) AS events FROM event WHERE seq >= {} * 1024", since.0);
        let row = self.first_row(app, &query).await?;
        row["events"].as_u64().ok_or_else(|| "askfirst query has no whole number `events`".to_owned())
    }

    /// Asks the binary, and gives the first row of its answer.
    ///
    /// # Errors
    ///
    /// A text that says why there is none.
    pub(crate) async fn first_row(&self, app: &str, query: &str) -> Result<Value, String> {
        let output = self.command(&["query", app, query, "--json"]).output().await;
        let output = output.map_err(|error| format!("askfirst query: {error}"))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(format!("askfirst query ended with {}: {}", output.status, stderr.trim()));
        }
        let mut rows: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("askfirst query is no JSON: {error}"))?;
        rows.get_mut(0).map(Value::take).ok_or_else(|| "askfirst query has no row".to_owned())
    }

    /// The file of an app's ledger.
    pub(crate) fn ledger(&self, app: &str) -> PathBuf {
        self.data.join(format!("{app}.db"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.binary);
        command.args(arguments).arg("--data").arg(&self.data).arg("--contracts").arg(&self.contracts);
        command.kill_on_drop(true);
        command
    }
}

impl Work {
    /// How many events were stored with one commit on average, since it had done so much.
    pub(crate) fn events_per_commit(self, since: Self) -> Option<f64> {
        let (commits, events) = (self.commits - since.commits, self.events - since.events);
        (commits > 0.0 && events > 0.0).then(|| events / commits)
    }
}

/// The named binary, or the one that cargo put beside this executable.
///
/// # Errors
///
/// When there is none, with the command that builds it.
pub(crate) fn find(named: Option<&Path>, executable: &Path) -> Result<PathBuf, Failure> {
    let beside = || executable.with_file_name(format!("askfirst{}", std::env::consts::EXE_SUFFIX));
    let binary = named.map_or_else(beside, Path::to_owned);
    if binary.is_file() {
        // A bare name would be searched in the PATH, which may hold another one.
        return Ok(std::path::absolute(&binary).unwrap_or(binary));
    }
    Err(Failure::CannotMeasure(format!(
        "there is no askfirst at {}; build it with\n  cargo build --release\nor name another with --askfirst PATH",
        binary.display()
    )))
}

/// Makes a ledger of so many events of a tool that does not exist; people see how far it is.
///
/// # Errors
///
/// When there is none then.
pub(crate) async fn demo(binary: &Path, events: &str, data: &Path) -> Result<(), Failure> {
    let mut command = command(binary);
    command
        .args(["demo", "--no-serve", "--events", events, "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let problem = match command.status().await {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("ended with {status}"),
        Err(error) => error.to_string(),
    };
    Err(Failure::CannotMeasure(format!("askfirst demo: {problem}")))
}

/// Asks a server a question about an app, over a connection of its own; gives the answer.
///
/// # Errors
///
/// When there is none, or one that is no success.
pub(crate) async fn ask(server: SocketAddr, app: &str, question: &str, token: &str) -> Result<String, Failure> {
    let told = |problem: &str| format!("askfirst was asked {question}: {problem}");
    let none = |problem: &str| Failure::CannotMeasure(told(problem));
    let path = format!("/api/v1/{app}/{question}");
    let head = format!("Authorization: Bearer {token}\r\n");
    let answer = tokio::time::timeout(TIME_TO_ANSWER, get(server, &path, &head)).await;
    let answer = answer.map_err(|_| none(&format!("no answer within {} seconds", TIME_TO_ANSWER.as_secs())))?;
    let answer = answer.map_err(|error| none(&error.to_string()))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| none("the answer was cut off"))?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(Failure::BadResult(told(&format!("{status}: {body}"))));
    }
    Ok(body.to_owned())
}

/// What a server did so far for an app; not every build of it counts.
pub(crate) async fn work(server: SocketAddr, app: &str) -> Option<Work> {
    let metrics = tokio::time::timeout(Duration::from_secs(5), get(server, "/-/metrics", "")).await.ok()?.ok()?;
    let app = format!("app=\"{app}\"");
    let commits = sum(&metrics, "askfirst_commits_total", &[&app]);
    let events = sum(&metrics, "askfirst_events_total", &[&app, r#"outcome="accepted""#]);
    Some(Work { commits, events })
}

/// A command whose settings are its arguments alone.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ASKFIRST_") {
            command.env_remove(name);
        }
    }
    command
}

/// Gets a path with further lines in the head; gives head and body of the answer.
async fn get(server: SocketAddr, path: &str, head: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{head}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Adds up all samples of a metric that have these labels.
fn sum(metrics: &str, name: &str, wanted: &[&str]) -> f64 {
    let sample = |line: &str| {
        let (labels, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
        let of_this_metric = labels.is_empty() || labels.starts_with('{');
        let wanted = of_this_metric && wanted.iter().all(|label| labels.contains(label));
        if wanted { value.trim().parse::<f64>().ok() } else { None }
    };
    metrics.lines().filter_map(sample).sum()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn samples_of_one_metric_are_added_up() {
        let metrics = "# TYPE askfirst_events counter\r\n\
                       askfirst_events_total{app=\"a\",outcome=\"accepted\",reason=\"\"} 40\n\
                       askfirst_events_total{app=\"b\",outcome=\"accepted\",reason=\"\"} 2\n\
                       askfirst_events_total{app=\"a\",outcome=\"refused\",reason=\"limit\"} 7\n\
                       askfirst_events_total_ever{outcome=\"accepted\"} 1000\n\
                       askfirst_commits_total 6\n";
        let sum = |name, wanted: &[&str]| sum(metrics, name, wanted);
        assert!((sum("askfirst_events_total", &["outcome=\"accepted\""]) - 42.0).abs() < 1e-9);
        assert!((sum("askfirst_events_total", &["app=\"b\"", "outcome=\"accepted\""]) - 2.0).abs() < 1e-9);
        assert!((sum("askfirst_commits_total", &[]) - 6.0).abs() < 1e-9);
        assert!(sum("askfirst_absent_total", &[]).abs() < 1e-9);
    }

    /// What comes of a question that is answered with these bytes.
    async fn asked(answer: &'static str) -> Result<String, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request[..length].to_vec()).unwrap()
        };
        let (request, answer) = tokio::join!(serve, ask(address, "demo", "stats", "secret"));
        assert!(request.starts_with("GET /api/v1/demo/stats HTTP/1.1\r\n"), "{request}");
        assert!(request.ends_with("\r\nAuthorization: Bearer secret\r\n\r\n"), "{request}");
        answer
    }

    #[tokio::test]
    async fn a_question_is_answered_refused_or_not_measured() {
        assert_eq!(asked("HTTP/1.1 200 OK\r\na: b\r\n\r\n{}").await.unwrap(), "{}");
        let refused = asked("HTTP/1.1 401 Unauthorized\r\n\r\nno token").await.unwrap_err();
        assert!(
            matches!(&refused, Failure::BadResult(text) if text.contains("401 Unauthorized: no token")),
            "{refused}"
        );
        let cut_off = asked("HTTP/1.1 200 OK\r\n").await.unwrap_err();
        assert!(matches!(&cut_off, Failure::CannotMeasure(text) if text.contains("stats")), "{cut_off}");
    }

    #[test]
    fn a_missing_binary_says_what_to_run() {
        let failure = find(None, Path::new("/nowhere/askfirst-bench")).unwrap_err();
        assert!(failure.to_string().contains("/nowhere/askfirst"));
        assert!(failure.to_string().contains("cargo build --release"));
    }
}
