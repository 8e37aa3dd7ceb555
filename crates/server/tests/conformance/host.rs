//! The hosts: the built server, and the Worker in workerd.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::harness::{Answer, Connection, Home, Request, Server, signal};
use crate::scenario::{folder, repository};

type Settings = BTreeMap<String, String>;

/// A host of one app, with an empty ledger. It ends when it is dropped.
pub(crate) struct Host {
    pub(crate) name: &'static str,
    address: SocketAddr,
    _running: Running,
}

#[expect(dead_code, reason = "held until they are dropped")]
enum Running {
    Server(Server, Home),
    Worker(Worker),
}

impl Host {
    /// The built server.
    #[track_caller]
    pub(crate) fn server(app: &str, settings: &Settings) -> Self {
        let home = Home::new();
        let mut command = home.serve_only_command(app);
        command.envs(settings);
        if let Some(contract) = contract_of(app) {
            command.arg("--contracts").arg(contract.parent().unwrap());
        }
        let server = Server::start(command);
        Self { name: "server", address: server.address(), _running: Running::Server(server, home) }
    }

    /// The Worker, as `scripts/edge-dev` builds and serves it.
    #[track_caller]
    pub(crate) fn worker(app: &str, settings: &Settings) -> Self {
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = unused.unwrap();
        let mut command = Command::new(repository().join("scripts/edge-dev"));
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("ASKFIRST_")) {
            command.env_remove(name);
        }
        let contract = contract_of(app).map_or_else(|| app.into(), PathBuf::into_os_string);
        command.arg(contract).arg(address.port().to_string()).envs(settings);
        Self { name: "worker", address, _running: Running::Worker(Worker::start(command)) }
    }

    /// One exchange on a connection of its own.
    pub(crate) fn send(&self, request: &Request) -> io::Result<Answer> {
        Connection::open(self.address)?.exchange(request)
    }
}

/// The contract of an app that does not come with the program.
fn contract_of(app: &str) -> Option<PathBuf> {
    let contract = folder().join("contracts").join(app).with_extension("toml");
    contract.exists().then_some(contract)
}

struct Worker(Child);

impl Worker {
    /// Waits until it says that it answers. That has no deadline: it may be compiled first.
    #[track_caller]
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let worker = Self(child);
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "scripts/edge-dev ended before it was ready");
        }
        // What nobody reads would fill the pipe.
        thread::spawn(move || output.read_to_end(&mut Vec::new()));
        worker
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        signal(self.0.id(), "-TERM");
        let _ = self.0.wait();
    }
}
