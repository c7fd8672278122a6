//! The provider that is measured: its database, its configuration, its running program.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use catalog::PolicyPatch;
use catalog::write::{PolicyFor, set_policy};
use identity::Role;
use identity::user::{self, NewUser};
use kernel::clock::SystemClock;
use kernel::{Cause, Clock, CustomerId, Day, Money, SubscriptionId, Ts, Zone};
use store::{Db, QueryExt, Tx, args};

use super::{SESSIONS, Size, an_hour_ago, log_of};
use crate::account::Account;
use crate::opponent::Child;
use crate::seed::{fill, open, said};

/// Customers who are isolated for an invoice that they will pay.
pub(super) const PAYERS: usize = 200;
/// What a month costs: 250,000 and 11 % tax.
pub(super) const MONTH: Money = Money::rupiah(277_500);
pub(super) const USER: &str = "bench";
pub(super) const PASSWORD: &str = "bukan sandi siapa pun 9";

pub(super) struct Payer {
    pub(super) account: Account,
    pub(super) customer: CustomerId,
    pub(super) subscription: SubscriptionId,
}

pub(super) struct Provider {
    pub(super) folder: PathBuf,
    pub(super) db: Db,
    database: Option<String>,
    pub(super) web: SocketAddr,
    pub(super) auth: SocketAddr,
    pub(super) acct: SocketAddr,
    /// Where the router listens for CoA.
    pub(super) control: SocketAddr,
    pub(super) payers: Vec<Payer>,
    pub(super) first_of_month: Day,
    /// When the sessions of the load began, in seconds since 1970.
    pub(super) since: u64,
    pub(super) sessions: u32,
}

impl Provider {
    /// Makes the provider anew: everybody runs since the month before last; the payers were billed then,
    /// did not pay and are isolated; the others are not due yet.
    pub(super) async fn build(folder: &Path, size: &Size) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("an older run's folder")?;
        }
        let now = SystemClock.now();
        let first_of_month = now.day(Zone::Jakarta).first_of_month();
        let (before, long_before) =
            (first_of_month.plus_months(-1), first_of_month.plus_months(-2));
        let seeded = Ts::local(before, 0, 0, Zone::Jakarta);
        let db = open(folder, size.postgres.as_deref(), seeded).await?;
        fill(&db, size.subscriptions, before, seeded).await?;
        let control = free_udp()?;
        let first_payer = size.subscriptions.saturating_sub(u32::try_from(PAYERS)?);
        let cause = Cause::system(seeded, "bench");
        db.write(&cause, async |tx: &mut Tx| {
            let first = format!("S{first_payer:06}");
            let patch = PolicyPatch { guard_floor: Some(1_000_000), ..PolicyPatch::default() };
            set_policy(tx, PolicyFor::Isp, &patch).await?;
            tx.exec("update network_nas set coa_port = $1", args![i64::from(control.port())]).await?;
            tx.exec(
                "update billing_subscription set next_issue_on = $1",
                args![first_of_month.plus_months(120)],
            )
            .await?;
            tx.exec(
                "update billing_subscription set activated_on = $1, next_issue_on = $2 where number >= $3",
                args![long_before, before, first],
            )
            .await?;
            tx.exec("delete from store_outbox", args![]).await.map(drop)
        })
        .await
        .map_err(said)?;
        isolate(&db, before).await?;
        staff(&db, now).await?;
        let payers = payers(&db, first_payer).await?;
        let (auth, acct) = (free_udp()?, free_udp()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a port on loopback")?;
        Ok(Self {
            folder: folder.canonicalize().context("the folder")?,
            db,
            database: size.postgres.clone(),
            web: listener.local_addr()?,
            auth,
            acct,
            control,
            payers,
            first_of_month,
            since: an_hour_ago(),
            sessions: SESSIONS.min(first_payer),
        })
    }

    /// Starts the whole program on the servers' core and waits until it answers.
    pub(super) fn serve(&self) -> Result<Child> {
        let database = match &self.database {
            Some(url) => format!("database = {url:?}\n"),
            None => String::new(),
        };
        let config = format!(
            "data_dir = {:?}\n{database}[http]\nlisten = \"{}\"\n[radius]\nauth_listen = \"{}\"\n\
             acct_listen = \"{}\"\n[log]\nfilter = \"warn\"\n",
            self.folder, self.web, self.auth, self.acct
        );
        let file = self.folder.join("sambung.toml");
        std::fs::write(&file, config).context("the configuration")?;
        let program = std::env::current_exe().context("where this program is")?;
        let program = program.with_file_name("sambung");
        ensure!(program.exists(), "{} is not built", program.display());
        let file = file.display().to_string();
        Child::start(
            &program.display().to_string(),
            &["--config", &file, "serve"],
            &log_of(&self.folder),
        )
    }

    /// The generator's arguments with those that are always the same.
    pub(super) fn load(&self, arguments: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        all.extend(["--accounts".to_owned(), self.sessions.to_string()]);
        all
    }

    /// From now on the last month's invoices of everybody are due.
    pub(super) async fn make_due(&self) -> Result<()> {
        let cause = Cause::system(SystemClock.now(), "bench");
        self.db
            .write(&cause, async |tx: &mut Tx| {
                let sql = "update billing_subscription set next_issue_on = $1";
                tx.exec(sql, args![self.first_of_month]).await.map(drop)
            })
            .await
            .map_err(said)
    }

    pub(super) async fn outbox(&self) -> Result<i64> {
        let sql = "select count(*) from store_outbox";
        self.db.reader().value(sql, args![]).await.map_err(said)
    }

    /// Every session's counters are at least those of its newest answered interim; answers how many were
    /// looked up. The program applies its spool in batches: what is not there yet is waited for.
    pub(super) async fn all_kept(&self, answered: &Path) -> Result<usize> {
        let text = std::fs::read_to_string(answered).context("the answered sessions")?;
        ensure!(!text.is_empty(), "no interim was answered");
        let end = std::time::Instant::now() + std::time::Duration::from_secs(120);
        loop {
            let missing = self.missing(&text).await?;
            if missing.is_empty() {
                return Ok(text.lines().count());
            }
            ensure!(
                std::time::Instant::now() < end,
                "{} answered interims are not there, such as {:?}",
                missing.len(),
                missing.first()
            );
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }

    async fn missing(&self, text: &str) -> Result<Vec<String>> {
        let sql = "select username, acct_session_id, bytes_in, bytes_out from network_session";
        let rows = self.db.reader().rows::<Kept>(sql, args![]).await.map_err(said)?;
        let kept: std::collections::HashMap<(&str, &str), (i64, i64)> = rows
            .iter()
            .map(|r| ((r.username.as_str(), r.acct_session_id.as_str()), (r.bytes_in, r.bytes_out)))
            .collect();
        let mut missing = Vec::new();
        for line in text.lines() {
            let parts: Vec<&str> = line.split(',').collect();
            let [name, session, received, sent] = parts.as_slice() else {
                anyhow::bail!("not an answered session: {line}")
            };
            let (received, sent): (i64, i64) = (received.parse()?, sent.parse()?);
            if !kept.get(&(*name, *session)).is_some_and(|k| k.0 >= received && k.1 >= sent) {
                missing.push(line.to_owned());
            }
        }
        Ok(missing)
    }
}

