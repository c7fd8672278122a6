//! `sambung logins`: which logins of an account this machine's RADIUS let in, for a later inquiry. The log is
//! each RADIUS machine's own and only written with `radius.log_logins`.

use std::process::ExitCode;

use aaa::logins::LoginLog;
use clap::Args;
use kernel::{Day, Fault, NasId, Result, Scope, Ts};
use network::account::Filter;
use serde_json::json;

use super::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct Logins {
    /// The PPPoE or hotspot user name.
    username: String,
    /// The first day, in the zone of the account's branch (default: 30 days ago, as far as the log goes).
    #[arg(long, value_name = "DATE")]
    from: Option<Day>,
    /// The last day, counted too (default: today).
    #[arg(long, value_name = "DATE")]
    to: Option<Day>,
    /// As JSON lines, instants in UTC.
    #[arg(long)]
    json: bool,
}

const DAYS: i32 = 30;

impl Logins {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let (now, file) = (clock.now(), config.data_dir.join("logins.db"));
        if !file.is_file() {
            return Err(Fault::conflict(
                "aaa.no_login_log",
                "Tidak ada catatan login di mesin ini: nyalakan radius.log_logins.",
                "There is no log of logins on this machine: switch radius.log_logins on.",
            ));
        }
        let db = wiring::open_existing(&config).await?;
        let mut q = db.reader();
        let filter = Filter { search: Some(self.username.clone()), ..Filter::default() };
        let like = network::account::list(&mut q, &Scope::all(), &filter, None, 1_000).await?;
        let name = self.username.trim().to_lowercase();
        let account = like.into_iter().find(|a| a.username == name).ok_or_else(|| {
            Fault::field("username", "unknown", "tidak ada akun bernama ini", "no account has it")
        })?;
        let zone = catalog::current(&mut q).await?.zone(account.branch_id);
        let today = now.day(zone);
        let first = self.from.unwrap_or_else(|| today.plus_days(-DAYS));
        let last = self.to.unwrap_or(today);
        let (from, to) = (Ts::local(first, 0, 0, zone), Ts::local(last.plus_days(1), 0, 0, zone));
        let routers = network::directory::nas(&mut q).await?;
        let router = |id: NasId| {
            routers
                .iter()
                .find(|nas| nas.id == id)
                .map_or_else(|| id.to_string(), |n| n.name.clone())
        };
        let log = LoginLog::open(&file, now).await?;
        for login in log.of_account(account.id, from, to).await? {
            let mac = login.mac.map(|mac| mac.to_string());
            let nas = router(login.nas);
            if self.json {
                let line = json!({ "at": login.at.to_string(), "nas": nas, "mac": mac,
                                   "isolated": login.isolated });
                println!("{line}");
            } else {
                let (at, mac) = (login.at.local_text(zone, lang()), mac.unwrap_or_default());
                let access = if login.isolated { "isolated" } else { "full" };
                println!("{at}\t{nas}\t{mac}\t{access}");
            }
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
