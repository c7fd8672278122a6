//! Vouchers: batches to print and sell, codes to redeem.

use axum::Json;
use axum::extract::State;
use billing::voucher::{self, NewBatch, Sale, VoucherBatch};
use billing::words::{Channel, VoucherState};
use kernel::{
    Actor, BranchId, Day, Fault, InvoiceId, Money, PartnerId, PlanId, Result as Fallible,
    SubscriptionId, Ts, VoucherBatchId, VoucherId,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NAMES, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::wire::{known_branch, on_wire};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(find))
        .routes(routes!(codes))
        .routes(routes!(sell))
        .routes(routes!(void))
        .routes(routes!(redeem))
}

/// A batch of vouchers.
#[derive(Serialize, ToSchema)]
#[schema(as = VoucherBatch)]
struct BatchRow {
    #[schema(value_type = String, format = Uuid)]
    id: VoucherBatchId,
    number: String,
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    plan_name: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    /// Days that a voucher gives.
    days: i64,
    count: i64,
    /// What the buyer of one voucher pays, PPN in it.
    #[schema(value_type = i64)]
    price: Money,
    #[schema(value_type = String, format = Date)]
    expires_on: Day,
    sold_to: Option<String>,
    #[schema(value_type = Option<i64>)]
    sold_amount: Option<Money>,
    #[schema(value_type = Option<String>, format = DateTime)]
    sold_at: Option<Ts>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    created_by: String,
}

impl BatchRow {
    fn of(batch: VoucherBatch, catalog: &catalog::Catalog) -> Self {
        let plan_name =
            catalog.plan(batch.plan_id).map_or_else(|_| String::new(), |p| p.name.clone());
        Self {
            id: batch.id,
            number: batch.number,
            plan_id: batch.plan_id,
            plan_name,
            branch_id: batch.branch_id,
            partner_id: batch.partner_id,
            days: batch.days,
            count: batch.count,
            price: batch.price,
            expires_on: batch.expires_on,
            sold_to: batch.sold_to,
            sold_amount: batch.sold_amount,
            sold_at: batch.sold_at,
            created_at: batch.created_at,
            created_by: batch.created_by,
        }
    }
}

/// A batch, and how many of its codes were used.
#[derive(Serialize, ToSchema)]
#[schema(as = VoucherBatchDetail)]
struct BatchDetail {
    #[serde(flatten)]
    batch: BatchRow,
    unused: usize,
    used: usize,
    void: usize,
}

/// Pages of batches.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BatchQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<VoucherBatchId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// Batches of vouchers, newest first.
#[utoipa::path(
    get, path = "/api/v1/vouchers", params(BatchQuery),
    responses((status = 200, body = Listing<BatchRow>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<BatchQuery>,
) -> Reply<Listing<BatchRow>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let catalog = catalog::current(&mut q).await?;
    let rows = voucher::batches(&mut q, &actor.scope, query.after, limit + 1).await?;
    let view = |batch| BatchRow::of(batch, &catalog);
    Ok(Json(Listing::page(rows, limit, |batch| batch.id.to_string(), view)))
}

async fn detail(q: &mut dyn Query, actor: &Actor, id: VoucherBatchId) -> Fallible<BatchDetail> {
    let (batch, codes) = voucher::batch(q, &actor.scope, id).await?;
    let catalog = catalog::current(q).await?;
    let count = |state| codes.iter().filter(|code| code.state == state).count();
    Ok(BatchDetail {
        unused: count(VoucherState::Unused),
        used: count(VoucherState::Used),
        void: count(VoucherState::Void),
        batch: BatchRow::of(batch, &catalog),
    })
}

async fn detail_in(tx: &mut Tx, id: VoucherBatchId) -> Fallible<BatchDetail> {
    let actor = tx.actor().clone();
    detail(tx, &actor, id).await
}

/// One batch, without its codes.
#[utoipa::path(
    get, path = "/api/v1/vouchers/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = BatchDetail))
)]
async fn find(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
) -> Reply<BatchDetail> {
    Ok(Json(detail(&mut app.reader(), &actor, id).await?))
}

/// A code.
#[derive(Serialize, ToSchema)]
#[schema(as = VoucherCode)]
struct CodeView {
    #[schema(value_type = String, format = Uuid)]
    id: VoucherId,
    /// As printed: `ABCD-EFGH-JKLM`.
    code: String,
    /// `unused`, `used` or `void`.
    #[schema(value_type = String)]
    state: VoucherState,
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Ts>,
    /// The end of a guest's time; nothing for a code that refilled a subscription.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
}

