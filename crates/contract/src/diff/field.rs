//! Fields that stay: what they may hold, whether they are sent, and what is said of them.

use super::{ChangeKind, Told, kind};
use crate::field::{Field, Presence, Role};

/// What is told of a field that is new.
pub(super) fn added(field: &Field) -> Told {
    let sent = match field.presence {
        Presence::Required => "always",
        Presence::Optional | Presence::Default(_) => "where it is known",
    };
    (ChangeKind::Collects, format!("The field is new and sent {sent}, {} (\"{}\").", field.kind.in_words(), field.why))
}

/// What changes in a field that stays.
pub(super) fn changes(old: &Field, new: &Field) -> Vec<Told> {
    let mut told = kind::changes(&old.kind, &new.kind);
    told.extend(presence(&old.presence, &new.presence));
    if old.lenient != new.lenient {
        let words = if new.lenient {
            "A value that breaks the rule is now taken for missing; before, the event was refused."
        } else {
            "An event with a value that breaks the rule is now refused; before, the value was taken for missing."
        };
        told.push((ChangeKind::Other, words.to_owned()));
    }
    if old.role != new.role {
        told.push((ChangeKind::Other, role(old.role, new.role)));
    }
    if old.why != new.why {
        told.push((
            ChangeKind::Other,
            format!("Why it is collected changes, from \"{}\" to \"{}\".", old.why, new.why),
        ));
    }
    told
}

fn presence(old: &Presence, new: &Presence) -> Option<Told> {
    let always = "The field must now always be sent";
    Some(match (old, new) {
        (old, new) if old == new => return None,
        (Presence::Optional, Presence::Required) => {
            (ChangeKind::Collects, format!("{always}; before, it could be left out."))
        }
        (Presence::Default(value), Presence::Required) => {
            (ChangeKind::Collects, format!("{always}; before, {} was kept where it was left out.", value.in_words()))
        }
        (Presence::Required, Presence::Default(value)) => {
            (ChangeKind::CollectsLess, format!("The field may now be left out; {} is kept then.", value.in_words()))
        }
        (Presence::Required, _) => (ChangeKind::CollectsLess, "The field may now be left out.".to_owned()),
        (Presence::Default(old), Presence::Default(new)) => {
            let words =
                format!("Where the field is left out, {} is kept instead of {}.", new.in_words(), old.in_words());
            (ChangeKind::Other, words)
        }
        (_, Presence::Default(new)) => {
            (ChangeKind::Other, format!("Where the field is left out, {} is now kept in its place.", new.in_words()))
        }
        (_, Presence::Optional) => {
            (ChangeKind::Other, "Where the field is left out, nothing is kept in its place any more.".to_owned())
        }
    })
}

fn role(old: Option<Role>, new: Option<Role>) -> String {
    match (old, new) {
        (_, Some(new)) => {
            format!("The field now has the role `{}`, so that questions about it are understood.", new.name())
        }
        (Some(old), None) => format!("The field has the role `{}` no more.", old.name()),
        (None, None) => String::new(),
    }
}
