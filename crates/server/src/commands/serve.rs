//! `sambung serve`: runs the server until it is told to stop.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use identity::user;
use kernel::{Fault, Result, Scope};
use store::Db;

use super::Session;
use crate::runtime::{Program, Roles};
use crate::wiring;

#[derive(Args)]
pub(super) struct Serve {
    /// Which part runs in this process. Several processes share one PostgreSQL and behave as one.
    #[arg(long, value_enum, default_value = "all")]
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    All,
    /// The API, the web app and the pay page.
    Web,
    /// Billing, sweep, messages, CoA: everything that runs by itself.
    Worker,
    /// RADIUS.
    Radius,
}

impl Role {
    fn roles(self) -> Roles {
        let is = |role| self == Self::All || self == role;
        Roles { web: is(Self::Web), worker: is(Self::Worker), radius: is(Self::Radius) }
    }
}

impl Serve {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        refuse_demo(&session)?;
        let asked = asked_to_stop();
        let Session { mut config, clock } = session;
        let roles = self.role.roles();
        // RADIUS processes of one database look after each other's sessions.
        config.radius.shared |= self.role == Role::Radius;
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        if roles.web {
            hint_at_first_user(&db).await?;
        }
        let program = Program::start(config, db, clock, roles, |_| {}).await?;
        let broken = tokio::select! {
            () = asked => Ok(()),
            broken = program.until_broken() => broken,
        };
        tracing::info!("stopping");
        program.stop().await;
        broken.map(|()| ExitCode::SUCCESS)
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

/// Ctrl-C, or the service manager's SIGTERM: heard from the call on, also before it is awaited.
pub(super) fn asked_to_stop() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [signal(SignalKind::terminate()), signal(SignalKind::interrupt())]
    };
    async move {
        #[cfg(unix)]
        if let [Ok(terminate), Ok(interrupt)] = &mut signals {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "no signals: stopping");
        }
    }
}
