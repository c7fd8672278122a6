//! Wallet and commission on both databases.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may fall")]

use kernel::{BranchId, Id, InvoiceId, Money, PartnerId, Phone, Scope, Ts};
use partner::commission::{self, PaidInvoice};
use partner::reseller::{self, NewReseller};
use partner::rule::{self, Occasion, Rule, RuleKind};
use partner::wallet;
use store::testing::{both, cause, now, race};
use store::{Db, Tx};

const ROOMS: &[&store::Migrations] = &[&catalog::MIGRATIONS, &partner::MIGRATIONS];

fn rp(amount: i64) -> Money {
    Money::rupiah(amount)
}

async fn reseller(tx: &mut Tx, code: &str, upline: Option<PartnerId>) -> kernel::Result<PartnerId> {
    let new = NewReseller {
        code: code.into(),
        name: format!("Mitra {code}"),
        phone: Phone::parse("081200000001").unwrap(),
        branch: BranchId::nil(),
        upline,
        upline_share_bp: if upline.is_some() { 2_000 } else { 0 },
    };
    let id = reseller::add(tx, &new).await?;
    let rule = Rule {
        plan_id: None,
        kind: RuleKind::Percent,
        amount: 1_000,
        occasion: Occasion::Recurring,
        from_on: "2026-01-01".parse().unwrap(),
    };
    rule::add(tx, id, &rule).await?;
    Ok(id)
}

fn paid(partner: PartnerId, invoice: InvoiceId, netted: bool) -> PaidInvoice {
    PaidInvoice {
        invoice,
        subscription: None,
        plan: None,
        partner,
        base: rp(250_000),
        first: false,
        netted,
        paid_on: "2026-11-22".parse().unwrap(),
    }
}

async fn balance(db: &Db, partner: PartnerId) -> (i64, i64) {
    let w = wallet::of(&mut db.reader(), &Scope::all(), partner).await.unwrap();
    (w.balance.get(), w.debt.get())
}

async fn whole(db: &Db) {
    assert_eq!(partner::invariants::check(&mut db.reader()).await.unwrap(), []);
}

#[tokio::test]
async fn a_customers_payment_accrues_ten_percent_once_and_a_reversal_takes_it_back() {
    both(ROOMS, async |db: Db| {
        let partner = db
            .write(&cause(now()), async |tx: &mut Tx| reseller(tx, "M1", None).await)
            .await
            .unwrap();
        let invoice: InvoiceId = Id::nil();
        let accrue = async |at: Ts| {
            db.write(&cause(at), async |tx: &mut Tx| {
                commission::accrue(tx, &paid(partner, invoice, false)).await
            })
            .await
            .unwrap()
        };
        assert_eq!(accrue(now()).await.len(), 1);
        assert!(accrue(now()).await.is_empty(), "the same payment again");
        assert_eq!(balance(&db, partner).await, (25_000, 0));
        db.write(&cause(now()), async |tx: &mut Tx| commission::take_back(tx, invoice).await)
            .await
            .unwrap();
        assert_eq!(balance(&db, partner).await, (0, 0));
        assert_eq!(accrue(now().plus_secs(60)).await.len(), 1, "paid again");
        assert_eq!(balance(&db, partner).await, (25_000, 0));
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn commission_spent_before_it_is_taken_back_becomes_debt_that_a_top_up_pays_first() {
    both(ROOMS, async |db: Db| {
        let partner = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let partner = reseller(tx, "M1", None).await?;
                commission::accrue(tx, &paid(partner, Id::nil(), false)).await?;
                wallet::pay(tx, partner, rp(20_000), "inv:1", "bayar").await?;
                commission::take_back(tx, Id::nil()).await?;
                Ok(partner)
            })
            .await
            .unwrap();
        assert_eq!(balance(&db, partner).await, (0, 20_000));
        db.write(&cause(now()), async |tx: &mut Tx| {
            assert!(wallet::top_up(tx, partner, rp(50_000), "bca:77").await?);
            assert!(!wallet::top_up(tx, partner, rp(50_000), "bca:77").await?);
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(balance(&db, partner).await, (30_000, 0));
        let statement =
            wallet::statement(&mut db.reader(), &Scope::all(), partner, None, 50).await.unwrap();
        let mut sum = Money::ZERO;
        for row in statement.iter().rev() {
            sum += row.amount;
            assert_eq!(sum, row.balance_after - row.debt_after, "on every row");
        }
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn a_wallet_payment_is_netted_and_an_upline_gets_its_share() {
    both(ROOMS, async |db: Db| {
        let (top, below) = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let top = reseller(tx, "TOP", None).await?;
                let below = reseller(tx, "SUB", Some(top)).await?;
                let shares = commission::accrue(tx, &paid(below, Id::nil(), false)).await?;
                assert_eq!(shares.iter().map(|s| s.amount).sum::<Money>(), rp(25_000));
                Ok((top, below))
            })
            .await
            .unwrap();
        assert_eq!(balance(&db, below).await, (20_000, 0));
        assert_eq!(balance(&db, top).await, (5_000, 0));
        let netted: InvoiceId = "0193a9d0-0000-7000-8000-000000000009".parse().unwrap();
        db.write(&cause(now()), async |tx: &mut Tx| {
            commission::accrue(tx, &paid(top, netted, true)).await
        })
        .await
        .unwrap();
        assert_eq!(balance(&db, top).await, (5_000, 0), "nothing more");
        whole(&db).await;
    })
    .await;
}

#[tokio::test]
async fn two_payments_at_once_never_make_a_wallet_negative() {
    both(ROOMS, async |db: Db| {
        let partner = db
            .write(&cause(now()), async |tx: &mut Tx| {
                let partner = reseller(tx, "M1", None).await?;
                wallet::top_up(tx, partner, rp(100_000), "t").await?;
                Ok(partner)
            })
            .await
            .unwrap();
        let (a, b) = race(|n| {
            let db = db.clone();
            async move {
                let reference = format!("inv:{n}");
                let work = async |tx: &mut Tx| {
                    wallet::pay(tx, partner, rp(60_000), &reference, "bayar").await
                };
                db.write(&cause(now()), work).await
            }
        })
        .await;
        let refused = [a, b].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].code, "partner.balance_too_low");
        assert_eq!(balance(&db, partner).await, (40_000, 0));
        whole(&db).await;
    })
    .await;
}
