//! The order of versions.

use std::cmp::Ordering;

use semver::Version;

/// Orders what clients call their versions: as SemVer where both are, perhaps with a `v` in front or fewer numbers; what
/// is none comes before what is, in the order of texts.
#[must_use]
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    match (version(a), version(b)) {
        (Some(x), Some(y)) => x.cmp(&y).then_with(|| a.cmp(b)),
        (x, y) => x.is_some().cmp(&y.is_some()).then_with(|| a.cmp(b)),
    }
}

fn version(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let missing = |text: &str| 2_usize.saturating_sub(text.bytes().filter(|byte| *byte == b'.').count());
    Version::parse(text).ok().or_else(|| Version::parse(&format!("{text}{}", ".0".repeat(missing(text)))).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_in_the_order_of_releases() {
        let mut versions = ["1.10.0", "v1.9", "dev", "1.10.0-rc.1", "2", "1.9.1"];
        versions.sort_by(|a, b| compare_versions(a, b));
        assert_eq!(versions, ["dev", "v1.9", "1.9.1", "1.10.0-rc.1", "1.10.0", "2"]);
    }
}
