//! `sambung check`: every invariant on live data. Exit code 1 when one is broken.

use std::process::ExitCode;

use bridge::{FindingState, engine, finding};
use clap::Args;
use kernel::Result;
use serde_json::json;
use store::Db;

use flows::invariants::Broken;

use super::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct Check {
    #[arg(long)]
    json: bool,
    /// Also how the attached engines are, and what differs between them and us.
    #[arg(long)]
    engines: bool,
}

impl Check {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let db = wiring::open_existing(&config).await?;
        let mut broken = flows::invariants::check(&mut db.snapshot().await?, clock.now()).await?;
        let (tasks, _) = flows::views::tasks::all(&mut db.reader()).await?;
        let radius = tasks.into_iter().find(|task| task.name == aaa::tally::TASK);
        if let Some(detail) = radius.and_then(|task| task.error) {
            broken.push(Broken { invariant: "accounting_set_aside", detail });
        }
        let engines = if self.engines { engines(&db).await? } else { Vec::new() };
        db.close().await;
        if self.json {
            let list: Vec<_> = broken
                .iter()
                .map(|b| json!({ "invariant": b.invariant, "detail": b.detail }))
                .collect();
            println!("{}", json!({ "broken": list, "engines": engines }));
        } else {
            for b in &broken {
                println!("{}: {}", b.invariant, b.detail);
            }
            println!("{} broken", broken.len());
            for line in &engines {
                println!("{line}");
            }
        }
        Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A line an engine, one a kind of record that it ties to ours, and one a kind of open finding.
pub(super) async fn engines(db: &Db) -> Result<Vec<String>> {
    let mut q = db.reader();
    let mut lines = Vec::new();
    for h in engine::health(&mut q).await? {
        let reach = if h.reachable { "reachable" } else { "not reachable" };
        lines.push(format!(
            "{} {} {reach} · version {} · last ok {} · answers in {} · waiting {}{} · refused {} · {}",
            h.engine,
            h.state,
            h.version.as_deref().unwrap_or("-"),
            h.last_ok_at.map_or_else(|| "-".to_owned(), |t| t.to_string()),
            h.lag_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            h.backlog.waiting,
            match h.empty_in_secs {
                Some(secs) if h.backlog.waiting > 0 => format!(", told in {secs} s"),
                _ => String::new(),
            },
            h.backlog.failing,
            h.last_error.as_deref().unwrap_or("no error"),
        ));
    }
    for c in flows::views::proof::counts(&mut q).await? {
        lines.push(format!(
            "{} {}: {} of {} linked · {} waiting · {} differ · {} missing",
            c.engine,
            c.subject,
            c.linked,
            c.ours,
            c.waiting,
            c.differ,
            c.ours - c.linked
        ));
    }
    for c in finding::counts(&mut q).await? {
        if c.state == FindingState::Open {
            lines.push(format!(
                "{} {} {}: {} open, the oldest since {}",
                c.engine, c.subject, c.verdict, c.count, c.oldest
            ));
        }
    }
    Ok(lines)
}
