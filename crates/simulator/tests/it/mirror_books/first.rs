//! ERPNext holds customers already when it is attached; what people decide afterwards.

use bridge::{Settle, Verdict};
use flows::compare::books::{first, settle};

use super::*;

/// Customers that its people entered before: with a contact's phone, a spouse's phone, only a name.
fn furnish(site: &Erpnext) {
    let sales = "sales@isp.test";
    for (name, phone) in
        [("Bpk Budi Santoso", "0812-3456-7890"), ("Siti Aminah", "+62 812 1111 222")]
    {
        let customer = site
            .enter(
                sales,
                "Customer",
                json!({ "customer_name": name, "customer_group": "Komersial" }),
            )
            .unwrap();
        site.enter(sales, "Contact", json!({ "first_name": name, "phone_nos": [{ "phone": phone, "is_primary_mobile_no": 1 }], "links": [{ "link_doctype": "Customer", "link_name": customer }] })).unwrap();
    }
    site.enter(sales, "Customer", json!({ "customer_name": "Agus Salim" })).unwrap();
    site.enter(sales, "Customer", json!({ "customer_name": "Toko Lain" })).unwrap();
    site.enter(
        sales,
        "Item",
        json!({ "item_code": "HOME20", "item_name": "Paket", "item_group": "Services" }),
    )
    .unwrap();
}

impl Town {
    async fn findings(&self, verdict: Verdict) -> Vec<bridge::Finding> {
        let filter =
            finding::Filter { state: Some(bridge::FindingState::Open), ..Default::default() };
        let mut all = finding::list(&mut self.db.reader(), &filter, None, 100).await.unwrap();
        all.retain(|f| f.verdict == verdict);
        all
    }
    async fn settle(&self, found: &bridge::Finding, choice: Settle) -> Result<()> {
        let cause = Cause::system(self.now, "test");
        settle::settle(&self.db, self.books.as_ref(), &cause, found.id, choice).await
    }
    async fn compare(&self) -> flows::compare::books::Compared {
        flows::compare::books::pass(&self.db, self.books.as_ref(), self.now).await.unwrap()
    }
}

#[tokio::test]
async fn nobody_whom_it_has_already_is_made_a_second_time_and_doubts_are_asked() {
    both(async |mut town: Town| {
        furnish(&town.site);
        town.subscriber("Budi Santoso", "081234567890").await;
        let (husband, _) = town.subscriber("Joko Aminudin", "08121111222").await;
        let (namesake, _) = town.subscriber("Agus Salim", "081299998888").await;
        town.subscriber("Orang Baru", "081277776666").await;
        let shown = first::preview(&town.db, town.books.as_ref(), town.now).await.unwrap();
        let c = &shown.customers;
        assert_eq!((c.known, c.matched, c.doubtful, c.to_make, c.only_there), (0, 1, 2, 1, 1));
        assert_eq!((shown.plans.matched, shown.plans.to_make), (1, 0));
        town.tell().await;
        // Of four only the one who is in no doubt and not there was made.
        assert_eq!(town.site.docs("Customer").len(), 5);
        assert_eq!(town.site.docs("Item").iter().filter(|i| i["item_code"] == "HOME20").count(), 1);
        let budi = town.site.doc("Customer", "Bpk Budi Santoso").unwrap();
        assert_eq!(budi["customer_group"], "Komersial", "what they wrote stays");
        assert!(!budi["isp_external_id"].as_str().unwrap_or("").is_empty());
        let doubts = town.findings(Verdict::MaybeDouble).await;
        assert_eq!(doubts.len(), 2, "{doubts:?}");
        let of = |id: CustomerId| doubts.iter().find(|f| f.local_id == Some(id.uuid())).unwrap();
        town.pass_secs(1).await;
        town.settle(of(namesake), Settle::Adopt).await.unwrap();
        town.settle(of(husband), Settle::Heal).await.unwrap();
        town.tell().await;
        assert_eq!(town.backlog().await, 0, "their invoices followed");
        assert_eq!(town.name_of(Subject::Customer, namesake.uuid()).await, "Agus Salim");
        assert_eq!(town.name_of(Subject::Customer, husband.uuid()).await, "Joko Aminudin");
        assert_eq!(town.site.docs("Customer").len(), 6);
        assert!(town.findings(Verdict::MaybeDouble).await.is_empty());
        assert_eq!(town.site.docs("Sales Invoice").len(), 4);
    })
    .await;
}

