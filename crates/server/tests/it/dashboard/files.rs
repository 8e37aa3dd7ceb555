//! The page and the files it loads.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::harness::{Answer, Home, Request, Server};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dashboard");

/// The path below which a server has the files.
#[track_caller]
fn folder(server: &Server) -> String {
    let shell = server.get("/-/").text();
    let (_, rest) = shell.split_once("/-/assets/").unwrap_or_else(|| panic!("no files in {shell}"));
    let hash = rest.split('/').next().unwrap();
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    format!("/-/assets/{hash}")
}

/// The files that browsers are for, by their names in the folder.
fn files(folder: &Path, prefix: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if matches!(name.as_str(), "tests" | "package.json" | "index.html") {
            continue;
        }
        if path.is_dir() { found.extend(self::files(&path, &format!("{name}/"))) } else { found.push((name, path)) }
    }
    found
}

fn gunzip(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn the_page_is_anybodys_and_may_do_nothing_but_ask_its_server() {
    let home = Home::new();
    let server = home.serve();
    home.token(&["one"]);
    let page = server.get("/-/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for directive in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|found| found == directive), "{directive} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    assert_eq!(page.header("set-cookie"), None, "there is a token, so nobody is let in without");
    let head = server.send(&Request::new("HEAD", "/-/"));
    assert_eq!((head.status, head.text().as_str()), (200, ""));
    assert_eq!(server.send(&Request::new("POST", "/-/").body("{}")).status, 405);
}

#[test]
fn every_file_of_the_folder_is_served_as_it_is() {
    let home = Home::new();
    let server = home.serve();
    let folder = folder(&server);
    let files = files(Path::new(FOLDER), "");
    assert!(!files.is_empty());
    for (name, path) in files {
        let answer = server.get(&format!("{folder}/{name}"));
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.body == std::fs::read(&path).unwrap(), "{name}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{name}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{name}");
        let media = answer.header("content-type").unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("js") => assert_eq!(media, "text/javascript; charset=utf-8", "{name}"),
            Some("css") => assert_eq!(media, "text/css; charset=utf-8", "{name}"),
            Some("svg") => assert_eq!(media, "image/svg+xml", "{name}"),
            _ => assert!(!media.contains("html"), "{name}: {media}"),
        }
    }
    let other = folder.replace(&folder[folder.len() - 16..], &"0".repeat(16));
    for missing in [
        format!("{folder}/tests/README.md"),
        format!("{folder}/index.html"),
        format!("{folder}/nothing.js"),
        format!("{folder}/../index.html"),
        format!("{folder}/%2e%2e/Cargo.toml"),
        format!("{folder}/"),
        format!("{other}/app.js"),
    ] {
        let answer = server.get(&missing);
        assert_eq!(answer.status, 404, "{missing}");
    }
}

#[test]
fn what_is_sent_compressed_is_the_same() {
    let home = Home::new();
    let server = home.serve();
    let app = format!("{}/app.js", folder(&server));
    for target in ["/-/", app.as_str()] {
        let plain = server.get(target);
        assert_eq!(plain.header("content-encoding"), None, "{target}");
        for (accepted, is_taken) in
            [("gzip", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("gzip; q=0.0, *", false)]
        {
            let answer = server.send(&Request::new("GET", target).header("accept-encoding", accepted));
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{target}");
            let encoding = answer.header("content-encoding");
            assert_eq!(encoding, is_taken.then_some("gzip"), "{target}, {accepted}");
            let body = if is_taken { gunzip(&answer) } else { answer.body };
            assert!(body == plain.body, "{target}, {accepted}");
        }
    }
}
