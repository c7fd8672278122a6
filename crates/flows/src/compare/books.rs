//! Ours and theirs side by side: a verdict for each difference, by pure functions, and the walk over both.

pub mod first;
mod people;
pub mod settle;

use std::collections::BTreeSet;

use bridge::accounting::{
    AccountingSystem, BillerSeen, CustomerRecord, CustomerSeen, InvoiceSeen, PaymentSeen, Seen,
    Shelf, Stage,
};
use bridge::finding::{self, Found};
use bridge::{Link, Subject, Verdict, engine, link, mark};
use kernel::{
    BranchId, Cause, CustomerId, FaultKind, InvoiceId, PaymentId, Result, Scope, Ts, UserId,
};
use serde::Serialize;
use store::{Db, Query, QueryExt, Tx, args};
use uuid::Uuid;

pub(crate) use people::employee;

use crate::mirror::books::{ENGINE, customer_print, customer_record, digits, since};

/// Records of one page.
const PAGE: i64 = 500;
/// What a pass looks for, and so may take back when it does not see it any more.
const LOOKED_FOR: &[Verdict] = &[
    Verdict::Orphan,
    Verdict::MissingHere,
    Verdict::MissingThere,
    Verdict::Differs,
    Verdict::Conflict,
    Verdict::TwoBillers,
];

