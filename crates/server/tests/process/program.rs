//! A running `sambung serve`, and waiting for what it does.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest that any condition may take to come true, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(15);

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let patience = Patience::new(what);
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        patience.rest().await;
    }
}

/// What [`until`] waits with, for loops of one's own.
pub(crate) struct Patience<'a> {
    what: &'a str,
    end: Instant,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(what: &'a str) -> Self {
        Self { what, end: Instant::now() + PATIENCE }
    }
    /// A moment's pause; panics when it was waited for too long.
    pub(crate) async fn rest(&self) {
        assert!(Instant::now() < self.end, "it did not happen: {}", self.what);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// How a process is started.
#[derive(Clone)]
pub(crate) struct Start {
    /// Of `serve`; or `demo`.
    pub(crate) role: &'static str,
    pub(crate) data: PathBuf,
    pub(crate) database: Option<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// One process of the program. Dropped, it is killed.
pub(crate) struct Program {
    role: &'static str,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// Where it serves HTTP; nowhere when the role has none.
    pub(crate) web: Option<SocketAddr>,
    pub(crate) auth: Option<SocketAddr>,
    pub(crate) acct: Option<SocketAddr>,
    /// Where FreeRADIUS may ask.
    pub(crate) rest: Option<SocketAddr>,
}

/// The program's command line without its command.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sambung"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    // A developer's own settings are not the test's.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SAMBUNG_")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C.UTF-8");
    command
}

impl Start {
    /// Starts the process and waits until it listens.
    pub(crate) async fn run(&self) -> Program {
        self.spawn().listening().await
    }

    /// Starts the process.
    pub(crate) fn spawn(&self) -> Program {
        let mut command = command(&self.data);
        match self.role {
            "demo" => command.args(["demo", "--customers", "20"]),
            role => command.args(["serve", "--role", role]),
        };
        command.arg("--data-dir").arg(&self.data);
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        // Port 0: the system chooses a free one, the log tells which.
        for key in ["HTTP__LISTEN", "RADIUS__AUTH_LISTEN", "RADIUS__ACCT_LISTEN"] {
            command.env(format!("SAMBUNG_{key}"), "127.0.0.1:0");
        }
        command.env("SAMBUNG_LOG__JSON", "true").env("SAMBUNG_LOG__FILTER", "info");
        command.envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Program { role: self.role, child, log, web: None, auth: None, acct: None, rest: None }
    }
}

impl Program {
    /// Waits until it listens on all that its role has.
    pub(crate) async fn listening(mut self) -> Self {
        until("the program listens", async || self.listens().then_some(())).await;
        self
    }

    fn listens(&mut self) -> bool {
        if let Some(code) = self.child.try_wait().unwrap() {
            panic!("it ended ({code}) instead of serving:\n{}", self.said());
        }
        for line in self.log.lock().unwrap().iter() {
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            let fields = &line["fields"];
            let message = fields["message"].as_str().unwrap_or("");
            if let Some(url) = message.strip_prefix("sambung is at http://") {
                self.web = url.parse().ok();
            }
            let address = |name: &str| fields[name].as_str().and_then(|a| a.parse().ok());
            if message == "FreeRADIUS may ask over rlm_rest" {
                self.rest = address("address");
            }
            if message == "RADIUS answers" {
                (self.auth, self.acct) = (address("auth"), address("acct"));
            }
        }
        let is = |role: &str| matches!(self.role, "all" | "demo") || self.role == role;
        let (web, radius) = (is("web"), is("radius"));
        (!web || self.web.is_some()) && (!radius || self.auth.is_some() && self.acct.is_some())
    }

    /// Everything it said.
    pub(crate) fn said(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        assert!(self.is_running(), "it ended before it was killed:\n{}", self.said());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it did, cleanly.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let code = until("it stops", async || self.child.try_wait().unwrap()).await;
        assert!(code.success(), "{code}:\n{}", self.said());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log.lock().map(|lines| lines.join("\n")).unwrap_or_default();
            eprintln!("--- what process {} said ---\n{log}", self.child.id());
        }
    }
}
