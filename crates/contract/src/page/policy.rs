//! What the contract's policy means for people.

use super::{Inline, Words, alternating, inline};
use crate::contract::{Contract, Undeclared};
use crate::field::FieldType;
use crate::public::Public;
use crate::words::number_of;

impl Contract {
    pub(super) fn intro(&self) -> Words {
        let fate = match self.policy.undeclared {
            Undeclared::Reject => "an event that holds anything else is refused as a whole.",
            Undeclared::Discard => "anything else that an event holds is dropped before anything is stored.",
        };
        inline(&format!(
            "This page says everything that {} may report to its makers, and why. It is made from the contract that their \
             server holds every event against: {fate}",
            self.app.title
        ))
    }

    /// Short answers to what people ask first.
    pub(super) fn glance(&self) -> Vec<(&'static str, Words)> {
        let common = self.common_count();
        let fields: usize = self.events.iter().map(|event| event.fields.len() - common).sum();
        let count = |count: usize, words| number_of(u32::try_from(count).unwrap_or(u32::MAX), words);
        let sent = format!(
            "{} with {} in all",
            count(self.events.len(), ["kind of event", "kinds of events"]),
            count(fields + common, ["field", "fields"])
        );
        let id = match self.install_kind() {
            Some(FieldType::Uuid { .. }) => "A random number for each installation",
            Some(_) => "An id for each installation",
            None => "Nothing: no installation is told from another",
        };
        let address = match self.policy.limits.address {
            Some(_) => "Never kept; a keyed hash counts events for a while",
            None => "Never kept, nor anything made from it",
        };
        let published = match self.public {
            Some(_) => format!("Counts of weeks, no group below {}", Public::SMALLEST_GROUP),
            None => "Nothing".to_owned(),
        };
        let yours = match self.install_kind() {
            Some(_) => "Yours to see and to erase, at any time",
            None => "Can't be told from that of others",
        };
        let kept = format!("For {}, then deleted", self.policy.retention.in_words());
        let answers = [
            ("What is sent", sent.as_str()),
            ("How long it is kept", kept.as_str()),
            ("Known by", id),
            ("Your network address", address),
            ("Published", published.as_str()),
            ("Your data", yours),
        ];
        answers.map(|(what, answer)| (what, inline(answer))).into()
    }

    pub(super) fn never_kept(&self) -> Vec<Words> {
        let anything = match self.policy.undeclared {
            Undeclared::Reject => {
                "Anything that is not on this page. The server refuses an event that holds it, and keeps nothing of it."
            }
            Undeclared::Discard => "Anything that is not on this page. The server drops it before anything is stored.",
        };
        let address = match self.policy.limits.address {
            Some(limit) => format!(
                "Your network (IP) address. No more than {} are taken from one address; to count them, a keyed hash of \
                 it is kept. The key is random, new every day, and destroyed once the limit no longer reaches back \
                 into that day; the hash goes with it.",
                limit.in_words()
            ),
            None => "Your network (IP) address, nor anything made from it.".to_owned(),
        };
        let sender =
            "Anything the server could add by itself, such as where you are or what browser or program sent the event.";
        [anything, &address, sender].into_iter().map(inline).collect()
    }

    pub(super) fn of_keeping(&self) -> Words {
        let retention = self.policy.retention.in_words();
        inline(&format!(
            "Each event is kept, with the time at which it arrived, for {retention} from then on, and then deleted. What stays are counts, such as how many \
             installations were active on a day; they hold no id and nothing of a single event."
        ))
    }

    pub(super) fn of_publishing(&self, public: &Public) -> [Words; 2] {
        let mut words = vec![Inline::Text(
            "Anybody may know how many installations reported something in a week (Monday to Sunday, UTC)".to_owned(),
        )];
        let paths = public.by.iter().flat_map(|dimension| dimension.paths(&self.events));
        for (index, path) in paths.enumerate() {
            let before = if index == 0 { ", and how many of them with which value of " } else { ", " };
            words.extend([Inline::Text(before.to_owned()), Inline::Code(path.to_owned())]);
        }
        words.push(Inline::Text(".".to_owned()));
        [words, inline(&Public::how_it_is_rounded())]
    }

    pub(super) fn how_to_check(&self) -> Words {
        let hash = self.hash();
        let mut words = alternating([
            "This page is made by askfirst from the contract ",
            &self.app.id,
            ", version ",
            &hash,
            ". The version changes with every word of the contract, and the server records which one was in force when an event arrived.",
        ]);
        if self.app.wire != "native" {
            words.extend(alternating([
                " Released clients send the same fields in a form of their own, the wire ",
                &self.app.wire,
                "; the examples show the event inside.",
            ]));
        }
        words
    }

    /// What names an install; `None` where nothing does.
    fn install_kind(&self) -> Option<&FieldType> {
        let mut events = self.envelope.iter().chain(&self.events);
        events.find_map(|event| event.install_id.map(|index| &event.fields[index].kind))
    }
}
