//! Ours and theirs side by side: a verdict for each difference, by pure functions, and the walk over both.

use std::collections::BTreeSet;

use bridge::accounting::{
    AccountingSystem, CustomerRecord, CustomerSeen, InvoiceSeen, PaymentSeen, Seen, Shelf, Stage,
};
use bridge::finding::{self, Found};
use bridge::{Link, Subject, Verdict, link};
use kernel::{Cause, CustomerId, InvoiceId, PaymentId, Result, Scope, Ts};
use serde::Serialize;
use store::{Db, Query, QueryExt, Tx, args};
use uuid::Uuid;

use crate::mirror::books::{ENGINE, customer_print, customer_record, digits, fingerprint};

/// Records of one page.
const PAGE: i64 = 200;

/// What one pass compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub compared: usize,
    pub equal: usize,
    pub findings: usize,
}

fn differs(
    subject: Subject,
    local: Uuid,
    external: &str,
    field: &str,
    ours: &str,
    theirs: &str,
) -> Found {
    Found {
        local_id: Some(local),
        external_id: Some(external.to_owned()),
        field: Some(field.to_owned()),
        ours: Some(ours.to_owned()),
        theirs: Some(theirs.to_owned()),
        ..Found::new(ENGINE, subject, Verdict::Differs)
    }
}

/// A customer of both: what differs, and whether both sides changed it since they last agreed (`agreed`: the
/// fingerprint of then).
pub fn customer_verdict(
    ours: &CustomerRecord,
    theirs: &CustomerSeen,
    agreed: Option<&str>,
) -> Vec<Found> {
    let name = &theirs.head.external_id;
    let mut found = Vec::new();
    let mut field = |field: &str, our: &str, their: &str| {
        found.push(differs(Subject::Customer, ours.id, name, field, our, their));
    };
    if ours.name != theirs.name {
        field("name", &ours.name, &theirs.name);
    }
    if theirs.phone.is_some() && digits(Some(&ours.phone)) != digits(theirs.phone.as_deref()) {
        field("phone", &ours.phone, theirs.phone.as_deref().unwrap_or(""));
    }
    if ours.archived != theirs.disabled {
        let word = |off: bool| if off { "disabled" } else { "active" };
        field("disabled", word(ours.archived), word(theirs.disabled));
    }
    let mine = customer_print(&ours.name, Some(&ours.phone), ours.email.as_deref(), ours.archived);
    let other = customer_print(
        &theirs.name,
        theirs.phone.as_deref(),
        theirs.email.as_deref(),
        theirs.disabled,
    );
    let both = agreed.is_some_and(|then| then != mine && then != other);
    if both {
        for one in &mut found {
            one.verdict = Verdict::Conflict;
        }
    }
    found
}

/// An invoice of both. Issued papers never change, so that every difference is asked about.
pub fn invoice(ours: &billing::invoice::Invoice, theirs: &InvoiceSeen) -> Vec<Found> {
    let (id, name) = (ours.id.uuid(), &theirs.head.external_id);
    let mut found = Vec::new();
    if theirs.head.stage == Stage::Cancelled {
        found.push(differs(Subject::Invoice, id, name, "state", "issued", "cancelled"));
        return found;
    }
    if ours.total != theirs.total {
        found.push(differs(
            Subject::Invoice,
            id,
            name,
            "total",
            &ours.total.to_string(),
            &theirs.total.to_string(),
        ));
    } else if ours.tax != theirs.tax && theirs.head.stage == Stage::Submitted {
        // Theirs keeps two decimals of which we see the rounded: a difference of one rupiah is none.
        if (ours.tax - theirs.tax).abs() > kernel::Money::rupiah(1) {
            found.push(differs(
                Subject::Invoice,
                id,
                name,
                "tax",
                &ours.tax.to_string(),
                &theirs.tax.to_string(),
            ));
        }
    }
    found
}

/// A payment of both.
pub fn payment(ours: &billing::pay::Payment, theirs: &PaymentSeen) -> Vec<Found> {
    let (id, name) = (ours.id.uuid(), &theirs.head.external_id);
    let reversed = ours.state == billing::words::PaymentState::Reversed;
    let cancelled = theirs.head.stage == Stage::Cancelled;
    if reversed != cancelled && theirs.head.stage != Stage::Draft {
        let word = |gone: bool| if gone { "reversed" } else { "settled" };
        return vec![differs(Subject::Payment, id, name, "state", word(reversed), word(cancelled))];
    }
    if !cancelled && ours.amount != theirs.amount {
        return vec![differs(
            Subject::Payment,
            id,
            name,
            "amount",
            &ours.amount.to_string(),
            &theirs.amount.to_string(),
        )];
    }
    Vec::new()
}

