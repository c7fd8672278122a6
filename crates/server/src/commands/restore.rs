//! `sambung restore`: puts a backup into the data folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kernel::{Cause, Lang, Result, Ts};
use store::{Db, Options, QueryExt, args};

use super::backup::{
    KEY, MAIN, Manifest, ROWS, copy_file, io, key_print, main_file, private_folder, refuse,
};
use super::{Session, lang};
use crate::config::Config;
use crate::wiring;

#[derive(Args)]
pub(super) struct Restore {
    /// A folder that `backup` made.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also into a data folder or database that holds something: what is there is moved into a folder inside it, or
    /// a schema beside it.
    #[arg(long)]
    force: bool,
    /// Also without the key that the backup's secrets are sealed with. Passwords of RADIUS accounts and NAS
    /// secrets can't be read then, and have to be set anew.
    #[arg(long)]
    without_key: bool,
}

impl Restore {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        let manifest = Manifest::verified(&self.folder)?;
        let target = main_file(&config);
        let brings = |name: &str| manifest.files.iter().any(|file| file.name == name);
        if brings(MAIN) != target.is_some() {
            return Err(refuse(
                "Cadangan dan konfigurasi memakai jenis basis data yang berbeda.".into(),
                "The backup and the configuration use different kinds of database.".into(),
            ));
        }
        self.check_key(&config, &manifest)?;
        let old = what_is_there(&config)?;
        if !old.is_empty() && !self.force {
            return Err(refuse(
                format!("{} sudah berisi data; pakai --force.", config.data_dir.display()),
                format!("{} holds data already; use --force.", config.data_dir.display()),
            ));
        }
        // The database first: when it refuses, nothing was touched.
        if brings(ROWS) {
            self.fill(&config, clock.now()).await?;
        }
        private_folder(&config.data_dir)?;
        move_aside(&config, &old, clock.now())?;
        for file in &manifest.files {
            let to = match (file.name.as_str(), &target) {
                (ROWS, _) => continue,
                (MAIN, Some(target)) => target.clone(),
                (KEY, _) if config.key_file().exists() => continue,
                (KEY, _) => config.key_file(),
                (name, _) => config.data_dir.join(name),
            };
            copy_file(&self.folder.join(&file.name), &to)?;
        }
        if let Some(target) = &target {
            must_be_sound(target).await?;
        }
        say(&config, &manifest);
        Ok(ExitCode::SUCCESS)
    }

    /// Fills the database on PostgreSQL, in one transaction.
    async fn fill(&self, config: &Config, now: Ts) -> Result<()> {
        let db = Db::open(&Options { readers: 1, ..Options::new(config.database_url()) }).await?;
        let filled = self.fill_in(&db, now).await;
        db.close().await;
        filled
    }

    async fn fill_in(&self, db: &Db, now: Ts) -> Result<()> {
        let rooms = wiring::schema();
        if store::script::is_there(db, &rooms).await? && !self.force {
            return Err(refuse(
                "Basis data sudah berisi tabel Sambung; pakai --force.".into(),
                "The database holds Sambung's tables already; use --force.".into(),
            ));
        }
        let (cause, rows) = (Cause::system(now, "restore"), self.folder.join(ROWS));
        let aside = aside(now).replace('-', "_");
        store::script::read(db, &cause, &rooms, &rows, &aside).await?;
        Ok(())
    }

    /// Without its key a backup is half a backup: that is better known before than when nobody can dial in.
    fn check_key(&self, config: &Config, manifest: &Manifest) -> Result<()> {
        let Some(wanted) = &manifest.key_print else { return Ok(()) };
        let brings = manifest.files.iter().any(|f| f.name == KEY);
        let there = key_print(&config.key_file())?;
        let fits = there.as_ref().map_or(brings, |print| print == wanted);
        if fits || self.without_key {
            return Ok(());
        }
        let file = config.key_file();
        Err(match there {
            None => refuse(
                format!(
                    "Taruh dulu kunci cadangan ini di {} (atau pakai --without-key).",
                    file.display()
                ),
                format!(
                    "Put this backup's key at {} first (or use --without-key).",
                    file.display()
                ),
            ),
            Some(_) => refuse(
                format!("{} bukan kunci cadangan ini (atau pakai --without-key).", file.display()),
                format!("{} is not this backup's key (or use --without-key).", file.display()),
            ),
        })
    }
}

/// Everything that a restore would be over: what is in the data folder but the key, and a database elsewhere.
fn what_is_there(config: &Config) -> Result<Vec<PathBuf>> {
    let mut there = Vec::new();
    let key = config.key_file();
    if config.data_dir.exists() {
        let list = std::fs::read_dir(&config.data_dir).map_err(|e| io(&config.data_dir, e))?;
        for entry in list {
            let path = entry.map_err(|e| io(&config.data_dir, e))?.path();
            let is_old = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(BEFORE));
            if path != key && !is_old {
                there.push(path);
            }
        }
    }
    let main = main_file(config).filter(|main| main.parent() != Some(&config.data_dir));
    for end in ["", "-wal", "-shm"] {
        there.extend(main.as_ref().map(|main| with_end(main, end)).filter(|path| path.exists()));
    }
    Ok(there)
}

const BEFORE: &str = "before-restore-";

/// Where what was there is put.
fn aside(now: Ts) -> String {
    format!("{BEFORE}{}", now.secs())
}

/// Nothing is thrown away: a person may have restored the wrong backup. Files that a program still holds
/// open go on where they were moved to.
fn move_aside(config: &Config, old: &[PathBuf], now: Ts) -> Result<()> {
    if old.is_empty() {
        return Ok(());
    }
    let name = aside(now);
    let folder = config.data_dir.join(&name);
    private_folder(&folder)?;
    for path in old {
        let to = match path.file_name() {
            Some(file) if path.parent() == Some(&config.data_dir) => folder.join(file),
            _ => with_end(path, &format!(".{name}")),
        };
        std::fs::rename(path, to).map_err(|e| io(path, e))?;
    }
    Ok(())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// SQLite's own check of the restored file.
async fn must_be_sound(file: &Path) -> Result<()> {
    let options = Options { readers: 1, ..Options::new(format!("sqlite:{}", file.display())) };
    let db = Db::open(&options).await?;
    let said: Result<String> = db.reader().value("pragma quick_check(1)", args![]).await;
    db.close().await;
    if said? == "ok" {
        return Ok(());
    }
    Err(refuse(format!("{} rusak.", file.display()), format!("{} is damaged.", file.display())))
}

fn say(config: &Config, manifest: &Manifest) {
    let is_id = lang() == Lang::Id;
    println!("{}", config.data_dir.display());
    let made = manifest.made_at;
    if is_id {
        eprintln!("Cadangan {made} dipulihkan. Periksa dengan `sambung check`, lalu nyalakan.");
    } else {
        eprintln!("The backup of {made} is restored. Look with `sambung check`, then start.");
    }
    if !manifest.is_whole {
        if is_id {
            eprintln!("Basis data di PostgreSQL tidak ada di dalamnya: pulihkan dari salinannya.");
        } else {
            eprintln!("The database on PostgreSQL was not in it: restore it from its own copy.");
        }
    }
}
