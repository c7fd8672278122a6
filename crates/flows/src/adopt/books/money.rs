//! Invoices, payments and standing bills of theirs.

use bridge::accounting::{BillerSeen, InvoiceSeen, PaymentSeen, Stage};
use bridge::finding::{self, Found};
use bridge::{Link, Subject, Verdict, link};
use kernel::{CustomerId, InvoiceId, Money, PaymentId, Result, Scope, Ts};
use store::{QueryExt, Tx, args};
use uuid::Uuid;

use super::{Became, Why, is_history, linked, local};
use crate::compare::books as compare;
use crate::mirror::books::{ENGINE, THEIRS, since};

/// Days within which an equal amount without a common reference may be the same money.
const DOUBLE_DAYS: i64 = 3;

async fn report(tx: &mut Tx, found: &[Found]) -> Result<Became> {
    for one in found {
        finding::report(tx, one).await?;
    }
    Ok(if found.is_empty() { Became::Nothing } else { Became::Asked })
}

/// The record of ours that a document stands for. `None`: it is an edition that was cancelled, another stands for it.
async fn known(tx: &mut Tx, subject: Subject, seen: &bridge::accounting::Head) -> Result<Known> {
    if let Some(id) = local(tx, subject, &seen.external_id).await? {
        return Ok(Known::Ours(id));
    }
    let Some(id) = seen.our_id else { return Ok(Known::Theirs) };
    let other = link::get(tx, ENGINE, subject, id).await?;
    if other.is_some() && seen.stage == Stage::Cancelled {
        return Ok(Known::Superseded);
    }
    Ok(Known::Ours(id))
}

enum Known {
    Ours(Uuid),
    Superseded,
    Theirs,
}

/// An invoice made over there for a customer of ours counts like our own; it isolates nobody.
pub(super) async fn invoice(tx: &mut Tx, seen: &InvoiceSeen, why: Why) -> Result<Became> {
    let head = &seen.head;
    let Some(customer) = local(tx, Subject::Customer, &seen.customer).await? else {
        return Ok(Became::Nothing);
    };
    if seen.is_credit {
        let since = since(tx).await?;
        let found = compare::credit(tx, seen, since).await?;
        return report(tx, &found).await;
    }
    match known(tx, Subject::Invoice, head).await? {
        Known::Ours(id) => return paper(tx, id, seen).await,
        Known::Superseded => return Ok(Became::Nothing),
        Known::Theirs if head.stage != Stage::Submitted => return Ok(Became::Nothing),
        Known::Theirs => {}
    }
    let is_old = is_history(tx, head, Why::Seen).await?;
    if why == Why::Seen && (is_old || seen.subscription.is_some()) {
        let since = since(tx).await?;
        let found = compare::stranger(tx, seen, since).await?;
        return report(tx, &found).await;
    }
    // Of an old one only what is still owed: what was paid of it before we met is counted there.
    let total = if is_old { seen.outstanding } else { seen.total };
    let customer = crm::customer::find(tx, &Scope::all(), CustomerId::from_uuid(customer)).await?;
    let tax = if seen.tax.is_zero() { catalog::TaxMode::None } else { catalog::TaxMode::Inclusive };
    let id = billing::issue::one_off(
        tx,
        billing::issue::NewOneOff {
            customer: customer.id,
            branch: customer.branch_id,
            partner: customer.partner_id,
            subscription: None,
            kind: billing::issue::OneOffKind::Service,
            key: format!("erpnext/{}", head.external_id),
            lines: vec![(seen.text.clone(), total)],
            tax,
            due_on: Some(seen.due_on),
            isolates: false,
            note: Some(head.external_id.clone()),
            draft: false,
        },
    )
    .await?;
    linked(tx, Subject::Invoice, id.uuid(), head, THEIRS).await?;
    Ok(Became::Adopted)
}

/// An invoice that both sides have: a cancelled or different one is asked about.
async fn paper(tx: &mut Tx, id: Uuid, seen: &InvoiceSeen) -> Result<Became> {
    let ours = billing::invoice::find(tx, &Scope::all(), InvoiceId::from_uuid(id)).await?;
    let found = compare::of_branch(compare::invoice(&ours, seen), ours.branch_id);
    report(tx, &found).await
}

