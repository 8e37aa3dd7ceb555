//! Compiles the contract of one's own in, where there is one: the file that `ASKFIRST_EDGE_CONTRACT` names.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=ASKFIRST_EDGE_CONTRACT");
    let text = env::var_os("ASKFIRST_EDGE_CONTRACT").filter(|file| !file.is_empty()).map(|file| {
        println!("cargo::rerun-if-changed={}", PathBuf::from(&file).display());
        match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) => {
                println!("cargo::error=can't read the contract {}: {error}", PathBuf::from(&file).display());
                String::new()
            }
        }
    });
    let Some(out) = env::var_os("OUT_DIR") else { return };
    // An empty one is none.
    if let Err(error) = fs::write(PathBuf::from(out).join("contract.toml"), text.unwrap_or_default()) {
        println!("cargo::error=can't write the contract: {error}");
    }
}
