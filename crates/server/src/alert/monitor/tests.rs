use askfirst_sqlite::DiskSpace;
use proptest::prelude::*;

use super::super::message::Form;
use super::super::rule::Condition;
use super::super::sample::{AppSample, StoredSample};
use super::super::webhook::{Webhook, WebhookUrl};
use super::*;

const NOON: i64 = 1_788_350_400_000;
const MINUTE: i64 = 60_000;

/// A server under watch, whose time and figures the test sets.
struct World {
    monitor: Monitor,
    alerts: Arc<Alerts>,
    sample: Sample,
}

impl World {
    fn new(alerts: Alerts) -> Self {
        let apps = BTreeMap::from([("mytool".to_owned(), AppSample::default())]);
        let sample = Sample { at: Timestamp(NOON), apps, disk: None };
        let mut world = Self { monitor: Monitor::default(), alerts: Arc::new(alerts), sample };
        world.restart();
        world
    }

    /// Goes on with what is kept, as a server does that was stopped, and counts from nothing.
    fn restart(&mut self) {
        self.monitor = Monitor::new(self.monitor.incidents().clone());
        self.monitor.configure(Arc::clone(&self.alerts));
        self.app().outcomes.clear();
    }

    fn configure(&mut self, alerts: Alerts) {
        self.alerts = Arc::new(alerts);
        self.monitor.configure(Arc::clone(&self.alerts));
    }

    fn app(&mut self) -> &mut AppSample {
        self.sample.apps.entry("mytool".to_owned()).or_default()
    }

    fn report(&mut self, outcome: &'static str, reason: &'static str, count: u64) {
        *self.app().outcomes.entry((outcome, reason)).or_default() += count;
    }

    /// A minute passes, and there is a look; gives what is told of it to those who do not know.
    fn minute(&mut self) -> Vec<Message> {
        self.sample.at.0 += MINUTE;
        self.monitor.observe(&self.sample);
        self.tell("ops")
    }

    fn minutes(&mut self, count: usize) -> Vec<Message> {
        (0..count).flat_map(|_| self.minute()).collect()
    }

    fn tell(&mut self, webhook: &str) -> Vec<Message> {
        let untold = self.monitor.untold(webhook);
        for (subject, message) in &untold {
            self.monitor.note_told(webhook, subject, message.status);
        }
        untold.into_iter().map(|(_, message)| message).collect()
    }
}

fn alert(when: &str) -> Alert {
    let when = Condition::parse(when).unwrap();
    Alert { name: "it".to_owned(), when, apps: None, to: vec!["ops".to_owned()] }
}

fn alerts(rules: Vec<Alert>) -> Alerts {
    let webhook = Webhook { url: WebhookUrl::parse("http://127.0.0.1:1/").unwrap(), form: Form::Json };
    Alerts { rules, webhooks: ["chat", "ops"].map(|name| (name.to_owned(), webhook.clone())).into() }
}

fn world(when: &str) -> World {
    World::new(alerts(vec![alert(when)]))
}

fn statuses(messages: &[Message]) -> Vec<&'static str> {
    messages.iter().map(|message| message.status.name()).collect()
}

#[test]
fn an_alert_is_told_once_and_so_is_its_end() {
    let mut world = world("refused > 5%");
    world.report("accepted", "", 1_000);
    assert_eq!(world.minutes(3), [], "the first look is where counting begins");
    world.report("accepted", "", 90);
    world.report("refused", "pattern", 4);
    world.report("refused", "missing", 6);
    world.report("discarded", "undeclared", 1_000);
    let told = world.minute();
    let began = world.sample.at;
    assert_eq!(statuses(&told), ["firing"]);
    assert_eq!(
        told[0].in_words(),
        "[FIRING] it (mytool): 10 of 100 events were refused within 15 minutes (10.0%): missing 6, pattern 4. \
         The alert: more than 5% of events are refused within 15 minutes (from 20 events on). \
         Since 2026-09-02T12:04:00.000Z."
    );
    world.report("refused", "pattern", 50);
    assert_eq!(world.minutes(15), [], "it lasts: the window is 15 minutes long");
    assert_eq!(world.minutes(5), [], "not met any more, but perhaps again");
    let told = world.minute();
    assert_eq!(statuses(&told), ["resolved"]);
    assert_eq!((told[0].since, told[0].until), (began, Some(world.sample.at)));
    assert_eq!(
        told[0].in_words(),
        "[RESOLVED] it (mytool): 0 of 0 events were refused within 15 minutes (0.0%). \
         The alert: more than 5% of events are refused within 15 minutes (from 20 events on). \
         From 2026-09-02T12:04:00.000Z to 2026-09-02T12:25:00.000Z, 21 minutes."
    );
    assert_eq!(world.monitor.incidents().len(), 0);
    assert_eq!(world.minutes(60), []);
}

