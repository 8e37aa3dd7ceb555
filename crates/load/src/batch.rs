//! How the kernel schedules the threads of the load generator.
//!
//! Where it shares the processors with the server, a thread of the usual policy stops the server after each answer, to read
//! it and to send the next request: two switches for every request, which took an eighth of what a server answered, and
//! which clients on other machines can't cause. A thread of the policy for batch jobs starts when a processor is free or
//! the running thread has had its time, and has the same share of them. Posts that are due at a rate need the usual policy:
//! a thread that starts late would measure itself.

/// Makes this thread a batch job, as well as it can: load is load without that, too.
#[cfg(target_os = "linux")]
pub(crate) fn be() {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };

    // On this scale the usual niceness, 0.
    let Ok(usual) = ThreadPriorityValue::try_from(48) else { return };
    let batch = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(usual), batch);
}

/// Other kernels have no such policy.
#[cfg(not(target_os = "linux"))]
pub(crate) fn be() {}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::fs;

    /// The niceness and the policy of a thread, as proc(5) tells them.
    fn of_this_thread() -> (i64, i64) {
        let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The name in front, the second, may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let field = |number: usize| fields[number - 3].parse().unwrap();
        (field(19), field(41))
    }

    #[test]
    fn a_batch_job_gets_no_smaller_share() {
        let (before, _) = of_this_thread();
        super::be();
        let (niceness, policy) = of_this_thread();
        assert_eq!(policy, 3, "SCHED_BATCH");
        assert!(niceness <= before, "{before} became {niceness}");
    }
}
