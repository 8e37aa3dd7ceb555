//! A ledger and the model of it, to which the same happens.

use askfirst_contract::{Json, Timestamp};
use askfirst_core::{Batch, Candidate, Event, Ledger as _, Outcome, Refused};
use pollster::block_on;
use serde_json::Value;

use super::contracts::Terms;
use super::model::Model;
use super::report::Report;
use super::steps::{Step, Story, What};
use crate::harness::TestLedger;

pub(super) struct World {
    pub(super) ledger: TestLedger,
    pub(super) model: Model,
    pub(super) terms: Terms,
    now: Timestamp,
}

impl World {
    pub(super) fn begin(begin: Timestamp) -> Self {
        let (ledger, model) = (TestLedger::opened(&Terms::First.contract(), begin), Model::opened(begin));
        Self { ledger, model, terms: Terms::First, now: begin }
    }

    /// A whole story.
    pub(super) fn of(story: &Story) -> Self {
        let mut world = Self::begin(story.begin);
        story.steps.iter().for_each(|step| world.play(step));
        world
    }

    /// The same without limits.
    pub(super) fn without_limits(mut self) -> Self {
        let mut contract = self.terms.contract();
        contract.policy.limits.install = None;
        self.ledger.go_on_under(&contract, self.now);
        self
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn today(&self) -> i32 {
        self.now.day().0
    }

    pub(super) fn play(&mut self, Step { after, what }: &Step) {
        self.now = Timestamp(self.now.0 + after);
        match what {
            What::Append(reports) => self.append(reports),
            What::Reopen => {
                self.ledger.reopen(self.now);
                self.model.reopened(self.now);
            }
            What::Retain => {
                block_on(self.ledger.retain(self.now)).unwrap();
                self.model.retained(self.now, self.terms);
            }
            What::Renew(terms) => {
                self.terms = *terms;
                self.ledger.go_on_under(&terms.contract(), self.now);
                self.model.reopened(self.now);
            }
        }
    }

    pub(super) fn append(&mut self, reports: &[Report]) {
        let sent: Vec<Value> = reports.iter().map(|report| report.json(self.terms, self.now)).collect();
        let candidates: Vec<Candidate> = sent.iter().map(|event| self.candidate(event)).collect();
        let batch = Batch { candidates, address: "192.0.2.1".to_owned(), now: self.now };
        let outcomes = block_on(self.ledger.append(batch)).unwrap();
        self.model.sent(self.now, outcomes.iter().any(|outcome| !matches!(outcome, Outcome::Refused(_))));
        for (report, outcome) in reports.iter().zip(&outcomes) {
            self.model.reported(report, outcome, self.terms, self.now);
        }
    }

    fn candidate(&self, event: &Value) -> Candidate {
        let text = event.to_string();
        let json = Json::parse(text.as_bytes()).unwrap();
        self.ledger.contract().check_typed(&json, self.now).map(Event::from).map_err(Refused::Contract)
    }
}
