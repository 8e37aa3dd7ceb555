//! Lists the files of the dashboard for `src/http/dashboard/assets.rs`, which has them compiled in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is in the folder and not for browsers.
const NOT_SERVED: [&str; 2] = ["tests", "package.json"];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dashboard");
    println!("cargo::rerun-if-changed={}", folder.display());
    let Some(out) = env::var_os("OUT_DIR") else { return };
    let written = list(&folder).and_then(|list| fs::write(PathBuf::from(out).join("dashboard.rs"), list));
    if let Err(error) = written {
        println!("cargo::error=can't list the files of the dashboard in {}: {error}", folder.display());
    }
}

/// A slice of names below the folder and contents, as Rust.
fn list(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    find(folder, "", &mut files)?;
    files.sort();
    let mut list = "&[".to_owned();
    for name in files {
        let path = folder.join(&name);
        let _ = write!(list, "({name:?}, include_bytes!({:?})),", path.display().to_string());
    }
    list.push(']');
    Ok(list)
}

fn find(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if name.starts_with('.') || NOT_SERVED.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            find(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
