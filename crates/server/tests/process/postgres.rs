//! PostgreSQL: a schema of one's own in the tests' server, or a whole server that may be stopped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use store::{Db, Options};
use uuid::Uuid;

const TESTS: &str = "postgres://postgres@127.0.0.1:54329/postgres";

/// A schema in the server of all tests.
pub(crate) struct Schema {
    pub(crate) url: String,
    server: String,
    name: String,
}

impl Schema {
    pub(crate) async fn new() -> Self {
        let server = std::env::var("SAMBUNG_TEST_PG").unwrap_or_else(|_| TESTS.to_owned());
        let name = format!("p_{}", Uuid::new_v4().simple());
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-c%20search_path%3D{name}");
        let schema = Self { url, server, name };
        schema.run(&format!("create schema {}", schema.name)).await;
        schema
    }

    pub(crate) async fn drop(self) {
        self.run(&format!("drop schema {} cascade", self.name)).await;
    }

    async fn run(&self, script: &str) {
        let options = Options { readers: 1, ..Options::new(self.server.clone()) };
        let admin = Db::open(&options).await.unwrap();
        admin.run_script(script).await.unwrap();
        admin.close().await;
    }
}

/// A PostgreSQL server of its own. Dropped, it is stopped and its data go.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Makes the server and starts it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let folder = folder.path().as_os_str();
            assert!(Command::new("chown").arg("postgres").arg(folder).status().unwrap().success());
        }
        let mut server = Self { folder, programs: programs(), port: 0 };
        let data = server.data();
        let data = data.to_str().unwrap();
        server.must("initdb", &["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]);
        // Another process may take the free port first: then the next one is tried.
        for _ in 0..10 {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        panic!("PostgreSQL does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as a failing machine does.
    pub(crate) fn stop(&self) {
        let data = self.data();
        self.must("pg_ctl", &["-D", data.to_str().unwrap(), "-m", "immediate", "-w", "stop"]);
    }

    /// Starts it again, where it was.
    pub(crate) fn start(&self) {
        assert!(self.try_start(), "PostgreSQL does not start again");
    }

    fn try_start(&self) -> bool {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
             -c shared_buffers=16MB",
            self.port
        );
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let paths = (data.to_str().unwrap(), log.to_str().unwrap());
        self.run("pg_ctl", &["-D", paths.0, "-l", paths.1, "-w", "-o", &options, "start"])
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn must(&self, program: &str, arguments: &[&str]) {
        assert!(self.run(program, arguments), "{program} {arguments:?} failed");
    }

    /// PostgreSQL refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        command.args(arguments).current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        self.run("pg_ctl", &["-D", data.to_str().unwrap_or(""), "-m", "immediate", "-w", "stop"]);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Debian keeps them out of the way; elsewhere they are on the path.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| Path::new("").to_path_buf())
}
