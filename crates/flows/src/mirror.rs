//! What of ours an engine has to know: from events to marks, and from marks to the engine.
//!
//! A mark says only that a record changed. The mirror task reads the record as it stands then, so that ten
//! changes are told once and the last one wins. No transaction is open while the engine is spoken to; a
//! crash in between leaves the mark, and the next try finds what was written by our name for it.

pub mod access;
pub mod asset;
pub mod books;

use bridge::breaker::State;
use bridge::{Claim, Engine, Link, Subject, engine, mark};
use kernel::{Cause, Clock, Event, Result, Ts};
use serde::Serialize;
use store::{BoxFuture, Db, Tx};
use uuid::Uuid;

/// Seconds a process may keep claimed marks to itself: longer than any batch takes to be told.
const LEASE_SECS: i64 = 120;

/// Writes our records to one engine. One file each in `mirror/`.
pub trait Carrier: Send + Sync {
    fn engine(&self) -> Engine;
    /// How many records it takes at once.
    fn batch(&self) -> i64;
    /// Reads the claimed records and sees to it that the engine has them, with no transaction open meanwhile.
    /// One answer a claim, in their order.
    ///
    /// # Errors
    /// When the engine itself is away or talks nonsense: all claims are tried again later, and it is left
    /// alone for a while.
    fn carry<'a>(
        &'a self,
        db: &'a Db,
        now: Ts,
        claims: &'a [Claim],
    ) -> BoxFuture<'a, Result<Vec<Carried>>>;
}

/// What became of one claim.
#[derive(Clone, Debug)]
pub enum Carried {
    /// The engine has it, read back.
    Told(Link),
    /// It is not there any more, as it should be.
    Removed,
    /// Nothing of it concerns the engine.
    Nothing,
    /// Nobody but a person can tell what has to happen: it is not told until they did.
    Asked(Vec<bridge::finding::Found>),
    /// The engine (or we) refuse this record as it is: tried again, seen on the page.
    Refused(kernel::Fault),
}

/// What of ours changed by an event, for which engine. Exhaustive: a new event does not compile until somebody
/// has decided here.
fn subjects(event: &Event) -> Vec<(Engine, Subject, Uuid)> {
    use Engine::{Erpnext, Freeradius, Inventree};
    match event {
        Event::LeadRegistered { lead } => vec![(Erpnext, Subject::Lead, lead.uuid())],
        Event::LeadConverted { lead, customer, order, .. } => vec![
            (Erpnext, Subject::Lead, lead.uuid()),
            (Erpnext, Subject::Customer, customer.uuid()),
            (Erpnext, Subject::Order, order.uuid()),
        ],
        // Its accounts' contact rows follow in `mark`.
        Event::CustomerAmended { customer } => vec![
            (Erpnext, Subject::Customer, customer.uuid()),
            (Inventree, Subject::Customer, customer.uuid()),
        ],
        Event::PlanSet { plan } => vec![(Erpnext, Subject::Plan, plan.uuid())],
        Event::ProfileSet { profile } => vec![(Freeradius, Subject::Profile, profile.uuid())],
        Event::InvoiceIssued { invoice, .. }
        | Event::InvoiceReopened { invoice, .. }
        | Event::InvoicePaid { invoice, .. } => vec![(Erpnext, Subject::Invoice, invoice.uuid())],
        Event::InvoicesIssued { invoices, .. } => {
            invoices.iter().map(|id| (Erpnext, Subject::Invoice, id.uuid())).collect()
        }
        Event::InvoiceCredited { invoice, .. } => {
            vec![(Erpnext, Subject::CreditNote, invoice.uuid())]
        }
        Event::PaymentReceived { payment, .. } | Event::PaymentReversed { payment, .. } => {
            vec![(Erpnext, Subject::Payment, payment.uuid())]
        }
        Event::TicketOpened { ticket }
        | Event::TicketChanged { ticket }
        | Event::TicketAsked { ticket }
        | Event::TicketResolved { ticket }
        | Event::TicketReopened { ticket }
        | Event::TicketClosed { ticket }
        | Event::TicketBreached { ticket } => vec![(Erpnext, Subject::Ticket, ticket.uuid())],
        Event::UserChanged { user } => vec![(Erpnext, Subject::Employee, user.uuid())],
        Event::AttendanceRecorded { attendance } => {
            vec![(Erpnext, Subject::Attendance, attendance.uuid())]
        }
        Event::EarningsClosed { sums } => {
            sums.iter().map(|id| (Erpnext, Subject::Commission, id.uuid())).collect()
        }
        Event::ItemMoved { item } => vec![(Inventree, Subject::Item, item.uuid())],
        Event::AccountChanged { account, .. } => {
            vec![(Freeradius, Subject::Account, account.uuid())]
        }
        Event::NasChanged { nas } => vec![(Freeradius, Subject::Nas, nas.uuid())],
        // The account of the subscription follows in `mark`.
        Event::AccessChanged { .. }
        | Event::SubscriptionCreated { .. }
        | Event::SubscriptionReady { .. }
        | Event::SubscriptionActivated { .. }
        | Event::SubscriptionPaused { .. }
        | Event::SubscriptionResumed { .. }
        | Event::SubscriptionTerminated { .. }
        | Event::SubscriptionCancelled { .. }
        | Event::PlanChanged { .. }
        | Event::HoldsChanged { .. }
        | Event::PromiseChanged { .. }
        | Event::EntitlementChanged { .. }
        | Event::PolicyChanged
        | Event::ProfilesChanged
        | Event::TerminationProposed { .. }
        | Event::WorkOrderOpened { .. }
        | Event::WorkOrderAssigned { .. }
        | Event::WorkOrderOnTheWay { .. }
        | Event::DeviceScanned { .. }
        | Event::WorkOrderDone { .. }
        | Event::WorkOrderReviewed { .. }
        | Event::WorkOrderFailed { .. }
        | Event::WorkOrderCancelled { .. }
        | Event::AccessEnforced { .. }
        | Event::SessionOpened { .. }
        | Event::SessionClosed { .. }
        | Event::VouchersMade { .. }
        | Event::VouchersVoided { .. }
        | Event::VoucherRedeemed { .. }
        | Event::GuestStarted { .. }
        | Event::GuestsChanged
        | Event::QuotaCrossed { .. }
        | Event::WalletChanged { .. } => Vec::new(),
    }
}

