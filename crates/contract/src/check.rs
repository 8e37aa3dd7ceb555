//! The check: a reported event comes in, and either the declared rest of it comes out or all that is wrong with it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::contract::{Contract, EventType, Undeclared, UndeclaredEvents};
use crate::dimension::{Dimension, DimensionValue};
use crate::field::{Cut, Field, FieldType, Presence, Role, parse_uuid, time};
use crate::json::Json;
use crate::refusal::{Refusal, Rule, Violation};
use crate::shape::Node;
use crate::timestamp::Timestamp;
use crate::undeclared::{MAX_NAMES, UndeclaredName};

/// More violations than this are not listed: a hostile event could hold thousands, and the answer must stay small.
const MAX_VIOLATIONS: usize = 100;

/// What a contract let through: declared fields only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedEvent {
    /// The type; declared, unless [`CheckedEvent::is_declared`] says otherwise.
    pub event_type: Arc<str>,
    /// Whether the type is declared; of others the envelope alone is left.
    pub is_declared: bool,
    /// The idempotency key: the declared field, or else a hash of type, install and declared rest.
    pub event_id: String,
    /// The anonymous installation, where the contract declares one.
    pub install_id: Option<InstallId>,
    /// When it happened, by the client's clock.
    pub occurred_at: Option<Timestamp>,
    /// What it is counted by, in declared order.
    pub dimensions: Vec<DimensionValue>,
    /// The declared fields except event id and install id, as the text of a JSON object.
    pub fields: String,
    /// How many undeclared fields were dropped, by the JSON pointer of the declared object they stood in.
    pub discarded: Vec<(String, u32)>,
    /// Their names, which are content and not to be stored or logged. At most 100.
    pub undeclared: Vec<UndeclaredName>,
}

/// An anonymous installation, in the form that is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstallId {
    /// A UUID, so that its case does not matter.
    Uuid([u8; 16]),
    /// Any other id, as it was sent.
    Text(String),
}

impl CheckedEvent {
    /// What it has in a dimension.
    #[must_use]
    pub fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions.iter().find(|known| &*known.dimension == name).map(|known| known.value.as_str())
    }
}

impl Contract {
    /// Checks what a client reports as an event of this type against the contract.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] with every rule the event breaks.
    pub fn check(&self, event_type: &EventType, event: &Json<'_>, now: Timestamp) -> Result<CheckedEvent, Refusal> {
        let mut check = Check::new(self, event_type, now);
        check.place(event);
        check.fields();
        check.finish()
    }

    /// Checks what a client reports, whose member `type` names its type.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] with every rule the event breaks.
    pub fn check_typed(&self, event: &Json<'_>, now: Timestamp) -> Result<CheckedEvent, Refusal> {
        let refuse = |pointer: &str, rule| {
            let violations = vec![Violation { pointer: pointer.to_owned(), rule }];
            Err(Refusal { violations, app_version: None, undeclared: Vec::new() })
        };
        let Json::Object(_) = event else { return refuse("", Rule::Type) };
        let name = match event.get("type") {
            None | Some(Json::Null) => return refuse("/type", Rule::Missing),
            Some(Json::Text(name)) if name.is_empty() => return refuse("/type", Rule::Empty),
            Some(Json::Text(name)) => name,
            Some(_) => return refuse("/type", Rule::Type),
        };
        let (event_type, is_declared) = match (self.event(name), &self.envelope) {
            (Some(event_type), _) => (event_type, true),
            (None, Some(envelope)) if self.policy.undeclared_events == UndeclaredEvents::Envelope => (envelope, false),
            (None, _) => {
                return refuse("/type", Rule::UndeclaredType)
                    .map_err(|refusal| Refusal { undeclared: vec![UndeclaredName::event(name)], ..refusal });
            }
        };
        if !EventType::is_name(name) {
            return refuse("/type", Rule::Pattern);
        }
        let mut check = Check { names_its_type: true, is_declared, ..Check::new(self, event_type, now) };
        if !is_declared {
            check.type_name = Arc::from(&**name);
        }
        check.place(event);
        check.fields();
        check.finish()
    }
}

