//! Holds that people place: `manual` (finance and the owner), `abuse` (NOC). The other holds follow from
//! money, time and usage, and are never placed by hand.

use kernel::{Event, Fault, Permission, Result, Scope, SubscriptionId, Ts};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::store as sql;
use crate::subscription;
use crate::words::HoldKind;

/// A hold that a person placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub kind: HoldKind,
    pub why: String,
    /// Ends by itself; none: until released.
    pub until: Option<Ts>,
    pub by: String,
    pub placed_at: Ts,
}

/// Places a hold. The same kind twice is refused.
///
/// # Errors
/// `forbidden` for somebody else's kind of hold; `billing.hold_kind`; `billing.hold_there`;
/// `billing.hold_until` for an end that has passed; `invalid_fields` without a reason.
pub async fn place(
    tx: &mut Tx,
    id: SubscriptionId,
    kind: HoldKind,
    why: &str,
    until: Option<Ts>,
) -> Result<()> {
    tx.actor().require(permission(kind)?)?;
    if why.trim().is_empty() {
        return Err(Fault::fields(vec![kernel::Field::required("why")]));
    }
    if until.is_some_and(|at| at <= tx.now()) {
        return Err(Fault::field(
            "until",
            "billing.hold_until",
            "harus waktu yang akan datang",
            "must be in the future",
        ));
    }
    let sub = subscription::locked(tx, id).await?;
    if sub.state.is_final() {
        use crate::words::SubscriptionState::{Active, Isolated, Paused, PendingInstall, Ready};
        return sub.must_be(&[PendingInstall, Ready, Active, Isolated, Paused]);
    }
    release_ended(tx, id, kind).await?;
    sql::subscription::place_hold(tx, id, kind, why.trim(), until).await.map_err(|f| {
        if !store::is_unique(&f) {
            return f;
        }
        Fault::conflict(
            "billing.hold_there",
            "Penahanan jenis ini sudah ada.",
            "A hold of this kind is there already.",
        )
    })?;
    let after = json!({ "kind": kind, "why": why, "until": until });
    tx.journal("subscription", id.uuid(), "hold_placed", Value::Null, after).await?;
    tx.emit(Event::HoldsChanged { subscription: id });
    Ok(())
}

/// Releases a hold. Without one nothing changes.
///
/// # Errors
/// `forbidden`; `billing.hold_kind`; `billing.subscription_not_found`.
pub async fn release(tx: &mut Tx, id: SubscriptionId, kind: HoldKind) -> Result<()> {
    tx.actor().require(permission(kind)?)?;
    subscription::locked(tx, id).await?;
    if sql::subscription::release_hold(tx, id, kind).await? {
        let before = json!({ "kind": kind });
        tx.journal("subscription", id.uuid(), "hold_released", before, Value::Null).await?;
        tx.emit(Event::HoldsChanged { subscription: id });
    }
    Ok(())
}

/// The holds of a subscription that were not released, ended ones too.
///
/// # Errors
/// `billing.subscription_not_found`.
pub async fn list(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<Vec<Hold>> {
    subscription::find(q, scope, id).await?;
    sql::access::holds(q, &[id]).await.map(|all| all.into_iter().map(|(_, hold)| hold).collect())
}

/// An ended hold makes room for a new one.
async fn release_ended(tx: &mut Tx, id: SubscriptionId, kind: HoldKind) -> Result<()> {
    let now = tx.now();
    let all = sql::access::holds(tx, &[id]).await?;
    let ended = |h: &Hold| h.kind == kind && h.until.is_some_and(|at| at <= now);
    if all.iter().any(|(_, hold)| ended(hold)) {
        sql::subscription::release_hold(tx, id, kind).await?;
    }
    Ok(())
}

fn permission(kind: HoldKind) -> Result<Permission> {
    match kind {
        HoldKind::Manual => Ok(Permission::HoldManualWrite),
        HoldKind::Abuse => Ok(Permission::HoldAbuseWrite),
        HoldKind::Unpaid | HoldKind::PeriodOver | HoldKind::QuotaUsed => Err(Fault::field(
            "kind",
            "billing.hold_kind",
            "hanya manual atau abuse yang bisa dipasang orang",
            "must be manual or abuse: the others follow by themselves",
        )),
    }
}
