//! The deposit wallet: balance, statement, top-ups, paying a sub-customer's invoice at net price.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use billing::words::Channel;
use flows::top_up::{self, NewTopUp, TopUp, TopUpId, TopUpState, charge};
use flows::wallet as flow;
use kernel::{Actor, InvoiceId, Money, PartnerId, PaymentId, Permission, Ts, WalletRowId};
use partner::wallet::{self, RowKind, Wallet, WalletRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::billing::sane;
use crate::http::can::Can;
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find))
        .routes(routes!(statement))
        .routes(routes!(ask_top_up))
        .routes(routes!(open_top_up))
        .routes(routes!(find_top_up))
        .routes(routes!(quote))
        .routes(routes!(pay))
        .routes(routes!(top_ups))
        .routes(routes!(approve))
        .routes(routes!(reject))
}

/// A wallet.
#[derive(Serialize, ToSchema)]
#[schema(as = Wallet)]
struct WalletView {
    #[schema(value_type = String, format = Uuid)]
    partner_id: PartnerId,
    #[schema(value_type = i64)]
    balance: Money,
    /// What a claw-back could not take: recovered first from later credits.
    #[schema(value_type = i64)]
    debt: Money,
}

impl From<Wallet> for WalletView {
    fn from(w: Wallet) -> Self {
        Self { partner_id: w.partner_id, balance: w.balance, debt: w.debt }
    }
}

/// A reseller's wallet.
#[utoipa::path(
    get, path = "/api/v1/wallet/{partner}", params(("partner" = uuid::Uuid, Path)),
    responses((status = 200, body = WalletView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<PartnerId>) -> Reply<WalletView> {
    let found = wallet::of(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(found.into()))
}

/// Pages of the statement.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatementPage {
    /// `next` of the page before.
    after: Option<i64>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// A row of the wallet's ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletRow)]
struct WalletLine {
    #[schema(value_type = String, format = Uuid)]
    id: WalletRowId,
    seq: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `top_up`, `payment`, `refund`, `commission` or `clawback`.
    #[schema(value_type = String)]
    kind: RowKind,
    #[schema(value_type = i64)]
    amount: Money,
    #[schema(value_type = i64)]
    balance_after: Money,
    #[schema(value_type = i64)]
    debt_after: Money,
    reference: String,
    note: String,
}

impl From<WalletRow> for WalletLine {
    fn from(row: WalletRow) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            amount: row.amount,
            balance_after: row.balance_after,
            debt_after: row.debt_after,
            reference: row.reference,
            note: row.note,
        }
    }
}

/// A wallet's statement, newest first.
#[utoipa::path(
    get, path = "/api/v1/wallet/{partner}/statement",
    params(("partner" = uuid::Uuid, Path), StatementPage),
    responses((status = 200, body = Listing<WalletLine>))
)]
async fn statement(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PartnerId>,
    Search(query): Search<StatementPage>,
) -> Reply<Listing<WalletLine>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let rows = wallet::statement(&mut q, &actor.scope, id, query.after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.seq.to_string(), WalletLine::from)))
}

/// A top-up as entered.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskTopUp {
    #[schema(value_type = i64)]
    amount: Money,
    /// `cash` or `transfer`.
    channel: TopUpChannel,
    /// The transfer's or the receipt's number: it counts once.
    reference: String,
    note: Option<String>,
}

/// How the reseller paid.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TopUpChannel {
    Cash,
    Transfer,
}

/// A top-up.
#[derive(Serialize, ToSchema)]
#[schema(as = TopUp)]
struct TopUpView {
    #[schema(value_type = String, format = Uuid)]
    id: TopUpId,
    #[schema(value_type = String, format = Uuid)]
    partner_id: PartnerId,
    #[schema(value_type = i64)]
    amount: Money,
    channel: String,
    reference: String,
    note: Option<String>,
    asked_by: String,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Ts,
    /// `waiting`, `credited`, `rejected` or, at a gateway, `expired`.
    #[schema(value_type = String)]
    state: TopUpState,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Ts>,
    /// At a gateway: where to pay.
    url: Option<String>,
    /// At a gateway: a virtual account number, a QRIS text, a code for the shop.
    code: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Ts>,
    can: TopUpCan,
}

