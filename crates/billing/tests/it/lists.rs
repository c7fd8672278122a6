//! Lists and pages.

use billing::invoice::{self, InvoiceFilter, Standing};
use billing::issue;
use billing::pay::{self, PaymentFilter};
use billing::subscription;
use billing::words::{Channel, Mode, PaymentState, RunState};
use kernel::{Lang, Scope, Zone};

use crate::world::{World, day, home, rp, story};

#[tokio::test]
async fn invoices_are_listed_by_what_they_are_today() {
    story(async |w: &mut World| {
        let mut subs = Vec::new();
        for hour in 0..4 {
            subs.push(w.at("2026-06-01", hour).install(home(), Mode::Postpaid).await);
        }
        w.at("2026-07-01", 0).run().await;
        w.pay(subs[0], 277_500).await;
        w.pay(subs[1], 1_000).await;
        let dead = w.newest(subs[2]).await;
        w.write(async |tx| {
            let what = billing::credit::CreditWhat::Full;
            billing::credit::issue(tx, dead, &what, "x").await
        })
        .await;
        let count = async |w: &World, standing, today: &str| {
            let filter = InvoiceFilter { standing: Some(standing), ..InvoiceFilter::default() };
            let mut q = w.db.reader();
            let list = invoice::list(&mut q, &Scope::all(), &filter, day(today), None, 10).await;
            let list = list.unwrap();
            assert!(list.iter().all(|i| i.standing(day(today)) == standing));
            list.len()
        };
        assert_eq!(count(w, Standing::Paid, "2026-07-02").await, 1);
        assert_eq!(count(w, Standing::PartlyPaid, "2026-07-02").await, 1);
        assert_eq!(count(w, Standing::Open, "2026-07-02").await, 1);
        assert_eq!(count(w, Standing::Overdue, "2026-07-02").await, 0);
        assert_eq!(count(w, Standing::Overdue, "2026-07-21").await, 2);
        assert_eq!(count(w, Standing::Cancelled, "2026-07-02").await, 1);
        assert_eq!(count(w, Standing::Draft, "2026-07-02").await, 0);
        let pick = async |w: &World, filter: InvoiceFilter, after, limit| {
            let mut q = w.db.reader();
            let today = day("2026-07-02");
            invoice::list(&mut q, &Scope::all(), &filter, today, after, limit).await.unwrap()
        };
        let first = pick(w, InvoiceFilter::default(), None, 3).await;
        let rest = pick(w, InvoiceFilter::default(), Some(first[2].id), 3).await;
        assert_eq!((first.len(), rest.len()), (3, 1));
        let text = InvoiceFilter { text: Some("07/000002".into()), ..InvoiceFilter::default() };
        assert_eq!(pick(w, text, None, 9).await.len(), 1);
        let month = |on: &str| InvoiceFilter { month: Some(day(on)), ..InvoiceFilter::default() };
        assert_eq!(pick(w, month("2026-07-31"), None, 9).await.len(), 4);
        assert_eq!(pick(w, month("2026-06-30"), None, 9).await.len(), 0);
        let view = invoice::view(&mut w.db.reader(), &Scope::all(), dead).await.unwrap();
        assert_eq!((view.credit_notes.len(), view.invoice.name()), (1, first_name(&view)));
        assert_eq!(view.lines[0].text(Lang::En), "HOME20, 1–30 Jun 2026");
    })
    .await;
}

fn first_name(view: &invoice::InvoiceView) -> &str {
    view.invoice.number.as_deref().unwrap()
}

#[tokio::test]
async fn payments_are_listed_and_money_without_an_invoice_stands_out() {
    story(async |w: &mut World| {
        let sub = w.at("2026-06-01", 9).install(home(), Mode::Prepaid).await;
        w.pay(sub, 277_500).await;
        w.at("2026-06-02", 9).pay(sub, 10_000).await;
        let pick = async |w: &World, filter: PaymentFilter| {
            pay::list(&mut w.db.reader(), &Scope::all(), &filter, None, 10).await.unwrap()
        };
        assert_eq!(pick(w, PaymentFilter::default()).await.len(), 2);
        let left = PaymentFilter { with_money_left: true, ..PaymentFilter::default() };
        assert_eq!(pick(w, left).await[0].left(), rp(10_000));
        let cash = PaymentFilter {
            channel: Some(Channel::Cash),
            state: Some(PaymentState::Settled),
            text: Some("kw/2026/06/000001".into()),
            until: Some(w.now),
            ..PaymentFilter::default()
        };
        let found = pick(w, cash).await;
        assert_eq!((found.len(), found[0].amount), (1, rp(277_500)));
        let parts = pay::allocations(&mut w.db.reader(), &Scope::all(), found[0].id).await.unwrap();
        assert_eq!(parts[0].invoice_number.as_deref(), Some("INV/2026/06/000001"));
        let receipt = pay::receipt(&mut w.db.reader(), &Scope::all(), found[0].id).await.unwrap();
        assert_eq!((receipt.allocations.len(), receipt.credit), (1, rp(10_000)));
        let last = pay::last_settled_at(&mut w.db.reader()).await.unwrap();
        assert_eq!(last, Some(w.now));
    })
    .await;
}

#[tokio::test]
async fn the_preview_comes_in_pages_and_runs_are_kept() {
    story(async |w: &mut World| {
        let mut customer = None;
        for hour in 0..5 {
            let sub = w.at("2026-06-01", hour).install(home(), Mode::Postpaid).await;
            customer = Some(w.sub(sub).await.customer_id);
        }
        w.at("2026-07-01", 0);
        let on = w.now.day(Zone::Jakarta);
        let sums = issue::preview(&mut w.db.reader(), w.now, on).await.unwrap();
        assert_eq!((sums.invoices, sums.total, sums.tax), (5, rp(1_387_500), rp(137_500)));
        let (mut after, mut lines) = (None, Vec::new());
        loop {
            let page = issue::preview_page(&mut w.db.reader(), w.now, on, after, 2).await.unwrap();
            lines.extend(page.lines);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(lines.len(), 5);
        assert!(lines.iter().all(|l| l.draft.quote.total == rp(277_500) && l.credits.is_empty()));
        let report = w.run().await;
        let runs = issue::runs(&mut w.db.reader(), 10).await.unwrap();
        assert_eq!((runs[0].id, runs[0].state), (report.run, RunState::Done));
        assert_eq!(runs[0].hash.as_deref(), Some(sums.hash.as_str()));
        let mut q = w.db.reader();
        let mine = subscription::of_customer(&mut q, &Scope::all(), customer.unwrap()).await;
        assert_eq!(mine.unwrap().len(), 1);
    })
    .await;
}