/// What is known of a declared object of the event.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Absent,
    Present,
    NotAnObject,
    /// Missing or no object, and reported.
    Reported,
}

/// A declared object of the event as it was sent.
#[derive(Clone)]
struct ObjectSent<'j> {
    value: Option<&'j Json<'j>>,
    state: State,
    /// The outermost that is not there of it and the objects around it.
    not_there: Option<usize>,
}

/// A declared field as it was sent.
#[derive(Clone)]
struct FieldSent<'j> {
    value: Option<&'j Json<'j>>,
    /// What is kept of it, as a range of [`Check::kept`].
    kept: Range<usize>,
}

/// One check under way.
struct Check<'c, 'j> {
    contract: &'c Contract,
    event_type: &'c EventType,
    /// Whether the member `type` is no field but the name of the type.
    names_its_type: bool,
    /// The type it is kept as: another than that of the fields where nobody declared it.
    type_name: Arc<str>,
    is_declared: bool,
    now: Timestamp,
    /// By the field's index.
    sent: Vec<FieldSent<'j>>,
    /// By the index of the shape's object.
    objects: Vec<ObjectSent<'j>>,
    kept: Vec<u8>,
    occurred_at: Option<Timestamp>,
    violations: Vec<Violation>,
    undeclared: Vec<Violation>,
    discarded: Vec<(String, u32)>,
    undeclared_names: Vec<UndeclaredName>,
}

impl<'c, 'j> Check<'c, 'j> {
    fn new(contract: &'c Contract, event_type: &'c EventType, now: Timestamp) -> Self {
        let objects = event_type.shape.objects.len();
        Self {
            contract,
            event_type,
            names_its_type: false,
            type_name: Arc::clone(&event_type.name),
            is_declared: true,
            now,
            sent: vec![FieldSent { value: None, kept: 0..0 }; event_type.fields.len()],
            objects: vec![ObjectSent { value: None, state: State::Absent, not_there: None }; objects],
            kept: Vec::with_capacity(1024),
            occurred_at: None,
            violations: Vec::new(),
            undeclared: Vec::new(),
            discarded: Vec::new(),
            undeclared_names: Vec::new(),
        }
    }

    /// Puts every declared value at its place and meets the undeclared ones.
    fn place(&mut self, event: &'j Json<'j>) {
        let shape = &self.event_type.shape;
        self.objects[0].value = Some(event);
        // Parents come before what is inside them.
        for (index, object) in shape.objects.iter().enumerate() {
            let state = match self.objects[index].value {
                None | Some(Json::Null) => State::Absent,
                Some(Json::Object(members)) => {
                    for (key, value) in members {
                        match object.member(key) {
                            Some(Node::Field(field)) => self.sent[field].value = Some(value),
                            Some(Node::Object(inner)) => self.objects[inner].value = Some(value),
                            None if index == 0 && key == "type" && self.names_its_type => {}
                            None => self.meet_undeclared(&object.pointer, key),
                        }
                    }
                    State::Present
                }
                Some(_) => State::NotAnObject,
            };
            let around = self.objects[object.parent].not_there;
            self.objects[index].state = state;
            self.objects[index].not_there = around.or((state != State::Present).then_some(index));
        }
    }

    fn meet_undeclared(&mut self, pointer: &str, key: &str) {
        if self.undeclared_names.len() < MAX_NAMES {
            self.undeclared_names.push(UndeclaredName::field(pointer, key));
        }
        match self.contract.policy.undeclared {
            _ if !self.is_declared => self.discard(pointer),
            Undeclared::Discard => self.discard(pointer),
            Undeclared::Reject if self.undeclared.len() < MAX_VIOLATIONS => {
                // A client's own key in its own answer; cut, because it can be as long as the body.
                let key: String = key.chars().take(64).collect();
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                self.undeclared.push(Violation { pointer, rule: Rule::Undeclared });
            }
            Undeclared::Reject => {}
        }
    }

