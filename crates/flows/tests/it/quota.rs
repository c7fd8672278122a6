//! A quota counts from the start of each period, whether or not anything else happens then.

use billing::words::Mode;
use kernel::{CustomerId, InvoiceId, Money, SubscriptionId};
use network::{DesiredKind, RecordKind};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

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

/// A customer whose 5 GiB of November are used, and the plan's offer of 2 GiB for Rp 20.000.
async fn used_up(w: &World) -> (CustomerId, SubscriptionId) {
    let start = at("2026-11-10", 9, 5);
    let (customer, sub) = w.installed(Mode::Postpaid, w.quota_plan, at("2026-11-10", 9, 0)).await;
    w.write(start, async |tx: &mut Tx| {
        let offer = catalog::QuotaTopUp { bytes: 2 * GIB, price: Money::rupiah(20_000) };
        catalog::write::set_top_up(tx, w.quota_plan, Some(offer)).await
    })
    .await;
    w.report(sub, RecordKind::Start, start, 0, 0).await;
    let now = at("2026-11-20", 9, 0);
    w.report(sub, RecordKind::Interim, now, now.secs() - start.secs(), 5 * GIB).await;
    assert_eq!(kind(w, sub).await, DesiredKind::Isolated, "November's 5 GiB are used");
    (customer, sub)
}

async fn order(w: &World, sub: SubscriptionId, now: kernel::Ts) -> InvoiceId {
    w.write(now, async |tx: &mut Tx| billing::quota_top_up::order(tx, sub).await).await
}

async fn total(w: &World, invoice: InvoiceId) -> i64 {
    w.db.reader()
        .value("select total from billing_invoice where id = $1", args![invoice])
        .await
        .unwrap()
}

async fn limit(w: &World, sub: SubscriptionId) -> i64 {
    w.db.reader()
        .value("select limit_bytes from network_quota where subscription_id = $1", args![sub])
        .await
        .unwrap()
}

#[tokio::test]
async fn a_paid_top_up_reopens_access_for_the_rest_of_its_period_and_a_reversal_takes_it_back() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = used_up(&w).await;
        let now = at("2026-11-20", 10, 0);
        let invoice = order(&w, sub, now).await;
        assert_eq!(order(&w, sub, now).await, invoice, "a second click buys nothing more");
        assert_eq!(total(&w, invoice).await, 22_200, "PPN as the plan's price");
        assert_eq!(kind(&w, sub).await, DesiredKind::Isolated, "ordered is not paid");

        let payment = w.pay(customer, 22_200, at("2026-11-20", 10, 5)).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Full, "in the transaction of the payment");
        assert_eq!(limit(&w, sub).await, 7 * GIB);
        is_sound(&w, at("2026-11-20", 10, 6)).await;
        let again = order(&w, sub, at("2026-11-20", 10, 7)).await;
        assert_ne!(again, invoice, "the next one is another");

        w.write(at("2026-11-20", 11, 0), async |tx: &mut Tx| {
            billing::pay::reverse(tx, payment, "salah kirim").await
        })
        .await;
        assert_eq!(limit(&w, sub).await, 5 * GIB);
        assert_eq!(kind(&w, sub).await, DesiredKind::Isolated, "the money went back");
        w.pay(customer, 22_200, at("2026-11-20", 12, 0)).await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Full);

        w.live(at("2026-12-01", 0, 1)).await;
        assert_eq!(limit(&w, sub).await, 5 * GIB, "it was November's");
        is_sound(&w, at("2026-12-01", 0, 2)).await;
    })
    .await;
}

#[tokio::test]
async fn a_plan_without_an_offer_says_so_and_a_top_up_isolates_nobody() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, plain) = w.installed(Mode::Postpaid, w.plan, now).await;
        let refused = async |sub| {
            let cause = kernel::Cause::system(now, "test");
            let order = async |tx: &mut Tx| billing::quota_top_up::order(tx, sub).await;
            db.write(&cause, order).await.unwrap_err().code
        };
        assert_eq!(refused(plain).await, "billing.no_quota");
        let (_, limited) = w.installed(Mode::Postpaid, w.quota_plan, now).await;
        assert_eq!(refused(limited).await, "billing.no_top_up");
        let (_, sub) = used_up(&w).await;
        order(&w, sub, at("2026-11-20", 10, 0)).await;
        w.live_until("2026-11-21", "2026-12-01").await;
        assert_eq!(kind(&w, sub).await, DesiredKind::Full, "December's quota is whole");
        let rows = billing::quota_top_up::list(&mut db.reader(), &kernel::Scope::all(), sub).await;
        assert_eq!(rows.unwrap()[0].paid_on, None);
    })
    .await;
}

#[tokio::test]
async fn two_orders_and_two_payments_at_once_are_one_top_up() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = used_up(&w).await;
        let now = at("2026-11-20", 10, 0);
        let (one, two) = tokio::join!(order(&w, sub, now), order(&w, sub, now));
        assert_eq!(one, two);
        tokio::join!(w.pay(customer, 22_200, now), w.pay(customer, 22_200, now));
        assert_eq!(limit(&w, sub).await, 7 * GIB);
        is_sound(&w, now).await;
    })
    .await;
}