#[test]
fn few_events_are_no_share() {
    let mut world = world("refused > 5%");
    world.minute();
    world.report("refused", "pattern", 19);
    assert_eq!(world.minutes(15), []);
    world.report("refused", "pattern", 20);
    assert_eq!(statuses(&world.minute()), ["firing"]);
}

#[test]
fn what_comes_and_goes_is_told_once() {
    let mut world = world("limited > 3");
    world.minutes(16);
    let mut told = Vec::new();
    for _ in 0..10 {
        world.report("limited", "address", 4);
        told.extend(world.minute());
        // Out of the window, and met again before it was calm for long enough.
        told.extend(world.minutes(18));
    }
    assert_eq!(statuses(&told), ["firing"]);
    assert_eq!(statuses(&world.minutes(5)), ["resolved"]);
}

#[test]
fn a_restart_neither_repeats_nor_forgets() {
    let mut world = world("refused > 3");
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    let began = world.sample.at;
    world.restart();
    world.report("refused", "pattern", 2);
    assert_eq!(world.minutes(15), [], "it is not known yet whether it is over: a window is 15 minutes long");
    world.report("refused", "pattern", 4);
    assert_eq!(world.minute(), [], "it goes on");
    world.restart();
    let told = world.minutes(21);
    assert_eq!(statuses(&told), ["resolved"]);
    assert_eq!(told[0].since, began);
    world.restart();
    assert_eq!(world.minutes(60), []);
}

#[test]
fn an_end_that_could_not_be_told_is_told_after_a_restart() {
    let mut world = world("refused > 3");
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    for _ in 0..21 {
        world.sample.at.0 += MINUTE;
        world.monitor.observe(&world.sample);
    }
    world.restart();
    assert_eq!(statuses(&world.minute()), ["resolved"]);
    assert_eq!(world.monitor.incidents().len(), 0);
}

#[test]
fn a_webhook_that_knows_nothing_of_it_is_not_told_that_it_is_over() {
    let mut rule = alert("refused > 3");
    rule.to.push("chat".to_owned());
    let mut world = World::new(alerts(vec![rule]));
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    assert_eq!(world.monitor.untold("chat").len(), 1);
    assert_eq!(statuses(&world.minutes(20)), ["resolved"]);
    assert_eq!(world.monitor.untold("chat"), []);
}

#[test]
fn silence_counts_from_the_latest_event_or_the_start() {
    let mut world = world("silence > 6h");
    let stored = |latest: i64| Some(StoredSample { latest: Some(Timestamp(latest)), ..StoredSample::default() });
    world.app().stored = stored(NOON - 30 * 24 * 60 * MINUTE);
    assert_eq!(world.minutes(360), [], "nobody could report while there was no server");
    let told = world.minute();
    assert_eq!(statuses(&told), ["firing"]);
    assert!(told[0].in_words().contains("the latest event was stored at 2026-08-03T12:00:00.000Z"), "{told:?}");
    world.restart();
    assert_eq!(world.minutes(360), [], "after a restart it is not known whether anybody is there");
    world.app().stored = stored(world.sample.at.0 + 1);
    assert_eq!(world.minutes(5), []);
    assert_eq!(statuses(&world.minute()), ["resolved"]);
}

#[test]
fn errors_are_a_share_of_what_is_stored() {
    let mut world = world("errors > 2%");
    let stored = |events, errors| Some(StoredSample { events, errors, latest: None });
    world.app().stored = stored(1_000, 900);
    world.minutes(16);
    world.app().stored = stored(1_100, 902);
    assert_eq!(world.minute(), []);
    world.app().stored = None;
    assert_eq!(world.minute(), [], "a ledger that can't be read tells nothing");
    world.app().stored = stored(1_200, 907);
    let told = world.minute();
    assert!(told[0].in_words().contains(": 7 of 200 stored events report an error within 15 minutes (3.5%). The"));
    world.app().stored = None;
    assert_eq!(world.minutes(60), [], "nor that it is over");
}

#[test]
fn the_disk_is_no_apps() {
    let mut world = world("disk_free < 10%");
    assert_eq!(world.minutes(2), [], "not to be found out");
    world.sample.disk = Some(DiskSpace { free: 3 << 29, total: 40 << 30 });
    let told = world.minute();
    assert_eq!(told[0].app, None);
    assert!(told[0].in_words().starts_with("[FIRING] it: 1.5 GiB of 40.0 GiB are free (3.7%)."), "{told:?}");
    world.sample.disk = Some(DiskSpace { free: 4 << 30, total: 40 << 30 });
    assert_eq!(statuses(&world.minutes(6)), ["resolved"]);
}