    fn discard(&mut self, pointer: &str) {
        match self.discarded.iter_mut().find(|(known, _)| known == pointer) {
            Some((_, count)) => *count += 1,
            None => self.discarded.push((pointer.to_owned(), 1)),
        }
    }

    /// Checks every field in declared order.
    fn fields(&mut self) {
        for (index, field) in self.event_type.fields.iter().enumerate() {
            let start = self.kept.len();
            if let Err((pointer, rule)) = self.field(index, field) {
                self.violations.push(Violation { pointer: pointer.to_owned(), rule });
            }
            self.sent[index].kept = start..self.kept.len();
        }
    }

    fn field(&mut self, index: usize, field: &'c Field) -> Result<(), (&'c str, Rule)> {
        let required = matches!(field.presence, Presence::Required);
        if let Some(object) = self.objects[self.event_type.shape.parents[index]].not_there {
            let pointer = &self.event_type.shape.objects[object].pointer;
            let rule = match self.objects[object].state {
                State::NotAnObject => Rule::Type,
                State::Absent if required => Rule::Missing,
                State::Absent | State::Present | State::Reported => {
                    self.put_default(field);
                    return Ok(());
                }
            };
            self.objects[object].state = State::Reported;
            return Err((pointer, rule));
        }
        match self.sent[index].value {
            None | Some(Json::Null) if required => Err((&field.pointer, Rule::Missing)),
            None | Some(Json::Null) => {
                self.put_default(field);
                Ok(())
            }
            Some(value) => {
                let start = self.kept.len();
                match self.value(index, field, value) {
                    Err(_) if field.lenient => {
                        self.kept.truncate(start);
                        self.put_default(field);
                        Ok(())
                    }
                    checked => checked.map_err(|rule| (&*field.pointer, rule)),
                }
            }
        }
    }

    fn put_default(&mut self, field: &Field) {
        if let Presence::Default(value) = &field.presence {
            value.write(&mut self.kept);
        }
    }

    fn value(&mut self, index: usize, field: &'c Field, value: &Json<'_>) -> Result<(), Rule> {
        if self.event_type.occurred_at == Some(index) {
            return self.occurred_at(value);
        }
        let mut dropped = 0;
        let undeclared = self.contract.policy.undeclared;
        let names = &mut self.undeclared_names;
        let mut meet = |key: &str| {
            if names.len() < MAX_NAMES {
                names.push(UndeclaredName::field(&field.pointer, key));
            }
            match undeclared {
                Undeclared::Discard => {
                    dropped += 1;
                    Ok(())
                }
                Undeclared::Reject => Err(Rule::Undeclared),
            }
        };
        field.kind.check(value, &mut self.kept, &mut meet)?;
        for _ in 0..dropped {
            self.discard(&field.pointer);
        }
        Ok(())
    }

