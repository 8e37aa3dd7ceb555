//! A badge for a page: the app's title, and how many active installs it has.

use askfirst_contract::{Public, escape_markup};

use crate::public::{Count, Published};

/// The most characters of a title, so that a badge is no wider than a narrow screen.
const LONGEST_TITLE: usize = 40;
/// Beside each text, in tenths of a pixel.
const PADDING: u32 = 60;
/// The width of what [`ASCII`] has not: as wide as it is high, as letters of East Asia are.
const OTHER: u8 = 110;
/// The widths of the characters from the space to `~`, in tenths of a pixel: those of `DejaVu Sans` at 11 pixels. Other
/// fonts are stretched to these.
#[rustfmt::skip]
const ASCII: [u8; 95] = [
    35, 44, 51, 92, 70, 105, 86, 30, 43, 43, 55, 92, 35, 40, 35, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 37, 37,
    92, 92, 92, 58, 110, 75, 75, 77, 85, 70, 63, 85, 83, 32, 32, 72, 61, 95, 82, 87, 66, 87, 76, 70, 67, 81, 75, 109,
    75, 67, 75, 43, 37, 43, 92, 55, 55, 67, 70, 60, 70, 68, 39, 70, 70, 31, 31, 64, 31, 107, 70, 67, 70, 70, 45, 57,
    43, 70, 65, 90, 65, 65, 58, 70, 37, 70, 92,
];

/// The badge as one SVG file, which loads and runs nothing. What it shows is said to screen readers, too.
#[must_use]
pub fn svg(published: &Published) -> String {
    let (label, message) = (label(&published.title), message(published.active));
    let (label_width, message_width) = (width(&label), width(&message));
    let (left, right) = (pixels(label_width + 2 * PADDING), pixels(message_width + 2 * PADDING));
    let total = left + right;
    let title = format!("{label}: {message} in the week of {}", published.days().start());
    let text = |middle: u32, width: u32, text: &str| {
        format!(
            "<text x=\"{}\" y=\"14\" textLength=\"{}\">{}</text>\n",
            tenths(middle),
            tenths(width),
            escape_markup(text)
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total}\" height=\"20\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n\
         <rect width=\"{total}\" height=\"20\" rx=\"3\" fill=\"#0b63a5\"/>\n\
         <path d=\"M3 0H{left}V20H3A3 3 0 0 1 0 17V3A3 3 0 0 1 3 0Z\" fill=\"#505050\"/>\n\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"DejaVu Sans,Verdana,Geneva,sans-serif\" font-size=\"11\">\n\
         {}{}</g>\n</svg>\n",
        text(left * 5, label_width, &label),
        text(left * 10 + right * 5, message_width, &message),
        title = escape_markup(&title),
    )
}

/// A title, the end of a long one left out.
fn label(title: &str) -> String {
    let mut label: String = title.chars().take(LONGEST_TITLE).collect();
    if label.len() < title.len() {
        label.pop();
        label.push('…');
    }
    label
}

/// `1.2k active installs`, never more than there are.
fn message(active: Count) -> String {
    let number = match active.get() {
        0 => format!("< {}", Public::SMALLEST_GROUP),
        count @ ..1_000 => count.to_string(),
        count @ ..1_000_000 => short(count, 1_000, 'k'),
        count => short(count, 1_000_000, 'M'),
    };
    format!("{number} active installs")
}

/// The number of units, with one more digit where there are fewer than ten.
fn short(count: u64, unit: u64, name: char) -> String {
    let (whole, tenths) = (count / unit, count % unit * 10 / unit);
    if whole < 10 && tenths > 0 { format!("{whole}.{tenths}{name}") } else { format!("{whole}{name}") }
}

/// The width of a text in tenths of a pixel.
fn width(text: &str) -> u32 {
    let of = |c: char| u32::from(c).checked_sub(32).and_then(|index| ASCII.get(index as usize)).unwrap_or(&OTHER);
    text.chars().map(|c| u32::from(*of(c))).sum()
}

/// Tenths of a pixel as whole pixels, rounded up.
fn pixels(tenths: u32) -> u32 {
    tenths.div_ceil(10)
}

/// Tenths of a pixel as SVG has them.
fn tenths(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use askfirst_contract::IsoWeek;
    use proptest::prelude::*;

    use super::*;

    fn badge(title: &str, active: u64) -> String {
        let week = IsoWeek::parse("2026-W31").unwrap();
        svg(&Published {
            app: "tool".to_owned(),
            title: title.to_owned(),
            week,
            active: Count::of(active),
            tables: Vec::new(),
        })
    }

    #[test]
    fn a_badge_tells_the_title_and_the_number() {
        insta::assert_snapshot!(badge("My Tool", 1_259));
    }

    #[test]
    fn few_installs_are_fewer_than_the_smallest_group() {
        insta::assert_snapshot!(badge("My Tool", 19));
        assert_eq!(badge("My Tool", 0), badge("My Tool", 19));
    }

    #[test]
    fn a_hostile_title_stays_text_and_a_long_one_is_cut() {
        insta::assert_snapshot!(badge("\"/><script>alert('1')</script>&\u{0}\u{fffe} 日本語 and so on for ever", 20));
    }

    #[test]
    fn numbers_are_short_and_never_too_large() {
        for (active, told) in [
            (20, "20"),
            (999, "980"),
            (1_000, "1k"),
            (1_299, "1.2k"),
            (9_999, "9.9k"),
            (12_999, "12k"),
            (999_999, "999k"),
            (1_000_000, "1M"),
            (2_599_999, "2.5M"),
            (u64::MAX, "18446744073709M"),
        ] {
            assert_eq!(message(Count::of(active)), format!("{told} active installs"), "{active}");
        }
    }

    proptest! {
        #[test]
        fn any_title_makes_a_badge_of_bounded_size_without_other_tags(title: String, active: u64) {
            let svg = badge(&title, active);
            prop_assert!(svg.len() < 3_000);
            let tags: Vec<_> = svg.split('<').skip(1).map(|tag| tag.split([' ', '>', '\n']).next().unwrap()).collect();
            prop_assert_eq!(tags, ["svg", "title", "/title", "rect", "path", "g", "text", "/text", "text", "/text", "/g", "/svg"]);
        }
    }
}