store::row! {
    struct Near { id: PaymentId, amount: Money, reference: String }
}

/// Money entered over there counts here once: by its reference; an equal amount close by without a common reference
/// may be the same money and waits for a person.
pub(super) async fn payment(tx: &mut Tx, seen: &PaymentSeen, why: Why) -> Result<Became> {
    let head = &seen.head;
    let Some(customer) = local(tx, Subject::Customer, &seen.customer).await? else {
        return Ok(Became::Nothing);
    };
    let customer = CustomerId::from_uuid(customer);
    match known(tx, Subject::Payment, head).await? {
        Known::Ours(id) => return money(tx, id, seen).await,
        Known::Superseded => return Ok(Became::Nothing),
        Known::Theirs if head.stage != Stage::Submitted => return Ok(Became::Nothing),
        Known::Theirs if is_history(tx, head, why).await? => return Ok(Became::Nothing),
        Known::Theirs => {}
    }
    let reference = seen.reference.clone().unwrap_or_else(|| head.external_id.clone());
    let near = near(tx, customer, seen).await?;
    let branch = crm::customer::find(tx, &Scope::all(), customer).await?.branch_id;
    let same = near.iter().find(|p| p.reference == reference);
    let reference = match same {
        Some(_) if why == Why::Told => head.external_id.clone(),
        Some(same) => return again(tx, same, seen, branch).await,
        None => reference,
    };
    let named = named(tx, seen).await?;
    if why == Why::Seen && named.is_none() && !seen.parts.is_empty() {
        // It pays what is owed there alone: here it would pay something else.
        let of: Vec<&str> = seen.parts.iter().map(|(invoice, _)| invoice.as_str()).collect();
        let found = Found {
            external_id: Some(head.external_id.clone()),
            theirs: Some(seen.amount.to_string()),
            detail: Some(of.join(", ")),
            ..Found::new(ENGINE, Subject::Payment, Verdict::MissingHere)
        };
        return report(tx, &compare::of_branch(vec![found], branch)).await;
    }
    let new = billing::pay::NewPayment {
        customer,
        channel: if seen.is_cash {
            billing::words::Channel::Cash
        } else {
            billing::words::Channel::Transfer
        },
        reference: Some(reference),
        amount: seen.amount,
        named_invoice: named,
        received_at: received_at(tx, customer, seen).await?,
        note: Some(format!("Payment Entry {}", head.external_id)),
    };
    if let Some(double) = near.iter().find(|p| p.amount == seen.amount && why == Why::Seen) {
        let id = billing::pay::wait(tx, new).await?;
        linked(tx, Subject::Payment, id.uuid(), head, THEIRS).await?;
        let found = Found {
            local_id: Some(id.uuid()),
            external_id: Some(head.external_id.clone()),
            ours: Some(format!("{} {}", double.reference, double.amount)),
            theirs: seen.reference.as_ref().map(|r| format!("{r} {}", seen.amount)),
            detail: Some(seen.amount.to_string()),
            ..Found::new(ENGINE, Subject::Payment, Verdict::MaybeDouble)
        };
        return report(tx, &compare::of_branch(vec![found], branch)).await;
    }
    let receipt = billing::pay::receive(tx, new).await?;
    if receipt.repeated {
        let p = receipt.payment;
        let near = Near { id: p.id, amount: p.amount, reference: p.reference };
        return twice(tx, &near, seen, branch).await;
    }
    linked(tx, Subject::Payment, receipt.payment.id.uuid(), head, THEIRS).await?;
    Ok(Became::Adopted)
}

/// The reference of money that we have: the same money, or in their books twice.
async fn again(
    tx: &mut Tx,
    same: &Near,
    seen: &PaymentSeen,
    branch: kernel::BranchId,
) -> Result<Became> {
    let known = link::get(tx, ENGINE, Subject::Payment, same.id.uuid()).await?;
    if known.is_some() {
        return twice(tx, same, seen, branch).await;
    }
    linked(tx, Subject::Payment, same.id.uuid(), &seen.head, THEIRS).await?;
    money(tx, same.id.uuid(), seen).await
}