/// Marks what events changed, in the transaction of the change; without an engine attached it is one question.
pub async fn mark(tx: &mut Tx, events: &[Event]) -> Result<()> {
    let attached = engine::attached(tx).await?;
    if attached.is_empty() {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for event in events {
        wanted.extend(subjects(event));
        wanted.extend(related(tx, &attached, event).await?);
    }
    mark::mark_all(tx, &wanted).await.map(drop)
}

/// What else is another at the engines after an event, as other rooms know.
async fn related(
    tx: &mut Tx,
    attached: &[Engine],
    event: &Event,
) -> Result<Vec<(Engine, Subject, Uuid)>> {
    let mut wanted = Vec::new();
    match event {
        Event::AccessChanged { subscription } if attached.contains(&Engine::Freeradius) => {
            let account = network::account::of_subscription(tx, *subscription).await?;
            wanted.extend(account.map(|a| (Engine::Freeradius, Subject::Account, a.id.uuid())));
        }
        Event::CustomerAmended { customer } => {
            for account in network::account::ids_of_customer(tx, *customer).await? {
                wanted.push((Engine::Freeradius, Subject::Account, account.uuid()));
            }
        }
        // The login that its customer is shown with.
        Event::AccountChanged { account, .. } if attached.contains(&Engine::Erpnext) => {
            let account = network::account::find(tx, &kernel::Scope::all(), *account).await?;
            wanted.push((Engine::Erpnext, Subject::Customer, account.customer_id.uuid()));
        }
        // The job's photos go with the device that it installed.
        Event::WorkOrderDone { subscription, .. } => {
            for item in inventory::find::of_subscription(tx, *subscription).await? {
                wanted.push((Engine::Inventree, Subject::Item, item.id.uuid()));
            }
        }
        _ => {}
    }
    Ok(wanted)
}

/// What one turn of an engine's mirror did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mirrored {
    pub claimed: usize,
    pub told: usize,
    pub refused: usize,
    /// A person is asked first.
    pub asked: usize,
    /// The engine did not answer.
    pub away: usize,
}