/// The codes of a batch: money for whoever reads them.
#[utoipa::path(
    get, path = "/api/v1/vouchers/{id}/codes", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<CodeView>))
)]
async fn codes(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
) -> Reply<Listing<CodeView>> {
    let (_, codes) = voucher::batch(&mut app.reader(), &actor.scope, id).await?;
    let view = |v: voucher::Voucher| CodeView {
        id: v.id,
        code: v.printed(),
        state: v.state,
        used_at: v.used_at,
        ends_at: v.ends_at,
        subscription_id: v.subscription_id,
    };
    Ok(Json(Listing::whole(codes.into_iter().map(view).collect())))
}

/// A batch to make.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVouchers {
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    /// One's own branch, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// The reseller who sells it.
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    /// 1–366.
    days: i64,
    /// 1–10,000.
    count: i64,
    /// What the buyer of one voucher pays, PPN in it.
    #[schema(value_type = i64)]
    price: Money,
    /// Last day on which a code can be used.
    #[schema(value_type = String, format = Date)]
    expires_on: Day,
}

/// Make a batch of vouchers.
#[utoipa::path(
    post, path = "/api/v1/vouchers", request_body = NewVouchers,
    responses((status = 201, body = BatchDetail))
)]
async fn make(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<NewVouchers>,
) -> Written<BatchDetail> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|e| Fault::bug(format!("no randomness: {e}")))?;
    if !body.price.is_zero() {
        sane("price", body.price)?;
    }
    app.create(&actor, async move |tx| {
        let branch = known_branch(tx, body.branch_id).await?;
        if let Some(partner) = body.partner_id {
            let scope = tx.actor().scope.clone();
            partner::reseller::find(tx, &scope, partner).await?;
        }
        let new = NewBatch {
            plan: body.plan_id,
            branch,
            partner: body.partner_id,
            days: body.days,
            count: body.count,
            price: body.price,
            expires_on: body.expires_on,
            secret,
        };
        let id = voucher::make_batch(tx, new).await.map_err(|fault| on_wire(fault, NAMES))?;
        detail_in(tx, id).await
    })
    .await
}

/// How a batch was sold.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SellVouchers {
    sold_to: String,
    /// `cash` or `transfer`.
    channel: SaleChannel,
    /// The receipt's or the transfer's number.
    reference: String,
    #[schema(value_type = i64)]
    amount: Money,
}

/// How the buyer paid.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SaleChannel {
    Cash,
    Transfer,
}

/// Note that a batch was sold.
#[utoipa::path(
    post, path = "/api/v1/vouchers/{id}/sell", params(("id" = uuid::Uuid, Path)),
    request_body = SellVouchers, responses((status = 200, body = BatchDetail))
)]
async fn sell(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
    Body(body): Body<SellVouchers>,
) -> Written<BatchDetail> {
    let amount = sane("amount", body.amount)?;
    app.write(&actor, async move |tx| {
        let sale = Sale {
            sold_to: body.sold_to,
            channel: match body.channel {
                SaleChannel::Cash => Channel::Cash,
                SaleChannel::Transfer => Channel::Transfer,
            },
            reference: body.reference,
            amount,
        };
        voucher::sell(tx, id, &sale).await?;
        detail_in(tx, id).await
    })
    .await
}

/// Make the unused codes of a batch worthless: it was lost or stolen.
#[utoipa::path(
    post, path = "/api/v1/vouchers/{id}/void", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = BatchDetail))
)]
async fn void(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
) -> Written<BatchDetail> {
    app.write(&actor, async move |tx| {
        voucher::void(tx, id).await?;
        detail_in(tx, id).await
    })
    .await
}

/// A code to use.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedeemVoucher {
    /// As typed: case, spaces and dashes do not count.
    code: String,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
}

/// What a code gave.
#[derive(Serialize, ToSchema)]
#[schema(as = VoucherRedeemed)]
struct RedeemedView {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    #[schema(value_type = String, format = Date)]
    from: Day,
    #[schema(value_type = String, format = Date)]
    to: Day,
}

/// Refill a prepaid subscription with a code.
#[utoipa::path(
    post, path = "/api/v1/vouchers/redeem", request_body = RedeemVoucher,
    responses((status = 200, body = RedeemedView))
)]
async fn redeem(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<RedeemVoucher>,
) -> Written<RedeemedView> {
    app.write(&actor, async move |tx| {
        let done = voucher::redeem(tx, &body.code, body.subscription_id).await?;
        Ok(RedeemedView { invoice_id: done.invoice, from: done.from, to: done.to })
    })
    .await
}
