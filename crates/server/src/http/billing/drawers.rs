//! Drawers: opening, counting, accepting the difference, their history; and the safe.

use axum::Json;
use axum::extract::State;
use billing::cash::{
    self, CashMove, CashMoveId, Count, Drawer, DrawerId, DrawerState, MoveKind, SafeMove,
};
use kernel::{
    Actor, BranchId, CustomerId, Fault, Money, Permission, Result as Fallible, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{MOST, sane};
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::wire::{given, known_branch};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine))
        .routes(routes!(list, open))
        .routes(routes!(find))
        .routes(routes!(moves))
        .routes(routes!(count))
        .routes(routes!(accept))
        .routes(routes!(safe))
}

/// A cashier's drawer.
#[derive(Serialize, ToSchema)]
#[schema(as = Drawer)]
pub(super) struct DrawerView {
    #[schema(value_type = String, format = Uuid)]
    id: DrawerId,
    number: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    cashier: String,
    /// `open`, `counted` (a second person has to accept the difference) or `closed`.
    #[schema(value_type = String)]
    state: DrawerState,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Ts,
    #[schema(value_type = i64)]
    float: Money,
    /// Payments, voucher batches, deposits and handovers taken in.
    #[schema(value_type = i64)]
    taken: Money,
    /// Refunds and payments taken back: zero or negative.
    #[schema(value_type = i64)]
    given: Money,
    /// What should be in it: float and movements; of a counted one, when it was counted.
    #[schema(value_type = i64)]
    expected: Money,
    #[schema(value_type = Option<i64>)]
    counted: Option<Money>,
    /// Counted less expected.
    #[schema(value_type = Option<i64>)]
    difference: Option<Money>,
    /// Denomination and how many.
    pieces: Option<Vec<(i64, i64)>>,
    why: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    counted_at: Option<Ts>,
    accepted_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Ts>,
    can: DrawerCan,
}

/// What can be done with the drawer now.
#[derive(Serialize, ToSchema)]
struct DrawerCan {
    count: Can,
    accept: Can,
}

impl DrawerView {
    pub(super) fn of(d: Drawer, actor: &Actor, four_eyes: bool) -> Self {
        let own = actor.user() == Some(d.user_id);
        let live = d.state != DrawerState::Closed;
        let count =
            if own && live { actor.require(Permission::PaymentWrite) } else { Err(not_own()) };
        let second = if own && four_eyes { Err(somebody_else()) } else { Ok(()) };
        let waits = if d.state == DrawerState::Counted { Ok(()) } else { Err(not_waiting()) };
        let accept = actor.require(Permission::PaymentApprove).and(waits).and(second);
        Self {
            difference: d.difference(),
            expected: d.expected.filter(|_| d.state != DrawerState::Open).unwrap_or(d.balance),
            pieces: d.pieces.and_then(|p| serde_json::from_value(p).ok()),
            can: DrawerCan { count: Can::when(count), accept: Can::when(accept) },
            id: d.id,
            number: d.number,
            branch_id: d.branch_id,
            user_id: d.user_id,
            cashier: d.cashier,
            state: d.state,
            opened_at: d.opened_at,
            float: d.float_amount,
            taken: d.taken,
            given: d.given,
            counted: d.counted,
            why: d.why,
            counted_at: d.counted_at,
            accepted_by: d.accepted_by,
            closed_at: d.closed_at,
        }
    }
}

fn not_own() -> Fault {
    Fault::forbidden(
        "billing.drawer_not_own",
        "Kas dihitung oleh kasirnya sendiri.",
        "A drawer is counted by its own cashier.",
    )
}

fn somebody_else() -> Fault {
    Fault::forbidden(
        "billing.approval_own",
        "Selisih kas sendiri harus disetujui orang lain.",
        "Somebody else has to accept the difference of your own drawer.",
    )
}

fn not_waiting() -> Fault {
    Fault::conflict(
        "billing.drawer_not_counted",
        "Kas ini tidak menunggu persetujuan.",
        "This drawer does not wait for anybody's acceptance.",
    )
}

async fn four_eyes(q: &mut dyn Query) -> Fallible<bool> {
    Ok(catalog::current(q).await?.isp_policy().four_eyes)
}

/// Cash before me today.
#[derive(Serialize, ToSchema)]
struct CashToday {
    /// My drawer: open, or waiting for a second person.
    drawer: Option<DrawerView>,
    /// Cash is only taken into an open drawer.
    needs_drawer: bool,
    /// Drawers of others that wait for me.
    to_accept: i64,
    /// What collectors and technicians hold.
    #[schema(value_type = i64)]
    held: Money,
    safes: Vec<SafeView>,
}

