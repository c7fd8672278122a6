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
    Ok(broken)
}
