//! What technicians did offline, applied: the offline protocol's way through the rooms.
//!
//! Whose turn an op is, the room `fulfilment` decides ([`fulfilment::field`]); here it is carried out
//! across rooms, each op in one transaction with everything that follows from it. A refusal is kept and
//! answered again; a failure of ours (database away, a bug) is not kept, so that the device sends it
//! again.
//!
//! On an order of several technicians an op that lacks something only for the moment (a colleague's
//! photo, a colleague's arrival) waits for it: the end does not depend on whose phone was online first.

mod carry;
mod presence;

pub use carry::{Used, use_up};

use std::collections::BTreeSet;

use fulfilment::evidence::NOT_COMPLETE;
use fulfilment::field::{self, FieldOp, Keeping, Kept, OpState, Turn};
use fulfilment::{State, WorkOrder};
use kernel::{
    Actor, Cause, Fault, FaultKind, FieldOpId, Permission, Result, Scope, UserId, WorkOrderId,
};
use store::{Db, Tx};

/// More than a day's work of one person.
pub const OPS_MAX: usize = 500;
/// A unique key hit by somebody at the same moment: the second look sees their row.
const TRIES: usize = 3;

/// What became of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Applied,
    /// It was applied before.
    Repeated,
    Refused,
    /// It waits for what comes before it; send it again later.
    Held,
}

impl Outcome {
    /// The word as sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
            Self::Held => "held",
        }
    }
}

/// The answer to one op, with the reason in both languages unless it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpResult {
    pub op_id: FieldOpId,
    pub outcome: Outcome,
    pub code: Option<String>,
    pub id: Option<String>,
    pub en: Option<String>,
}

/// Applies a batch of one person's ops, in whatever order and how often they come, and answers each in
/// the order sent. Ops that waited for these (a colleague's too) are applied as well.
///
/// # Errors
/// `forbidden` unless a person who works on jobs sends them; a field error for over 500; a failure of
/// the database, after which the batch is sent again: what was applied stays applied.
pub async fn apply(db: &Db, cause: &Cause, ops: &[FieldOp]) -> Result<Vec<OpResult>> {
    cause.actor.require(Permission::JobProgress)?;
    let Some(user) = cause.actor.user() else {
        return Err(Fault::forbidden(
            "flows.field_person",
            "Langkah lapangan dikirim oleh orang yang login.",
            "Field steps are sent by a person who is logged in.",
        ));
    };
    if ops.len() > OPS_MAX {
        let (id, en) = ("paling banyak 500 langkah sekaligus", "must be at most 500 at once");
        return Err(Fault::field("ops", "too_many", id, en));
    }
    let mut first = Vec::with_capacity(ops.len());
    for op in ops {
        first.push(keep(db, cause, user, op).await?);
    }
    let subjects: BTreeSet<WorkOrderId> = ops.iter().map(|op| op.subject).collect();
    for subject in subjects {
        drive(db, cause, subject).await?;
    }
    let mut results = Vec::with_capacity(ops.len());
    for (op, found) in ops.iter().zip(first) {
        results.push(match found {
            Found::Refused(fault) => said(op.op_id, Outcome::Refused, Some(&fault)),
            Found::Settled(kept) => result_of(&kept, true),
            Found::Open => match field::find(&mut db.reader(), user, op.op_id).await? {
                Some(kept) => result_of(&kept, false),
                None => return Err(Fault::bug("a kept op went away")),
            },
        });
    }
    Ok(results)
}

/// Tries the ops about an order that are not settled, until nothing more comes of it. Also for the office
/// after it changed something that they wait for.
///
/// # Errors
/// A failure of the database.
pub async fn drive(db: &Db, cause: &Cause, subject: WorkOrderId) -> Result<()> {
    loop {
        let mut settled = false;
        for kept in field::unsettled(&mut db.reader(), subject).await? {
            settled |= attempt(db, cause, &kept).await?;
        }
        if !settled {
            return Ok(());
        }
    }
}

/// What is known of an op when it comes in.
enum Found {
    Open,
    Settled(Box<Kept>),
    /// Not kept: another body, an unknown version.
    Refused(Fault),
}

async fn keep(db: &Db, cause: &Cause, user: UserId, op: &FieldOp) -> Result<Found> {
    let kept = db.write(cause, async |tx: &mut Tx| field::keep(tx, user, op).await).await;
    match kept {
        Ok(Keeping::New) => Ok(Found::Open),
        Ok(Keeping::Known(kept)) if kept.state.is_settled() => Ok(Found::Settled(kept)),
        Ok(Keeping::Known(_)) => Ok(Found::Open),
        Err(fault) if is_refusal(&fault) => Ok(Found::Refused(fault)),
        Err(fault) => Err(fault),
    }
}

/// Tries one op in a transaction of its own. `true`: it is settled now.
async fn attempt(db: &Db, cause: &Cause, kept: &Kept) -> Result<bool> {
    let Some(actor) = actor_of(db, cause, kept.user_id).await? else { return Ok(false) };
    let cause = Cause { actor: beyond_the_job(actor), trail: None, ..cause.clone() };
    let mut tries = 0;
    loop {
        tries += 1;
        let done = db.write(&cause, async |tx: &mut Tx| step(tx, kept).await).await;
        let fault = match done {
            Ok(settled) => return Ok(settled),
            Err(fault) if store::is_unique(&fault) && tries < TRIES => continue,
            Err(fault) if is_refusal(&fault) => fault,
            Err(fault) => return Err(fault),
        };
        // What the op had done is rolled back; only the refusal is written.
        return db.write(&cause, async |tx: &mut Tx| refuse(tx, kept, &fault).await).await;
    }
}

