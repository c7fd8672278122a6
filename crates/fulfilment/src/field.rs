//! The offline protocol: what a technician's device did without a network, sent later.
//!
//! An *op* is one thing done, about one work order (its subject). It may arrive twice, late, out of order
//! or in a batch; the end is the same:
//! - an op is applied once; the same op again answers what the first did; the same id with another body
//!   is refused;
//! - `based_on` names the device's previous op on the same subject: until that one has arrived and was
//!   applied, the op waits;
//! - a refused op holds back the later ones of the same device and subject, and nothing else. What makes
//!   it good again is the same kind of op done anew, `fail` (the visit came to nothing) or `skip` (go on
//!   without it): then the held ones go on. A customer's own device that NOC has not allowed yet is held
//!   in the same way, and tried again when NOC allows it.
//!
//! Ops are kept 90 days, in the versions [`PROTOCOL`] and the one before it.

pub mod body;

use kernel::{Fault, FieldOpId, Result, Scope, Ts, UserId, WorkOrderId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Query, Tx};
use uuid::Uuid;

use crate::store::field as rows;

/// The version of the ops that devices send today.
pub const PROTOCOL: i64 = 1;
/// How long ops are kept.
pub const KEPT_DAYS: i64 = 90;

/// This version and the one before it are understood.
pub const fn understood(current: i64, v: i64) -> bool {
    v >= 1 && (v == current || v == current - 1)
}

/// One thing done on a device, as sent.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldOp {
    pub op_id: FieldOpId,
    pub v: i64,
    /// The device's own name for itself.
    pub device: String,
    /// Counts the device's ops; later ones have more.
    pub seq: i64,
    /// By the device's clock: evidence, nothing is decided by it.
    pub occurred_at: Ts,
    pub subject: WorkOrderId,
    /// The id of the device's previous op on this subject. Anything else (the version of the job that it
    /// saw, or nothing) says that none is outstanding.
    pub based_on: Option<String>,
    /// `{"kind": …}`, see [`body::Body`].
    pub body: Value,
}

impl FieldOp {
    /// `body.kind`, empty when there is none.
    pub fn kind(&self) -> &str {
        self.body.get("kind").and_then(Value::as_str).unwrap_or_default()
    }
    /// The op that has to come first.
    pub fn previous(&self) -> Option<FieldOpId> {
        let id = self.based_on.as_deref()?;
        Uuid::parse_str(id).ok().map(FieldOpId::from_uuid)
    }
    /// SHA-256 over everything but the id, with the keys of objects in order: the same op has the same
    /// hash however its JSON was written.
    pub fn hash(&self) -> Vec<u8> {
        let whole = json!({
            "v": self.v, "device": self.device, "seq": self.seq, "at": self.occurred_at.micros(),
            "subject": self.subject, "based_on": self.based_on, "body": self.body,
        });
        let mut text = String::new();
        canonical(&whole, &mut text);
        Sha256::digest(text.as_bytes()).to_vec()
    }
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(&map[key.as_str()], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

store::words! {
    pub enum OpState {
        /// Something that must come first has not arrived.
        Waiting = "waiting",
        /// An op before it was refused.
        Held = "held",
        Applied = "applied",
        Refused = "refused",
    }
}

impl OpState {
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Applied | Self::Refused)
    }
}

store::row! {
    /// An op as kept, with what became of it.
    pub struct Kept {
        pub user_id: UserId,
        pub op_id: FieldOpId,
        pub device: String,
        pub seq: i64,
        pub subject: WorkOrderId,
        pub v: i64,
        pub occurred_at: Ts,
        pub based_on: Option<String>,
        pub kind: String,
        pub body: Value,
        pub body_hash: Vec<u8>,
        pub state: OpState,
        /// `{code, id, en}` of a refusal, or of what it waits for.
        pub result: Option<Value>,
        pub received_at: Ts,
        pub applied_at: Option<Ts>,
    }
}

