//! `askfirst contract page`

use std::io::{self, Write as _};
use std::path::Path;

use super::load;
use crate::args::contract::{PageArguments, PageFormat};
use crate::clock;
use crate::failure::Failure;

pub(crate) fn run(arguments: &PageArguments) -> Result<(), Failure> {
    let contract = load(&arguments.file)?;
    // The start of the day: a page that is made twice a day is the same page.
    let at = arguments.at.unwrap_or_else(|| clock::now().day().start());
    let page = match format(arguments) {
        PageFormat::Html => contract.page_html(at),
        PageFormat::Markdown => contract.page_markdown(at),
    };
    match &arguments.out {
        Some(path) => std::fs::write(path, page)
            .map_err(|error| Failure::not_right(format!("can't write {}: {error}", path.display()))),
        None => Ok(io::stdout().lock().write_all(page.as_bytes())?),
    }
}

fn format(arguments: &PageArguments) -> PageFormat {
    let ending = arguments.out.as_deref().and_then(Path::extension);
    let by_ending = if ending.is_some_and(|ending| ending == "md") { PageFormat::Markdown } else { PageFormat::Html };
    arguments.format.unwrap_or(by_ending)
}
