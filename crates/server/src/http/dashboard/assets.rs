//! The files of the dashboard: those in the folder `dashboard/` of the repository, compiled in.

use std::sync::LazyLock;

use askfirst_contract::sha256_hex;
use axum::body::Bytes;

/// Every file by its path below the folder.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));
/// The page that loads the others.
const SHELL: &str = "index.html";
/// Where the path of the others goes in it.
const PLACE: &str = "{assets}";
/// Hexadecimal digits of the hash in that path: two versions with the same are nothing that happens.
const DIGITS: usize = 16;

/// All files, ready to be sent.
pub(super) struct Assets {
    /// Names their contents: what is below a path with it never changes.
    pub(super) hash: String,
    pub(super) shell: Asset,
    others: Vec<Asset>,
}

/// A file, ready to be sent.
pub(super) struct Asset {
    name: &'static str,
    pub(super) media: &'static str,
    pub(super) plain: Bytes,
    /// Where that is less.
    pub(super) gzip: Option<Bytes>,
}

/// The dashboard's, made ready when somebody asks first: some milliseconds, for what most servers are asked for seldom.
pub(super) fn assets() -> &'static Assets {
    static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::new);
    &ASSETS
}

impl Assets {
    fn new() -> Self {
        let all: Vec<u8> =
            FILES.iter().flat_map(|(name, bytes)| [name.as_bytes(), b"\0", *bytes]).flatten().copied().collect();
        let hash = sha256_hex(&all)[..DIGITS].to_owned();
        let shell = FILES.iter().find(|(name, _)| *name == SHELL).map_or(&[][..], |(_, bytes)| *bytes);
        let shell = String::from_utf8_lossy(shell).replace(PLACE, &format!("/-/assets/{hash}"));
        let others = FILES.iter().filter(|(name, _)| *name != SHELL);
        let others = others.map(|(name, bytes)| Asset::new(name, Bytes::from_static(bytes))).collect();
        Self { hash, shell: Asset::new(SHELL, shell.into()), others }
    }

    /// The file of a path below the folder.
    pub(super) fn file(&self, path: &str) -> Option<&Asset> {
        self.others.iter().find(|asset| asset.name == path)
    }
}

impl Asset {
    fn new(name: &'static str, plain: Bytes) -> Self {
        let gzip = askfirst_encoding::gzip(&plain).ok().filter(|gzip| gzip.len() < plain.len());
        Self { name, media: media(name), plain, gzip: gzip.map(Bytes::from) }
    }
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        // Licences and notes.
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_names_the_files_that_there_are() {
        let assets = assets();
        let shell = String::from_utf8(assets.shell.plain.to_vec()).unwrap();
        assert!(!shell.contains(PLACE) && !shell.contains("http:") && !shell.contains("https:"), "{shell}");
        let folder = format!("/-/assets/{}/", assets.hash);
        let named: Vec<_> = shell.split(&folder).skip(1).map(|rest| rest.split(['"', '\'']).next().unwrap()).collect();
        assert!(!named.is_empty(), "{shell}");
        for name in named {
            assert!(assets.file(name).is_some(), "there is no {name}");
        }
        assert!(assets.others.iter().all(|asset| !asset.name.starts_with("tests/")));
    }
}
