//! Ten thousand records that drifted apart in the ways of money and people: a verdict for each by a written table, all
//! found, none healed wrongly.

use std::collections::BTreeMap;

use bridge::{FindingState, Link};
use flows::mirror::books::customer_print;
use serde_json::Value;
use uuid::Uuid;

use super::*;

/// Customers, each with one paid invoice and its payment.
const CUSTOMERS: usize = 3_400;
const TOTAL: i64 = 277_500;
const TAX: i64 = 27_500;

/// How a record of one customer drifted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    InvoiceMissing,
    InvoiceDiffers,
    InvoiceCancelled,
    PaymentExtra,
    PaymentMissing,
    PaymentDiffers,
    RenamedOnBothSides,
    RenamedThere,
}

/// What is expected of each: record, verdict, field, and what the answers of a person may be.
#[rustfmt::skip]
const TABLE: [(Way, Subject, Verdict, Option<&str>, &str); 8] = [
    // way                    record             verdict                field           decisions
    (Way::InvoiceMissing,     Subject::Invoice,  Verdict::MissingThere, None,           "heal dismiss"),
    (Way::InvoiceDiffers,     Subject::Invoice,  Verdict::Differs,      Some("total"),  "dismiss"),
    (Way::InvoiceCancelled,   Subject::Invoice,  Verdict::Differs,      Some("state"),  "adopt heal dismiss"),
    (Way::PaymentExtra,       Subject::Payment,  Verdict::MissingHere,  None,           "adopt dismiss"),
    (Way::PaymentMissing,     Subject::Payment,  Verdict::MissingThere, None,           "heal dismiss"),
    (Way::PaymentDiffers,     Subject::Payment,  Verdict::Differs,      Some("amount"), "dismiss"),
    (Way::RenamedOnBothSides, Subject::Customer, Verdict::Conflict,     Some("name"),   "adopt heal dismiss"),
    (Way::RenamedThere,       Subject::Customer, Verdict::Differs,      Some("name"),   "adopt heal dismiss"),
];

/// One in twelve drifted, each way as often as the others.
fn way(at: usize) -> Option<Way> {
    at.is_multiple_of(12).then(|| TABLE[(at / 12) % TABLE.len()].0)
}

/// A number in the middle of an id, so that ids rise with it.
fn id(kind: u128, at: usize) -> Uuid {
    Uuid::from_u128(
        (0x0193_a9d0 << 96) | (0x7000 << 64) | (kind << 32) | u128::try_from(at).unwrap(),
    )
}
const CUSTOMER: u128 = 1;
const INVOICE: u128 = 2;
const PAYMENT: u128 = 3;

fn name(at: usize) -> String {
    format!("Pelanggan {at:05}")
}
fn phone(at: usize) -> String {
    format!("+6281{at:08}")
}

/// Ours: rows as the use-cases leave them, and links as both sides agreed last.
async fn ours(town: &Town) {
    let (branch, now) = (town.branch, town.now);
    for chunk in (0..CUSTOMERS).collect::<Vec<_>>().chunks(500) {
        let chunk = chunk.to_vec();
        town.write(async move |tx: &mut Tx| {
            let (mut customers, mut parties, mut invoices) = (Vec::new(), Vec::new(), Vec::new());
            let (mut payments, mut parts, mut links) = (Vec::new(), Vec::new(), Vec::new());
            for at in chunk.iter().copied() {
                let (customer, invoice, payment) = (id(CUSTOMER, at), id(INVOICE, at), id(PAYMENT, at));
                let called = match way(at) {
                    Some(Way::RenamedOnBothSides) => format!("{} baru", name(at)),
                    _ => name(at),
                };
                parties.extend(args![customer, branch]);
                customers.extend(args![customer, format!("C{at:06}"), called, "personal", phone(at), "", branch, "sales", false, false, "id", now, now]);
                let (day, due) = (now.day(Zone::Jakarta), now.day(Zone::Jakarta).plus_days(10));
                invoices.extend(args![invoice, format!("INV/{at:06}"), customer, branch, "one_off", format!("k{at}"), day, day, "issued", day, now, due, TOTAL - TAX, TAX, TOTAL, TOTAL, now, true, "h"]);
                payments.extend(args![payment, customer, branch, "transfer", format!("TRF-{at}"), TOTAL, TOTAL, "settled", now, now, "test", now]);
                parts.extend(args![id(4, at), payment, invoice, TOTAL, now]);
                let agreed = customer_print(&name(at), Some(&phone(at)), None, false);
                for (subject, local, there, print) in [
                    (Subject::Customer, customer, name(at), agreed),
                    (Subject::Invoice, invoice, format!("ACC-SINV-{at:05}"), String::new()),
                    (Subject::Payment, payment, format!("ACC-PAY-{at:05}"), String::new()),
                ] {
                    links.push(Link { engine: Engine::Erpnext, subject, local_id: local, external_id: there, external_version: None, fingerprint: print, synced_at: now });
                }
            }
            let into = "insert into crm_customer (id, number, name, kind, phone, address, branch_id, channel, withholds_pph23, withholds_wapu, lang, created_at, changed_at)";
            tx.bulk(into, "", 13, customers).await?;
            let into = "insert into billing_party (customer_id, branch_id)";
            tx.bulk(into, "", 2, parties).await?;
            let into = "insert into billing_invoice (id, number, customer_id, branch_id, kind, key, period_from, period_to, state, issued_on, issued_at, due_on, base, tax, total, paid, paid_at, live, hash)";
            tx.bulk(into, "", 19, invoices).await?;
            let into = "insert into billing_payment (id, customer_id, branch_id, channel, reference, amount, allocated, state, received_at, recorded_at, recorded_by, settled_at)";
            tx.bulk(into, "", 12, payments).await?;
            tx.bulk("insert into billing_allocation (id, payment_id, invoice_id, amount, at)", "", 5, parts).await?;
            link::put_many(tx, &links).await
        })
        .await;
    }
}

