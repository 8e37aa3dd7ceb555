//! `askfirst serve`

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use askfirst_core::wire::Wire;
use askfirst_core::{App, Service};
use askfirst_sqlite::SqliteLedger;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::reload;
use crate::alert::Alerts;
use crate::args::ServeArguments;
use crate::client_address::ClientAddress;
use crate::config::{AppSettings, Settings};
use crate::failure::Failure;
use crate::http::live::Streams;
use crate::http::tokens::Tokens;
use crate::{alert, clock, data_dir, http, schedule, signals};

/// The apps being served; replaced as a whole when contracts are read again.
pub(crate) struct Served(RwLock<Apps>);

/// The apps as they are at some time. Requests hold those that they began with.
type Apps = Arc<Service<Arc<SqliteLedger>>>;

impl Served {
    /// The apps as they are now.
    pub(crate) fn now(&self) -> Apps {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves others from now on, and gives those before.
    pub(super) fn replace(&self, apps: Apps) -> Apps {
        std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), apps)
    }
}

pub(crate) fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let settings = Settings::resolve(arguments.clone())?;
    let data = settings.data.clone();
    run_with(settings, move |served, alerts| reload::run(served, alerts, arguments, data))
}

/// Serves until a signal comes. What `beside` begins runs as long as that; it is given the apps, and where alerts that
/// were read again are sent.
pub(super) fn run_with<F: Future<Output = ()> + Send + 'static>(
    settings: Settings,
    beside: impl FnOnce(Arc<Served>, watch::Sender<Arc<Alerts>>) -> Result<F, Failure>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(runtime_threads())
        .enable_all()
        .build()
        .map_err(|error| Failure::not_right(format!("can't start: {error}")))?;
    runtime.block_on(serve(settings, beside))
}

/// Threads that speak HTTP: a processor is left to the writer of a ledger, which everybody waits for. Two processors with a
/// thread each and a writer beside them store less, and keep requests waiting longer.
fn runtime_threads() -> usize {
    thread::available_parallelism().map_or(1, |processors| processors.get().saturating_sub(1).max(1))
}

async fn serve<F: Future<Output = ()> + Send + 'static>(
    mut settings: Settings,
    beside: impl FnOnce(Arc<Served>, watch::Sender<Arc<Alerts>>) -> Result<F, Failure>,
) -> Result<(), Failure> {
    // Best effort: with fewer files, fewer connections are accepted at a time.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    start_log();
    let _lock = data_dir::lock(&settings.data)?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        Failure::not_right(format!(
            "can't listen on {}: {error}; choose another address or port with --listen",
            settings.listen
        ))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::not_right(format!("can't listen: {error}")))?;
    let tokens = open_tokens(settings.operator_path())?;
    let apps = std::mem::take(&mut settings.apps);
    let apps =
        apps.into_iter().filter(|app| app.enabled).map(|app| open(&settings, app)).collect::<Result<Vec<_>, _>>()?;
    let signal = signals::stop()?;
    let stop = async {
        signal.await;
        tracing::info!("stopping: requests under way are finished");
    };
    let service = Service { apps };
    let has_tokens = tokens.are_in_force().await.unwrap_or(true);
    tell(address, &settings, &service, has_tokens);
    let served = Arc::new(Served(RwLock::new(Arc::new(service))));

    let upkeep = tokio::spawn(schedule::run(Arc::clone(&served)));
    let (alerts, alerts_now) = watch::channel(Arc::new(settings.alerts));
    let alerting = tokio::spawn(alert::run::run(Arc::clone(&served), alerts_now, settings.data));
    let beside = tokio::spawn(beside(Arc::clone(&served), alerts)?);
    let client_address = ClientAddress::new(settings.trusted_proxies, settings.address_header);
    let context =
        Arc::new(http::Context { served: Arc::clone(&served), client_address, tokens, streams: Streams::default() });
    http::connections::serve(listener, context, stop).await;
    for task in [upkeep, alerting, beside] {
        task.abort();
        // Its end is awaited so that nothing else holds the ledgers.
        let _ = task.await;
    }
    close(&served).await;
    tracing::info!("stopped");
    Ok(())
}

fn open_tokens(path: PathBuf) -> Result<Tokens, Failure> {
    let shown = path.display().to_string();
    Tokens::open(path).map_err(|error| Failure::not_right(format!("can't open the server's own file {shown}: {error}")))
}

/// Opens an app's ledger.
pub(super) fn open(settings: &Settings, app: AppSettings) -> Result<App<Arc<SqliteLedger>>, Failure> {
    let path = settings.ledger_path(&app);
    let opened = SqliteLedger::open(askfirst_sqlite::Settings {
        path: path.clone(),
        contract: app.contract.clone(),
        tables: app.wire.tables(),
        now: clock::now(),
    });
    let ledger =
        opened.map_err(|error| Failure::not_right(format!("can't open the ledger {}: {error}", path.display())))?;
    Ok(app.with_ledger(Arc::new(ledger), clock::now()))
}

/// Commits what is queued and closes the files.
async fn close(served: &Served) {
    let service = served.replace(Arc::new(Service { apps: Vec::new() }));
    // A request that was cut off may still hold a ledger; it closes when it lets go.
    let closed = tokio::task::spawn_blocking(move || drop(service));
    if closed.await.is_err() {
        tracing::error!("a ledger was not closed in order; it recovers when it is opened again");
    }
}

/// Lines for people on a terminal, JSON for machines elsewhere.
fn start_log() {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO);
    if std::io::stderr().is_terminal() { log.with_target(false).init() } else { log.json().flatten_event(true).init() }
}

/// Where a browser on this machine finds the dashboard.
pub(super) fn dashboard(address: SocketAddr) -> String {
    // The dashboard believes no other names of this machine (`ClientAddress::is_this_machine`).
    let is_any = address.ip().is_unspecified();
    if is_any { format!("http://localhost:{}/-/", address.port()) } else { format!("http://{address}/-/") }
}

/// Tells what listens where, which apps there are, and where the data is.
#[expect(clippy::print_stderr, reason = "the start-up message is for people")]
fn tell(address: SocketAddr, settings: &Settings, service: &Service<Arc<SqliteLedger>>, has_tokens: bool) {
    let data = std::path::absolute(&settings.data).unwrap_or_else(|_| settings.data.clone());
    if !std::io::stderr().is_terminal() {
        let apps: Vec<_> = service.apps.iter().map(|app| app.contract.app.id.as_str()).collect();
        let url = format!("http://{address}");
        let dashboard = dashboard(address);
        tracing::info!(url, dashboard, data = %data.display(), apps = apps.join(", "), version = env!("CARGO_PKG_VERSION"), "listening");
        return;
    }
    eprintln!("askfirst {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    for app in &service.apps {
        let id = &app.contract.app.id;
        let base = match app.wire {
            Wire::Native => format!(" /api/v1/{id}/"),
            _ => format!(" {}/", app.base_path),
        };
        eprintln!("  {id:<12} {}", app.wire.endpoints().replace(" /", &base));
    }
    eprintln!("  dashboard    {}", dashboard(address));
    if !has_tokens {
        let place = settings.data.display();
        eprintln!("               from this machine only; for others: askfirst token create NAME --data {place}");
    }
    eprintln!("  the HTTP API http://{address}/api");
    eprintln!("  health       GET /healthz  GET /-/ready  GET /-/metrics");
    eprintln!("  data         {}", data.display());
    eprintln!("Ctrl-C stops it.");
}
