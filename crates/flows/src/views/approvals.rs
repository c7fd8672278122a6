//! What waits for a second person, with the names that they need to decide.

use std::collections::BTreeMap;

use billing::approval::{self, ApprovalRow};
use billing::words::ApprovalKind;
use kernel::{CustomerId, InvoiceId, PaymentId, Result, Scope, UserId};
use store::Query;

/// A request, with what it is about.
#[derive(Clone, Debug)]
pub struct ApprovalView {
    pub row: ApprovalRow,
    /// Who asked, by name; none when they are gone.
    pub asked_by: Option<String>,
    /// Number of the invoice or receipt; none for a refund.
    pub document: Option<String>,
    pub customer: CustomerId,
    pub customer_name: String,
}

/// Requests that wait in scope, oldest first.
///
/// # Errors
/// Only when the database fails.
pub async fn waiting(q: &mut dyn Query, scope: &Scope, limit: i64) -> Result<Vec<ApprovalView>> {
    let rows = approval::waiting(q, scope.branch, limit).await?;
    let mut names: BTreeMap<UserId, Option<String>> = BTreeMap::new();
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let asked_by = match row.asked_by.strip_prefix("user:").and_then(|id| id.parse().ok()) {
            Some(id) => name(q, &mut names, id).await?,
            None => None,
        };
        let (customer, document) = about(q, &row).await?;
        let customer_name = crm::customer::find(q, &Scope::all(), customer).await?.name;
        views.push(ApprovalView { row, asked_by, document, customer, customer_name });
    }
    Ok(views)
}

async fn name(
    q: &mut dyn Query,
    names: &mut BTreeMap<UserId, Option<String>>,
    id: UserId,
) -> Result<Option<String>> {
    if let Some(known) = names.get(&id) {
        return Ok(known.clone());
    }
    let found = identity::user::find(q, &Scope::all(), id).await.ok().map(|user| user.name);
    names.insert(id, found.clone());
    Ok(found)
}

async fn about(q: &mut dyn Query, row: &ApprovalRow) -> Result<(CustomerId, Option<String>)> {
    Ok(match row.kind {
        ApprovalKind::Credit | ApprovalKind::WriteOff => {
            let id = InvoiceId::from_uuid(row.subject_id);
            let invoice = billing::invoice::find(q, &Scope::all(), id).await?;
            (invoice.customer_id, invoice.number)
        }
        ApprovalKind::Reversal => {
            let id = PaymentId::from_uuid(row.subject_id);
            let payment = billing::pay::find(q, &Scope::all(), id).await?;
            (payment.customer_id, payment.receipt_number)
        }
        ApprovalKind::Refund => (CustomerId::from_uuid(row.subject_id), None),
    })
}
