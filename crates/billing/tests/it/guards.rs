//! Illegal changes are refused and say what is allowed; what is out of scope does not exist.

use billing::issue;
use billing::subscription::{self, NewSubscription};
use billing::words::{HoldKind, Mode};
use billing::{credit, facts, hold, invoice, pay, plan_change, voucher};
use kernel::{Actor, Cause, Fault, Id, Scope};
use store::Tx;

use crate::world::{World, day, fast, home, story};

#[tokio::test]
async fn an_illegal_change_names_the_state_and_what_is_allowed() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).subscribe(home(), Mode::Postpaid).await;
        let refused = w
            .try_write(async |tx| subscription::pause(tx, sub, day("2026-06-02"), None).await)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "billing.subscription_state");
        assert!(
            refused.en.contains("pending_install") && refused.en.contains("active"),
            "{refused}"
        );
        let last = day("2026-06-02");
        let early = w.try_write(async |tx| subscription::terminate(tx, sub, last).await).await;
        assert_eq!(early.unwrap_err().code, "billing.subscription_state");
        w.installed(sub).await;
        let cancelled = w.try_write(async |tx| subscription::cancel(tx, sub).await).await;
        assert_eq!(cancelled.unwrap_err().code, "billing.subscription_state");
        let ahead = w.try_write(async |tx| issue::ahead(tx, sub, 3).await).await;
        assert_eq!(ahead.unwrap_err().code, "billing.not_prepaid");
        let odd = w.try_write(async |tx| issue::ahead(tx, sub, 13).await).await;
        assert_eq!(odd.unwrap_err().fields[0].code, "billing.months");
        let before =
            w.try_write(async |tx| subscription::terminate(tx, sub, day("2026-05-31")).await).await;
        assert_eq!(before.unwrap_err().fields[0].code, "billing.last_day");
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-06-01")).await).await;
        w.write(async |tx| subscription::terminate(tx, sub, day("2026-06-01")).await).await;
        let hold = HoldKind::Manual;
        let dead = w.try_write(async |tx| hold::place(tx, sub, hold, "x", None).await).await;
        assert_eq!(dead.unwrap_err().code, "billing.subscription_state");
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_not_sold_in_the_mode_is_refused() {
    story(async |w: &mut World| {
        w.write(async |tx: &mut Tx| {
            let catalog = catalog::current(tx).await?;
            let plan = catalog::Plan { postpaid_allowed: false, ..catalog.plan(fast())?.clone() };
            let price = catalog.price_at(fast(), day("2026-06-01"));
            catalog::write::set_plan(tx, &plan, price, day("2026-01-01")).await.map(drop)
        })
        .await;
        let new = NewSubscription::of(w.customer(), w.branch, fast(), Mode::Postpaid);
        let refused = w.try_write(async |tx| subscription::create(tx, new.clone()).await).await;
        assert_eq!(refused.unwrap_err().fields[0].code, "billing.plan_not_sold");
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Postpaid).await;
        let from = day("2026-06-10");
        let refused =
            w.try_write(async |tx| plan_change::request(tx, sub, fast(), from).await).await;
        assert_eq!(refused.unwrap_err().fields[0].code, "billing.plan_not_sold");
        let gone =
            w.try_write(async |tx| plan_change::request(tx, sub, Id::nil(), from).await).await;
        assert_eq!(gone.unwrap_err().code, "catalog.plan_not_found");
    })
    .await;
}

#[tokio::test]
async fn what_is_out_of_scope_does_not_exist() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        let invoice = w.newest(sub).await;
        let payment = w.pay(sub, 277_500).await.payment.id;
        let scopes = [
            Scope { branch: Some(Id::nil()), ..Scope::all() },
            Scope { partner: Some(Id::nil()), ..Scope::all() },
            Scope { customer: Some(Id::nil()), ..Scope::all() },
            Scope { technician: Some(Id::nil()), ..Scope::all() },
        ];
        let customer = w.sub(sub).await.customer_id;
        for scope in scopes {
            let mut q = w.db.reader();
            let code = |f: Fault| f.code;
            let found = subscription::find(&mut q, &scope, sub).await.map_err(code);
            assert_eq!(found.err(), Some("billing.subscription_not_found"));
            let found = invoice::view(&mut q, &scope, invoice).await.map_err(code);
            assert_eq!(found.err(), Some("billing.invoice_not_found"));
            let found = pay::receipt(&mut q, &scope, payment).await.map_err(code);
            assert_eq!(found.err(), Some("billing.payment_not_found"));
            let found = plan_change::list(&mut q, &scope, sub).await.map_err(code);
            assert_eq!(found.err(), Some("billing.subscription_not_found"));
            assert_eq!(subscription::of_customer(&mut q, &scope, customer).await.unwrap().len(), 0);
            let filter = invoice::InvoiceFilter::default();
            let today = day("2026-06-01");
            let list = invoice::list(&mut q, &scope, &filter, today, None, 10).await.unwrap();
            assert_eq!(list.len(), 0);
            let filter = pay::PaymentFilter::default();
            assert_eq!(pay::list(&mut q, &scope, &filter, None, 10).await.unwrap().len(), 0);
            assert_eq!(voucher::batches(&mut q, &scope, None, 10).await.unwrap().len(), 0);
            // A verb of an actor with this scope does not find it either.
            let cause = Cause::new(w.now, Actor { scope: scope.clone(), ..Actor::system("x") });
            let what = credit::CreditWhat::Full;
            let done = w
                .db
                .write(&cause, async |tx: &mut Tx| credit::issue(tx, invoice, &what, "x").await)
                .await;
            assert_eq!(done.unwrap_err().code, "billing.invoice_not_found");
        }
        let own = Scope { customer: Some(customer), ..Scope::all() };
        assert!(subscription::find(&mut w.db.reader(), &own, sub).await.is_ok());
        assert!(facts::for_access(&mut w.db.reader(), sub).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_external_id_is_known_once() {
    story(async |w: &mut World| {
        let mut new = NewSubscription::of(w.customer(), w.branch, home(), Mode::Postpaid);
        new.external_id = Some("OLD-1".into());
        w.subscribe_as(new.clone()).await;
        let twice = w.try_write(async |tx| subscription::create(tx, new.clone()).await).await;
        assert!(store::is_unique(&twice.unwrap_err()));
    })
    .await;
}
