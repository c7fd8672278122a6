//! The servers that are compared: each with its own ports and data folder, started and stopped here.

mod freeradius;
pub(crate) mod mariadb;
mod sambung;
mod spawn;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::account::SECRET;
use crate::load::{self, Kind, Options, Until};
use crate::process;

pub use freeradius::{Files, WithMariadb};
pub use sambung::Sambung;
pub use spawn::Child;
pub(crate) use spawn::pinned_generator;

/// How to set a server up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// A folder of the server's own.
    pub folder: PathBuf,
    /// Where Debian's FreeRADIUS configuration lies; read only.
    pub stock: PathBuf,
    pub accounts: u32,
    /// Whether each login leaves a row or a line.
    pub login_log: bool,
}

/// A server that takes part in a comparison.
pub trait Contestant {
    /// The name on tables.
    fn name(&self) -> &'static str;

    /// Prepares the data if that was not done before, starts the server on the first core and waits
    /// until it accepts a login.
    ///
    /// # Errors
    /// When a part is missing or the server does not come up; its log's end is in the message.
    fn start(&self, setup: &Setup) -> Result<Running>;
}

/// A server that runs. Dropping it ends its processes.
pub struct Running {
    pub auth: SocketAddr,
    pub acct: SocketAddr,
    /// The server's own processes first, then the database's.
    pub children: Vec<Child>,
    /// Counts the fsyncs since the start, if the server can tell.
    pub fsyncs: Option<FsyncCounter>,
}

/// Asks a server how often it has called fsync.
pub type FsyncCounter = Box<dyn Fn() -> Result<u64>>;

impl Running {
    pub fn pids(&self) -> Vec<u32> {
        self.children.iter().map(Child::pid).collect()
    }

    /// Resident memory of all processes together, in bytes.
    ///
    /// # Errors
    /// When a process has ended.
    pub fn memory(&self) -> Result<process::Memory> {
        let mut sum = process::Memory::default();
        for pid in self.pids() {
            let one = process::memory(pid)?;
            sum.now += one.now;
            sum.peak += one.peak;
        }
        Ok(sum)
    }

    /// Ends the processes in the reverse order of their start and waits for each.
    ///
    /// # Errors
    /// When a process cannot be signalled.
    pub fn stop(mut self) -> Result<()> {
        for child in &mut self.children {
            child.stop()?;
        }
        Ok(())
    }
}

/// Logs one account in, again and again for half a minute, until the server accepts it.
fn wait_until_it_accepts(auth: SocketAddr, children: &mut [Child]) -> Result<()> {
    for _ in 0..60 {
        let outcome = load::run(&Options {
            server: auth,
            secret: SECRET.to_owned(),
            kind: Kind::Pap,
            accounts: 2,
            outstanding: 1,
            warm_up: Duration::ZERO,
            until: Until::Requests(1),
            patience: Duration::from_millis(250),
            tries: 2,
            seed: 1,
            pids: Vec::new(),
            since: None,
            first_round: 0,
            answered: None,
        })?;
        if outcome.is_clean() {
            return Ok(());
        }
        for child in children.iter_mut() {
            child.ensure_runs()?;
        }
    }
    let ends: Vec<String> = children.iter().map(Child::log_end).collect();
    bail!("no login was accepted within half a minute\n{}", ends.join("\n"));
}

/// A free pair of neighbouring UDP ports on loopback, found by binding them for a moment.
fn udp_ports() -> Result<(SocketAddr, SocketAddr)> {
    for first in (21_812..31_812).step_by(10) {
        let pair = [first, first + 1].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        if pair.iter().all(|address| UdpSocket::bind(address).is_ok()) {
            return Ok(pair.into());
        }
    }
    bail!("no free UDP ports on loopback");
}

/// A free TCP port on loopback.
fn tcp_port() -> Result<u16> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(any).context("a port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// Fills a template's `@WORDS@` in; a word that is left over is an error.
fn fill(template: &str, words: &[(&str, &str)]) -> Result<String> {
    let mut text = template.to_owned();
    for (word, value) in words {
        text = text.replace(&format!("@{word}@"), value);
    }
    let is_word =
        |part: &str| part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if let Some(left) = text.lines().skip(2).flat_map(|l| l.split('@')).find(|part| is_word(part)) {
        bail!("@{left}@ has no value");
    }
    Ok(text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_word_without_a_value_is_refused() {
        let template = "# one\n# two\nport = @PORT@\nmode = @MODE@\n";
        let half = fill(template, &[("PORT", "1812")]).unwrap_err().to_string();
        assert_eq!(half, "@MODE@ has no value");
        let whole = fill(template, &[("PORT", "1812"), ("MODE", "x")]).unwrap();
        assert!(whole.ends_with("port = 1812\nmode = x\n"));
    }

    #[test]
    fn a_pair_of_ports_is_free() {
        let (auth, acct) = udp_ports().unwrap();
        assert_eq!(auth.port() + 1, acct.port());
        assert!(UdpSocket::bind(auth).is_ok() && UdpSocket::bind(acct).is_ok());
    }
}
