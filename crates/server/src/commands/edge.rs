//! `askfirst edge`

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use askfirst_contract::{Policy, Rate};
use askfirst_core::CONTRACTS;
use askfirst_core::settings::{APP_KEYS, AppSettings};
use askfirst_core::sql::edge::migration_files;
use askfirst_core::wire::Wire;

use super::contract::{load_text, shown};
use crate::args::edge::{EdgeArguments, EdgeVerb, InitArguments};
use crate::failure::Failure;

const WRANGLER: &str = include_str!("../edge/wrangler.toml");
const README: &str = include_str!("../edge/README.md");
/// What the folder gets from wrangler, and what is a secret of it.
const IGNORED: &str = "/build/\n/.wrangler/\n/.dev.vars\n";
/// The name of a contract that does not come with the program.
const OWN_CONTRACT: &str = "contract.toml";
/// What the page says where there is one.
const CHANGE_CONTRACT: &str = " So is `contract.toml`;\n`askfirst contract diff` tells what a change means to users.";

pub(crate) fn run(arguments: &EdgeArguments) -> Result<(), Failure> {
    match &arguments.verb {
        EdgeVerb::Init(arguments) => init(arguments),
    }
}

fn init(arguments: &InitArguments) -> Result<(), Failure> {
    let (contract, text) = load_text(&arguments.app)?;
    let source = checkout(arguments.source.as_deref())?;
    let id = contract.app.id.clone();
    let is_own = CONTRACTS.iter().all(|(_, shipped)| *shipped != text);
    let settings = AppSettings::of_contract(&arguments.app, &text).map_err(Failure::not_right)?;
    let folder = arguments.dir.clone().unwrap_or_else(|| PathBuf::from(format!("{id}-worker")));

    let mut files = vec![
        (PathBuf::from("wrangler.toml"), wrangler(&settings, &source, is_own)),
        (PathBuf::from("README.md"), readme(&settings, &source, is_own)),
        (PathBuf::from(".gitignore"), IGNORED.to_owned()),
    ];
    let migrations = migration_files(settings.wire).into_iter();
    files.extend(migrations.map(|(name, text)| (Path::new("migrations").join(name), text.to_owned())));
    if is_own {
        files.push((PathBuf::from(OWN_CONTRACT), text));
    }
    make_empty(&folder)?;
    for (name, text) in files {
        write(&folder.join(name), &text)?;
    }
    let told = format!("Wrote {}: what to do there is in its README.md.\n", folder.display());
    Ok(write!(io::stderr().lock(), "{}", shown(&told))?)
}

/// The checkout of askfirst that the Worker is built from, as an absolute path.
fn checkout(named: Option<&Path>) -> Result<String, Failure> {
    let folder = named.unwrap_or(Path::new("."));
    if !folder.join("scripts/edge-build").is_file() {
        return Err(Failure::not_right(format!(
            "{} is no checkout of askfirst, which the Worker is built from; name one with --source",
            folder.display()
        )));
    }
    let absolute = folder.canonicalize();
    let absolute = absolute.map_err(|error| Failure::not_right(format!("can't find {}: {error}", folder.display())))?;
    absolute.into_os_string().into_string().map_err(|path| {
        Failure::not_right(format!("{} is not UTF-8, which wrangler.toml is to be", Path::new(&path).display()))
    })
}

fn wrangler(app: &AppSettings, source: &str, is_own: bool) -> String {
    let contract = if is_own { format!(" {OWN_CONTRACT}") } else { String::new() };
    // For wrangler, this is a line of a shell.
    let build = format!("bash '{}/scripts/edge-build' build{contract}", source.replace('\'', r"'\''"));
    filled(WRANGLER, app)
        .replace("{settings}", &settings(app))
        // A text as TOML, which reads JSON's escapes.
        .replace("{build}", &serde_json::Value::from(build).to_string())
}

fn readme(app: &AppSettings, source: &str, is_own: bool) -> String {
    let contract = if is_own { CHANGE_CONTRACT } else { "" };
    filled(README, app)
        .replace("{secrets}", &secrets(app))
        .replace("{endpoints}", &endpoints(app))
        .replace("{contract}", contract)
        .replace("{source}", source)
}

/// Where clients report to, one a line.
fn endpoints(app: &AppSettings) -> String {
    let base = match app.wire {
        Wire::Native => format!("/api/v1/{}", app.contract.app.id),
        _ => String::new(),
    };
    let lines = app.wire.endpoints().split("  ").map(|line| line.replace(" /", &format!(" {base}/")));
    lines.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn filled(template: &str, app: &AppSettings) -> String {
    template.replace("{app}", &app.contract.app.id)
}

/// The app's variables that override its policy, as lines of TOML with what the contract says, behind a `#`.
fn settings(app: &AppSettings) -> String {
    let named = APP_KEYS.iter().zip(app.variables());
    let values = named.filter_map(|((key, _, _), name)| Some((name, policy_of(key, &app.contract.policy)?)));
    let lines: Vec<_> = values.map(|(name, value)| format!("# {name} = {}", serde_json::Value::from(value))).collect();
    lines.join("\n")
}

/// What a policy says about the setting of a key, as a variable has it.
fn policy_of(key: &str, policy: &Policy) -> Option<String> {
    let rate = |rate: Option<Rate>| rate.map_or_else(|| "off".to_owned(), |rate| rate.to_string());
    Some(match key {
        "UNDECLARED" => policy.undeclared.name().to_owned(),
        "UNDECLARED_EVENTS" => policy.undeclared_events.name().to_owned(),
        "RETENTION" => policy.retention.to_string(),
        "LIMITS_INSTALL" => rate(policy.limits.install),
        "LIMITS_ADDRESS" => rate(policy.limits.address),
        "MAX_BODY" => policy.max_body.to_string(),
        "MAX_BATCH" => policy.max_batch.to_string(),
        "CLOCK_FUTURE" => policy.clock.future.to_string(),
        "CLOCK_PAST" => policy.clock.past.to_string(),
        "ALLOWED_ORIGINS" => policy.allowed_origins.join(", "),
        _ => return None,
    })
}

/// How the secrets are set that the app's wire knows.
fn secrets(app: &AppSettings) -> String {
    let is_secret = |name: &String| ["_TOKEN", "_SECRET"].iter().any(|end| name.ends_with(end));
    let is_known = |name: &String| app.clone().read_variable(name, "secret").is_ok();
    let known: Vec<_> = app.variables().filter(is_secret).filter(is_known).collect();
    if known.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = known.iter().map(|name| format!("       npx wrangler secret put {name}\n")).collect();
    format!("\n5. This app has secrets of its own, which its clients or its operators know:\n\n{}", lines.concat())
}

/// Makes a folder, which may be there if it is empty.
fn make_empty(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    let cannot = |error: io::Error| Failure::not_right(format!("can't make {shown}: {error}"));
    fs::create_dir_all(folder).map_err(cannot)?;
    match fs::read_dir(folder).map_err(cannot)?.next() {
        None => Ok(()),
        Some(_) => Err(Failure::not_right(format!("{shown} is not empty; choose another folder with --dir"))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error: io::Error| Failure::not_right(format!("can't write {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(cannot)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(cannot)
}
