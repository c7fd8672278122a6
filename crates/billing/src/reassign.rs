//! A customer goes over to another branch or reseller: whose they are stands on every row that people are
//! shown by it. What an invoice says does not change.

use kernel::{BranchId, CustomerId, PartnerId, Result};
use store::{Tx, args};

use crate::store as sql;

/// The tables whose rows name the branch and reseller of their customer.
const TABLES: [&str; 6] = [
    "billing_party",
    "billing_subscription",
    "billing_invoice",
    "billing_credit_note",
    "billing_payment",
    "billing_intent",
];

/// Copies a customer's branch and reseller to their money account, subscriptions, invoices and payments.
/// The books keep the branch in which something was posted. The caller, a flow, has changed the customer,
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
    sql::party::lock(tx, customer).await?;
    for table in TABLES {
        let sql =
            format!("update {table} set branch_id = $2, partner_id = $3 where customer_id = $1");
        tx.exec(&sql, args![customer, branch, partner]).await?;
    }
    Ok(())
}