/// What can be done with a top-up now.
#[derive(Serialize, ToSchema)]
struct TopUpCan {
    approve: Can,
    reject: Can,
}

impl TopUpView {
    fn of(row: TopUp, actor: &Actor) -> Self {
        let is_own = row.asked_by == actor.tag();
        let may = || actor.require(Permission::WalletApprove);
        let waits = || top_up::must_wait(&row).and_then(|()| top_up::by_person(&row));
        let can = TopUpCan {
            approve: Can::when(waits().and(may())),
            reject: Can::when(waits().and(if is_own { Ok(()) } else { may() })),
        };
        Self {
            can,
            id: row.id,
            partner_id: row.partner_id,
            amount: row.amount,
            channel: row.channel,
            reference: row.reference,
            note: row.note,
            asked_by: row.asked_by_name,
            asked_at: row.asked_at,
            state: row.state,
            decided_at: row.decided_at,
            url: row.url,
            code: row.code,
            expires_at: row.expires_at,
        }
    }
}

/// Ask for a top-up.
///
/// Credited when somebody else has seen the money; at once only where the ISP does without a second person.
#[utoipa::path(
    post, path = "/api/v1/wallet/{partner}/top-up", params(("partner" = uuid::Uuid, Path)),
    request_body = AskTopUp, responses((status = 201, body = TopUpView))
)]
async fn ask_top_up(
    State(app): State<App>,
    actor: Actor,
    At(partner): At<PartnerId>,
    Body(body): Body<AskTopUp>,
) -> Written<TopUpView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx| {
        let channel = match body.channel {
            TopUpChannel::Cash => Channel::Cash,
            TopUpChannel::Transfer => Channel::Transfer,
        };
        let new = NewTopUp { partner, amount, channel, reference: body.reference, note: body.note };
        let asked = top_up::ask(tx, &new).await?;
        Ok(TopUpView::of(asked, tx.actor()))
    })
    .await
}

/// A top-up at a payment gateway.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenTopUp {
    /// Rp 10.000–100.000.000.
    #[schema(value_type = i64)]
    amount: Money,
    /// The first there is, when left out.
    gateway: Option<String>,
}

/// Begin a top-up at a payment gateway.
///
/// Credited when the gateway's verified notice says that it is paid.
#[utoipa::path(
    post, path = "/api/v1/wallet/{partner}/top-up/gateway",
    params(("partner" = uuid::Uuid, Path)), request_body = OpenTopUp,
    responses((status = 201, body = TopUpView))
)]
async fn open_top_up(
    State(app): State<App>,
    actor: Actor,
    At(partner): At<PartnerId>,
    Body(body): Body<OpenTopUp>,
) -> Result<Response, Problem> {
    let amount = sane("amount", body.amount)?;
    let cause = app.cause(&actor);
    let opened = charge::open(&app.db, &cause, partner, amount, body.gateway.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(TopUpView::of(opened, &actor))).into_response())
}

/// One top-up.
#[utoipa::path(
    get, path = "/api/v1/top-ups/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TopUpView))
)]
async fn find_top_up(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TopUpId>,
) -> Reply<TopUpView> {
    let found = top_up::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(TopUpView::of(found, &actor)))
}

/// Which top-ups.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TopUpQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<TopUpId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `waiting`, `credited`, `rejected` or, at a gateway, `expired`.
    #[param(value_type = Option<String>)]
    state: Option<TopUpState>,
}

/// Top-ups, newest first.
#[utoipa::path(
    get, path = "/api/v1/top-ups", params(TopUpQuery),
    responses((status = 200, body = Listing<TopUpView>))
)]
async fn top_ups(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<TopUpQuery>,
) -> Reply<Listing<TopUpView>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let rows = top_up::list(&mut q, &actor.scope, query.state, query.after, limit + 1).await?;
    let view = |row| TopUpView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// Credit a top-up: the money was seen.
