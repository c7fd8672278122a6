//! A real FreeRADIUS with a real database, each with its own folder and ports on loopback, as Debian's packages
//! have them; ended with the test.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connectors::freeradius::{Asking, File, Place, Settings, asking, configuration};

const STOCK: &str = "/etc/freeradius/3.0";
pub(super) const SECRET: &str = "rahasia-router-uji-1234567890";

/// Ends with the test.
pub(super) struct Process(Child);

impl Process {
    fn start(command: &mut Command, log: &Path) -> Self {
        let out = fs::File::create(log).unwrap();
        let spawned =
            command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn();
        Self(spawned.unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tcp_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(super) fn udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Looks again and again until it is so.
pub(super) fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !look() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where FreeRADIUS's tables are.
pub(super) enum Base {
    Maria { port: u16, socket: PathBuf, process: Option<Process> },
    Postgres { url: String, name: String },
}

impl Base {
    pub(super) fn mariadb(folder: &Path) -> Self {
        let data = folder.join("mariadb");
        let datadir = format!("--datadir={}", data.display());
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--user=root", "--skip-test-db", &datadir])
            .arg("--auth-root-authentication-method=normal")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (port, socket) = (tcp_port(), folder.join("my.sock"));
        let mut base = Self::Maria { port, socket, process: None };
        base.start(folder);
        base.sql(
            "create database radius; create user radius@'127.0.0.1' identified by 'radius';
             grant all on radius.* to radius@'127.0.0.1';",
            "",
        );
        base
    }

    /// Starts MariaDB (again); PostgreSQL runs already.
    pub(super) fn start(&mut self, folder: &Path) {
        let Self::Maria { port, socket, process } = self else { return };
        let mut command = Command::new("mariadbd");
        command
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--skip-log-bin"])
            .args(["--skip-name-resolve", "--character-set-server=utf8mb4"])
            .arg("--innodb-buffer-pool-size=32M")
            .arg(format!("--datadir={}", folder.join("mariadb").display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--port={port}"));
        *process = Some(Process::start(&mut command, &folder.join("mariadbd.log")));
        let socket = socket.clone();
        wait_until("MariaDB", || {
            client(&socket).args(["-e", "select 1"]).output().is_ok_and(|o| o.status.success())
        });
    }

    /// MariaDB is gone until it is started again.
    pub(super) fn stop(&mut self) {
        if let Self::Maria { process, .. } = self {
            *process = None;
        }
    }

    pub(super) fn postgres() -> Self {
        let url = std::env::var("SAMBUNG_TEST_PG")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:54329/postgres".to_owned());
        let name = format!("radius_{}_{}", std::process::id(), tcp_port());
        psql(&url, &format!("create database {name}"));
        Self::Postgres { url, name }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Maria { port, .. } => format!("mysql://radius:radius@127.0.0.1:{port}/radius"),
            Self::Postgres { url, name } => {
                format!("{}/{name}", url.rsplit_once('/').unwrap().0)
            }
        }
    }

    /// Runs statements; answers what they print, a line a row, columns by tabs.
    pub(super) fn sql(&self, text: &str, database: &str) -> String {
        match self {
            Self::Maria { socket, .. } => {
                let mut command = client(socket);
                if !database.is_empty() {
                    command.arg(database);
                }
                let out = command.args(["-e", text]).output().unwrap();
                assert!(out.status.success(), "{text}: {}", String::from_utf8_lossy(&out.stderr));
                String::from_utf8(out.stdout).unwrap()
            }
            Self::Postgres { .. } => psql(&self.url(), text),
        }
    }

    /// In FreeRADIUS's own database.
    pub(super) fn ask(&self, text: &str) -> String {
        self.sql(text, "radius")
    }

    /// FreeRADIUS's own schema, and on MariaDB daloRADIUS's two tables about people.
    pub(super) fn fill(&self) {
        let kind = if matches!(self, Self::Maria { .. }) { "mysql" } else { "postgresql" };
        let schema = format!("{STOCK}/mods-config/sql/main/{kind}/schema.sql");
        self.ask(&fs::read_to_string(schema).unwrap());
        if kind == "mysql" {
            self.ask(DALORADIUS);
        }
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        if let Self::Postgres { url, name } = self {
            psql(url, &format!("drop database {name} with (force)"));
        }
    }
}

fn client(socket: &Path) -> Command {
    let mut command = Command::new("mariadb");
    command.arg("--no-defaults").arg(format!("--socket={}", socket.display()));
    command.args(["--user=root", "--batch", "--skip-column-names"]);
    command
}

fn psql(url: &str, text: &str) -> String {
    let mut child = Command::new("psql")
        .args([url, "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{text}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The columns of daloRADIUS's tables that matter here, with its types and defaults.
const DALORADIUS: &str = "
set sql_mode = '';
create table userinfo (id int unsigned not null auto_increment primary key, username varchar(128),
  firstname varchar(200), lastname varchar(200), email varchar(200), mobilephone varchar(200),
  address varchar(200), notes varchar(200), creationdate datetime default '0000-00-00 00:00:00',
  creationby varchar(128), key (username));
create table userbillinfo (id int unsigned not null auto_increment primary key, username varchar(128),
  planName varchar(128), contactperson varchar(200), email varchar(200), phone varchar(200),
  address varchar(200), lastbill date not null default '0000-00-00',
  nextbill date not null default '0000-00-00', creationby varchar(128), key (username));";

/// FreeRADIUS with the configuration that we print.
pub(super) struct Radius {
    pub(super) auth: u16,
    acct: u16,
    pub(super) secret: String,
    folder: PathBuf,
    _process: Process,
}

const RADIUSD: &str = r#"
prefix = /usr
name = freeradius
libdir = /usr/lib/freeradius
raddbdir = @FOLDER@
confdir = @FOLDER@
modconfdir = @FOLDER@/mods-config
logdir = @FOLDER@
run_dir = @FOLDER@
radacctdir = @FOLDER@
pidfile = @FOLDER@/freeradius.pid
max_request_time = 30
cleanup_delay = 1
max_requests = 1024
hostname_lookups = no
proxy_requests = no
log {
	destination = files
	file = @FOLDER@/radius.log
	auth = no
}
security {
	max_attributes = 200
	reject_delay = 0
	status_server = no
}
thread pool {
	start_servers = 2
	max_servers = 8
	min_spare_servers = 1
	max_spare_servers = 4
	max_requests_per_server = 0
	auto_limit_acct = no
}
modules {
	expr {
	}
	expiration {
	}
	pap {
	}
	chap {
	}
	mschap {
	}
	$INCLUDE /etc/freeradius/3.0/mods-available/always
	$INCLUDE @FOLDER@/mods-enabled/
}
policy {
	$INCLUDE /etc/freeradius/3.0/policy.d/accounting
	$INCLUDE /etc/freeradius/3.0/policy.d/control
}
$INCLUDE @FOLDER@/sites-enabled/sambung-clients
$INCLUDE @FOLDER@/sites-enabled/sambung
"#;

impl Radius {
    /// It reads the tables.
    pub(super) fn start(base: &Base, folder: &Path) -> Self {
        let place = place(base);
        Self::run(configuration(&place), folder, (place.auth_port, place.acct_port), SECRET)
    }

    /// It asks Sambung.
    pub(super) fn asking(by: &Asking, folder: &Path, secret: &str) -> Self {
        Self::run(asking(by), folder, (by.auth_port, by.acct_port), secret)
    }

    fn run(files: Vec<File>, folder: &Path, (auth, acct): (u16, u16), secret: &str) -> Self {
        for file in files {
            let path = folder.join(file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.text).unwrap();
        }
        let shown = folder.display().to_string();
        fs::write(folder.join("radiusd.conf"), RADIUSD.replace("@FOLDER@", &shown)).unwrap();
        let dictionary = "$INCLUDE /usr/share/freeradius/dictionary\n";
        fs::write(folder.join("dictionary"), dictionary).unwrap();
        let mut command = Command::new("freeradius");
        command.args(["-f", "-d", &shown]);
        let process = Process::start(&mut command, &folder.join("freeradius.out"));
        let (secret, folder) = (secret.to_owned(), folder.to_owned());
        let radius = Self { auth, acct, secret, folder, _process: process };
        wait_until("FreeRADIUS", || radius.log().contains("Ready to process requests"));
        radius
    }

    pub(super) fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        read("radius.log") + &read("freeradius.out")
    }

    fn send(&self, port: u16, what: &str, attributes: &str, secret: &str) -> String {
        let mut child = Command::new("radclient")
            .args(["-x", "-r", "1", "-t", "4", &format!("127.0.0.1:{port}"), what, secret])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(attributes.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        let mut said = String::from_utf8_lossy(&out.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&out.stderr));
        // What was answered, without what was asked.
        said.split_once("Received ").map_or(String::new(), |(_, answer)| answer.to_owned())
    }

    /// Logs in with a kind of password (`User-Password`, `CHAP-Password`, `MS-CHAP-Password`).
    pub(super) fn log_in(&self, kind: &str, name: &str, password: &str, mac: &str) -> String {
        let asked = format!(
            "User-Name = \"{name}\", {kind} = \"{password}\", Calling-Station-Id = \"{mac}\", \
             NAS-IP-Address = 127.0.0.1, Message-Authenticator = 0x00"
        );
        self.send(self.auth, "auth", &asked, &self.secret)
    }

    pub(super) fn log_in_with_secret(&self, name: &str, password: &str, secret: &str) -> String {
        let asked = format!(
            "User-Name = \"{name}\", User-Password = \"{password}\", Message-Authenticator = 0x00"
        );
        self.send(self.auth, "auth", &asked, secret)
    }

    pub(super) fn account(&self, attributes: &str) -> String {
        let asked = format!("NAS-IP-Address = 127.0.0.1, {attributes}");
        self.send(self.acct, "acct", &asked, &self.secret)
    }
}

fn place(base: &Base) -> Place {
    let (dialect, server, port, login, password, database) = match base {
        Base::Maria { port, .. } => {
            ("mysql", "127.0.0.1", *port, "radius", "radius".to_owned(), "radius".to_owned())
        }
        Base::Postgres { url, name } => {
            let rest = url.split_once("://").unwrap().1;
            let (who, place) = rest.split_once('@').unwrap();
            let port = place.split(['/', '?']).next().unwrap().rsplit_once(':').unwrap().1;
            let (_login, password) = who.split_once(':').unwrap_or((who, ""));
            (
                "postgresql",
                "127.0.0.1",
                port.parse().unwrap(),
                "postgres",
                password.to_owned(),
                name.clone(),
            )
        }
    };
    Place {
        dialect,
        server: server.to_owned(),
        port,
        login: login.to_owned(),
        password,
        database,
        listen: "127.0.0.1".to_owned(),
        auth_port: udp_port(),
        acct_port: udp_port(),
        routers: "127.0.0.0/8".to_owned(),
        stock: STOCK.to_owned(),
        interim_secs: 300,
    }
}

pub(super) fn settings(base: &Base) -> Settings {
    Settings { url: base.url() }
}
