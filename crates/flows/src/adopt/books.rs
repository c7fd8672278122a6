//! What comes back from an accounting system becomes the use-case that a person here would call. Polling is the truth,
//! the bell only says when to look. Each record is adopted in a transaction of its own, once.
//!
//! What was entered over there before the two met is history there and does not count here.

mod money;
mod people;
mod purchases;
mod sales;
mod tickets;

pub(crate) use money::drop_waiting;
pub(crate) use purchases::look_again;

use bridge::accounting::{
    AccountingSystem, CustomerSeen, Head, LeadSeen, OrderSeen, PaymentSeen, Seen, Shelf, Stage,
};
use bridge::finding::{self, Found};
use bridge::{Link, Subject, Verdict, engine, inbox, link};
use kernel::{Cause, Fault, FaultKind, Result, Ts};
use serde::Serialize;
use store::{Db, Tx};
use uuid::Uuid;

use crate::mirror::books::{ENGINE, since};

/// Records of one page.
const PAGE: i64 = 100;
/// Notices dealt with at once.
const NOTICES: i64 = 50;
/// Seconds a process may keep claimed notices to itself.
const LEASE_SECS: i64 = 120;

/// What one turn read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Adopted {
    pub read: usize,
    pub adopted: usize,
    pub asked: usize,
    pub failed: usize,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    Nothing,
    Adopted,
    Asked,
}

/// Why a record is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It changed over there.
    Seen,
    /// A person said that it counts here.
    Told,
}

/// What else has to be known of a record before its transaction, since none is open while the engine is asked.
#[derive(Default)]
pub(crate) struct Party {
    pub customer: Option<CustomerSeen>,
    pub lead: Option<LeadSeen>,
}

/// Reads what changed over there and adopts it. Leads and customers before what names them.
///
/// # Errors
/// When the engine is away or the database fails; what was read so far stays adopted.
pub async fn poll(db: &Db, books: &dyn AccountingSystem, now: Ts) -> Result<Adopted> {
    let mut report = Adopted::default();
    for shelf in Shelf::ALL.into_iter().filter(|s| *s != Shelf::Bonuses && books.keeps(s.subject()))
    {
        loop {
            let cursor = engine::cursor(&mut db.reader(), ENGINE, shelf.word()).await?;
            let page = books.changed(shelf, cursor.as_deref(), PAGE).await?;
            for seen in &page.seen {
                take(db, now, books, seen, &mut report).await?;
            }
            if let Some(next) = page.cursor {
                db.write(&cause(now), async |tx: &mut Tx| {
                    engine::set_cursor(tx, ENGINE, shelf.word(), &next).await
                })
                .await?;
            }
            if !page.more {
                break;
            }
        }
    }
    Ok(report)
}

/// The bell rang for one record: it is read and adopted as by a poll.
///
/// # Errors
/// When the engine is away or the database fails.
pub async fn look_at(
    db: &Db,
    books: &dyn AccountingSystem,
    now: Ts,
    shelf: Shelf,
    external_id: &str,
) -> Result<Adopted> {
    let mut report = Adopted::default();
    if let Some(seen) = books.find(shelf, external_id).await? {
        take(db, now, books, &seen, &mut report).await?;
    }
    Ok(report)
}

/// Looks at what the bells of the last moments pointed at. `place` reads a stored notice: the list and the name.
///
/// # Errors
/// When the engine is away or the database fails; what was not looked at waits.
pub async fn answer_bells(
    db: &Db,
    books: &dyn AccountingSystem,
    now: Ts,
    place: impl Fn(&str) -> Option<(Shelf, String)>,
) -> Result<Adopted> {
    let mut report = Adopted::default();
    let notices = db
        .write(&cause(now), async |tx: &mut Tx| inbox::claim(tx, ENGINE, NOTICES, LEASE_SECS).await)
        .await?;
    for notice in notices {
        if let Some((shelf, name)) = place(&notice.raw) {
            let looked = look_at(db, books, now, shelf, &name).await;
            if let Err(fault) = looked {
                let (why, retry) =
                    (fault.to_string(), bridge::mark::retry_at(now, notice.attempts));
                db.write(&cause(now), async |tx: &mut Tx| {
                    inbox::failed(tx, notice.id, &why, retry).await
                })
                .await?;
                return Err(fault);
            }
            let one = looked?;
            report.read += one.read;
            report.adopted += one.adopted;
            report.asked += one.asked;
            report.failed += one.failed;
        }
        db.write(&cause(now), async |tx: &mut Tx| inbox::done(tx, notice.id).await).await?;
    }
    Ok(report)
}

pub(crate) fn cause(now: Ts) -> Cause {
    Cause::system(now, "erpnext")
}

async fn take(
    db: &Db,
    now: Ts,
    books: &dyn AccountingSystem,
    seen: &Seen,
    report: &mut Adopted,
) -> Result<()> {
    if let Seen::Payment(payment) = seen {
        named_first(db, now, books, payment, report).await?;
    }
    report.read += 1;
    let party = party(books, seen).await?;
    let done =
        db.write(&cause(now), async |tx: &mut Tx| adopt(tx, seen, &party, Why::Seen).await).await;
    match done {
        Ok(Became::Nothing) => {}
        Ok(Became::Adopted) => report.adopted += 1,
        Ok(Became::Asked) => report.asked += 1,
        Err(fault) if matches!(fault.kind, FaultKind::Bug | FaultKind::Unavailable) => {
            return Err(fault);
        }
        // What our rules refuse waits for a person, and holds up nothing.
        Err(fault) => {
            report.failed += 1;
            db.write(&cause(now), async |tx: &mut Tx| refused(tx, seen, &fault).await).await?;
        }
    }
    Ok(())
}

