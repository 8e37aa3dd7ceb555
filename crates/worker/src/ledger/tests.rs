//! What every ledger promises, on SQLite in the place of D1.

use askfirst_contract::Contract;

use super::D1Ledger;
use crate::sqlite_database::SqliteDatabase;

fn open(contract: &Contract) -> D1Ledger<SqliteDatabase> {
    D1Ledger::new(SqliteDatabase::new(askfirst_core::sql::VOICEMODE), contract.clone())
}

askfirst_core::ledger_suite!(open, pollster::block_on);
