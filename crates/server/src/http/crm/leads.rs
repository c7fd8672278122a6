//! Leads, from the first word to the decision. Converting one is a flow of its own.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use crm::duplicate::{Duplicate, Twin};
use crm::lead::{LeadState, NewLead};
use crm::{Channel, Mode};
use documents::table::Cell;
use flows::views::leads::{self, LeadFilter, LeadRow, LeadSort};
use flows::views::order::{Order, Way};
use kernel::{
    Actor, BranchId, CustomerId, Lang, LeadId, OdpId, PartnerId, Permission, Phone, PlanId,
    Result as Fallible, SubscriptionId, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::can::Can;
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(export))
        .routes(routes!(find, amend))
        .routes(routes!(duplicates))
        .routes(routes!(verify))
        .routes(routes!(reject))
        .routes(routes!(waitlist))
        .routes(routes!(lose))
}

/// A lead, with the names of what it points at.
#[derive(Serialize, ToSchema)]
struct LeadView {
    #[schema(value_type = String, format = Uuid)]
    id: LeadId,
    /// `new`, `verified`, `waitlisted`, `converted`, `rejected` or `lost`.
    #[schema(value_type = String)]
    state: LeadState,
    name: String,
    #[schema(value_type = String)]
    phone: Phone,
    email: Option<String>,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    plan_name: Option<String>,
    /// `prepaid` or `postpaid`; null until chosen.
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// `sales`, `reseller`, `public`, `admin` or `import`.
    #[schema(value_type = String)]
    channel: Channel,
    note: Option<String>,
    /// `id` or `en`.
    lang: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    partner_id: Option<PartnerId>,
    partner_name: Option<String>,
    sold_by_name: Option<String>,
    /// The coverage when it was last asked; null: no pin, or no area drawn.
    covered: Option<bool>,
    area_name: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    odp_id: Option<OdpId>,
    odp_code: Option<String>,
    odp_distance_m: Option<i64>,
    /// Why rejected, waitlisted or lost.
    reason: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    customer_number: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// A NIK is kept, sealed. It is never shown here.
    has_nik: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_at: Option<Ts>,
    verified_by_name: Option<String>,
    can: LeadCan,
}

/// What can be done with a lead now.
#[derive(Serialize, ToSchema)]
struct LeadCan {
    amend: Can,
    verify: Can,
    reject: Can,
    waitlist: Can,
    lose: Can,
    convert: Can,
}

impl LeadCan {
    fn of(state: LeadState, actor: &Actor) -> Self {
        let can = |permission: Permission, next: LeadState| {
            Can::when(actor.require(permission).and_then(|()| state.to(next)))
        };
        let open = if state.is_open() { Ok(()) } else { state.to(state).map(drop) };
        Self {
            amend: Can::when(actor.require(Permission::LeadWrite).and(open)),
            verify: can(Permission::LeadVerify, LeadState::Verified),
            reject: can(Permission::LeadVerify, LeadState::Rejected),
            waitlist: can(Permission::LeadWrite, LeadState::Waitlisted),
            lose: can(Permission::LeadWrite, LeadState::Lost),
            convert: can(Permission::SubscriptionWrite, LeadState::Converted),
        }
    }
}

impl LeadView {
    fn of(row: LeadRow, actor: &Actor) -> Self {
        Self {
            can: LeadCan::of(row.state, actor),
            id: row.id,
            state: row.state,
            name: row.name,
            phone: row.phone,
            email: row.email,
            address: row.address,
            lat: row.lat,
            lon: row.lon,
            plan_id: row.plan_id,
            plan_name: row.plan_name,
            mode: row.mode,
            channel: row.channel,
            note: Some(row.note).filter(|note| !note.is_empty()),
            lang: row.lang,
            branch_id: row.branch_id,
            branch_name: row.branch_name,
            partner_id: row.partner_id,
            partner_name: row.partner_name,
            sold_by_name: row.sold_by_name,
            covered: row.covered,
            area_name: row.area_name,
            odp_id: row.odp_id,
            odp_code: row.odp_code,
            odp_distance_m: row.odp_distance_m,
            reason: row.reason,
            customer_id: row.customer_id,
            customer_number: row.customer_number,
            subscription_id: row.subscription_id,
            has_nik: row.has_nik,
            created_at: row.registered_at,
            verified_at: row.verified_at,
            verified_by_name: row.verified_by_name,
        }
    }
}

/// One lead and who may be the same person.
#[derive(Serialize, ToSchema)]
struct LeadDetail {
    #[serde(flatten)]
    lead: LeadView,
    duplicates: Vec<DuplicateView>,
}

/// A record that may be the same person. A flag, never a block.
#[derive(Serialize, ToSchema)]
struct DuplicateView {
    /// `lead` or `customer`.
    #[schema(value_type = String)]
    kind: Twin,
    /// Null, like the name, when the record belongs to another branch or reseller.
    #[schema(value_type = Option<String>, format = Uuid)]
    id: Option<uuid::Uuid>,
    name: Option<String>,
    /// The strongest: `nik`, `phone` or `place`.
    reason: &'static str,
    same_phone: bool,
    same_nik: bool,
    /// A similar name, so many metres away (at most 20).
    near_m: Option<i64>,
}

