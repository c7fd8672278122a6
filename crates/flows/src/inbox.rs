//! From gateways' notices to counted money.
//!
//! A notice was stored raw before anything else (`billing::notice::record`); here, at our own pace, it
//! becomes money: by what its signature covers, or by what the gateway says when it is asked. Open intents
//! are asked about too, so that money whose notice was lost is found. Twice, late, in any order and by two
//! workers at once, it ends the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use billing::gateway::{Notice, PaymentGateway, RemotePayment, RemoteState};
use billing::intent::{self, Intent};
use billing::notice::{self, NoticeRow};
use billing::pay::PaymentFilter;
use billing::words::{Channel, NoticeState};
use kernel::{Cause, Result, Scope, Ts};
use serde::Serialize;
use serde_json::json;
use store::{Db, Tx};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::top_up::charge;

/// Notices an activation.
const NOTICES: i64 = 200;
/// Intents an activation asks about.
const INTENTS: usize = 50;
/// Intents it looks at to find those, so that the ones of a gateway that is away stand in nobody's way.
const INTENTS_SEEN: i64 = 1_000;
/// Seconds between two questions about one thing, and between two tries of what failed.
const ASK_EVERY_SECS: i64 = 30;
/// Seconds for which a notice that the gateway itself does not confirm is asked about again.
const UNCONFIRMED_SECS: i64 = 3_600;

/// The payment gateways of this process, and the bell of their notices. Registered on the database as an
/// extension.
#[derive(Default)]
pub struct Gateways {
    /// In the order in which they were given: the first is offered when nobody chose.
    list: Vec<Arc<dyn PaymentGateway>>,
    refused: BTreeMap<String, AtomicU64>,
    /// When something was tried last without an end: it has to wait.
    tried: Mutex<BTreeMap<Uuid, Ts>>,
    bell: Notify,
}

impl Gateways {
    pub fn new(list: Vec<Arc<dyn PaymentGateway>>) -> Self {
        let refused =
            list.iter().map(|gateway| (gateway.name().to_owned(), AtomicU64::new(0))).collect();
        Self { list, refused, ..Self::default() }
    }
    pub fn named(&self, name: &str) -> Option<Arc<dyn PaymentGateway>> {
        self.list.iter().find(|gateway| gateway.name() == name).cloned()
    }
    pub fn first(&self) -> Option<Arc<dyn PaymentGateway>> {
        self.list.first().cloned()
    }
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|gateway| gateway.name())
    }
    /// A notice is stored: whoever waits in [`Self::rung`] goes on. It carries nothing.
    pub fn ring(&self) {
        self.bell.notify_one();
    }
    /// Waits for the next [`Self::ring`]; one that came before is heard too.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
    /// Counts a notice of this gateway that was refused. It is not stored.
    pub fn count_refused(&self, name: &str) {
        if let Some(counter) = self.refused.get(name) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// How many were refused since the program started.
    pub fn refused(&self, name: &str) -> u64 {
        self.refused.get(name).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
    fn may_try(&self, id: Uuid, now: Ts) -> bool {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried.get(&id).is_none_or(|at| at.plus_secs(ASK_EVERY_SECS) <= now)
    }
    fn must_wait(&self, id: Uuid, now: Ts) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried.retain(|_, at| at.plus_secs(ASK_EVERY_SECS) > now);
        tried.insert(id, now);
    }
}

/// What an activation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InboxDone {
    /// Notices that became money, or took it back.
    pub counted: usize,
    /// Notices that brought no money.
    pub ignored: usize,
    /// Wait for a person: money of nobody we know, or of another amount than was asked for.
    pub parked: usize,
    /// Got no answer from their gateway; asked again in half a minute.
    pub unanswered: usize,
    /// Could not be counted; tried again in half a minute.
    pub failed: usize,
    /// Intents asked about.
    pub asked: usize,
    /// Payments found by asking.
    pub found: usize,
}

