//! Running the program's roles in one process, or apart against one PostgreSQL.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aaa::Directory;
use aaa::coa::{Patience, Sender};
use connectors::smtp::{Protection, Smtp, SmtpConfig};
use kernel::{Cause, Clock, Fault, Result};
use network::Secret;
use notification::Channel;
use store::Db;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::Config;
use crate::http::{self, App, idempotency};
use crate::listen::Listener;
use crate::outside::Outside;
use crate::worker::{self, Worker};

/// Which parts run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    pub web: bool,
    pub worker: bool,
    pub radius: bool,
}

impl Roles {
    pub const ALL: Self = Self { web: true, worker: true, radius: true };
}

/// The running program.
pub struct Program {
    pub db: Db,
    pub radius: Option<aaa::serve::Running>,
    pub outside: Arc<Outside>,
    stop: watch::Sender<bool>,
    web: Option<JoinHandle<()>>,
    tasks: JoinSet<()>,
    small: JoinHandle<()>,
    rest: Option<crate::rest::Running>,
}

impl Program {
    /// Starts the roles. `extra` adds what only this program start has (the demo's gateway and outbox).
    ///
    /// # Errors
    /// When an address is taken, or the configuration of a part is wrong.
    pub async fn start(
        config: Config,
        db: Db,
        clock: Arc<dyn Clock>,
        roles: Roles,
        extra: impl FnOnce(&mut Outside),
    ) -> Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let radius = match roles.radius {
            true => {
                Some(aaa::serve::start(radius_config(&config), db.clone(), clock.clone()).await?)
            }
            false => None,
        };
        let rest = match &radius {
            Some(running) => {
                crate::rest::start(&config, running.door.clone(), stopping.clone()).await?
            }
            None => None,
        };
        let mut tasks = JoinSet::new();
        let directory = match &radius {
            Some(running) => {
                db.with_ext(Arc::clone(&running.pulse));
                Arc::clone(running.engine.directory())
            }
            None => {
                let directory = Arc::new(Directory::default());
                tasks.spawn(follow_nas(db.clone(), Arc::clone(&directory), stopping.clone()));
                directory
            }
        };
        let mut outside = Outside {
            nas: Arc::new(crate::after_mirror::AfterMirror::new(
                db.clone(),
                Arc::new(Sender::new(directory, clock.clone(), Patience::default())),
            )),
            ..Outside::none()
        };
        outside.channels.extend(smtp(&config)?);
        extra(&mut outside);
        let kinds = outside.channels.iter().map(|channel| channel.kind()).collect();
        db.with_ext(Arc::new(notification::Offered(kinds)));
        let outside = Arc::new(outside);
        if roles.worker {
            let worker = Worker {
                db: db.clone(),
                clock: clock.clone(),
                outside: outside.clone(),
                holder: holder(),
            };
            tasks.spawn(together(worker::start(&worker, &stopping)));
        }
        let web = match roles.web {
            true => Some(serve_web(config, &db, clock, &outside, stopping).await?),
            false => None,
        };
        let small = tokio::spawn(crate::memory::keep_small());
        Ok(Self { db, radius, outside, stop, web, tasks, small, rest })
    }

    /// Waits until a part of RADIUS fell too often to be started again. Without RADIUS: for ever.
    ///
    /// # Errors
    /// Always when it returns: the program has to end, so that whoever watches it starts it anew.
    pub async fn until_broken(&self) -> Result<()> {
        let Some(radius) = &self.radius else { return std::future::pending().await };
        let part = radius.pulse.until_given_up().await;
        Err(broken(part))
    }

    /// Where FreeRADIUS may ask over rlm_rest.
    pub fn rest_address(&self) -> Option<std::net::SocketAddr> {
        self.rest.as_ref().map(|rest| rest.address)
    }

    /// Finishes what is under way and ends.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        self.small.abort();
        if let Some(web) = self.web
            && let Err(error) = web.await
        {
            tracing::error!(%error, "the web server fell");
        }
        if let Some(rest) = self.rest {
            rest.ended().await;
        }
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a background task fell");
            }
        }
        if let Some(radius) = self.radius {
            radius.stop().await;
        }
        self.db.close().await;
    }
}

