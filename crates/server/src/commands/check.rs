//! `sambung check`: every invariant on live data. Exit code 1 when one is broken.

use std::process::ExitCode;

use clap::Args;
use kernel::Result;
use serde_json::json;

use super::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct Check {
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let db = wiring::open_existing(&config).await?;
        let broken = flows::invariants::check(&mut db.reader(), clock.now()).await?;
        db.close().await;
        if self.json {
            let list: Vec<_> = broken
                .iter()
                .map(|b| json!({ "invariant": b.invariant, "detail": b.detail }))
                .collect();
            println!("{}", json!({ "broken": list }));
        } else {
            for b in &broken {
                println!("{}: {}", b.invariant, b.detail);
            }
            println!("{} broken", broken.len());
        }
        Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
