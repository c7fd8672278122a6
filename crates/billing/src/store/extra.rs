//! Add-ons and discounts.

use kernel::{Day, Money, Result, SubscriptionId, Ts};
use store::{Query, QueryExt, Tx, args, row};

use crate::extra::NewExtra;
use crate::rating::ExtraId;
use crate::words::ExtraKind;

row! {
    /// An add-on or discount as stored.
    pub struct ExtraRow { pub id: ExtraId, pub subscription_id: SubscriptionId, pub kind: ExtraKind,
        pub name: String, pub amount: Money, pub percent_bp: i64, pub from_on: Day,
        pub to_on: Option<Day>, pub periods: Option<i64>, pub used: i64,
        pub archived_at: Option<Ts> }
}

pub(crate) async fn insert(tx: &mut Tx, id: ExtraId, new: &NewExtra) -> Result<()> {
    tx.exec(
        "insert into billing_extra (id, subscription_id, kind, name, amount, percent_bp, from_on, to_on,
           periods, created_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        args![
            id, new.subscription, new.kind, new.name.trim(), new.amount, new.percent_bp, new.from,
            new.to, new.periods, tx.now()
        ],
    )
    .await?;
    Ok(())
}

/// An add-on gets `today` as its last day, a discount is archived. `false`: it was ended before, or is
/// not of this subscription.
pub(crate) async fn end(
    tx: &mut Tx,
    subscription: SubscriptionId,
    id: ExtraId,
    today: Day,
) -> Result<bool> {
    let discount = tx
        .exec(
            "update billing_extra set archived_at = $3
             where id = $1 and subscription_id = $2 and archived_at is null and kind = 'discount'",
            args![id, subscription, tx.now()],
        )
        .await?;
    let add_on = tx
        .exec(
            "update billing_extra set to_on = $3
             where id = $1 and subscription_id = $2 and kind = 'add_on'
               and (to_on is null or to_on > $3)",
            args![id, subscription, today],
        )
        .await?;
    Ok(discount + add_on > 0)
}

pub(crate) async fn list(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<ExtraRow>> {
    q.rows(
        "select id, subscription_id, kind, name, amount, percent_bp, from_on, to_on, periods, used,
           archived_at from billing_extra where subscription_id = $1 order by id",
        args![id],
    )
    .await
}
