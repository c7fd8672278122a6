//! What a second person approves: credit notes, write-offs, reversals, refunds.

use axum::Json;
use axum::extract::State;
use billing::approval::{self, ApprovalId, Request};
use billing::words::ApprovalKind;
use flows::views::approvals::{self as view, ApprovalView};
use kernel::{Actor, CustomerId, Fault, Money, Permission, Result as Fallible, Ts};
use serde::Serialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::extract::{At, Listing};

/// More than anybody leaves undecided.
const MOST: i64 = 500;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(approve)).routes(routes!(reject))
}

/// A request that waits for a second person.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalRow {
    #[schema(value_type = String, format = Uuid)]
    id: ApprovalId,
    /// `credit`, `write_off`, `reversal` or `refund`.
    #[schema(value_type = String)]
    kind: ApprovalKind,
    /// The invoice, payment or customer that it is about.
    subject_id: uuid::Uuid,
    /// Number of the invoice or receipt.
    document: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    #[schema(value_type = i64)]
    amount: Money,
    why: String,
    asked_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Ts,
    can: ApprovalCan,
}

/// What can be done with the request now.
#[derive(Serialize, ToSchema)]
struct ApprovalCan {
    approve: Can,
    reject: Can,
}

/// What became of a request.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovalDecision)]
pub(super) struct DecisionView {
    #[schema(value_type = String, format = Uuid)]
    pub(super) id: ApprovalId,
    /// `open`: a second person decides; `approved`: it was done; `rejected`.
    pub(super) state: &'static str,
}

impl ApprovalRow {
    fn of(found: ApprovalView, actor: &Actor, four_eyes: bool) -> Self {
        let row = found.row;
        let is_own = row.asked_by == actor.tag();
        let permission = match row.kind {
            ApprovalKind::Credit | ApprovalKind::WriteOff => Permission::CreditNoteApprove,
            ApprovalKind::Reversal | ApprovalKind::Refund => Permission::PaymentApprove,
        };
        let second = if is_own && four_eyes { Err(own()) } else { Ok(()) };
        let may = actor.require(permission);
        let can = ApprovalCan {
            reject: Can::when(if is_own { Ok(()) } else { may.clone() }),
            approve: Can::when(may.and(second)),
        };
        Self {
            id: row.id,
            kind: row.kind,
            subject_id: row.subject_id,
            document: found.document,
            customer_id: found.customer,
            customer_name: found.customer_name,
            amount: row.amount,
            why: row.why,
            asked_by: found.asked_by,
            asked_at: row.asked_at,
            can,
        }
    }
}

fn own() -> Fault {
    Fault::forbidden(
        "billing.approval_own",
        "Permintaan sendiri harus disetujui orang lain.",
        "Somebody else has to approve your own request.",
    )
}

/// Asks for `request`; where the ISP does without a second person, who may approve has done so by asking.
pub(super) async fn ask(tx: &mut Tx, request: &Request, why: &str) -> Fallible<DecisionView> {
    let id = approval::ask(tx, request, why).await?;
    let alone = !catalog::current(tx).await?.isp_policy().four_eyes;
    let permission = match request {
        Request::Credit { .. } | Request::WriteOff { .. } => Permission::CreditNoteApprove,
        Request::Reversal { .. } | Request::Refund { .. } => Permission::PaymentApprove,
    };
    if !alone || !tx.actor().may(permission) {
        return Ok(DecisionView { id, state: "open" });
    }
    approval::approve(tx, id).await?;
    Ok(DecisionView { id, state: "approved" })
}

/// What waits for a second person, oldest first.
#[utoipa::path(
    get, path = "/api/v1/approvals", responses((status = 200, body = Listing<ApprovalRow>))
)]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<ApprovalRow>> {
    let mut q = app.reader();
    let four_eyes = catalog::current(&mut q).await?.isp_policy().four_eyes;
    let waiting = view::waiting(&mut q, &actor.scope, MOST).await?;
    let rows = waiting.into_iter().map(|found| ApprovalRow::of(found, &actor, four_eyes));
    Ok(Json(Listing::whole(rows.collect())))
}

/// The request must wait in the actor's scope.
async fn must_see(tx: &mut Tx, id: ApprovalId) -> Fallible<()> {
    let branch = tx.actor().scope.branch;
    if branch.is_none() {
        return Ok(());
    }
    let waiting = approval::waiting(tx, branch, MOST).await?;
    if waiting.iter().any(|row| row.id == id) {
        return Ok(());
    }
    Err(Fault::not_found(
        "billing.approval_not_found",
        "Permintaan persetujuan tidak ada.",
        "No such request.",
    ))
}

/// Approve a request and carry it out.
///
/// Never by the person who asked, unless the ISP switched that off.
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/approve", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DecisionView))
)]
async fn approve(
    State(app): State<App>,
    actor: Actor,
    At(id): At<ApprovalId>,
) -> Written<DecisionView> {
    app.write(&actor, async move |tx| {
        must_see(tx, id).await?;
        approval::approve(tx, id).await?;
        Ok(DecisionView { id, state: "approved" })
    })
    .await
}

/// Turn a request down, or take one's own back.
#[utoipa::path(
    post, path = "/api/v1/approvals/{id}/reject", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DecisionView))
)]
async fn reject(
    State(app): State<App>,
    actor: Actor,
    At(id): At<ApprovalId>,
) -> Written<DecisionView> {
    app.write(&actor, async move |tx| {
        must_see(tx, id).await?;
        approval::reject(tx, id).await?;
        Ok(DecisionView { id, state: "rejected" })
    })
    .await
}