/// One op's turn: applied with all that follows, or written down as waiting.
async fn step(tx: &mut Tx, kept: &Kept) -> Result<bool> {
    let Some(kept) = field::take(tx, kept.user_id, kept.op_id).await? else { return Ok(true) };
    let op = kept.op();
    let chain = field::chain(tx, kept.user_id, &op).await?;
    if kept.awaits_approval() && field::overtaken(&op, &chain) {
        field::settle(tx, &kept, OpState::Refused, Some(&overtaken())).await?;
        return Ok(true);
    }
    match field::turn(&op, &chain) {
        Turn::Apply => {
            carry::out(tx, &op, kept.user_id).await?;
            field::settle(tx, &kept, OpState::Applied, None).await?;
            Ok(true)
        }
        Turn::Wait => {
            field::settle(tx, &kept, OpState::Waiting, Some(&waits())).await?;
            Ok(false)
        }
        Turn::Held(by) => {
            field::settle(tx, &kept, OpState::Held, Some(&held(by))).await?;
            Ok(false)
        }
        Turn::Refuse(fault) => Err(fault),
    }
}

/// Writes a refusal down, or that the op waits for a colleague or for NOC.
async fn refuse(tx: &mut Tx, kept: &Kept, fault: &Fault) -> Result<bool> {
    let Some(kept) = field::take(tx, kept.user_id, kept.op_id).await? else { return Ok(true) };
    let state = if fault.code == fulfilment::OWN_DEVICE_NOT_APPROVED {
        OpState::Held
    } else if may_come_yet(tx, &kept, fault).await? {
        OpState::Waiting
    } else {
        OpState::Refused
    };
    field::settle(tx, &kept, state, Some(fault)).await?;
    Ok(state.is_settled())
}

/// On an order of several technicians a missing piece may still be on a colleague's phone.
async fn may_come_yet(tx: &mut Tx, kept: &Kept, fault: &Fault) -> Result<bool> {
    let order = match fulfilment::find(tx, &Scope::all(), kept.subject).await {
        Ok(order) => order,
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(false),
        Err(fault) => return Err(fault),
    };
    if !colleague_may_bring(&order, fault.code) {
        return Ok(false);
    }
    Ok(fulfilment::technicians_of(tx, order.id).await?.len() > 1)
}

fn colleague_may_bring(order: &WorkOrder, code: &str) -> bool {
    let under_way = matches!(order.state, State::Assigned | State::Accepted | State::OnTheWay);
    match code {
        NOT_COMPLETE => order.state == State::OnSite,
        "fulfilment.wrong_state" => under_way,
        _ => false,
    }
}

/// The one in whose name an op is applied: its sender, with today's rights. `None`: locked out since, so
/// the op waits until somebody lets them in again.
async fn actor_of(db: &Db, cause: &Cause, user: UserId) -> Result<Option<Actor>> {
    if cause.actor.user() == Some(user) {
        return Ok(Some(cause.actor.clone()));
    }
    let found = identity::user::find(&mut db.reader(), &Scope::all(), user).await;
    let colleague = match found {
        Ok(colleague) => colleague,
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    if colleague.disabled_at.is_some() {
        return Ok(None);
    }
    Ok(Some(identity::actor::actor_of(&colleague, None, None)))
}

/// What follows from a step (the account, the first invoice) lies outside of what a technician may look
/// at. That the order is theirs is checked against the order itself ([`carry::out`]).
fn beyond_the_job(mut actor: Actor) -> Actor {
    actor.scope.technician = None;
    actor
}

/// Somebody's answer rather than our failure: it will be the same when sent again.
fn is_refusal(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::Invalid | FaultKind::Forbidden | FaultKind::NotFound => true,
        FaultKind::Conflict => !store::is_unique(fault),
        FaultKind::Unauthenticated
        | FaultKind::TooMany
        | FaultKind::Unavailable
        | FaultKind::Bug => false,
    }
}

fn waits() -> Fault {
    Fault::conflict(
        "fulfilment.op_waits",
        "Menunggu langkah sebelumnya dari perangkat yang sama.",
        "Waits for the step before it from the same device.",
    )
}

fn overtaken() -> Fault {
    Fault::conflict(
        "fulfilment.op_overtaken",
        "Langkah ini digantikan langkah sesudahnya.",
        "A later step took the place of this one.",
    )
}

fn held(by: FieldOpId) -> Fault {
    Fault::conflict(
        "fulfilment.op_held",
        format!("Tertahan: langkah sebelumnya ({by}) ditolak. Ulangi langkah itu dulu."),
        format!("Held back: the step before it ({by}) was refused. Do that step again first."),
    )
}

fn result_of(kept: &Kept, before: bool) -> OpResult {
    let outcome = match kept.state {
        OpState::Applied if before => Outcome::Repeated,
        OpState::Applied => Outcome::Applied,
        OpState::Refused => Outcome::Refused,
        OpState::Waiting | OpState::Held => Outcome::Held,
    };
    let text = |key: &str| {
        let why = kept.result.as_ref()?;
        why.get(key).and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    OpResult { op_id: kept.op_id, outcome, code: text("code"), id: text("id"), en: text("en") }
}

fn said(op_id: FieldOpId, outcome: Outcome, why: Option<&Fault>) -> OpResult {
    OpResult {
        op_id,
        outcome,
        code: why.map(|fault| fault.code.to_owned()),
        id: why.map(|fault| fault.id.clone()),
        en: why.map(|fault| fault.en.clone()),
    }
}
