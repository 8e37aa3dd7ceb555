//! Apps on real ledgers, asked through the core with the time in our hands.

use askfirst_contract::{Contract, Timestamp};
use askfirst_core::suite::NOON;
use askfirst_core::wire::{Asked, Wire};
use askfirst_core::{Access, App, Body, CONTRACTS, Headers, Request, Secret, Secrets, Service, Undeclared};
use askfirst_sqlite::{Settings, SqliteLedger};
use pollster::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

/// An app at the root, on a ledger in a folder that goes away with the test.
pub(crate) struct World {
    pub(crate) service: Option<Service<SqliteLedger>>,
    pub(crate) contract: Contract,
    wire: Wire,
    folder: TempDir,
}

impl World {
    pub(crate) fn new(app: &str) -> Self {
        let (_, text) = *CONTRACTS.iter().find(|(file, _)| *file == format!("{app}.toml")).unwrap();
        Self::of(text)
    }

    /// The app of a contract.
    pub(crate) fn of(contract: &str) -> Self {
        let contract = Contract::parse("contract.toml", contract).unwrap();
        let wire = Wire::named(&contract.app.wire).unwrap();
        let mut world = Self { service: None, contract, wire, folder: TempDir::new().unwrap() };
        world.reopen(NOON);
        world
    }

    pub(crate) fn reopen(&mut self, now: Timestamp) {
        self.service = None;
        let path = self.folder.path().join("app.db");
        let settings = Settings { path, contract: self.contract.clone(), tables: self.wire.tables(), now };
        let token = Secret::new("token");
        self.service = Some(Service {
            apps: vec![App {
                contract_hash: self.contract.hash(),
                contract: self.contract.clone(),
                wire: self.wire,
                base_path: String::new(),
                host: None,
                secrets: Secrets { admin_token: token.clone(), signing_secret: None, read_token: token },
                asked: Asked::default(),
                undeclared: Undeclared::new(now),
                ledger: SqliteLedger::open(settings).unwrap(),
            }],
        });
    }

    /// Sends a request that bears the operator's token; gives status and body.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str, now: Timestamp) -> (u16, String) {
        let headers = Headers {
            content_type: Some("application/json"),
            authorization: Some("Bearer token"),
            ..Headers::default()
        };
        let body = Body::Complete(body.as_bytes());
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let request = Request { method, path, query, headers, body, access: Access::None, address: "192.0.2.1", now };
        let service = self.service.as_ref().unwrap();
        let reply = block_on(service.route(path, None).handle(&request));
        (reply.status, String::from_utf8(reply.body).unwrap())
    }

    pub(crate) fn get(&self, path: &str, now: Timestamp) -> String {
        let (status, body) = self.send("GET", path, "", now);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) fn retain(&self, now: Timestamp) {
        block_on(self.service.as_ref().unwrap().apps[0].ledger.retain(now)).unwrap();
    }

    pub(crate) fn ask<T: rusqlite::types::FromSql>(&self, statement: &str) -> T {
        let connection = Connection::open(self.folder.path().join("app.db")).unwrap();
        connection.query_row(statement, [], |row| row.get(0)).unwrap()
    }
}