store::row! {
    /// A session as it was kept.
    struct Kept {
        username: String,
        acct_session_id: String,
        bytes_in: i64,
        bytes_out: i64,
    }
}

/// The month before last is billed, and on its 21st whoever did not pay is isolated.
async fn isolate(db: &Db, before: Day) -> Result<()> {
    let at = Ts::local(before, 0, 1, Zone::Jakarta);
    let run =
        billing::issue::run(db, &at, &Cause::system(at, "bench"), before).await.map_err(said)?;
    ensure!(run.invoices == i64::try_from(PAYERS)?, "{} invoices", run.invoices);
    let due = Ts::local(before.plus_days(20), 0, 2, Zone::Jakarta);
    db.write(&Cause::system(due.plus_secs(-3_600), "bench"), async |tx: &mut Tx| {
        // Money comes in, so that the guard sees nothing unusual.
        let (id, now): (kernel::PaymentId, Ts) = (tx.new_id(), tx.now());
        tx.exec(
            "insert into billing_payment (id, customer_id, branch_id, channel, reference, amount, state,
               received_at, recorded_at, recorded_by, settled_at)
             select $1, customer_id, branch_id, 'transfer', 'bench', 1, 'settled', $2, $2, 'bench', $2
             from billing_subscription limit 1",
            args![id, now],
        )
        .await
    })
    .await
    .map_err(said)?;
    let swept = flows::sweep::sweep(db, due).await.map_err(said)?;
    ensure!(swept.isolated == PAYERS, "{swept:?}");
    db.write(&Cause::system(due, "bench"), async |tx: &mut Tx| {
        tx.exec("delete from store_outbox", args![]).await
    })
    .await
    .map_err(said)?;
    Ok(())
}

async fn staff(db: &Db, now: Ts) -> Result<()> {
    let new = NewUser {
        username: USER.into(),
        name: "Bench".into(),
        phone: None,
        email: None,
        password: PASSWORD.into(),
        roles: vec![Role::Owner, Role::Finance],
        branch: None,
        partner: None,
    };
    db.write(&Cause::system(now, "bench"), async |tx: &mut Tx| user::create(tx, new.clone()).await)
        .await
        .map_err(said)?;
    Ok(())
}

store::row! {
    struct PayerRow {
        id: SubscriptionId,
        customer_id: CustomerId,
        number: String,
    }
}

async fn payers(db: &Db, first: u32) -> Result<Vec<Payer>> {
    let sql = "select id, customer_id, number from billing_subscription where number >= $1 order by number";
    let rows =
        db.reader().rows::<PayerRow>(sql, args![format!("S{first:06}")]).await.map_err(said)?;
    ensure!(rows.len() == PAYERS, "{} payers", rows.len());
    rows.into_iter()
        .map(|row| {
            let n: u32 = row.number.trim_start_matches('S').parse().context("a number")?;
            Ok(Payer { account: Account(n), customer: row.customer_id, subscription: row.id })
        })
        .collect()
}

fn free_udp() -> Result<SocketAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("a port on loopback")?;
    Ok(socket.local_addr()?)
}