    fn occurred_at(&mut self, value: &Json<'_>) -> Result<(), Rule> {
        let occurred_at = time(value, &mut self.kept)?;
        self.occurred_at = Some(occurred_at);
        let clock = &self.contract.policy.clock;
        if occurred_at.0.saturating_sub(self.now.0) > clock.future.0 {
            return Err(Rule::Future);
        }
        if self.now.0.saturating_sub(occurred_at.0) > clock.past.0 {
            return Err(Rule::Past);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<CheckedEvent, Refusal> {
        self.violations.append(&mut self.undeclared);
        if !self.violations.is_empty() {
            let app_version = self.text_of_valid(self.event_type.with_role(Role::AppVersion));
            let is_for_names = self.violations.iter().any(|broken| broken.rule == Rule::Undeclared);
            let undeclared = if is_for_names { self.undeclared_names } else { Vec::new() };
            self.violations.truncate(MAX_VIOLATIONS);
            return Err(Refusal { violations: self.violations, app_version, undeclared });
        }
        let mut fields = Vec::with_capacity(self.kept.len() + 256);
        self.write_object(0, &mut fields);
        let install_id = self.install_id();
        let event_id = self.text_of_valid(self.event_type.event_id);
        Ok(CheckedEvent {
            event_id: event_id.unwrap_or_else(|| content_hash(&self.type_name, install_id.as_ref(), &fields)),
            is_declared: self.is_declared,
            install_id,
            occurred_at: self.occurred_at,
            dimensions: self.dimensions(),
            // What is written is made of UTF-8 only.
            fields: String::from_utf8(fields).unwrap_or_default(),
            discarded: self.discarded,
            undeclared: self.undeclared_names,
            event_type: self.type_name,
        })
    }

    /// Writes the kept fields of an object; says whether there was anything to write.
    fn write_object(&self, object: usize, out: &mut Vec<u8>) -> bool {
        out.push(b'{');
        let empty = out.len();
        for member in &self.event_type.shape.objects[object].members {
            let start = out.len();
            if start > empty {
                out.push(b',');
            }
            out.extend_from_slice(&member.written);
            if !self.write_node(member.node, out) {
                out.truncate(start);
            }
        }
        out.push(b'}');
        self.objects[object].state == State::Present || out.len() > empty + 1
    }

    fn write_node(&self, node: Node, out: &mut Vec<u8>) -> bool {
        match node {
            Node::Field(field)
                if Some(field) == self.event_type.event_id || Some(field) == self.event_type.install_id =>
            {
                false
            }
            Node::Field(field) => {
                let kept = &self.kept[self.sent[field].kept.clone()];
                out.extend_from_slice(kept);
                !kept.is_empty()
            }
            Node::Object(inner) => self.write_object(inner, out),
        }
    }

    fn dimensions(&self) -> Vec<DimensionValue> {
        let value = |dimension: &Dimension| dimension.value(&*self.kept_value(dimension.field)?);
        self.event_type.dimensions.iter().filter_map(value).collect()
    }

    /// The text of a field whose value is there and broke no rule.
    fn text_of_valid(&self, field: Option<usize>) -> Option<String> {
        let index = field?;
        let field = &self.event_type.fields[index];
        if self.violations.iter().any(|violation| violation.pointer == field.pointer) {
            return None;
        }
        self.kept_value(index)?.as_text().map(str::to_owned)
    }

    /// What is kept of a field that broke no rule.
    fn kept_value(&self, index: usize) -> Option<Cow<'_, Json<'_>>> {
        let field = &self.event_type.fields[index];
        // What is kept may be shorter than what was sent, or a default.
        let is_as_sent =
            !field.lenient && !matches!(field.kind, FieldType::Text { cut: Cut::Plain | Cut::Ellipsis, .. });
        let sent = &self.sent[index];
        if let (true, Some(value @ (Json::Text(_) | Json::Bool(_)))) = (is_as_sent, sent.value) {
            return Some(Cow::Borrowed(value));
        }
        Json::parse(&self.kept[sent.kept.clone()]).ok().map(Cow::Owned)
    }

    fn install_id(&self) -> Option<InstallId> {
        let index = self.event_type.install_id?;
        let text = self.text_of_valid(Some(index))?;
        match self.event_type.fields[index].kind {
            FieldType::Uuid { .. } => parse_uuid(&text).map(InstallId::Uuid),
            _ => Some(InstallId::Text(text)),
        }
    }
}

/// The idempotency key of an event that carries none: 128 bits of SHA-256, in hex.
fn content_hash(event_type: &str, install_id: Option<&InstallId>, fields: &[u8]) -> String {
    let mut hash = Sha256::new_with_prefix(event_type);
    match install_id {
        Some(InstallId::Uuid(uuid)) => hash.update(uuid),
        Some(InstallId::Text(text)) => hash.update(text),
        None => {}
    }
    // The fields are an object: where they begin is not in doubt.
    hash.update(fields);
    crate::print::hex(&hash.finalize()[..16])
}
