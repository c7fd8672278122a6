//! What an accounting system has to know: the claimed record as it stands now becomes its record, parties and papers
//! named as they are called there. What was entered over there and counts here already is left alone.

use std::sync::Arc;

use bridge::accounting::{
    AccountingSystem, CustomerRecord, InvoiceRecord, LeadRecord, LineRecord, OrderRecord,
    PaymentRecord, PlanRecord, Record,
};
use bridge::{Claim, Engine, Link, Subject, link};
use kernel::{
    CustomerId, Fault, FaultKind, InvoiceId, LeadId, Money, OrderId, PaymentId, PlanId, Result,
    Scope, Ts,
};
use store::{BoxFuture, Db, Query};
use uuid::Uuid;

use super::{Carried, Carrier};

/// The engine of this port.
pub const ENGINE: Engine = Engine::Erpnext;
/// The fingerprint of a link to a record that was entered over there: it is never written by us.
pub const THEIRS: &str = "theirs";

/// Tells an accounting system what happened here.
pub struct Books(pub Arc<dyn AccountingSystem>);

impl Carrier for Books {
    fn engine(&self) -> Engine {
        ENGINE
    }
    fn batch(&self) -> i64 {
        20
    }
    fn carry<'a>(
        &'a self,
        db: &'a Db,
        now: Ts,
        claims: &'a [Claim],
    ) -> BoxFuture<'a, Result<Vec<Carried>>> {
        Box::pin(async move {
            let mut out = Vec::with_capacity(claims.len());
            for claim in claims {
                out.push(self.one(db, now, claim).await?);
            }
            Ok(out)
        })
    }
}

/// What a record becomes.
enum Job {
    Tell(Vec<Record>),
    Nothing,
    /// A record that it names is not there yet: it comes first, this one again later.
    Wait(&'static str),
}

impl Books {
    /// One record. Only an engine that is away is an error: a refused record must not hold up the others.
    async fn one(&self, db: &Db, now: Ts, claim: &Claim) -> Result<Carried> {
        let mut reader = db.reader();
        let job = match job(&mut reader, claim).await {
            Ok(job) => job,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Carried::Nothing),
            Err(fault) => return Ok(Carried::Refused(fault)),
        };
        let records = match job {
            Job::Nothing => return Ok(Carried::Nothing),
            Job::Wait(what) => return Ok(Carried::Refused(waits(what))),
            Job::Tell(records) => records,
        };
        let mut told = None;
        for record in &records {
            match self.0.ensure(record).await {
                Ok(kept) => told = Some((kept, fingerprint(record))),
                Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
                Err(fault) => return Ok(Carried::Refused(fault)),
            }
        }
        let Some((kept, fingerprint)) = told else { return Ok(Carried::Nothing) };
        Ok(Carried::Told(Link {
            engine: ENGINE,
            subject: claim.subject,
            local_id: claim.local_id,
            external_id: kept.external_id,
            external_version: Some(kept.version),
            fingerprint,
            synced_at: now,
        }))
    }
}

fn waits(what: &'static str) -> Fault {
    Fault::conflict(
        "bridge.waits_for",
        format!("Menunggu {what} tercatat lebih dulu di mesin akuntansi."),
        format!("Waits until the {what} stands in the accounting engine."),
    )
}

/// What is compared later to see who changed something since.
pub fn fingerprint(record: &Record) -> String {
    match record {
        Record::Customer(c) => {
            customer_print(&c.name, Some(&c.phone), c.email.as_deref(), c.archived)
        }
        other => link::fingerprint([format!("{other:?}")]),
    }
}

/// Of a customer's fields that both sides may change.
pub fn customer_print(
    name: &str,
    phone: Option<&str>,
    email: Option<&str>,
    disabled: bool,
) -> String {
    let off = if disabled { "off" } else { "on" };
    link::fingerprint([name, &digits(phone), email.unwrap_or(""), off])
}

/// A phone number by its digits after the country or trunk prefix.
pub fn digits(phone: Option<&str>) -> String {
    let all: String = phone.unwrap_or("").chars().filter(char::is_ascii_digit).collect();
    all.strip_prefix("62").or_else(|| all.strip_prefix('0')).unwrap_or(&all).to_owned()
}

async fn name_of(q: &mut dyn Query, subject: Subject, id: Uuid) -> Result<Option<String>> {
    Ok(link::get(q, ENGINE, subject, id).await?.map(|l| l.external_id))
}

