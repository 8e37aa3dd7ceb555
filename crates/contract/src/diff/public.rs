//! What is published: whether it is more or less than before.

use super::{ChangeKind, Told};
use crate::contract::Contract;
use crate::public::Dimension;
use crate::words::listed;

/// What changes in what is published.
pub(super) fn changes(old: &Contract, new: &Contract) -> Vec<Told> {
    let (before, after) = match (&old.public, &new.public) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec![(ChangeKind::PublishesLess, "Nothing is published any more.".to_owned())],
        (None, Some(after)) => {
            let by = if after.by.is_empty() { String::new() } else { format!(", and by: {}", names(&after.by)) };
            let words = format!("How many installations are active in a week is now published{by}.");
            return vec![(ChangeKind::Publishes, words)];
        }
        (Some(before), Some(after)) => (&before.by, &after.by),
    };
    let without = |all: &[Dimension], known: &[Dimension]| -> Vec<Dimension> {
        all.iter().filter(|dimension| !known.contains(dimension)).cloned().collect()
    };
    let (added, dropped) = (without(after, before), without(before, after));
    let mut told = Vec::new();
    if !added.is_empty() {
        told.push((ChangeKind::Publishes, format!("Active installations are now published by: {}.", names(&added))));
    }
    if !dropped.is_empty() {
        let words = format!("Active installations are published no more by: {}.", names(&dropped));
        told.push((ChangeKind::PublishesLess, words));
    }
    let stay = after.iter().filter(|dimension| before.contains(dimension));
    told.extend(stay.filter_map(|dimension| told_by(dimension, old, new)));
    told
}

/// A role that other fields have now: other values are published under its name.
fn told_by(dimension: &Dimension, old: &Contract, new: &Contract) -> Option<Told> {
    let (before, after) = (dimension.paths(&old.events), dimension.paths(&new.events));
    let added: Vec<_> = after.iter().filter(|path| !before.contains(path)).map(|path| format!("`{path}`")).collect();
    let words = format!("What is published by {} is now told by {}.", dimension.name(), added.join(" and "));
    (!added.is_empty()).then_some((ChangeKind::Publishes, words))
}

fn names(dimensions: &[Dimension]) -> String {
    let names: Vec<_> = dimensions.iter().map(|dimension| dimension.name().to_owned()).collect();
    listed(&names)
}