/// Counts what is stored and asks about what is open, up to a bound; reads the tables, so that running it
/// again, or two at once, changes nothing more. Without gateways it does nothing.
///
/// # Errors
/// Only when the database fails. A gateway that is away, or a notice that can't be counted, holds nobody
/// else back.
pub async fn activate(db: &Db, now: Ts) -> Result<InboxDone> {
    let mut done = InboxDone::default();
    let Some(gateways) = db.ext::<Gateways>() else { return Ok(done) };
    for stored in notice::stored(&mut db.reader(), NOTICES).await? {
        let key = stored.id.uuid();
        if !gateways.may_try(key, now) {
            continue;
        }
        match take(db, &gateways, &stored, now).await {
            Ok(NoticeState::Counted) => done.counted += 1,
            Ok(NoticeState::Ignored) => done.ignored += 1,
            Ok(NoticeState::Unmatched | NoticeState::Mismatch) => done.parked += 1,
            Ok(NoticeState::Stored) => {
                done.unanswered += 1;
                gateways.must_wait(key, now);
            }
            Err(fault) if store::is_unavailable(&fault) => return Err(fault),
            Err(fault) => {
                done.failed += 1;
                gateways.must_wait(key, now);
                tracing::error!(?fault, notice = %stored.id, "a notice was not counted");
            }
        }
    }
    ask_all(db, &gateways, now, &mut done).await?;
    ask_top_ups(db, &gateways, now, &mut done).await?;
    Ok(done)
}

async fn ask_all(db: &Db, gateways: &Gateways, now: Ts, done: &mut InboxDone) -> Result<()> {
    let before = now.plus_secs(-ASK_EVERY_SECS);
    let open = intent::to_ask(&mut db.reader(), before, INTENTS_SEEN).await?;
    let ready = open.into_iter().filter(|intent| gateways.may_try(intent.id.uuid(), now));
    for open in ready.take(INTENTS) {
        let key = open.id.uuid();
        match ask(db, gateways, &open, now).await {
            Ok(Some(found)) => {
                done.asked += 1;
                done.found += found;
            }
            Ok(None) => {
                done.unanswered += 1;
                gateways.must_wait(key, now);
            }
            Err(fault) if store::is_unavailable(&fault) => return Err(fault),
            Err(fault) => {
                done.failed += 1;
                gateways.must_wait(key, now);
                tracing::error!(?fault, intent = %open.id, "an intent's answer was not counted");
            }
        }
    }
    Ok(())
}

/// Resellers' top-ups whose notice did not come.
async fn ask_top_ups(db: &Db, gateways: &Gateways, now: Ts, done: &mut InboxDone) -> Result<()> {
    let before = now.plus_secs(-ASK_EVERY_SECS);
    let open = charge::to_ask(&mut db.reader(), before, INTENTS_SEEN).await?;
    let ready = open.into_iter().filter(|one| gateways.may_try(one.top_up_id.uuid(), now));
    for one in ready.take(INTENTS) {
        let Some(gateway) = gateways.named(&one.gateway) else { continue };
        let known = match gateway.status(&one.reference).await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(gateway = one.gateway, ?error, "a top-up waits for its gateway");
                done.unanswered += 1;
                gateways.must_wait(one.top_up_id.uuid(), now);
                continue;
            }
        };
        let id = one.top_up_id;
        let cause = Cause::system(now, "inbox");
        let work = async |tx: &mut Tx| charge::answered(tx, id, &known).await;
        match db.write(&cause, work).await {
            Ok(found) => {
                done.asked += 1;
                done.found += found;
            }
            Err(fault) if store::is_unavailable(&fault) => return Err(fault),
            Err(fault) => {
                done.failed += 1;
                gateways.must_wait(one.top_up_id.uuid(), now);
                tracing::error!(?fault, top_up = %id, "a top-up's answer was not counted");
            }
        }
    }
    Ok(())
}

