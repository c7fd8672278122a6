//! What a seller earns follows from the first paid invoice: once, taken back with its payment, closed with its month.

use billing::credit::CreditWhat;
use billing::words::Mode;
use hr::rule::{self, Kind, Measure, NewRule};
use identity::user::NewUser;
use identity::{Role, user};
use kernel::{CustomerId, Day, Scope, SubscriptionId, Ts, UserId};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at, day};

/// Somebody of ours sold a prepaid connection.
struct Sold {
    w: World,
    seller: UserId,
    customer: CustomerId,
    sub: SubscriptionId,
}

pub(crate) async fn hires(w: &World, name: &str, role: Role) -> UserId {
    let new = NewUser {
        username: name.to_owned(),
        name: name.to_owned(),
        phone: None,
        email: None,
        password: "kuda lumping 7".to_owned(),
        roles: vec![role],
        branch: None,
        partner: None,
    };
    w.write(at("2026-11-01", 9, 0), async move |tx: &mut Tx| user::create(tx, new.clone()).await)
        .await
}

async fn rules(w: &World, measure: Measure, amount: i64, from: &str) {
    let new = NewRule {
        kind: Kind::Commission,
        plan: None,
        user: None,
        measure,
        amount,
        from_on: day(from),
    };
    w.write(at("2026-11-01", 9, 0), async |tx: &mut Tx| rule::add(tx, &new).await).await;
}

impl Sold {
    async fn on(db: &Db, seller: Role) -> Self {
        let w = World::on(db).await;
        let seller = hires(&w, "sinta", seller).await;
        rules(&w, Measure::Percent, 1_000, "2026-01-01").await;
        let (customer, sub) = w.installed(Mode::Prepaid, w.plan, at("2026-11-10", 9, 0)).await;
        let (plan, branch) = (w.plan, w.branch);
        w.write(at("2026-11-10", 9, 0), async move |tx: &mut Tx| {
            let new = crm::order::NewOrder {
                lead: None,
                customer,
                subscription: sub,
                plan,
                mode: crm::Mode::Prepaid,
                sold_by: Some(seller),
                channel: crm::Channel::Sales,
                partner: None,
                branch,
            };
            crm::order::create(tx, new).await.map(drop)
        })
        .await;
        Self { w, seller, customer, sub }
    }

    async fn pay(&self, now: Ts) -> kernel::PaymentId {
        let invoice = self.w.open_invoice(self.sub).await;
        let sql = "select total - paid from billing_invoice where id = $1";
        let owed: i64 = self.w.db.reader().value(sql, args![invoice]).await.unwrap();
        self.w.pay(self.customer, owed, now).await
    }

    /// Day and amount of every row, in their order.
    async fn rows(&self) -> Vec<(Day, i64)> {
        let sql = "select earned_on, amount from hr_earning where user_id = $1 order by id";
        self.w.db.reader().rows(sql, args![self.seller]).await.unwrap()
    }

    async fn sums(&self) -> Vec<(Day, i64, i64)> {
        let sql = "select month, amount, rows_count from hr_earning_sum where user_id = $1 order by month";
        self.w.db.reader().rows(sql, args![self.seller]).await.unwrap()
    }
}

#[tokio::test]
async fn only_the_first_paid_invoice_pays_its_seller_and_a_reversal_takes_exactly_that_back() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, Role::Sales).await;
        let first = s.pay(at("2026-11-12", 9, 0)).await;
        // Issued anew from the day of its first payment: 250,000 × 19/30 are 158,333 before tax.
        assert_eq!(s.rows().await, [(day("2026-11-12"), 15_833)]);
        s.w.live_until("2026-12-01", "2026-12-01").await;
        s.pay(at("2026-12-02", 9, 0)).await;
        assert_eq!(s.rows().await.len(), 1, "the second invoice is not the first");

        let reverse = async |tx: &mut Tx| billing::pay::reverse(tx, first, "bounced").await;
        s.w.write(at("2026-12-03", 9, 0), reverse).await;
        let taken = [(day("2026-11-12"), 15_833), (day("2026-12-03"), -15_833)];
        assert_eq!(s.rows().await, taken);
        // Paid again it is earned again, though December's was paid in between.
        s.pay(at("2026-12-04", 9, 0)).await;
        let again = [taken[0], taken[1], (day("2026-12-04"), 15_833)];
        assert_eq!(s.rows().await, again);
    })
    .await;
}

