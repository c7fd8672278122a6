//! Tax that customers keep back: recorded on an invoice, and its paper when it arrives.

use axum::Json;
use axum::extract::State;
use billing::withhold;
use billing::words::WithholdingKind;
use kernel::{Actor, InvoiceId, Money, Result as Fallible, WithholdingId};
use serde::Deserialize;
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::invoice_view::WithholdingView;
use super::sane;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing};
use crate::http::wire::given;

/// More than anybody waits for.
const MOST: i64 = 1_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(unproven)).routes(routes!(record)).routes(routes!(certify))
}

/// Withholdings whose paper is missing, oldest first: an aged receivable.
#[utoipa::path(
    get, path = "/api/v1/withholdings", responses((status = 200, body = Listing<WithholdingView>))
)]
async fn unproven(State(app): State<App>, actor: Actor) -> Reply<Listing<WithholdingView>> {
    let rows = withhold::unproven(&mut app.reader(), actor.scope.branch, MOST).await?;
    Ok(Json(Listing::whole(rows.into_iter().map(Into::into).collect())))
}

/// What a customer kept back of an invoice.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWithholding {
    /// `pph23` or `wapu`.
    #[schema(value_type = String)]
    kind: WithholdingKind,
    #[schema(value_type = i64)]
    amount: Money,
    /// Number of the bukti potong or deposit slip, if it is here already.
    certificate: Option<String>,
}

/// Record what a customer kept back.
///
/// It settles that part of the invoice and isolates nobody; never more than the computed tax.
#[utoipa::path(
    post, path = "/api/v1/invoices/{id}/withholdings", params(("id" = uuid::Uuid, Path)),
    request_body = NewWithholding, responses((status = 201, body = WithholdingView))
)]
async fn record(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
    Body(body): Body<NewWithholding>,
) -> Written<WithholdingView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx| {
        let certificate = given(body.certificate.as_deref());
        let made = withhold::record(tx, id, body.kind, amount, certificate).await?;
        view(tx, id, made).await
    })
    .await
}

async fn view(tx: &mut Tx, invoice: InvoiceId, id: WithholdingId) -> Fallible<WithholdingView> {
    let scope = tx.actor().scope.clone();
    let view = billing::invoice::view(tx, &scope, invoice).await?;
    let found = view.withholdings.into_iter().find(|w| w.id == id);
    found.map(Into::into).ok_or_else(|| kernel::Fault::bug("a withholding without its row"))
}

/// The paper of a withholding.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Certificate {
    number: String,
}

/// The certificate or deposit slip has arrived.
#[utoipa::path(
    post, path = "/api/v1/withholdings/{id}/certificate", params(("id" = uuid::Uuid, Path)),
    request_body = Certificate, responses((status = 200, body = Certified))
)]
async fn certify(
    State(app): State<App>,
    actor: Actor,
    At(id): At<WithholdingId>,
    Body(body): Body<Certificate>,
) -> Written<Certified> {
    app.write(&actor, async move |tx| {
        withhold::certify(tx, id, &body.number)
            .await
            .map_err(|fault| crate::http::wire::on_wire(fault, &[("certificate", "number")]))?;
        Ok(Certified { id, number: body.number.trim().to_owned() })
    })
    .await
}

/// A withholding that has its paper.
#[derive(serde::Serialize, ToSchema)]
struct Certified {
    #[schema(value_type = String, format = Uuid)]
    id: WithholdingId,
    number: String,
}
