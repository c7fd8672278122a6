//! A quota counts from the start of each period, whether or not anything else happens then.

use billing::words::Mode;
use network::{DesiredKind, RecordKind};
use store::testing::both;
use store::{Db, QueryExt, args};

use crate::world::{World, at};

const GIB: i64 = 1 << 30;

async fn kind(w: &World, sub: kernel::SubscriptionId) -> DesiredKind {
    let access = network::access::of(&mut w.db.reader(), sub).await.unwrap();
    access.unwrap().desired.kind()
}

async fn is_sound(w: &World, now: kernel::Ts) {
    let broken = flows::invariants::check(&mut w.db.reader(), now).await.unwrap();
    let quota: Vec<_> = broken.iter().filter(|b| b.invariant.contains("quota")).collect();
    assert!(quota.is_empty(), "{quota:?}");
}

#[tokio::test]
async fn two_months_of_a_postpaid_customer_who_pays_on_time_are_two_quotas() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let start = at("2026-11-10", 9, 5);
        let (customer, sub) =
            w.installed(Mode::Postpaid, w.quota_plan, at("2026-11-10", 9, 0)).await;
        let report = async |now: kernel::Ts, bytes: i64| {
            let secs = now.secs() - start.secs();
            w.report(sub, RecordKind::Interim, now, secs, bytes).await;
        };
        w.report(sub, RecordKind::Start, start, 0, 0).await;
        report(at("2026-11-20", 9, 0), 3 * GIB).await;
        w.live_until("2026-12-01", "2026-12-05").await;
        let owed: i64 = db
            .reader()
            .value(
                "select total from billing_invoice where id = $1",
                args![w.open_invoice(sub).await],
            )
            .await
            .unwrap();
        w.pay(customer, owed, at("2026-12-05", 9, 0)).await;

        report(at("2026-12-10", 9, 0), 6 * GIB).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Full, "3 GiB of December's 5");
        is_sound(&w, at("2026-12-10", 9, 1)).await;
        report(at("2026-12-20", 9, 0), 8 * GIB).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Isolated, "December's 5 GiB are used");

        w.live(at("2026-12-31", 23, 59)).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Isolated);
        w.live(at("2027-01-01", 0, 0)).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Full, "January's quota is whole");
        is_sound(&w, at("2027-01-01", 0, 1)).await;
    })
    .await;
}
