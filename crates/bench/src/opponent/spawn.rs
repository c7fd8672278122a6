//! Starting a program on a chosen core, and ending it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The servers run on this core.
const SERVER_CORE: usize = 0;
/// The generator runs on this one.
const GENERATOR_CORE: usize = 1;

/// A process that was started here. Killed when dropped.
#[derive(Debug)]
pub struct Child {
    name: String,
    log: PathBuf,
    process: std::process::Child,
}

impl Child {
    /// Starts a program on the servers' core; what it prints goes to `log`.
    ///
    /// # Errors
    /// When the program is not there.
    pub fn start(program: &str, arguments: &[&str], log: &Path) -> Result<Self> {
        let out = File::create(log).with_context(|| format!("{}", log.display()))?;
        let process = pinned(SERVER_CORE, program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        Ok(Self { name: program.to_owned(), log: log.to_owned(), process })
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// # Errors
    /// When the process has ended, with the end of its log.
    pub fn ensure_runs(&mut self) -> Result<()> {
        match self.process.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}\n{}", self.name, self.log_end()),
        }
    }

    /// The last lines of what the process printed.
    pub fn log_end(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default();
        format!("{} wrote:\n{}", self.name, end.join("\n"))
    }

    /// Asks the process to end and waits; kills it after 30 s.
    ///
    /// # Errors
    /// When the process cannot be signalled.
    pub fn stop(&mut self) -> Result<()> {
        if self.process.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().context("kill")?;
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if self.process.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.kill()
    }

    /// Kills the process at once (SIGKILL) and waits.
    ///
    /// # Errors
    /// When the process cannot be signalled.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().context("kill -9")?;
        self.process.wait().context("waiting for a killed process")?;
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) && self.kill().is_err() {
            eprintln!("process {} may still run", self.process.id());
        }
    }
}

/// The generator's command, on its own core.
pub(crate) fn pinned_generator(program: &str) -> Command {
    pinned(GENERATOR_CORE, program)
}

/// A command that runs on this core, or anywhere when the machine has no such core.
fn pinned(core: usize, program: &str) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if core >= cores || cores < 2 {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]);
    command
}