/// A linked customer against theirs.
///
/// # Errors
/// When the customer is gone or the database fails.
pub async fn customer(
    q: &mut dyn Query,
    id: CustomerId,
    seen: &CustomerSeen,
) -> Result<Vec<Found>> {
    let ours = customer_record(q, id).await?;
    let agreed = link::get(q, ENGINE, Subject::Customer, id.uuid()).await?;
    Ok(customer_verdict(&ours, seen, agreed.as_ref().map(|l| l.fingerprint.as_str())))
}

/// One full pass: everything over there against ours, and every link of ours that nothing over there answers to.
/// Adopting is not its business; what it does not see any more is healed.
///
/// # Errors
/// When the engine is away or the database fails; findings so far stay, and nothing is healed.
pub async fn pass(db: &Db, books: &dyn AccountingSystem, now: Ts) -> Result<Compared> {
    let mut report = Compared::default();
    for shelf in [Shelf::Customers, Shelf::Invoices, Shelf::Payments] {
        let names = walk(db, books, now, shelf, &mut report).await?;
        gone(db, now, shelf, &names, &mut report).await?;
        db.write(&cause(now), async |tx: &mut Tx| {
            finding::clear_not_seen(tx, ENGINE, shelf.subject(), now).await
        })
        .await?;
    }
    Ok(report)
}

fn cause(now: Ts) -> Cause {
    Cause::system(now, "compare_erpnext")
}

async fn walk(
    db: &Db,
    books: &dyn AccountingSystem,
    now: Ts,
    shelf: Shelf,
    report: &mut Compared,
) -> Result<BTreeSet<String>> {
    let (mut names, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = books.page(shelf, cursor.as_deref(), PAGE).await?;
        db.write(&cause(now), async |tx: &mut Tx| {
            let mut found = Vec::new();
            for seen in &page.seen {
                found.push(one(tx, seen).await?);
            }
            for one in found.iter().flatten() {
                finding::report(tx, one).await?;
            }
            Ok(found)
        })
        .await?
        .iter()
        .for_each(|found| {
            report.compared += 1;
            report.findings += found.len();
            report.equal += usize::from(found.is_empty());
        });
        names.extend(page.seen.iter().map(|seen| seen.head().external_id.clone()));
        cursor = page.cursor;
        if !page.more {
            return Ok(names);
        }
    }
}

/// One record of theirs against ours.
async fn one(tx: &mut Tx, seen: &Seen) -> Result<Vec<Found>> {
    let head = seen.head();
    let missing = |subject: Subject, theirs: String| {
        vec![Found {
            external_id: Some(head.external_id.clone()),
            theirs: Some(theirs),
            ..Found::new(ENGINE, subject, Verdict::MissingHere)
        }]
    };
    match seen {
        Seen::Customer(theirs) => match id_of(tx, Subject::Customer, &head.external_id).await? {
            Some(id) => customer(tx, CustomerId::from_uuid(id), theirs).await,
            None => Ok(Vec::new()),
        },
        Seen::Invoice(theirs) if theirs.is_credit || head.stage == Stage::Draft => Ok(Vec::new()),
        Seen::Invoice(theirs) => {
            match id_of(tx, Subject::Invoice, &head.external_id).await?.or(head.our_id) {
                Some(id) => {
                    match billing::invoice::find(tx, &Scope::all(), InvoiceId::from_uuid(id)).await
                    {
                        Ok(ours) => Ok(invoice(&ours, theirs)),
                        Err(fault) if fault.kind == kernel::FaultKind::NotFound => {
                            Ok(orphan(Subject::Invoice, id, &head.external_id))
                        }
                        Err(fault) => Err(fault),
                    }
                }
                None if head.stage == Stage::Submitted && is_ours(tx, &theirs.customer).await? => {
                    Ok(missing(Subject::Invoice, theirs.total.to_string()))
                }
                None => Ok(Vec::new()),
            }
        }
        Seen::Payment(theirs) if head.stage == Stage::Draft || theirs.customer.is_empty() => {
            Ok(Vec::new())
        }
        Seen::Payment(theirs) => {
            match id_of(tx, Subject::Payment, &head.external_id).await?.or(head.our_id) {
                Some(id) => {
                    match billing::pay::find(tx, &Scope::all(), PaymentId::from_uuid(id)).await {
                        Ok(ours) => Ok(payment(&ours, theirs)),
                        Err(fault) if fault.kind == kernel::FaultKind::NotFound => {
                            Ok(orphan(Subject::Payment, id, &head.external_id))
                        }
                        Err(fault) => Err(fault),
                    }
                }
                None if head.stage == Stage::Submitted && is_ours(tx, &theirs.customer).await? => {
                    Ok(missing(Subject::Payment, theirs.amount.to_string()))
                }
                None => Ok(Vec::new()),
            }
        }
        _ => Ok(Vec::new()),
    }
}

