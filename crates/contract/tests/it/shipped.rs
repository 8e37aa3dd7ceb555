//! The contracts that come with the program, and a small one that uses most of the language.

use std::fmt::Write as _;

use askfirst_contract::Contract;

pub(crate) const SHIPPED: [(&str, &str); 4] = [
    ("baofeng.toml", include_str!("../../../../contracts/baofeng.toml")),
    ("domscribe.toml", include_str!("../../../../contracts/domscribe.toml")),
    ("drift.toml", include_str!("../../../../contracts/drift.toml")),
    ("voicemode.toml", include_str!("../../../../contracts/voicemode.toml")),
];

pub(crate) const SMALL: &str = r#"[app]
id = "tool"
title = "Tool & Co"
about = "A tool that <does> things."

[policy]
undeclared_events = "envelope"
retention = "30d"
limits = { install = "10/h", address = "100/h" }

[envelope]
install_id = "install"
occurred_at = "at"

[envelope.fields]
install = { type = "uuid", why = "a random number made when you agreed, to count installations" }
at = { type = "time", why = "which day it was" }
"env.os" = { type = "enum", values = ["linux", "macos", "windows"], role = "platform", why = "which systems to test" }
"env.version" = { type = "version", role = "app_version", why = "which releases still need fixes" }

[[event]]
type = "run"
about = "The tool was run with `tool run`."
event_id = "id"

[event.fields]
id = { type = "hex", min = 8, max = 32, why = "so that what is sent twice is counted once" }
command = { type = "text", min = 1, max = 32, pattern = "[a-z-]+", why = "which commands are used | or not" }
note = { type = "text", max = 12, cut = true, optional = true, why = "what was _noted_" }
ok = { type = "bool", default = true, why = "whether it worked" }
seconds = { type = "number", min = 0, optional = true, lenient = true, why = "how long it took" }
files = { type = "int", min = 0, max = 1_000, optional = true, why = "how many files there were" }
"used.features" = { type = "counts", keys = ["search", "replace"], optional = true, why = "what is used" }
"used.plugins" = { type = "counts", max_keys = 20, max_key = 40, optional = true, why = "which plug-ins are used" }
languages = { type = "list", of = { type = "text", max = 20 }, max = 10, optional = true, why = "which languages to support" }

[[event]]
type = "started"
about = "The tool was started."
"#;

pub(crate) fn parse(file: &str, text: &str) -> Contract {
    Contract::parse(file, text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn the_printed_form_of_every_shipped_contract_is_the_same_contract() {
    let mut versions = String::new();
    for (file, text) in SHIPPED.into_iter().chain([("small.toml", SMALL)]) {
        let contract = parse(file, text);
        let printed = contract.to_toml();
        let again = parse("printed.toml", &printed);
        assert_eq!(again, contract, "{file}");
        assert_eq!((again.to_toml(), again.hash()), (printed, contract.hash()), "{file}");
        writeln!(versions, "{file} {}", contract.hash()).unwrap();
    }
    insta::assert_snapshot!(versions);
}
