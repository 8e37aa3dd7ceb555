//! From a request to its reply: which app, which wire, which ledger.

use askfirst_contract::Contract;

use crate::ledger::Ledger;
use crate::request::{Reply, Request};
use crate::secret::Secret;
use crate::token::Scope;
use crate::undeclared::Undeclared;
use crate::wire::{self, Asked, Wire, installs, reads};

/// An app that is served.
#[derive(Debug)]
pub struct App<L> {
    /// What may be collected.
    pub contract: Contract,
    /// Its hash, [`Contract::hash`], which every native answer tells.
    pub contract_hash: String,
    /// What its clients speak.
    pub wire: Wire,
    /// The path in front of the wire's own paths: empty, or `/` and more without a `/` at the end.
    pub base_path: String,
    /// The host name whose every path is this app's, in lower case and without a port.
    pub host: Option<String>,
    /// What the operator configures for its wire.
    pub secrets: Secrets,
    /// Who asked for the rights of installs.
    pub asked: Asked,
    /// What its clients send and nobody declared.
    pub undeclared: Undeclared,
    /// Where its events are.
    pub ledger: L,
}

/// Tokens and keys of the released wires.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Lets an operator read the latest errors of baofeng and set its baseline.
    pub admin_token: Option<Secret>,
    /// Signs what is sent to baofeng; where it is set, nothing unsigned is taken.
    pub signing_secret: Option<Secret>,
    /// Lets an operator read domscribe's weekly counts.
    pub read_token: Option<Secret>,
}

/// All apps of a host.
#[derive(Debug)]
pub struct Service<L> {
    /// Asked in this order whose path a request's is.
    pub apps: Vec<App<L>>,
}

/// Where a request goes.
#[derive(Debug)]
pub struct Route<'s, 'p, L> {
    /// `None` where there is no such app.
    app: Option<&'s App<L>>,
    /// The path behind what led to the app.
    path: &'p str,
    /// Whether it came by the native API's own path.
    by_api: bool,
    /// Whether the path says which app.
    names_app: bool,
}

impl<L: Ledger> Service<L> {
    /// Finds out where a request goes: by the native API's path, by `/a/{app}`, by host name, or by the paths that are
    /// an app's at the root.
    #[must_use]
    pub fn route<'p>(&self, path: &'p str, host: Option<&str>) -> Route<'_, 'p, L> {
        if let Some(rest) = path.strip_prefix("/api/v1/") {
            let (id, path) = split_app(rest);
            return Route { app: self.app(id), path, by_api: true, names_app: true };
        }
        if let Some(rest) = path.strip_prefix("/a/") {
            let (id, path) = split_app(rest);
            return Route { app: self.app(id), path, by_api: false, names_app: true };
        }
        let is_named = |app: &&App<L>| app.host.as_deref().zip(host).is_some_and(|(name, host)| is_host(host, name));
        let named = self.apps.iter().find(is_named);
        let (app, path) = match named {
            Some(app) => (Some(app), path.strip_prefix(app.base_path.as_str()).unwrap_or(path)),
            None => self.at_root(path),
        };
        Route { app, path, by_api: false, names_app: false }
    }

    fn app(&self, id: &str) -> Option<&App<L>> {
        self.apps.iter().find(|app| app.contract.app.id == id)
    }

    /// The app a path belongs to, and the rest of the path behind its base path.
    fn at_root<'p>(&self, path: &'p str) -> (Option<&App<L>>, &'p str) {
        let based = self.apps.iter().filter(|app| !app.base_path.is_empty()).find_map(|app| {
            let rest = path.strip_prefix(app.base_path.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((Some(app), rest))
        });
        based.unwrap_or_else(|| {
            let is_at_root = |app: &&App<L>| app.base_path.is_empty() && app.wire != Wire::Native;
            let at_root = || self.apps.iter().filter(is_at_root);
            // The wires disagree about paths that nobody knows: those are the only app's, or the first one's.
            let others = if at_root().count() == 1 { at_root().next() } else { self.apps.first().filter(is_at_root) };
            (at_root().find(|app| app.wire.knows(path)).or(others), path)
        })
    }
}

impl<L: Ledger> Route<'_, '_, L> {
    /// The longest body a host reads for this request, in bytes; it answers a longer one with
    /// [`crate::Body::TooLarge`]. `None` where no body is wanted.
    #[must_use]
    pub fn body_limit(&self, method: &str) -> Option<u64> {
        let app = self.app?;
        self.wire(app).takes_body(method, self.path).then_some(app.contract.policy.max_body.0)
    }

    /// Whether the native wire answers: it takes compressed bodies, and has an answer where a body never came to an end.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.app.is_some_and(|app| self.wire(app) == Wire::Native)
    }

    /// What a token must be for to make a difference to this request; `None` where none does.
    #[must_use]
    pub fn needs(&self, method: &str) -> Option<Scope> {
        if self.is_read() {
            return reads::needs(method);
        }
        self.is_of_install().then_some(installs::SCOPE)
    }

    /// The app whose ledger is followed in the body of the reply, where that has status 200: what happens, as
    /// server-sent events. The host does that.
    #[must_use]
    pub fn live(&self, method: &str) -> Option<&App<L>> {
        self.app.filter(|_| self.is_read() && reads::is_live(method, self.path))
    }

    /// The reply where the host follows as many ledgers already as it can ([`Route::live`]).
    #[must_use]
    pub fn too_many_streams(app: &App<L>) -> Reply {
        reads::too_many_streams(app)
    }

    /// Handles a request; the reply may be sent as soon as this returns.
    pub async fn handle(&self, request: &Request<'_>) -> Reply {
        let request = Request { path: self.path, ..*request };
        match self.app {
            Some(app) if self.is_read() => reads::handle(app, &request).await,
            Some(app) if self.is_of_install() => installs::handle(app, &request).await,
            Some(app) => self.wire(app).handle(app, &request).await,
            None if self.names_app => wire::unknown_app(),
            None => Reply::new(404, "Not Found").plain_text(),
        }
    }

    /// Whether it is for operators to read. Those paths are below the native API's own path alone, where a proxy can
    /// keep the public from all of them.
    fn is_read(&self) -> bool {
        self.by_api && self.app.is_some() && reads::knows(self.path)
    }

    /// Whether it is for who holds the id of an install, below the native API's own path as well.
    fn is_of_install(&self) -> bool {
        self.by_api && self.app.is_some() && installs::knows(self.path)
    }

    fn wire(&self, app: &App<L>) -> Wire {
        if self.by_api { Wire::Native } else { app.wire }
    }
}

/// `drift/v1/events` to (`drift`, `/v1/events`).
fn split_app(path: &str) -> (&str, &str) {
    path.split_at(path.find('/').unwrap_or(path.len()))
}

/// Whether a `Host` header names this host, with any port.
fn is_host(header: &str, name: &str) -> bool {
    let without_port = header.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    without_port.map_or(header, |(name, _)| name).eq_ignore_ascii_case(name)
}
