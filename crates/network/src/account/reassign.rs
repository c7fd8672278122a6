//! A customer goes over to another branch or reseller.

use kernel::{AccountId, BranchId, CustomerId, Event, PartnerId, Result, SubscriptionId};
use store::{QueryExt, Tx, args};

/// Copies a customer's branch and reseller to their accounts, sessions and rejects. The caller, a flow, has
/// changed the customer, and journals it.
///
/// # Errors
/// Only when the database fails.
pub async fn reassign(
    tx: &mut Tx,
    customer: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<()> {
    let moved: Vec<(AccountId, SubscriptionId)> = tx
        .rows(
            "update network_account set branch_id = $2, partner_id = $3, changed_at = $4
             where customer_id = $1 returning id, subscription_id",
            args![customer, branch, partner, tx.now()],
        )
        .await?;
    for (account, subscription) in moved {
        for table in ["network_session", "network_reject"] {
            let sql = format!(
                "update {table} set branch_id = $2, partner_id = $3 where subscription_id = $1"
            );
            tx.exec(&sql, args![subscription, branch, partner]).await?;
        }
        tx.emit(Event::AccountChanged { account, subscription });
    }
    Ok(())
}
