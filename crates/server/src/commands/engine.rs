//! `sambung engine`: attaching the programs that an ISP already runs, and letting them go.

mod erpnext;
mod inventree;

use std::process::ExitCode;
use std::sync::Arc;

use bridge::access::AccessSystem;
use bridge::{Engine, engine};
use clap::{Args, Subcommand};
use connectors::freeradius::{self, Freeradius, Settings};
use flows::compare::access::{self, Preview};
use flows::mirror::access::AccessCarrier;
use kernel::{Cause, Fault, Lang, Result};
use store::{Db, Secret, Tx};

use super::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct EngineCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Attach an engine: looks whether everything is there, shows what would happen, begins.
    #[command(subcommand)]
    Attach(Attach),
    /// Let an engine go. What it holds stays there, and keeps working.
    Detach { engine: String },
    /// How each engine is.
    Status,
    /// What the plugin over there needs to ring when something changed.
    Bell(Bell),
    /// FreeRADIUS's own configuration.
    #[command(subcommand)]
    Freeradius(FreeradiusCommand),
}

#[derive(Args)]
struct Bell {
    #[arg(value_parser = ["inventree"])]
    engine: String,
    /// The address under which Sambung is reached from there; http.public_url when not given.
    #[arg(long)]
    url: Option<String>,
}

#[derive(Subcommand)]
enum Attach {
    /// FreeRADIUS (and daloRADIUS) by its SQL tables.
    Freeradius(AttachFreeradius),
    /// InvenTree, over its API.
    Inventree(inventree::AttachInventree),
    /// ERPNext, over its API.
    Erpnext(Box<erpnext::AttachErpnext>),
}

#[derive(Args)]
struct AttachFreeradius {
    /// mysql://user:password@host:port/radius or postgres://…; asked for when it is not given.
    #[arg(long, env = "SAMBUNG_FREERADIUS_URL", hide_env_values = true)]
    url: Option<String>,
    /// Only look and show; attach nothing.
    #[arg(long)]
    preview: bool,
}

#[derive(Subcommand)]
enum FreeradiusCommand {
    /// Print the configuration files that go with Sambung, to be put into FreeRADIUS's folder.
    Config(Config),
}

#[derive(Args)]
struct Config {
    /// Which database FreeRADIUS asks: mysql or postgresql.
    #[arg(long, default_value = "mysql", value_parser = ["mysql", "postgresql"])]
    dialect: String,
    #[arg(long, default_value = "127.0.0.1")]
    server: String,
    #[arg(long)]
    port: Option<u16>,
    #[arg(long, default_value = "radius")]
    login: String,
    #[arg(long, default_value = "radius")]
    database: String,
    #[arg(long, default_value = "*")]
    listen: String,
    #[arg(long, default_value_t = 1812)]
    auth_port: u16,
    #[arg(long, default_value_t = 1813)]
    acct_port: u16,
    /// The network that the routers are in.
    #[arg(long, default_value = "10.0.0.0/8")]
    routers: String,
    /// The folder of the stock configuration.
    #[arg(long, default_value = "/etc/freeradius/3.0")]
    stock: String,
    /// Without SQL tables: FreeRADIUS asks Sambung (radius.rest_listen) over rlm_rest.
    #[arg(long)]
    rest: bool,
    /// With --rest: where Sambung is asked.
    #[arg(long, default_value = "http://127.0.0.1:18120")]
    sambung: String,
    /// With --rest over https: the file with the certificates that FreeRADIUS believes.
    #[arg(long, default_value = "/etc/ssl/certs/ca-certificates.crt")]
    ca_file: String,
}

