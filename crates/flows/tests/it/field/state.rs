//! The whole state as a text and its hash: everything that people see, without ids and without the times
//! at which the server learned of it.

use fulfilment::field::{self, FieldOp};
use sha2::{Digest, Sha256};
use store::{Db, QueryExt, args};

use super::world::Who;

const QUERIES: [(&str, &str); 10] = [
    (
        "orders",
        "select w.number || '|' || w.state || '|' || cast(w.visit as text) || '|'
           || coalesce(w.serial, '-') || '|' || coalesce(w.mac_scanned, '-') || '|'
           || coalesce(w.scan_how, '-') || '|' || coalesce(cast(w.gps_at as text), '-') || '|'
           || coalesce(cast(w.distance_m as text), '-') || '|'
           || case when w.review then 'review' else 'fine' end || '|' || coalesce(w.review_why, '-')
           || '|' || coalesce(w.online_result, '-') || '|' || coalesce(w.failed_reason, '-') || '|'
           || coalesce(cast(w.signal_cdbm as text), '-') || '|'
           || case when w.done_at is null then 'live' else 'closed' end
         from fulfilment_work_order w order by 1",
    ),
    (
        "steps",
        "select w.number || '|' || cast(s.visit as text) || '|' || s.step || '|' || s.actor_name || '|'
           || cast(s.occurred_at as text) || '|' || coalesce(s.detail, '-')
         from fulfilment_step s join fulfilment_work_order w on w.id = s.work_order_id order by 1",
    ),
    (
        "photos",
        "select w.number || '|' || p.kind || '|' || u.name || '|' || cast(p.taken_at as text) || '|'
           || coalesce(cast(p.size as text), '-')
         from fulfilment_photo p join fulfilment_work_order w on w.id = p.work_order_id
         join identity_user u on u.id = p.user_id order by 1",
    ),
    (
        "items",
        "select i.serial || '|' || i.state || '|' || l.name || '|' || coalesce(s.number, '-') || '|'
           || cast(i.version as text)
         from inventory_item i join inventory_location l on l.id = i.location_id
         left join billing_subscription s on s.id = i.subscription_id order by 1",
    ),
    (
        "moves",
        "select i.serial || '|' || cast(m.seq as text) || '|' || m.to_state || '|' || m.how || '|'
           || m.actor_name
         from inventory_move m join inventory_item i on i.id = m.item_id order by 1",
    ),
    (
        "stock",
        "select l.name || '|' || t.sku || '|' || cast(k.quantity as text)
         from inventory_stock k join inventory_location l on l.id = k.location_id
         join inventory_item_type t on t.id = k.type_id order by 1",
    ),
    (
        "subscriptions",
        "select s.number || '|' || s.state || '|' || coalesce(cast(s.activated_on as text), '-') || '|'
           || cast((select count(*) from billing_invoice i where i.subscription_id = s.id) as text)
         from billing_subscription s order by 1",
    ),
    (
        "accounts",
        "select a.username || '|' || a.state || '|' || coalesce(a.mac, '-')
         from network_account a order by 1",
    ),
    (
        "access",
        "select s.number || '|' || n.desired || '|' || cast(n.version as text)
         from network_access n join billing_subscription s on s.id = n.subscription_id order by 1",
    ),
    (
        "outbox",
        "select o.reaction || '|' || cast(count(*) as text) from store_outbox o
         group by o.reaction order by 1",
    ),
];

/// The state's hash, and its text for a person who looks for a difference.
pub async fn of(db: &Db, ops: &[(Who, FieldOp)]) -> (String, String) {
    let q = &mut db.reader();
    let mut text = String::new();
    for (name, sql) in QUERIES {
        text.push_str(&format!("# {name}\n"));
        for line in q.values::<String>(sql, args![]).await.unwrap() {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str("# ops\n");
    for (who, op) in ops {
        let user = who.id(q).await;
        let line = match field::find(q, user, op.op_id).await.unwrap() {
            None => "absent".to_owned(),
            Some(kept) => {
                let why = kept.result.as_ref().and_then(|r| r.get("code")?.as_str());
                format!("{}|{}|{}|{}", kept.seq, kept.kind, kept.state, why.unwrap_or("-"))
            }
        };
        text.push_str(&format!("{}|{line}\n", who.name()));
    }
    let hash = Sha256::digest(text.as_bytes());
    (hash.iter().map(|byte| format!("{byte:02x}")).collect(), text)
}

/// How many devices stand at customers'.
pub async fn installed(db: &Db) -> i64 {
    let sql = "select count(*) from inventory_item where state = 'installed'";
    db.reader().value(sql, args![]).await.unwrap()
}

/// Broken rules of the stock.
pub async fn broken(db: &Db) -> Vec<String> {
    let found = inventory::invariants::check(&mut db.reader()).await.unwrap();
    found.iter().map(|broken| format!("{broken:?}")).collect()
}
