//! Orders, invoices, credit notes and payments as they have to stand there.

use std::collections::BTreeMap;

use billing::invoice::AllocationView;
use bridge::Subject;
use bridge::accounting::{InvoiceRecord, LineRecord, OrderRecord, PaymentRecord, Record};
use kernel::{InvoiceId, Money, OrderId, PaymentId, PlanId, Result, Scope};
use store::Query;

use super::{Job, name_of};

pub(super) async fn order(q: &mut dyn Query, id: OrderId) -> Result<Job> {
    let order = crm::order::find(q, &Scope::all(), id).await?;
    let Some(customer) = name_of(q, Subject::Customer, order.customer_id.uuid()).await? else {
        return Ok(Job::Wait("pelanggan / customer"));
    };
    let Some(plan) = name_of(q, Subject::Plan, order.plan_id.uuid()).await? else {
        return Ok(Job::Wait("paket / plan"));
    };
    let catalog = catalog::current(q).await?;
    let ordered_on = order.created_at.day(catalog.zone(order.branch_id));
    Ok(Job::Tell(vec![Record::Order(OrderRecord {
        id: id.uuid(),
        customer,
        plan,
        price: catalog.price_at(order.plan_id, ordered_on),
        mode: order.mode.as_str().to_owned(),
        ordered_on,
    })]))
}

async fn line(
    q: &mut dyn Query,
    plan: Option<PlanId>,
    text: &str,
    amount: Money,
) -> Result<LineRecord> {
    let plan = match plan {
        Some(plan) => name_of(q, Subject::Plan, plan.uuid()).await?,
        None => None,
    };
    Ok(LineRecord { plan, text: text.to_owned(), amount })
}

pub(super) async fn invoice(q: &mut dyn Query, id: InvoiceId, again: bool) -> Result<Job> {
    let view = billing::invoice::view(q, &Scope::all(), id).await?;
    let invoice = view.invoice;
    let (Some(number), Some(issued_on)) = (invoice.number, invoice.issued_on) else {
        return Ok(Job::Nothing);
    };
    // Nothing to owe is no document of the ledger.
    if !invoice.total.is_positive() {
        return Ok(Job::Nothing);
    }
    let Some(customer) = name_of(q, Subject::Customer, invoice.customer_id.uuid()).await? else {
        return Ok(Job::Wait("pelanggan / customer"));
    };
    let mut lines = Vec::new();
    for l in &view.lines {
        lines.push(line(q, l.plan_id, &l.name, l.base).await?);
    }
    let credit = credit_of(q, &view.allocations).await?;
    Ok(Job::Tell(vec![Record::Invoice(InvoiceRecord {
        id: id.uuid(),
        number,
        customer,
        issued_on,
        due_on: invoice.due_on,
        credit,
        lines,
        tax: invoice.tax,
        total: invoice.total,
        against: None,
        again,
    })]))
}

/// What of payments that stand there already settles the invoice: money of the customer that was not used up. A payment
/// that is still to be told carries its part itself.
async fn credit_of(
    q: &mut dyn Query,
    allocations: &[AllocationView],
) -> Result<Vec<(String, Money)>> {
    let mut parts: BTreeMap<PaymentId, Money> = BTreeMap::new();
    for part in allocations {
        let sum = parts.entry(part.payment_id).or_insert(Money::ZERO);
        *sum += part.amount;
    }
    let mut credit = Vec::new();
    for (payment, amount) in parts.into_iter().filter(|(_, amount)| amount.is_positive()) {
        if let Some(name) = name_of(q, Subject::Payment, payment.uuid()).await? {
            credit.push((name, amount));
        }
    }
    Ok(credit)
}

pub(super) async fn credit_notes(q: &mut dyn Query, id: InvoiceId) -> Result<Job> {
    let view = billing::invoice::view(q, &Scope::all(), id).await?;
    let Some(against) = name_of(q, Subject::Invoice, id.uuid()).await? else {
        return Ok(Job::Wait("tagihan / invoice"));
    };
    let Some(customer) = name_of(q, Subject::Customer, view.invoice.customer_id.uuid()).await?
    else {
        return Ok(Job::Wait("pelanggan / customer"));
    };
    let mut records = Vec::new();
    for note in view.credit_notes.iter().filter(|n| n.total.is_positive()) {
        records.push(Record::Invoice(InvoiceRecord {
            id: note.id.uuid(),
            number: note.number.clone(),
            customer: customer.clone(),
            issued_on: note.issued_on,
            due_on: note.issued_on,
            lines: vec![LineRecord { plan: None, text: note.why.clone(), amount: note.base }],
            tax: note.tax,
            total: note.total,
            against: Some(against.clone()),
            credit: Vec::new(),
            again: false,
        }));
    }
    Ok(if records.is_empty() { Job::Nothing } else { Job::Tell(records) })
}

pub(super) async fn payment(q: &mut dyn Query, id: PaymentId, again: bool) -> Result<Job> {
    let payment = billing::pay::find(q, &Scope::all(), id).await?;
    let known = name_of(q, Subject::Payment, id.uuid()).await?;
    let reversed = match payment.state {
        billing::words::PaymentState::Settled => false,
        billing::words::PaymentState::Pending => return Ok(Job::Nothing),
        billing::words::PaymentState::Reversed if known.is_none() => return Ok(Job::Nothing),
        billing::words::PaymentState::Reversed => true,
    };
    let Some(customer) = name_of(q, Subject::Customer, payment.customer_id.uuid()).await? else {
        return Ok(Job::Wait("pelanggan / customer"));
    };
    // What was taken back of an invoice again is a row with a negative amount.
    let mut settles: BTreeMap<InvoiceId, Money> = BTreeMap::new();
    for part in billing::pay::allocations(q, &Scope::all(), id).await? {
        let sum = settles.entry(part.invoice_id).or_insert(Money::ZERO);
        *sum += part.amount;
    }
    let mut parts = Vec::new();
    for (invoice, amount) in settles.into_iter().filter(|(_, amount)| amount.is_positive()) {
        match name_of(q, Subject::Invoice, invoice.uuid()).await? {
            Some(name) => parts.push((name, amount)),
            None => return Ok(Job::Wait("tagihan / invoice")),
        }
    }
    let catalog = catalog::current(q).await?;
    Ok(Job::Tell(vec![Record::Payment(PaymentRecord {
        id: id.uuid(),
        customer,
        is_cash: payment.channel == "cash",
        channel: payment.channel,
        reference: payment.reference,
        amount: payment.amount,
        received_on: payment.received_at.day(catalog.zone(payment.branch_id)),
        parts,
        reversed,
        again,
    })]))
}
