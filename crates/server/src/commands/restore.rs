//! `sambung restore`: puts a backup into the data folder.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kernel::{Lang, Result, Ts};
use store::{Db, Options, QueryExt, args};

use super::backup::{
    KEY, MAIN, Manifest, copy_file, io, key_print, main_file, private_folder, refuse,
};
use super::{Session, lang};
use crate::config::Config;

#[derive(Args)]
pub(super) struct Restore {
    /// A folder that `backup` made.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also into a data folder that holds something: what is there is moved into a folder inside it.
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
        if manifest.is_whole != target.is_some() {
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
        private_folder(&config.data_dir)?;
        move_aside(&config, &old, clock.now())?;
        for file in &manifest.files {
            let to = match (file.name.as_str(), &target) {
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

/// Nothing is thrown away: a person may have restored the wrong backup. Files that a program still holds
/// open go on where they were moved to.
fn move_aside(config: &Config, old: &[PathBuf], now: Ts) -> Result<()> {
    if old.is_empty() {
        return Ok(());
    }
    let name = format!("{BEFORE}{}", now.secs());
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
        let hint = "pg_restore --clean --if-exists --dbname=... sambung.dump";
        if is_id {
            eprintln!("Basis data di PostgreSQL: pulihkan dengan\n  {hint}");
        } else {
            eprintln!("The database is on PostgreSQL: restore it with\n  {hint}");
        }
    }
}
