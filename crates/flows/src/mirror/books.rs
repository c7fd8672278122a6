//! What an accounting system has to know: the claimed record as it stands now becomes its record, parties and papers
//! named as they are called there. What was entered over there and counts here already is left alone.
//!
//! A customer or a plan that was never told may be there all the same: it is looked for before it is made, and a
//! doubt is asked about.

mod begin;
mod papers;
mod people;

use std::sync::Arc;

use bridge::accounting::{
    AccountingSystem, CustomerRecord, EmployeeRecord, LeadRecord, PlanRecord, Record, Seen, Shelf,
    TicketRecord,
};
use bridge::finding::Found;
use bridge::{Claim, Engine, Link, Subject, Verdict, engine, link};
use kernel::{
    AttendanceId, CustomerId, EarningSumId, Fault, FaultKind, InvoiceId, LeadId, Money, OrderId,
    PaymentId, PlanId, Result, Scope, TicketId, Ts, UserId,
};
use store::{BoxFuture, Db, Query};
use uuid::Uuid;

pub use begin::begin;
pub use people::{Standing, employee_print, employee_record, not_there};

use super::{Carried, Carrier};
use crate::compare::books::{customer_verdict, first};

/// The engine of this port.
pub const ENGINE: Engine = Engine::Erpnext;
/// The fingerprint of a link to a record that was entered over there: it is never written by us.
pub const THEIRS: &str = "theirs";
/// The fingerprint of a link whose record a person wants written there as ours is, once.
pub const OURS: &str = "ours";

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
        if !self.0.keeps(claim.subject) {
            return Ok(Carried::Nothing);
        }
        let mut reader = db.reader();
        let job = match job(&mut reader, claim).await {
            Ok(job) => job,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Carried::Nothing),
            Err(fault) => return Ok(Carried::Refused(fault)),
        };
        let mut records = match job {
            Job::Nothing => return Ok(Carried::Nothing),
            Job::Wait(what) => return Ok(Carried::Refused(waits(what))),
            Job::Tell(records) => records,
        };
        let mut told = None;
        for record in &mut records {
            let done = match self.meet(&mut reader, record).await {
                Ok(found) if !found.is_empty() => return Ok(Carried::Asked(found)),
                Ok(_) => self.0.ensure(record).await,
                Err(fault) => Err(fault),
            };
            match done {
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

    /// Looks whether they have it already, or changed it too. What nobody can tell is asked.
    async fn meet(&self, q: &mut dyn Query, record: &mut Record) -> Result<Vec<Found>> {
        match record {
            Record::Customer(c) if c.known_as.is_none() => {
                let twins = self.0.alike(&Record::Customer(c.clone())).await?;
                let rivals = first::rivals(q, c).await?;
                let twins = first::free(q, Subject::Customer, c.id, twins).await?;
                match first::customer(c, &twins, rivals) {
                    first::Judged::Same(name) => {
                        (c.known_as, c.changed) = (Some(name), false);
                    }
                    first::Judged::Doubtful(twins) => {
                        let branch = branch_of(q, CustomerId::from_uuid(c.id)).await?;
                        return Ok(first::doubts_of_customer(c, &twins, branch));
                    }
                    first::Judged::New => {}
                }
                Ok(Vec::new())
            }
            Record::Plan(p) if p.known_as.is_none() => {
                let twins = self.0.alike(&Record::Plan(p.clone())).await?;
                let twins = first::free(q, Subject::Plan, p.id, twins).await?;
                match first::plan(p, &twins) {
                    first::Judged::Same(name) => p.known_as = Some(name),
                    first::Judged::Doubtful(twins) => {
                        return Ok(first::doubts_of_plan(p, &twins));
                    }
                    first::Judged::New => {}
                }
                Ok(Vec::new())
            }
            Record::Employee(e) if e.known_as.is_none() => self.meet_employee(q, e).await,
            Record::Customer(c) if c.changed => self.both_changed(q, c).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn meet_employee(
        &self,
        q: &mut dyn Query,
        ours: &mut EmployeeRecord,
    ) -> Result<Vec<Found>> {
        let twins = self.0.alike(&Record::Employee(ours.clone())).await?;
        let rivals = first::rivals_of_employee(q, ours).await?;
        let twins = first::free(q, Subject::Employee, ours.id, twins).await?;
        let branch = people::branch_of(q, ours.id).await?;
        match first::employee(ours, &twins, rivals) {
            first::Judged::Same(name) => {
                ours.known_as = Some(name);
                (ours.person_changed, ours.standing_changed) = (false, false);
            }
            first::Judged::Doubtful(twins) => {
                return Ok(first::doubts_of_employee(ours, &twins, branch));
            }
            first::Judged::New if ours.papers.is_none() => {
                return Ok(vec![people::not_there(ours.id, &ours.name, &ours.login, branch)]);
            }
            first::Judged::New => {}
        }
        Ok(Vec::new())
    }

    /// Theirs is not written over when it was changed there too since both agreed.
    async fn both_changed(&self, q: &mut dyn Query, ours: &CustomerRecord) -> Result<Vec<Found>> {
        let known = link::get(q, ENGINE, Subject::Customer, ours.id).await?;
        let Some(known) = known.filter(|l| l.fingerprint != OURS) else { return Ok(Vec::new()) };
        let Some(Seen::Customer(theirs)) =
            self.0.find(Shelf::Customers, &known.external_id).await?
        else {
            return Ok(Vec::new());
        };
        let branch = branch_of(q, CustomerId::from_uuid(ours.id)).await?;
        let mut found = customer_verdict(ours, &theirs, Some(&known.fingerprint));
        found.retain(|one| one.verdict == Verdict::Conflict);
        found.iter_mut().for_each(|one| one.branch = branch);
        Ok(found)
    }
}

async fn branch_of(q: &mut dyn Query, id: CustomerId) -> Result<Option<kernel::BranchId>> {
    Ok(Some(crm::customer::find(q, &Scope::all(), id).await?.branch_id))
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
        Record::Ticket(t) => ticket_print(t.closed),
        Record::Employee(e) => people::print_of(e),
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

/// Of what both sides may change of a complaint.
pub fn ticket_print(closed: bool) -> String {
    (if closed { "closed" } else { "live" }).to_owned()
}

/// A phone number by its digits after the country or trunk prefix.
pub fn digits(phone: Option<&str>) -> String {
    let all: String = phone.unwrap_or("").chars().filter(char::is_ascii_digit).collect();
    all.strip_prefix("62").or_else(|| all.strip_prefix('0')).unwrap_or(&all).to_owned()
}

/// Since when documents that are entered over there count here: what is older is history there. The settings of the
/// engine say it from the first time it was attached.
///
/// # Errors
/// Only when the database fails.
pub async fn since(q: &mut dyn Query) -> Result<Ts> {
    let known = engine::former(q, ENGINE).await?;
    let told = known.and_then(|k| k.settings["since"].as_str().and_then(|s| s.parse().ok()));
    Ok(told.unwrap_or_default())
}

async fn name_of(q: &mut dyn Query, subject: Subject, id: Uuid) -> Result<Option<String>> {
    Ok(link::get(q, ENGINE, subject, id).await?.map(|l| l.external_id))
}

async fn job(q: &mut dyn Query, claim: &Claim) -> Result<Job> {
    let known = link::get(q, ENGINE, claim.subject, claim.local_id).await?;
    if known.as_ref().is_some_and(|l| l.fingerprint == THEIRS) {
        return Ok(Job::Nothing);
    }
    let again = known.is_some_and(|l| l.fingerprint == OURS);
    let id = claim.local_id;
    match claim.subject {
        Subject::Lead => lead(q, LeadId::from_uuid(id)).await,
        Subject::Customer => customer(q, CustomerId::from_uuid(id)).await,
        Subject::Plan => plan(q, PlanId::from_uuid(id)).await,
        Subject::Order => papers::order(q, OrderId::from_uuid(id)).await,
        Subject::Invoice => papers::invoice(q, InvoiceId::from_uuid(id), again).await,
        Subject::CreditNote => papers::credit_notes(q, InvoiceId::from_uuid(id)).await,
        Subject::Payment => papers::payment(q, PaymentId::from_uuid(id), again).await,
        Subject::Ticket => ticket(q, TicketId::from_uuid(id)).await,
        Subject::Employee => people::employee(q, UserId::from_uuid(id)).await,
        Subject::Attendance => people::attendance(q, AttendanceId::from_uuid(id)).await,
        Subject::Commission => people::earned(q, EarningSumId::from_uuid(id), again).await,
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
    let known = link::get(q, ENGINE, Subject::Customer, id.uuid()).await?;
    let mut record = CustomerRecord {
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
        known_as: None,
        changed: true,
    };
    if let Some(known) = known {
        record.changed = known.fingerprint != fingerprint(&Record::Customer(record.clone()));
        record.known_as = Some(known.external_id);
    }
    Ok(record)
}

async fn customer(q: &mut dyn Query, id: CustomerId) -> Result<Job> {
    Ok(Job::Tell(vec![Record::Customer(customer_record(q, id).await?)]))
}

async fn plan(q: &mut dyn Query, id: PlanId) -> Result<Job> {
    let catalog = catalog::current(q).await?;
    let plan = catalog.plan(id)?;
    let known_as = name_of(q, Subject::Plan, id.uuid()).await?;
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
            known_as: known_as.clone(),
        })
    };
    Ok(Job::Tell(dated.map(record).collect()))
}

async fn ticket(q: &mut dyn Query, id: TicketId) -> Result<Job> {
    let ticket = fulfilment::ticket::find(q, &Scope::all(), id).await?;
    let customer = name_of(q, Subject::Customer, ticket.customer_id.uuid()).await?;
    if customer.is_none() {
        return Ok(Job::Wait("pelanggan / customer"));
    }
    let story = fulfilment::ticket::story(q, id, true).await?;
    let said = story.into_iter().next().map(|entry| entry.text);
    Ok(Job::Tell(vec![Record::Ticket(TicketRecord {
        id: id.uuid(),
        customer,
        subject: format!("{} {}", ticket.number, ticket.subject),
        text: said.unwrap_or_default(),
        closed: !ticket.state.is_live(),
        resolution: ticket.resolution,
    })]))
}
