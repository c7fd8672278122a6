//! What comes back from an accounting system becomes the use-case that a person here would call. Polling is the truth,
//! the bell only says when to look. Each record is adopted in a transaction of its own, once.

use bridge::accounting::{
    AccountingSystem, BillerSeen, CustomerSeen, InvoiceSeen, LeadSeen, OrderSeen, PaymentSeen,
    Seen, Shelf, Stage,
};
use bridge::finding::{self, Found};
use bridge::{Link, Subject, Verdict, engine, link};
use kernel::{Cause, CustomerId, Fault, InvoiceId, LeadId, PaymentId, Result, Scope, Ts};
use serde::Serialize;
use store::{Db, QueryExt, Tx, args};
use uuid::Uuid;

use crate::mirror::books::{ENGINE, THEIRS};
use crate::register::{self, Conversion};

/// Records of one page.
const PAGE: i64 = 100;
/// Days within which an equal amount without a common reference may be the same money.
const DOUBLE_DAYS: i64 = 3;

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
enum Became {
    Nothing,
    Adopted,
    Asked,
}

/// Reads what changed over there and adopts it. Leads and customers before what names them.
///
/// # Errors
/// When the engine is away or the database fails; what was read so far stays adopted.
pub async fn poll(db: &Db, books: &dyn AccountingSystem, now: Ts) -> Result<Adopted> {
    let mut report = Adopted::default();
    for shelf in Shelf::ALL {
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

fn cause(now: Ts) -> Cause {
    Cause::system(now, "erpnext")
}

/// An order's customer and lead are read before the transaction, since none is open while the engine is asked.
async fn take(
    db: &Db,
    now: Ts,
    books: &dyn AccountingSystem,
    seen: &Seen,
    report: &mut Adopted,
) -> Result<()> {
    report.read += 1;
    let party = match seen {
        Seen::Order(order) if order.head.stage == Stage::Submitted => buyer(books, order).await?,
        _ => None,
    };
    let done =
        db.write(&cause(now), async |tx: &mut Tx| adopt(tx, seen, party.as_ref()).await).await;
    match done {
        Ok(Became::Nothing) => {}
        Ok(Became::Adopted) => report.adopted += 1,
        Ok(Became::Asked) => report.asked += 1,
        Err(fault)
            if fault.kind == kernel::FaultKind::Bug
                || fault.kind == kernel::FaultKind::Unavailable =>
        {
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

async fn buyer(
    books: &dyn AccountingSystem,
    order: &OrderSeen,
) -> Result<Option<(CustomerSeen, Option<LeadSeen>)>> {
    let Some(Seen::Customer(customer)) = books.find(Shelf::Customers, &order.customer).await?
    else {
        return Ok(None);
    };
    let lead = match &customer.lead {
        Some(lead) => match books.find(Shelf::Leads, lead).await? {
            Some(Seen::Lead(lead)) => Some(lead),
            _ => None,
        },
        None => None,
    };
    Ok(Some((customer, lead)))
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
        Seen::Invoice(_) => Subject::Invoice,
        Seen::Payment(_) => Subject::Payment,
        Seen::Purchase(_) => Subject::PurchaseOrder,
    }
}

async fn adopt(
    tx: &mut Tx,
    seen: &Seen,
    party: Option<&(CustomerSeen, Option<LeadSeen>)>,
) -> Result<Became> {
    match seen {
        Seen::Lead(lead) => self::lead(tx, lead).await,
        Seen::Customer(customer) => self::customer(tx, customer).await,
        Seen::Order(order) => self::order(tx, order, party).await,
        Seen::Invoice(invoice) => self::invoice(tx, invoice).await,
        Seen::Payment(payment) => self::payment(tx, payment).await,
        Seen::Biller(biller) => self::biller(tx, biller).await,
        // Read only; a screen asks for them.
        Seen::Purchase(_) => Ok(Became::Nothing),
    }
}

async fn local(tx: &mut Tx, subject: Subject, external_id: &str) -> Result<Option<Uuid>> {
    Ok(link::by_external(tx, ENGINE, subject, external_id).await?.map(|l| l.local_id))
}

async fn linked(
    tx: &mut Tx,
    subject: Subject,
    local_id: Uuid,
    external_id: &str,
    version: &str,
    print: &str,
) -> Result<()> {
    let synced_at = tx.now();
    link::put(
        tx,
        &Link {
            engine: ENGINE,
            subject,
            local_id,
            external_id: external_id.to_owned(),
            external_version: Some(version.to_owned()),
            fingerprint: print.to_owned(),
            synced_at,
        },
    )
    .await
}

/// A lead entered over there is a lead here, once; it is looked at by a person like any other.
async fn lead(tx: &mut Tx, seen: &LeadSeen) -> Result<Became> {
    let head = &seen.head;
    if head.our_id.is_some() || local(tx, Subject::Lead, &head.external_id).await?.is_some() {
        return Ok(Became::Nothing);
    }
    let id = register_lead(
        tx,
        &seen.name,
        seen.phone.as_deref(),
        seen.email.clone(),
        seen.place,
        &seen.city,
    )
    .await?;
    linked(tx, Subject::Lead, id.uuid(), &head.external_id, &head.version, THEIRS).await?;
    Ok(Became::Adopted)
}

async fn register_lead(
    tx: &mut Tx,
    name: &str,
    phone: Option<&str>,
    email: Option<String>,
    place: Option<(f64, f64)>,
    address: &str,
) -> Result<LeadId> {
    let view = crm::lead::register(
        tx,
        crm::lead::NewLead {
            name: name.to_owned(),
            phone: phone.unwrap_or("").to_owned(),
            email,
            address: address.to_owned(),
            lat: place.map(|p| p.0),
            lon: place.map(|p| p.1),
            channel: Some(crm::Channel::Sales),
            ..crm::lead::NewLead::default()
        },
    )
    .await?;
    Ok(view.lead.id)
}

/// A customer of ours: what differs is asked about. One of theirs becomes ours with its first order.
async fn customer(tx: &mut Tx, seen: &CustomerSeen) -> Result<Became> {
    let Some(id) = local(tx, Subject::Customer, &seen.head.external_id).await? else {
        return Ok(Became::Nothing);
    };
    let found = crate::compare::books::customer(tx, CustomerId::from_uuid(id), seen).await?;
    for one in &found {
        finding::report(tx, one).await?;
    }
    Ok(if found.is_empty() { Became::Nothing } else { Became::Asked })
}

/// A submitted order over there is a sale: lead, customer, subscription and the technician's job appear here.
async fn order(
    tx: &mut Tx,
    seen: &OrderSeen,
    party: Option<&(CustomerSeen, Option<LeadSeen>)>,
) -> Result<Became> {
    let head = &seen.head;
    if head.stage != Stage::Submitted
        || head.our_id.is_some()
        || local(tx, Subject::Order, &head.external_id).await?.is_some()
    {
        return Ok(Became::Nothing);
    }
    let Some((customer, lead)) = party else { return Ok(Became::Nothing) };
    let catalog = catalog::current(tx).await?;
    let mut plan = None;
    for item in &seen.items {
        let linked = local(tx, Subject::Plan, item).await?.map(kernel::PlanId::from_uuid);
        plan = plan.or(linked).or_else(|| catalog.plan_by_code(item).map(|p| p.id));
    }
    let Some(plan) = plan else { return no_plan(tx, seen).await };
    let mode = seen.mode.as_deref().map(str::trim).map(str::to_lowercase);
    let mode = match mode.as_deref() {
        Some("prepaid" | "prabayar") => crm::Mode::Prepaid,
        Some("postpaid" | "pascabayar") => crm::Mode::Postpaid,
        _ if !catalog.plan(plan)?.postpaid_allowed => crm::Mode::Prepaid,
        _ if !catalog.plan(plan)?.prepaid_allowed => crm::Mode::Postpaid,
        _ => return no_mode(tx, seen).await,
    };
    let id = sale_lead(tx, customer, lead.as_ref()).await?;
    let ours =
        local(tx, Subject::Customer, &customer.head.external_id).await?.map(CustomerId::from_uuid);
    let scope = tx.actor().scope.clone();
    if crm::lead::find(tx, &scope, id).await?.state == crm::lead::LeadState::New {
        crm::lead::verify(tx, id).await?;
    }
    let place = customer.place.or(lead.as_ref().and_then(|l| l.place));
    let how = Conversion {
        plan: Some(plan),
        mode: Some(mode),
        customer: ours,
        // Somebody sold it; without a position there is nothing to check.
        outside_coverage: place.is_none(),
        note: format!("Sales Order {}", head.external_id),
        ..Conversion::default()
    };
    let made = register::convert(tx, id, &how).await?;
    if ours.is_none() {
        let c = &customer.head;
        let print = crate::mirror::books::customer_print(
            &customer.name,
            customer.phone.as_deref(),
            customer.email.as_deref(),
            customer.disabled,
        );
        linked(tx, Subject::Customer, made.customer.uuid(), &c.external_id, &c.version, &print)
            .await?;
    }
    linked(tx, Subject::Order, made.order.uuid(), &head.external_id, &head.version, THEIRS).await?;
    Ok(Became::Adopted)
}

/// The lead that the customer was there, if it is still open here; else a new one of the customer's data.
async fn sale_lead(
    tx: &mut Tx,
    customer: &CustomerSeen,
    lead: Option<&LeadSeen>,
) -> Result<LeadId> {
    let scope = tx.actor().scope.clone();
    if let Some(seen) = lead
        && let Some(id) = local(tx, Subject::Lead, &seen.head.external_id).await?
    {
        let found = crm::lead::find(tx, &scope, LeadId::from_uuid(id)).await?;
        if found.state.is_open() {
            return Ok(found.id);
        }
    }
    let phone = customer.phone.as_deref().or(lead.and_then(|l| l.phone.as_deref()));
    let place = customer.place.or(lead.and_then(|l| l.place));
    let address = lead.map_or("", |l| l.city.as_str());
    let id =
        register_lead(tx, &customer.name, phone, customer.email.clone(), place, address).await?;
    if let Some(seen) = lead
        && local(tx, Subject::Lead, &seen.head.external_id).await?.is_none()
    {
        linked(tx, Subject::Lead, id.uuid(), &seen.head.external_id, &seen.head.version, THEIRS)
            .await?;
    }
    Ok(id)
}

async fn no_plan(tx: &mut Tx, seen: &OrderSeen) -> Result<Became> {
    ask_order(
        tx,
        seen,
        format!("tidak ada paket di antara / no plan among: {}", seen.items.join(", ")),
    )
    .await
}
async fn no_mode(tx: &mut Tx, seen: &OrderSeen) -> Result<Became> {
    ask_order(tx, seen, "isp_payment_mode: prepaid / postpaid?".to_owned()).await
}
async fn ask_order(tx: &mut Tx, seen: &OrderSeen, why: String) -> Result<Became> {
    let found = Found {
        external_id: Some(seen.head.external_id.clone()),
        detail: Some(why),
        ..Found::new(ENGINE, Subject::Order, Verdict::MissingHere)
    };
    finding::report(tx, &found).await?;
    Ok(Became::Asked)
}

/// An invoice made over there for a customer of ours counts like our own; it isolates nobody.
async fn invoice(tx: &mut Tx, seen: &InvoiceSeen) -> Result<Became> {
    let head = &seen.head;
    let Some(customer) = local(tx, Subject::Customer, &seen.customer).await? else {
        return Ok(Became::Nothing);
    };
    let known = local(tx, Subject::Invoice, &head.external_id).await?;
    if let Some(id) = known.or(head.our_id.filter(|_| !seen.is_credit)) {
        return paper(tx, id, seen).await;
    }
    if head.stage != Stage::Submitted || head.our_id.is_some() {
        return Ok(Became::Nothing);
    }
    if seen.is_credit || seen.subscription.is_some() {
        let verdict = if seen.is_credit { Verdict::MissingHere } else { Verdict::TwoBillers };
        let found = Found {
            external_id: Some(head.external_id.clone()),
            theirs: Some(seen.total.to_string()),
            detail: seen.subscription.clone(),
            ..Found::new(
                ENGINE,
                if seen.is_credit { Subject::CreditNote } else { Subject::Invoice },
                verdict,
            )
        };
        finding::report(tx, &found).await?;
        return Ok(Became::Asked);
    }
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
            lines: vec![(seen.text.clone(), seen.total)],
            tax,
            due_on: Some(seen.due_on),
            isolates: false,
            note: Some(head.external_id.clone()),
            draft: false,
        },
    )
    .await?;
    linked(tx, Subject::Invoice, id.uuid(), &head.external_id, &head.version, THEIRS).await?;
    Ok(Became::Adopted)
}

/// An invoice that both sides have: a cancelled or different one is asked about.
async fn paper(tx: &mut Tx, id: Uuid, seen: &InvoiceSeen) -> Result<Became> {
    let ours = billing::invoice::find(tx, &Scope::all(), InvoiceId::from_uuid(id)).await?;
    let found = crate::compare::books::invoice(&ours, seen);
    for one in &found {
        finding::report(tx, one).await?;
    }
    Ok(if found.is_empty() { Became::Nothing } else { Became::Asked })
}

store::row! {
    struct Near { id: PaymentId, amount: kernel::Money, reference: String }
}

/// Money entered over there counts here once: by its reference; an equal amount close by without a common reference
/// may be the same money and waits for a person.
async fn payment(tx: &mut Tx, seen: &PaymentSeen) -> Result<Became> {
    let head = &seen.head;
    let Some(customer) = local(tx, Subject::Customer, &seen.customer).await? else {
        return Ok(Became::Nothing);
    };
    let customer = CustomerId::from_uuid(customer);
    let known = local(tx, Subject::Payment, &head.external_id).await?.or(head.our_id);
    if let Some(id) = known {
        return money(tx, id, seen).await;
    }
    if head.stage != Stage::Submitted {
        return Ok(Became::Nothing);
    }
    let reference = seen.reference.clone().unwrap_or_else(|| head.external_id.clone());
    let near = near(tx, customer, seen).await?;
    if let Some(same) = near.iter().find(|p| p.reference == reference) {
        linked(tx, Subject::Payment, same.id.uuid(), &head.external_id, &head.version, THEIRS)
            .await?;
        return money(tx, same.id.uuid(), seen).await;
    }
    let named = match seen.parts.first() {
        Some((invoice, _)) => local(tx, Subject::Invoice, invoice).await?.map(InvoiceId::from_uuid),
        None => None,
    };
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
    if let Some(double) = near.iter().find(|p| p.amount == seen.amount) {
        let id = billing::pay::wait(tx, new).await?;
        linked(tx, Subject::Payment, id.uuid(), &head.external_id, &head.version, THEIRS).await?;
        let found = Found {
            local_id: Some(id.uuid()),
            external_id: Some(head.external_id.clone()),
            ours: Some(double.reference.clone()),
            theirs: seen.reference.clone(),
            detail: Some(seen.amount.to_string()),
            ..Found::new(ENGINE, Subject::Payment, Verdict::MaybeDouble)
        };
        finding::report(tx, &found).await?;
        return Ok(Became::Asked);
    }
    let receipt = billing::pay::receive(tx, new).await?;
    if receipt.repeated {
        // Their books have it twice; ours counted it before.
        let found = Found {
            local_id: Some(receipt.payment.id.uuid()),
            external_id: Some(head.external_id.clone()),
            theirs: seen.reference.clone(),
            detail: Some(seen.amount.to_string()),
            ..Found::new(ENGINE, Subject::Payment, Verdict::Duplicate)
        };
        finding::report(tx, &found).await?;
        return Ok(Became::Asked);
    }
    linked(
        tx,
        Subject::Payment,
        receipt.payment.id.uuid(),
        &head.external_id,
        &head.version,
        THEIRS,
    )
    .await?;
    Ok(Became::Adopted)
}

/// Payments here that this one may be: of the customer, not linked to another entry over there, with the same
/// reference, or within a few days.
async fn near(tx: &mut Tx, customer: CustomerId, seen: &PaymentSeen) -> Result<Vec<Near>> {
    let noon = received_at(tx, customer, seen).await?;
    tx.rows(
        "select p.id, p.amount, p.reference from billing_payment p
         where p.customer_id = $1 and p.state <> 'reversed'
           and (p.reference = $2 or (p.received_at >= $3 and p.received_at <= $4))
           and not exists (select 1 from bridge_link l where l.engine = $5 and l.subject = $6
             and l.local_id = p.id)
         order by p.received_at, p.id",
        args![
            customer,
            seen.reference.clone().unwrap_or_default(),
            noon.plus_days(-DOUBLE_DAYS - 1),
            noon.plus_days(DOUBLE_DAYS + 1),
            ENGINE,
            Subject::Payment
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
    let found = crate::compare::books::payment(&ours, seen);
    for one in &found {
        finding::report(tx, one).await?;
    }
    Ok(if found.is_empty() { Became::Nothing } else { Became::Asked })
}

/// A standing bill over there for a customer whom we bill: two billers.
async fn biller(tx: &mut Tx, seen: &BillerSeen) -> Result<Became> {
    let Some(customer) = local(tx, Subject::Customer, &seen.customer).await? else {
        return Ok(Became::Nothing);
    };
    if !seen.active {
        return Ok(Became::Nothing);
    }
    let found = Found {
        local_id: Some(customer),
        external_id: Some(seen.head.external_id.clone()),
        detail: Some(seen.customer.clone()),
        ..Found::new(ENGINE, Subject::Customer, Verdict::TwoBillers)
    };
    finding::report(tx, &found).await?;
    Ok(Became::Asked)
}
