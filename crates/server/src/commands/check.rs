//! `sambung check`: every invariant on live data. Exit code 1 when one is broken.

use std::process::ExitCode;

use clap::Args;
use kernel::Result;
use serde_json::json;

use flows::invariants::Broken;

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
        let mut broken = flows::invariants::check(&mut db.reader(), clock.now()).await?;
        let (tasks, _) = flows::views::tasks::all(&mut db.reader()).await?;
        let radius = tasks.into_iter().find(|task| task.name == aaa::tally::TASK);
        if let Some(detail) = radius.and_then(|task| task.error) {
            broken.push(Broken { invariant: "accounting_set_aside", detail });
        }
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
