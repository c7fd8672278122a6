//! `sambung backup`: a consistent copy of everything that can't be made again, while the program runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use kernel::{Cause, Fault, Lang, Result, Ts};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use store::{Db, Options};

use super::{Session, lang};
use crate::config::Config;
use crate::wiring;

/// The main database's copy, when it is SQLite's.
pub(super) const MAIN: &str = "sambung.db";
/// The same of PostgreSQL: the rows of every table.
pub(super) const ROWS: &str = "sambung.sql";
/// Accounting that was answered and is not in the main database yet.
pub(super) const SPOOL: &str = "spool.db";
pub(super) const KEY: &str = "secret.key";
/// What the folder holds. It is written last, so that half a backup has none.
const MANIFEST: &str = "backup.json";
const FORMAT: u32 = 1;

#[derive(Args)]
pub(super) struct Backup {
    /// The folder to make. It must not exist yet.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also copy the encryption key. Keep such a backup as you keep passwords.
    #[arg(long)]
    with_key: bool,
    /// Leave the main database out: on a further RADIUS node, or when its own tools copy it. PostgreSQL only.
    #[arg(long)]
    without_database: bool,
}

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The program that made it.
    program: String,
    pub made_at: Ts,
    /// The main database is in the folder; else it is on PostgreSQL and was left out.
    pub is_whole: bool,
    /// Tells which key its secrets are sealed with, without telling the key.
    pub key_print: Option<String>,
    pub files: Vec<Copied>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Copied {
    pub name: String,
    bytes: u64,
    sha256: String,
}

impl Backup {
    pub(super) async fn run(self, session: Session) -> Result<ExitCode> {
        let Session { config, clock } = session;
        if self.folder.exists() {
            return Err(refuse(
                format!("{} sudah ada.", self.folder.display()),
                format!("{} exists already.", self.folder.display()),
            ));
        }
        let main = main_file(&config);
        if let Some(main) = main.as_deref().filter(|path| !path.exists()) {
            return Err(refuse(
                format!("Basis data {} tidak ada.", main.display()),
                format!("The database {} does not exist.", main.display()),
            ));
        }
        if main.is_some() && self.without_database {
            return Err(refuse(
                "Dengan SQLite basis data selalu ikut.".into(),
                "With SQLite the database is always in it.".into(),
            ));
        }
        let partial = partial_of(&self.folder)?;
        private_folder(&partial)?;
        let made = self.make(&config, clock.now(), main.as_deref(), &partial).await;
        if made.is_err() {
            // What was refused must not stand in the way of the next one.
            let _ = std::fs::remove_dir_all(&partial);
        }
        made?;
        std::fs::rename(&partial, &self.folder).map_err(|e| io(&self.folder, e))?;
        self.say(&config);
        Ok(ExitCode::SUCCESS)
    }

    async fn make(
        &self,
        config: &Config,
        now: Ts,
        main: Option<&Path>,
        partial: &Path,
    ) -> Result<()> {
        let mut names = Vec::new();
        // The spool first: what is applied meanwhile is in the main database by then, and what is in both is
        // applied once.
        let spool = config.data_dir.join(SPOOL);
        if spool.exists() {
            copy_database(&spool, &partial.join(SPOOL)).await?;
            names.push(SPOOL);
        }
        if let Some(main) = main {
            copy_database(main, &partial.join(MAIN)).await?;
            names.push(MAIN);
        } else if !self.without_database {
            copy_rows(config, now, &partial.join(ROWS)).await?;
            names.push(ROWS);
        }
        if self.with_key {
            copy_file(&config.key_file(), &partial.join(KEY))?;
            names.push(KEY);
        }
        let manifest = Manifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: now,
            is_whole: !self.without_database,
            key_print: key_print(&config.key_file())?,
            files: names.iter().map(|n| copied(partial, n)).collect::<Result<_>>()?,
        };
        let text =
            serde_json::to_string_pretty(&manifest).map_err(|e| Fault::bug(e.to_string()))?;
        let file = partial.join(MANIFEST);
        std::fs::write(&file, text).map_err(|e| io(&file, e))?;
        sync(&file)
    }

    fn say(&self, config: &Config) {
        let is_id = lang() == Lang::Id;
        println!("{}", self.folder.display());
        if self.without_database {
            if is_id {
                eprintln!("Basis data di PostgreSQL tidak ikut: salin sekarang juga.");
            } else {
                eprintln!("The database on PostgreSQL is not in it: copy it now.");
            }
        }
        if !self.with_key {
            let key = config.key_file();
            if is_id {
                eprintln!("Kunci {} tidak ikut: simpan salinannya di tempat lain.", key.display());
            } else {
                eprintln!("The key {} is not in it: keep a copy elsewhere.", key.display());
            }
        }
    }
}

