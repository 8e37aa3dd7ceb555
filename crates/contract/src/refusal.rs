//! Refusals: every rule that an event breaks, by place and rule, and nothing of its content but undeclared names.

use std::fmt;

use crate::undeclared::UndeclaredName;

/// Why an event was not let through. Holds nothing of its content but a declared, valid version and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// All violations, in declared order; undeclared fields come last. Never empty, at most 100.
    pub violations: Vec<Violation>,
    /// The value of the field with [`crate::Role::AppVersion`], where that field is valid.
    pub app_version: Option<String>,
    /// What nobody declared, where the event was refused for that; content, unlike the rest. At most 100.
    pub undeclared: Vec<UndeclaredName>,
}

/// One rule that an event breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Which rule.
    pub rule: Rule,
}

/// The rules a value can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A required field is not there, or `null`.
    Missing,
    /// The value is of another JSON type.
    Type,
    /// A text that must not be empty is.
    Empty,
    /// A text has fewer characters than declared.
    TooShort,
    /// A text has more characters than declared.
    TooLong,
    /// A text does not match its pattern.
    Pattern,
    /// A text is not one of those declared.
    Enum,
    /// A text is no time, UUID, version or hex number.
    Format,
    /// A number is not whole.
    Whole,
    /// A number lies outside its bounds.
    Range,
    /// A time lies too far ahead.
    Future,
    /// A time lies too far back.
    Past,
    /// Counts have more keys than declared.
    TooManyKeys,
    /// A key of counts has more characters than declared.
    KeyTooLong,
    /// A list has more items than declared.
    TooManyItems,
    /// An item of a list breaks its rule.
    Item,
    /// Nobody declared this.
    Undeclared,
    /// Nobody declared an event of this type.
    UndeclaredType,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 18] = [
        Self::Missing,
        Self::Type,
        Self::Empty,
        Self::TooShort,
        Self::TooLong,
        Self::Pattern,
        Self::Enum,
        Self::Format,
        Self::Whole,
        Self::Range,
        Self::Future,
        Self::Past,
        Self::TooManyKeys,
        Self::KeyTooLong,
        Self::TooManyItems,
        Self::Item,
        Self::Undeclared,
        Self::UndeclaredType,
    ];

    /// The name in answers, counts and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Type => "type",
            Self::Empty => "empty",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Pattern => "pattern",
            Self::Enum => "enum",
            Self::Format => "format",
            Self::Whole => "whole",
            Self::Range => "range",
            Self::Future => "future",
            Self::Past => "past",
            Self::TooManyKeys => "too_many_keys",
            Self::KeyTooLong => "key_too_long",
            Self::TooManyItems => "too_many_items",
            Self::Item => "item",
            Self::Undeclared => "undeclared",
            Self::UndeclaredType => "undeclared_type",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{} ({})", violation.pointer, violation.rule.name())?;
        }
        Ok(())
    }
}