/// Their books have it twice; ours counted it before.
async fn twice(
    tx: &mut Tx,
    same: &Near,
    seen: &PaymentSeen,
    branch: kernel::BranchId,
) -> Result<Became> {
    let found = Found {
        local_id: Some(same.id.uuid()),
        external_id: Some(seen.head.external_id.clone()),
        ours: Some(format!("{} {}", same.reference, same.amount)),
        theirs: Some(format!("{} {}", seen.reference.as_deref().unwrap_or("-"), seen.amount)),
        ..Found::new(ENGINE, Subject::Payment, Verdict::Duplicate)
    };
    report(tx, &compare::of_branch(vec![found], branch)).await
}

/// The first of the invoices it names that we have.
async fn named(tx: &mut Tx, seen: &PaymentSeen) -> Result<Option<InvoiceId>> {
    for (invoice, _) in &seen.parts {
        if let Some(id) = local(tx, Subject::Invoice, invoice).await? {
            return Ok(Some(InvoiceId::from_uuid(id)));
        }
    }
    Ok(None)
}

/// Payments here that this one may be: of the customer, not entered over there, with the same reference, or within a
/// few days. One of ours that was told may have been entered there by hand as well.
async fn near(tx: &mut Tx, customer: CustomerId, seen: &PaymentSeen) -> Result<Vec<Near>> {
    let noon = received_at(tx, customer, seen).await?;
    tx.rows(
        "select p.id, p.amount, p.reference from billing_payment p
         where p.customer_id = $1 and p.state <> 'reversed'
           and (p.reference = $2 or (p.received_at >= $3 and p.received_at <= $4))
           and (p.reference = $2 or not exists (select 1 from bridge_link l
             where l.engine = $5 and l.subject = $6 and l.local_id = p.id and l.fingerprint = $7))
         order by p.received_at, p.id",
        args![
            customer,
            seen.reference.clone().unwrap_or_default(),
            noon.plus_days(-DOUBLE_DAYS - 1),
            noon.plus_days(DOUBLE_DAYS + 1),
            ENGINE,
            Subject::Payment,
            THEIRS
        ],
    )
    .await
}

/// Noon of the day it was posted, but never after now.
async fn received_at(tx: &mut Tx, customer: CustomerId, seen: &PaymentSeen) -> Result<Ts> {
    let catalog = catalog::current(tx).await?;
    let branch = crm::customer::find(tx, &Scope::all(), customer).await?.branch_id;
    Ok(Ts::local(seen.received_on, 12, 0, catalog.zone(branch)).min(tx.now()))
}

async fn money(tx: &mut Tx, id: Uuid, seen: &PaymentSeen) -> Result<Became> {
    let ours = billing::pay::find(tx, &Scope::all(), PaymentId::from_uuid(id)).await?;
    let is_waiting = ours.state == billing::words::PaymentState::Pending;
    if is_waiting && seen.head.stage == Stage::Cancelled {
        // It was a double, and they took it back themselves.
        drop_waiting(tx, id, &seen.head.external_id).await?;
        return Ok(Became::Adopted);
    }
    let found = compare::of_branch(compare::payment(&ours, seen), ours.branch_id);
    report(tx, &found).await
}

/// Gives a payment that waited up: it was the same money as another. Its link goes, so that theirs can be linked to
/// the other.
pub(crate) async fn drop_waiting(tx: &mut Tx, id: Uuid, external_id: &str) -> Result<()> {
    billing::pay::reverse(tx, PaymentId::from_uuid(id), &format!("= {external_id}")).await?;
    let subject = Subject::Payment;
    finding::clear(tx, ENGINE, subject, &[Verdict::MaybeDouble], (Some(id), None)).await?;
    let known: Option<Link> = link::get(tx, ENGINE, subject, id).await?;
    if known.is_some() {
        link::forget(tx, ENGINE, subject, id).await?;
    }
    Ok(())
}

/// A standing bill over there for a customer whom we bill: two billers, until it ends.
pub(super) async fn biller(tx: &mut Tx, seen: &BillerSeen) -> Result<Became> {
    match compare::biller(tx, seen).await? {
        Some(found) => report(tx, &[found]).await,
        None => {
            let (two, name) = ([Verdict::TwoBillers], Some(seen.head.external_id.as_str()));
            let healed = finding::clear(tx, ENGINE, Subject::Customer, &two, (None, name)).await?;
            Ok(if healed > 0 { Became::Adopted } else { Became::Nothing })
        }
    }
}
