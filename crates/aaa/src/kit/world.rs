//! A database with a branch, two profiles and one NAS, for the tests that need one.

use std::sync::Arc;

use catalog::{Profile, ProfileKind, VendorAttribute};
use kernel::{BranchId, NasId, ProfileId, Result, SubscriptionId, Ts, Zone};
use network::account::Reservation;
use network::nas::NasEdit;
use network::username::Parts;
use network::{
    AccountKind, Desired, Mac, MacPolicy, MessageAuthenticator, Sealer, Secret, Vendor, Why,
};
use store::{Db, Tx, testing};

use super::{PASSWORD, SECRET, mac};

pub(crate) struct World {
    pub db: Db,
    pub branch: BranchId,
    pub plan: ProfileId,
    pub nas: NasId,
}

pub(crate) fn id<T>(n: u128) -> kernel::Id<T> {
    kernel::Id::from_uuid(uuid::Uuid::from_u128((7 << 76) | (2 << 62) | n))
}

pub(crate) fn subscription(n: u128) -> SubscriptionId {
    id(1_000 + n)
}

pub(crate) fn isolated() -> Desired {
    Desired::Isolated { holds: vec!["unpaid".into()] }
}

/// Runs `body` in a fresh world on SQLite, then on PostgreSQL.
pub(crate) async fn both<F>(mut body: F)
where
    F: AsyncFnMut(World),
{
    testing::both(&[&catalog::MIGRATIONS, &network::MIGRATIONS], async |db| {
        body(World::on(db).await).await;
    })
    .await;
}

/// A fresh world on a SQLite file.
pub(crate) async fn sqlite() -> (World, tempfile::TempDir) {
    let (db, folder) = testing::sqlite(&[&catalog::MIGRATIONS, &network::MIGRATIONS]).await;
    (World::on(db).await, folder)
}

async fn profile(
    tx: &mut Tx,
    n: u128,
    code: &str,
    kind: ProfileKind,
    rate: i64,
    list: Option<&str>,
) -> Result<ProfileId> {
    let attribute = |value: &str| VendorAttribute {
        vendor: "mikrotik".into(),
        name: "Mikrotik-Address-List".into(),
        value: value.into(),
    };
    let profile = Profile {
        id: id(n),
        code: code.into(),
        name: code.into(),
        kind,
        rate_down_kbps: rate,
        rate_up_kbps: rate,
        attributes: list.map(attribute).into_iter().collect(),
        archived: false,
    };
    catalog::write::set_profile(tx, &profile).await
}

impl World {
    pub(crate) async fn on(db: Db) -> Self {
        db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
        let cause = testing::cause(super::at(-60));
        let (branch, plan, nas) = db
            .write(&cause, async |tx: &mut Tx| {
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
                let plan = profile(tx, 1, "P20", ProfileKind::Plan, 20_000, None).await?;
                profile(tx, 2, "ISOLIR", ProfileKind::Isolation, 64, Some("isolir")).await?;
                let edit = NasEdit {
                    name: "bras-1".into(),
                    address: "127.0.0.1".into(),
                    vendor: Vendor::Mikrotik,
                    coa_port: Some(3_799),
                    branch,
                    message_authenticator: MessageAuthenticator::Required,
                    counters_swapped: false,
                };
                let nas = network::nas::add(tx, &edit, Some(Secret::new(SECRET))).await?.id;
                Ok((branch, plan, nas))
            })
            .await
            .unwrap();
        Self { db, branch, plan, nas }
    }

    pub(crate) async fn write<T: Send>(
        &self,
        now: Ts,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T> + Clone,
    ) -> T {
        self.db.write(&testing::cause(now), work).await.unwrap()
    }

    /// Subscription `n` with a live account `name` that has full access.
    pub(crate) async fn subscriber(&self, n: u128, name: &str, policy: MacPolicy, now: Ts) {
        let want = Reservation {
            subscription: subscription(n),
            customer: id(2_000 + n),
            branch: self.branch,
            partner: None,
            pattern: "{name}".into(),
            parts: Parts { name: name.into(), ..Parts::default() },
            mac_policy: policy,
            kind: AccountKind::Pppoe,
            username: Some(name.into()),
            password: Some(Secret::new(PASSWORD)),
        };
        let device: Option<Mac> = (policy != MacPolicy::Off).then(|| mac(1));
        self.write(now, async |tx| {
            network::account::reserve(tx, &want).await?;
            network::account::open(tx, want.subscription, device).await
        })
        .await;
        self.intend(n, Desired::Full { profile: self.plan }, now).await;
    }

    pub(crate) async fn intend(&self, n: u128, desired: Desired, now: Ts) {
        let why = Why::new("test", "Uji.", "Test.", serde_json::Value::Null);
        self.write(now, async |tx| {
            network::access::intend(tx, subscription(n), desired.clone(), why.clone(), None).await
        })
        .await;
    }

    pub(crate) async fn sessions(&self, n: u128) -> Vec<network::session::SessionView> {
        let mut reader = self.db.reader();
        network::session::of_subscription(&mut reader, subscription(n), 100).await.unwrap()
    }
}
