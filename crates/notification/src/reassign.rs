//! A customer goes over to another branch or reseller.

use kernel::{BranchId, CustomerId, PartnerId, Result};
use store::{Tx, args};

/// Copies a customer's branch and reseller to their messages. The caller, a flow, has changed the customer,
/// and journals it.
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
        "update notification_message set branch_id = $2, partner_id = $3 where customer_id = $1",
        args![customer, branch, partner],
    )
    .await?;
    Ok(())
}
