//! What every ledger promises.

use crate::harness::TestLedger;

askfirst_core::ledger_suite!(TestLedger::with, pollster::block_on);
