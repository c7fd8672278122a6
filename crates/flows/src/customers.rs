//! A customer's own data: what billing and the network have to know of it follows in the same transaction.

use billing::withholding::Withholds;
use crm::customer::{Amendment, Customer};
use kernel::{BranchId, CustomerId, Fault, PartnerId, Permission, Result, Scope, SubscriptionId};
use store::{QueryExt, Tx, args};

/// Replaces a customer's own data. What they keep back as tax counts for billing from the next payment on.
///
/// # Errors
/// As [`crm::customer::amend`].
pub async fn amend(tx: &mut Tx, id: CustomerId, form: Amendment) -> Result<Customer> {
    let scope = tx.actor().scope.clone();
    let before = crm::customer::find(tx, &scope, id).await?;
    let customer = crm::customer::amend(tx, id, form).await?;
    if withholds(&before) != withholds(&customer) {
        flag(tx, &customer).await?;
    }
    if before.phone != customer.phone {
        // Whoever has the old number is not the customer any more.
        identity::portal::end_of_phone(tx, &before.phone).await?;
    }
    Ok(customer)
}

/// Gives a customer to another branch or reseller (or to none): everything that is theirs goes along, so
/// that the new ones see it all and the old ones nothing any more. The owner's decision. The same again
/// changes nothing.
///
/// # Errors
/// `forbidden`; `crm.customer_not_found`, `crm.customer_archived`; field errors on `branch` (not there, not
/// one's own) and `partner` (not there, of another branch).
pub async fn reassign(
    tx: &mut Tx,
    id: CustomerId,
    branch: BranchId,
    partner: Option<PartnerId>,
) -> Result<Customer> {
    tx.actor().require(Permission::SettingsWrite)?;
    let scope = tx.actor().scope.clone();
    if scope.branch.is_some_and(|own| own != branch) {
        let (id, en) = ("bukan cabang Anda", "is not your branch");
        return Err(Fault::field("branch", "not_yours", id, en));
    }
    if let Some(partner) = partner {
        known_partner(tx, partner, branch).await?;
    }
    let before = crm::customer::find(tx, &scope, id).await?;
    if (before.branch_id, before.partner_id) == (branch, partner) {
        return Ok(before);
    }
    // The money account is locked first, as everywhere.
    billing::reassign::reassign(tx, id, branch, partner).await?;
    let customer = crm::customer::reassign(tx, id, branch, partner).await?;
    network::account::reassign(tx, id, branch, partner).await?;
    fulfilment::reassign(tx, id, branch, partner).await?;
    notification::reassign::reassign(tx, id, branch, partner).await?;
    let subscriptions: Vec<SubscriptionId> = tx
        .values("select id from billing_subscription where customer_id = $1 order by id", args![id])
        .await?;
    for subscription in subscriptions {
        inventory::site::reassign(tx, subscription, branch).await?;
    }
    Ok(customer)
}

async fn known_partner(tx: &mut Tx, partner: PartnerId, branch: BranchId) -> Result<()> {
    let own = Scope { branch: Some(branch), ..Scope::all() };
    partner::reseller::find(tx, &own, partner).await.map(drop).map_err(|fault| {
        let (id, en) = ("mitra ini tidak ada di cabang itu", "is no reseller of that branch");
        if fault.code == "partner.not_found" {
            return Fault::field("partner", "not_found", id, en);
        }
        fault
    })
}

/// Tells billing what a customer keeps back.
pub(crate) async fn flag(tx: &mut Tx, customer: &Customer) -> Result<()> {
    let (id, branch, partner) = (customer.id, customer.branch_id, customer.partner_id);
    billing::withhold::flag_or_open(tx, id, branch, partner, withholds(customer)).await
}

fn withholds(customer: &Customer) -> Withholds {
    Withholds { pph23: customer.withholds_pph23, wapu: customer.withholds_wapu }
}
