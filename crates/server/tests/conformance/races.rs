//! Requests that race. What of them is stored does not depend on who is first, so it is no case with its own reply each.

use std::collections::BTreeMap;
use std::thread;

use crate::harness::{Report, Request, install_id};
use crate::host::Host;

/// How many of 50 reports of VoiceMode that are sent at once get which status. A repetition counts as 208 here, as it has the
/// status of what it repeats.
fn statuses(host: &Host, reports: &[Report]) -> BTreeMap<u16, usize> {
    let request =
        |report: &Report| Request::report_from("192.0.2.1", report.json()).header("cf-connecting-ip", "192.0.2.1");
    let requests: Vec<Request> = reports.iter().map(request).collect();
    let mut counts = BTreeMap::new();
    thread::scope(|scope| {
        let racing: Vec<_> = requests.iter().map(|request| scope.spawn(|| host.send(request).unwrap())).collect();
        for answer in racing {
            let answer = answer.join().unwrap();
            let is_repeated = String::from_utf8_lossy(&answer.body).contains("already recorded");
            *counts.entry(if is_repeated { 208 } else { answer.status }).or_default() += 1;
        }
    });
    counts
}

/// One event is stored once, and an install gets as much as its limit allows.
pub(crate) fn check(host: &Host) {
    let one_event = vec![Report::new(); 50];
    assert_eq!(statuses(host, &one_event), BTreeMap::from([(200, 1), (208, 49)]), "{}: one event", host.name);
    let install = install_id();
    let one_install: Vec<Report> = (0..50).map(|_| Report::of(&install)).collect();
    assert_eq!(statuses(host, &one_install), BTreeMap::from([(200, 10), (429, 40)]), "{}: one install", host.name);
}