#[tokio::test]
async fn paid_again_after_a_reversal_it_is_earned_again_once() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, Role::Sales).await;
        for (paid, bounced) in [("2026-11-12", "2026-11-13"), ("2026-11-14", "2026-11-15")] {
            let payment = s.pay(at(paid, 9, 0)).await;
            let reverse = async |tx: &mut Tx| billing::pay::reverse(tx, payment, "bounced").await;
            s.w.write(at(bounced, 9, 0), reverse).await;
        }
        s.pay(at("2026-11-16", 9, 0)).await;
        let amounts: Vec<i64> = s.rows().await.into_iter().map(|(_, amount)| amount).collect();
        assert_eq!(amounts, [15_833, -15_833, 15_833, -15_833, 15_833]);
        let rounds: Vec<i64> = s
            .w
            .db
            .reader()
            .values("select round from hr_earning where takes_back is null order by id", args![])
            .await
            .unwrap();
        assert_eq!(rounds, [1, 2, 3]);
        let invoice: kernel::InvoiceId =
            s.w.db
                .reader()
                .value("select source_id from hr_earning order by id desc limit 1", args![])
                .await
                .unwrap();
        // Credited in full the last one falls away too.
        let credit = async |tx: &mut Tx| {
            billing::credit::issue(tx, invoice, &CreditWhat::Full, "salah").await.map(drop)
        };
        s.w.write(at("2026-11-17", 9, 0), credit).await;
        assert_eq!(s.rows().await.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_month_is_closed_once_and_what_comes_later_is_of_its_own_month() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, Role::Sales).await;
        let payment = s.pay(at("2026-11-12", 9, 0)).await;
        let close = async |now: Ts| flows::earnings::close_months(&s.w.db, now).await.unwrap();
        assert_eq!(close(at("2026-12-01", 0, 59)).await, 0, "within the hour after midnight");
        assert_eq!(close(at("2026-12-01", 1, 0)).await, 1);
        assert_eq!(close(at("2026-12-01", 2, 0)).await, 0, "once");
        assert_eq!(s.sums().await, [(day("2026-11-01"), 15_833, 1)]);
        let reverse = async |tx: &mut Tx| billing::pay::reverse(tx, payment, "bounced").await;
        s.w.write(at("2026-12-05", 9, 0), reverse).await;
        // Nothing in January: the next close catches up with December.
        assert_eq!(close(at("2027-02-01", 1, 0)).await, 1);
        assert_eq!(
            s.sums().await,
            [(day("2026-11-01"), 15_833, 1), (day("2026-12-01"), -15_833, 1)],
            "a closed month never changes"
        );
    })
    .await;
}

#[tokio::test]
async fn the_owner_earns_no_commission_and_without_a_rule_nobody_does() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, Role::Owner).await;
        s.pay(at("2026-11-12", 9, 0)).await;
        assert_eq!(s.rows().await, []);
    })
    .await;
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, Role::Sales).await;
        rules(&s.w, Measure::Flat, 0, "2026-11-11").await;
        s.pay(at("2026-11-12", 9, 0)).await;
        assert_eq!(s.rows().await, [], "ended by a rule of nothing");
        let own = flows::views::earnings::month(
            &mut s.w.db.reader(),
            &Scope::all(),
            Some(s.seller),
            day("2026-11-30"),
        )
        .await
        .unwrap();
        assert!(own.is_empty());
    })
    .await;
}
