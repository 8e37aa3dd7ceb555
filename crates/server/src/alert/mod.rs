//! Alerts: what the operator is told without asking.
//!
//! A rule watches what becomes of events, or the disk, in samples that are taken each minute ([`rule`], [`sample`],
//! [`watch`]). The [`monitor`] makes incidents of that, which begin once, end once, and outlive a restart ([`kept`]).
//! All of that is without IO: time and figures are arguments. [`run`] takes the samples and has the [`webhook`]s told.
//!
//! Which webhooks were told of an incident is part of it. One that can't be reached is tried again for as long as there is
//! something it does not know, and no queue of messages can grow meanwhile.

pub(crate) mod kept;
pub(crate) mod message;
pub(crate) mod monitor;
pub(crate) mod rule;
pub(crate) mod run;
mod sample;
mod watch;
pub(crate) mod webhook;

use std::collections::BTreeMap;

use self::rule::Alert;
use self::webhook::Webhook;

/// What the configuration says of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Alerts {
    pub(crate) rules: Vec<Alert>,
    /// By name.
    pub(crate) webhooks: BTreeMap<String, Webhook>,
}

impl Alerts {
    /// The alert of this name.
    pub(crate) fn rule(&self, name: &str) -> Option<&Alert> {
        self.rules.iter().find(|alert| alert.name == name)
    }
}
