//! What a contract is made of.

use std::sync::Arc;

use crate::check::InstallId;
use crate::dimension::Dimension;
use crate::field::{Field, FieldType, Role, parse_uuid};
use crate::public::Public;
use crate::shape::Shape;
use crate::units::{ByteSize, Rate, Span};

/// All that one app may collect, and how it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Who collects.
    pub app: AppInfo,
    /// What happens to what is collected.
    pub policy: Policy,
    /// What anybody may know of it; nothing where it is not declared.
    pub public: Option<Public>,
    /// The fields that every event begins with, as an event type without a name.
    pub envelope: Option<EventType>,
    /// The events that may be reported, in declared order.
    pub events: Vec<EventType>,
}

/// The app a contract belongs to: `[app]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppInfo {
    /// 1 to 32 of `a-z`, `0-9` and `-`: names the ledger's file, paths and metrics.
    pub id: String,
    /// The name people know it by.
    pub title: String,
    /// One sentence on what it is.
    pub about: String,
    /// The wire its clients speak; the server knows which there are.
    pub wire: String,
    /// What lengths of texts count.
    pub text_unit: TextUnit,
}

/// What lengths of texts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextUnit {
    /// Unicode characters: `"character"`, the default.
    Character,
    /// Code units of UTF-16, as browsers count: `"utf-16"`.
    Utf16,
}

/// How events are admitted and how long they stay: `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What happens to a field nobody declared.
    pub undeclared: Undeclared,
    /// What happens to an event whose type nobody declared.
    pub undeclared_events: UndeclaredEvents,
    /// How long an event is kept after its receipt.
    pub retention: Span,
    /// How many events are stored in a sliding span of time.
    pub limits: Limits,
    /// The longest body of a request.
    pub max_body: ByteSize,
    /// The most events in a request.
    pub max_batch: u32,
    /// How far the time an event reports may lie from now.
    pub clock: Clock,
    /// The origins whose web pages may send events; `*` stands for all.
    pub allowed_origins: Vec<String>,
}

/// What happens to an event whose type nobody declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndeclaredEvents {
    /// It is refused: `"reject"`, the default.
    Reject,
    /// It is stored as its envelope alone: `"envelope"`.
    Envelope,
}

/// What happens to a field nobody declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undeclared {
    /// The event is refused: `"reject"`, the default.
    Reject,
    /// The field is dropped and counted: `"discard"`.
    Discard,
}

/// The most events that are stored in a sliding span of time; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of one install.
    pub install: Option<Rate>,
    /// Of one network address.
    pub address: Option<Rate>,
}

/// How far the time an event reports may lie from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Ahead.
    pub future: Span,
    /// Behind.
    pub past: Span,
}

/// One type of event: `[[event]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventType {
    /// 1 to 64 of `A-Z`, `a-z`, `0-9` and `_.:-`. Shared, because every stored event carries it.
    pub name: Arc<str>,
    /// One sentence on what it tells.
    pub about: String,
    /// The fields, in the order of checks.
    pub fields: Vec<Field>,
    /// Which field is the idempotency key.
    pub(crate) event_id: Option<usize>,
    /// Which field names the install.
    pub(crate) install_id: Option<usize>,
    /// Which field is the time the event reports.
    pub(crate) occurred_at: Option<usize>,
    /// The tree that the fields' dotted paths make.
    pub(crate) shape: Shape,
    /// What it is counted by.
    pub(crate) dimensions: Vec<Dimension>,
}

impl TextUnit {
    /// The name in a contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Utf16 => "utf-16",
        }
    }
}

impl Undeclared {
    /// The name in a contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Discard => "discard",
        }
    }
}

impl UndeclaredEvents {
    /// The name in a contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Envelope => "envelope",
        }
    }
}

impl Contract {
    /// The declared event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&EventType> {
        self.events.iter().find(|event| &*event.name == name)
    }
}

impl Contract {
    /// The install of an id as its user knows it; `None` where installs have ids of another form, or none.
    #[must_use]
    pub fn install_id(&self, text: &str) -> Option<InstallId> {
        self.envelope.iter().chain(&self.events).find_map(|event| match &event.fields[event.install_id?].kind {
            FieldType::Uuid { .. } => parse_uuid(text).map(InstallId::Uuid),
            _ => Some(InstallId::Text(text.to_owned())),
        })
    }
}

impl EventType {
    /// Whether this may be the name of an event type.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        let allowed = |b| matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b':' | b'-');
        (1..=64).contains(&name.len()) && name.bytes().all(allowed)
    }

    /// The dotted path of the idempotency key, where one is declared.
    #[must_use]
    pub fn event_id_path(&self) -> Option<&str> {
        self.event_id.map(|index| self.fields[index].path.as_str())
    }

    /// The dotted path of what names the install, where that is declared.
    #[must_use]
    pub fn install_id_path(&self) -> Option<&str> {
        self.install_id.map(|index| self.fields[index].path.as_str())
    }

    /// The word that stands for no install, where there is one.
    #[must_use]
    pub fn no_install(&self) -> Option<&str> {
        match &self.fields[self.install_id?].kind {
            FieldType::Uuid { none } => none.as_deref(),
            _ => None,
        }
    }

    /// The field that has a role.
    pub(crate) fn with_role(&self, role: Role) -> Option<usize> {
        self.fields.iter().position(|field| field.role == Some(role))
    }
}

impl Policy {
    /// Whether web pages of this origin may send events.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed == origin || allowed == "*")
    }
}

impl Default for Policy {
    /// What a contract without `[policy]` means.
    fn default() -> Self {
        Self {
            undeclared: Undeclared::Reject,
            undeclared_events: UndeclaredEvents::Reject,
            retention: Span(90 * Span::DAY.0),
            limits: Limits {
                install: Some(Rate { count: 100, per: Span::HOUR }),
                address: Some(Rate { count: 1_000, per: Span::HOUR }),
            },
            max_body: ByteSize(64 << 10),
            max_batch: 100,
            clock: Clock { future: Span::DAY, past: Span(90 * Span::DAY.0) },
            allowed_origins: Vec::new(),
        }
    }
}
