//! The log of logins that were let in, when an ISP wants one: `logins.db`, a file of its own, so that
//! it never makes accounting wait. A batch of logins is one row; reading goes through the batches of a
//! time range. What an account is doing now is in its sessions; this log is for questions afterwards.

use std::path::Path;

use kernel::{AccountId, Cause, NasId, Result, SubscriptionId, Ts};
use network::Mac;
use store::{Db, Migrations, Options, QueryExt, args, row};
use uuid::Uuid;

use crate::note::Login;

const MIGRATIONS: Migrations = Migrations {
    room: "aaa",
    steps: &[("001_logins", include_str!("../migrations/001_logins.sql"))],
};

row! {
    struct Batch { pub body: Vec<u8> }
}

/// See the module's documentation.
#[derive(Clone)]
pub struct LoginLog {
    db: Db,
}

/// At, account, subscription, NAS, MAC (zero: none), access version, isolated.
const ENTRY_BYTES: usize = 8 + 16 + 16 + 16 + 6 + 8 + 1;

impl LoginLog {
    /// Opens or creates the log.
    ///
    /// # Errors
    /// When the file can't be opened or its table can't be made.
    pub async fn open(path: &Path, now: Ts) -> Result<Self> {
        let options = Options {
            readers: 1,
            cache_kib: 2 << 10,
            ..Options::new(format!("sqlite:{}", path.display()))
        };
        let db = Db::open(&options).await?;
        store::migrate(&db, now, &[&MIGRATIONS]).await?;
        Ok(Self { db })
    }

    /// Adds logins.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn write(&self, logins: &[Login], now: Ts) -> Result<()> {
        let times = logins.iter().map(|login| login.at);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return Ok(()) };
        let body: Vec<u8> = logins.iter().flat_map(encode).collect();
        self.db
            .write(&Cause::system(now, "radius"), async |tx| {
                tx.exec(
                    "insert into aaa_login (first_at, last_at, body) values ($1, $2, $3)",
                    args![first, last, &body[..]],
                )
                .await
            })
            .await?;
        Ok(())
    }

    /// An account's logins from `from` until before `to`, the oldest first.
    ///
    /// # Errors
    /// When the log can't be read.
    pub async fn of_account(&self, account: AccountId, from: Ts, to: Ts) -> Result<Vec<Login>> {
        let mut reader = self.db.reader();
        let batches: Vec<Batch> = reader
            .rows(
                "select body from aaa_login where last_at >= $1 and first_at < $2 order by id",
                args![from, to],
            )
            .await?;
        let all = batches.iter().flat_map(|batch| batch.body.as_chunks::<ENTRY_BYTES>().0);
        let mut found: Vec<Login> = all
            .filter_map(decode)
            .filter(|login| login.account == account && login.at >= from && login.at < to)
            .collect();
        found.sort_by_key(|login| login.at);
        Ok(found)
    }

    /// Forgets batches that ended before `before`. Answers how many.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget(&self, before: Ts, now: Ts) -> Result<u64> {
        self.db
            .write(&Cause::system(now, "radius"), async |tx| {
                tx.exec("delete from aaa_login where last_at < $1", args![before]).await
            })
            .await
    }
}

fn encode(login: &Login) -> [u8; ENTRY_BYTES] {
    let mut entry = [0; ENTRY_BYTES];
    let at = login.at.micros().to_be_bytes();
    let version = login.access_version.to_be_bytes();
    let mac = login.mac.map(Mac::bytes).unwrap_or_default();
    let (account, subscription, nas) =
        (login.account.uuid(), login.subscription.uuid(), login.nas.uuid());
    let parts: [&[u8]; 7] = [
        &at,
        account.as_bytes(),
        subscription.as_bytes(),
        nas.as_bytes(),
        &mac,
        &version,
        &[u8::from(login.isolated)],
    ];
    for (slot, byte) in entry.iter_mut().zip(parts.into_iter().flatten()) {
        *slot = *byte;
    }
    entry
}

fn decode(entry: &[u8; ENTRY_BYTES]) -> Option<Login> {
    let (at, rest) = entry.split_first_chunk::<8>()?;
    let (account, rest) = rest.split_first_chunk::<16>()?;
    let (subscription, rest) = rest.split_first_chunk::<16>()?;
    let (nas, rest) = rest.split_first_chunk::<16>()?;
    let (mac, rest) = rest.split_first_chunk::<6>()?;
    let (version, rest) = rest.split_first_chunk::<8>()?;
    Some(Login {
        at: Ts::from_micros(i64::from_be_bytes(*at)),
        account: AccountId::from_uuid(Uuid::from_bytes(*account)),
        subscription: SubscriptionId::from_uuid(Uuid::from_bytes(*subscription)),
        nas: NasId::from_uuid(Uuid::from_bytes(*nas)),
        mac: (*mac != [0; 6]).then(|| Mac::from_bytes(*mac)),
        access_version: i64::from_be_bytes(*version),
        isolated: rest == [1],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(n: u8, secs: i64) -> Login {
        Login {
            at: Ts::from_secs(1_790_000_000 + secs),
            account: AccountId::from_uuid(Uuid::from_bytes([n; 16])),
            subscription: SubscriptionId::from_uuid(Uuid::from_bytes([9; 16])),
            nas: NasId::from_uuid(Uuid::from_bytes([8; 16])),
            mac: (n != 0).then(|| Mac::from_bytes([2, 0, 0, 0, 0, n])),
            access_version: i64::from(n) * 1_000_000_007,
            isolated: n == 2,
        }
    }

    #[tokio::test]
    async fn an_account_finds_its_own_logins_of_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let now = Ts::from_secs(1_790_000_100);
        let log = LoginLog::open(&folder.path().join("logins.db"), now).await.unwrap();
        log.write(&[login(1, 0), login(2, 1), login(0, 2)], now).await.unwrap();
        log.write(&[login(2, 50), login(1, 60)], now).await.unwrap();
        let of = async |n: u8, from: i64, to: i64| {
            let at = |secs| Ts::from_secs(1_790_000_000 + secs);
            log.of_account(login(n, 0).account, at(from), at(to)).await.unwrap()
        };
        assert_eq!(of(2, 0, 100).await, [login(2, 1), login(2, 50)]);
        assert_eq!(of(2, 2, 100).await, [login(2, 50)]);
        assert_eq!(of(2, 0, 50).await, [login(2, 1)]);
        assert_eq!(of(0, 0, 100).await, [login(0, 2)]);
        assert_eq!(log.forget(Ts::from_secs(1_790_000_040), now).await.unwrap(), 1);
        assert_eq!(of(1, 0, 100).await, [login(1, 60)]);
    }
}