async fn take(db: &Db, gateways: &Gateways, row: &NoticeRow, now: Ts) -> Result<NoticeState> {
    let asked = if row.conclusive { None } else { confirmed(gateways, row, now).await };
    if asked.is_none() && !row.conclusive {
        return Ok(NoticeState::Stored);
    }
    let id = row.id;
    let reference = row.intent_reference.as_str();
    let is_top_up = charge::knows(&mut db.reader(), &row.gateway, reference).await?;
    let cause = Cause::system(now, "inbox");
    db.write(&cause, async |tx: &mut Tx| {
        if is_top_up {
            charge::count(tx, id, asked.as_ref()).await
        } else {
            notice::count(tx, id, asked.as_ref()).await
        }
    })
    .await
}

/// What the gateway says about the payment that a notice told of. `None`: it did not answer, or does not
/// know it yet; ask again later. After an hour a payment that the gateway does not know is none.
async fn confirmed(gateways: &Gateways, row: &NoticeRow, now: Ts) -> Option<RemotePayment> {
    let gateway = gateways.named(&row.gateway)?;
    let known = match gateway.status(&row.intent_reference).await {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(gateway = row.gateway, ?error, "a notice waits for its gateway");
            return None;
        }
    };
    let told = row.payment();
    let same = |p: &RemotePayment| p.payment_reference == told.payment_reference;
    let is_late = row.received_at.plus_secs(UNCONFIRMED_SECS) <= now;
    known
        .into_iter()
        .find(same)
        .or_else(|| is_late.then_some(RemotePayment { state: RemoteState::Pending, ..told }))
}

/// Asks about an open intent; `None`: no answer. Money of another amount than was asked for is not counted
/// here: it becomes a notice that waits for a person, as if it had been told.
async fn ask(db: &Db, gateways: &Gateways, open: &Intent, now: Ts) -> Result<Option<usize>> {
    let Some(gateway) = gateways.named(&open.gateway) else { return Ok(None) };
    let known = match gateway.status(&open.reference).await {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(gateway = open.gateway, ?error, "an intent waits for its gateway");
            return Ok(None);
        }
    };
    let fits = |p: &RemotePayment| {
        p.state != RemoteState::Settled || open.open_amount || p.amount == open.amount
    };
    let (right, wrong): (Vec<_>, Vec<_>) = known.into_iter().partition(fits);
    let id = open.id;
    let cause = Cause::system(now, "inbox");
    db.write(&cause, async |tx: &mut Tx| {
        for payment in &wrong {
            park(tx, &open.gateway, payment).await?;
        }
        intent::answered(tx, id, &right).await.map(Some)
    })
    .await
}

/// Keeps money of a wrong amount for a person, unless it waits already or a person has counted it.
async fn park(tx: &mut Tx, gateway: &str, payment: &RemotePayment) -> Result<()> {
    let there =
        |n: &NoticeRow| n.gateway == gateway && n.payment_reference == payment.payment_reference;
    if notice::parked(tx, NOTICES).await?.iter().any(there)
        || is_counted(tx, gateway, payment).await?
    {
        return Ok(());
    }
    let found = Notice {
        notice_id: format!("status:{}", payment.payment_reference),
        payment: payment.clone(),
        conclusive: true,
    };
    let raw = json!({
        "told_by": "status", "intent": payment.intent_reference, "payment": payment.payment_reference,
        "amount": payment.amount, "state": payment.state, "paid_at": payment.paid_at,
    });
    let recorded = notice::record(tx, gateway, &found, raw.to_string().as_bytes()).await?;
    notice::count(tx, recorded.id, None).await.map(drop)
}

async fn is_counted(tx: &mut Tx, gateway: &str, payment: &RemotePayment) -> Result<bool> {
    let filter = PaymentFilter {
        channel: Some(Channel::Gateway(gateway.to_owned())),
        text: Some(payment.payment_reference.clone()),
        ..PaymentFilter::default()
    };
    let found = billing::pay::list(tx, &Scope::all(), &filter, None, NOTICES).await?;
    Ok(found.iter().any(|p| p.reference == payment.payment_reference))
}
