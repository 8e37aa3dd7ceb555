//! What a field may hold: whether it is more or less than before.

use super::{ChangeKind, Told, grows, instead};
use crate::contract::TextUnit;
use crate::field::{Cut, FieldType, Keys};
use crate::pattern::Pattern;
use crate::words::{CHARACTERS, letters, listed, number_of};

/// What changes from one type to another. What texts are counted in is told of the app, once.
pub(super) fn changes(old: &FieldType, new: &FieldType) -> Vec<Told> {
    let mut told = Vec::new();
    match (old, new) {
        (
            FieldType::Text { min: old_min, max: old_max, pattern: old_pattern, cut: old_cut, .. },
            FieldType::Text { min, max, pattern, cut, unit },
        ) => {
            told.extend(most(*old_max, *max, "A text may have at most", letters(*unit)));
            told.extend(fewest(*old_min, *min, "A text must have at least", letters(*unit)));
            told.extend(patterns(old_pattern.as_ref(), pattern.as_ref()));
            told.extend(cuts(*old_cut, *cut));
        }
        (FieldType::Enum { values: old }, FieldType::Enum { values: new }) => told.extend(names("be", old, new)),
        (FieldType::Int { min: old_min, max: old_max }, FieldType::Int { min, max }) => {
            told.extend(bounds([*old_min, *old_max], [*min, *max]));
        }
        (FieldType::Number { min: old_min, max: old_max }, FieldType::Number { min, max }) => {
            told.extend(bounds([*old_min, *old_max], [*min, *max]));
        }
        (FieldType::Uuid { none: old }, FieldType::Uuid { none: new }) => {
            told.extend(nones(old.as_deref(), new.as_deref()));
        }
        (FieldType::Hex { min: old_min, max: old_max }, FieldType::Hex { min, max }) => {
            let digits = ["digit", "digits"];
            told.extend(most(*old_max, *max, "It may have at most", digits));
            told.extend(fewest(*old_min, *min, "It must have at least", digits));
        }
        (FieldType::Counts { keys: old }, FieldType::Counts { keys: new }) => told.extend(keys(old, new)),
        (FieldType::List { of: old, max: old_max }, FieldType::List { of, max }) => {
            told.extend(most(*old_max, *max, "The list may have at most", ["item", "items"]));
            told.extend(changes(old, of).into_iter().map(|(kind, words)| (kind, format!("In each item: {words}"))));
        }
        (FieldType::Json { max: old, unit: _ }, FieldType::Json { max, unit }) => {
            told.extend(most(*old, *max, "It may have at most", letters(*unit)));
        }
        (old, new) if old.name() == new.name() => {}
        (old, new) => {
            let kind = if holds_all(old, new) { ChangeKind::CollectsLess } else { ChangeKind::Collects };
            told.push((kind, format!("It is now {}; before, it was {}.", new.in_words(), old.in_words())));
        }
    }
    told
}

/// Whether one type surely takes all that another, which is not of the same name, may hold.
fn holds_all(wide: &FieldType, narrow: &FieldType) -> bool {
    match (wide, narrow) {
        (FieldType::Number { min: wide_min, max: wide_max }, FieldType::Int { min, max }) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "beyond 2^53 the comparison is off by less than the bound's own step"
            )]
            let real = |bound: &Option<i64>| bound.map(|bound| bound as f64);
            let below = |wide: &Option<f64>, bound: Option<f64>| {
                wide.is_none_or(|wide| bound.is_some_and(|bound| wide <= bound))
            };
            let above = |wide: &Option<f64>, bound: Option<f64>| {
                wide.is_none_or(|wide| bound.is_some_and(|bound| wide >= bound))
            };
            below(wide_min, real(min)) && above(wide_max, real(max))
        }
        (FieldType::Text { min, max, pattern: None, unit, .. }, narrow) => {
            let fits = |text: &str| {
                unit.longer_than(text, *max).is_none() && (*min == 0 || unit.longer_than(text, *min - 1).is_some())
            };
            match narrow {
                FieldType::Enum { values } => values.iter().all(|value| fits(value)),
                FieldType::Uuid { none } => *min <= 36 && *max >= 36 && none.as_deref().is_none_or(fits),
                FieldType::Hex { min: fewest, max: most } => *min <= (*fewest).max(1) && max >= most,
                _ => false,
            }
        }
        _ => false,
    }
}

fn most(old: u32, new: u32, what: &str, words: [&str; 2]) -> Option<Told> {
    let kind = if grows(old, new)? { ChangeKind::Collects } else { ChangeKind::CollectsLess };
    Some((kind, instead(what, &number_of(new, words), &old.to_string())))
}

fn fewest(old: u32, new: u32, what: &str, words: [&str; 2]) -> Option<Told> {
    let (kind, words) = most(old, new, what, words)?;
    Some((kind.reversed(), words))
}

