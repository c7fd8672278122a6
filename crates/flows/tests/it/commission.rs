//! Commission follows from fully paid invoices: what credits and reissues do to it, and what the invariants
//! say when it does not.

use billing::credit::CreditWhat;
use billing::subscription::NewSubscription;
use billing::words::{Calendar, Mode};
use flows::invariants::check;
use kernel::{
    BranchId, CustomerId, InvoiceId, InvoiceLineId, Money, PartnerId, Phone, PlanId, Scope,
    SubscriptionId, Ts,
};
use partner::reseller::NewReseller;
use partner::rule::{Occasion, Rule, RuleKind};
use store::testing::both;
use store::{Db, QueryExt, Tx, args};

use crate::world::{World, at, day};

struct Sold {
    w: World,
    partner: PartnerId,
    customer: CustomerId,
    sub: SubscriptionId,
}

impl Sold {
    /// A postpaid connection that a reseller sold, used since 10 November, with its first invoice.
    async fn on(db: &Db, plan_rule: bool, occasion: Occasion) -> Self {
        let w = World::on(db).await;
        let (branch, plan) = (w.branch, w.plan);
        let partner = w
            .write(at("2026-11-01", 9, 0), async move |tx: &mut Tx| {
                reseller(tx, branch, plan_rule.then_some(plan), occasion).await
            })
            .await;
        let (customer, sub) = w
            .write(at("2026-11-10", 9, 0), async move |tx: &mut Tx| {
                let new = crm::customer::NewCustomer::new("Sri", "081234567891", branch);
                let customer = crm::customer::create(tx, new).await?.id;
                let new = NewSubscription {
                    calendar: Calendar::Calendar,
                    install_fee: Some(Money::ZERO),
                    partner: Some(partner),
                    ..NewSubscription::of(customer, branch, plan, Mode::Postpaid)
                };
                let sub = billing::subscription::create(tx, new).await?;
                flows::activation::reserve(tx, sub).await?;
                network::account::open(tx, sub, None).await?;
                billing::subscription::installed(tx, sub).await?;
                Ok((customer, sub))
            })
            .await;
        w.live(at("2026-12-01", 0, 5)).await;
        Self { w, partner, customer, sub }
    }

    async fn balance(&self) -> i64 {
        let mut q = self.w.db.reader();
        partner::wallet::of(&mut q, &Scope::all(), self.partner).await.unwrap().balance.get()
    }

    async fn credit(&self, invoice: InvoiceId, what: CreditWhat, now: Ts) {
        let work = async |tx: &mut Tx| {
            billing::credit::issue(tx, invoice, &what, "Salah tagih").await.map(drop)
        };
        self.w.write(now, work).await;
    }

    async fn line(&self, invoice: InvoiceId) -> InvoiceLineId {
        let sql = "select id from billing_invoice_line where invoice_id = $1 order by no limit 1";
        self.w.db.reader().value(sql, args![invoice]).await.unwrap()
    }

    async fn broken(&self) -> Vec<&'static str> {
        let found = check(&mut self.w.db.reader(), at("2026-12-05", 0, 0)).await.unwrap();
        let names = found.into_iter().map(|b| b.invariant);
        names.filter(|name| *name != "effect_lost").collect()
    }

    async fn harm(&self, sql: &'static str) {
        self.w.write(at("2026-12-04", 9, 0), async |tx: &mut Tx| tx.exec(sql, args![]).await).await;
    }
}

async fn reseller(
    tx: &mut Tx,
    branch: BranchId,
    plan: Option<PlanId>,
    occasion: Occasion,
) -> kernel::Result<PartnerId> {
    let new = NewReseller {
        code: "M1".into(),
        name: "Mitra Satu".into(),
        phone: Phone::parse("081200000001").unwrap(),
        branch,
        upline: None,
        upline_share_bp: 0,
    };
    let id = partner::reseller::add(tx, &new).await?;
    let rule = Rule {
        plan_id: plan,
        kind: RuleKind::Percent,
        amount: 1_000,
        occasion,
        from_on: day("2026-01-01"),
    };
    partner::rule::add(tx, id, &rule).await?;
    Ok(id)
}

#[tokio::test]
async fn a_paid_invoice_that_is_credited_and_issued_again_pays_its_commission_once() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, false, Occasion::Recurring).await;
        let invoice = s.w.open_invoice(s.sub).await;
        s.w.pay(s.customer, 194_250, at("2026-12-02", 9, 0)).await;
        assert_eq!(s.balance().await, 17_500);
        s.credit(invoice, CreditWhat::Full, at("2026-12-02", 10, 0)).await;
        assert_eq!((s.balance().await, s.broken().await), (0, vec![]));
        let again = async |tx: &mut Tx| billing::issue::again(tx, invoice).await;
        s.w.write(at("2026-12-02", 11, 0), again).await;
        assert_eq!((s.balance().await, s.broken().await), (17_500, vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_part_credited_before_the_payment_leaves_commission_on_the_rest() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, false, Occasion::Recurring).await;
        let invoice = s.w.open_invoice(s.sub).await;
        let part = vec![(s.line(invoice).await, Money::rupiah(75_000))];
        s.credit(invoice, CreditWhat::Lines(part), at("2026-12-01", 10, 0)).await;
        s.w.pay(s.customer, 111_000, at("2026-12-02", 9, 0)).await;
        assert_eq!((s.balance().await, s.broken().await), (10_000, vec![]));
    })
    .await;
}

#[tokio::test]
async fn the_second_invoice_is_not_the_first_because_a_part_of_the_first_was_credited() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, false, Occasion::First).await;
        let invoice = s.w.open_invoice(s.sub).await;
        s.w.pay(s.customer, 194_250, at("2026-12-02", 9, 0)).await;
        assert_eq!(s.balance().await, 17_500);
        let part = vec![(s.line(invoice).await, Money::rupiah(25_000))];
        s.credit(invoice, CreditWhat::Lines(part), at("2026-12-03", 9, 0)).await;
        s.w.live(at("2027-01-01", 0, 5)).await;
        s.w.pay(s.customer, 277_500, at("2027-01-02", 9, 0)).await;
        assert_eq!((s.balance().await, s.broken().await), (17_500, vec![]));
    })
    .await;
}

#[tokio::test]
async fn commission_that_its_rule_does_not_yield_is_found() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, true, Occasion::First).await;
        s.w.pay(s.customer, 194_250, at("2026-12-02", 9, 0)).await;
        assert_eq!((s.balance().await, s.broken().await), (17_500, vec![]));
        s.harm("update partner_commission set amount = 18000").await;
        let found = s.broken().await;
        assert!(found.contains(&"commission_differs"), "{found:?}");
        s.harm("update partner_commission set amount = 17500").await;
        s.harm("update partner_commission set taken_back_at = accrued_at").await;
        let found = s.broken().await;
        assert!(found.contains(&"clawback_differs"), "taken back without its row: {found:?}");
        assert!(found.contains(&"commission_missing"), "a rule of one plan: {found:?}");
    })
    .await;
}

#[tokio::test]
async fn a_commission_of_an_invoice_that_is_not_paid_is_found() {
    both(&flows::schema(), async |db: Db| {
        let s = Sold::on(&db, false, Occasion::Recurring).await;
        s.w.pay(s.customer, 194_250, at("2026-12-02", 9, 0)).await;
        s.harm("update billing_invoice set paid_at = null").await;
        let found = s.broken().await;
        assert!(found.contains(&"commission_unearned"), "{found:?}");
    })
    .await;
}
