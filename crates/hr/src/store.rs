//! The only SQL of this room.

pub(crate) mod earning;
pub(crate) mod person;

use kernel::{AttendanceId, Result, Scope, Ts, UserId};
use store::{Query, QueryExt, Tx, args};

use crate::attendance::{Check, Picture};

const COLUMNS: &str = "a.id, a.user_id, a.op_id, a.branch_id, a.kind, a.occurred_at, a.recorded_at, \
     a.lat, a.lon, a.accuracy_m, a.place, a.work_order_id, a.distance_m, \
     p.attendance_id is not null as has_photo";
const FROM: &str = "from hr_attendance a left join hr_attendance_photo p on p.attendance_id = a.id";

/// `false`: it was written before.
pub(crate) async fn insert(tx: &mut Tx, c: &Check) -> Result<bool> {
    let added = tx
        .exec(
            "insert into hr_attendance (id, user_id, op_id, branch_id, kind, occurred_at, recorded_at,
               lat, lon, accuracy_m, place, work_order_id, distance_m)
             values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)
             on conflict (user_id, op_id) do nothing",
            args![
                c.id,
                c.user_id,
                c.op_id,
                c.branch_id,
                c.kind,
                c.occurred_at,
                c.recorded_at,
                c.lat,
                c.lon,
                c.accuracy_m,
                c.place,
                c.work_order_id,
                c.distance_m
            ],
        )
        .await?;
    Ok(added == 1)
}

pub(crate) async fn insert_photo(tx: &mut Tx, id: AttendanceId, photo: Picture) -> Result<()> {
    tx.exec(
        "insert into hr_attendance_photo (attendance_id, mime, bytes) values ($1,$2,$3)",
        args![id, photo.mime, photo.bytes],
    )
    .await?;
    Ok(())
}

pub(crate) async fn of(q: &mut dyn Query, user: UserId, limit: i64) -> Result<Vec<Check>> {
    let sql = format!(
        "select {COLUMNS} {FROM} where a.user_id = $1 order by a.occurred_at desc, a.id desc limit $2"
    );
    q.rows(&sql, args![user, limit]).await
}

pub(crate) async fn find(q: &mut dyn Query, id: AttendanceId) -> Result<Option<Check>> {
    let sql = format!("select {COLUMNS} {FROM} where a.id = $1");
    q.row_opt(&sql, args![id]).await
}

pub(crate) async fn between(
    q: &mut dyn Query,
    scope: &Scope,
    from: Ts,
    until: Ts,
) -> Result<Vec<Check>> {
    let sql = format!(
        "select {COLUMNS} {FROM} where a.occurred_at >= $1 and a.occurred_at < $2
           and ($3 is null or a.branch_id = $3) and ($4 is null or a.user_id = $4)
         order by a.occurred_at, a.id"
    );
    q.rows(&sql, args![from, until, scope.branch, scope.technician]).await
}

pub(crate) async fn picture(
    q: &mut dyn Query,
    scope: &Scope,
    only: Option<UserId>,
    id: AttendanceId,
) -> Result<Option<Picture>> {
    q.row_opt(
        "select p.mime, p.bytes from hr_attendance_photo p
         join hr_attendance a on a.id = p.attendance_id
         where a.id = $1 and ($2 is null or a.user_id = $2) and ($3 is null or a.branch_id = $3)",
        args![id, only, scope.branch],
    )
    .await
}
