//! What processes used, as the kernel counts it.

use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel counts in hundredths of a second on every Linux this runs on (`USER_HZ`).
const TICK_MS: u64 = 10;

/// User and system time of a process with all its threads and the children it has waited for, rounded
/// down to 10 ms.
///
/// # Errors
/// When there is no such process.
pub fn cpu(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| format!("process {pid} is gone"))?;
    cpu_of_stat(&stat).with_context(|| format!("{path} reads unlike a stat file"))
}

fn cpu_of_stat(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold blanks and parentheses; the fields after it do not.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (ticks.next()?.parse().ok()?, ticks.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * TICK_MS))
}

/// Resident memory of a process, now and at its peak, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub now: u64,
    pub peak: u64,
}

/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is gone"))?;
    Ok(memory_of_status(&status))
}

fn memory_of_status(status: &str) -> Memory {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kb| kb * 1024)
    };
    Memory { now: field("VmRSS:").unwrap_or(0), peak: field("VmHWM:").unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 123 45 0 0 20 0 5 0 99";
        assert_eq!(cpu_of_stat(stat), Some(Duration::from_millis(1680)));
        assert_eq!(cpu_of_stat("4711 (short) S 1"), None);
    }

    #[test]
    fn this_process_has_used_memory() {
        let own = std::process::id();
        let memory = memory(own).unwrap();
        assert!(memory.now > 100_000 && memory.peak >= memory.now);
        assert!(cpu(own).is_ok());
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(memory_of_status(text), Memory { now: 1_048_576, peak: 2_097_152 });
    }
}
