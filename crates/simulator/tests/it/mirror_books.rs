//! ERPNext attached: a provider on a real database, the connector, and the replayed server over HTTP.

mod credit;
mod drift;
mod earnings;
mod first;
mod people;
mod purchases;
mod verdicts;

use std::sync::Arc;

use billing::pay::NewPayment;
use billing::subscription::NewSubscription;
use billing::words::{Calendar, Channel, Mode};
use bridge::accounting::{AccountingSystem, CustomerRecord, Record, Shelf};
use bridge::{Engine, Subject, Verdict, engine, finding, link, mark};
use catalog::write::{NewBranch, add_branch, set_company, set_plan, set_profile, set_tax};
use catalog::{Company, Plan, Profile, ProfileKind, TaxMode, TaxRule};
use connectors::erpnext::{Erpnext as Connector, Settings};
use flows::mirror::books::Books;
use kernel::clock::ManualClock;
use kernel::{
    BranchId, Cause, CustomerId, Day, InvoiceId, Money, PlanId, Result, Scope, SubscriptionId, Ts,
    Zone,
};
use network::Sealer;
use serde_json::json;
use simulator::replay::erpnext::{COMPANY, CONNECTOR, Erpnext, READER, Trouble};
use store::{Db, QueryExt, Tx, args};

fn at(date: &str, hour: i8) -> Ts {
    Ts::local(date.parse::<Day>().unwrap(), hour, 0, Zone::Jakarta)
}

struct Town {
    db: Db,
    site: Erpnext,
    books: Arc<dyn AccountingSystem>,
    branch: BranchId,
    plan: PlanId,
    now: Ts,
}

fn settings(site: &Erpnext, user: (&str, &str, &str)) -> Settings {
    Settings {
        base: site.base(),
        key: user.1.into(),
        secret: store::Secret::new(user.2),
        company: COMPANY.into(),
        tax_account: "2110-11 - PPN Keluaran - PCN".into(),
        receivable_account: "Debtors - PCN".into(),
        bank_account: "Bank Account - PCN".into(),
        cash_account: "Cash - PCN".into(),
        timeout_s: 5,
        ..Settings::default()
    }
}

/// Lives a story on SQLite, then on PostgreSQL: ERPNext is attached and empty, and whatever is entered there counts.
async fn both<F: AsyncFn(Town)>(story: F) {
    let rooms = flows::schema::schema();
    store::testing::both(&rooms, async |db: Db| story(Town::of(db, &json!({})).await).await).await;
}

async fn build(tx: &mut Tx) -> Result<(BranchId, PlanId)> {
    let company = Company {
        id: tx.new_id(),
        name: "Contoh Net".into(),
        legal_name: COMPANY.into(),
        npwp: Some("0012345678901000".into()),
        address: "Jl. Merdeka 1".into(),
        phone: "0211234567".into(),
        email: "halo@contoh.example".into(),
        is_pkp: true,
    };
    set_company(tx, &company).await?;
    let branch = NewBranch {
        code: "JKT".into(),
        name: "Jakarta".into(),
        zone: Zone::Jakarta,
        address: String::new(),
        lat: -6.2,
        lon: 106.8,
    };
    let branch = add_branch(tx, &branch).await?;
    set_tax(
        tx,
        &TaxRule {
            from_on: "2025-01-01".parse().unwrap(),
            code: "PPN".into(),
            rate_bp: 1_200,
            base_num: 11,
            base_den: 12,
        },
    )
    .await?;
    let mut made = Vec::new();
    for (code, kind) in [("ISOLIR", ProfileKind::Isolation), ("P20", ProfileKind::Plan)] {
        let profile = Profile {
            id: tx.new_id(),
            code: code.into(),
            name: code.into(),
            kind,
            rate_down_kbps: 20_000,
            rate_up_kbps: 20_000,
            attributes: vec![],
            archived: false,
        };
        made.push(set_profile(tx, &profile).await?);
    }
    let plan = Plan {
        id: tx.new_id(),
        code: "HOME20".into(),
        name: "Home 20".into(),
        tax: TaxMode::Exclusive,
        prepaid_allowed: true,
        postpaid_allowed: true,
        profile_id: made[1],
        fup_profile_id: None,
        quota_bytes: None,
        install_fee: Money::ZERO,
        external_id: None,
        archived: false,
    };
    let plan = set_plan(tx, &plan, Money::rupiah(250_000), "2026-01-01".parse().unwrap()).await?;
    Ok((branch, plan))
}

