//! Installations: who uses the tool, on what, how often, and for how long.

use std::ops::Range;

use super::calendar::{Calendar, HOUR, MINUTE};
use super::random::Random;

/// The platform that the bad release is bad on.
const WINDOWS: &str = "windows-x64";
/// Where people are: the hours that their clocks are ahead of UTC, or behind it by what is missing to 24.
const ZONES: [(u64, u64); 9] = [(13, 16), (21, 19), (4, 21), (9, 0), (25, 1), (8, 2), (10, 5), (7, 8), (3, 9)];
/// Longer than any ledger, in days.
const FOR_GOOD: Range<u64> = 400..401;

/// What runs the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runtime {
    Interactive,
    Ci,
    Container,
    Agent,
}

impl Runtime {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Ci => "ci",
            Self::Container => "container",
            Self::Agent => "agent",
        }
    }

    /// How many days installs are used after their first.
    fn lifetimes(self) -> &'static [(u64, Range<u64>)] {
        match self {
            Self::Interactive => &[(40, 0..1), (21, 1..8), (17, 8..45), (12, 45..200), (10, FOR_GOOD)],
            Self::Ci => &[(12, 0..1), (13, 1..15), (30, 15..120), (45, FOR_GOOD)],
            Self::Container => &[(86, 0..1), (10, 1..4), (4, 30..200)],
            Self::Agent => &[(34, 0..1), (26, 1..8), (20, 8..45), (20, FOR_GOOD)],
        }
    }

    fn habits(self) -> &'static [(u64, Habit)] {
        match self {
            Self::Interactive => &[
                (24, Habit { weekday: 800, weekend: 260, events: 10 }),
                (40, Habit { weekday: 390, weekend: 130, events: 6 }),
                (36, Habit { weekday: 110, weekend: 60, events: 3 }),
            ],
            Self::Ci => &[
                (75, Habit { weekday: 1_000, weekend: 350, events: 26 }),
                (25, Habit { weekday: 450, weekend: 80, events: 12 }),
            ],
            Self::Container => &[(1, Habit { weekday: 900, weekend: 800, events: 4 })],
            Self::Agent => &[
                (45, Habit { weekday: 820, weekend: 560, events: 18 }),
                (55, Habit { weekday: 300, weekend: 180, events: 9 }),
            ],
        }
    }

    fn platforms(self) -> &'static [(u64, &'static str)] {
        match self {
            Self::Interactive => {
                &[(29, "linux-x64"), (4, "linux-arm64"), (37, "macos-arm64"), (7, "macos-x64"), (23, WINDOWS)]
            }
            Self::Ci => &[(78, "linux-x64"), (9, "linux-arm64"), (6, "macos-arm64"), (7, WINDOWS)],
            Self::Container => &[(81, "linux-x64"), (19, "linux-arm64")],
            Self::Agent => &[(52, "linux-x64"), (6, "linux-arm64"), (33, "macos-arm64"), (9, WINDOWS)],
        }
    }
}

/// How often an install is used while it is.
#[derive(Debug, Clone, Copy)]
struct Habit {
    /// Days of 1,000 on which it is.
    weekday: u64,
    weekend: u64,
    /// Events of such a day, beside those of others.
    events: u64,
}

/// How it is installed, and how releases come to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Script,
    Brew,
    Winget,
    Apt,
    Image,
}

/// An installation.
#[derive(Debug)]
pub(super) struct Install {
    pub(super) number: u32,
    /// The first day it is used, and how many more it may be.
    pub(super) first: u16,
    lifetime: u64,
    pub(super) runtime: Runtime,
    pub(super) platform: &'static str,
    /// The hours that its clock is ahead of UTC; machines work around the clock.
    pub(super) zone: Option<u64>,
    /// How far its clock is ahead of ours, in milliseconds.
    pub(super) skew: i64,
    habit: Habit,
    method: Method,
    seed: u64,
}

