//! Wires: how requests and answers look on the network. One file per wire, the same shape in each: `knows` its paths,
//! `takes_body`, and `handle`, which reads a request into candidates, lets the ledger decide, and writes the reply that
//! the wire's clients understand.

mod baofeng;
mod domscribe;
mod drift;
pub mod native;
mod voicemode;

use askfirst_contract::Json;

use crate::ledger::{AppendError, Batch, Candidate, Ledger};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Body, Reply, Request};
use crate::service::App;
use crate::sql;
use crate::undeclared::Undeclared;

pub(crate) use baofeng::payload as baofeng_payload;
pub use baofeng::payload::is_baseline;
pub(crate) use drift::number as number_drift_event;
pub use native::installs::Asked;
pub(crate) use native::{installs, reads, unknown_app};

/// The wires there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// For new tools: batches, `POST /api/v1/{app}/events`.
    Native,
    /// One report a request, `POST /telemetry`.
    Voicemode,
    /// Batches of up to 100 events, `POST /v1/events`.
    Drift,
    /// One event a request from a web page, and a counter: `POST /event`.
    Baofeng,
    /// One record a week and session, `POST /v1/session`.
    Domscribe,
}

impl Wire {
    /// The names of all wires, as contracts give them.
    pub const NAMES: [&str; 5] = ["native", "voicemode", "drift", "baofeng", "domscribe"];

    /// The wire of this name, as `app.wire` of a contract gives it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "native" => Some(Self::Native),
            "voicemode" => Some(Self::Voicemode),
            "drift" => Some(Self::Drift),
            "baofeng" => Some(Self::Baofeng),
            "domscribe" => Some(Self::Domscribe),
            _ => None,
        }
    }

    /// The methods and paths that it answers, for people.
    #[must_use]
    pub fn endpoints(self) -> &'static str {
        match self {
            Self::Native => native::ENDPOINTS,
            Self::Voicemode => voicemode::ENDPOINTS,
            Self::Drift => drift::ENDPOINTS,
            Self::Baofeng => baofeng::ENDPOINTS,
            Self::Domscribe => domscribe::ENDPOINTS,
        }
    }

    /// The wire's own tables, the triggers that keep them, and the views that give operators the tables of the
    /// released service, as SQL; run when a ledger is opened.
    #[must_use]
    pub fn tables(self) -> &'static str {
        match self {
            Self::Native => "",
            Self::Voicemode => sql::VOICEMODE,
            Self::Drift => sql::DRIFT,
            Self::Baofeng => sql::BAOFENG,
            Self::Domscribe => sql::DOMSCRIBE,
        }
    }

    /// Whether the path is one of this wire's, whatever the method.
    pub(crate) fn knows(self, path: &str) -> bool {
        match self {
            Self::Native => native::knows(path),
            Self::Voicemode => voicemode::knows(path),
            Self::Drift => drift::knows(path),
            Self::Baofeng => baofeng::knows(path),
            Self::Domscribe => domscribe::knows(path),
        }
    }

    /// Whether a request to this path has a body worth reading.
    pub(crate) fn takes_body(self, method: &str, path: &str) -> bool {
        method == "POST"
            && match self {
                Self::Native => native::takes_body(path),
                Self::Voicemode => voicemode::knows(path),
                Self::Drift => drift::takes_body(path),
                Self::Baofeng => baofeng::takes_body(path),
                Self::Domscribe => domscribe::takes_body(path),
            }
    }

    /// Answers a request.
    pub(crate) async fn handle<L: Ledger>(self, app: &App<L>, request: &Request<'_>) -> Reply {
        match self {
            Self::Native => native::handle(app, request).await,
            Self::Voicemode => voicemode::handle(app, request).await,
            Self::Drift => drift::handle(app, request).await,
            Self::Baofeng => baofeng::handle(app, request).await,
            Self::Domscribe => domscribe::handle(app, request).await,
        }
    }
}

/// Lets the ledger decide the candidates of a request.
async fn append<L: Ledger>(
    app: &App<L>,
    request: &Request<'_>,
    mut candidates: Vec<Candidate>,
) -> Result<Vec<Outcome>, AppendError> {
    let undeclared = Undeclared::take(&mut candidates);
    let batch = Batch { candidates, address: request.address.to_owned(), now: request.now };
    let outcomes = app.ledger.append(batch).await?;
    app.undeclared.count(undeclared, &outcomes, request.now);
    Ok(outcomes)
}

/// Lets the ledger decide the one candidate of a request.
async fn append_one<L: Ledger>(
    app: &App<L>,
    request: &Request<'_>,
    candidate: Candidate,
) -> Result<Outcome, AppendError> {
    append(app, request, vec![candidate]).await?.pop().ok_or(AppendError::Unknown)
}

/// The JSON in a body.
fn json_of(body: Body<'_>) -> Result<Json<'_>, BodyFault> {
    match body {
        Body::Complete(bytes) => Json::parse(bytes).map_err(|_| BodyFault::NotJson),
        Body::TooLarge => Err(BodyFault::TooLarge),
        Body::UnknownEncoding | Body::BrokenEncoding | Body::TooSlow | Body::BrokenOff => Err(BodyFault::Encoding),
    }
}

/// Counts a request that holds no event.
async fn refuse<L: Ledger>(app: &App<L>, request: &Request<'_>, refused: Refused) {
    // The answer is the same whether it could be counted or not.
    let _ = append(app, request, vec![Err(refused)]).await;
}
