//! How the rooms are put together: database, encryption key, extensions.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use kernel::{Clock, Fault, Result, UserId};
use network::{Sealer, Secret};
use store::{Db, Migrations, Options};

use crate::config::Config;

/// A data folder with this file holds a demo's made-up people: `serve` refuses it.
pub const DEMO_MARK: &str = "DEMO";

/// Every room's tables, in the order in which they are made.
pub fn schema() -> Vec<&'static Migrations> {
    flows::schema()
}

/// Opens the database with everything that use-cases expect on it. Does not migrate.
///
/// # Errors
/// `store.unavailable`, `config.bad_key`, or when the data folder can't be made.
pub async fn open(config: &Config) -> Result<Db> {
    std::fs::create_dir_all(&config.data_dir).map_err(|e| {
        Fault::invalid(
            "config.data_dir",
            format!("Folder data {} tidak bisa dibuat: {e}", config.data_dir.display()),
            format!("The data folder {} can't be made: {e}", config.data_dir.display()),
        )
    })?;
    let (sealer, key) = sealer(&config.key_file())?;
    let db = Db::open(&Options::new(config.database_url())).await?;
    equip(&db, Arc::new(sealer), &key, &config.pay_base_url());
    Ok(db)
}

/// Gives an open database what use-cases reach through it, and the reactions to events. `key` is the
/// program's own; keys for single purposes are derived from it.
pub fn equip(db: &Db, sealer: Arc<Sealer>, key: &str, pay_base_url: &str) {
    let vault = SealedByNetworkKey(Arc::clone(&sealer));
    db.with_ext(sealer)
        .with_ext(Arc::new(identity::totp::Keys(Arc::new(vault))))
        .with_ext(Arc::new(crm::nik::Vault::new(derive(key, "crm nik"))))
        .with_ext(Arc::new(flows::paylink::Signer::new(&derive(key, "pay link"), pay_base_url)));
    db.with_ext(Arc::new(identity::portal::CodeKey(derive(key, "portal code"))));
    flows::wire(db);
}

/// A key for one purpose.
fn derive(key: &str, purpose: &str) -> [u8; 32] {
    use sha2::Digest;
    // The first key of the file made the links and seals that exist; later ones only seal passwords.
    let oldest = key.rsplit(',').next().unwrap_or(key).trim();
    sha2::Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(oldest)
        .finalize()
        .into()
}

/// Opens a database that must be there already; makes nothing.
///
/// # Errors
/// `config.no_database` when there is none; as [`open`].
pub async fn open_existing(config: &Config) -> Result<Db> {
    let url = config.database_url();
    let path = url.strip_prefix("sqlite:").map(|p| Path::new(p.trim_start_matches("//")));
    if let Some(path) = path.filter(|p| !p.exists()) {
        return Err(Fault::invalid(
            "config.no_database",
            format!("Basis data {} tidak ada.", path.display()),
            format!("The database {} does not exist.", path.display()),
        ));
    }
    open(config).await
}

/// Opens the database and brings it up to date.
///
/// # Errors
/// As [`open`], and what migrating says.
pub async fn open_migrated(config: &Config, clock: &dyn Clock) -> Result<Db> {
    let db = open(config).await?;
    flows::schema::migrate(&db, clock.now()).await?;
    Ok(db)
}

/// One-time codes' secrets are sealed with the same key as everything else, under their own name.
struct SealedByNetworkKey(Arc<Sealer>);

const TOTP_ROW: &str = "identity_user.totp";

impl identity::totp::Vault for SealedByNetworkKey {
    fn seal(&self, user: UserId, plain: &[u8]) -> Result<Vec<u8>> {
        let text = data_encoding::BASE64.encode(plain);
        self.0.seal(TOTP_ROW, user, &Secret::new(text))
    }
    fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>> {
        let text = self.0.open(TOTP_ROW, user, sealed)?;
        data_encoding::BASE64
            .decode(text.expose().as_bytes())
            .map_err(|e| Fault::bug(format!("a one-time code's secret: {e}")))
    }
}

/// The encryption key from its file; a new one when there is no file yet.
fn sealer(file: &Path) -> Result<(Sealer, String)> {
    let bad = |what: String| {
        Fault::invalid(
            "config.bad_key",
            format!("Berkas kunci {}: {what}", file.display()),
            format!("The key file {}: {what}", file.display()),
        )
    };
    if !file.exists() {
        let key = Sealer::generate(1)?;
        write_private(file, key.expose()).map_err(|e| bad(e.to_string()))?;
        tracing::warn!(file = %file.display(), "made a new encryption key: keep a copy of it");
    }
    let text = std::fs::read_to_string(file).map_err(|e| bad(e.to_string()))?;
    let sealer = Sealer::parse(text.trim()).map_err(|fault| bad(fault.en))?;
    Ok((sealer, text.trim().to_owned()))
}

/// Writes a file that only its owner reads; never over one that exists.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    writeln!(out, "{text}")?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret.key");
        sealer(&file).unwrap();
        let made = std::fs::read_to_string(&file).unwrap();
        sealer(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&file, "nonsense").unwrap();
        assert_eq!(sealer(&file).err().map(|f| f.code), Some("config.bad_key"));
    }
}