impl Install {
    pub(super) fn new(seed: u64, number: u32, first: u16, calendar: &Calendar) -> Self {
        let mut random = Random::of([seed, super::INSTALLS, number.into()]);
        // Agents are the fashion of the day.
        let agents = 30 + 110 * u64::from(first) / u64::from(calendar.days);
        let runtime = random.pick(&[
            (1_000 - 130 - agents, Runtime::Interactive),
            (70, Runtime::Ci),
            (60, Runtime::Container),
            (agents, Runtime::Agent),
        ]);
        let lifetime = random.pick(runtime.lifetimes());
        let platform = random.pick(runtime.platforms());
        Self {
            number,
            first,
            lifetime: random.within(lifetime),
            runtime,
            platform,
            zone: (runtime == Runtime::Interactive).then(|| random.pick(&ZONES)),
            skew: skew(&mut random),
            habit: random.pick(runtime.habits()),
            method: method(runtime, platform, &mut random),
            seed,
        }
    }

    /// Its random number, as UUID.
    pub(super) fn id(&self) -> String {
        uuid(&mut Random::of([self.seed, super::INSTALL_IDS, self.number.into()]))
    }

    pub(super) fn is_windows(&self) -> bool {
        self.platform == WINDOWS
    }

    /// How many events it has on a day, beside those of others; 0 where it is not used.
    pub(super) fn weight(&self, day: u16, calendar: &Calendar) -> u64 {
        let Some(age) = day.checked_sub(self.first).map(u64::from).filter(|age| *age <= self.lifetime) else {
            return 0;
        };
        let mut random = Random::of([self.seed, super::DAYS, self.number.into(), day.into()]);
        let rate = if calendar.is_weekend(day) { self.habit.weekend } else { self.habit.weekday };
        let whole = super::calendar::DAY;
        if random.below(1_000) >= rate * calendar.length(day) / whole && age > 0 {
            return 0;
        }
        // Most days are like each other, a few are long.
        let events = random.pick(&[(20, 4), (30, 7), (25, 10), (15, 15), (8, 24), (2, 50)]);
        self.habit.events * events * calendar.activity(day)
    }

    /// The last day before another on which it was used.
    pub(super) fn day_before(&self, day: u16, calendar: &Calendar) -> Option<u16> {
        (self.first..day).rev().find(|earlier| self.weight(*earlier, calendar) > 0)
    }

    pub(super) fn method(&self) -> &'static str {
        match self.method {
            Method::Script => "script",
            Method::Brew => "brew",
            Method::Winget => "winget",
            Method::Apt => "apt",
            Method::Image => "image",
        }
    }

    /// Days until a release is offered where this install comes from.
    pub(super) fn offered_after(&self) -> i64 {
        match self.method {
            Method::Script => 0,
            Method::Brew => 1,
            Method::Winget => 3,
            Method::Image => 9,
            Method::Apt => 26,
        }
    }

    /// Within how many days it takes a release that is offered, if it ever does.
    pub(super) fn update_pace(&self) -> Option<Range<u64>> {
        Random::of([self.seed, super::PACES, self.number.into()]).pick(&[
            (34, Some(0..4)),
            (28, Some(1..12)),
            (20, Some(4..40)),
            (18, None),
        ])
    }
}

/// Most clocks are right, some a little wrong, few very much.
fn skew(random: &mut Random) -> i64 {
    let off = match random.below(1_000) {
        0..3 => random.within(HOUR..20 * HOUR),
        3..30 => random.within(2 * MINUTE..45 * MINUTE),
        _ => return 0,
    };
    if random.chance(500) { off.cast_signed() } else { -off.cast_signed() }
}

fn method(runtime: Runtime, platform: &str, random: &mut Random) -> Method {
    match runtime {
        Runtime::Container => Method::Image,
        Runtime::Ci => random.pick(&[(70, Method::Script), (30, Method::Image)]),
        Runtime::Interactive | Runtime::Agent => {
            let managed = match platform {
                WINDOWS => Method::Winget,
                "macos-arm64" | "macos-x64" => Method::Brew,
                _ => Method::Apt,
            };
            random.pick(&[(45, Method::Script), (55, managed)])
        }
    }
}

/// A UUID of version 4.
pub(super) fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        (low >> 48) & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF
    )
}
