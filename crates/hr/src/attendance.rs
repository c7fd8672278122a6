//! Coming to work and going: written down once, never changed.

use kernel::{
    AttendanceId, BranchId, Event, Fault, FieldOpId, Permission, Result, Scope, Ts, UserId,
    WorkOrderId,
};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::fence::{Found, Here, Place};
use crate::store as rows;

store::words! {
    pub enum Kind { In = "in", Out = "out" }
}

store::row! {
    /// One coming or going as kept.
    pub struct Check {
        pub id: AttendanceId,
        pub user_id: UserId,
        pub op_id: FieldOpId,
        pub branch_id: Option<BranchId>,
        pub kind: Kind,
        /// By the device's clock: evidence.
        pub occurred_at: Ts,
        pub recorded_at: Ts,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub accuracy_m: Option<i64>,
        pub place: Place,
        pub work_order_id: Option<WorkOrderId>,
        pub distance_m: Option<i64>,
        pub has_photo: bool,
    }
}

store::row! {
    /// A photo's bytes with their type; the caller has looked that they are a picture.
    pub struct Picture { pub mime: String, pub bytes: Vec<u8> }
}

/// A coming or going as the device sent it.
#[derive(Clone, Debug)]
pub struct NewCheck {
    /// Made by the device: the same one again changes nothing.
    pub op_id: FieldOpId,
    pub branch: Option<BranchId>,
    pub kind: Kind,
    /// By the device's clock.
    pub at: Ts,
    pub here: Option<Here>,
    pub found: Found,
    pub photo: Option<Picture>,
}

/// Writes down that the acting person came or went. The same op again changes nothing.
///
/// # Errors
/// `forbidden` for who keeps no attendance; field errors for a position off the globe.
pub async fn record(tx: &mut Tx, new: NewCheck) -> Result<()> {
    tx.actor().require(Permission::AttendanceCheck)?;
    let Some(user) = tx.actor().user() else { return Err(not_found()) };
    if let Some(here) = new.here {
        here.check()?;
    }
    let check = Check {
        id: tx.new_id(),
        user_id: user,
        op_id: new.op_id,
        branch_id: new.branch,
        kind: new.kind,
        occurred_at: new.at,
        recorded_at: tx.now(),
        lat: new.here.map(|here| here.lat),
        lon: new.here.map(|here| here.lon),
        accuracy_m: new.here.map(|here| here.accuracy_m),
        place: new.found.place,
        work_order_id: new.found.job,
        distance_m: new.found.distance_m,
        has_photo: new.photo.is_some(),
    };
    if !rows::insert(tx, &check).await? {
        return Ok(());
    }
    if let Some(photo) = new.photo {
        rows::insert_photo(tx, check.id, photo).await?;
    }
    // Where somebody was is read where it stands, by those who may.
    let after = json!({ "kind": check.kind, "at": check.occurred_at, "place": check.place });
    tx.emit(Event::AttendanceRecorded { attendance: check.id });
    tx.journal("attendance", check.id.uuid(), "recorded", Value::Null, after).await
}

/// One coming or going; `None`: there is none of this id.
///
/// # Errors
/// Only when the database fails.
pub async fn find(q: &mut dyn Query, id: AttendanceId) -> Result<Option<Check>> {
    rows::find(q, id).await
}

/// Somebody's own comings and goings, newest first.
///
/// # Errors
/// Only when the database fails.
pub async fn of(q: &mut dyn Query, user: UserId, limit: i64) -> Result<Vec<Check>> {
    rows::of(q, user, limit).await
}

/// What happened from `from` up to `until` by the devices' clocks, oldest first. A branch's people are those
/// who belonged to it then.
///
/// # Errors
/// Only when the database fails.
pub async fn between(q: &mut dyn Query, scope: &Scope, from: Ts, until: Ts) -> Result<Vec<Check>> {
    rows::between(q, scope, from, until).await
}

/// The photo of a coming or going: one's own, or of anybody in scope for who reads attendance.
///
/// # Errors
/// `hr.photo_not_found`.
pub async fn picture(
    q: &mut dyn Query,
    scope: &Scope,
    only: Option<UserId>,
    id: AttendanceId,
) -> Result<Picture> {
    rows::picture(q, scope, only, id).await?.ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::not_found(
        "hr.photo_not_found",
        "Foto absensi ini tidak ada.",
        "There is no such attendance photo.",
    )
}
