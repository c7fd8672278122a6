//! Work orders and their technicians.

use kernel::{Day, Fault, Result, Scope, UserId, WorkOrderId};
use store::{Query, QueryExt, Tx, args};

use crate::ask::Filter;
use crate::order::WorkOrder;

const COLUMNS: &str = "id, number, kind, subscription_id, customer_id, branch_id, partner_id, state, \
     visit, scheduled_on, address, site_lat, site_lon, note, own_device_ok, item_id, serial, \
     mac_scanned, scan_how, scan_reason, scanned_by, scanned_at, gps_lat, gps_lon, gps_accuracy_m, \
     gps_at, distance_m, review, review_why, reviewed_at, online_result, failed_reason, \
     cancelled_reason, created_at, done_at, version, odp_id, signal_cdbm, signal_at";

/// Branch `$1`, reseller `$2`, customer `$3`, technician `$4`.
const IN_SCOPE: &str = "($1 is null or branch_id = $1) and ($2 is null or partner_id = $2) \
     and ($3 is null or customer_id = $3) and ($4 is null or exists (select 1 from \
       fulfilment_technician t where t.work_order_id = fulfilment_work_order.id and t.user_id = $4))";

fn scope_args(scope: &Scope) -> Vec<store::Value> {
    args![scope.branch, scope.partner, scope.customer, scope.technician]
}

pub(crate) async fn insert(tx: &mut Tx, o: &WorkOrder) -> Result<()> {
    let places: Vec<String> = (1..=39).map(|n| format!("${n}")).collect();
    let places = places.join(",");
    let sql = format!("insert into fulfilment_work_order ({COLUMNS}) values ({places})");
    tx.exec(
        &sql,
        args![
            o.id,
            o.number,
            o.kind,
            o.subscription_id,
            o.customer_id,
            o.branch_id,
            o.partner_id,
            o.state,
            o.visit,
            o.scheduled_on,
            o.address,
            o.site_lat,
            o.site_lon,
            o.note,
            o.own_device_ok,
            o.item_id,
            o.serial,
            o.mac_scanned,
            o.scan_how,
            o.scan_reason,
            o.scanned_by,
            o.scanned_at,
            o.gps_lat,
            o.gps_lon,
            o.gps_accuracy_m,
            o.gps_at,
            o.distance_m,
            o.review,
            o.review_why,
            o.reviewed_at,
            o.online_result,
            o.failed_reason,
            o.cancelled_reason,
            o.created_at,
            o.done_at,
            o.version,
            o.odp_id,
            o.signal_cdbm,
            o.signal_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes everything that may change; the row's lock was taken before, so nobody came in between.
pub(crate) async fn save(tx: &mut Tx, o: &WorkOrder) -> Result<()> {
    let changed = tx
        .exec(
            "update fulfilment_work_order set state = $2, visit = $3, scheduled_on = $4,
               own_device_ok = $5, item_id = $6, serial = $7, mac_scanned = $8, scan_how = $9,
               scan_reason = $10, scanned_by = $11, scanned_at = $12, gps_lat = $13, gps_lon = $14,
               gps_accuracy_m = $15, gps_at = $16, distance_m = $17, review = $18,
               review_why = $19, reviewed_at = $20, online_result = $21, failed_reason = $22,
               cancelled_reason = $23, done_at = $24, signal_cdbm = $25, signal_at = $26,
               version = version + 1
             where id = $1 and version = $27",
            args![
                o.id,
                o.state,
                o.visit,
                o.scheduled_on,
                o.own_device_ok,
                o.item_id,
                o.serial,
                o.mac_scanned,
                o.scan_how,
                o.scan_reason,
                o.scanned_by,
                o.scanned_at,
                o.gps_lat,
                o.gps_lon,
                o.gps_accuracy_m,
                o.gps_at,
                o.distance_m,
                o.review,
                o.review_why,
                o.reviewed_at,
                o.online_result,
                o.failed_reason,
                o.cancelled_reason,
                o.done_at,
                o.signal_cdbm,
                o.signal_at,
                o.version
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Fault::bug("a work order changed while it was locked")) }
}

/// Holds the order's row until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: WorkOrderId) -> Result<()> {
    tx.exec("update fulfilment_work_order set version = version where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn find(
    q: &mut dyn Query,
    scope: &Scope,
    id: WorkOrderId,
) -> Result<Option<WorkOrder>> {
    let sql = format!("select {COLUMNS} from fulfilment_work_order where {IN_SCOPE} and id = $5");
    q.row_opt(&sql, [scope_args(scope), args![id]].concat()).await
}

pub(crate) async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    after: Option<WorkOrderId>,
    limit: i64,
) -> Result<Vec<WorkOrder>> {
    let sql = format!(
        "select {COLUMNS} from fulfilment_work_order
         where {IN_SCOPE} and ($5 is null or state = $5) and ($6 is null or kind = $6)
           and ($7 is null or exists (select 1 from fulfilment_technician t
             where t.work_order_id = fulfilment_work_order.id and t.user_id = $7))
           and ($8 is null or subscription_id = $8) and ($9 is null or scheduled_on = $9)
           and ($10 = false or review) and ($11 = false or state not in ('done', 'cancelled'))
           and ($12 is null or id < $12)
         order by id desc limit $13"
    );
    let f = filter;
    let narrow = args![
        f.state,
        f.kind,
        f.technician,
        f.subscription,
        f.scheduled_on,
        f.review,
        f.live,
        after,
        limit
    ];
    q.rows(&sql, [scope_args(scope), narrow].concat()).await
}

pub(crate) async fn jobs(
    q: &mut dyn Query,
    technician: UserId,
    from: Day,
    until: Day,
) -> Result<Vec<WorkOrder>> {
    let sql = format!(
        "select {COLUMNS} from fulfilment_work_order
         where id in (select work_order_id from fulfilment_technician where user_id = $1)
           and scheduled_on <= $3
           and (state in ('assigned', 'accepted', 'on_the_way', 'on_site') or scheduled_on >= $2)
           and state <> 'cancelled'
         order by scheduled_on, number"
    );
    q.rows(&sql, args![technician, from, until]).await
}

pub(crate) async fn technicians_of(q: &mut dyn Query, id: WorkOrderId) -> Result<Vec<UserId>> {
    q.values(
        "select user_id from fulfilment_technician where work_order_id = $1 order by user_id",
        args![id],
    )
    .await
}

pub(crate) async fn set_technicians(tx: &mut Tx, id: WorkOrderId, users: &[UserId]) -> Result<()> {
    tx.exec("delete from fulfilment_technician where work_order_id = $1", args![id]).await?;
    let values = users.iter().flat_map(|user| args![id, user]).collect();
    let head = "insert into fulfilment_technician (work_order_id, user_id)";
    tx.bulk(head, "", 2, values).await?;
    Ok(())
}
