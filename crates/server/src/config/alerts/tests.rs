use std::path::Path;

use askfirst_contract::Span;

use super::super::app;
use super::*;

const WEBHOOK: &str = "[webhook.ops]\nurl = \"https://hooks.example.com/secret\"\n";

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Alerts, String> {
    let apps = app::apps(Path::new("none"), false).unwrap();
    alerts("askfirst.toml", text, &environment(variables), &apps).map_err(|problems| problems.to_string())
}

/// An alert with these lines and what they are.
fn alert_of(lines: &str) -> Result<Alert, String> {
    read(&format!("{WEBHOOK}[[alert]]\n{lines}"), &[]).map(|mut alerts| alerts.rules.remove(0))
}

#[test]
fn what_is_left_out_is_the_default() {
    let alert = alert_of("name = 'it'\nwhen = 'refused > 5%'").unwrap();
    let full = "name = 'it'\nwhen = 'refused > 5%'\nwindow = '15min'\nmin_events = 20\nto = ['ops']";
    assert_eq!(alert_of(full).unwrap(), alert);
    assert_eq!((alert.apps, alert.to), (None, vec!["ops".to_owned()]));
    let Condition::Events { more_than: Amount::Share { min_events, .. }, window, .. } = alert.when else {
        unreachable!()
    };
    assert_eq!((min_events, window), (20, Span(15 * 60_000)));
    assert_eq!(read("", &[]).unwrap(), Alerts::default());
}

#[test]
fn the_example_is_right_once_it_is_no_comment() {
    let example = include_str!("../../../../../askfirst.example.toml");
    let (_, example) = example.split_once("nobody told, until you say so.\n").unwrap();
    let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
    let is_toml =
        |line: &&str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let text: String = lines.filter(is_toml).flat_map(|line| [line, "\n"]).collect();
    let alerts = read(&text, &[]).unwrap();
    assert_eq!((alerts.rules.len(), alerts.webhooks["ops"].form), (5, Form::Json));
    let default = alert_of("name = 'many refusals'\nwhen = 'refused > 5%'\napps = ['voicemode']").unwrap();
    assert_eq!(alerts.rules[0], default, "every key with its default");
    for (name, _) in Form::ALL {
        assert!(example.contains(&format!("{name:?}")), "{name}");
    }
}

#[test]
fn the_address_of_a_webhook_comes_from_the_environment_over_the_file() {
    let variable = ("ASKFIRST_WEBHOOK_ON_CALL_URL", "https://hooks.example.com/other");
    let url = |text: &str, variables: &[(&str, &str)]| read(text, variables).unwrap().webhooks["on-call"].url.clone();
    let of_environment = url("[webhook.on-call]\nform = 'discord'", &[variable]);
    assert_eq!(of_environment, WebhookUrl::parse(variable.1).unwrap());
    let in_file = "[webhook.on-call]\nurl = 'https://hooks.example.com/secret'";
    assert_eq!(url(in_file, &[variable]), of_environment);
    assert_ne!(url(in_file, &[]), of_environment);
    let problem = read("[webhook.on-call]", &[("ASKFIRST_WEBHOOK_ON_CALL_URL", "secret")]).unwrap_err();
    assert!(problem.starts_with("askfirst.toml:1: ASKFIRST_WEBHOOK_ON_CALL_URL: this is no address"), "{problem}");
}

#[test]
fn what_is_not_right_is_told_with_its_line_and_without_secrets() {
    let it = "name = 'it'\nwhen = 'refused > 5%'\n";
    for (lines, told) in [
        ("when = 'refused > 5%'", "3: [alert] needs `name`"),
        ("name = 'it'", "3: [alert] needs `when`"),
        ("name = ' '\nwhen = 'refused > 5%'", "4: `name`: a name has 1 to 100 characters on one line"),
        ("name = 'it'\nwhen = 'refusd > 5%'", "5: `when`: there is no figure `refusd`; did you mean `refused`?"),
        (&format!("{it}windw = '1h'"), "6: unknown key `windw` in [alert]; did you mean `window`?"),
        (&format!("{it}window = '15m'"), "6: `window`: `15m` is no length of time from 1s to 30d, such as 15min"),
        (&format!("{it}min_events = 0"), "6: `min_events` must be at least 1"),
        (&format!("{it}apps = ['voicemod']"), "6: there is no app `voicemod`; did you mean `voicemode`?"),
        (&format!("{it}apps = []"), "6: `apps` is empty; leave it out for all"),
        (&format!("{it}to = ['opps']"), "6: there is no webhook `opps`; did you mean `ops`?"),
        (&format!("{it}to = 'ops'"), "6: `to` must be a list of texts, not a string"),
        (&format!("{it}[[alert]]\n{it}"), "6: there are two alerts with the name \"it\""),
        ("name = 'it'\nwhen = 'silence > 1h'\nwindow = '1h'", "6: `window` belongs to"),
        ("name = 'it'\nwhen = 'refused > 5'\nmin_events = 5", "6: `min_events` belongs to a share"),
        ("name = 'it'\nwhen = 'disk_free < 5%'\napps = ['drift']", "6: the disk is that of all apps"),
        (
            "name = 'it'\nwhen = 'errors > 5%'\napps = ['baofeng', 'drift']",
            "3: `errors` needs a field with the role `error`, which the contract of `drift` does not have",
        ),
    ] {
        let problem = alert_of(lines).unwrap_err();
        assert!(problem.starts_with(&format!("askfirst.toml:{told}")), "{lines}: {problem}");
    }
    for (text, told) in [
        ("[webhook.ops]", "1: [webhook.ops] needs `url`, here or in ASKFIRST_WEBHOOK_OPS_URL"),
        ("[webhook.ops]\nurl = 'hooks/secret'", "2: `url`: this is no address that begins with https:// or http://"),
        ("[webhook.ops]\nurl = ['secret']", "2: `url` must be a text, not an array"),
        (&format!("{WEBHOOK}form = 'slak'"), "3: `form`: there is no form `slak`; did you mean `slack`?"),
        (&format!("{WEBHOOK}urll = 'secret'"), "3: unknown key `urll` in [webhook.ops]; did you mean `url`?"),
        ("[webhook.Ops]\nurl = 'https://example.com/secret'", "1: \"Ops\" is no name of a webhook"),
        ("webhook = 'https://example.com/secret'", "1: `webhook` must be a table, not a string"),
        ("[alert]\nname = 'it'", "1: `alert` must be a list of tables, each under [[alert]]"),
        ("[[alert]]\nname = 'it'\nwhen = 'refused > 5%'", "1: there is no webhook to tell of it: add [webhook.NAME]"),
    ] {
        let problem = read(text, &[]).unwrap_err();
        assert!(problem.contains(&format!("askfirst.toml:{told}")) && !problem.contains("secret"), "{text}: {problem}");
    }
    assert!(!format!("{:?}", read(WEBHOOK, &[])).contains("secret"));
}

#[test]
fn there_is_an_end_to_alerts_and_webhooks() {
    let many = |count: usize, one: fn(usize) -> String| (0..=count).map(one).collect::<Vec<_>>().concat();
    let webhooks = many(MAX_WEBHOOKS, |n| format!("[webhook.w{n}]\nurl = 'http://localhost/{n}'\n"));
    assert!(read(&webhooks, &[]).unwrap_err().contains("at most 20 webhooks"));
    let alerts = many(MAX_ALERTS, |n| format!("[[alert]]\nname = '{n}'\nwhen = 'limited > {n}'\n"));
    assert!(read(&format!("{WEBHOOK}{alerts}"), &[]).unwrap_err().contains("at most 100 alerts"));
}