/// A payment may be seen before the invoice that it names: that one comes first.
async fn named_first(
    db: &Db,
    now: Ts,
    books: &dyn AccountingSystem,
    payment: &PaymentSeen,
    report: &mut Adopted,
) -> Result<()> {
    for (invoice, _) in &payment.parts {
        let known = link::by_external(&mut db.reader(), ENGINE, Subject::Invoice, invoice).await?;
        if known.is_none()
            && let Some(seen) = books.find(Shelf::Invoices, invoice).await?
        {
            Box::pin(take(db, now, books, &seen, report)).await?;
        }
    }
    Ok(())
}

/// An order's customer, and the lead that they were.
pub(crate) async fn party(books: &dyn AccountingSystem, seen: &Seen) -> Result<Party> {
    match seen {
        Seen::Order(order) if order.head.stage == Stage::Submitted => buyer(books, order).await,
        _ => Ok(Party::default()),
    }
}

async fn buyer(books: &dyn AccountingSystem, order: &OrderSeen) -> Result<Party> {
    let Some(Seen::Customer(customer)) = books.find(Shelf::Customers, &order.customer).await?
    else {
        return Ok(Party::default());
    };
    let lead = match &customer.lead {
        Some(lead) => match books.find(Shelf::Leads, lead).await? {
            Some(Seen::Lead(lead)) => Some(lead),
            _ => None,
        },
        None => None,
    };
    Ok(Party { customer: Some(customer), lead })
}

async fn refused(tx: &mut Tx, seen: &Seen, fault: &Fault) -> Result<()> {
    let found = Found {
        external_id: Some(seen.head().external_id.clone()),
        detail: Some(fault.to_string()),
        ..Found::new(ENGINE, subject(seen), Verdict::MissingHere)
    };
    finding::report(tx, &found).await.map(drop)
}

const fn subject(seen: &Seen) -> Subject {
    match seen {
        Seen::Lead(_) => Subject::Lead,
        Seen::Customer(_) | Seen::Biller(_) => Subject::Customer,
        Seen::Order(_) => Subject::Order,
        Seen::Invoice(invoice) if invoice.is_credit => Subject::CreditNote,
        Seen::Invoice(_) => Subject::Invoice,
        Seen::Payment(_) => Subject::Payment,
        Seen::Ticket(_) => Subject::Ticket,
        Seen::Purchase(_) => Subject::PurchaseOrder,
        Seen::Employee(_) => Subject::Employee,
        Seen::Bonus(_) => Subject::Commission,
    }
}

/// Takes a record over, in the transaction of the caller.
pub(crate) async fn adopt(tx: &mut Tx, seen: &Seen, party: &Party, why: Why) -> Result<Became> {
    let became = match seen {
        Seen::Lead(lead) => sales::lead(tx, lead, why).await?,
        Seen::Customer(customer) => sales::customer(tx, customer).await?,
        Seen::Order(order) => sales::order(tx, order, party, why).await?,
        Seen::Invoice(invoice) => money::invoice(tx, invoice, why).await?,
        Seen::Payment(payment) => money::payment(tx, payment, why).await?,
        Seen::Biller(biller) => money::biller(tx, biller).await?,
        Seen::Ticket(ticket) => tickets::ticket(tx, ticket).await?,
        Seen::Purchase(paper) => purchases::purchase(tx, paper).await?,
        Seen::Employee(employee) => people::employee(tx, employee).await?,
        // What is paid is compared by the pass over everything.
        Seen::Bonus(_) => Became::Nothing,
    };
    if became == Became::Adopted {
        // What was refused or asked about it before is over.
        let name = seen.head().external_id.as_str();
        let missing = [Verdict::MissingHere];
        finding::clear(tx, ENGINE, subject(seen), &missing, (None, Some(name))).await?;
    }
    Ok(became)
}

/// It was entered before the two met, and no person says that it counts all the same.
async fn is_history(tx: &mut Tx, head: &Head, why: Why) -> Result<bool> {
    let since = since(tx).await?;
    Ok(why == Why::Seen && head.created.is_some_and(|at| at < since))
}

async fn local(tx: &mut Tx, subject: Subject, external_id: &str) -> Result<Option<Uuid>> {
    Ok(link::by_external(tx, ENGINE, subject, external_id).await?.map(|l| l.local_id))
}

pub(crate) async fn linked(
    tx: &mut Tx,
    subject: Subject,
    local_id: Uuid,
    head: &Head,
    print: &str,
) -> Result<()> {
    let synced_at = tx.now();
    link::put(
        tx,
        &Link {
            engine: ENGINE,
            subject,
            local_id,
            external_id: head.external_id.clone(),
            external_version: Some(head.version.clone()),
            fingerprint: print.to_owned(),
            synced_at,
        },
    )
    .await
}
