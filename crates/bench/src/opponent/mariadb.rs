//! MariaDB from Debian's package, durable, with FreeRADIUS's own tables.

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Child, FsyncCounter, Setup, fill, tcp_port, write};
use crate::account::{Account, INTERIM_SECS, POOL, RATE_LIMIT};

const MY_CNF: &str = include_str!("../../../../bench/freeradius/my.cnf");
const GROUP: &str = "paket-20m";
const ROWS_PER_INSERT: u32 = 1000;

pub(super) struct Database {
    pub(super) child: Child,
    pub(super) port: u16,
    pub(super) fsyncs: FsyncCounter,
}

/// Makes the database if it is not there, starts it, and empties what earlier turns wrote.
pub(super) fn start(folder: &Path, setup: &Setup) -> Result<Database> {
    std::fs::create_dir_all(folder)?;
    let ready = folder.join("accounts");
    let wanted = setup.accounts.to_string();
    let is_made = std::fs::read_to_string(&ready).is_ok_and(|made| made == wanted);
    if !is_made {
        let data = folder.join("data");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        create(&data)?;
    }
    let (child, port, socket) = launch(folder)?;
    if !is_made {
        seed(&socket, folder, setup)?;
        write(&ready, &wanted)?;
    }
    sql(&socket, "truncate table radius.radacct; truncate table radius.radpostauth;")?;
    let fsyncs = Box::new(move || count_fsyncs(&socket));
    Ok(Database { child, port, fsyncs })
}

/// A server with FreeRADIUS's empty tables, and those of the screen that many providers put beside it.
pub(crate) struct Empty {
    pub(crate) child: Child,
    pub(crate) port: u16,
    pub(crate) socket: PathBuf,
}

const SCREEN: &str = include_str!("../../../../bench/freeradius/screen.sql");

impl Empty {
    pub(crate) fn start(folder: &Path, stock: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        create(&folder.join("data"))?;
        let (child, port, socket) = launch(folder)?;
        let empty = Self { child, port, socket };
        empty.make(stock)?;
        Ok(empty)
    }
    fn make(&self, stock: &Path) -> Result<()> {
        sql(&self.socket, MAKE)?;
        run_file(&self.socket, &stock.join("mods-config/sql/main/mysql/schema.sql"))?;
        ask(&self.socket, SCREEN).map(drop)
    }
    /// All tables anew.
    pub(crate) fn again(&self, stock: &Path) -> Result<()> {
        sql(&self.socket, "drop database radius; drop user radius@'127.0.0.1'")?;
        self.make(stock)
    }
}

/// Runs statements on FreeRADIUS's tables; answers what they print, without heads.
pub(crate) fn ask(socket: &Path, text: &str) -> Result<String> {
    sql(socket, &format!("use radius; {text}"))
}

const MAKE: &str = "create database radius; create user radius@'127.0.0.1' identified by 'radius'; \
    grant all on radius.* to radius@'127.0.0.1';";

/// Starts the server of this folder and waits for it.
fn launch(folder: &Path) -> Result<(Child, u16, PathBuf)> {
    let port = tcp_port()?;
    // The path of a Unix socket may not be long.
    let socket = std::env::temp_dir().join(format!("sambung-bench-{}.sock", std::process::id()));
    let config = folder.join("my.cnf");
    let words = [
        ("FOLDER", folder.display().to_string()),
        ("SOCKET", socket.display().to_string()),
        ("DATABASE_PORT", port.to_string()),
    ];
    let words = words.each_ref().map(|(word, value)| (*word, value.as_str()));
    write(&config, &fill(MY_CNF, &words)?)?;
    let defaults = format!("--defaults-file={}", config.display());
    let mut arguments = vec![defaults.as_str()];
    if is_root()? {
        arguments.push("--user=root");
    }
    let mut child = Child::start("mariadbd", &arguments, &folder.join("mariadbd.out"))?;
    wait(&socket, &mut child, folder)?;
    Ok((child, port, socket))
}

fn is_root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

fn create(data: &Path) -> Result<()> {
    let mut command = Command::new("mariadb-install-db");
    command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    command.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    if is_root()? {
        command.arg("--user=root");
    }
    let output = command.output().context("starting mariadb-install-db")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "mariadb-install-db failed: {said}");
    Ok(())
}

fn wait(socket: &Path, child: &mut Child, folder: &Path) -> Result<()> {
    for _ in 0..300 {
        if sql(socket, "select 1").is_ok() {
            return Ok(());
        }
        child.ensure_runs().with_context(|| format!("see {}/mariadbd.log", folder.display()))?;
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("MariaDB does not answer; see {}/mariadbd.log", folder.display());
}

fn client(socket: &Path) -> Command {
    let mut command = Command::new("mariadb");
    command.arg("--no-defaults").arg(format!("--socket={}", socket.display()));
    command.args(["--user=root", "--batch", "--skip-column-names"]);
    command
}

/// Runs statements and answers what they print.
fn sql(socket: &Path, text: &str) -> Result<String> {
    let output = client(socket).args(["-e", text]).output().context("the program mariadb")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "MariaDB refused: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run_file(socket: &Path, path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    let output = client(socket).arg("radius").stdin(Stdio::from(file)).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "MariaDB refused {}: {said}", path.display());
    Ok(())
}

fn seed(socket: &Path, folder: &Path, setup: &Setup) -> Result<()> {
    sql(socket, MAKE)?;
    run_file(socket, &setup.stock.join("mods-config/sql/main/mysql/schema.sql"))?;
    let path: PathBuf = folder.join("seed.sql");
    write(&path, &rows(setup.accounts)?)?;
    run_file(socket, &path)?;
    sql(socket, "analyze table radius.radcheck, radius.radusergroup;")?;
    Ok(())
}

/// What daloRADIUS writes for an account of a plan: the password, the group; and the plan's group.
fn rows(accounts: u32) -> Result<String> {
    let mut text = String::from("set autocommit = 0;\n");
    for from in (0..accounts).step_by(ROWS_PER_INSERT as usize) {
        let some = || (from..accounts.min(from + ROWS_PER_INSERT)).map(Account);
        let checks: Vec<String> = some()
            .map(|a| format!("('{}','Cleartext-Password',':=','{}')", a.name(), a.password()))
            .collect();
        let into = "insert into radcheck (username, attribute, op, value) values";
        writeln!(text, "{into} {};", checks.join(","))?;
        let groups: Vec<String> = some().map(|a| format!("('{}','{GROUP}',1)", a.name())).collect();
        let into = "insert into radusergroup (username, groupname, priority) values";
        writeln!(text, "{into} {};", groups.join(","))?;
    }
    writeln!(
        text,
        "insert into radgroupreply (groupname, attribute, op, value) values \
         ('{GROUP}','Mikrotik-Rate-Limit',':=','{RATE_LIMIT}'), \
         ('{GROUP}','Acct-Interim-Interval',':=','{INTERIM_SECS}'), \
         ('{GROUP}','Framed-Pool',':=','{POOL}');\ncommit;"
    )?;
    Ok(text)
}

fn count_fsyncs(socket: &Path) -> Result<u64> {
    let text = sql(socket, "show global status where variable_name = 'Innodb_data_fsyncs'")?;
    let count = text.split_whitespace().last().context("MariaDB counts no fsyncs")?;
    count.parse().context("MariaDB's count of fsyncs")
}
