//! The money account's row: what a customer keeps back, and the lock.

use kernel::{BranchId, CustomerId, PartnerId, Result, SubscriptionId};
use store::dialect::Dialect;
use store::{Lock, Query, QueryExt, Tx, args, row};

use crate::withholding::Withholds;

row! {
    pub(crate) struct Party { pub customer_id: CustomerId, pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>, pub withholds_pph23: bool, pub withholds_wapu: bool }
}

impl Party {
    pub(crate) fn withholds(&self) -> Withholds {
        Withholds { pph23: self.withholds_pph23, wapu: self.withholds_wapu }
    }
}

pub(crate) async fn ensure(
    tx: &mut Tx,
    customer: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<()> {
    tx.exec(
        "insert into billing_party (customer_id, branch_id, partner_id) values ($1,$2,$3)
         on conflict (customer_id) do nothing",
        args![customer, branch, partner],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, customer: CustomerId) -> Result<Option<Party>> {
    q.row_opt("select * from billing_party where customer_id = $1", args![customer]).await
}

pub(crate) async fn set_withholds(
    tx: &mut Tx,
    customer: CustomerId,
    withholds: Withholds,
) -> Result<u64> {
    tx.exec(
        "update billing_party set withholds_pph23 = $2, withholds_wapu = $3 where customer_id = $1",
        args![customer, withholds.pph23, withholds.wapu],
    )
    .await
}

/// Takes the customer's money account until the end of the transaction: the lock that other rooms take
/// too, and the row, which is what a billing run takes for many customers in one statement.
pub(crate) async fn lock(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    tx.lock(Lock::MoneyAccount(customer)).await?;
    if tx.db().dialect() == Dialect::Postgres {
        tx.exec("select 1 from billing_party where customer_id = $1 for update", args![customer])
            .await?;
    }
    Ok(())
}

/// Takes the money accounts of every customer with a subscription in the range, in one fixed order.
pub(crate) async fn lock_range(
    tx: &mut Tx,
    first: SubscriptionId,
    last: SubscriptionId,
) -> Result<()> {
    if tx.db().dialect() == Dialect::Postgres {
        tx.exec(
            "select 1 from billing_party where customer_id in (
               select customer_id from billing_subscription where id >= $1 and id <= $2)
             order by customer_id for update",
            args![first, last],
        )
        .await?;
    }
    Ok(())
}
