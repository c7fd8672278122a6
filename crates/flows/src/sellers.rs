//! Whose lead it is: given to somebody of the sales.

use crm::lead::{self, LeadView};
use identity::User;
use kernel::{BranchId, Fault, LeadId, Permission, Result, UserId};
use store::{Query, Tx};

/// Those who may be given a lead of a branch: its own people and those of every branch, by name.
///
/// # Errors
/// Only when the database fails.
pub async fn sellers(q: &mut dyn Query, branch: Option<BranchId>) -> Result<Vec<User>> {
    identity::staff_who_may(q, branch, Permission::LeadWrite).await
}

/// Gives a lead to somebody of the sales.
///
/// # Errors
/// A field error on `seller` for who does not sell in the lead's branch; as [`lead::give`].
pub async fn give(tx: &mut Tx, id: LeadId, seller: UserId) -> Result<LeadView> {
    tx.actor().require(Permission::LeadVerify)?;
    let scope = tx.actor().scope.clone();
    let found = lead::find(tx, &scope, id).await?;
    let known = sellers(tx, Some(found.branch_id)).await?;
    if !known.iter().any(|user| user.id == seller) {
        let (id, en) = ("bukan orang penjualan cabang prospek ini", "does not sell in its branch");
        return Err(Fault::field("seller", "not_found", id, en));
    }
    lead::give(tx, id, seller).await
}