impl From<Duplicate> for DuplicateView {
    fn from(found: Duplicate) -> Self {
        let id = found.lead.map(|id| id.uuid()).or(found.customer.map(|id| id.uuid()));
        let likeness = found.likeness;
        let reason = match (likeness.same_nik, likeness.same_phone) {
            (true, _) => "nik",
            (false, true) => "phone",
            (false, false) => "place",
        };
        Self {
            kind: found.twin,
            id,
            name: found.name,
            reason,
            same_phone: likeness.same_phone,
            same_nik: likeness.same_nik,
            near_m: likeness.near_m,
        }
    }
}

/// The lead as the transaction sees it.
async fn detail(tx: &mut Tx, id: LeadId) -> Fallible<LeadDetail> {
    let actor = tx.actor().clone();
    let row = leads::find(tx, &actor.scope, id).await?;
    let twins = crm::duplicate::of_lead(tx, &actor.scope, id).await?;
    let duplicates = twins.into_iter().map(DuplicateView::from).collect();
    Ok(LeadDetail { lead: LeadView::of(row, &actor), duplicates })
}

/// A lead as entered. Texts as typed; only name and phone must be there.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EnterLead {
    name: String,
    phone: String,
    email: Option<String>,
    /// 16 digits. Kept sealed; on a change, leaving it out keeps the one that is there.
    nik: Option<String>,
    #[serde(default)]
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    /// `prepaid` or `postpaid`.
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// `sales` or `admin`; a reseller's lead is always `reseller`.
    #[schema(value_type = Option<String>)]
    channel: Option<Channel>,
    note: Option<String>,
    /// `id` (when left out) or `en`.
    #[schema(value_type = Option<String>)]
    lang: Option<Lang>,
    /// When left out: one's own, else that of the area the pin lies in, else the only one.
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
}

impl EnterLead {
    fn into_new(self) -> NewLead {
        NewLead {
            name: self.name,
            phone: self.phone,
            email: self.email,
            nik: self.nik,
            address: self.address,
            lat: self.lat,
            lon: self.lon,
            plan: self.plan_id,
            mode: self.mode,
            channel: self.channel,
            note: self.note.unwrap_or_default(),
            lang: self.lang,
            branch: self.branch_id,
            partner: None,
            sold_by: None,
        }
    }
}

/// The query of the leads' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LeadQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the name, phone or address.
    q: Option<String>,
    #[param(value_type = Option<String>)]
    state: Option<LeadState>,
    #[param(value_type = Option<String>)]
    channel: Option<Channel>,
    /// Whose sale it is.
    #[param(value_type = Option<String>)]
    sold_by: Option<UserId>,
    /// `newest` (when not given) or `name`.
    #[param(value_type = Option<String>)]
    sort: Option<LeadSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl LeadQuery {
    fn filter(self) -> LeadFilter {
        LeadFilter {
            state: self.state,
            channel: self.channel,
            text: self.q,
            sold_by: self.sold_by,
            order: Order::of(self.sort, self.dir),
        }
    }
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &LeadFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<LeadView>> {
    let after = cursor::read(after)?;
    let rows = leads::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &LeadRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| LeadView::of(row, actor)))
}

/// Leads, newest first.
#[utoipa::path(
    get, path = "/api/v1/leads", params(LeadQuery), responses((status = 200, body = Listing<LeadView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<LeadQuery>,
) -> Reply<Listing<LeadView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter();
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

const FILE: Sheet<LeadView> = Sheet {
    list: "leads",
    name: ("prospek", "leads"),
    columns: &[
        col("Nama", "Name", |v, _| v.name.as_str().into()),
        col("Status", "State", |v, w| w.word("lead", v.state.as_str())),
        col("HP", "Phone", |v, _| v.phone.as_str().into()),
        col("Email", "E-mail", |v, _| v.email.clone().into()),
        col("Alamat", "Address", |v, _| v.address.as_str().into()),
        col("Paket", "Plan", |v, _| v.plan_name.clone().into()),
        col("Cara bayar", "Billing", |v, w| {
            v.mode.map_or(Cell::Empty, |m| w.word("mode", m.as_str()))
        }),
        col("Asal", "Channel", |v, w| w.word("channel", v.channel.as_str())),
        col("Cabang", "Branch", |v, _| v.branch_name.as_str().into()),
        col("Mitra", "Reseller", |v, _| v.partner_name.clone().into()),
        col("Penjual", "Sold by", |v, _| v.sold_by_name.clone().into()),
        col("Area", "Area", |v, _| v.area_name.clone().into()),
        col("ODP", "ODP", |v, _| v.odp_code.clone().into()),
        col("Alasan", "Reason", |v, _| v.reason.clone().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_number.clone().into()),
        col("Didaftarkan", "Registered", |v, w| w.at(v.created_at)),
        col("Diverifikasi", "Verified", |v, w| w.at(v.verified_at)),
    ],
};

/// Leads of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/leads/export", params(LeadQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<LeadQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter();
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let mut after = None;
    loop {
        let page = page(&mut app.reader(), &actor, &filter, after.as_deref(), export::PAGE).await?;
        after = out.put(page).await?;
        if after.is_none() {
            return out.finish().await;
        }
    }
}

