//! `sambung migrate`: brings the database up to date.

use std::process::ExitCode;

use kernel::Result;

use super::Session;
use crate::wiring;

pub(super) async fn run(session: Session) -> Result<ExitCode> {
    let db = wiring::open(&session.config).await?;
    let applied = store::migrate(&db, session.clock.now(), &wiring::schema()).await?;
    println!("{applied}");
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