async fn job(q: &mut dyn Query, claim: &Claim) -> Result<Job> {
    let known = link::get(q, ENGINE, claim.subject, claim.local_id).await?;
    if known.is_some_and(|l| l.fingerprint == THEIRS) {
        return Ok(Job::Nothing);
    }
    let id = claim.local_id;
    match claim.subject {
        Subject::Lead => lead(q, LeadId::from_uuid(id)).await,
        Subject::Customer => customer(q, CustomerId::from_uuid(id)).await,
        Subject::Plan => plan(q, PlanId::from_uuid(id)).await,
        Subject::Order => order(q, OrderId::from_uuid(id)).await,
        Subject::Invoice => invoice(q, InvoiceId::from_uuid(id)).await,
        Subject::CreditNote => credit_notes(q, InvoiceId::from_uuid(id)).await,
        Subject::Payment => payment(q, PaymentId::from_uuid(id)).await,
        _ => Ok(Job::Nothing),
    }
}

async fn lead(q: &mut dyn Query, id: LeadId) -> Result<Job> {
    let lead = crm::lead::find(q, &Scope::all(), id).await?;
    let catalog = catalog::current(q).await?;
    let day = lead.registered_at.day(catalog.zone(lead.branch_id));
    Ok(Job::Tell(vec![Record::Lead(LeadRecord {
        id: id.uuid(),
        place: lead.lat.zip(lead.lon),
        worth: lead.plan_id.map(|plan| catalog.price_at(plan, day)),
        name: lead.name,
        phone: lead.phone.to_string(),
        email: lead.email,
        address: lead.address,
    })]))
}

/// A customer as the engine should have it.
pub async fn customer_record(q: &mut dyn Query, id: CustomerId) -> Result<CustomerRecord> {
    let customer = crm::customer::find(q, &Scope::all(), id).await?;
    let username = match network::account::ids_of_customer(q, id).await?.first() {
        Some(account) => {
            Some(network::account::find(q, &Scope::all(), *account).await?.username.to_string())
        }
        None => None,
    };
    Ok(CustomerRecord {
        id: id.uuid(),
        place: customer.lat.zip(customer.lon),
        is_firm: customer.kind == crm::customer::CustomerKind::Corporate,
        name: customer.name,
        phone: customer.phone.to_string(),
        email: customer.email,
        npwp: customer.npwp,
        address: customer.address,
        username,
        archived: customer.archived_at.is_some(),
        lead: None,
        known_as: name_of(q, Subject::Customer, id.uuid()).await?,
    })
}

async fn customer(q: &mut dyn Query, id: CustomerId) -> Result<Job> {
    Ok(Job::Tell(vec![Record::Customer(customer_record(q, id).await?)]))
}

async fn plan(q: &mut dyn Query, id: PlanId) -> Result<Job> {
    let catalog = catalog::current(q).await?;
    let plan = catalog.plan(id)?;
    // One item price a dated price of ours.
    let dated = catalog.prices.get(&id).into_iter().flatten();
    let record = |(from, price): (&kernel::Day, &Money)| {
        Record::Plan(PlanRecord {
            id: id.uuid(),
            code: plan.code.clone(),
            name: plan.name.clone(),
            price: *price,
            valid_from: *from,
            retired: plan.archived,
        })
    };
    Ok(Job::Tell(dated.map(record).collect()))
}

async fn order(q: &mut dyn Query, id: OrderId) -> Result<Job> {
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

async fn invoice(q: &mut dyn Query, id: InvoiceId) -> Result<Job> {
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
    Ok(Job::Tell(vec![Record::Invoice(InvoiceRecord {
        id: id.uuid(),
        number,
        customer,
        issued_on,
        due_on: invoice.due_on,
        lines,
        tax: invoice.tax,
        total: invoice.total,
        against: None,
    })]))
}

async fn credit_notes(q: &mut dyn Query, id: InvoiceId) -> Result<Job> {
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
        }));
    }
    Ok(if records.is_empty() { Job::Nothing } else { Job::Tell(records) })
}

async fn payment(q: &mut dyn Query, id: PaymentId) -> Result<Job> {
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
    let mut parts = Vec::new();
    for part in billing::pay::allocations(q, &Scope::all(), id).await? {
        if !part.amount.is_positive() {
            continue;
        }
        match name_of(q, Subject::Invoice, part.invoice_id.uuid()).await? {
            Some(name) => parts.push((name, part.amount)),
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
    })]))
}

/// Marks everything that an engine just attached has to know: plans, customers in use, invoices that are still owed
/// and their payments. What is older stays where it is booked. Gives how many.
///
/// # Errors
/// Only when the database fails.
pub async fn begin(tx: &mut store::Tx) -> Result<u64> {
    use store::{QueryExt, args};
    let mut wanted = Vec::new();
    for (subject, sql) in [
        (Subject::Plan, "select id from catalog_plan order by id"),
        (Subject::Customer, "select id from crm_customer where archived_at is null order by id"),
        (
            Subject::Invoice,
            "select id from billing_invoice where state = 'issued' and live
             and total > paid + credited + withheld + written_off order by id",
        ),
    ] {
        let ids: Vec<Uuid> = tx.values(sql, args![]).await?;
        wanted.extend(ids.into_iter().map(|id| (ENGINE, subject, id)));
    }
    bridge::mark::mark_all(tx, &wanted).await
}
