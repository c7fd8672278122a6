//! Coming to work and going: ops whose subject is the person.

use fulfilment::field::FieldOp;
use fulfilment::field::body::{Body, Presence, photo_bytes};
use hr::attendance::{Kind, NewCheck, Picture};
use hr::fence::{Fence, Here, judge};
use kernel::{Fault, Field, Result, UserId};
use store::Tx;

/// Carries out what somebody's device says of themselves. Being outside of every fence is written down and
/// refuses nothing.
pub(super) async fn out(tx: &mut Tx, op: &FieldOp, user: UserId, body: Body) -> Result<()> {
    let (kind, said) = match body {
        Body::CheckIn(said) => (Kind::In, said),
        Body::CheckOut(said) => (Kind::Out, said),
        Body::Skip {} => return Ok(()),
        _ => return Err(not_a_job()),
    };
    let here = here(&said)?;
    let branch = tx.actor().scope.branch;
    let found = judge(here, &fences(tx, op, user).await?);
    let photo = match said.data {
        Some(data) => {
            let picture = fulfilment::photo::checked(photo_bytes(&data)?, None)?;
            Some(Picture { mime: picture.mime, bytes: picture.bytes })
        }
        None => None,
    };
    let at = op.occurred_at;
    let new = NewCheck { op_id: op.op_id, branch, kind, at, here, found, photo };
    hr::attendance::record(tx, new).await
}

/// # Errors
/// A field error for half a position.
fn here(said: &Presence) -> Result<Option<Here>> {
    match (said.lat, said.lon) {
        (Some(lat), Some(lon)) => {
            // A phone says metres with a fraction; `as` saturates.
            let accuracy_m = said.accuracy_m.unwrap_or_default().ceil() as i64;
            Ok(Some(Here { lat, lon, accuracy_m }))
        }
        (None, None) => Ok(None),
        (lat, _) => {
            Err(Fault::fields(vec![Field::required(if lat.is_none() { "lat" } else { "lon" })]))
        }
    }
}

/// Where the person's work was on that day: the office of their branch (of every branch for who has none),
/// and the sites of their own jobs.
async fn fences(tx: &mut Tx, op: &FieldOp, user: UserId) -> Result<Vec<Fence>> {
    let catalog = catalog::current(tx).await?;
    let own = tx.actor().scope.branch;
    let offices = catalog.branches.values().filter(|one| own.is_none_or(|own| own == one.id));
    // A branch that nobody has put on the map lies at nought and nought.
    let known = offices.filter(|one| (one.lat, one.lon) != (0.0, 0.0));
    let mut fences: Vec<Fence> =
        known.map(|one| Fence { lat: one.lat, lon: one.lon, job: None }).collect();
    let day = op.occurred_at.day(own.map(|branch| catalog.zone(branch)).unwrap_or_default());
    for job in fulfilment::jobs(tx, user, day, day).await? {
        if let Some((lat, lon)) = job.site_lat.zip(job.site_lon) {
            fences.push(Fence { lat, lon, job: Some(job.id) });
        }
    }
    Ok(fences)
}

pub(super) fn not_oneself() -> Fault {
    Fault::invalid(
        "flows.attendance_subject",
        "Absensi hanya untuk diri sendiri.",
        "Attendance is only one's own.",
    )
}

fn not_a_job() -> Fault {
    Fault::invalid(
        "flows.not_a_job",
        "Langkah ini milik sebuah SPK, bukan absensi.",
        "This step belongs to a work order, not to attendance.",
    )
}
