//! `sambung backup` and `sambung restore`: a consistent copy of a running SQLite installation, as a folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kernel::{Fault, Result};
use store::dialect::Dialect;
use store::{Db, Options};

use super::Session;
use crate::wiring;

const MAIN: &str = "sambung.db";
const SPOOL: &str = "spool.db";

#[derive(Args)]
pub(super) struct Backup {
    /// The folder to make. It must not exist yet.
    folder: PathBuf,
    /// Also copy the key file. Keep such a backup as you keep passwords.
    #[arg(long)]
    with_key: bool,
}

#[derive(Args)]
pub(super) struct Restore {
    /// A folder that `backup` made.
    folder: PathBuf,
    /// Overwrite what is in the data folder.
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let config = session.config;
        if self.folder.exists() {
            return Err(refuse(
                format!("{} sudah ada.", self.folder.display()),
                format!("{} exists already.", self.folder.display()),
            ));
        }
        let db = wiring::open_existing(&config).await?;
        if db.dialect() == Dialect::Postgres {
            return Err(refuse(
                "Untuk PostgreSQL pakai pg_dump.".into(),
                "For PostgreSQL use pg_dump.".into(),
            ));
        }
        std::fs::create_dir_all(&self.folder).map_err(|e| io(&self.folder, e))?;
        // The spool first: what it lacks is in the main database by then or comes again from the NAS; what
        // it has twice is applied once.
        let spool = config.data_dir.join(SPOOL);
        if spool.exists() {
            let copied = Db::open(&Options::new(format!("sqlite:{}", spool.display()))).await?;
            copied.copy_to(&self.folder.join(SPOOL)).await?;
            copied.close().await;
        }
        db.copy_to(&self.folder.join(MAIN)).await?;
        db.close().await;
        if self.with_key {
            copy(&config.key_file(), &self.folder.join("secret.key"))?;
        }
        println!("{}", self.folder.display());
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let config = session.config;
        if config.database.is_some() {
            return Err(refuse(
                "restore hanya untuk basis data SQLite di folder data.".into(),
                "restore is for the SQLite database in the data folder only.".into(),
            ));
        }
        let from = self.folder.join(MAIN);
        if !from.exists() {
            return Err(refuse(
                format!("{} bukan cadangan.", self.folder.display()),
                format!("{} is not a backup.", self.folder.display()),
            ));
        }
        let target = config.data_dir.join(MAIN);
        if target.exists() && !self.force {
            return Err(refuse(
                format!("{} sudah berisi data; pakai --force.", config.data_dir.display()),
                format!("{} holds data already; use --force.", config.data_dir.display()),
            ));
        }
        std::fs::create_dir_all(&config.data_dir).map_err(|e| io(&config.data_dir, e))?;
        for name in [MAIN, SPOOL] {
            for end in ["", "-wal", "-shm"] {
                let old = config.data_dir.join(format!("{name}{end}"));
                if old.exists() {
                    std::fs::remove_file(&old).map_err(|e| io(&old, e))?;
                }
            }
            let from = self.folder.join(name);
            if from.exists() {
                copy(&from, &config.data_dir.join(name))?;
            }
        }
        let key = self.folder.join("secret.key");
        if key.exists() && !config.key_file().exists() {
            copy(&key, &config.key_file())?;
        }
        println!("{}", target.display());
        Ok(ExitCode::SUCCESS)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).map(drop).map_err(|e| io(from, e))
}

fn refuse(id: String, en: String) -> Fault {
    Fault::conflict("backup.refused", id, en)
}

fn io(path: &Path, error: std::io::Error) -> Fault {
    let text = format!("{}: {error}", path.display());
    Fault::invalid("backup.file", text.clone(), text)
}
