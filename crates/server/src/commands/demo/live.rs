//! The demo's ledger served, with events coming.

use std::sync::Arc;

use askfirst_core::settings::AppSettings;
use askfirst_core::{Access, Body, Headers, Request};

use crate::args::demo::DemoArguments;
use crate::clock;
use crate::commands::serve::{self, Served};
use crate::config::Settings;
use crate::demo::{CONTRACT, Population};
use crate::failure::Failure;

/// Where the events of the demo go.
const EVENTS: &str = "/api/v1/demo/events";
/// Whom they come from: an address for documentation (RFC 5737).
const ADDRESS: &str = "192.0.2.1";

/// Serves the demo as any app is served, while its population goes on.
pub(super) fn serve(arguments: &DemoArguments, population: Population) -> Result<(), Failure> {
    let app = AppSettings::of_contract("the demo's contract", CONTRACT).map_err(Failure::failed)?;
    let settings = Settings::of_app(arguments.listen, arguments.data.clone(), app);
    serve::run_with(settings, |served, _| Ok(go_on(served, population)))
}

/// Events that come faster, so that there is something of everything soon: within five seconds or so.
const AT_FIRST: u64 = 40;

/// Sends what the population does as its clients would, but for the network.
async fn go_on(served: Arc<Served>, population: Population) {
    let mut text = String::new();
    for sent in 0_u64.. {
        let now = clock::now();
        let (receipt, pause) = population.live(now);
        population.write(&receipt, &mut text);
        let request = Request {
            method: "POST",
            path: EVENTS,
            query: None,
            headers: Headers::default(),
            body: Body::Complete(text.as_bytes()),
            access: Access::None,
            address: ADDRESS,
            now,
        };
        // What became of it is counted.
        let _ = served.now().route(EVENTS, None).handle(&request).await;
        tokio::time::sleep(if sent < AT_FIRST { pause / 8 } else { pause }).await;
    }
}
