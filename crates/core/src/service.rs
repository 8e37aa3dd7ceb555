//! From a request to its reply: which app, which wire, which ledger.

use askfirst_contract::Contract;

use crate::ledger::{Batch, Ledger};
use crate::request::{Reply, Request};
use crate::wire::{Decoded, Wire};

/// An app that is served.
#[derive(Debug)]
pub struct App<L> {
    /// What may be collected.
    pub contract: Contract,
    /// What its clients speak.
    pub wire: Wire,
    /// The path in front of the wire's own paths: empty, or `/` and more without a `/` at the end.
    pub base_path: String,
    /// Where its events are.
    pub ledger: L,
}

/// All apps of a host.
#[derive(Debug)]
pub struct Service<L> {
    /// Asked in this order whose path a request's is.
    pub apps: Vec<App<L>>,
}

impl<L: Ledger> Service<L> {
    /// The longest body a host reads for this request, in bytes; it answers a longer one with
    /// [`crate::Body::TooLarge`]. `None` where no body is wanted.
    #[must_use]
    pub fn body_limit(&self, method: &str, path: &str) -> Option<u64> {
        let (app, path) = self.route(path)?;
        app.wire.takes_body(method, path).then_some(app.contract.policy.max_body.0)
    }

    /// Handles a request; the reply may be sent as soon as this returns.
    pub async fn handle(&self, request: &Request<'_>) -> Reply {
        let Some((app, path)) = self.route(request.path) else {
            return Reply::new(404, "Not Found").plain_text();
        };
        let request = Request { path, ..*request };
        match app.wire.decode(&app.contract, &request) {
            Decoded::Reply(reply) => reply,
            Decoded::Events(events) => {
                let batch =
                    Batch { candidates: events.candidates, address: request.address.to_owned(), now: request.now };
                app.wire.encode(&events.echo, app.ledger.append(batch).await)
            }
        }
    }

    /// The app a path belongs to, and the rest of the path behind its base path.
    fn route<'p>(&self, path: &'p str) -> Option<(&App<L>, &'p str)> {
        self.apps.iter().find_map(|app| {
            let rest = path.strip_prefix(app.base_path.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((app, rest))
        })
    }
}
