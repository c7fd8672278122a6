//! A voucher as a login, over the rooms.

use billing::ledger::Account;
use billing::voucher::{self, NewBatch};
use billing::words::{Mode, VoucherState};
use kernel::{Cause, Money, Scope, VoucherBatchId};
use network::guest::{self, Code, GuestStart, Withdrawal};
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at, day};

async fn both(body: impl AsyncFn(World)) {
    store::testing::both(&flows::schema(), async |db: Db| body(World::on(&db).await).await).await;
}

async fn printed(w: &World) -> (VoucherBatchId, Vec<voucher::Voucher>) {
    let new = NewBatch {
        plan: w.plan,
        branch: w.branch,
        partner: None,
        days: 1,
        count: 3,
        price: Money::rupiah(11_100),
        expires_on: day("2026-12-31"),
        secret: [5; 32],
    };
    let id = w
        .write(at("2026-11-10", 9, 0), async |tx: &mut Tx| voucher::make_batch(tx, new).await)
        .await;
    (id, codes(w, id).await)
}

async fn codes(w: &World, id: VoucherBatchId) -> Vec<voucher::Voucher> {
    voucher::batch(&mut w.db.reader(), &Scope::all(), id).await.unwrap().1
}

async fn login(w: &World, code: &str, now: kernel::Ts) {
    let start = GuestStart {
        code: Code::read(code.as_bytes()).unwrap(),
        at: now,
        nas: w.nas,
        mac: Some(w.mac),
    };
    w.write(now, async |tx: &mut Tx| guest::start(tx, &[start]).await).await;
}

async fn sound(w: &World, now: kernel::Ts) {
    let broken = flows::invariants::check(&mut w.db.reader(), now).await;
    let broken: Vec<String> = broken.unwrap().into_iter().map(|b| format!("{b:?}")).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn a_first_login_uses_the_code_and_takes_its_money_in_one_transaction() {
    both(async |w| {
        let (batch, vouchers) = printed(&w).await;
        let when = at("2026-11-12", 10, 0);
        login(&w, &vouchers[0].code, when).await;
        let now = codes(&w, batch).await;
        assert_eq!((now[0].state, now[0].used_at), (VoucherState::Used, Some(when)));
        assert_eq!(now[0].ends_at, Some(when.plus_days(1)));
        let clearing: Money = w
            .db
            .reader()
            .value(
                "select cast(coalesce(sum(amount), 0) as bigint) from billing_posting where account = $1",
                args![Account::VoucherClearing],
            )
            .await
            .unwrap();
        assert_eq!(clearing, Money::rupiah(11_100));
        sound(&w, when).await;
    })
    .await;
}

#[tokio::test]
async fn a_voided_and_a_refilled_code_are_no_logins_and_who_was_let_in_meanwhile_is_put_out() {
    both(async |w| {
        let (batch, vouchers) = printed(&w).await;
        let (_, sub) = w.installed(Mode::Prepaid, w.plan, at("2026-11-10", 10, 0)).await;
        let code = vouchers[0].code.clone();
        w.write(at("2026-11-10", 11, 0), async |tx: &mut Tx| {
            voucher::redeem(tx, &code, sub).await.map(drop)
        })
        .await;
        login(&w, &vouchers[1].code, at("2026-11-10", 12, 0)).await;
        w.write(at("2026-11-10", 13, 0), async |tx: &mut Tx| voucher::void(tx, batch).await).await;
        let seen = guest::seen_of_batch(&mut w.db.reader(), batch).await.unwrap();
        let reasons: Vec<_> = seen.iter().map(|g| g.reason).collect();
        assert_eq!(reasons, [Some(Withdrawal::Refilled), None, Some(Withdrawal::Void)]);
        // Withdrawn codes start no clock, whatever comes late.
        login(&w, &vouchers[2].code, at("2026-11-10", 12, 59)).await;
        let states: Vec<_> = codes(&w, batch).await.iter().map(|v| v.state).collect();
        assert_eq!(states, [VoucherState::Used, VoucherState::Used, VoucherState::Void]);
        sound(&w, at("2026-11-10", 13, 5)).await;
    })
    .await;
}

#[tokio::test]
async fn codes_of_before_may_log_in_after_the_upgrade() {
    both(async |w| {
        let (batch, _) = printed(&w).await;
        let cause = Cause::system(at("2026-11-11", 8, 0), "test");
        w.db.write(&cause, async |tx: &mut Tx| {
            tx.exec("delete from network_guest where batch_id = $1", args![batch]).await
        })
        .await
        .unwrap();
        assert_eq!(flows::guests::fill(&w.db, &cause).await.unwrap(), 1);
        assert_eq!(flows::guests::fill(&w.db, &cause).await.unwrap(), 0);
        assert_eq!(guest::seen_of_batch(&mut w.db.reader(), batch).await.unwrap().len(), 3);
    })
    .await;
}