#[utoipa::path(
    post, path = "/api/v1/top-ups/{id}/approve", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TopUpView))
)]
async fn approve(State(app): State<App>, actor: Actor, At(id): At<TopUpId>) -> Written<TopUpView> {
    app.write(&actor, async move |tx| {
        let done = top_up::approve(tx, id).await?;
        Ok(TopUpView::of(done, tx.actor()))
    })
    .await
}

/// Turn a top-up down, or take one's own back.
#[utoipa::path(
    post, path = "/api/v1/top-ups/{id}/reject", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TopUpView))
)]
async fn reject(State(app): State<App>, actor: Actor, At(id): At<TopUpId>) -> Written<TopUpView> {
    app.write(&actor, async move |tx| {
        let done = top_up::reject(tx, id).await?;
        Ok(TopUpView::of(done, tx.actor()))
    })
    .await
}

/// A sub-customer's invoice to pay.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PayFromWallet {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    /// The net price as it was shown: another one is refused with `wallet.price_changed`.
    #[schema(value_type = Option<i64>)]
    expected_net: Option<Money>,
}

/// Whose wallet, and which invoice.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuoteQuery {
    #[param(value_type = String)]
    invoice_id: InvoiceId,
}

/// What paying an invoice from the wallet would take.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletQuote)]
struct QuoteView {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    /// What settles the invoice now: what the customer pays the reseller.
    #[schema(value_type = i64)]
    open: Money,
    /// What stays with the reseller of it.
    #[schema(value_type = i64)]
    commission: Money,
    /// What leaves the wallet.
    #[schema(value_type = i64)]
    net: Money,
    /// How the commission is computed; empty without a rule.
    formula: String,
    #[schema(value_type = i64)]
    balance: Money,
    /// What the balance lacks; 0: it is enough.
    #[schema(value_type = i64)]
    missing: Money,
}

/// What would leave the wallet for an invoice, before it is paid.
#[utoipa::path(
    get, path = "/api/v1/wallet/{partner}/quote",
    params(("partner" = uuid::Uuid, Path), QuoteQuery),
    responses((status = 200, body = QuoteView))
)]
async fn quote(
    State(app): State<App>,
    actor: Actor,
    At(partner): At<PartnerId>,
    Search(query): Search<QuoteQuery>,
) -> Reply<QuoteView> {
    let mut q = app.reader();
    let quote = flow::quote(&mut q, &actor, partner, query.invoice_id, app.now()).await?;
    Ok(Json(QuoteView {
        invoice_id: quote.invoice,
        open: quote.open,
        commission: quote.commission,
        net: quote.net,
        formula: quote.formula,
        balance: quote.balance,
        missing: (quote.net - quote.balance).or_zero(),
    }))
}

/// An invoice that was paid from a wallet.
#[derive(Serialize, ToSchema)]
struct PaidFromWallet {
    #[schema(value_type = String, format = Uuid)]
    payment_id: PaymentId,
    receipt_number: Option<String>,
    /// The invoice's whole open amount.
    #[schema(value_type = i64)]
    amount: Money,
    /// What the wallet gave.
    #[schema(value_type = i64)]
    net: Money,
    /// What stays with the reseller.
    #[schema(value_type = i64)]
    commission: Money,
    wallet: WalletView,
}

/// Pay a sub-customer's invoice from the wallet, at net price.
#[utoipa::path(
    post, path = "/api/v1/wallet/{partner}/pay", params(("partner" = uuid::Uuid, Path)),
    request_body = PayFromWallet, responses((status = 201, body = PaidFromWallet))
)]
async fn pay(
    State(app): State<App>,
    actor: Actor,
    At(partner): At<PartnerId>,
    Body(body): Body<PayFromWallet>,
) -> Written<PaidFromWallet> {
    app.create(&actor, async move |tx| {
        let done = flow::pay_invoice(tx, partner, body.invoice_id, body.expected_net).await?;
        Ok(PaidFromWallet {
            payment_id: done.receipt.payment.id,
            receipt_number: done.receipt.payment.receipt_number,
            amount: done.receipt.payment.amount,
            net: done.net,
            commission: done.commission,
            wallet: done.wallet.into(),
        })
    })
    .await
}
