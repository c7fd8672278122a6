//! `sambung engine attach inventree`: looks, shows what would happen, begins.

use std::process::ExitCode;
use std::time::Duration;

use bridge::asset::AssetSystem;
use bridge::{Engine, engine};
use clap::Args;
use connectors::inventree::{InvenTree, Options, login};
use flows::compare::asset::{Preview, preview};
use kernel::{Cause, Fault, Lang, Result};
use serde_json::json;
use store::{Secret, Tx};

use crate::commands::{Session, lang};
use crate::wiring;

#[derive(Args)]
pub(super) struct AttachInventree {
    /// Where it is: https://inventree.example.id.
    #[arg(long)]
    url: String,
    /// The token of Sambung's own user there; asked for when neither it nor --user is given.
    #[arg(long, env = "SAMBUNG_INVENTREE_TOKEN", hide_env_values = true, conflicts_with = "user")]
    token: Option<String>,
    /// Log in as this user and keep the token; the password is asked for and not kept.
    #[arg(long)]
    user: Option<String>,
    /// Requests under way at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    requests_max: u8,
    /// Only look and show; attach nothing.
    #[arg(long)]
    preview: bool,
}

fn asked(what: &str) -> Result<Secret> {
    rpassword::prompt_password(what)
        .map(|text| Secret::new(text.trim()))
        .map_err(|e| Fault::bug(format!("reading from the terminal: {e}")))
}

impl AttachInventree {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let token = match (&self.token, &self.user) {
            (Some(token), _) => Secret::new(token.trim()),
            (None, Some(user)) => {
                let password = asked("Password: ")?;
                login(&self.url, user, &password, Duration::from_secs(15)).await?
            }
            (None, None) => asked("Token: ")?,
        };
        let mut options = Options::new(self.url.trim(), token.clone());
        options.in_flight_max = usize::from(self.requests_max);
        let system = InvenTree::new(options)?;
        let handshake = system.handshake().await?;
        println!("InvenTree {}", handshake.version);
        for warning in &handshake.warnings {
            println!("! {warning}");
        }
        if !handshake.missing.is_empty() {
            for missing in &handshake.missing {
                println!("✗ {missing}");
            }
            return Ok(ExitCode::FAILURE);
        }
        let db = wiring::open_migrated(&config, clock.as_ref()).await?;
        let shown = json!({ "url": self.url.trim(), "requests_max": self.requests_max });
        let done = async {
            show(&preview(&db, &system).await?);
            if self.preview {
                return Ok(());
            }
            let cause = Cause::system(clock.now(), "command_line");
            let marked = db
                .write(&cause, async |tx: &mut Tx| {
                    engine::attach(tx, Engine::Inventree, &shown, &token).await?;
                    let version = Some(handshake.version.as_str());
                    engine::answered(tx, Engine::Inventree, version, None).await?;
                    flows::mirror::asset::mark_all(tx).await
                })
                .await?;
            say(
                &format!("terpasang; {marked} catatan disinkronkan oleh sambung serve"),
                &format!("attached; {marked} records are synced by sambung serve"),
            );
            Ok(())
        }
        .await;
        db.close().await;
        done.map(|()| ExitCode::SUCCESS)
    }
}

fn say(id: &str, en: &str) {
    println!("{}", if lang() == Lang::Id { id } else { en });
}

fn show(p: &Preview) {
    say(
        &format!(
            "cocok menurut nomor seri: {}, hanya di sini (akan dibuat di sana): {}, hanya di sana (diterima \
             di sini bila jenis dan gudangnya dikenal): {}, ganda di sana (akan ditanyakan): {}",
            p.matched, p.to_make, p.only_there, p.twice_there
        ),
        &format!(
            "matched by serial number: {}, only here (will be made there): {}, only there (received here \
             where part and warehouse are known): {}, twice there (will be asked about): {}",
            p.matched, p.to_make, p.only_there, p.twice_there
        ),
    );
}
