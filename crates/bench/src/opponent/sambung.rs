//! Sambung's own RADIUS role on its embedded database.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use kernel::{Clock, Zone};

use super::{Child, Contestant, Running, Setup, udp_ports, wait_until_it_accepts, write};
use crate::seed;

/// `sambung serve --role radius`, from the folder that this program lies in.
#[derive(Clone, Copy, Debug)]
pub struct Sambung;

impl Contestant for Sambung {
    fn name(&self) -> &'static str {
        "Sambung"
    }

    fn start(&self, setup: &Setup) -> Result<Running> {
        let folder = setup.folder.clone();
        let ready = folder.join(format!("seeded-{}", setup.accounts));
        if !ready.exists() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).context("an older folder")?;
            }
            seed_accounts(&folder, setup.accounts)?;
            write(&ready, "")?;
        }
        let (auth, acct) = udp_ports()?;
        let log_logins = setup.login_log;
        write(
            &folder.join("sambung.toml"),
            &format!(
                "data_dir = {folder:?}\n[radius]\nauth_listen = \"{auth}\"\nacct_listen = \"{acct}\"\n\
                 log_logins = {log_logins}\n[log]\nfilter = \"warn,store::commit=trace\"\n"
            ),
        )?;
        let own = std::env::current_exe().context("where this program is")?;
        let program = own.with_file_name("sambung");
        ensure!(program.exists(), "{} is not built", program.display());
        let config = folder.join("sambung.toml").display().to_string();
        let program = program.display().to_string();
        let log = folder.join("sambung.out");
        let server =
            Child::start(&program, &["--config", &config, "serve", "--role", "radius"], &log)?;
        let mut children = vec![server];
        wait_until_it_accepts(auth, &mut children)?;
        let fsyncs = Some(Box::new(move || commits(&log)) as super::FsyncCounter);
        Ok(Running { auth, acct, children, fsyncs })
    }
}

/// Commits so far, of accounting's own file and of the database: each is one fsync, and the program
/// says each in its log.
fn commits(log: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(log).context("the program's log")?;
    Ok(text.lines().filter(|line| line.contains("store::commit")).count() as u64)
}

fn seed_accounts(folder: &Path, accounts: u32) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("a runtime")?;
    runtime.block_on(async {
        let now = kernel::clock::SystemClock.now();
        let db = seed::open(folder, None, now).await?;
        seed::fill(&db, accounts, now.day(Zone::Jakarta), now).await?;
        db.close().await;
        Ok(())
    })
}
