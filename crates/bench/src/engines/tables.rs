//! FreeRADIUS's tables in a database of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::opponent::mariadb::{self, Empty};
use crate::process;

/// The database that is made on the given PostgreSQL.
const NAME: &str = "sambung_bench_radius";

pub(super) struct Tables {
    place: Place,
    stock: PathBuf,
}

enum Place {
    Mariadb(Box<Empty>),
    /// Where it may be made.
    Postgres(String),
}

impl Tables {
    pub(super) fn mariadb(folder: &Path, stock: &Path) -> Result<Self> {
        let place = Place::Mariadb(Box::new(Empty::start(folder, stock)?));
        Ok(Self { place, stock: stock.to_owned() })
    }

    pub(super) fn postgres(url: &str, stock: &Path) -> Result<Self> {
        let tables = Self { place: Place::Postgres(url.to_owned()), stock: stock.to_owned() };
        tables.again()?;
        Ok(tables)
    }

    pub(super) const fn name(&self) -> &'static str {
        match self.place {
            Place::Mariadb(_) => "MariaDB",
            Place::Postgres(_) => "PostgreSQL",
        }
    }

    pub(super) fn url(&self) -> String {
        match &self.place {
            Place::Mariadb(empty) => {
                format!("mysql://radius:radius@127.0.0.1:{}/radius", empty.port)
            }
            Place::Postgres(url) => own(url),
        }
    }

    /// All tables anew, empty.
    pub(super) fn again(&self) -> Result<()> {
        match &self.place {
            Place::Mariadb(empty) => empty.again(&self.stock),
            Place::Postgres(url) => {
                psql(url, &format!("drop database if exists {NAME} with (force)"))?;
                psql(url, &format!("create database {NAME}"))?;
                let schema = self.stock.join("mods-config/sql/main/postgresql/schema.sql");
                let schema = std::fs::read_to_string(schema).context("FreeRADIUS's tables")?;
                psql(&own(url), &schema).map(drop)
            }
        }
    }

    pub(super) fn close(self) -> Result<()> {
        match &self.place {
            Place::Mariadb(_) => Ok(()),
            Place::Postgres(url) => {
                psql(url, &format!("drop database if exists {NAME} with (force)")).map(drop)
            }
        }
    }

    /// What a statement prints, asked on a thread of its own: others go on meanwhile.
    pub(super) async fn ask(&self, sql: &str) -> Result<String> {
        let sql = sql.to_owned();
        let asked = match &self.place {
            Place::Mariadb(empty) => {
                let socket = empty.socket.clone();
                tokio::task::spawn_blocking(move || mariadb::ask(&socket, &sql))
            }
            Place::Postgres(url) => {
                let url = own(url);
                tokio::task::spawn_blocking(move || psql(&url, &sql))
            }
        };
        asked.await?
    }

    /// The time that the database's processes have used.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let Place::Postgres(url) = &self.place else {
            let Place::Mariadb(empty) = &self.place else { return Ok(Duration::ZERO) };
            return process::cpu(empty.child.pid());
        };
        // Those that serve these tables; what ended meanwhile was somebody's look at them.
        let sql = format!(
            "select pid from pg_stat_activity where datname = '{NAME}' and pid <> pg_backend_pid()"
        );
        let pids = psql(url, &sql)?;
        let cpu = |pid: &str| pid.parse().ok().and_then(|pid| process::cpu(pid).ok());
        Ok(pids.lines().filter_map(cpu).sum())
    }
}

/// The same server's address with our database.
fn own(url: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    let options = if options.is_empty() { String::new() } else { format!("?{options}") };
    format!("{server}/{NAME}{options}")
}

fn psql(url: &str, text: &str) -> Result<String> {
    let mut child = Command::new("psql")
        .args([url, "-qAtX", "-v", "ON_ERROR_STOP=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("the program psql")?;
    let mut stdin = child.stdin.take().context("psql's input")?;
    std::io::Write::write_all(&mut stdin, text.as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "PostgreSQL refused: {wrong}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
