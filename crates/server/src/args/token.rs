//! `askfirst token` as it is typed.

use askfirst_core::token::{Name, Scope};
use clap::{Args, Subcommand, ValueEnum};

use super::PlaceArguments;

/// Let people and programs read over HTTP what an app's ledger tells.
///
/// A token is what a dashboard or a script sends as `Authorization: Bearer TOKEN`. It counts from the moment it is
/// created until it is revoked, also while the server runs. GET /api of the server describes what can be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst token create grafana                        may read all apps
  askfirst token create ci --app mytool > token.txt    may read one
  askfirst token list
  askfirst token revoke grafana
  curl -H \"Authorization: Bearer $(cat token.txt)\" http://127.0.0.1:8787/api/v1/mytool/stats")]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    pub(crate) verb: TokenVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    Create(CreateArguments),
    List(ListArguments),
    Revoke(RevokeArguments),
}

/// Create a token and show it, this once.
///
/// The token goes to standard output, all words about it to standard error. Only its hash is stored: one that is lost
/// is revoked, and another is created.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst token create grafana
  askfirst token create ci --app mytool --app othertool > token.txt")]
pub(crate) struct CreateArguments {
    /// What the token is for, in your words.
    #[arg(value_parser = Name::parse)]
    pub(crate) name: Name,
    /// An app that it is for; repeatable [default: all apps, also later ones]
    #[arg(long = "app", value_name = "APP")]
    pub(crate) apps: Vec<String>,
    /// What it allows.
    #[arg(long, value_enum, default_value_t = ScopeArgument::Read)]
    pub(crate) scope: ScopeArgument,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArgument {
    /// To read what the ledgers tell.
    Read,
    /// To change things as well, where the API lets operators do so.
    Operate,
}

impl From<ScopeArgument> for Scope {
    fn from(scope: ScopeArgument) -> Self {
        match scope {
            ScopeArgument::Read => Self::Read,
            ScopeArgument::Operate => Self::Operate,
        }
    }
}

/// Tell which tokens there are, what each allows and when it was used last.
///
/// The tokens themselves can't be shown again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst token list
  askfirst token list --json")]
pub(crate) struct ListArguments {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// Make a token worthless, at once and for good.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  askfirst token revoke grafana
  askfirst token revoke 1a2b3c4d       by its id, the second part of the token")]
pub(crate) struct RevokeArguments {
    /// The name of the token, or its id.
    #[arg(value_name = "NAME|ID")]
    pub(crate) token: String,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}