impl Town {
    async fn of(db: Db, shown: &serde_json::Value) -> Self {
        let now = at("2026-11-20", 9);
        db.with_ext(Arc::new(Sealer::new(1, [7; 32])));
        db.with_ext(Arc::new(crm::nik::Vault::new([9; 32])));
        flows::wire(&db);
        let site = Erpnext::start(now).await.unwrap();
        let connector = Connector::new(settings(&site, CONNECTOR)).unwrap();
        let greeting = connector.prepare().await.unwrap();
        assert_eq!(greeting.missing, Vec::<String>::new());
        let (branch, plan) = db
            .write(&Cause::system(now, "test"), async |tx: &mut Tx| {
                let secret = store::Secret::new("s");
                engine::attach(tx, Engine::Erpnext, shown, &secret).await?;
                build(tx).await
            })
            .await
            .unwrap();
        Self { db, site, books: Arc::new(connector), branch, plan, now }
    }
    async fn write<T: Send, F: AsyncFnOnce(&mut Tx) -> Result<T> + Clone>(&self, work: F) -> T {
        self.db.write(&Cause::system(self.now, "test"), work).await.unwrap()
    }
    async fn pass_secs(&mut self, secs: i64) {
        self.now = self.now.plus_secs(secs);
        self.site.set_now(self.now);
    }
    /// Tells everything that is due, as often as something moves.
    async fn tell(&mut self) {
        for _ in 0..40 {
            let clock = ManualClock::at(self.now);
            flows::mirror::turn(&self.db, &Books(self.books.clone()), &clock).await.unwrap();
            if self.backlog().await == 0 {
                return;
            }
            self.pass_secs(120).await;
        }
    }
    async fn backlog(&self) -> i64 {
        mark::backlog(&mut self.db.reader(), Engine::Erpnext).await.unwrap().waiting
    }
    async fn poll(&self) -> flows::adopt::books::Adopted {
        flows::adopt::books::poll(&self.db, self.books.as_ref(), self.now).await.unwrap()
    }
    /// An installed prepaid connection whose first invoice is open: isolated.
    async fn subscriber(&self, name: &str, phone: &str) -> (CustomerId, SubscriptionId) {
        let (branch, plan) = (self.branch, self.plan);
        let (name, phone) = (name.to_owned(), phone.to_owned());
        self.write(async move |tx: &mut Tx| {
            let customer =
                crm::customer::create(tx, crm::customer::NewCustomer::new(&name, &phone, branch))
                    .await?
                    .id;
            let new = NewSubscription {
                calendar: Calendar::Calendar,
                install_fee: Some(Money::ZERO),
                ..NewSubscription::of(customer, branch, plan, Mode::Prepaid)
            };
            let sub = billing::subscription::create(tx, new).await?;
            flows::activation::reserve(tx, sub).await?;
            network::account::open(tx, sub, None).await?;
            billing::subscription::installed(tx, sub).await?;
            flows::mirror::books::begin(tx, Ts::default()).await?;
            Ok((customer, sub))
        })
        .await
    }
    async fn invoice_of(&self, customer: CustomerId) -> billing::invoice::Invoice {
        let id: InvoiceId = self
            .db
            .reader()
            .value(
                "select id from billing_invoice where customer_id = $1 order by id limit 1",
                args![customer],
            )
            .await
            .unwrap();
        billing::invoice::find(&mut self.db.reader(), &Scope::all(), id).await.unwrap()
    }
    async fn name_of(&self, subject: Subject, id: uuid::Uuid) -> String {
        link::get(&mut self.db.reader(), Engine::Erpnext, subject, id)
            .await
            .unwrap()
            .unwrap()
            .external_id
    }
    async fn verdicts(&self) -> Vec<Verdict> {
        let found = finding::list(&mut self.db.reader(), &finding::Filter::default(), None, 100)
            .await
            .unwrap();
        found.into_iter().map(|f| f.verdict).collect()
    }
    async fn is_online(&self, sub: SubscriptionId) -> bool {
        let access = network::access::of(&mut self.db.reader(), sub).await.unwrap().unwrap();
        format!("{:?}", access.desired).contains("Full")
    }
    /// Finance enters and submits a payment in ERPNext's own screen.
    fn finance_pays(&self, customer: &str, invoice: &str, amount: i64, reference: &str) -> String {
        let day = "2026-11-20";
        let body = json!({ "payment_type": "Receive", "company": COMPANY, "party_type": "Customer", "party": customer, "posting_date": day, "paid_from": "Debtors - PCN", "paid_to": "Bank Account - PCN", "paid_amount": amount, "received_amount": amount, "reference_no": reference, "reference_date": day, "references": [{ "reference_doctype": "Sales Invoice", "reference_name": invoice, "allocated_amount": amount }] });
        let name = self.site.enter("finance@isp.test", "Payment Entry", body).unwrap();
        self.site
            .edit("finance@isp.test", "Payment Entry", &name, json!({ "docstatus": 1 }))
            .unwrap()
    }
    async fn payments(&self) -> i64 {
        self.db.reader().value("select count(*) from billing_payment", args![]).await.unwrap()
    }
}

