//! `sambung bench`: the business at full size on this machine: billing run, messages, sweep, lists. The RADIUS
//! comparison with other servers is `make bench`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use kernel::{Fault, Result};

#[derive(Args)]
pub(super) struct Bench {
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    subscriptions: u32,
    /// A PostgreSQL to measure besides SQLite.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Folder for the databases, which are thrown away.
    #[arg(long, default_value = "target/bench")]
    work: PathBuf,
    /// Folder for the tables.
    #[arg(long, default_value = "bench-out")]
    out: PathBuf,
}

impl Bench {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let size =
            bench::business::Size { subscriptions: self.subscriptions, postgres: self.postgres };
        bench::business::measure(&self.work, &self.out, &size)
            .await
            .map_err(|e| Fault::bug(format!("{e:#}")))?;
        Ok(ExitCode::SUCCESS)
    }
}
