//! A verified lead becomes customer, order, subscription, reserved port and install order.

use axum::extract::State;
use crm::Mode;
use crm::customer::Firm;
use flows::register::{self, Conversion};
use kernel::{
    Actor, CustomerId, LeadId, OdpId, OrderId, PlanId, Result as Fallible, SubscriptionId,
    WorkOrderId,
};
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Written};
use crate::http::extract::{At, Body};
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(convert))
}

/// What is decided besides the lead itself.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConvertLead {
    /// Another plan than the lead's.
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    /// `prepaid` or `postpaid`, when it is not the lead's.
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// Another ODP than the nearest with a free port.
    #[schema(value_type = Option<String>, format = Uuid)]
    odp_id: Option<OdpId>,
    /// The chosen ODP may be farther away than it reaches.
    #[serde(default)]
    beyond_reach: bool,
    /// A further connection of this customer.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    /// The new customer is a firm; without it a person.
    firm: Option<ConvertedFirm>,
    /// Sell although the place lies in no coverage area.
    #[serde(default)]
    outside_coverage: bool,
    /// Periods begin on the activation day instead of the first of the month.
    #[serde(default)]
    anniversary: bool,
    /// For the technician; the lead's note when left out.
    #[serde(default)]
    note: String,
}

/// What makes the new customer a firm.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConvertedFirm {
    /// 15 or 16 digits.
    npwp: Option<String>,
    /// Withholds PPh 23 (2 % of the base) when paying.
    #[serde(default)]
    withholds_pph23: bool,
    /// Withholds the PPN (WAPU) when paying.
    #[serde(default)]
    withholds_wapu: bool,
}

impl From<ConvertedFirm> for Firm {
    fn from(firm: ConvertedFirm) -> Self {
        let ConvertedFirm { npwp, withholds_pph23, withholds_wapu } = firm;
        Self { npwp, withholds_pph23, withholds_wapu }
    }
}

/// What came of a lead.
#[derive(Serialize, ToSchema)]
struct Converted {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: String,
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    order_number: String,
    #[schema(value_type = String, format = Uuid)]
    work_order_id: WorkOrderId,
    work_order_number: String,
    /// The reserved port; null when no ODP is in reach.
    odp_code: Option<String>,
    port: Option<i64>,
}

/// Convert a verified lead.
///
/// Makes customer, order, subscription and install work order and reserves the port, all or nothing.
/// 409 `crm.not_covered` outside every area unless `outside_coverage`; 409 `crm.odp_full` when the port
/// has gone; 422 on `odp_id` for one of another branch or, unless `beyond_reach`, too far away, and on
/// `customer_id` for a customer of another branch or reseller.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/convert", params(("id" = uuid::Uuid, Path)),
    request_body = ConvertLead, responses((status = 201, body = Converted))
)]
async fn convert(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
    Body(body): Body<ConvertLead>,
) -> Written<Converted> {
    let how = Conversion {
        plan: body.plan_id,
        mode: body.mode,
        odp: body.odp_id,
        beyond_reach: body.beyond_reach,
        outside_coverage: body.outside_coverage,
        anniversary: body.anniversary,
        customer: body.customer_id,
        firm: body.firm.map(Firm::from),
        note: body.note,
    };
    app.create(&actor, async move |tx| {
        let done = register::convert(tx, id, &how).await;
        view(tx, &done.map_err(|fault| on_wire(fault, NAMES))?).await
    })
    .await
}

async fn view(tx: &mut Tx, made: &register::Converted) -> Fallible<Converted> {
    let scope = tx.actor().scope.clone();
    let names = flows::views::work_orders::numbers(tx, &scope, made.work_order).await?;
    Ok(Converted {
        customer_id: made.customer,
        customer_number: names.customer_number,
        subscription_id: made.subscription,
        subscription_number: names.subscription_number,
        order_id: made.order,
        order_number: names.order_number,
        work_order_id: made.work_order,
        work_order_number: names.number,
        odp_code: names.odp_code,
        port: made.port,
    })
}
