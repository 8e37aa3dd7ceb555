//! Settings of apps: which contracts there are, and what an operator overrides of them.

use std::path::Path;

use askfirst_core::settings::AppSettings;

use super::OPERATOR;
use crate::failure::Failure;

/// The apps of the contracts that come with the program and of those in a folder; one of the folder takes the place of
/// one that comes with the program. Only a folder that somebody named has to be there.
pub(super) fn apps(folder: &Path, is_named: bool) -> Result<Vec<AppSettings>, Failure> {
    let mut apps: Vec<AppSettings> = Vec::new();
    for (file, text) in askfirst_core::CONTRACTS {
        apps.push(of_contract(file, text)?);
    }
    let shipped = apps.len();
    for path in contract_files(folder, is_named)? {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Failure::not_right(format!("can't read the contract {file}: {error}")))?;
        let app = of_contract(&file, &text)?;
        let id = &app.contract.app.id;
        match apps.iter().position(|known| known.contract.app.id == *id) {
            Some(index) if index < shipped => apps[index] = app,
            Some(_) => return Err(Failure::not_right(format!("{file}: another contract has the id `{id}` already"))),
            None => apps.push(app),
        }
    }
    Ok(apps)
}

/// The contracts in a folder, by name.
fn contract_files(folder: &Path, is_named: bool) -> Result<Vec<std::path::PathBuf>, Failure> {
    let unreadable =
        |error| Failure::not_right(format!("can't read the folder of contracts {}: {error}", folder.display()));
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut files: Vec<_> = paths.map_err(unreadable)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn of_contract(file: &str, text: &str) -> Result<AppSettings, Failure> {
    let app = AppSettings::of_contract(file, text).map_err(Failure::not_right)?;
    if app.contract.app.id == OPERATOR {
        let problem = format!("{file}: `{OPERATOR}` is no id for an app: it is the name of the server's own file");
        return Err(Failure::not_right(problem));
    }
    Ok(app)
}

/// Takes a variable of an app.
pub(super) fn app_variable(name: &str, value: &str, apps: &mut [AppSettings]) -> Result<(), String> {
    for app in &mut *apps {
        if app.read_variable(name, value)? {
            return Ok(());
        }
    }
    Err(unknown_variable(name, apps, &[]))
}

/// `others` are further variables that are known.
pub(super) fn unknown_variable(name: &str, apps: &[AppSettings], others: &[String]) -> String {
    use super::VARIABLES;

    let of_apps = apps.iter().flat_map(AppSettings::variables);
    let known = VARIABLES.iter().map(|known| (*known).to_owned()).chain(others.iter().cloned());
    let known: Vec<String> = known.chain(of_apps).collect();
    match askfirst_contract::nearest(name, known.iter().map(String::as_str)) {
        Some(known) => format!("unknown variable {name}; did you mean {known}?"),
        None => format!("unknown variable {name}; known: {}", known.join(", ")),
    }
}
