//! The record of domscribe's relay: `POST /v1/session`.

use super::UUID;
use crate::request::{Request, Url};
use crate::target::Target;
use crate::template::{Body, Fresh, Of};

const PLATFORMS: [&str; 3] = ["darwin", "linux", "win32"];
const FRAMEWORKS: [&str; 8] = ["react", "vue", "next", "nuxt", "svelte", "astro", "solid", "unknown"];

pub(crate) fn request(target: &Target) -> Request {
    let records = FRAMEWORKS.iter().zip(PLATFORMS.iter().cycle()).map(|(framework, platform)| {
        let text = format!(
            r#"{{"protocol_version":"1.0.0","daemon_version":"0.5.2","session_id":"{UUID}","platform":"{platform}","node_version":"v22.12.0","primary_framework":"{framework}"}}"#
        );
        vec![Body::new(text, &[(UUID, Fresh::Uuid(Of::Event))])]
    });
    Request::new(&Url::new(target, &["/v1/session"]), ["", ""], &records.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::request::tests::{bodies, target};

    #[test]
    fn every_session_is_fresh() {
        let bodies = bodies(&mut Request::domscribe(&target()), "/v1/session", 100);
        let sessions: HashSet<&str> = bodies.iter().map(|body| body["session_id"].as_str().unwrap()).collect();
        let frameworks: HashSet<&str> = bodies.iter().map(|body| body["primary_framework"].as_str().unwrap()).collect();
        assert_eq!((sessions.len(), frameworks.len()), (100, FRAMEWORKS.len()));
    }
}