#[test]
fn each_app_is_watched_for_itself_and_only_those_that_are_named() {
    let mut rule = alert("refused > 3");
    rule.apps = Some(vec!["mytool".to_owned(), "other".to_owned()]);
    let mut world = World::new(alerts(vec![rule]));
    world.minute();
    let refused = AppSample { outcomes: BTreeMap::from([(("refused", "pattern"), 0)]), stored: None };
    for app in ["other", "third"] {
        world.sample.apps.insert(app.to_owned(), refused.clone());
    }
    world.minute();
    for app in ["other", "third"] {
        world.sample.apps.get_mut(app).unwrap().outcomes.insert(("refused", "pattern"), 4);
    }
    world.report("refused", "pattern", 3);
    let told = world.minute();
    assert_eq!(told.iter().map(|message| message.app.as_deref()).collect::<Vec<_>>(), [Some("other")]);
}

#[test]
fn what_is_not_watched_any_more_is_over() {
    let mut world = world("refused > 3");
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    let apps = std::mem::take(&mut world.sample.apps);
    assert_eq!(statuses(&world.minute()), ["resolved"], "the app is served no more");
    world.sample.apps = apps;
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    world.configure(alerts(Vec::new()));
    let told = world.minute();
    assert_eq!(statuses(&told), ["resolved"]);
    assert!(told[0].in_words().contains("it (mytool): The alert is not configured any more. From"), "{told:?}");
}

#[test]
fn other_rules_are_watched_from_then_on() {
    let mut world = world("refused > 30");
    world.minute();
    world.report("refused", "pattern", 4);
    assert_eq!(world.minute(), []);
    world.configure(alerts(vec![alert("refused > 3")]));
    assert_eq!(world.minutes(2), [], "a window that begins anew");
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    world.configure(alerts(vec![alert("refused > 2")]));
    assert_eq!(statuses(&world.minutes(21)), ["resolved"], "under its name it goes on");
}

#[test]
fn a_webhook_that_is_gone_is_not_waited_for() {
    let mut world = world("disk_free < 10%");
    world.sample.disk = Some(DiskSpace { free: 0, total: 1 });
    assert_eq!(statuses(&world.minute()), ["firing"]);
    let rule = Alert { to: vec!["chat".to_owned()], ..alert("disk_free < 1 B") };
    let mut others = alerts(vec![rule]);
    others.webhooks.remove("ops");
    world.configure(others);
    world.sample.disk = Some(DiskSpace { free: 1, total: 1 });
    assert_eq!(world.minutes(6), []);
    assert_eq!(world.monitor.incidents().len(), 0);
}

#[test]
fn a_clock_that_is_set_back_ends_nothing_and_repeats_nothing() {
    let mut world = world("refused > 3");
    world.minutes(16);
    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    world.sample.at.0 -= 120 * MINUTE;
    assert_eq!(world.minutes(15), []);
    assert_eq!(statuses(&world.minutes(10)), ["resolved"]);

    world.report("refused", "pattern", 4);
    assert_eq!(statuses(&world.minute()), ["firing"]);
    assert_eq!(world.minutes(17), [], "calm, but not for long enough");
    world.sample.at.0 -= 120 * MINUTE;
    assert_eq!(statuses(&world.minutes(25)), ["resolved"]);
}

proptest! {
    /// Whatever happens, and however often a message does not get through: what a webhook takes begins, ends, begins,
    /// and the end comes once there is nothing to tell of any more.
    #[test]
    fn what_a_webhook_is_told_alternates(
        steps in prop::collection::vec((0..8_u64, any::<bool>(), 0..20_u8), 1..120),
    ) {
        let mut world = world("refused > 5");
        let mut told = Vec::new();
        for (refused, is_reached, event) in steps {
            world.report("refused", "pattern", refused);
            if event == 0 {
                world.restart();
            }
            if is_reached {
                told.extend(world.minute());
            } else {
                world.sample.at.0 += MINUTE;
                world.monitor.observe(&world.sample);
            }
            prop_assert!(world.monitor.incidents().len() <= 1);
        }
        told.extend(world.minutes(40));
        let expected: Vec<_> = ["firing", "resolved"].into_iter().cycle().take(told.len()).collect();
        prop_assert_eq!(statuses(&told), expected);
        prop_assert!(told.len() % 2 == 0 && world.monitor.incidents().is_empty());
    }
}
