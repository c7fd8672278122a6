//! A branch, two profiles, one NAS and helpers to speak as it would.

use std::sync::Arc;

use catalog::{Profile, ProfileKind, VendorAttribute};
use kernel::{BranchId, Event, NasId, ProfileId, Result, Scope, SubscriptionId, Ts, Zone};
use network::account::{Reservation, Reserved};
use network::username::Parts;
use network::{
    AccountKind, AccountingRecord, Desired, Mac, MacPolicy, MessageAuthenticator, RecordKind,
    Sealer, Secret, Vendor, Why,
};
use store::testing;
use store::{Db, Tx};

pub struct World {
    pub db: Db,
    pub branch: BranchId,
    pub plan: ProfileId,
    pub nas: NasId,
}

pub const SECRET: &str = "rahasia-router-yang-panjang-1";
pub const MAC: &str = "4C:5E:0C:11:22:AA";

pub fn id<T>(n: u128) -> kernel::Id<T> {
    kernel::Id::from_uuid(uuid::Uuid::from_u128((7 << 76) | (2 << 62) | n))
}
pub fn sub(n: u128) -> SubscriptionId {
    id(1_000 + n)
}
pub fn now() -> Ts {
    testing::now()
}
pub fn at(secs: i64) -> Ts {
    now().plus_secs(secs)
}
pub fn mac(text: &str) -> Mac {
    Mac::parse(text).unwrap()
}

/// Runs `body` in a fresh world on SQLite, then on PostgreSQL.
pub async fn both<F>(mut body: F)
where
    F: AsyncFnMut(World),
{
    testing::both(&[&catalog::MIGRATIONS, &network::MIGRATIONS], async |db| {
        body(World::on(db).await).await;
    })
    .await;
}

async fn found(db: Db) -> World {
    db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
    let (branch, plan, nas) = db
        .write(&testing::cause(now()), async |tx: &mut Tx| {
            let branch = catalog::write::add_branch(
                tx,
                &catalog::write::NewBranch {
                    code: "JKT".into(),
                    name: "Jakarta".into(),
                    zone: Zone::Jakarta,
                    address: "Jl. Merdeka 1".into(),
                    lat: -6.2,
                    lon: 106.8,
                },
            )
            .await?;
            let plan = profile(tx, 1, "P20", ProfileKind::Plan, 20_000, &[]).await?;
            let list = [("mikrotik", "Mikrotik-Address-List", "isolir")];
            profile(tx, 2, "ISOLIR", ProfileKind::Isolation, 64, &list).await?;
            let edit = nas_edit(branch, "mt-1", "10.9.9.1");
            let nas = network::nas::add(tx, &edit, Some(Secret::new(SECRET))).await?.id;
            Ok((branch, plan, nas))
        })
        .await
        .unwrap();
    World { db, branch, plan, nas }
}

pub fn nas_edit(branch: BranchId, name: &str, address: &str) -> network::nas::NasEdit {
    network::nas::NasEdit {
        name: name.into(),
        address: address.into(),
        vendor: Vendor::Mikrotik,
        coa_port: Some(3_799),
        branch,
        message_authenticator: MessageAuthenticator::Required,
        counters_swapped: false,
    }
}

pub async fn profile(
    tx: &mut Tx,
    n: u128,
    code: &str,
    kind: ProfileKind,
    rate: i64,
    attributes: &[(&str, &str, &str)],
) -> Result<ProfileId> {
    let attributes = attributes
        .iter()
        .map(|(vendor, name, value)| VendorAttribute {
            vendor: (*vendor).into(),
            name: (*name).into(),
            value: (*value).into(),
        })
        .collect();
    catalog::write::set_profile(
        tx,
        &Profile {
            id: id(n),
            code: code.into(),
            name: code.into(),
            kind,
            rate_down_kbps: rate,
            rate_up_kbps: rate / 4,
            attributes,
            archived: false,
        },
    )
    .await
}

impl World {
    pub async fn on(db: Db) -> Self {
        found(db).await
    }
    pub async fn write<T: Send>(
        &self,
        secs: i64,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> T {
        self.try_write(secs, work).await.unwrap()
    }
    pub async fn try_write<T: Send>(
        &self,
        secs: i64,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> Result<T> {
        self.db.write(&testing::cause(at(secs)), work).await
    }

    pub fn reservation(&self, n: u128, name: &str) -> Reservation {
        Reservation {
            subscription: sub(n),
            customer: id(2_000 + n),
            branch: self.branch,
            partner: None,
            pattern: "{name}@net".into(),
            parts: Parts { name: name.into(), ..Parts::default() },
            mac_policy: MacPolicy::ScanConfirm,
            kind: AccountKind::Pppoe,
            username: None,
            password: None,
        }
    }

    /// A live account with full access, decided at second 0.
    pub async fn subscriber(&self, n: u128, name: &str) -> Reserved {
        let want = self.reservation(n, name);
        self.write(0, async |tx| {
            let reserved = network::account::reserve(tx, &want).await?;
            network::account::open(tx, want.subscription, Mac::parse(MAC)).await?;
            network::access::intend(tx, want.subscription, self.full(), ok(), None).await?;
            Ok(reserved)
        })
        .await
    }

    pub fn full(&self) -> Desired {
        Desired::Full { profile: self.plan }
    }

    pub fn record(
        &self,
        kind: RecordKind,
        name: &str,
        session: &str,
        secs: i64,
    ) -> AccountingRecord {
        AccountingRecord {
            nas: self.nas,
            kind,
            acct_session_id: session.into(),
            username: name.into(),
            mac: Mac::parse(MAC),
            framed_ip: "100.64.0.9".parse().ok(),
            secs: 0,
            bytes_in: 0,
            bytes_out: 0,
            cause: None,
            access_version: Some(1),
            event_at: at(secs),
            received_at: at(secs),
        }
    }

    pub async fn apply(
        &self,
        secs: i64,
        records: &[AccountingRecord],
    ) -> network::session::Applied {
        self.write(secs, async |tx| network::session::apply(tx, records).await).await
    }

    pub async fn access(&self, n: u128) -> network::access::Access {
        network::access::of(&mut self.db.reader(), sub(n)).await.unwrap().unwrap()
    }

    pub async fn sessions(&self, n: u128) -> Vec<network::session::SessionView> {
        network::session::of_subscription(&mut self.db.reader(), sub(n), 100).await.unwrap()
    }
}

pub fn isolated(holds: &[&str]) -> Desired {
    Desired::Isolated { holds: holds.iter().map(|h| (*h).to_owned()).collect() }
}

pub fn ok() -> Why {
    Why::new("ok", "Aktif.", "Active.", serde_json::Value::Null)
}
pub fn unpaid() -> Why {
    Why::new("unpaid", "Tagihan belum lunas.", "Unpaid.", serde_json::json!({ "total": 277_500 }))
}
pub fn all() -> Scope {
    Scope::all()
}

/// The names of the events said in the transaction so far.
pub fn said(tx: &Tx) -> Vec<&'static str> {
    tx.events().iter().map(Event::name).collect()
}