/// A branch's safe.
#[derive(Serialize, ToSchema)]
struct SafeView {
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch: String,
    #[schema(value_type = i64)]
    amount: Money,
}

/// My drawer, and the cash around it.
#[utoipa::path(get, path = "/api/v1/cash", responses((status = 200, body = CashToday)))]
async fn mine(State(app): State<App>, actor: Actor) -> Reply<CashToday> {
    let mut q = app.reader();
    let catalog = catalog::current(&mut q).await?;
    let policy = catalog.isp_policy();
    let drawer = match actor.user() {
        Some(user) => cash::drawer_of(&mut q, user).await?,
        None => None,
    };
    let counted = Some(DrawerState::Counted);
    let waiting = cash::list(&mut q, &actor.scope, counted, None, 200).await?;
    let others = waiting.iter().filter(|d| Some(d.user_id) != actor.user()).count();
    let mut held = Money::ZERO;
    for (user, amount, _) in cash::holders(&mut q).await? {
        if identity::user::find(&mut q, &actor.scope, user).await.is_ok() {
            held += amount;
        }
    }
    let mut safes = Vec::new();
    let own = |id: BranchId| actor.scope.branch.is_none_or(|branch| branch == id);
    for branch in catalog.branches.values().filter(|b| own(b.id)) {
        let amount = cash::in_safe(&mut q, branch.id).await?;
        safes.push(SafeView { branch_id: branch.id, branch: branch.name.clone(), amount });
    }
    Ok(Json(CashToday {
        drawer: drawer.map(|d| DrawerView::of(d, &actor, policy.four_eyes)),
        needs_drawer: policy.cash_needs_drawer,
        to_accept: i64::try_from(others).unwrap_or(i64::MAX),
        held,
        safes,
    }))
}

/// Which drawers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DrawerQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<DrawerId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `open`, `counted` or `closed`.
    #[param(value_type = Option<String>)]
    state: Option<DrawerState>,
}

/// Drawers, newest first.
#[utoipa::path(
    get, path = "/api/v1/cash/drawers", params(DrawerQuery),
    responses((status = 200, body = Listing<DrawerView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<DrawerQuery>,
) -> Reply<Listing<DrawerView>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let four_eyes = four_eyes(&mut q).await?;
    let rows = cash::list(&mut q, &actor.scope, query.state, query.after, limit + 1).await?;
    let view = |row| DrawerView::of(row, &actor, four_eyes);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// A drawer to open.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenDrawer {
    /// What lies in it at the beginning; it comes from the safe.
    #[schema(value_type = i64)]
    float: Money,
    /// One's own branch, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

/// Open my drawer.
///
/// From now on the cash that I take belongs to it. A float that the safe does not have by the books was
/// there before the books began.
#[utoipa::path(
    post, path = "/api/v1/cash/drawers", request_body = OpenDrawer,
    responses((status = 201, body = DrawerView))
)]
async fn open(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<OpenDrawer>,
) -> Written<DrawerView> {
    app.create(&actor, async move |tx| {
        if body.float > MOST {
            sane("float", body.float)?;
        }
        let branch = known_branch(tx, body.branch_id).await?;
        let id = cash::open(tx, branch, body.float).await?;
        let (actor, four_eyes) = (tx.actor().clone(), four_eyes(tx).await?);
        Ok(DrawerView::of(cash::find(tx, &actor.scope, id).await?, &actor, four_eyes))
    })
    .await
}

/// One drawer.
#[utoipa::path(
    get, path = "/api/v1/cash/drawers/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DrawerView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<DrawerId>) -> Reply<DrawerView> {
    let mut q = app.reader();
    let drawer = cash::find(&mut q, &actor.scope, id).await?;
    let four_eyes = four_eyes(&mut q).await?;
    Ok(Json(DrawerView::of(drawer, &actor, four_eyes)))
}

/// A movement of cash.
#[derive(Serialize, ToSchema)]
#[schema(as = CashMove)]
pub(super) struct MoveView {
    #[schema(value_type = String, format = Uuid)]
    id: CashMoveId,
    /// `float`, `payment`, `reversal`, `refund`, `voucher`, `top_up`, `handover` or `close`.
    #[schema(value_type = String)]
    kind: MoveKind,
    /// The payment, batch, handover, reseller or drawer; of a refund the customer.
    subject_id: uuid::Uuid,
    /// The receipt of a payment or handover.
    number: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = i64)]
    amount: Money,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
}

