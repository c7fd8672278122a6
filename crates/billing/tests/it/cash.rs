//! Cash in drawers, in collectors' hands and in the safe.

use billing::approval::{self, Request};
use billing::cash::{self, Count, Drawer, DrawerId, DrawerState, MoveKind, SafeMove, Till};
use billing::ledger::Account;
use billing::pay::{self, NewPayment};
use billing::words::{Channel, Mode};
use catalog::PolicyPatch;
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{
    Actor, BranchId, Cause, CustomerId, Fault, PaymentId, Result, Scope, SubscriptionId, UserId,
    Zone,
};
use store::Tx;

use crate::world::{World, home, rp, story};

/// A cashier of the ISP, by a number.
fn person(n: u8) -> Actor {
    let id: UserId = format!("00000000-0000-7000-8000-0000000000{n:02}").parse().unwrap();
    Actor {
        who: Who::User(id),
        name: format!("Kasir {n}"),
        permissions: PermissionSet::all(),
        scope: Scope::all(),
        from: None,
    }
}

async fn by<T: Send>(w: &World, n: u8, work: impl AsyncFn(&mut Tx) -> Result<T>) -> Result<T> {
    let cause = Cause { actor: person(n), ..w.cause() };
    w.db.write(&cause, async |tx: &mut Tx| work(tx).await).await
}

async fn open(w: &World, n: u8, float: i64) -> DrawerId {
    let branch = w.branch;
    by(w, n, async |tx| cash::open(tx, branch, rp(float)).await).await.unwrap()
}

async fn drawer(w: &World, id: DrawerId) -> Drawer {
    cash::find(&mut w.db.reader(), &Scope::all(), id).await.unwrap()
}

async fn closing(w: &World, n: u8, id: DrawerId, counted: i64) -> Result<Drawer> {
    let what = Count { counted: rp(counted), pieces: None, why: Some("salah kembalian".into()) };
    by(w, n, async |tx| cash::count(tx, id, &what).await).await
}

fn money(customer: CustomerId, channel: Channel, amount: i64, w: &World) -> NewPayment {
    NewPayment {
        customer,
        reference: (channel != Channel::Cash).then(|| format!("TRF-{amount}")),
        channel,
        amount: rp(amount),
        named_invoice: None,
        received_at: w.now,
        note: None,
    }
}

async fn pay(w: &World, n: u8, sub: SubscriptionId, amount: i64) -> Result<PaymentId> {
    let new = money(w.sub(sub).await.customer_id, Channel::Cash, amount, w);
    by(w, n, async |tx| Ok(pay::receive(tx, new.clone()).await?.payment.id)).await
}

async fn collect(w: &World, n: u8, sub: SubscriptionId, amount: i64) -> PaymentId {
    let new = money(w.sub(sub).await.customer_id, Channel::Cash, amount, w);
    by(w, n, async |tx| Ok(pay::collect(tx, new.clone()).await?.payment.id)).await.unwrap()
}

/// An office apart from the customers' branch.
async fn branch_of_its_own(w: &World) -> BranchId {
    let branch = catalog::write::NewBranch {
        code: "BKS".into(),
        name: "Bekasi".into(),
        zone: Zone::Jakarta,
        address: "Jl. Ahmad Yani 1".into(),
        lat: -6.24,
        lon: 107.0,
    };
    let add = async |tx: &mut Tx| catalog::write::add_branch(tx, &branch).await;
    w.db.write(&w.cause(), add).await.unwrap()
}

/// The net of an account.
async fn net(w: &World, account: Account) -> i64 {
    w.trial().await.iter().find(|(a, _)| *a == account).map_or(0, |(_, net)| *net)
}

fn code<T>(done: Result<T>) -> &'static str {
    done.map_or_else(|fault: Fault| fault.code, |_| "done")
}