fn bounds<T: PartialOrd + std::fmt::Display + Copy>(old: [Option<T>; 2], new: [Option<T>; 2]) -> Vec<Told> {
    let mut told = Vec::new();
    let shown = |bound: Option<T>| bound.map_or_else(|| "unbounded".to_owned(), |bound| bound.to_string());
    let names = [("The smallest value is", true), ("The largest value is", false)];
    for ((what, is_min), (old, new)) in names.into_iter().zip(old.into_iter().zip(new)) {
        let wider = match (old, new) {
            (Some(old), Some(new)) if old == new => continue,
            (None, None) => continue,
            (Some(old), Some(new)) => (new < old) == is_min,
            (old, _) => old.is_some(),
        };
        let kind = if wider { ChangeKind::Collects } else { ChangeKind::CollectsLess };
        told.push((kind, instead(what, &shown(new), &shown(old))));
    }
    told
}

fn patterns(old: Option<&Pattern>, new: Option<&Pattern>) -> Option<Told> {
    Some(match (old, new) {
        (old, new) if old == new => return None,
        (Some(old), Some(new)) => {
            let words = format!("A text must now match `{}` instead of `{}`.", new.source(), old.source());
            (ChangeKind::Collects, words)
        }
        (_, Some(new)) => (ChangeKind::CollectsLess, format!("A text must now match `{}`.", new.source())),
        (old, None) => {
            let source = old.map_or("", Pattern::source);
            (ChangeKind::Collects, format!("A text need not match `{source}` any more."))
        }
    })
}

fn cuts(old: Cut, new: Cut) -> Option<Told> {
    let (kind, words) = match (old, new) {
        (old, new) if old == new => return None,
        (Cut::No, _) => {
            (ChangeKind::Collects, "Of longer texts the beginning is now kept; before, the event was refused.")
        }
        (_, Cut::No) => {
            (ChangeKind::CollectsLess, "An event with a longer text is now refused; before, its beginning was kept.")
        }
        (_, Cut::Ellipsis) => (ChangeKind::Other, "A longer text is now cut with `...` at its end."),
        (_, Cut::Plain) => (ChangeKind::Other, "A longer text is now cut without `...` at its end."),
    };
    Some((kind, words.to_owned()))
}

fn nones(old: Option<&str>, new: Option<&str>) -> Option<Told> {
    Some(match (old, new) {
        (old, new) if old == new => return None,
        (Some(old), Some(new)) => {
            (ChangeKind::Other, format!("Where there is no random number, `{new}` may stand instead of `{old}`."))
        }
        (_, Some(new)) => {
            (ChangeKind::CollectsLess, format!("Where there is no random number, `{new}` may now stand in its place."))
        }
        (_, None) => (ChangeKind::Collects, "It must now always be a random number.".to_owned()),
    })
}

/// Values or names that were added and dropped; `verb` says what the field may do with them.
fn names(verb: &str, old: &[String], new: &[String]) -> Vec<Told> {
    let without = |all: &[String], known: &[String]| -> Vec<String> {
        all.iter().filter(|name| !known.contains(name)).cloned().collect()
    };
    let (added, dropped) = (without(new, old), without(old, new));
    let mut told = Vec::new();
    if !added.is_empty() {
        told.push((ChangeKind::Collects, format!("It may now also {verb}: {}.", listed(&added))));
    }
    if !dropped.is_empty() {
        told.push((ChangeKind::CollectsLess, format!("It may no longer {verb}: {}.", listed(&dropped))));
    }
    told
}

fn keys(old: &Keys, new: &Keys) -> Vec<Told> {
    let many = |keys: &Keys| FieldType::Counts { keys: keys.clone() }.in_words();
    match (old, new) {
        (Keys::Declared(old), Keys::Declared(new)) => names("count", old, new),
        (Keys::Bounded { max_keys: old_keys, max_key: old_key }, Keys::Bounded { max_keys, max_key }) => {
            let keys = most(*old_keys, *max_keys, "It may count at most", ["thing", "things"]);
            keys.into_iter().chain(most(*old_key, *max_key, "A name may have at most", CHARACTERS)).collect()
        }
        (Keys::Bounded { max_keys, max_key }, Keys::Declared(names)) => {
            let fits = |name: &String| TextUnit::Character.longer_than(name, *max_key).is_none();
            let holds_all = names.len() <= *max_keys as usize && names.iter().all(fits);
            let kind = if holds_all { ChangeKind::CollectsLess } else { ChangeKind::Collects };
            vec![(kind, format!("It is now {}; before, it was {}.", many(new), many(old)))]
        }
        (Keys::Declared(_), Keys::Bounded { .. }) => {
            vec![(ChangeKind::Collects, format!("It is now {}; before, it was {}.", many(new), many(old)))]
        }
    }
}