impl EngineCommand {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        match self.what {
            What::Attach(Attach::Freeradius(command)) => command.run(session).await,
            What::Attach(Attach::Inventree(command)) => command.run(session).await,
            What::Attach(Attach::Erpnext(command)) => command.run(session).await,
            What::Detach { engine } => detach(session, &engine).await,
            What::Status => status(session).await,
            What::Bell(command) => command.run(session).await,
            What::Freeradius(FreeradiusCommand::Config(command)) => {
                command.print();
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn say(id: &str, en: &str) {
    println!("{}", if lang() == Lang::Id { id } else { en });
}

impl AttachFreeradius {
    async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let url = match self.url {
            Some(url) => url,
            None => rpassword::prompt_password("URL: ")
                .map_err(|e| Fault::bug(format!("reading the address: {e}")))?,
        };
        let settings = Settings { url: url.trim().to_owned() };
        let shown = settings.shown()?;
        let port = Arc::new(Freeradius::new(&settings)?);
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let handshake = port.handshake().await?;
        println!("{}", handshake.version);
        for warning in &handshake.warnings {
            println!("! {warning}");
        }
        if !handshake.missing.is_empty() {
            for missing in &handshake.missing {
                println!("✗ {missing}");
            }
            db.close().await;
            return Ok(ExitCode::FAILURE);
        }
        let carrier = AccessCarrier::new(port);
        let preview = access::preview(&db, carrier.port().as_ref(), clock.now()).await?;
        show(&preview);
        if !self.preview {
            begin(&db, &settings, &shown, &handshake.version, clock.as_ref()).await?;
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

fn show(p: &Preview) {
    say(
        &format!(
            "sama: {}, berbeda (akan ditanyakan): {}, hanya di sini (akan dibuat di sana): {}, hanya di \
             sana (akan ditanyakan): {}",
            p.equal, p.different, p.only_here, p.only_there
        ),
        &format!(
            "equal: {}, different (will be asked about): {}, only here (will be made there): {}, only \
             there (will be asked about): {}",
            p.equal, p.different, p.only_here, p.only_there
        ),
    );
}

async fn begin(
    db: &Db,
    settings: &Settings,
    shown: &serde_json::Value,
    version: &str,
    clock: &dyn kernel::Clock,
) -> Result<()> {
    let secret =
        Secret::new(serde_json::to_string(settings).map_err(|e| Fault::bug(e.to_string()))?);
    let cause = Cause::system(clock.now(), "command_line");
    db.write(&cause, async |tx: &mut Tx| {
        engine::attach(tx, Engine::Freeradius, shown, &secret).await?;
        engine::answered(tx, Engine::Freeradius, Some(version), None).await
    })
    .await?;
    say(
        "terpasang; sinkronisasi pertama dikerjakan oleh sambung serve",
        "attached; the first sync is done by sambung serve",
    );
    Ok(())
}

async fn detach(session: Session, name: &str) -> Result<ExitCode> {
    let Session { config, clock } = session;
    let Some(of) = Engine::parse(name) else {
        return Err(Fault::field("engine", "unknown", "tidak dikenal", "is not known"));
    };
    let db = wiring::open_existing(&config).await?;
    if of == Engine::Erpnext
        && let Err(fault) = crate::books::silence(&db).await
    {
        println!("! {fault}");
    }
    let cause = Cause::system(clock.now(), "command_line");
    let done = db.write(&cause, async |tx: &mut Tx| engine::detach(tx, of).await).await;
    db.close().await;
    done?;
    say("dilepas; isi di sana tetap dan tetap berjalan", "detached; what it holds stays and works");
    Ok(ExitCode::SUCCESS)
}

impl Bell {
    async fn run(self, session: Session) -> Result<ExitCode> {
        let config = session.config;
        let db = wiring::open_existing(&config).await?;
        let settings = engine::settings(&mut db.reader(), Engine::Inventree).await;
        db.close().await;
        let settings = settings?.ok_or_else(|| engine::not_attached(Engine::Inventree))?;
        let secret = connectors::inventree::bell::secret(settings.secret.expose())
            .ok_or_else(|| engine::not_attached(Engine::Inventree))?;
        let base = self.url.unwrap_or_else(|| config.pay_base_url());
        println!("SAMBUNG_BELL_URL={}/bells/{}", base.trim_end_matches('/'), self.engine);
        println!("SAMBUNG_BELL_SECRET={secret}");
        Ok(ExitCode::SUCCESS)
    }
}

async fn status(session: Session) -> Result<ExitCode> {
    let db = wiring::open_existing(&session.config).await?;
    let report = super::check::engines(&db).await;
    db.close().await;
    for line in report? {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

impl Config {
    fn print(self) {
        let files = if self.rest { self.asking() } else { self.tables() };
        for file in files {
            println!("# ---- {}\n{}", file.path, file.text);
        }
    }

    fn asking(self) -> Vec<freeradius::File> {
        freeradius::asking(&freeradius::Asking {
            sambung: self.sambung,
            ca_file: self.ca_file,
            secret: "GANTI".to_owned(),
            listen: self.listen,
            auth_port: self.auth_port,
            acct_port: self.acct_port,
            routers: self.routers,
        })
    }

    fn tables(self) -> Vec<freeradius::File> {
        let mysql = self.dialect == "mysql";
        let place = freeradius::Place {
            dialect: if mysql { "mysql" } else { "postgresql" },
            server: self.server,
            port: self.port.unwrap_or(if mysql { 3306 } else { 5432 }),
            login: self.login,
            password: "GANTI".to_owned(),
            database: self.database,
            listen: self.listen,
            auth_port: self.auth_port,
            acct_port: self.acct_port,
            routers: self.routers,
            stock: self.stock,
            interim_secs: 300,
        };
        freeradius::configuration(&place)
    }
}