impl From<CashMove> for MoveView {
    fn from(m: CashMove) -> Self {
        Self {
            id: m.id,
            kind: m.kind,
            subject_id: m.subject_id,
            number: m.number,
            customer_id: m.customer_id,
            amount: m.amount,
            at: m.at,
        }
    }
}

/// Which movements.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MoveQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<CashMoveId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

/// What went into a drawer and out of it, oldest first.
#[utoipa::path(
    get, path = "/api/v1/cash/drawers/{id}/moves", params(("id" = uuid::Uuid, Path), MoveQuery),
    responses((status = 200, body = Listing<MoveView>))
)]
async fn moves(
    State(app): State<App>,
    actor: Actor,
    At(id): At<DrawerId>,
    Search(query): Search<MoveQuery>,
) -> Reply<Listing<MoveView>> {
    let limit = page_size(query.limit);
    let mut q = app.reader();
    let rows = cash::moves(&mut q, &actor.scope, id, query.after, limit + 1).await?;
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), MoveView::from)))
}

/// What was counted: the sum, or the pieces.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountDrawer {
    #[schema(value_type = Option<i64>)]
    counted: Option<Money>,
    /// Denomination and how many; their sum is what was counted.
    pieces: Option<Vec<(i64, i64)>>,
    /// What may have caused a difference.
    why: Option<String>,
}

impl CountDrawer {
    fn read(&self) -> Fallible<Count> {
        let counted = match (&self.pieces, self.counted) {
            (Some(pieces), _) => cash::counted(pieces)?,
            (None, Some(counted)) => counted,
            (None, None) => return Err(Fault::fields(vec![kernel::Field::required("counted")])),
        };
        if counted > MOST || counted.is_negative() {
            sane("counted", counted)?;
        }
        let why = given(self.why.as_deref()).map(str::to_owned);
        Ok(Count { counted, pieces: self.pieces.clone(), why })
    }
}

/// Count my drawer and close it.
///
/// The difference is posted. Above the policy's limit a second person accepts it first; until then the
/// drawer can be counted again.
#[utoipa::path(
    post, path = "/api/v1/cash/drawers/{id}/count", params(("id" = uuid::Uuid, Path)),
    request_body = CountDrawer, responses((status = 200, body = DrawerView))
)]
async fn count(
    State(app): State<App>,
    actor: Actor,
    At(id): At<DrawerId>,
    Body(body): Body<CountDrawer>,
) -> Written<DrawerView> {
    let what = body.read()?;
    app.write(&actor, async move |tx| {
        let drawer = cash::count(tx, id, &what).await?;
        let (actor, four_eyes) = (tx.actor().clone(), four_eyes(tx).await?);
        Ok(DrawerView::of(drawer, &actor, four_eyes))
    })
    .await
}

/// Accept the difference of somebody's count.
#[utoipa::path(
    post, path = "/api/v1/cash/drawers/{id}/accept", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = DrawerView))
)]
async fn accept(State(app): State<App>, actor: Actor, At(id): At<DrawerId>) -> Written<DrawerView> {
    app.write(&actor, async move |tx| {
        let drawer = cash::accept(tx, id).await?;
        let (actor, four_eyes) = (tx.actor().clone(), four_eyes(tx).await?);
        Ok(DrawerView::of(drawer, &actor, four_eyes))
    })
    .await
}

/// Money between the safe and the bank.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveSafe {
    /// One's own branch, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// `to_bank` or `from_bank`.
    #[schema(value_type = String)]
    what: SafeMove,
    #[schema(value_type = i64)]
    amount: Money,
    note: Option<String>,
}

/// Pay the safe's money into the bank, or draw some.
#[utoipa::path(
    post, path = "/api/v1/cash/safe", request_body = MoveSafe,
    responses((status = 201, body = SafeView))
)]
async fn safe(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<MoveSafe>,
) -> Written<SafeView> {
    let amount = sane("amount", body.amount)?;
    app.create(&actor, async move |tx| {
        let branch = known_branch(tx, body.branch_id).await?;
        let note = given(body.note.as_deref());
        let amount = cash::move_safe(tx, branch, body.what, amount, note).await?;
        let name = catalog::current(tx).await?.branch(branch)?.name.clone();
        Ok(SafeView { branch_id: branch, branch: name, amount })
    })
    .await
}