#[tokio::test]
async fn a_drawer_holds_its_float_and_what_its_cashier_took() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let id = open(w, 1, 200_000).await;
        w.at("2026-05-01", 10);
        pay(w, 1, sub, 277_500).await.unwrap();
        // A transfer is no cash; another cashier's money is not in this drawer.
        let customer = w.sub(sub).await.customer_id;
        let transfer = money(customer, Channel::Transfer, 50_000, w);
        by(w, 1, async |tx| pay::receive(tx, transfer.clone()).await.map(drop)).await.unwrap();
        pay(w, 2, sub, 10_000).await.unwrap();
        let now = drawer(w, id).await;
        assert_eq!((now.balance, now.taken, now.given), (rp(477_500), rp(277_500), rp(0)));
        assert_eq!(now.number, "KAS/2026/05/000001");
        assert_eq!(net(w, Account::CashDrawer).await, 487_500);
        let moves = cash::moves(&mut w.db.reader(), &Scope::all(), id, None, 10).await.unwrap();
        let kinds: Vec<MoveKind> = moves.iter().map(|m| m.kind).collect();
        assert_eq!(kinds, [MoveKind::Float, MoveKind::Payment]);
        assert!(moves[1].number.as_deref().unwrap().starts_with("KW/"));
    })
    .await;
}

#[tokio::test]
async fn closing_posts_the_difference_to_its_own_account_and_the_rest_to_the_safe() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let id = open(w, 1, 200_000).await;
        pay(w, 1, sub, 277_500).await.unwrap();
        let what = Count { counted: rp(475_500), pieces: None, why: None };
        let silent = by(w, 1, async |tx| cash::count(tx, id, &what).await).await;
        assert_eq!(silent.unwrap_err().fields[0].name, "why");
        assert_eq!(code(closing(w, 2, id, 477_500).await), "billing.drawer_not_own");
        let closed = closing(w, 1, id, 475_500).await.unwrap();
        assert_eq!((closed.state, closed.balance), (DrawerState::Closed, rp(0)));
        assert_eq!(closed.difference(), Some(rp(-2_000)));
        assert_eq!(net(w, Account::CashDifference).await, 2_000);
        assert_eq!(net(w, Account::CashSafe).await, 475_500);
        assert_eq!(net(w, Account::CashDrawer).await, 0);
        assert_eq!(code(closing(w, 1, id, 475_500).await), "billing.drawer_closed");
        // The next float comes from the safe.
        open(w, 1, 100_000).await;
        assert_eq!(net(w, Account::CashSafe).await, 375_500);
        assert_eq!(net(w, Account::OpeningBalance).await, -200_000);
    })
    .await;
}

#[tokio::test]
async fn a_difference_above_the_limit_waits_for_a_second_person() {
    story(async |w| {
        let id = open(w, 1, 200_000).await;
        let counted = closing(w, 1, id, 150_000).await.unwrap();
        assert_eq!(counted.state, DrawerState::Counted);
        assert_eq!((net(w, Account::CashDifference).await, counted.balance), (0, rp(200_000)));
        let accept = async |n: u8| by(w, n, async |tx| cash::accept(tx, id).await).await;
        assert_eq!(code(accept(1).await), "billing.approval_own");
        // Counted again before anybody looked: the later count stands.
        closing(w, 1, id, 180_000).await.unwrap();
        let closed = accept(2).await.unwrap();
        assert_eq!(closed.state, DrawerState::Closed);
        assert_eq!(closed.accepted_by.as_deref(), Some("Kasir 2"));
        assert_eq!(net(w, Account::CashDifference).await, 20_000);
        assert_eq!(code(accept(2).await), "billing.drawer_closed");
        let fresh = open(w, 1, 0).await;
        assert_eq!(
            code(by(w, 2, async |tx| cash::accept(tx, fresh).await).await),
            "billing.drawer_not_counted"
        );
    })
    .await;
}

#[tokio::test]
async fn money_taken_while_a_count_waits_belongs_to_the_next_drawer() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let first = open(w, 1, 50_000).await;
        closing(w, 1, first, 0).await.unwrap();
        let second = open(w, 1, 0).await;
        pay(w, 1, sub, 277_500).await.unwrap();
        assert_eq!(drawer(w, first).await.balance, rp(50_000));
        assert_eq!(drawer(w, second).await.balance, rp(277_500));
        let live = cash::drawer_of(&mut w.db.reader(), person(1).user().unwrap()).await.unwrap();
        assert_eq!(live.unwrap().id, second);
    })
    .await;
}

#[tokio::test]
async fn a_person_has_one_open_drawer() {
    story(async |w| {
        open(w, 1, 0).await;
        let branch = w.branch;
        let again = by(w, 1, async |tx| cash::open(tx, branch, rp(0)).await).await;
        assert_eq!(code(again), "billing.drawer_open");
        let below = by(w, 2, async |tx| cash::open(tx, branch, rp(-1)).await).await;
        assert_eq!(below.unwrap_err().fields[0].name, "float");
    })
    .await;
}

