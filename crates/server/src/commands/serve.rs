//! `sambung serve`: runs the server until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use identity::user;
use kernel::{Cause, Fault, Result, Scope};
use store::Db;
use tokio::sync::watch;

use super::Session;
use crate::http::{self, App, idempotency};
use crate::listen::Listener;
use crate::wiring;

#[derive(Args)]
pub(super) struct Serve {}

impl Serve {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        refuse_demo(&session)?;
        let db = wiring::open_migrated(&session.config, session.clock.as_ref()).await?;
        hint_at_first_user(&db).await?;
        let listener = Listener::bind(&session.config.http).await?;
        let scheme = if session.config.http.tls_cert.is_some() { "https" } else { "http" };
        tracing::info!("sambung is at {scheme}://{}", listener.address()?);
        let (stop, stopping) = watch::channel(false);
        let config = Arc::new(session.config);
        let app = App::new(db.clone(), Arc::clone(&session.clock), config, stopping.clone());
        let housekeeping = tokio::spawn(keep_house(app.clone()));
        let server = tokio::spawn(listener.serve(http::router(app), stopping));
        asked_to_stop().await;
        tracing::info!("stopping");
        // Nobody is left to hear it only when the server has ended already.
        let _ = stop.send(true);
        let ended = server.await;
        housekeeping.abort();
        db.close().await;
        ended.map_err(|e| Fault::bug(format!("the web server fell: {e}")))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// There is no default password, so somebody must be made first.
async fn hint_at_first_user(db: &Db) -> Result<()> {
    let users = user::list(&mut db.reader(), &Scope::all(), None, None, 1).await?;
    if users.is_empty() {
        tracing::warn!(
            "nobody can log in yet: make the owner with `sambung user add NAME --role owner`"
        );
    }
    Ok(())
}

/// A demo's data folder holds passwords that everybody knows.
fn refuse_demo(session: &Session) -> Result<()> {
    let mark = session.config.data_dir.join(wiring::DEMO_MARK);
    if !mark.exists() {
        return Ok(());
    }
    Err(Fault::conflict(
        "serve.demo_data",
        format!("{} adalah data demo; pakai folder data lain.", session.config.data_dir.display()),
        format!("{} holds demo data; use another data folder.", session.config.data_dir.display()),
    ))
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

/// Ctrl-C, or the service manager's SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "no signals: stopping");
    }
}
