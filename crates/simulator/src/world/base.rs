//! What the program stands on: how its database is opened again after a kill, keys, extensions.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Result, UserId};
use network::{Sealer, Secret};
use sha2::{Digest, Sha256};
use store::{Db, Options};

/// How the database is opened, equipped and wired.
pub struct Base {
    /// `None`: the database is somebody else's, and never killed.
    pub options: Option<Options>,
    pub equipment: Equipment,
    /// Spool and database files.
    pub folder: PathBuf,
}

/// Keys of a world.
#[derive(Clone)]
pub struct Equipment {
    sealer: Arc<Sealer>,
    vault: [u8; 32],
    is_given: bool,
}

impl Equipment {
    /// Keys that follow from the seed.
    pub fn of_seed(seed: u64) -> Self {
        let key = |label: &str| -> [u8; 32] {
            let mut hash = Sha256::new();
            hash.update(label.as_bytes());
            hash.update(seed.to_be_bytes());
            hash.finalize().into()
        };
        Self {
            sealer: Arc::new(Sealer::new(1, key("sealer"))),
            vault: key("vault"),
            is_given: false,
        }
    }
    /// The database has everything on it already.
    pub fn given() -> Self {
        Self { is_given: true, ..Self::of_seed(0) }
    }
}

impl Base {
    /// Gives an open database what use-cases reach through it, and its reactions.
    pub fn equip(&self, db: &Db) {
        if self.equipment.is_given {
            return;
        }
        let sealer = Arc::clone(&self.equipment.sealer);
        db.with_ext(Arc::clone(&sealer))
            .with_ext(Arc::new(identity::totp::Keys(Arc::new(OneTimeKeys(sealer)))))
            .with_ext(Arc::new(crm::nik::Vault::new(self.equipment.vault)));
        flows::wire(db);
    }
}

/// One-time codes' secrets, sealed with the same key.
struct OneTimeKeys(Arc<Sealer>);

impl identity::totp::Vault for OneTimeKeys {
    fn seal(&self, user: UserId, plain: &[u8]) -> Result<Vec<u8>> {
        let text = data_encoding::BASE64.encode(plain);
        self.0.seal("identity_user.totp", user, &Secret::new(text))
    }
    fn open(&self, user: UserId, sealed: &[u8]) -> Result<Vec<u8>> {
        let text = self.0.open("identity_user.totp", user, sealed)?;
        data_encoding::BASE64
            .decode(text.expose().as_bytes())
            .map_err(|e| kernel::Fault::bug(format!("a one-time code's secret: {e}")))
    }
}
