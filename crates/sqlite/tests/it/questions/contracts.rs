//! Two contracts of one app, with every type of field and every role: what is asked of one was often reported under the
//! other.

use askfirst_contract::Contract;

/// Which contract is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terms {
    First,
    /// Declares `sync`, the values of the platform and `plan`; has no `tier` and no `note` any more; `took` of `run` is a
    /// text and that of `odd` a number; keeps less, and for less long.
    Second,
}

/// The types that an event is counted by as what it is; others keep their envelope.
pub(super) fn is_declared(terms: Terms, kind: &str) -> bool {
    matches!(kind, "run" | "crash" | "odd") || (terms == Terms::Second && kind == "sync")
}

impl Terms {
    /// How long events are kept, in days.
    pub(super) fn retention(self) -> i64 {
        match self {
            Self::First => 40,
            Self::Second => 25,
        }
    }

    pub(super) fn contract(self) -> Contract {
        let text = match self {
            Self::First => format!(
                r#"{HEAD}
retention = "40d"
clock = {{ future = "3d", past = "500d" }}
{ENVELOPE}
"env.os" = {{ type = "text", max = 40, role = "platform", optional = true, why = "w" }}
{RUN}
tier = {{ type = "enum", values = ["free", "paid"], optional = true, why = "w" }}
took = {{ type = "int", optional = true, why = "w" }}
note = {{ type = "text", max = 40, optional = true, why = "w" }}
{CRASH}
{ODD}
took = {{ type = "text", max = 40, optional = true, why = "w" }}
"#
            ),
            Self::Second => format!(
                r#"{HEAD}
retention = "25d"
clock = {{ future = "1h", past = "500d" }}
{ENVELOPE}
"env.os" = {{ type = "enum", values = ["linux", "macos"], role = "platform", optional = true, why = "w" }}
{RUN}
plan = {{ type = "enum", values = ["free", "paid"], optional = true, why = "w" }}
took = {{ type = "text", max = 40, optional = true, why = "w" }}
{CRASH}
{ODD}
took = {{ type = "int", optional = true, why = "w" }}
[[event]]
type = "sync"
about = "."
event_id = "id"
occurred_at = "at"
[event.fields]
id = {{ type = "text", max = 40, why = "w" }}
at = {{ type = "time", why = "w" }}
"#
            ),
        };
        Contract::parse("probe", &text).unwrap()
    }
}

const HEAD: &str = r#"
[app]
id = "probe"
title = "Probe"
about = "."
wire = "voicemode"

[policy]
undeclared = "discard"
undeclared_events = "envelope"
limits = { install = "3/h", address = "off" }
"#;

const ENVELOPE: &str = r#"
[envelope]
install_id = "install"

[envelope.fields]
install = { type = "uuid", none = "nobody", why = "w" }
version = { type = "text", max = 40, role = "app_version", optional = true, why = "w" }
mode = { type = "enum", values = ["interactive", "ci", "container", "agent"], role = "runtime", optional = true, why = "w" }
load = { type = "int", optional = true, why = "w" }
"#;

const RUN: &str = r#"
[[event]]
type = "run"
about = "."
event_id = "id"
occurred_at = "at"

[event.fields]
id = { type = "text", max = 40, why = "w" }
at = { type = "time", why = "w" }
ok = { type = "bool", why = "w" }
ratio = { type = "number", optional = true, why = "w" }
tags = { type = "list", of = { type = "text", max = 40 }, max = 9, optional = true, why = "w" }
ports = { type = "list", of = { type = "int" }, max = 9, optional = true, why = "w" }
flags = { type = "list", of = { type = "bool" }, max = 9, optional = true, why = "w" }
picks = { type = "counts", max_keys = 9, max_key = 40, optional = true, why = "w" }
kinds = { type = "counts", keys = ["x", "y"], optional = true, why = "w" }
session = { type = "uuid", role = "session_id", optional = true, why = "w" }
digest = { type = "hex", max = 8, optional = true, why = "w" }
since = { type = "time", optional = true, why = "w" }
needs = { type = "version", optional = true, why = "w" }
free = { type = "json", max = 99, optional = true, why = "w" }
'odd "name"' = { type = "int", optional = true, why = "w" }
"#;

const CRASH: &str = r#"
[[event]]
type = "crash"
about = "."
event_id = "id"
occurred_at = "at"

[event.fields]
id = { type = "text", max = 40, why = "w" }
at = { type = "time", why = "w" }
fault = { type = "text", max = 40, role = "error", why = "w" }
ok = { type = "bool", optional = true, why = "w" }
took = { type = "number", optional = true, why = "w" }
"#;

/// Tells no time, and what others call counts is a text here.
const ODD: &str = r#"
[[event]]
type = "odd"
about = "."
event_id = "id"

[event.fields]
id = { type = "text", max = 40, why = "w" }
picks = { type = "text", max = 40, optional = true, why = "w" }
"#;