/// What is said when RADIUS is given up.
pub(crate) fn broken(part: &str) -> Fault {
    Fault::unavailable(
        "aaa.given_up",
        format!("RADIUS berhenti: {part} terus jatuh. Lihat log, lalu jalankan ulang sambung."),
        format!("RADIUS has stopped: {part} keeps falling. See the log, then restart sambung."),
    )
}

async fn together(mut tasks: JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

fn radius_config(config: &Config) -> aaa::serve::Config {
    let mut radius =
        aaa::serve::Config::on(config.radius.auth_listen.ip(), config.data_dir.clone());
    radius.auth = config.radius.auth_listen;
    radius.acct = config.radius.acct_listen;
    radius.settings.log_logins = config.radius.log_logins;
    radius.shared = config.radius.shared;
    radius
}

async fn serve_web(
    config: Config,
    db: &Db,
    clock: Arc<dyn Clock>,
    outside: &Arc<Outside>,
    stopping: watch::Receiver<bool>,
) -> Result<JoinHandle<()>> {
    let listener = Listener::bind(&config.http).await?;
    let scheme = if config.http.tls_cert.is_some() { "https" } else { "http" };
    tracing::info!("sambung is at {scheme}://{}", listener.address()?);
    let app = App::new(db.clone(), clock, Arc::new(config), stopping.clone())
        .with_outside(outside.clone());
    let house = tokio::spawn(keep_house(app.clone()));
    let router = http::router(app);
    Ok(tokio::spawn(async move {
        listener.serve(router, stopping).await;
        house.abort();
    }))
}

/// Forgets what need not be remembered, once an hour.
async fn keep_house(app: App) {
    let mut hour = tokio::time::interval(Duration::from_secs(3_600));
    loop {
        hour.tick().await;
        app.tidy();
        let cause = Cause::system(app.now(), "housekeeping");
        if let Err(fault) = idempotency::forget_old(&app.db, &cause).await {
            tracing::warn!(?fault, "old idempotency keys were not forgotten");
        }
    }
}

/// Keeps the secrets of the routers at hand where no RADIUS service does.
async fn follow_nas(db: Db, directory: Arc<Directory>, mut stopping: watch::Receiver<bool>) {
    loop {
        match network::directory::nas(&mut db.reader()).await {
            Ok(rows) => directory.set_nas(&rows),
            Err(fault) => tracing::warn!(?fault, "the routers could not be read"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = stopping.changed() => return,
        }
    }
}

/// E-mail, when a mail server is configured.
fn smtp(config: &Config) -> Result<Option<Arc<dyn Channel>>> {
    let Some(host) = &config.smtp.host else { return Ok(None) };
    let word = config.smtp.protection.as_deref().unwrap_or("starttls");
    let protection = Protection::parse(word).ok_or_else(|| {
        Fault::invalid(
            "config.bad",
            "Konfigurasi salah: smtp.protection harus tls, starttls atau none",
            "Bad configuration: smtp.protection must be tls, starttls or none",
        )
    })?;
    let password = config.smtp.password_file.as_deref().map(read_secret).transpose()?;
    let smtp = SmtpConfig {
        host: host.clone(),
        port: config.smtp.port,
        protection,
        username: config.smtp.username.clone(),
        password,
        from: config.smtp.from.clone().unwrap_or_default(),
        reply_to: None,
        timeout_secs: 20,
    };
    Ok(Some(Arc::new(Smtp::new(&smtp)?)))
}

fn read_secret(file: &Path) -> Result<Secret> {
    std::fs::read_to_string(file).map(|text| Secret::new(text.trim().to_owned())).map_err(|e| {
        Fault::invalid(
            "config.bad",
            format!("Konfigurasi salah: {} tidak terbaca: {e}", file.display()),
            format!("Bad configuration: {} can't be read: {e}", file.display()),
        )
    })
}

/// Names this process among those on the same database.
fn holder() -> String {
    format!("{}-{}", std::process::id(), std::env::var("HOSTNAME").unwrap_or_default())
}
