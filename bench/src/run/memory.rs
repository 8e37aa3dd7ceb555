//! How much memory the servers take.

use comfy_table::Table;
use serde::Serialize;

use crate::report::Verdict;
use crate::table::{figures, mib, shown};

/// In bytes; none where the system does not tell.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Memory {
    /// Resident in a server with empty ledgers that was started two seconds ago.
    pub(super) idle: Option<u64>,
    /// The most that was resident under the load of one app, from an empty ledger on.
    pub(super) one_app: Option<u64>,
    /// The most that was resident under the loads of all five, in turns.
    pub(super) all_apps: Option<u64>,
    /// With batches of up to 100, too: the most that the default settings allow.
    pub(super) batches: Option<u64>,
    /// With batches of 1,000, too, which servers take where they are set to.
    pub(super) raised: Option<u64>,
    /// The most that was resident with a large ledger, under load and beside questions.
    pub(super) large: Option<u64>,
    /// The most that no-op had.
    pub(super) no_op: Option<u64>,
}

impl Memory {
    pub(super) fn ceilings(&self) -> [Verdict; 3] {
        let verdict = |rule, bytes: Option<u64>, most| {
            let value = bytes.map_or(f64::NAN, mib);
            Verdict { rule, value, ok: value <= most }
        };
        [
            verdict("memory: idle <= 20 MiB", self.idle, 20.0),
            verdict("memory: peak of one app under load <= 120 MiB", self.one_app, 120.0),
            verdict("memory: peak under load with the large ledger <= 120 MiB", self.large, 120.0),
        ]
    }

    pub(super) fn table(&self) -> Table {
        let row = |name: &str, bytes: Option<u64>| [name.to_owned(), shown(bytes.map(mib), 1)];
        let rows = [
            row("askfirst, idle with empty ledgers", self.idle),
            row("askfirst, peak, one app under load", self.one_app),
            row("askfirst, peak, all five apps, single events", self.all_apps),
            row("askfirst, peak, all five apps, batches of up to 100", self.batches),
            row("askfirst, peak, all five apps, batches of up to 1,000", self.raised),
            row("askfirst, peak, one app with the large ledger, also beside questions", self.large),
            row("no-op, peak", self.no_op),
        ];
        figures(["resident memory", "MiB"], rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_are_kept_missed_or_unknown() {
        let memory = |idle, most| Memory { idle, one_app: most, large: most, ..Memory::default() };
        let kept = |memory: Memory| memory.ceilings().map(|verdict| verdict.ok);
        assert_eq!(kept(memory(Some(20 << 20), Some(120 << 20))), [true; 3]);
        assert_eq!(kept(memory(Some((20 << 20) + 1), Some((120 << 20) + 1))), [false; 3]);
        assert_eq!(kept(memory(None, None)), [false; 3]);
        assert!(memory(Some(3 << 19), None).table().to_string().contains("1.5"));
    }
}
