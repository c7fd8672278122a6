//! Money of a customer that settles a later invoice: told with that invoice where the server lets it, else asked about.

use flows::compare::books::settle;

use super::*;

impl Town {
    async fn pays(&self, customer: CustomerId, amount: i64, reference: &str) {
        let (now, reference) = (self.now, reference.to_owned());
        self.write(async move |tx: &mut Tx| {
            billing::pay::receive(
                tx,
                NewPayment {
                    customer,
                    channel: Channel::Transfer,
                    reference: Some(reference),
                    amount: Money::rupiah(amount),
                    named_invoice: None,
                    received_at: now,
                    note: None,
                },
            )
            .await
            .map(drop)
        })
        .await;
    }
    /// The first of December comes, and its invoices.
    async fn december(&mut self) {
        self.now = at("2026-12-01", 9);
        self.site.set_now(self.now);
        let cause = Cause::system(self.now, "test");
        let day = self.now.day(Zone::Jakarta);
        billing::issue::run(&self.db, &cause.now, &cause, day).await.unwrap();
    }
    async fn newest_invoice(&self, customer: CustomerId) -> (InvoiceId, String) {
        let id: InvoiceId = self
            .db
            .reader()
            .value(
                "select id from billing_invoice where customer_id = $1 order by id desc limit 1",
                args![customer],
            )
            .await
            .unwrap();
        (id, self.name_of(Subject::Invoice, id.uuid()).await)
    }
    fn left(&self, kind: &str, name: &str, field: &str) -> i64 {
        self.site.doc(kind, name).unwrap()[field].as_f64().unwrap() as i64
    }
    async fn differences(&mut self) -> usize {
        self.pass_secs(60).await;
        flows::compare::books::pass(&self.db, self.books.as_ref(), self.now).await.unwrap().findings
    }
}

#[tokio::test]
async fn what_was_paid_too_much_settles_the_next_invoice_there_too_and_nobody_elses_money_does() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        let first = town.invoice_of(customer).await.total.get();
        // Free money that finance keeps over there for another purpose: the server would draw on it first.
        let party = town.name_of(Subject::Customer, customer.uuid()).await;
        let kept = json!({ "payment_type": "Receive", "company": COMPANY, "party_type": "Customer", "party": party, "posting_date": "2026-11-20", "paid_from": "Debtors - PCN", "paid_to": "Bank Account - PCN", "paid_amount": 40_000, "received_amount": 40_000, "reference_no": "DEP-9", "reference_date": "2026-11-20" });
        let kept = town.site.enter("finance@isp.test", "Payment Entry", kept).unwrap();
        town.site.edit("finance@isp.test", "Payment Entry", &kept, json!({ "docstatus": 1 })).unwrap();
        town.pass_secs(60).await;
        town.pays(customer, first + 48_250, "BCA-1").await;
        town.tell().await;
        let paid = town
            .site
            .docs("Payment Entry")
            .into_iter()
            .find(|p| p["reference_no"] == "BCA-1")
            .unwrap();
        assert_eq!(paid["unallocated_amount"].as_f64(), Some(48_250.0));
        let paid = paid["name"].as_str().unwrap().to_owned();

        town.december().await;
        town.tell().await;
        let (id, name) = town.newest_invoice(customer).await;
        let ours = billing::invoice::find(&mut town.db.reader(), &Scope::all(), id).await.unwrap();
        assert_eq!(ours.paid, Money::rupiah(48_250));
        assert_eq!(town.left("Sales Invoice", &name, "outstanding_amount"), ours.outstanding().get());
        assert_eq!(town.site.doc("Sales Invoice", &name).unwrap()["status"], "Partly Paid");
        assert_eq!(town.left("Payment Entry", &paid, "unallocated_amount"), 0);
        assert_eq!(town.left("Payment Entry", &kept, "unallocated_amount"), 40_000, "not ours to use");
        let parts = town.site.doc("Payment Entry", &paid).unwrap()["references"].clone();
        assert_eq!(parts.as_array().unwrap().len(), 2, "{parts}");
        // The kept deposit is seen by the next poll as any payment is; of the invoices nothing differs.
        town.differences().await;
        let mut q = town.db.reader();
        let about = finding::open_of(&mut q, Engine::Erpnext, Subject::Invoice, id.uuid()).await;
        assert!(about.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_while_a_draft_draws_on_credit_draws_once() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        let first = town.invoice_of(customer).await.total.get();
        town.pays(customer, first + 300_000, "BCA-1").await;
        town.tell().await;
        town.december().await;
        // The draft, what it draws on, its submit.
        for _ in 0..3 {
            town.site.trouble(Trouble::LostAnswer);
        }
        town.tell().await;
        let (_, name) = town.newest_invoice(customer).await;
        let stands = town.site.doc("Sales Invoice", &name).unwrap();
        assert_eq!((&stands["docstatus"], &stands["status"]), (&json!(1), &json!("Paid")));
        let paid = town.site.docs("Payment Entry").remove(0);
        assert_eq!(paid["unallocated_amount"].as_f64(), Some(300_000.0 - 277_500.0));
        assert_eq!(town.differences().await, 0, "{:?}", town.verdicts().await);
    })
    .await;
}

#[tokio::test]
async fn credit_of_a_credit_note_that_cannot_be_told_is_asked_about() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        let first = town.invoice_of(customer).await;
        town.pays(customer, first.total.get(), "BCA-1").await;
        town.tell().await;
        let id = first.id;
        town.write(async move |tx: &mut Tx| {
            let full = billing::credit::CreditWhat::Full;
            billing::credit::issue(tx, id, &full, "gangguan").await.map(drop)
        })
        .await;
        town.december().await;
        town.tell().await;
        assert_eq!(town.backlog().await, 0, "the invoice itself stands there");
        let (december, name) = town.newest_invoice(customer).await;
        let total = town.left("Sales Invoice", &name, "rounded_total");
        assert_eq!(town.left("Sales Invoice", &name, "outstanding_amount"), total);
        town.differences().await;
        let open = finding::open_of(
            &mut town.db.reader(),
            Engine::Erpnext,
            Subject::Invoice,
            december.uuid(),
        )
        .await
        .unwrap();
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0].field.as_deref(), Some("outstanding"));
        assert_eq!(open[0].theirs.as_deref(), Some(Money::rupiah(total).to_string().as_str()));
        assert!(settle::hint(&open[0]).unwrap().1.contains("Payment Reconciliation"));
        // Finance reconciles it over there: it heals by itself.
        town.site.reconcile(&name, first.total.get());
        town.differences().await;
        let open = finding::open_of(
            &mut town.db.reader(),
            Engine::Erpnext,
            Subject::Invoice,
            december.uuid(),
        )
        .await
        .unwrap();
        assert!(open.is_empty(), "{open:?}");
    })
    .await;
}
