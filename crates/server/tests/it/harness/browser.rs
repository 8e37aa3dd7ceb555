//! A real browser, without a window.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// A running browser with a profile of its own. It is killed when dropped.
pub(crate) struct Browser {
    child: Child,
    profile: TempDir,
    /// A browser is a dozen processes: one at a time is load enough.
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    pub(crate) fn open(url: &str) -> Self {
        Self::start(&[url])
    }

    /// The page as it is once its script has run, as HTML.
    pub(crate) fn read(url: &str) -> String {
        let mut browser = Self::start(&["--dump-dom", url]);
        browser.child.wait().unwrap();
        browser.log()
    }

    fn start(arguments: &[&str]) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let log = File::create(profile.path().join("log")).unwrap();
        let mut command = Command::new("chromium");
        command
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-breakpad"])
            .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
            .args(arguments)
            // It writes to these, too.
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // So that all of its processes can be killed at once.
            .process_group(0);
        let child = command.spawn().unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!("chromium is needed: sudo apt-get install chromium"),
            _ => panic!("chromium: {error}"),
        });
        Self { child, profile, _turn: turn }
    }

    /// All that it wrote.
    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.profile.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}
