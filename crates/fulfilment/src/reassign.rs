//! A customer goes over to another branch or reseller.

use kernel::{BranchId, CustomerId, PartnerId, Result};
use store::{Tx, args};

/// Copies a customer's branch and reseller to their work orders and tickets. The caller, a flow, has changed the
/// customer, and journals it.
///
/// # Errors
/// Only when the database fails.
pub async fn reassign(
    tx: &mut Tx,
    customer: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<()> {
    tx.exec(
        "update fulfilment_work_order set branch_id = $2, partner_id = $3, version = version + 1
         where customer_id = $1",
        args![customer, branch, partner],
    )
    .await?;
    tx.exec(
        "update fulfilment_ticket set branch_id = $2, partner_id = $3, version = version + 1
         where customer_id = $1",
        args![customer, branch, partner],
    )
    .await?;
    Ok(())
}
