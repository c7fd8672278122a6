//! What the invariants find when somebody reaches behind the rooms' backs.

use billing::voucher::{self, NewBatch, Sale};
use billing::words::{Channel, ExtraKind, Mode};
use flows::invariants::check;
use kernel::{Money, Ts};
use network::RecordKind;
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at, day};

async fn broken(w: &World, now: Ts) -> Vec<&'static str> {
    let found = check(&mut w.db.reader(), now).await.unwrap();
    found.into_iter().map(|b| b.invariant).filter(|name| *name != "effect_lost").collect()
}

async fn harm(w: &World, now: Ts, sql: &'static str) {
    w.write(now, async |tx: &mut Tx| tx.exec(sql, args![]).await).await;
}

#[tokio::test]
async fn access_that_nobody_carries_out_is_found_within_the_half_hour() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.report(sub, RecordKind::Start, at("2026-11-10", 9, 5), 0, 0).await;
        w.live_until("2026-12-01", "2026-12-21").await;
        w.pay(customer, 194_250, at("2026-12-21", 9, 0)).await;
        assert!(broken(&w, at("2026-12-21", 9, 15)).await.is_empty());
        assert_eq!(broken(&w, at("2026-12-21", 9, 30)).await, ["not_enforced_forgotten"]);
    })
    .await;
}

#[tokio::test]
async fn the_clearing_of_vouchers_is_what_was_sold_and_not_used() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (plan, branch) = (w.plan, w.branch);
        w.write(at("2026-11-10", 9, 0), async move |tx: &mut Tx| {
            let new = NewBatch {
                plan,
                branch,
                partner: None,
                days: 30,
                count: 3,
                price: Money::rupiah(100_000),
                expires_on: day("2027-11-10"),
                secret: [5; 32],
            };
            let id = voucher::make_batch(tx, new).await?;
            let sale = Sale {
                sold_to: "Warung".into(),
                channel: Channel::Cash,
                reference: "V-1".into(),
                amount: Money::rupiah(270_000),
            };
            voucher::sell(tx, id, &sale).await
        })
        .await;
        let noon = at("2026-11-10", 12, 0);
        let id: kernel::VoucherId =
            w.db.reader()
                .value("select id from billing_voucher order by code limit 1", args![])
                .await
                .unwrap();
        w.write(at("2026-11-10", 10, 0), async |tx: &mut Tx| {
            voucher::start(tx, id, tx.now()).await.map(drop)
        })
        .await;
        assert!(broken(&w, noon).await.is_empty());
        harm(&w, noon, "update billing_voucher set state = 'used' where state = 'unused'").await;
        assert!(broken(&w, noon).await.contains(&"voucher_clearing"));
    })
    .await;
}

#[tokio::test]
async fn a_change_without_its_row_in_the_journal_is_found() {
    both(&flows::schema(), async |db: Db| {
        let w = World::on(&db).await;
        let (customer, sub) = w.installed(Mode::Postpaid, w.plan, at("2026-11-10", 9, 0)).await;
        w.live(at("2026-12-01", 0, 5)).await;
        let invoice = w.open_invoice(sub).await;
        let now = at("2026-12-02", 9, 0);
        w.write(now, async move |tx: &mut Tx| {
            let new = billing::extra::NewExtra {
                subscription: sub,
                kind: ExtraKind::AddOn,
                name: "IP tetap".into(),
                amount: Money::rupiah(50_000),
                percent_bp: 0,
                from: day("2026-12-02"),
                to: None,
                periods: None,
            };
            billing::extra::add(tx, new).await?;
            billing::write_off::write_off(tx, invoice, Money::rupiah(94_250), "Sepakat").await
        })
        .await;
        w.pay(customer, 150_000, at("2026-12-03", 9, 0)).await;
        w.write(at("2026-12-03", 10, 0), async move |tx: &mut Tx| {
            let cash = Channel::Cash;
            billing::refund::refund(tx, customer, Money::rupiah(50_000), &cash, "Lebih").await?;
            let all = billing::credit::CreditWhat::Full;
            billing::credit::issue(tx, invoice, &all, "Keluhan").await.map(drop)
        })
        .await;
        let noon = at("2026-12-03", 12, 0);
        assert!(broken(&w, noon).await.is_empty(), "{:?}", check(&mut db.reader(), noon).await);
        for (subject, action) in [
            ("subscription", "extra_added"),
            ("invoice", "written_off"),
            ("customer", "refunded"),
            ("plan", "priced"),
            ("profile", "set"),
            ("company", "set"),
            ("branch", "added"),
        ] {
            w.write(noon, async move |tx: &mut Tx| {
                tx.exec(
                    "update store_journal set action = 'x' || action where subject = $1 and action = $2",
                    args![subject, action],
                )
                .await
            })
            .await;
            assert!(broken(&w, noon).await.contains(&"journal_missing"), "{subject} {action}");
            w.write(noon, async move |tx: &mut Tx| {
                tx.exec(
                    "update store_journal set action = $2 where subject = $1 and action = 'x' || $2",
                    args![subject, action],
                )
                .await
            })
            .await;
        }
        assert!(broken(&w, noon).await.is_empty());
    })
    .await;
}
