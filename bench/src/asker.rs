//! Who asks: over HTTP with a token, one connection a question, as a script does.

use std::cell::Cell;
use std::net::SocketAddr;

use serde_json::Value;

use crate::askfirst;
use crate::clock;
use crate::demo::APP;
use crate::failure::Failure;

/// Asks a server about the demo.
pub(crate) struct Asker {
    server: SocketAddr,
    token: String,
}

impl Asker {
    /// Nothing asked yet.
    pub(crate) fn new(server: SocketAddr, token: String) -> Self {
        Self { server, token }
    }

    /// Asks, and gives how long it took from before connecting to after the last byte of the answer, in milliseconds.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that is no success.
    pub(crate) async fn ask(&self, question: &str) -> Result<f64, Failure> {
        let asked = clock::instant();
        self.answer(question).await?;
        Ok(asked.elapsed().as_secs_f64() * 1e3)
    }

    /// How many events the ledger holds.
    ///
    /// # Errors
    ///
    /// When it does not tell, or is so old that questions about the last days are about none.
    pub(crate) async fn events(&self) -> Result<u64, Failure> {
        events(&self.answer("stats").await?)
    }

    /// Asks without pause while something else is measured; gives what was measured, and how long each answer took, in
    /// milliseconds. The last one has been answered when this ends, so that it costs nothing that is measured next.
    ///
    /// # Errors
    ///
    /// When there is no answer, or the measurement fails.
    pub(crate) async fn ask_meanwhile<T>(
        &self,
        question: &str,
        measured: impl Future<Output = Result<T, Failure>>,
    ) -> Result<(T, Vec<f64>), Failure> {
        let is_over = Cell::new(false);
        let measured = async {
            let measured = measured.await;
            is_over.set(true);
            measured
        };
        let answers = async {
            let mut answers_ms = Vec::new();
            while !is_over.get() {
                answers_ms.push(self.ask(question).await?);
            }
            Ok(answers_ms)
        };
        tokio::try_join!(measured, answers)
    }

    async fn answer(&self, question: &str) -> Result<String, Failure> {
        askfirst::ask(self.server, APP, question, &self.token).await
    }
}

fn events(stats: &str) -> Result<u64, Failure> {
    let stats: Value = serde_json::from_str(stats).unwrap_or_default();
    let (Some(events), Some(active)) = (stats["events"].as_u64(), stats["active_this_week"].as_u64()) else {
        return Err(Failure::CannotMeasure("askfirst's stats have no `events` and `active_this_week`".to_owned()));
    };
    if active == 0 {
        return Err(Failure::CannotMeasure(
            "the ledger is old: nobody was active within the last week; leave out --ledger to have a new one made"
                .to_owned(),
        ));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_ledger_is_refused() {
        assert_eq!(events(r#"{"events": 7, "active_this_week": 2}"#).unwrap(), 7);
        for (stats, problem) in [
            (r#"{"events": 7, "active_this_week": 0}"#, "leave out --ledger"),
            (r#"{"events": 7}"#, "active_this_week"),
            ("<html>", "active_this_week"),
        ] {
            let failure = events(stats).unwrap_err();
            assert!(failure.to_string().contains(problem), "{stats}: {failure}");
        }
    }
}