#[tokio::test]
async fn where_the_policy_asks_for_a_drawer_cash_without_one_is_refused_and_nothing_is_recorded() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        w.policy(PolicyPatch { cash_needs_drawer: Some(true), ..PolicyPatch::default() }).await;
        assert_eq!(code(pay(w, 1, sub, 277_500).await), "billing.drawer_needed");
        assert_eq!(w.newest(sub).await, w.rows(sub).await[0].id);
        assert_eq!(net(w, Account::CashDrawer).await, 0);
        open(w, 1, 0).await;
        assert_eq!(code(pay(w, 1, sub, 277_500).await), "done");
        // The program itself has no drawer: what it imports or replays goes on.
        w.pay(sub, 1_000).await;
    })
    .await;
}

#[tokio::test]
async fn a_refund_leaves_the_drawer_of_who_asked_and_never_more_than_it_holds() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let customer = w.sub(sub).await.customer_id;
        let transfer = money(customer, Channel::Transfer, 400_000, w);
        by(w, 1, async |tx| pay::receive(tx, transfer.clone()).await.map(drop)).await.unwrap();
        let id = open(w, 1, 20_000).await;
        let ask = async |amount: i64| {
            let what = Request::Refund { customer, amount: rp(amount), channel: "cash".into() };
            by(w, 1, async |tx| approval::ask(tx, &what, "kelebihan").await).await.unwrap()
        };
        let much = ask(100_000).await;
        let approve = async |asked| by(w, 2, async |tx| approval::approve(tx, asked).await).await;
        assert_eq!(code(approve(much).await), "billing.drawer_short");
        let little = ask(15_000).await;
        approve(little).await.unwrap();
        let now = drawer(w, id).await;
        assert_eq!((now.balance, now.given), (rp(5_000), rp(-15_000)));
    })
    .await;
}

#[tokio::test]
async fn a_payment_taken_back_leaves_its_open_drawer_or_corrects_the_count_of_a_closed_one() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let id = open(w, 1, 0).await;
        let first = pay(w, 1, sub, 277_500).await.unwrap();
        let twice = pay(w, 1, sub, 277_500).await.unwrap();
        let back = async |p| by(w, 2, async |tx| pay::reverse(tx, p, "dobel").await).await.unwrap();
        back(twice).await;
        assert_eq!(drawer(w, id).await.balance, rp(277_500));
        // The cashier entered it, but the money was never there: the count is short.
        closing(w, 1, id, 0).await.unwrap();
        by(w, 2, async |tx| cash::accept(tx, id).await).await.unwrap();
        assert_eq!(net(w, Account::CashDifference).await, 277_500);
        back(first).await;
        assert_eq!(net(w, Account::CashDifference).await, 0);
        assert_eq!((net(w, Account::CashDrawer).await, drawer(w, id).await.balance), (0, rp(0)));
    })
    .await;
}

