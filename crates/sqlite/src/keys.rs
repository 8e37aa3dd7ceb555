//! The keys of address hashes, in the file and in memory.

use askfirst_contract::{Day, Timestamp};
use askfirst_core::{AddressHash, AddressKey, AddressKeys};
use rusqlite::{Connection, params};

/// The keys that are alive; a window of 0 means that no limit counts addresses, and none are hashed.
pub(crate) struct Keys {
    window: i64,
    alive: AddressKeys,
}

impl Keys {
    /// Reads the keys back.
    pub(crate) fn load(connection: &Connection, window: i64) -> Result<Self, rusqlite::Error> {
        let mut keys = connection.prepare("SELECT day, secret FROM address_key")?;
        let keys = keys.query_map([], |row| Ok(AddressKey { day: Day(row.get(0)?), secret: row.get(1)? }))?;
        Ok(Self { window, alive: AddressKeys::new(window, keys.collect::<Result<_, _>>()?) })
    }

    /// The hashes of an address, today's first; makes today's key inside the open transaction.
    pub(crate) fn hashes(
        &mut self,
        connection: &Connection,
        address: &str,
        now: Timestamp,
    ) -> Result<Vec<AddressHash>, rusqlite::Error> {
        if self.window == 0 {
            return Ok(Vec::new());
        }
        self.destroy_expired(connection, now)?;
        if !self.alive.has_today(now) {
            let key = AddressKey { day: now.day(), secret: random()? };
            connection
                .execute("INSERT INTO address_key (day, secret) VALUES (?1, ?2)", params![key.day.0, key.secret])?;
            self.alive.add(key);
        }
        Ok(self.alive.hashes(address, now))
    }

    /// Destroys the keys whose time is over; `secure_delete` overwrites them in the file.
    pub(crate) fn destroy_expired(&mut self, connection: &Connection, now: Timestamp) -> Result<(), rusqlite::Error> {
        if self.alive.drop_expired(now) {
            let first_alive = self.alive.first_alive(now);
            connection.execute("DELETE FROM address_key WHERE day < ?1", [first_alive.0])?;
        }
        Ok(())
    }

    /// The first day whose key is alive.
    pub(crate) fn first_alive(&self, now: Timestamp) -> Day {
        self.alive.first_alive(now)
    }
}

#[expect(clippy::disallowed_methods, reason = "the only randomness here: the keys of addresses, and tokens")]
pub(crate) fn random<const N: usize>() -> Result<[u8; N], rusqlite::Error> {
    let mut secret = [0; N];
    getrandom::fill(&mut secret).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(secret)
}