/// Theirs: as both sides agreed, or as they drifted. What was entered last is dated so.
fn theirs(town: &Town, drifted: bool) {
    let (old, new) = ("2026-11-20 08:00:00.000000", "2026-11-20 10:00:00.000000");
    let doc = |kind: &str,
               called: String,
               our: Option<Uuid>,
               stamp: &str,
               docstatus: i64,
               more: Value| {
        let mut doc = json!({ "doctype": kind, "name": called, "creation": stamp, "modified": stamp, "modified_by": "finance@isp.test", "docstatus": docstatus, "isp_external_id": our.map(|id| id.to_string()) });
        doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        doc
    };
    let (mut customers, mut invoices, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..CUSTOMERS {
        let way = way(at).filter(|_| drifted);
        let called = match way {
            Some(Way::RenamedOnBothSides | Way::RenamedThere) => format!("{} (lama)", name(at)),
            // Put right by taking ours over.
            None if self::way(at) == Some(Way::RenamedOnBothSides) => format!("{} baru", name(at)),
            _ => name(at),
        };
        customers.push(doc(
            "Customer",
            name(at),
            Some(id(CUSTOMER, at)),
            old,
            0,
            json!({ "customer_name": called, "mobile_no": phone(at), "disabled": 0 }),
        ));
        if way != Some(Way::InvoiceMissing) {
            let total = TOTAL + if way == Some(Way::InvoiceDiffers) { 1_000 } else { 0 };
            let stage = if way == Some(Way::InvoiceCancelled) { 2 } else { 1 };
            invoices.push(doc("Sales Invoice", format!("ACC-SINV-{at:05}"), Some(id(INVOICE, at)), old, stage, json!({ "customer": name(at), "posting_date": "2026-11-20", "due_date": "2026-11-30", "rounded_total": total, "grand_total": total, "total_taxes_and_charges": TAX, "outstanding_amount": 0, "is_return": 0 })));
        }
        let money = |reference: String, amount: i64| json!({ "payment_type": "Receive", "party_type": "Customer", "party": name(at), "paid_to": "Bank Account - PCN", "paid_amount": amount, "posting_date": "2026-11-20", "reference_no": reference, "references": [] });
        if way != Some(Way::PaymentMissing) {
            let amount = TOTAL - if way == Some(Way::PaymentDiffers) { 500 } else { 0 };
            payments.push(doc(
                "Payment Entry",
                format!("ACC-PAY-{at:05}"),
                Some(id(PAYMENT, at)),
                old,
                1,
                money(format!("TRF-{at}"), amount),
            ));
        }
        if self::way(at) == Some(Way::PaymentExtra) {
            payments.push(doc(
                "Payment Entry",
                format!("ACC-PAY-X{at:05}"),
                None,
                new,
                1,
                money(format!("EXTRA-{at}"), 5_000),
            ));
        }
    }
    town.site.stock("Customer", customers);
    town.site.stock("Sales Invoice", invoices);
    town.site.stock("Payment Entry", payments);
}

/// A record's kind, verdict, field, and by which id it is known.
type Told = (String, String, Option<String>, String);

/// What the table says of every record that drifted.
fn expected() -> Vec<Told> {
    let mut all: Vec<Told> = (0..CUSTOMERS)
        .filter_map(|at| Some((at, way(at)?)))
        .map(|(at, way)| {
            let (_, subject, verdict, field, _) = TABLE.iter().find(|row| row.0 == way).unwrap();
            let known = match subject {
                _ if way == Way::PaymentExtra => format!("ACC-PAY-X{at:05}"),
                Subject::Customer => id(CUSTOMER, at).to_string(),
                Subject::Invoice => id(INVOICE, at).to_string(),
                _ => id(PAYMENT, at).to_string(),
            };
            (subject.to_string(), verdict.to_string(), field.map(str::to_owned), known)
        })
        .collect();
    all.sort();
    all
}

async fn found(town: &Town, state: FindingState) -> Vec<Told> {
    let filter = finding::Filter { state: Some(state), ..finding::Filter::default() };
    let rows = finding::list(&mut town.db.reader(), &filter, None, 50_000).await.unwrap();
    let mut all: Vec<Told> = rows
        .into_iter()
        .map(|f| {
            let known = f.local_id.map(|id| id.to_string()).or(f.external_id).unwrap();
            (f.subject.to_string(), f.verdict.to_string(), f.field, known)
        })
        .collect();
    all.sort();
    all
}

/// Everything of ours that a wrong healing would change.
async fn written(town: &Town) -> Vec<(String, i64, i64)> {
    let mut all = Vec::new();
    for sql in [
        "select 'customers', count(*), cast(coalesce(sum(length(name)), 0) as bigint) from crm_customer",
        "select 'invoices', count(*), cast(coalesce(sum(total + 3 * paid + 7 * credited), 0) as bigint) from billing_invoice",
        "select 'payments', count(*), cast(coalesce(sum(amount + 3 * allocated), 0) as bigint) from billing_payment where state = 'settled'",
        "select 'notes', count(*), cast(0 as bigint) from billing_credit_note",
        "select 'links', count(*), cast(0 as bigint) from bridge_link",
    ] {
        let row: (String, i64, i64) = town.db.reader().row(sql, args![]).await.unwrap();
        all.push(row);
    }
    all
}

async fn pass(town: &mut Town) -> flows::compare::books::Compared {
    town.pass_secs(60).await;
    flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap()
}

#[tokio::test]
async fn of_ten_thousand_records_every_drift_is_found_and_none_is_healed_wrongly() {
    both(async |mut town: Town| {
        let plan = town.plan;
        // The plan is told: it is no question here.
        town.write(async move |tx: &mut Tx| {
            mark::mark(tx, Engine::Erpnext, Subject::Plan, plan.uuid()).await
        })
        .await;
        town.tell().await;
        ours(&town).await;
        theirs(&town, true);
        let (before, wanted) = (written(&town).await, expected());
        let there: BTreeMap<&str, Vec<Value>> = ["Customer", "Sales Invoice", "Payment Entry"]
            .map(|kind| (kind, town.site.docs(kind)))
            .into();
        let each = wanted.len() / TABLE.len();
        assert!(each >= 35, "each way {each} times");

        let first = pass(&mut town).await;
        assert!(first.compared > 10_000, "{first:?}");
        assert_eq!(first.findings, wanted.len());
        assert_eq!(found(&town, FindingState::Open).await, wanted);
        // Neither looking again nor the mirror changes anything of either side.
        pass(&mut town).await;
        town.tell().await;
        assert_eq!(found(&town, FindingState::Open).await, wanted);
        assert_eq!(found(&town, FindingState::Healed).await, []);
        assert_eq!(written(&town).await, before);
        for (kind, docs) in &there {
            assert_eq!(&town.site.docs(kind), docs, "{kind}");
        }

        // The decisions that exist are those of the table.
        let filter =
            finding::Filter { state: Some(FindingState::Open), ..finding::Filter::default() };
        for f in finding::list(&mut town.db.reader(), &filter, None, 50_000).await.unwrap() {
            let row = TABLE.iter().find(|(_, subject, verdict, field, _)| {
                (*subject, *verdict, *field) == (f.subject, f.verdict, f.field.as_deref())
            });
            let may: Vec<&str> = [
                ("adopt", bridge::Settle::Adopt),
                ("heal", bridge::Settle::Heal),
                ("dismiss", bridge::Settle::Dismiss),
            ]
            .into_iter()
            .filter(|(_, choice)| flows::compare::books::settle::words(&f, *choice).is_some())
            .map(|(word, _)| word)
            .collect();
            assert_eq!(may.join(" "), row.unwrap().4, "{f:?}");
        }

        // Money that was entered there counts here once, as everywhere; all else still waits for a person.
        let cursor = town.books.cursor_at(at("2026-11-20", 9).plus_secs(1_800));
        town.write(async move |tx: &mut Tx| {
            for shelf in Shelf::ALL {
                engine::set_cursor(tx, Engine::Erpnext, shelf.word(), &cursor).await?;
            }
            Ok(())
        })
        .await;
        let extra = wanted
            .iter()
            .filter(|(subject, verdict, ..)| {
                (subject.as_str(), verdict.as_str()) == ("payment", "missing_here")
            })
            .count();
        let read = town.poll().await;
        assert_eq!(read.adopted, extra, "{read:?}");
        assert_eq!(town.poll().await.adopted, 0);
        let money: i64 = town
            .db
            .reader()
            .value("select count(*) from billing_payment where amount = 5000", args![])
            .await
            .unwrap();
        assert_eq!(money, i64::try_from(extra).unwrap());
        assert_eq!(found(&town, FindingState::Open).await.len(), wanted.len() - extra);

        // Put right over there, everything heals, and nothing is left.
        theirs(&town, false);
        let last = pass(&mut town).await;
        assert_eq!(last.findings, 0, "{:?}", found(&town, FindingState::Open).await.first());
        assert_eq!(found(&town, FindingState::Open).await, []);
        assert_eq!(found(&town, FindingState::Healed).await.len(), wanted.len());
    })
    .await;
}
