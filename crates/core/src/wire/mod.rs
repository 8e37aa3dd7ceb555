//! Wires: how requests and answers look on the network. One file per wire, the same shape in each: which paths,
//! `decode` from a request to candidates, `encode` from outcomes to the reply.

mod voicemode;

use askfirst_contract::Contract;

use crate::ledger::{AppendError, Candidate};
use crate::outcome::Outcome;
use crate::request::{Reply, Request};

/// The wires there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// One report a request, `POST /telemetry`.
    Voicemode,
}

/// What a wire makes of a request.
#[derive(Debug)]
pub enum Decoded {
    /// Answered without the ledger.
    Reply(Reply),
    /// For the ledger to decide.
    Events(Events),
}

/// The candidates of a request, and what the reply repeats of it.
#[derive(Debug)]
pub struct Events {
    /// In the order of the request.
    pub candidates: Vec<Candidate>,
    /// What `Wire::encode` needs beside the outcomes: the event id in this wire's case.
    pub echo: String,
}

impl Wire {
    /// The wire of this name, as `app.wire` of a contract gives it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (name == "voicemode").then_some(Self::Voicemode)
    }

    /// The method and path that events are sent to, for people.
    #[must_use]
    pub fn write_endpoint(self) -> &'static str {
        match self {
            Self::Voicemode => voicemode::WRITE_ENDPOINT,
        }
    }

    /// The views that give operators the tables of the released service, as SQL; run when a ledger is opened.
    #[must_use]
    pub fn views(self) -> &'static str {
        match self {
            Self::Voicemode => crate::sql::VIEWS_VOICEMODE,
        }
    }

    /// Whether a request to this path has a body worth reading.
    pub(crate) fn takes_body(self, method: &str, path: &str) -> bool {
        match self {
            Self::Voicemode => voicemode::takes_body(method, path),
        }
    }

    /// Reads a request.
    pub(crate) fn decode(self, contract: &Contract, request: &Request<'_>) -> Decoded {
        match self {
            Self::Voicemode => voicemode::decode(contract, request),
        }
    }

    /// Writes the reply to events.
    pub(crate) fn encode(self, echo: &str, outcomes: Result<Vec<Outcome>, AppendError>) -> Reply {
        match self {
            Self::Voicemode => voicemode::encode(echo, outcomes),
        }
    }
}