impl Kept {
    /// It was tried, and waits for NOC's yes to the customer's own device. What the technician does instead
    /// goes on without it.
    pub fn awaits_approval(&self) -> bool {
        let code = self.result.as_ref().and_then(|why| why.get("code")?.as_str());
        self.state == OpState::Held && code == Some(crate::OWN_DEVICE_NOT_APPROVED)
    }
    pub fn op(&self) -> FieldOp {
        FieldOp {
            op_id: self.op_id,
            v: self.v,
            device: self.device.clone(),
            seq: self.seq,
            occurred_at: self.occurred_at,
            subject: self.subject,
            based_on: self.based_on.clone(),
            body: self.body.clone(),
        }
    }
}

/// Whose turn it is.
#[derive(Clone, Debug)]
pub enum Turn {
    Apply,
    /// The op before it has not arrived, or waits itself.
    Wait,
    /// This op was refused and is not made good.
    Held(FieldOpId),
    /// It can never be applied.
    Refuse(Fault),
}

/// Decides whose turn it is from the ops of the same device and subject that are known.
pub fn turn(op: &FieldOp, chain: &[Kept]) -> Turn {
    let previous = match op.previous() {
        Some(id) => match chain.iter().find(|known| known.op_id == id) {
            None => return Turn::Wait,
            Some(known) if known.seq >= op.seq => return Turn::Refuse(broken_chain()),
            Some(known) => Some(known),
        },
        None => latest_before(op.seq, chain),
    };
    let Some(previous) = previous else { return Turn::Apply };
    match previous.state {
        OpState::Applied => Turn::Apply,
        OpState::Waiting => Turn::Wait,
        OpState::Refused | OpState::Held => after_refusal(op, previous, chain),
    }
}

/// Something that the device did later took this op's place.
pub fn overtaken(op: &FieldOp, chain: &[Kept]) -> bool {
    chain.iter().any(|later| {
        later.seq > op.seq && later.state == OpState::Applied && makes_good(&later.kind, op.kind())
    })
}

/// Behind a refused op only what makes it good may pass, until something did.
fn after_refusal(op: &FieldOp, previous: &Kept, chain: &[Kept]) -> Turn {
    let Some(refused) = refused_at_root(previous, chain) else { return Turn::Wait };
    let made_good = chain.iter().any(|later| {
        later.seq > refused.seq
            && later.state == OpState::Applied
            && makes_good(&later.kind, &refused.kind)
    });
    if makes_good(op.kind(), &refused.kind) {
        return Turn::Apply;
    }
    // What was held before a later one goes first: their order is the device's.
    if made_good && previous.state == OpState::Held {
        return Turn::Wait;
    }
    if made_good { Turn::Apply } else { Turn::Held(refused.op_id) }
}

/// Walks back from an op to the refused one that holds it.
fn refused_at_root<'a>(from: &'a Kept, chain: &'a [Kept]) -> Option<&'a Kept> {
    let mut at = from;
    for _ in 0..=chain.len() {
        if at.state == OpState::Refused || at.awaits_approval() {
            return Some(at);
        }
        at = match at.op().previous() {
            Some(id) => chain.iter().find(|known| known.op_id == id)?,
            None => latest_before(at.seq, chain)?,
        };
    }
    None
}

fn latest_before(seq: i64, chain: &[Kept]) -> Option<&Kept> {
    chain.iter().filter(|known| known.seq < seq).max_by_key(|known| (known.seq, known.op_id))
}

/// The same thing done anew, the visit given up, or the refused one left out.
fn makes_good(kind: &str, refused: &str) -> bool {
    kind == refused || kind == "fail" || kind == "skip"
}

fn broken_chain() -> Fault {
    Fault::invalid(
        "fulfilment.op_chain",
        "Urutan langkah dari perangkat tidak benar: langkah sebelumnya bernomor lebih besar.",
        "The device's steps are out of order: the previous one has a higher number.",
    )
}

/// What keeping an op found.
#[derive(Clone, Debug)]
pub enum Keeping {
    New,
    /// It came before; what is known of it.
    Known(Box<Kept>),
}