#[tokio::test]
async fn attached_again_it_shows_no_difference_and_makes_nothing() {
    both(async |mut town: Town| {
        town.subscriber("Budi Santoso", "081234567890").await;
        town.subscriber("Siti Aminah", "081234567891").await;
        town.tell().await;
        assert_eq!(town.compare().await.findings, 0);
        let before = (town.site.docs("Customer"), town.site.docs("Sales Invoice"));
        town.write(async |tx: &mut Tx| engine::detach(tx, Engine::Erpnext).await).await;
        let broken = flows::invariants::check(&mut town.db.reader(), town.now).await.unwrap();
        assert!(broken.is_empty(), "{broken:?}");
        let shown = first::preview(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!((shown.customers.known, shown.customers.to_make), (2, 0));
        town.pass_secs(60).await;
        let from = town.now;
        town.write(async move |tx: &mut Tx| {
            let secret = store::Secret::new("s");
            engine::attach(tx, Engine::Erpnext, &json!({}), &secret).await?;
            flows::mirror::books::begin(tx, from).await
        })
        .await;
        town.tell().await;
        assert_eq!(town.compare().await.findings, 0);
        let after = (town.site.docs("Customer"), town.site.docs("Sales Invoice"));
        assert_eq!(before, after, "nothing was written");
    })
    .await;
}

#[tokio::test]
async fn money_that_may_be_double_is_counted_or_cancelled_as_a_person_says() {
    both(async |mut town: Town| {
        for choice in [Settle::Heal, Settle::Adopt] {
            let phone = if choice == Settle::Heal { "081234567890" } else { "081234567891" };
            let (customer, _) = town.subscriber(&format!("Pelanggan {choice}"), phone).await;
            town.tell().await;
            let invoice = town.invoice_of(customer).await;
            let (amount, now) = (invoice.total, town.now);
            let party = town.name_of(Subject::Customer, customer.uuid()).await;
            let paper = town.name_of(Subject::Invoice, invoice.id.uuid()).await;
            let entry = town.finance_pays(&party, &paper, amount.get(), &format!("T-{choice}"));
            let reference = Some(format!("LACI-{choice}"));
            town.write(async move |tx: &mut Tx| {
                let new = NewPayment {
                    customer,
                    channel: Channel::Cash,
                    reference: reference.clone(),
                    amount,
                    named_invoice: None,
                    received_at: now,
                    note: None,
                };
                billing::pay::receive(tx, new).await.map(drop)
            })
            .await;
            town.poll().await;
            let found = town.findings(Verdict::MaybeDouble).await;
            town.pass_secs(1).await;
            town.settle(&found[0], choice).await.unwrap();
            let theirs = town.site.doc("Payment Entry", &entry).unwrap();
            let credit = billing::pay::credit_of(&mut town.db.reader(), customer).await.unwrap();
            let wanted = match choice {
                Settle::Adopt => (json!(1), amount),
                _ => (json!(2), Money::ZERO),
            };
            assert_eq!((theirs["docstatus"].clone(), credit), wanted, "{choice}");
            town.pass_secs(600).await;
            town.tell().await;
            town.poll().await;
            assert!(town.findings(Verdict::MaybeDouble).await.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_cancelled_there_is_written_again_or_taken_back_here() {
    both(async |mut town: Town| {
        let (customer, sub) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        let invoice = town.invoice_of(customer).await;
        let party = town.name_of(Subject::Customer, customer.uuid()).await;
        let paper = town.name_of(Subject::Invoice, invoice.id.uuid()).await;
        let finance = "finance@isp.test";
        // An invoice of ours, cancelled there, is wanted all the same.
        town.site.edit(finance, "Sales Invoice", &paper, json!({ "docstatus": 2 })).unwrap();
        town.poll().await;
        let found = town.findings(Verdict::Differs).await;
        assert_eq!(found[0].theirs.as_deref(), Some("cancelled"));
        town.pass_secs(1).await;
        town.settle(&found[0], Settle::Heal).await.unwrap();
        town.tell().await;
        let again = town.name_of(Subject::Invoice, invoice.id.uuid()).await;
        assert_ne!(again, paper);
        let theirs = town.site.doc("Sales Invoice", &again).unwrap();
        assert_eq!(theirs["docstatus"], 1);
        assert!(theirs["isp_external_id"].as_str().unwrap().ends_with("/2"));
        town.pass_secs(60).await;
        town.poll().await;
        assert_eq!(town.compare().await.findings, 0, "{:?}", town.verdicts().await);
        // Money of theirs, cancelled there, is taken back here.
        let entry = town.finance_pays(&party, &again, invoice.total.get(), "TRF-1");
        town.poll().await;
        assert!(town.is_online(sub).await);
        town.site.edit(finance, "Payment Entry", &entry, json!({ "docstatus": 2 })).unwrap();
        town.poll().await;
        let found = town.findings(Verdict::Differs).await;
        town.pass_secs(1).await;
        town.settle(&found[0], Settle::Adopt).await.unwrap();
        assert_eq!(town.invoice_of(customer).await.outstanding(), invoice.total);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_customer_keeps_the_link_and_a_second_biller_heals_by_itself() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        town.site.rename("Customer", "Budi Santoso", "C-0001").unwrap();
        town.pass_secs(5).await;
        town.poll().await;
        assert_eq!(town.name_of(Subject::Customer, customer.uuid()).await, "C-0001");
        let finance = "finance@isp.test";
        let bill =
            json!({ "party_type": "Customer", "party": "C-0001", "start_date": "2026-11-01" });
        let bill = town.site.enter(finance, "Subscription", bill).unwrap();
        town.poll().await;
        let found = town.findings(Verdict::TwoBillers).await;
        assert!(town.settle(&found[0], Settle::Heal).await.is_err(), "no button ends it");
        town.pass_secs(5).await;
        town.compare().await;
        assert_eq!(town.findings(Verdict::TwoBillers).await.len(), 1, "a pass sees it too");
        town.site.edit(finance, "Subscription", &bill, json!({ "status": "Cancelled" })).unwrap();
        town.poll().await;
        assert!(town.findings(Verdict::TwoBillers).await.is_empty());
        assert_eq!(town.site.docs("Customer").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_booked_there_before_both_met_is_history() {
    let rooms = flows::schema::schema();
    store::testing::both(&rooms, async |db: Db| {
        let since = at("2026-11-20", 9).plus_secs(3_600);
        let mut town = Town::of(db, &json!({ "since": since.to_string() })).await;
        furnish(&town.site);
        let old = |rate: i64| json!({ "customer": "Bpk Budi Santoso", "company": COMPANY, "due_date": "2026-12-01", "items": [{ "item_code": "HOME20", "qty": 1, "rate": rate }] });
        for (rate, paid) in [(100_000, true), (70_000, false)] {
            let name = town.site.enter("x", "Sales Invoice", old(rate)).unwrap();
            town.site.edit("x", "Sales Invoice", &name, json!({ "docstatus": 1 })).unwrap();
            if paid {
                town.finance_pays("Bpk Budi Santoso", &name, rate, "LAMA-1");
            }
        }
        town.pass_secs(7_200).await;
        town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        assert_eq!(town.poll().await.adopted, 0);
        assert_eq!(town.payments().await, 0);
        let asked = town.findings(Verdict::MissingHere).await;
        assert_eq!(asked.len(), 1, "only what is still owed: {asked:?}");
        town.pass_secs(1).await;
        town.settle(&asked[0], Settle::Adopt).await.unwrap();
        let owed: i64 = town
            .db
            .reader()
            .value("select total from billing_invoice where note = $1", args![asked[0].external_id.clone()])
            .await
            .unwrap();
        assert_eq!(owed, 70_000);
    })
    .await;
}