/// The lists that a pass walks: payments before the invoices that they settle.
const COMPARED: [Shelf; 6] = [
    Shelf::Customers,
    Shelf::Billers,
    Shelf::Payments,
    Shelf::Invoices,
    Shelf::Employees,
    Shelf::Bonuses,
];

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
    if let Some(email) = &theirs.email
        && ours.email.as_deref().unwrap_or("").to_lowercase() != email.to_lowercase()
    {
        field("email", ours.email.as_deref().unwrap_or("-"), email);
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
        // Taken back on both sides.
        if ours.live {
            found.push(differs(Subject::Invoice, id, name, "state", "issued", "cancelled"));
        }
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

/// What is owed of an invoice there though it is settled here: credit of the customer that could not be told. Of what
/// customers withhold or we gave up nothing is told; that stays open there until finance books it.
pub fn owed_there(ours: &billing::invoice::Invoice, theirs: &InvoiceSeen) -> Option<Found> {
    let owed = (ours.total - ours.paid - ours.credited).max(kernel::Money::ZERO);
    let is_same = ours.total == theirs.total && theirs.head.stage == Stage::Submitted;
    (is_same && theirs.outstanding > owed).then(|| {
        let (mine, other) = (owed.to_string(), theirs.outstanding.to_string());
        let name = &theirs.head.external_id;
        differs(Subject::Invoice, ours.id.uuid(), name, "outstanding", &mine, &other)
    })
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

/// A linked customer against theirs; nothing while ours still waits to be told.
///
/// # Errors
/// When the customer is gone or the database fails.
pub async fn customer(
    q: &mut dyn Query,
    id: CustomerId,
    seen: &CustomerSeen,
) -> Result<Vec<Found>> {
    if mark::waits(q, ENGINE, Subject::Customer, id.uuid()).await? {
        return Ok(Vec::new());
    }
    let ours = customer_record(q, id).await?;
    let agreed = link::get(q, ENGINE, Subject::Customer, id.uuid()).await?;
    let found = customer_verdict(&ours, seen, agreed.as_ref().map(|l| l.fingerprint.as_str()));
    Ok(of_branch(found, branch_of(q, id).await?))
}

async fn branch_of(q: &mut dyn Query, id: CustomerId) -> Result<BranchId> {
    Ok(crm::customer::find(q, &Scope::all(), id).await?.branch_id)
}

/// Whose findings they are.
pub(crate) fn of_branch(mut found: Vec<Found>, branch: BranchId) -> Vec<Found> {
    found.iter_mut().for_each(|one| one.branch = Some(branch));
    found
}

/// A standing bill over there for a customer whom we bill.
pub(crate) async fn biller(q: &mut dyn Query, seen: &BillerSeen) -> Result<Option<Found>> {
    let known = link::by_external(q, ENGINE, Subject::Customer, &seen.customer).await?;
    let Some(known) = known.filter(|_| seen.active) else { return Ok(None) };
    let ours = crm::customer::find(q, &Scope::all(), CustomerId::from_uuid(known.local_id)).await?;
    Ok(Some(Found {
        local_id: Some(known.local_id),
        external_id: Some(seen.head.external_id.clone()),
        ours: Some(format!("{} {}", ours.number, ours.name)),
        theirs: Some(format!("{} ({})", seen.head.external_id, seen.customer)),
        branch: Some(ours.branch_id),
        ..Found::new(ENGINE, Subject::Customer, Verdict::TwoBillers)
    }))
}

/// One full pass: everything over there against ours, and every link of ours that nothing over there answers to.
/// Adopting is not its business; what it does not see any more is healed. Its counts stand on the page of engines.
///
/// # Errors
/// When the engine is away or the database fails; findings so far stay, and nothing is healed.
pub async fn pass(db: &Db, books: &dyn AccountingSystem, now: Ts) -> Result<Compared> {
    let mut report = Compared::default();
    for shelf in COMPARED {
        if !books.keeps(shelf.subject()) {
            continue;
        }
        let names = walk(db, books, now, shelf, &mut report).await?;
        if shelf != Shelf::Billers {
            gone(db, now, shelf, &names, &mut report).await?;
        }
    }
    crate::adopt::books::look_again(db, now).await?;
    db.write(&cause(now), async |tx: &mut Tx| {
        for subject in [
            Subject::Customer,
            Subject::Invoice,
            Subject::CreditNote,
            Subject::Payment,
            Subject::Employee,
            Subject::Commission,
        ] {
            finding::clear_verdict_not_seen(tx, ENGINE, subject, LOOKED_FOR, now).await?;
        }
        let told = serde_json::to_string(&report).unwrap_or_default();
        engine::set_cursor(tx, ENGINE, "compared", &told).await
    })
    .await?;
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
    let since = since(&mut db.reader()).await?;
    loop {
        let page = books.page(shelf, cursor.as_deref(), PAGE).await?;
        db.write(&cause(now), async |tx: &mut Tx| {
            let mut found = Vec::new();
            for seen in &page.seen {
                found.push(one(tx, seen, since).await?);
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
async fn one(tx: &mut Tx, seen: &Seen, since: Ts) -> Result<Vec<Found>> {
    let head = seen.head();
    match seen {
        Seen::Customer(theirs) => match id_of(tx, Subject::Customer, &head.external_id).await? {
            Some(id) => customer(tx, CustomerId::from_uuid(id), theirs).await,
            None => Ok(Vec::new()),
        },
        Seen::Biller(theirs) => Ok(biller(tx, theirs).await?.into_iter().collect()),
        Seen::Employee(theirs) => match id_of(tx, Subject::Employee, &head.external_id).await? {
            Some(id) => people::employee(tx, UserId::from_uuid(id), theirs).await,
            None => Ok(Vec::new()),
        },
        Seen::Bonus(theirs) => people::bonus(tx, theirs).await,
        _ if head.stage == Stage::Draft => Ok(Vec::new()),
        Seen::Invoice(theirs) => paper(tx, theirs, since).await,
        Seen::Payment(theirs) if theirs.customer.is_empty() => Ok(Vec::new()),
        Seen::Payment(theirs) => money(tx, theirs, since).await,
        _ => Ok(Vec::new()),
    }
}

/// The record of ours that a document of theirs stands for. `Err(())`: another document does, this is an edition that
/// was cancelled.
async fn ours_of(
    tx: &mut Tx,
    subject: Subject,
    seen: &bridge::accounting::Head,
) -> Result<std::result::Result<Option<Uuid>, ()>> {
    if let Some(id) = id_of(tx, subject, &seen.external_id).await? {
        return Ok(Ok(Some(id)));
    }
    let Some(id) = seen.our_id else { return Ok(Ok(None)) };
    let other = link::get(tx, ENGINE, subject, id).await?;
    Ok(if other.is_some() && seen.stage == Stage::Cancelled { Err(()) } else { Ok(Some(id)) })
}

async fn paper(tx: &mut Tx, theirs: &InvoiceSeen, since: Ts) -> Result<Vec<Found>> {
    let head = &theirs.head;
    if theirs.is_credit {
        return credit(tx, theirs, since).await;
    }
    let id = match ours_of(tx, Subject::Invoice, head).await? {
        Err(()) => return Ok(Vec::new()),
        Ok(Some(id)) => id,
        Ok(None) => return stranger(tx, theirs, since).await,
    };
    if mark::waits(tx, ENGINE, Subject::Invoice, id).await? {
        return Ok(Vec::new());
    }
    match billing::invoice::find(tx, &Scope::all(), InvoiceId::from_uuid(id)).await {
        Ok(ours) => {
            let mut found = invoice(&ours, theirs);
            if let Some(owed) = owed_there(&ours, theirs)
                && !is_settlement_open(tx, &ours).await?
            {
                found.push(owed);
            }
            Ok(of_branch(found, ours.branch_id))
        }
        Err(fault) if fault.kind == FaultKind::NotFound => {
            Ok(orphan(Subject::Invoice, id, &head.external_id))
        }
        Err(fault) => Err(fault),
    }
}

/// Whether a payment on it or a credit note is still on its way there, or is asked about itself.
async fn is_settlement_open(tx: &mut Tx, ours: &billing::invoice::Invoice) -> Result<bool> {
    if mark::waits(tx, ENGINE, Subject::CreditNote, ours.id.uuid()).await? {
        return Ok(true);
    }
    let open: i64 = tx
        .value(
            "select count(*) from billing_allocation a where a.invoice_id = $3 and (exists (
               select 1 from bridge_mark m
               where m.engine = $1 and m.subject = $2 and m.local_id = a.payment_id)
             or exists (select 1 from bridge_finding f
               where f.engine = $1 and f.subject = $2 and f.local_id = a.payment_id
                 and f.state = 'open'))",
            args![ENGINE, Subject::Payment, ours.id],
        )
        .await?;
    Ok(open > 0)
}

/// An invoice that we don't have. From before we met only what is still owed there is asked about.
pub(crate) async fn stranger(tx: &mut Tx, theirs: &InvoiceSeen, since: Ts) -> Result<Vec<Found>> {
    let head = &theirs.head;
    let is_old = head.created.is_some_and(|at| at < since);
    let Some(id) = id_of(tx, Subject::Customer, &theirs.customer).await? else {
        return Ok(Vec::new());
    };
    if head.stage != Stage::Submitted || (is_old && !theirs.outstanding.is_positive()) {
        return Ok(Vec::new());
    }
    let (verdict, amount) = match (&theirs.subscription, is_old) {
        (Some(_), _) => (Verdict::TwoBillers, theirs.total),
        (None, true) => (Verdict::MissingHere, theirs.outstanding),
        (None, false) => (Verdict::MissingHere, theirs.total),
    };
    let found = Found {
        external_id: Some(head.external_id.clone()),
        theirs: Some(amount.to_string()),
        detail: theirs.subscription.clone().or(Some(theirs.text.clone())),
        ..Found::new(ENGINE, Subject::Invoice, verdict)
    };
    Ok(of_branch(vec![found], branch_of(tx, CustomerId::from_uuid(id)).await?))
}

/// A credit note that was made there.
pub(crate) async fn credit(tx: &mut Tx, theirs: &InvoiceSeen, since: Ts) -> Result<Vec<Found>> {
    let head = &theirs.head;
    let is_old = head.created.is_some_and(|at| at < since);
    let is_known =
        head.our_id.is_some() || id_of(tx, Subject::CreditNote, &head.external_id).await?.is_some();
    let Some(id) = id_of(tx, Subject::Customer, &theirs.customer).await? else {
        return Ok(Vec::new());
    };
    if is_old || is_known || head.stage != Stage::Submitted {
        return Ok(Vec::new());
    }
    let found = Found {
        external_id: Some(head.external_id.clone()),
        theirs: Some(theirs.total.to_string()),
        detail: theirs.against.clone(),
        ..Found::new(ENGINE, Subject::CreditNote, Verdict::MissingHere)
    };
    Ok(of_branch(vec![found], branch_of(tx, CustomerId::from_uuid(id)).await?))
}

async fn money(tx: &mut Tx, theirs: &PaymentSeen, since: Ts) -> Result<Vec<Found>> {
    let head = &theirs.head;
    let id = match ours_of(tx, Subject::Payment, head).await? {
        Err(()) => return Ok(Vec::new()),
        Ok(Some(id)) => id,
        Ok(None) => {
            let is_old = head.created.is_some_and(|at| at < since);
            let of = id_of(tx, Subject::Customer, &theirs.customer).await?;
            let Some(of) = of.filter(|_| !is_old && head.stage == Stage::Submitted) else {
                return Ok(Vec::new());
            };
            let found = Found {
                external_id: Some(head.external_id.clone()),
                theirs: Some(theirs.amount.to_string()),
                detail: theirs.reference.clone(),
                ..Found::new(ENGINE, Subject::Payment, Verdict::MissingHere)
            };
            return Ok(of_branch(vec![found], branch_of(tx, CustomerId::from_uuid(of)).await?));
        }
    };
    if mark::waits(tx, ENGINE, Subject::Payment, id).await? {
        return Ok(Vec::new());
    }
    match billing::pay::find(tx, &Scope::all(), PaymentId::from_uuid(id)).await {
        Ok(ours) => Ok(of_branch(payment(&ours, theirs), ours.branch_id)),
        Err(fault) if fault.kind == FaultKind::NotFound => {
            Ok(orphan(Subject::Payment, id, &head.external_id))
        }
        Err(fault) => Err(fault),
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
        let mut missing = Vec::new();
        for link in links.iter().filter(|l| !names.contains(&l.external_id)) {
            // What waits to be told is made again by itself.
            let (subject, id) = (shelf.subject(), link.local_id);
            if !mark::waits(&mut db.reader(), ENGINE, subject, id).await? {
                missing.push(link);
            }
        }
        let lost: Vec<Found> = missing
            .iter()
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
    if shelf == Shelf::Employees {
        return people::never_told(db, now).await.map(|n| report.findings += n);
    }
    let (table, which) = match shelf {
        Shelf::Invoices => (
            "billing_invoice",
            "r.state = 'issued' and r.live and r.total > 0 and r.issued_at >= $3",
        ),
        Shelf::Payments => ("billing_payment", "r.state = 'settled' and r.settled_at >= $3"),
        // A doubt about a customer is a finding of its own.
        Shelf::Customers => (
            "crm_customer",
            "r.archived_at is null and $3 is not null and not exists (select 1 from bridge_finding f
               where f.engine = $1 and f.subject = $2 and f.local_id = r.id
                 and f.verdict = 'maybe_double' and f.state = 'open')",
        ),
        _ => return Ok(()),
    };
    let sql = format!(
        "select r.id, r.branch_id from {table} r where {which}
           and not exists (select 1 from bridge_link l where l.engine = $1 and l.subject = $2 and l.local_id = r.id)
           and not exists (select 1 from bridge_mark m where m.engine = $1 and m.subject = $2 and m.local_id = r.id)
         order by r.id limit 1000"
    );
    db.write(&cause(now), async |tx: &mut Tx| {
        let since = since(tx).await?;
        let rows: Vec<(Uuid, BranchId)> =
            tx.rows(&sql, args![ENGINE, shelf.subject(), since]).await?;
        for (id, branch) in &rows {
            let found = Found {
                local_id: Some(*id),
                branch: Some(*branch),
                ..Found::new(ENGINE, shelf.subject(), Verdict::MissingThere)
            };
            finding::report(tx, &found).await?;
        }
        Ok(rows.len())
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
