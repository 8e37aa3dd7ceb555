//! How far long work has come.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A bar on standard error where somebody watches, gone when it is dropped. `template` is indicatif's.
pub(crate) fn bar(length: u64, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_finish(ProgressFinish::AndClear)
}
