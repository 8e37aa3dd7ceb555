//! The Cloudflare Worker: one app, the same core as the server, and a ledger on D1.
//!
//! The runtime calls `fetch` for each request and `scheduled` by the crons of `wrangler.toml`. An isolate serves many
//! requests at once on one thread; what it keeps between them is the configuration and the keys of the ledger.

mod config;
mod d1;
pub mod database;
mod http;
pub mod ledger;
#[cfg(test)]
mod sqlite_database;

use std::cell::OnceCell;

use askfirst_core::{Service, health};
use worker::{Context, D1Database, Env, Method, Request, Response, ScheduleContext, ScheduledEvent, event};

use self::config::{Config, Tokens};
use self::ledger::D1Ledger;

/// What an isolate serves with.
struct Served {
    service: Service<D1Ledger<D1Database>>,
    tokens: Tokens,
}

thread_local! {
    /// Made with the first request. It lives as long as the isolate, so it may be borrowed for ever.
    static SERVED: OnceCell<&'static Served> = const { OnceCell::new() };
}

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let served = match served(&env) {
        Ok(served) => served,
        Err(problem) => {
            worker::console_error!("{problem}");
            return Response::error("this Worker is not set up; its log tells why", 500);
        }
    };
    if request.path() == "/healthz" && matches!(request.method(), Method::Get | Method::Head) {
        return http::into_response(health());
    }
    http::app(&served.service, &served.tokens, request).await
}

/// Keeps the ledger up, by the crons of `wrangler.toml`.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let done = match served(&env) {
        Ok(served) => match served.service.apps.first() {
            Some(app) => app.ledger.upkeep(http::now()).await.map_err(|error| error.to_string()),
            None => Ok(()),
        },
        Err(problem) => Err(problem),
    };
    if let Err(problem) = done {
        worker::console_error!("upkeep: {problem}; the next run goes on");
    }
}

fn served(env: &Env) -> Result<&'static Served, String> {
    SERVED.with(|known| {
        if let Some(served) = known.get() {
            return Ok(*served);
        }
        let Config { app, tokens } = Config::read(|name| env.var(name).ok().map(|value| value.to_string()))?;
        let database = env.d1("DB").map_err(|error| format!("there is no database DB: {error}"))?;
        let ledger = D1Ledger::new(database, app.contract.clone());
        let service = Service { apps: vec![app.with_ledger(ledger, http::now())] };
        Ok(*known.get_or_init(|| Box::leak(Box::new(Served { service, tokens }))))
    })
}