impl Manifest {
    /// Reads a backup's manifest and compares every file with it.
    ///
    /// # Errors
    /// `backup.refused` when the folder is no (whole) backup, or a file is not what it was.
    pub(super) fn verified(folder: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(folder.join(MANIFEST)).map_err(|_| {
            refuse(
                format!("{} bukan cadangan yang utuh.", folder.display()),
                format!("{} is not a whole backup.", folder.display()),
            )
        })?;
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|e| refuse(format!("{MANIFEST}: {e}"), format!("{MANIFEST}: {e}")))?;
        if manifest.format != FORMAT {
            return Err(refuse(
                format!("Cadangan dibuat program versi {} dengan bentuk lain.", manifest.program),
                format!("The backup was made by version {} in another form.", manifest.program),
            ));
        }
        for file in &manifest.files {
            let plain = Path::new(&file.name).file_name().is_some_and(|n| n == file.name.as_str());
            let same = plain
                && copied(folder, &file.name)
                    .is_ok_and(|now| (now.bytes, &now.sha256) == (file.bytes, &file.sha256));
            if !same {
                return Err(refuse(
                    format!("{} di cadangan ini rusak atau hilang.", file.name),
                    format!("{} in this backup is damaged or missing.", file.name),
                ));
            }
        }
        Ok(manifest)
    }
}

/// The SQLite file of the main database; none on PostgreSQL.
pub(super) fn main_file(config: &Config) -> Option<PathBuf> {
    let url = config.database_url();
    url.strip_prefix("sqlite:").map(|path| PathBuf::from(path.trim_start_matches("//")))
}

/// Tells keys apart; `None` without a key file.
pub(super) fn key_print(file: &Path) -> Result<Option<String>> {
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file).map_err(|e| io(file, e))?;
    let digest = sha2::Sha256::new().chain_update("sambung key print").chain_update(text.trim());
    Ok(Some(hex(&digest.finalize()[..8])))
}

pub(super) fn refuse(id: String, en: String) -> Fault {
    Fault::conflict("backup.refused", id, en)
}

pub(super) fn io(path: &Path, error: std::io::Error) -> Fault {
    let text = format!("{}: {error}", path.display());
    Fault::invalid("backup.file", text.clone(), text)
}

/// Copies a file that only its owner may read, down to the disk.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to).map_err(|e| io(from, e))?;
    private(to, 0o600)?;
    sync(to)
}

/// Makes a folder that only its owner may read: it holds people's data.
pub(super) fn private_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| io(folder, e))?;
    private(folder, 0o700)
}

#[cfg(unix)]
fn private(path: &Path, mode: u32) -> Result<()> {
    let rights = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, rights).map_err(|e| io(path, e))
}
#[cfg(not(unix))]
fn private(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

fn sync(file: &Path) -> Result<()> {
    std::fs::File::open(file).and_then(|f| f.sync_all()).map_err(|e| io(file, e))
}

/// Where the copy grows; it gets its name when it is whole.
fn partial_of(folder: &Path) -> Result<PathBuf> {
    let name =
        folder.file_name().ok_or_else(|| io(folder, std::io::ErrorKind::InvalidInput.into()))?;
    let partial = folder.with_file_name(format!("{}.partial", name.to_string_lossy()));
    if partial.exists() {
        return Err(refuse(
            format!("{} sisa cadangan yang terputus; hapus dulu.", partial.display()),
            format!(
                "{} is left from a backup that was cut off; remove it first.",
                partial.display()
            ),
        ));
    }
    Ok(partial)
}

async fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let options = Options { readers: 1, ..Options::new(format!("sqlite:{}", from.display())) };
    let db = Db::open(&options).await?;
    let copied = db.copy_to(to).await;
    db.close().await;
    copied?;
    private(to, 0o600)?;
    sync(to)
}

/// Writes the rows of the database on PostgreSQL, as of one moment.
async fn copy_rows(config: &Config, now: Ts, to: &Path) -> Result<()> {
    let db = Db::open(&Options { readers: 1, ..Options::new(config.database_url()) }).await?;
    let cause = Cause::system(now, "backup");
    let written = store::script::write(&db, &cause, &wiring::schema(), to).await;
    db.close().await;
    written?;
    private(to, 0o600)?;
    sync(to)
}

fn copied(folder: &Path, name: &str) -> Result<Copied> {
    let path = folder.join(name);
    let mut file = std::fs::File::open(&path).map_err(|e| io(&path, e))?;
    let mut digest = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let n = std::io::Read::read(&mut file, &mut buffer).map_err(|e| io(&path, e))?;
        let Some(part) = buffer.get(..n).filter(|part| !part.is_empty()) else { break };
        digest.update(part);
        bytes += u64::try_from(n).unwrap_or(0);
    }
    Ok(Copied { name: name.to_owned(), bytes, sha256: hex(&digest.finalize()) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
