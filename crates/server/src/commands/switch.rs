//! `sambung switch`: messages and isolation, on or off for the whole ISP. An import switches both off.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use flows::import::switches::{self, Switch as Lever};
use kernel::{Cause, Lang, Result};
use store::Tx;

use super::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct Switch {
    /// What: messages to customers, or isolation for unpaid invoices and periods that are over.
    what: What,
    /// How it shall stand.
    to: To,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Messages,
    Isolation,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    On,
    Off,
}

impl Switch {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let cause = Cause::system(clock.now(), "command_line");
        let (lever, id, en) = match self.what {
            What::Messages => (Lever::Messages, "pesan", "messages"),
            What::Isolation => (Lever::Isolation, "isolir", "isolation"),
        };
        let on = self.to == To::On;
        let changed =
            db.write(&cause, async move |tx: &mut Tx| switches::set(tx, lever, on).await).await?;
        db.close().await;
        println!("{}", sentence((id, en), on, changed));
        Ok(ExitCode::SUCCESS)
    }
}

fn sentence((id, en): (&str, &str), on: bool, changed: bool) -> String {
    match (lang(), changed) {
        (Lang::Id, true) => format!("{id}: sekarang {}", if on { "menyala" } else { "mati" }),
        (Lang::Id, false) => format!("{id}: memang sudah {}", if on { "menyala" } else { "mati" }),
        (Lang::En, true) => format!("{en}: now {}", if on { "on" } else { "off" }),
        (Lang::En, false) => format!("{en}: was {} already", if on { "on" } else { "off" }),
    }
}
