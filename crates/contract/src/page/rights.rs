//! How to see, keep and erase what is stored of one's own installation.

use super::{Command, Inline, Rights, inline};
use crate::contract::Contract;

/// What stands for the address of the server where that is not known.
const SOME_SERVER: &str = "https://SERVER";

/// The address of an app's native API, on this server where that is known.
#[must_use]
pub fn api_address(server: Option<&str>, app: &str) -> String {
    format!("{}/api/v1/{app}", server.unwrap_or(SOME_SERVER))
}

impl Contract {
    pub(super) fn rights(&self, server: Option<&str>) -> Rights {
        let paths = self.install_paths();
        if paths.is_empty() {
            let words = "No event holds the id of an installation, so nobody can tell which events are yours, not even \
                the makers. What is stored goes by itself after the time above.";
            return Rights { words: inline(words), commands: Vec::new() };
        }
        let mut words = inline(
            "Whoever knows the id of an installation may see, keep and erase all that is stored under it. It is what is sent as ",
        );
        for (index, path) in paths.into_iter().enumerate() {
            let before = if index == 0 { "" } else { " or " };
            words.extend([Inline::Text(before.to_owned()), Inline::Code(path.to_owned())]);
        }
        let address = if server.is_some() { "" } else { ", and the address of the server in place of `SERVER`" };
        words.extend(inline(&format!("; put yours in place of `INSTALL_ID`{address}.")));
        let url = format!("{}/installs/INSTALL_ID", api_address(server, &self.app.id));
        let command = |name, does: &str, line| Command { name, does: inline(does), line };
        let commands = vec![
            command("see", "See all that is stored of it, as JSON.", format!("curl {url}")),
            command(
                "export",
                "Keep a copy. An answer holds up to 1,000 events; where there are more, it ends with `next`, and \
                 `?after=` with that gives the rest.",
                format!("curl -o my-data.json {url}"),
            ),
            command(
                "erase",
                "Erase it. Events, activity and the installation itself are gone before the answer comes, which is your \
                 receipt, and what is sent late is refused. There is no way back.",
                format!("curl -X DELETE {url}"),
            ),
        ];
        Rights { words, commands }
    }

    /// The paths of the ids of installs, none twice.
    fn install_paths(&self) -> Vec<&str> {
        let mut paths = Vec::new();
        for path in self.envelope.iter().chain(&self.events).filter_map(|event| event.install_id_path()) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}