#[tokio::test]
async fn a_key_without_permissions_is_refused_and_what_is_missing_is_named() {
    both(async |town: Town| {
        let reader = Connector::new(settings(&town.site, READER)).unwrap();
        let missing = match reader.greet().await {
            Ok(greeting) => greeting.missing.len(),
            Err(fault) => usize::from(fault.code == "erpnext.denied"),
        };
        assert!(missing > 0);
        let wrong = Connector::new(Settings {
            tax_account: "Tidak Ada".into(),
            ..settings(&town.site, CONNECTOR)
        })
        .unwrap();
        let greeting = wrong.greet().await.unwrap();
        assert!(greeting.missing.iter().any(|m| m.contains("Tidak Ada")), "{greeting:?}");
    })
    .await;
}

#[tokio::test]
async fn an_invoice_and_its_payment_arrive_once_submitted_and_with_our_amounts() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        let invoice = town.invoice_of(customer).await;
        town.tell().await;
        let name = town.name_of(Subject::Invoice, invoice.id.uuid()).await;
        let theirs = town.site.doc("Sales Invoice", &name).unwrap();
        assert_eq!((&theirs["docstatus"], &theirs["status"]), (&json!(1), &json!("Unpaid")));
        assert_eq!(theirs["rounded_total"].as_f64().unwrap() as i64, invoice.total.get());
        let amount = invoice.total;
        let now = town.now;
        town.write(async move |tx: &mut Tx| {
            billing::pay::receive(
                tx,
                NewPayment {
                    customer,
                    channel: Channel::Transfer,
                    reference: Some("BCA-1".into()),
                    amount,
                    named_invoice: None,
                    received_at: now,
                    note: None,
                },
            )
            .await
            .map(drop)
        })
        .await;
        town.tell().await;
        assert_eq!(town.site.doc("Sales Invoice", &name).unwrap()["status"], "Paid");
        assert_eq!(town.site.docs("Payment Entry").len(), 1);
        assert_eq!(town.poll().await.adopted, 0, "our own come back as ours");
        let compared =
            flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!(compared.findings, 0, "{:?}", town.verdicts().await);
        assert_eq!(town.payments().await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_hour_without_erpnext_loses_nothing_and_doubles_nothing() {
    both(async |mut town: Town| {
        town.site.set_down(true);
        let mut customers = Vec::new();
        for at in 0..4 {
            customers.push(
                town.subscriber(&format!("Pelanggan {at}"), &format!("08123456780{at}")).await.0,
            );
        }
        for _ in 0..12 {
            let clock = ManualClock::at(town.now);
            flows::mirror::turn(&town.db, &Books(town.books.clone()), &clock).await.unwrap();
            town.pass_secs(300).await;
        }
        assert!(town.backlog().await > 0);
        assert!(town.site.docs("Customer").is_empty());
        town.site.set_down(false);
        town.pass_secs(3_600).await;
        town.tell().await;
        assert_eq!(town.backlog().await, 0);
        assert_eq!(town.site.docs("Customer").len(), customers.len());
        assert_eq!(town.site.docs("Sales Invoice").len(), customers.len());
    })
    .await;
}

#[tokio::test]
async fn no_fault_of_an_answer_makes_a_second_document() {
    for trouble in
        [Trouble::LostAnswer, Trouble::KilledBefore, Trouble::RedisDown, Trouble::Deadlock]
    {
        both(async |mut town: Town| {
            // The third and fifth writing requests fall as well: an address, a draft, a submit.
            town.subscriber("Budi Santoso", "081234567890").await;
            for _ in 0..4 {
                town.site.trouble(trouble);
            }
            town.tell().await;
            assert_eq!(town.backlog().await, 0, "{trouble:?}");
            for kind in ["Customer", "Address", "Contact", "Sales Invoice"] {
                assert!(town.site.docs(kind).len() <= 1, "{trouble:?} {kind}");
            }
            assert_eq!(town.site.docs("Sales Invoice")[0]["docstatus"], 1, "{trouble:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_worker_killed_between_the_write_and_the_link_finds_what_it_wrote() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        let record =
            flows::mirror::books::customer_record(&mut town.db.reader(), customer).await.unwrap();
        town.books.ensure(&Record::Customer(record)).await.unwrap();
        town.tell().await;
        assert_eq!(town.site.docs("Customer").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_finance_enters_counts_once_and_opens_the_access() {
    both(async |mut town: Town| {
        let (customer, sub) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        assert!(!town.is_online(sub).await, "prepaid and unpaid");
        let invoice = town.invoice_of(customer).await;
        let (party, paper) = (
            town.name_of(Subject::Customer, customer.uuid()).await,
            town.name_of(Subject::Invoice, invoice.id.uuid()).await,
        );
        let entry = town.finance_pays(&party, &paper, invoice.total.get(), "TRF-77");
        // No webhook is ever sent: the poll finds it.
        assert_eq!(town.poll().await.adopted, 1);
        assert!(town.is_online(sub).await);
        // The bell comes late and twice.
        for _ in 0..2 {
            flows::adopt::books::look_at(
                &town.db,
                town.books.as_ref(),
                town.now,
                Shelf::Payments,
                &entry,
            )
            .await
            .unwrap();
        }
        town.pass_secs(60).await;
        assert_eq!(town.poll().await.adopted, 0);
        assert_eq!(town.payments().await, 1);
        town.tell().await;
        assert_eq!(town.site.docs("Payment Entry").len(), 1, "it is not told back");
        assert_eq!(town.invoice_of(customer).await.outstanding(), Money::ZERO);
    })
    .await;
}

#[tokio::test]
async fn equal_money_without_a_common_reference_waits_as_maybe_double() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        let invoice = town.invoice_of(customer).await;
        let (party, paper) = (
            town.name_of(Subject::Customer, customer.uuid()).await,
            town.name_of(Subject::Invoice, invoice.id.uuid()).await,
        );
        let (amount, now) = (invoice.total, town.now);
        town.finance_pays(&party, &paper, amount.get(), "KASIR-1");
        town.write(async move |tx: &mut Tx| {
            billing::pay::receive(
                tx,
                NewPayment {
                    customer,
                    channel: Channel::Cash,
                    reference: Some("LACI-9".into()),
                    amount,
                    named_invoice: None,
                    received_at: now,
                    note: None,
                },
            )
            .await
            .map(drop)
        })
        .await;
        assert_eq!(town.poll().await.asked, 1);
        assert!(town.verdicts().await.contains(&Verdict::MaybeDouble));
        let settled: i64 = town
            .db
            .reader()
            .value("select count(*) from billing_payment where state = 'settled'", args![])
            .await
            .unwrap();
        assert_eq!(settled, 1, "the second one waits");
    })
    .await;
}

#[tokio::test]
async fn an_invoice_that_finance_makes_counts_here_like_our_own() {
    both(async |mut town: Town| {
    let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
    town.tell().await;
    let party = town.name_of(Subject::Customer, customer.uuid()).await;
    let item = town.name_of(Subject::Plan, town.plan.uuid()).await;
    let body = json!({ "customer": party, "company": COMPANY, "due_date": "2026-12-01", "items": [{ "item_code": item, "qty": 1, "rate": 100_000, "description": "Kabel tambahan" }] });
    let name = town.site.enter("finance@isp.test", "Sales Invoice", body).unwrap();
    assert_eq!(town.poll().await.adopted, 0, "a draft is nothing yet");
    town.site.edit("finance@isp.test", "Sales Invoice", &name, json!({ "docstatus": 1 })).unwrap();
    assert_eq!(town.poll().await.adopted, 1);
    assert_eq!(town.poll().await.adopted, 0);
    let total: i64 = town
        .db
        .reader()
        .value("select cast(sum(total) as bigint) from billing_invoice where note = $1", args![name])
        .await
        .unwrap();
    assert_eq!(total, 100_000);
    town.tell().await;
    assert_eq!(town.site.docs("Sales Invoice").len(), 2, "it is not told back");
    })
    .await;
}

#[tokio::test]
async fn a_sale_made_in_erpnext_alone_becomes_a_work_order_here() {
    both(async |mut town: Town| {
    town.subscriber("Orang Lama", "081200000001").await;
    town.tell().await;
    let sales = "sales@isp.test";
    let lead = town.site.enter(sales, "Lead", json!({ "first_name": "Siti", "last_name": "Aminah", "mobile_no": "+62-8120000777", "city": "Bandung", "gps": "-6.2001,106.8001" })).unwrap();
    town.site
        .enter(sales, "Opportunity", json!({ "opportunity_from": "Lead", "party_name": lead }))
        .unwrap();
    let customer = town.site.enter(sales, "Customer", json!({ "customer_name": "Siti Aminah", "lead_name": lead, "mobile_no": "+62-8120000777" })).unwrap();
    let item = town.name_of(Subject::Plan, town.plan.uuid()).await;
    let order = town.site.enter(sales, "Sales Order", json!({ "customer": customer, "company": COMPANY, "delivery_date": "2026-11-25", "isp_payment_mode": "prepaid", "items": [{ "item_code": item, "qty": 1 }] })).unwrap();
    town.poll().await;
    let before: i64 = town
        .db
        .reader()
        .value("select count(*) from fulfilment_work_order", args![])
        .await
        .unwrap();
    town.site.edit(sales, "Sales Order", &order, json!({ "docstatus": 1 })).unwrap();
    let report = town.poll().await;
    assert_eq!(report.failed, 0, "{:?}", town.verdicts().await);
    let after: i64 = town
        .db
        .reader()
        .value("select count(*) from fulfilment_work_order", args![])
        .await
        .unwrap();
    assert_eq!(after, before + 1);
    assert_eq!(town.poll().await.adopted, 0, "once");
    town.tell().await;
    assert_eq!(town.site.docs("Sales Order").len(), 1);
    assert_eq!(town.site.docs("Lead").len(), 1);
    assert_eq!(town.site.docs("Customer").len(), 2, "the one that sales made carries our id now");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_customer_and_a_second_biller_are_asked_about() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        town.tell().await;
        let party = town.name_of(Subject::Customer, customer.uuid()).await;
        town.site.edit("finance@isp.test", "Customer", &party, json!({ "disabled": 1 })).unwrap();
        town.site
            .enter(
                "finance@isp.test",
                "Subscription",
                json!({ "party_type": "Customer", "party": party, "start_date": "2026-11-01" }),
            )
            .unwrap();
        town.poll().await;
        let verdicts = town.verdicts().await;
        assert!(
            verdicts.contains(&Verdict::Differs) && verdicts.contains(&Verdict::TwoBillers),
            "{verdicts:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_pass_finds_what_is_missing_extra_or_different() {
    both(async |mut town: Town| {
        let (customer, _) = town.subscriber("Budi Santoso", "081234567890").await;
        let backup = town.site.snapshot();
        town.tell().await;
        let invoice = town.invoice_of(customer).await;
        let (party, paper) = (
            town.name_of(Subject::Customer, customer.uuid()).await,
            town.name_of(Subject::Invoice, invoice.id.uuid()).await,
        );
        town.finance_pays(&party, &paper, 1_000, "EXTRA-1");
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!(town.verdicts().await, vec![Verdict::MissingHere], "a payment extra over there");
        town.site.restore(&backup);
        town.pass_secs(60).await;
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        let verdicts = town.verdicts().await;
        assert!(
            verdicts.iter().filter(|v| **v == Verdict::MissingThere).count() >= 2,
            "{verdicts:?}"
        );
        // Healed by choice: told again under our ids.
        let (id, plan) = (invoice.id.uuid(), town.plan);
        town.write(async move |tx: &mut Tx| {
            flows::compare::books::tell_again(tx, Subject::Plan, plan.uuid()).await?;
            flows::compare::books::tell_again(tx, Subject::Customer, customer.uuid()).await?;
            flows::compare::books::tell_again(tx, Subject::Invoice, id).await
        })
        .await;
        town.tell().await;
        assert_eq!(town.site.docs("Sales Invoice").len(), 1);
    })
    .await;
}