#[tokio::test]
async fn what_a_collector_takes_is_held_by_them_until_it_is_handed_over_with_a_receipt() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let collector = person(7).user().unwrap();
        collect(w, 7, sub, 277_500).await;
        let wrong = collect(w, 7, sub, 100_000).await;
        assert_eq!(net(w, Account::CashCollectors).await, 377_500);
        assert_eq!(net(w, Account::CashDrawer).await, 0);
        by(w, 2, async |tx| pay::reverse(tx, wrong, "salah pelanggan").await).await.unwrap();
        let give = async |n: u8, amount: i64| {
            let work =
                async |tx: &mut Tx| cash::hand_over(tx, collector, "Joko", rp(amount), None).await;
            by(w, n, work).await
        };
        assert_eq!(code(give(1, 200_000).await), "billing.drawer_needed");
        let id = open(w, 1, 0).await;
        assert_eq!(code(give(7, 200_000).await), "billing.handover_own");
        assert_eq!(give(1, 277_501).await.unwrap_err().fields[0].name, "amount");
        let part = give(1, 200_000).await.unwrap();
        let part = cash::handover(&mut w.db.reader(), &Scope::all(), part).await.unwrap();
        assert_eq!((part.number.as_str(), part.left_over), ("STR/2026/05/000001", rp(77_500)));
        give(1, 77_500).await.unwrap();
        let (held, moves) = cash::held_by(&mut w.db.reader(), collector, 10).await.unwrap();
        assert_eq!((held, moves.len()), (rp(0), 5));
        assert_eq!(drawer(w, id).await.balance, rp(277_500));
        assert_eq!(net(w, Account::CashCollectors).await, 0);
        assert_eq!(cash::holders(&mut w.db.reader()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn cash_that_another_branch_takes_lies_there_and_is_owed_to_the_customers_branch() {
    story(async |w| {
        let sub = w.install(home(), Mode::Prepaid).await;
        let (home, office) = (w.branch, branch_of_its_own(w).await);
        let held = async |branch, account| {
            let mut q = w.db.reader();
            let all = billing::ledger::trial_balance(&mut q, Some(branch), None, None).await;
            let all = all.unwrap();
            all.iter().find(|b| b.account == account).map_or(0, |b| b.net().get())
        };
        let id = by(w, 1, async |tx| cash::open(tx, office, rp(0)).await).await.unwrap();
        let first = pay(w, 1, sub, 277_500).await.unwrap();
        let twice = pay(w, 1, sub, 277_500).await.unwrap();
        assert_eq!(held(office, Account::CashDrawer).await, 555_000);
        assert_eq!(held(home, Account::CashDrawer).await, 0);
        assert_eq!(held(home, Account::Branches).await, 555_000);

        by(w, 2, async |tx| pay::reverse(tx, twice, "dobel").await).await.unwrap();
        // A collector's cash is the customer's branch's until it is handed over elsewhere.
        collect(w, 7, sub, 100_000).await;
        assert_eq!(held(home, Account::CashCollectors).await, 100_000);
        let collector = person(7).user().unwrap();
        let give =
            async |tx: &mut Tx| cash::hand_over(tx, collector, "Joko", rp(60_000), None).await;
        by(w, 1, give).await.unwrap();
        assert_eq!(held(home, Account::CashCollectors).await, 40_000);
        assert_eq!(drawer(w, id).await.balance, rp(337_500));
        closing(w, 1, id, 337_500).await.unwrap();
        assert_eq!(cash::in_safe(&mut w.db.reader(), office).await.unwrap(), rp(337_500));
        assert_eq!(held(home, Account::Branches).await, 337_500);
        assert_eq!(held(office, Account::Branches).await, -337_500);
        // The first was never paid either: the count was wrong, there.
        by(w, 2, async |tx| pay::reverse(tx, first, "tidak ada uangnya").await).await.unwrap();
        assert_eq!(held(office, Account::CashDifference).await, -277_500);
        assert_eq!(held(office, Account::Branches).await, -60_000);
        assert_eq!(net(w, Account::Branches).await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_safe_pays_into_the_bank_no_more_than_it_holds() {
    story(async |w| {
        let id = open(w, 1, 300_000).await;
        closing(w, 1, id, 300_000).await.unwrap();
        let branch = w.branch;
        let mv = async |what: SafeMove, amount: i64| {
            by(w, 1, async |tx| cash::move_safe(tx, branch, what, rp(amount), None).await).await
        };
        assert_eq!(code(mv(SafeMove::ToBank, 300_001).await), "billing.safe_short");
        assert_eq!(mv(SafeMove::ToBank, 250_000).await.unwrap(), rp(50_000));
        assert_eq!(mv(SafeMove::FromBank, 10_000).await.unwrap(), rp(60_000));
        assert_eq!(cash::in_safe(&mut w.db.reader(), branch).await.unwrap(), rp(60_000));
        assert_eq!(net(w, Account::Bank).await, 240_000);
    })
    .await;
}

#[tokio::test]
async fn a_drawer_that_does_not_hold_what_its_movements_say_is_found() {
    store::testing::both(&[&catalog::MIGRATIONS, &billing::MIGRATIONS], async |db| {
        let w = World::new(db).await;
        let id = open(&w, 1, 100_000).await;
        let spoil = async |tx: &mut Tx| {
            let sql = "update billing_cash_move set amount = amount + 1 where drawer_id = $1";
            tx.exec(sql, store::args![id]).await
        };
        w.db.write(&w.cause(), spoil).await.unwrap();
        let broken = billing::invariants::check(&mut w.db.reader()).await.unwrap();
        let codes: Vec<&str> = broken.iter().map(|b| b.code).collect();
        assert_eq!(codes, ["cash_unbooked", "drawer_balance"]);
        assert_eq!(cash::till(Some(id), true, true).unwrap(), Till::Drawer(id));
    })
    .await;
}
