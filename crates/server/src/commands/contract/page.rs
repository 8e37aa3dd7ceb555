//! `askfirst contract page`

use std::ffi::OsStr;
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
    let page = contract.page(at, None, None);
    let page = match format(arguments) {
        PageFormat::Html => page.to_html(),
        PageFormat::Markdown => page.to_markdown(),
        PageFormat::Json => format!("{:#}\n", page.to_json()),
    };
    match &arguments.out {
        Some(path) => std::fs::write(path, page)
            .map_err(|error| Failure::not_right(format!("can't write {}: {error}", path.display()))),
        None => Ok(io::stdout().lock().write_all(page.as_bytes())?),
    }
}

fn format(arguments: &PageArguments) -> PageFormat {
    let ending = arguments.out.as_deref().and_then(Path::extension).and_then(OsStr::to_str);
    let by_ending = match ending {
        Some("md") => PageFormat::Markdown,
        Some("json") => PageFormat::Json,
        _ => PageFormat::Html,
    };
    arguments.format.unwrap_or(by_ending)
}
