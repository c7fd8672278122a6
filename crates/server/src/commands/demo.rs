//! `sambung demo`: a believable Indonesian provider with made-up people, on loopback only, with a
//! simulated router that dials in. Started again it goes on with its data.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use connectors::outbox::Outbox;
use connectors::simgateway::{Remote, SimGateway};
use flows::inbox::Gateways;
use kernel::{Cause, Clock, Fault, Result, Scope, Ts};
use network::Secret;
use network::directory::DirectoryNas;
use network::nas::NasEdit;
use simulator::town::{Town, TownConfig};
use store::{Db, Tx};
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use super::Session;
use super::serve::asked_to_stop;
use crate::config::Config;
use crate::runtime::{Program, Roles};
use crate::wiring;

#[derive(Args)]
pub(super) struct Demo {
    /// Customers to make up when the data folder is empty.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(20..=2_000))]
    customers: u32,
}

impl Demo {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { mut config, clock } = session;
        on_loopback(&mut config)?;
        mark(&config)?;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        if is_empty(&db).await? {
            eprintln!("making up {} customers and their last 75 days ...", self.customers);
            // What the log would say of those days happened at other times than it would show.
            simulator::demo::seed(&db, clock.now(), self.customers, &config.data_dir)
                .with_subscriber(NoSubscriber::new())
                .await?;
        }
        find_control_port(&db, clock.now()).await?;
        offer_payment(&config, &db, clock.clone())?;
        // Its outbox is read on the page of messages: the code that a customer logs in with as well.
        db.with_ext(Arc::new(notification::ShowsCodes));
        let program = Program::start(config.clone(), db.clone(), clock.clone(), Roles::ALL, |o| {
            o.channels.clear();
            o.channels.extend(Outbox::all().map(|o| Arc::new(o) as Arc<dyn notification::Channel>));
        })
        .await?;
        let town = open_town(&program, &db, clock).await?;
        say_hello(&config);
        asked_to_stop().await;
        eprintln!("stopping ...");
        town.close().await;
        program.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Every port of a demo is on loopback: its passwords are known to everybody.
fn on_loopback(config: &mut Config) -> Result<()> {
    if !config.http.listen.ip().is_loopback() {
        return Err(Fault::conflict(
            "demo.loopback_only",
            "Demo hanya boleh di loopback (http.listen = 127.0.0.1:…).",
            "The demo runs on loopback only (http.listen = 127.0.0.1:…).",
        ));
    }
    for listen in [&mut config.radius.auth_listen, &mut config.radius.acct_listen] {
        listen.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    // A browser on this machine may pose as a customer's by X-Forwarded-For.
    config.http.trusted_proxies = vec![ipnet::IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST))];
    Ok(())
}

/// Marks the folder, so that `serve` refuses it; refuses a folder that is somebody's own.
fn mark(config: &Config) -> Result<()> {
    let folder = &config.data_dir;
    let mark = folder.join(wiring::DEMO_MARK);
    let foreign = folder.join("sambung.db").exists() && !mark.exists();
    if foreign || config.database.is_some() && !mark.exists() && folder.exists() && !empty(folder) {
        return Err(Fault::conflict(
            "demo.not_a_demo",
            format!("{} berisi data sungguhan; pakai --data-dir lain.", folder.display()),
            format!("{} holds real data; use another --data-dir.", folder.display()),
        ));
    }
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&mark, "Made-up data with well-known passwords.\n"))
        .map_err(|e| Fault::bug("marking the demo's folder").because(e))
}

fn empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

async fn is_empty(db: &Db) -> Result<bool> {
    Ok(catalog::current(&mut db.reader()).await?.company.is_none())
}

/// The simulated gateway, with its own pay screen and its own books in the data folder.
fn offer_payment(config: &Config, db: &Db, clock: Arc<dyn Clock>) -> Result<()> {
    let key = gateway_key(&config.data_dir.join("simgateway.key"))?;
    let books = config.data_dir.join("simgateway.json");
    let remote = Arc::new(Remote::open(key.clone(), Some(&books))?);
    let page = format!("{}/sim-gateway/pay", config.pay_base_url());
    let gateway = SimGateway::new(remote.clone(), Some(key), clock, page);
    db.with_ext(remote).with_ext(Arc::new(Gateways::new(vec![Arc::new(gateway)])));
    Ok(())
}

fn gateway_key(file: &Path) -> Result<Secret> {
    if let Ok(text) = std::fs::read_to_string(file) {
        return Ok(Secret::new(text.trim().to_owned()));
    }
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Fault::bug(format!("no randomness: {e}")))?;
    let key = data_encoding::HEXLOWER.encode(&bytes);
    std::fs::write(file, &key).map_err(|e| Fault::bug("writing the gateway's key").because(e))?;
    Ok(Secret::new(key))
}

/// The simulated router, as it is on record.
async fn router_on_record(db: &Db) -> Result<DirectoryNas> {
    network::directory::nas(&mut db.reader())
        .await?
        .into_iter()
        .find(|nas| nas.address.addr().is_loopback() && !nas.archived)
        .ok_or_else(|| Fault::bug("the demo's router is not on record"))
}

/// The router listens for CoA where it is on record. Where that port is taken, by another demo say, it
/// gets a free one, which is put on record.
async fn find_control_port(db: &Db, now: Ts) -> Result<()> {
    let router = router_on_record(db).await?;
    let bind = |port| std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
    if bind(router.coa_port.unwrap_or_default()).is_ok() {
        return Ok(());
    }
    let free = bind(0).and_then(|socket| socket.local_addr());
    let free = free.map_err(|e| Fault::bug("finding a port for the demo's router").because(e))?;
    let kept = network::nas::find(&mut db.reader(), &Scope::all(), router.id).await?;
    let edit = NasEdit {
        name: kept.name,
        address: kept.address,
        vendor: kept.vendor,
        coa_port: Some(free.port()),
        branch: kept.branch_id,
        message_authenticator: kept.message_authenticator,
        counters_swapped: kept.counters_swapped,
    };
    db.write(&Cause::system(now, "demo"), async |tx: &mut Tx| {
        network::nas::change(tx, &Scope::all(), router.id, &edit).await
    })
    .await
}

async fn open_town(program: &Program, db: &Db, clock: Arc<dyn Clock>) -> Result<Town> {
    let router = router_on_record(db).await?;
    let Some(radius) = &program.radius else { return Err(Fault::bug("the demo has no RADIUS")) };
    let config = TownConfig {
        identifier: router.name.clone(),
        secret: router.secret.expose().to_owned(),
        auth: radius.auth,
        acct: radius.acct,
        control: SocketAddr::new(
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            router.coa_port.unwrap_or_default(),
        ),
        pool: simulator::demo::POOL,
        branches: Vec::new(),
        interim_secs: 60,
        seed: 66,
    };
    Town::open(config, db.clone(), clock).await
}

fn say_hello(config: &Config) {
    let url = config.pay_base_url();
    println!("\nSambung is at {url}  (Ctrl-C ends it; data in {})\n", config.data_dir.display());
    println!("  {:<12} {:<12} password", "role", "user");
    for login in simulator::demo::logins() {
        println!("  {:<12} {:<12} {}", login.role.as_str(), login.username, login.password);
    }
    println!("\n  pay page     {url}/pay");
    println!("  RADIUS       {} / {}\n", config.radius.auth_listen, config.radius.acct_listen);
}
