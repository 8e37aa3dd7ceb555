//! How questions give way to events.
//!
//! A question keeps a processor busy, and what it takes is missing where events are stored. So while writers are at work it
//! runs only where nothing else wants to, and when events were stored beside it, the next question rests before it begins.
//! Where few events come, there is nothing to give way to, and a question is as urgent as what else the machine does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

/// How long the next question rests, as a multiple of the time that writers were at work beside this one.
const REST: u32 = 3;
/// How long a question rests at the most: whoever asks waits for it.
const MAX_REST: Duration = Duration::from_secs(1);

/// Writers are at work where commits take one part of so many of the time.
const AT_WORK: u32 = 16;
/// How long writers are watched at the least before it is said whether they are at work.
const WATCH: Duration = Duration::from_secs(1);

/// The pace of this process: its ledgers share the processors.
pub(crate) static PACE: Pace = Pace::new();

/// What events take, and when the next question may begin.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How long all commits took. No lock: a question that is interrupted must not hold up a writer.
    commit_micros: AtomicU64,
    watch: Mutex<Option<Watch>>,
    rests_until: Mutex<Option<Instant>>,
}

/// What writers did until some question began.
#[derive(Debug, Clone, Copy)]
struct Watch {
    since: Instant,
    commit_micros: u64,
    are_at_work: bool,
}

impl Pace {
    const fn new() -> Self {
        Self { commit_micros: AtomicU64::new(0), watch: Mutex::new(None), rests_until: Mutex::new(None) }
    }

    /// Notes how long a commit took.
    pub(crate) fn committed(&self, time: Duration) {
        self.commit_micros.fetch_add(time.as_micros().try_into().unwrap_or(0), Ordering::Relaxed);
    }

    /// Asks a question that gives way to events, in a thread that is there for nothing else.
    pub(crate) fn give_way<T>(&self, ask: impl FnOnce() -> T) -> T {
        if self.are_writers_at_work() {
            let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
            // Where it can't be had, questions are as urgent as events. The lowest of the usual priorities would not do: a
            // thread that has it keeps a processor for the rest of its turn when the writer wakes; this one gives it up at
            // once. To anything else on the machine as well: beside a busy neighbour it would hardly run at all.
            let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
        }
        self.rest();
        let before = self.commit_micros.load(Ordering::Relaxed);
        let answer = ask();
        let busy = self.commit_micros.load(Ordering::Relaxed).wrapping_sub(before);
        self.owe(Duration::from_micros(busy));
        answer
    }

    /// Whether writers were at work since a question began some time ago; not yet, where none did.
    #[expect(clippy::disallowed_methods, reason = "a share of the time needs the time")]
    fn are_writers_at_work(&self) -> bool {
        let (now, commit_micros) = (Instant::now(), self.commit_micros.load(Ordering::Relaxed));
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let before = watch.get_or_insert(Watch { since: now, commit_micros, are_at_work: false });
        let watched = now.duration_since(before.since);
        if watched >= WATCH {
            let busy = Duration::from_micros(commit_micros.wrapping_sub(before.commit_micros));
            *before = Watch { since: now, commit_micros, are_at_work: busy * AT_WORK >= watched };
        }
        before.are_at_work
    }

    #[expect(clippy::disallowed_methods, reason = "resting is what this is for")]
    fn rest(&self) {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        thread::sleep(until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now())));
    }

    #[expect(clippy::disallowed_methods, reason = "resting is what this is for")]
    fn owe(&self, busy: Duration) {
        let now = Instant::now();
        let mut until = self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some((until.map_or(now, |until| until.max(now)) + busy * REST).min(now + MAX_REST));
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "measures rests")]
mod tests {
    use super::*;

    #[test]
    fn a_question_rests_for_what_was_stored_beside_the_one_before() {
        let (pace, busy) = (Pace::new(), Duration::from_millis(20));
        pace.give_way(|| pace.committed(busy));
        let began = Instant::now();
        pace.give_way(|| ());
        assert!(began.elapsed() > busy * (REST - 1), "{:?}", began.elapsed());
        pace.give_way(|| pace.committed(Duration::from_secs(1000)));
        let until = pace.rests_until.lock().unwrap().unwrap();
        assert!(until <= Instant::now() + MAX_REST, "nobody waits for ever");
    }

    #[test]
    fn writers_are_at_work_where_commits_take_a_part_of_the_time() {
        let pace = Pace::new();
        let watch = |since: Duration, are_at_work| {
            let since = Instant::now().checked_sub(since).unwrap();
            *pace.watch.lock().unwrap() =
                Some(Watch { since, commit_micros: pace.commit_micros.load(Ordering::Relaxed), are_at_work });
        };
        assert!(!pace.are_writers_at_work(), "nothing is known yet");
        watch(WATCH * 100, false);
        pace.committed(WATCH);
        assert!(!pace.are_writers_at_work(), "a hundredth");
        watch(WATCH * 10, false);
        pace.committed(WATCH);
        assert!(pace.are_writers_at_work(), "a tenth");
        assert!(pace.are_writers_at_work(), "what was said counts until there is more to say");
        watch(WATCH, true);
        assert!(!pace.are_writers_at_work(), "nothing any more");
    }

    #[test]
    fn where_nothing_is_stored_nothing_rests() {
        let pace = Pace::new();
        pace.committed(Duration::from_secs(1000));
        pace.give_way(|| ());
        let until = pace.rests_until.lock().unwrap().unwrap();
        assert!(until <= Instant::now(), "until now is no rest");
    }
}