/// Keeps an op before it is applied.
///
/// # Errors
/// `fulfilment.op_version`, `fulfilment.op_envelope` (nothing is kept), `fulfilment.op_other_body` when
/// the id came with another body.
pub async fn keep(tx: &mut Tx, user: UserId, op: &FieldOp) -> Result<Keeping> {
    check_envelope(op)?;
    let hash = op.hash();
    if rows::insert(tx, user, op, &hash).await? {
        return Ok(Keeping::New);
    }
    let known = find(tx, user, op.op_id).await?.ok_or_else(|| Fault::bug("an op went away"))?;
    if known.body_hash == hash {
        return Ok(Keeping::Known(Box::new(known)));
    }
    Err(Fault::conflict(
        "fulfilment.op_other_body",
        "Langkah dengan nomor ini sudah dikirim dengan isi yang lain; yang pertama tetap berlaku.",
        "A step with this id was sent before with another body; the first one stands.",
    ))
}

fn check_envelope(op: &FieldOp) -> Result<()> {
    if !understood(PROTOCOL, op.v) {
        return Err(Fault::invalid(
            "fulfilment.op_version",
            format!("Versi langkah {} tidak dikenal; perbarui aplikasi.", op.v),
            format!("Step version {} is not understood; update the app.", op.v),
        ));
    }
    let sound = (1..=100).contains(&op.device.chars().count())
        && (1..=i64::MAX / 2).contains(&op.seq)
        && (1..=40).contains(&op.kind().len())
        && op.based_on.as_deref().is_none_or(|text| text.len() <= 100);
    if sound {
        return Ok(());
    }
    Err(Fault::invalid(
        "fulfilment.op_envelope",
        "Langkah dari perangkat tidak lengkap (device, seq, body.kind).",
        "The device's step is not complete (device, seq, body.kind).",
    ))
}

/// Takes an unsettled op to apply it, until the end of the transaction. `None`: it was settled meanwhile.
///
/// # Errors
/// Only when the database fails.
pub async fn take(tx: &mut Tx, user: UserId, op: FieldOpId) -> Result<Option<Kept>> {
    if !rows::lock_unsettled(tx, user, op).await? {
        return Ok(None);
    }
    find(tx, user, op).await
}

/// Everything known of the op's device and subject, in the device's order.
///
/// # Errors
/// Only when the database fails.
pub async fn chain(q: &mut dyn Query, user: UserId, op: &FieldOp) -> Result<Vec<Kept>> {
    rows::chain(q, user, op).await
}

/// Writes what became of an op. An applied photo's bytes stand with the photo and are left out here.
///
/// # Errors
/// Only when the database fails.
pub async fn settle(tx: &mut Tx, op: &Kept, state: OpState, why: Option<&Fault>) -> Result<()> {
    let result = why.map(|fault| json!({ "code": fault.code, "id": fault.id, "en": fault.en }));
    let body = (state == OpState::Applied && op.body.get("data").is_some()).then(|| {
        let mut body = op.body.clone();
        if let Some(map) = body.as_object_mut() {
            map.insert("data".to_owned(), Value::Null);
        }
        body
    });
    rows::settle(tx, op, state, result, body).await
}

/// One op of a user.
///
/// # Errors
/// Only when the database fails.
pub async fn find(q: &mut dyn Query, user: UserId, op: FieldOpId) -> Result<Option<Kept>> {
    rows::find(q, user, op).await
}

/// The ops about a work order that are not settled, of every technician, in each device's order.
///
/// # Errors
/// Only when the database fails.
pub async fn unsettled(q: &mut dyn Query, subject: WorkOrderId) -> Result<Vec<Kept>> {
    rows::unsettled(q, subject).await
}

/// What a person should look at: refused ops and what they hold back, and ops that wait, of the orders
/// in scope that are not closed; newest first, at most 200.
///
/// # Errors
/// Only when the database fails.
pub async fn troubled(q: &mut dyn Query, scope: &Scope) -> Result<Vec<Kept>> {
    rows::troubled(q, scope).await
}

/// Forgets settled ops older than 90 days.
///
/// # Errors
/// Only when the database fails.
pub async fn forget_old(tx: &mut Tx) -> Result<u64> {
    let before = tx.now().plus_days(-KEPT_DAYS);
    rows::forget(tx, before).await
}

#[cfg(test)]
mod tests;
