//! What must always be true of items (number 4 of the invariants, the part inside this room).

use kernel::Result;
use store::{Query, QueryExt, args};

/// A broken invariant in words.
pub type Broken = (&'static str, String);

/// Checks that each item is where its last move says, and that one site has one of our devices.
pub async fn check(q: &mut dyn Query) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    let astray: Vec<String> = q
        .values(
            "select i.serial from inventory_item i
             left join inventory_move m on m.item_id = i.id and m.seq = i.version
             where m.id is null or m.to_location_id <> i.location_id or m.to_state <> i.state
               or m.subscription_id is distinct from i.subscription_id
             order by i.serial limit 50",
            args![],
        )
        .await?;
    for serial in astray {
        broken.push(("item_place", format!("item {serial} is not where its last move says")));
    }
    let gaps: Vec<String> = q
        .values(
            "select i.serial from inventory_item i
             where i.version <> (select count(*) from inventory_move m where m.item_id = i.id)
             order by i.serial limit 50",
            args![],
        )
        .await?;
    for serial in gaps {
        broken.push(("item_history", format!("item {serial} has a gap in its history")));
    }
    let doubled: Vec<(kernel::SubscriptionId, i64)> = q
        .rows(
            "select subscription_id, count(*) from inventory_item
             where state = 'installed' and owner = 'isp' group by subscription_id having count(*) > 1",
            args![],
        )
        .await?;
    for (subscription, n) in doubled {
        broken.push((
            "serial_twice",
            format!("subscription {subscription} has {n} installed devices"),
        ));
    }
    let loose: Vec<String> = q
        .values(
            "select serial from inventory_item
             where (state = 'installed') <> (subscription_id is not null) order by serial limit 50",
            args![],
        )
        .await?;
    for serial in loose {
        broken.push(("item_subscription", format!("item {serial}: state and subscription differ")));
    }
    purchases(q, &mut broken).await?;
    Ok(broken)
}

/// What a line received is what its receipts say and, of devices, how many came by it; more than was ordered
/// only with a reason; numbers without gaps; approved by somebody before anything came.
async fn purchases(q: &mut dyn Query, broken: &mut Vec<Broken>) -> Result<()> {
    let lines: Vec<String> = q
        .values(
            "select p.number from inventory_purchase_line l
             join inventory_purchase p on p.id = l.purchase_id
             join inventory_item_type t on t.id = l.type_id
             left join (select line_id, sum(quantity) as came from inventory_purchase_receipt
               group by line_id) r on r.line_id = l.id
             left join (select purchase_line_id, count(*) as items from inventory_item
               where purchase_line_id is not null group by purchase_line_id) i
               on i.purchase_line_id = l.id
             where l.received <> coalesce(r.came, 0)
               or (t.serialized and l.received <> coalesce(i.items, 0))
             order by p.number limit 50",
            args![],
        )
        .await?;
    for number in lines {
        broken.push(("purchase_received", format!("{number}: received is not what came in")));
    }
    let beyond: Vec<String> = q
        .values(
            "select p.number from inventory_purchase_line l
             join inventory_purchase p on p.id = l.purchase_id
             where l.received > l.ordered and l.received - l.ordered <>
               (select coalesce(sum(r.beyond), 0) from inventory_purchase_receipt r
                where r.line_id = l.id and r.why is not null)
             order by p.number limit 50",
            args![],
        )
        .await?;
    for number in beyond {
        broken.push(("purchase_beyond", format!("{number}: more than ordered without a reason")));
    }
    let unapproved: Vec<String> = q
        .values(
            "select p.number from inventory_purchase p
             where p.decided_at is null and exists
               (select 1 from inventory_purchase_receipt r where r.purchase_id = p.id)
             order by p.number limit 50",
            args![],
        )
        .await?;
    for number in unapproved {
        broken.push(("purchase_approved", format!("{number}: goods came before it was approved")));
    }
    let gaps: Vec<String> = q
        .values(
            "select series from inventory_purchase group by series
             having count(*) <> max(seq) or min(seq) <> 1 order by series limit 50",
            args![],
        )
        .await?;
    for series in gaps {
        broken.push(("purchase_series", format!("{series}: a number is missing")));
    }
    Ok(())
}
