//! `sambung migrate`: brings the database up to date.

use std::process::ExitCode;

use clap::Args;
use kernel::{Cause, Result};

use super::Session;
use crate::wiring;

#[derive(Args)]
pub(super) struct Migrate {
    /// Make the words by which customers and leads are found anew, for everybody.
    #[arg(long)]
    words: bool,
}

impl Migrate {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let db = wiring::open(&session.config).await?;
        let now = session.clock.now();
        let applied = flows::schema::migrate(&db, now).await?;
        println!("{applied}");
        if self.words {
            println!("{}", crm::word::rebuild(&db, &Cause::system(now, "migrate")).await?);
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
