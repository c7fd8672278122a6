//! Photos.

use kernel::{PhotoId, Result, WorkOrderId};
use store::{Query, QueryExt, Tx, args, row};

use crate::evidence::{PhotoKind, Photos};
use crate::photo::{Photo, Picture};

const COLUMNS: &str = "id, work_order_id, visit, kind, sha256, user_id, taken_at, signer, mime, size, \
     received_at";

/// `false`: the order has this photo already; bytes that it lacked are added.
pub(crate) async fn insert(tx: &mut Tx, p: &Photo, bytes: Option<Vec<u8>>) -> Result<bool> {
    let sql = format!(
        "insert into fulfilment_photo ({COLUMNS}, bytes) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)
         on conflict (work_order_id, sha256) do nothing"
    );
    let added = tx
        .exec(
            &sql,
            args![
                p.id,
                p.work_order_id,
                p.visit,
                p.kind,
                p.sha256,
                p.user_id,
                p.taken_at,
                p.signer,
                p.mime,
                p.size,
                p.received_at,
                bytes
            ],
        )
        .await?;
    if added == 1 {
        return Ok(true);
    }
    if let Some((bytes, mime)) = bytes.zip(p.mime.clone()) {
        put(tx, p.work_order_id, &p.sha256, &Picture { mime, bytes }).await?;
    }
    Ok(false)
}

/// Adds the bytes to a photo that is known; those that are there stay. `None`: it is not known.
pub(crate) async fn put(
    tx: &mut Tx,
    order: WorkOrderId,
    hash: &[u8],
    picture: &Picture,
) -> Result<Option<PhotoId>> {
    let size = i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX);
    tx.exec(
        "update fulfilment_photo set bytes = $3, mime = $4, size = $5, received_at = $6
         where work_order_id = $1 and sha256 = $2 and bytes is null",
        args![order, hash, picture.bytes, picture.mime, size, tx.now()],
    )
    .await?;
    tx.value_opt(
        "select id from fulfilment_photo where work_order_id = $1 and sha256 = $2",
        args![order, hash],
    )
    .await
}

pub(crate) async fn count(q: &mut dyn Query, order: WorkOrderId) -> Result<i64> {
    q.value("select count(*) from fulfilment_photo where work_order_id = $1", args![order]).await
}

row! {
    struct KindRow { kind: PhotoKind }
}

/// What the photos of one visit show, those too whose bytes are still on the device.
pub(crate) async fn on_visit(q: &mut dyn Query, order: WorkOrderId, visit: i64) -> Result<Photos> {
    shown(q, order, visit, false).await
}

/// What the photos of one visit show whose bytes have come.
pub(crate) async fn come(q: &mut dyn Query, order: WorkOrderId, visit: i64) -> Result<Photos> {
    shown(q, order, visit, true).await
}

async fn shown(
    q: &mut dyn Query,
    order: WorkOrderId,
    visit: i64,
    only_come: bool,
) -> Result<Photos> {
    let kinds: Vec<KindRow> = q
        .rows(
            "select distinct kind from fulfilment_photo where work_order_id = $1 and visit = $2
             and ($3 = false or received_at is not null)",
            args![order, visit, only_come],
        )
        .await?;
    let label = kinds.iter().any(|row| row.kind == PhotoKind::Label);
    let of_the_site = |kind| matches!(kind, PhotoKind::Installation | PhotoKind::Other);
    let any = kinds.iter().any(|row| of_the_site(row.kind));
    Ok(Photos { any, label })
}

pub(crate) async fn list(q: &mut dyn Query, order: WorkOrderId) -> Result<Vec<Photo>> {
    let sql = format!(
        "select {COLUMNS} from fulfilment_photo where work_order_id = $1 order by taken_at, id"
    );
    q.rows(&sql, args![order]).await
}

pub(crate) async fn picture(
    q: &mut dyn Query,
    order: WorkOrderId,
    photo: PhotoId,
) -> Result<Option<Picture>> {
    q.row_opt(
        "select mime, bytes from fulfilment_photo
         where work_order_id = $1 and id = $2 and bytes is not null",
        args![order, photo],
    )
    .await
}