fn orphan(subject: Subject, id: Uuid, external: &str) -> Vec<Found> {
    vec![Found {
        local_id: Some(id),
        external_id: Some(external.to_owned()),
        ..Found::new(ENGINE, subject, Verdict::Orphan)
    }]
}

async fn id_of(tx: &mut Tx, subject: Subject, external: &str) -> Result<Option<Uuid>> {
    Ok(link::by_external(tx, ENGINE, subject, external).await?.map(|l| l.local_id))
}
async fn is_ours(tx: &mut Tx, customer: &str) -> Result<bool> {
    Ok(id_of(tx, Subject::Customer, customer).await?.is_some())
}

/// Links whose document is not there any more (a backup was restored, a draft deleted), and records of ours that
/// were never told and do not wait to be.
async fn gone(
    db: &Db,
    now: Ts,
    shelf: Shelf,
    names: &BTreeSet<String>,
    report: &mut Compared,
) -> Result<()> {
    let mut after = None;
    loop {
        let links: Vec<Link> =
            link::page(&mut db.reader(), ENGINE, shelf.subject(), after, PAGE).await?;
        let Some(last) = links.last() else { break };
        after = Some(last.local_id);
        let lost: Vec<Found> = links
            .iter()
            .filter(|l| !names.contains(&l.external_id))
            .map(|l| Found {
                local_id: Some(l.local_id),
                external_id: Some(l.external_id.clone()),
                ..Found::new(ENGINE, shelf.subject(), Verdict::MissingThere)
            })
            .collect();
        report.findings += lost.len();
        db.write(&cause(now), async |tx: &mut Tx| {
            for one in &lost {
                finding::report(tx, one).await?;
            }
            Ok(())
        })
        .await?;
    }
    never_told(db, now, shelf, report).await
}

async fn never_told(db: &Db, now: Ts, shelf: Shelf, report: &mut Compared) -> Result<()> {
    let (table, which) = match shelf {
        Shelf::Invoices => ("billing_invoice", "r.state = 'issued' and r.total > 0"),
        Shelf::Payments => ("billing_payment", "r.state = 'settled'"),
        Shelf::Customers => ("crm_customer", "r.archived_at is null"),
        _ => return Ok(()),
    };
    let sql = format!(
        "select r.id from {table} r where {which}
           and not exists (select 1 from bridge_link l where l.engine = $1 and l.subject = $2 and l.local_id = r.id)
           and not exists (select 1 from bridge_mark m where m.engine = $1 and m.subject = $2 and m.local_id = r.id)
         order by r.id limit 1000"
    );
    db.write(&cause(now), async |tx: &mut Tx| {
        let ids: Vec<Uuid> = tx.values(&sql, args![ENGINE, shelf.subject()]).await?;
        for id in &ids {
            let found = Found {
                local_id: Some(*id),
                ..Found::new(ENGINE, shelf.subject(), Verdict::MissingThere)
            };
            finding::report(tx, &found).await?;
        }
        Ok(ids.len())
    })
    .await
    .map(|n| report.findings += n)
}

/// Heals what is missing over there: the record is marked to be told again, its link forgotten.
///
/// # Errors
/// Only when the database fails.
pub async fn tell_again(tx: &mut Tx, subject: Subject, local_id: Uuid) -> Result<()> {
    link::forget(tx, ENGINE, subject, local_id).await?;
    bridge::mark::mark(tx, ENGINE, subject, local_id).await
}

/// The fingerprint of a customer as we would write it now.
pub fn print_of(record: &CustomerRecord) -> String {
    fingerprint(&bridge::accounting::Record::Customer(record.clone()))
}
