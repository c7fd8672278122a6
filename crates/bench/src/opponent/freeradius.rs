//! FreeRADIUS from Debian's package, with accounts in a file or in MariaDB.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{
    Child, Contestant, Running, Setup, fill, mariadb, udp_ports, wait_until_it_accepts, write,
};
use crate::account::{Account, INTERIM_SECS, POOL, RATE_LIMIT, SECRET};

const RADIUSD: &str = include_str!("../../../../bench/freeradius/radiusd.conf");
const SITE: &str = include_str!("../../../../bench/freeradius/site.conf");
const SQL: &str = include_str!("../../../../bench/freeradius/sql.conf");

/// FreeRADIUS with all accounts in the `users` file, which it reads at its start: no database, no
/// durable accounting. The fastest that FreeRADIUS can be.
#[derive(Clone, Copy, Debug)]
pub struct Files;

/// FreeRADIUS with its tables in MariaDB: what most providers run.
#[derive(Clone, Copy, Debug)]
pub struct WithMariadb;

impl Contestant for Files {
    fn name(&self) -> &'static str {
        "FreeRADIUS files"
    }

    fn start(&self, setup: &Setup) -> Result<Running> {
        let folder = own_folder(setup)?;
        write(&folder.join("users"), &users(setup.accounts)?)?;
        let module = "files {\n\t\tfilename = ${confdir}/users\n\t}";
        let log = if setup.login_log { "yes" } else { "no" };
        let words =
            Words { module, store: "files", accounting: "ok", login_log: "", log_file: log };
        start(&folder, setup, &words, Vec::new())
    }
}

impl Contestant for WithMariadb {
    fn name(&self) -> &'static str {
        "FreeRADIUS + MariaDB"
    }

    fn start(&self, setup: &Setup) -> Result<Running> {
        let folder = own_folder(setup)?;
        let database = mariadb::start(&folder.join("mariadb"), setup)?;
        let port = database.port.to_string();
        let stock = setup.stock.display().to_string();
        let module = fill(SQL, &[("DATABASE_PORT", &port), ("STOCK", &stock)])?;
        let words = Words {
            module: &module,
            store: "sql",
            accounting: "sql",
            login_log: if setup.login_log { "sql" } else { "" },
            log_file: "no",
        };
        let mut running = start(&folder, setup, &words, vec![database.child])?;
        running.fsyncs = Some(database.fsyncs);
        Ok(running)
    }
}

struct Words<'a> {
    module: &'a str,
    store: &'a str,
    accounting: &'a str,
    login_log: &'a str,
    log_file: &'a str,
}

fn own_folder(setup: &Setup) -> Result<PathBuf> {
    std::fs::create_dir_all(&setup.folder).context("the server's folder")?;
    setup.folder.canonicalize().context("the server's folder")
}

fn start(folder: &Path, setup: &Setup, words: &Words<'_>, database: Vec<Child>) -> Result<Running> {
    let (auth, acct) = udp_ports()?;
    let (place, stock) = (folder.display().to_string(), setup.stock.display().to_string());
    let radiusd = fill(
        RADIUSD,
        &[
            ("FOLDER", &place),
            ("STOCK", &stock),
            ("SECRET", SECRET),
            ("LOG_TO_FILE", words.log_file),
            ("STORE_MODULE", words.module),
        ],
    )?;
    let site = fill(
        SITE,
        &[
            ("AUTH_PORT", &auth.port().to_string()),
            ("ACCT_PORT", &acct.port().to_string()),
            ("STORE", words.store),
            ("ACCOUNTING", words.accounting),
            ("LOGIN_LOG", words.login_log),
        ],
    )?;
    write(&folder.join("radiusd.conf"), &radiusd)?;
    write(&folder.join("site.conf"), &site)?;
    write(&folder.join("dictionary"), "$INCLUDE /usr/share/freeradius/dictionary\n")?;
    // Each start with an empty log, so that the turns are alike.
    write(&folder.join("radius.log"), "")?;
    let log = folder.join("freeradius.out");
    let server = Child::start("freeradius", &["-f", "-d", &place], &log)?;
    let mut children = vec![server];
    children.extend(database);
    wait_until_it_accepts(auth, &mut children).with_context(|| {
        format!("FreeRADIUS did not come up; see {}", folder.join("radius.log").display())
    })?;
    Ok(Running { auth, acct, children, fsyncs: None })
}

/// The `users` file.
fn users(accounts: u32) -> Result<String> {
    let mut text = String::new();
    for account in (0..accounts).map(Account) {
        let (name, password) = (account.name(), account.password());
        writeln!(text, "{name} Cleartext-Password := \"{password}\"")?;
        writeln!(text, "\tMikrotik-Rate-Limit = \"{RATE_LIMIT}\",")?;
        writeln!(text, "\tAcct-Interim-Interval = {INTERIM_SECS},")?;
        writeln!(text, "\tFramed-Pool = \"{POOL}\"")?;
    }
    Ok(text)
}
