//! A profile is edited, or a plan gives another one: the sweep tells everybody who runs with it.

use billing::words::Mode;
use catalog::write::{set_plan, set_profile};
use kernel::{Money, SubscriptionId};
use network::{DesiredKind, RecordKind};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at, day};

async fn version(w: &World, sub: SubscriptionId) -> (DesiredKind, i64) {
    let access = network::access::of(&mut w.db.reader(), sub).await.unwrap().unwrap();
    (access.desired.kind(), access.version)
}

#[tokio::test]
async fn the_next_sweep_brings_an_edited_profile_to_its_subscriptions_and_to_no_other() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let start = at("2026-11-10", 9, 5);
        let (_, home) = w.installed(Mode::Postpaid, w.plan, start).await;
        let (_, big) = w.installed(Mode::Postpaid, w.big_plan, start).await;
        w.report(home, RecordKind::Start, start, 0, 0).await;
        let (was, other) = (version(&w, home).await, version(&w, big).await);

        w.write(at("2026-11-11", 9, 0), async |tx: &mut Tx| {
            let catalog = catalog::current(tx).await?;
            let mut profile = catalog.profile(catalog.plan(w.plan)?.profile_id)?.clone();
            profile.rate_down_kbps = 25_000;
            set_profile(tx, &profile).await
        })
        .await;
        w.live(at("2026-11-11", 9, 1)).await;
        assert_eq!(version(&w, home).await, (DesiredKind::Full, was.1 + 1));
        assert_eq!(version(&w, big).await, other);
        w.live(at("2026-11-11", 9, 2)).await;
        assert_eq!(version(&w, home).await.1, was.1 + 1, "once");

        w.write(at("2026-11-12", 9, 0), async |tx: &mut Tx| {
            let catalog = catalog::current(tx).await?;
            let mut plan = catalog.plan(w.plan)?.clone();
            plan.profile_id = catalog.plan(w.big_plan)?.profile_id;
            set_plan(tx, &plan, Money::rupiah(250_000), day("2026-01-01")).await
        })
        .await;
        w.live(at("2026-11-12", 9, 1)).await;
        assert_eq!(version(&w, home).await.1, was.1 + 2, "the plan gives another profile");
        assert_eq!(version(&w, big).await, other);
        let told: i64 = db
            .reader()
            .value(
                "select count(*) from network_access where enforced_version < version
                 and next_attempt_at is not null",
                args![],
            )
            .await
            .unwrap();
        assert_eq!(told, 1, "who is offline gets it at the next login");
    })
    .await;
}