/// Register a lead.
///
/// Answers who may be the same person. What a reseller enters is `new` until somebody verifies it; what
/// sales enter is `verified` at once, unless the pin lies outside the coverage.
#[utoipa::path(
    post, path = "/api/v1/leads", request_body = EnterLead, responses((status = 201, body = LeadDetail))
)]
async fn register(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<EnterLead>,
) -> Written<LeadDetail> {
    app.create(&actor, async move |tx| {
        let made = crm::lead::register(tx, body.into_new()).await;
        detail(tx, made.map_err(|fault| on_wire(fault, NAMES))?.id).await
    })
    .await
}

/// One lead.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = LeadDetail))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<LeadId>) -> Reply<LeadDetail> {
    let mut reader = app.reader();
    let row = leads::find(&mut reader, &actor.scope, id).await?;
    let twins = crm::duplicate::of_lead(&mut reader, &actor.scope, id).await?;
    let duplicates = twins.into_iter().map(DuplicateView::from).collect();
    Ok(Json(LeadDetail { lead: LeadView::of(row, &actor), duplicates }))
}

/// Correct an open lead.
///
/// Replaces what was entered and asks coverage and duplicates again. Channel and branch stay as they
/// were registered.
#[utoipa::path(
    put, path = "/api/v1/leads/{id}", params(("id" = uuid::Uuid, Path)), request_body = EnterLead,
    responses((status = 200, body = LeadDetail))
)]
async fn amend(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
    Body(body): Body<EnterLead>,
) -> Written<LeadDetail> {
    app.write(&actor, async move |tx| {
        let done = crm::lead::amend(tx, id, body.into_new()).await;
        detail(tx, done.map_err(|fault| on_wire(fault, NAMES))?.id).await
    })
    .await
}

/// Who may be the same person as a lead.
#[utoipa::path(
    get, path = "/api/v1/leads/{id}/duplicates", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<DuplicateView>))
)]
async fn duplicates(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
) -> Reply<Listing<DuplicateView>> {
    let mut reader = app.reader();
    crm::lead::find(&mut reader, &actor.scope, id).await?;
    let twins = crm::duplicate::of_lead(&mut reader, &actor.scope, id).await?;
    Ok(Json(Listing::whole(twins.into_iter().map(DuplicateView::from).collect())))
}

/// Verify a lead: somebody has looked at it.
///
/// Asks the coverage again; a place outside is verified too, and `covered` says so.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/verify", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = LeadDetail))
)]
async fn verify(State(app): State<App>, actor: Actor, At(id): At<LeadId>) -> Written<LeadDetail> {
    app.write(&actor, async move |tx| {
        crm::lead::verify(tx, id).await?;
        detail(tx, id).await
    })
    .await
}

/// Why a lead is closed.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeadReason {
    reason: String,
}

/// Why a lead waits.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WaitReason {
    reason: Option<String>,
}

/// Turn a lead down. Final.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/reject", params(("id" = uuid::Uuid, Path)),
    request_body = LeadReason, responses((status = 200, body = LeadDetail))
)]
async fn reject(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
    Body(body): Body<LeadReason>,
) -> Written<LeadDetail> {
    app.write(&actor, async move |tx| {
        crm::lead::reject(tx, id, &body.reason).await?;
        detail(tx, id).await
    })
    .await
}

/// Put a lead on the waiting list.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/waitlist", params(("id" = uuid::Uuid, Path)),
    request_body = WaitReason, responses((status = 200, body = LeadDetail))
)]
async fn waitlist(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
    Body(body): Body<WaitReason>,
) -> Written<LeadDetail> {
    app.write(&actor, async move |tx| {
        crm::lead::waitlist(tx, id, body.reason.as_deref().unwrap_or_default()).await?;
        detail(tx, id).await
    })
    .await
}

/// The lead went elsewhere. Final.
#[utoipa::path(
    post, path = "/api/v1/leads/{id}/lose", params(("id" = uuid::Uuid, Path)),
    request_body = LeadReason, responses((status = 200, body = LeadDetail))
)]
async fn lose(
    State(app): State<App>,
    actor: Actor,
    At(id): At<LeadId>,
    Body(body): Body<LeadReason>,
) -> Written<LeadDetail> {
    app.write(&actor, async move |tx| {
        crm::lead::lose(tx, id, &body.reason).await?;
        detail(tx, id).await
    })
    .await
}
