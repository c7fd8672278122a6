//! `sambung simulate`: lives through months in virtual time with the real rooms and the real RADIUS engine,
//! and asks every invariant each day.

use std::process::ExitCode;

use clap::Args;
use kernel::{Fault, Result};
use simulator::{Report, Sabotage, Setup, World};

#[derive(Args)]
pub(super) struct Simulate {
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=60))]
    months: i32,
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscriptions: u32,
    /// The same seed lives the same life.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Lost notices, reboots, kills between commits, database errors.
    #[arg(long)]
    faults: bool,
    #[arg(long)]
    json: bool,
    /// Does one harm behind the rooms' backs, which must be caught: double_invoice, lost_payment,
    /// open_unpaid, serial_twice, unbalanced_entry, wallet_negative, series_gap, effect_twice or
    /// journal_missing.
    #[arg(long, value_name = "HARM")]
    sabotage: Option<String>,
}

impl Simulate {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let mut setup =
            Setup::new(self.seed, self.months, usize::try_from(self.subscriptions).unwrap_or(60));
        if self.faults {
            setup = setup.with_faults();
        }
        if let Some(word) = &self.sabotage {
            let harm = Sabotage::parse(word).ok_or_else(|| {
                let known: Vec<&str> = Sabotage::ALL.iter().map(|s| s.as_str()).collect();
                Fault::field(
                    "--sabotage",
                    "choice",
                    format!("harus salah satu dari {}", known.join(", ")),
                    format!("must be one of {}", known.join(", ")),
                )
            })?;
            setup = setup.with_sabotage(harm);
        }
        let folder = tempfile::tempdir()
            .map_err(|e| Fault::bug("a folder for the simulation").because(e))?;
        let mut world = World::open(setup, folder.path()).await?;
        let report = world.live().await?;
        say(&report, self.json)?;
        Ok(match &report.first_broken {
            None => match report.harm_undone {
                None => ExitCode::SUCCESS,
                Some(harm) => {
                    eprintln!("seed {}: there was nothing to harm by {harm}", report.seed);
                    ExitCode::FAILURE
                }
            },
            Some(broken) => {
                eprintln!(
                    "seed {}: the invariant {} is broken: {}",
                    report.seed, broken.invariant, broken.detail
                );
                ExitCode::FAILURE
            }
        })
    }
}

fn say(report: &Report, json: bool) -> Result<()> {
    let value = serde_json::to_value(report).map_err(|e| Fault::bug(e.to_string()))?;
    if json {
        println!("{value}");
        return Ok(());
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        if !value.is_null() && !value.is_object() {
            println!("{key:<20} {value}");
        }
    }
    Ok(())
}
