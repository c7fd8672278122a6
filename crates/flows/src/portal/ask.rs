//! What a customer, or their reseller, asks of the office: another plan, the end, other contact data.

use billing::subscription;
use billing::words::Mode;
use catalog::{Catalog, Plan};
use crm::request::{self, NewRequest, Request, RequestKind};
use kernel::{Day, Fault, Field, PlanId, Result, SubscriptionId};
use store::Tx;

/// A request as typed.
#[derive(Clone, Debug)]
pub struct Asked {
    pub subscription: SubscriptionId,
    pub kind: RequestKind,
    /// For another plan: which.
    pub plan: Option<PlanId>,
    pub wished_on: Option<Day>,
    pub note: String,
}

/// Asks. Nothing changes by it; it waits for somebody of the office.
///
/// # Errors
/// `billing.subscription_not_found`; `crm.request_open`; field faults on `plan_id`, `wished_on`, `note`.
pub async fn ask(tx: &mut Tx, asked: Asked) -> Result<Request> {
    let scope = tx.actor().scope.clone();
    let sub = subscription::find(tx, &scope, asked.subscription).await?;
    if sub.state.is_final() {
        return Err(Fault::conflict(
            "portal.subscription_ended",
            "Langganan ini sudah berakhir.",
            "This subscription has ended.",
        ));
    }
    let catalog = catalog::current(tx).await?;
    let today = tx.now().day(catalog.zone(sub.branch_id));
    if asked.wished_on.is_some_and(|day| day < today) {
        return Err(Fault::field("wished_on", "past", "sudah lewat", "is past"));
    }
    let plan = match (asked.kind, asked.plan) {
        (RequestKind::PlanChange, None) => {
            return Err(Fault::fields(vec![Field::required("plan_id")]));
        }
        (RequestKind::PlanChange, Some(id)) => {
            let fits = offers(&catalog, sub.mode).any(|p| p.id == id && id != sub.plan_id);
            if !fits {
                let (id, en) = ("bukan paket yang bisa dipilih", "is not a plan to choose");
                return Err(Fault::field("plan_id", "choice", id, en));
            }
            Some(id)
        }
        _ => None,
    };
    if asked.kind == RequestKind::Contact && asked.note.trim().is_empty() {
        return Err(Fault::fields(vec![Field::required("note")]));
    }
    let new = NewRequest {
        customer: sub.customer_id,
        subscription: sub.id,
        branch: sub.branch_id,
        partner: sub.partner_id,
        kind: asked.kind,
        plan,
        wished_on: asked.wished_on,
        note: asked.note,
    };
    request::ask(tx, new).await
}

/// The plans that a subscription of this mode could have.
pub fn offers(catalog: &Catalog, mode: Mode) -> impl Iterator<Item = &Plan> {
    catalog.plans.values().filter(move |plan| {
        !plan.archived
            && match mode {
                Mode::Prepaid => plan.prepaid_allowed,
                Mode::Postpaid => plan.postpaid_allowed,
            }
    })
}
