//! The one place that reads clocks, and the timestamps of the reports.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// Reads the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Time since 1970-01-01 UTC; zero on a machine whose clock stands before that.
#[expect(clippy::disallowed_methods, reason = "the reports must carry a current timestamp or they are refused")]
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `VoiceMode`'s form with its fraction: `2026-02-12T18:00:00.123456+00:00`.
pub(crate) fn timestamp(since_epoch: Duration) -> String {
    format!("{}.{:06}+00:00", to_second(since_epoch), since_epoch.subsec_micros())
}

/// The form of JavaScript's `toISOString`: `2026-02-12T18:00:00.123Z`.
pub(crate) fn timestamp_of_javascript(since_epoch: Duration) -> String {
    format!("{}.{:03}Z", to_second(since_epoch), since_epoch.subsec_millis())
}

fn to_second(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}", date(seconds))
}

/// Midnight of the same day, which `VoiceMode` writes without a fraction: `2026-02-12T00:00:00+00:00`.
pub(crate) fn midnight(since_epoch: Duration) -> String {
    format!("{}T00:00:00+00:00", date(since_epoch.as_secs()))
}

/// The Gregorian date of a Unix time, by Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day
/// is the last of its year and months follow one linear rule.
fn date(seconds_since_epoch: u64) -> String {
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = seconds_since_epoch / SECONDS_PER_DAY + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_the_clients_form() {
        let time = Duration::new(1_770_919_200, 123_456_000);
        assert_eq!(timestamp(time), "2026-02-12T18:00:00.123456+00:00");
        assert_eq!(timestamp_of_javascript(time), "2026-02-12T18:00:00.123Z");
        assert_eq!(midnight(time), "2026-02-12T00:00:00+00:00");
    }

    #[test]
    fn dates_around_leap_days_are_right() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_709_164_800), "2024-02-29");
        assert_eq!(date(1_709_251_200), "2024-03-01");
        assert_eq!(date(4_107_456_000), "2100-02-28");
        assert_eq!(date(4_107_542_400), "2100-03-01");
    }
}
