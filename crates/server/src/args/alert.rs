//! `askfirst alert` as it is typed.

use clap::{Args, Subcommand};

use super::PlaceArguments;

/// Try the webhooks that alerts are sent to, and show the alerts.
///
/// A running server watches what the configuration says, and tells webhooks when an alert begins and when it is over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst alert test          send a test message to every webhook
  askfirst alert test ops      send it to one
  askfirst alert list          the alerts in words, and what is firing

Alerts and webhooks are part of the configuration file; `kill -HUP` has a running server read it again:
  [webhook.ops]
  url = \"https://hooks.slack.com/services/...\"   # or in the environment: ASKFIRST_WEBHOOK_OPS_URL
  form = \"slack\"                                 # or \"discord\", or \"json\"
  [[alert]]
  name = \"many refusals\"
  when = \"refused > 5%\"   # or: limited > 100, errors > 2%, silence > 6h, disk_free < 10%
  window = \"15min\"")]
pub(crate) struct AlertArguments {
    #[command(subcommand)]
    pub(crate) verb: AlertVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertVerb {
    Test(TestArguments),
    List(ListArguments),
}

/// Send a test message to webhooks, and tell what they answer.
///
/// No server needs to run. Exit code 1 where a webhook does not take it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst alert test
  askfirst alert test ops --json")]
pub(crate) struct TestArguments {
    /// The webhook [default: all]
    #[arg(value_name = "WEBHOOK")]
    pub(crate) webhook: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Show the alerts in words, and what is firing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst alert list
  askfirst alert list --json --data /var/lib/askfirst")]
pub(crate) struct ListArguments {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}