/// One turn: claims what is due, tells it, writes down what became of it. Nothing is claimed while the engine
/// is left alone.
pub async fn turn(db: &Db, carrier: &dyn Carrier, clock: &dyn Clock) -> Result<Mirrored> {
    let of = carrier.engine();
    let now = clock.now();
    let cause = Cause::system(now, "mirror");
    let breaker = engine::breaker(&mut db.reader(), of).await?;
    let Some(breaker) = breaker else { return Ok(Mirrored::default()) };
    let limit = breaker.allowed(now, carrier.batch());
    // Without a mark to try it by, the handshake of the comparison ends the rest.
    if limit == 0 || mark::backlog(&mut db.reader(), of).await?.waiting == 0 {
        return Ok(Mirrored::default());
    }
    let claims =
        db.write(&cause, async |tx: &mut Tx| mark::claim(tx, of, limit, LEASE_SECS).await).await?;
    if claims.is_empty() {
        return Ok(Mirrored::default());
    }
    let mut report = Mirrored { claimed: claims.len(), ..Mirrored::default() };
    let carried = carrier.carry(db, now, &claims).await;
    let took_ms = (clock.now().micros() - now.micros()) / 1_000;
    let cause = Cause::system(clock.now(), "mirror");
    match carried {
        Ok(carried) => {
            report = written(db, &cause, &claims, &carried, took_ms, report).await?;
        }
        Err(fault) => {
            report.away = claims.len();
            tracing::warn!(?fault, engine = %of, "an engine did not take what was told to it");
            let text = fault.to_string();
            db.write(&cause, async |tx: &mut Tx| {
                let after = engine::failed(tx, of, &text).await?;
                let rest = match after.state(tx.now()) {
                    State::Open { until } => until,
                    State::Closed | State::HalfOpen => tx.now().plus_secs(1),
                };
                for claim in &claims {
                    mark::failed(tx, claim, &text, rest).await?;
                }
                Ok(())
            })
            .await?;
        }
    }
    Ok(report)
}

async fn written(
    db: &Db,
    cause: &Cause,
    claims: &[Claim],
    carried: &[Carried],
    took_ms: i64,
    mut report: Mirrored,
) -> Result<Mirrored> {
    let of = claims.first().map(|c| c.engine);
    db.write(cause, async |tx: &mut Tx| {
        let links: Vec<Link> = carried
            .iter()
            .filter_map(|c| if let Carried::Told(link) = c { Some(link.clone()) } else { None })
            .collect();
        bridge::link::put_many(tx, &links).await?;
        for (claim, carried) in claims.iter().zip(carried) {
            match carried {
                Carried::Told(link) => {
                    mark::done(tx, claim).await?;
                    // They were asked for; everybody else's absence is looked at by the pass over everything.
                    if link.subject == Subject::Employee {
                        let (of, id) = (claim.engine, Some(claim.local_id));
                        let missing = [bridge::Verdict::MissingThere];
                        bridge::finding::clear(tx, of, link.subject, &missing, (id, None)).await?;
                    }
                }
                Carried::Nothing => {
                    mark::done(tx, claim).await?;
                }
                Carried::Asked(found) => {
                    for one in found {
                        bridge::finding::report(tx, one).await?;
                    }
                    mark::done(tx, claim).await?;
                }
                Carried::Removed => {
                    bridge::link::forget(tx, claim.engine, claim.subject, claim.local_id).await?;
                    mark::done(tx, claim).await?;
                }
                Carried::Refused(fault) => {
                    let retry = mark::retry_at(tx.now(), claim.attempts);
                    mark::failed(tx, claim, &fault.to_string(), retry).await?;
                }
            }
        }
        if let Some(of) = of {
            engine::answered(tx, of, None, Some(took_ms)).await?;
            engine::measured(tx, of, carried.len(), took_ms).await?;
        }
        Ok(())
    })
    .await?;
    report.refused = carried.iter().filter(|c| matches!(c, Carried::Refused(_))).count();
    report.asked = carried.iter().filter(|c| matches!(c, Carried::Asked(_))).count();
    report.told = carried.len() - report.refused - report.asked;
    Ok(report)
}
