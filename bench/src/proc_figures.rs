//! What the kernel says about a process, where there is a `/proc` (Linux). Elsewhere every figure is `None`.

use std::fs;
use std::time::Duration;

/// Ticks of the CPU times in `/proc/PID/stat` per second. `USER_HZ` is part of Linux's interface to programs and 100 on
/// every architecture this runs on, whatever the kernel's own `HZ` is.
const TICKS_PER_SECOND: u64 = 100;

/// User and system CPU time of all threads of a process so far, in steps of 10 ms.
pub(crate) fn cpu_time(pid: u32) -> Option<Duration> {
    cpu_time_of_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The most memory a process had resident so far (`VmHWM`), in bytes.
pub(crate) fn peak_memory(pid: u32) -> Option<u64> {
    memory_of_status(&status(pid)?, "VmHWM:")
}

/// How much memory a process has resident (`VmRSS`), in bytes.
pub(crate) fn memory(pid: u32) -> Option<u64> {
    memory_of_status(&status(pid)?, "VmRSS:")
}

fn status(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

/// Runnable processes, averaged over the last minute.
pub(crate) fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Fields of `proc_pid_stat(5)`. The name of the program, field 2, may hold spaces and parentheses: counting starts after
/// its last parenthesis, with field 3.
fn cpu_time_of_stat(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut from_utime = fields.split_ascii_whitespace().skip(14 - 3);
    let user: u64 = from_utime.next()?.parse().ok()?;
    let system: u64 = from_utime.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / TICKS_PER_SECOND))
}

fn memory_of_status(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_past_an_awkward_name() {
        let stat = "71 (a) b (c) S 1 71 71 0 -1 4194560 900 0 0 0 250 125 0 0 20 0 3 0 18";
        assert_eq!(cpu_time_of_stat(stat), Some(Duration::from_millis(3_750)));
        assert_eq!(cpu_time_of_stat("71 (short) S 1"), None);
    }

    #[test]
    fn memory_is_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(memory_of_status(status, "VmHWM:"), Some(2_097_152));
        assert_eq!(memory_of_status(status, "VmRSS:"), Some(1_024));
        assert_eq!(memory_of_status("Name:\tx\n", "VmRSS:"), None);
    }
}
