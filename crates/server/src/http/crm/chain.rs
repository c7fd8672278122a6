//! The chain customer ↔ subscription ↔ account ↔ device ↔ session on the wire, cut to what the reader may
//! see.

use billing::words::{Mode, SubscriptionState};
use catalog::Catalog;
use flows::views::chain::ChainRow;
use inventory::Owner;
use kernel::{
    AccountId, Actor, Day, Fault, ItemId, Lang, Money, Permission, PlanId, SessionId,
    SubscriptionId, Ts, WorkOrderId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::can::Can;
use crate::http::context;

/// One subscription with everything that hangs on it. A part that the reader may not see is null, as one
/// that is not there.
#[derive(Serialize, ToSchema)]
pub(super) struct ChainView {
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    number: String,
    label: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    plan_id: PlanId,
    plan_name: String,
    #[schema(value_type = String)]
    mode: Mode,
    #[schema(value_type = String)]
    state: SubscriptionState,
    /// The kinds of holds in force: `unpaid`, `manual`, `abuse` …
    holds: Vec<String>,
    /// The plan's price today, in rupiah.
    #[schema(value_type = i64)]
    price: Money,
    #[schema(value_type = Option<String>, format = Date)]
    activated_on: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    billed_to: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    terminated_on: Option<Day>,
    /// What its invoices still want, in rupiah; null for those who may not see invoices.
    #[schema(value_type = Option<i64>)]
    outstanding: Option<Money>,
    account: Option<ChainAccount>,
    item: Option<ChainItem>,
    session: Option<ChainSession>,
    access: Option<ChainAccess>,
    odp: Option<ChainPort>,
    work_order: Option<ChainWorkOrder>,
    can: ChainCan,
}

/// The RADIUS account.
#[derive(Serialize, ToSchema)]
struct ChainAccount {
    #[schema(value_type = String, format = Uuid)]
    id: AccountId,
    username: String,
    state: String,
    mac: Option<String>,
}

/// The installed device.
#[derive(Serialize, ToSchema)]
struct ChainItem {
    #[schema(value_type = String, format = Uuid)]
    id: ItemId,
    serial: String,
    mac: Option<String>,
    type_name: String,
    #[schema(value_type = String)]
    owner: Owner,
}

/// The open session.
#[derive(Serialize, ToSchema)]
struct ChainSession {
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    /// `live` or `suspect`.
    state: String,
    nas_name: Option<String>,
    framed_ip: Option<String>,
    isolated: bool,
    #[schema(value_type = String, format = DateTime)]
    started_at: Ts,
}

/// What access was decided, and whether the network has it so.
#[derive(Serialize, ToSchema)]
struct ChainAccess {
    /// `full`, `isolated` or `blocked`.
    desired: String,
    enforced: bool,
    #[schema(value_type = String, format = DateTime)]
    caused_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    enforced_at: Option<Ts>,
    /// Why, as a sentence in the request's language.
    reason: String,
}

/// The port at the distribution point.
#[derive(Serialize, ToSchema)]
struct ChainPort {
    code: String,
    port: i64,
}

/// The work order that is not finished.
#[derive(Serialize, ToSchema)]
struct ChainWorkOrder {
    #[schema(value_type = String, format = Uuid)]
    id: WorkOrderId,
    number: String,
    kind: String,
    state: String,
}

/// What a subscription's state allows. Whether the person may is another matter.
#[derive(Serialize, ToSchema)]
struct ChainCan {
    promise: Can,
    change_plan: Can,
    pause: Can,
    hold: Can,
    terminate: Can,
}

impl ChainCan {
    fn of(state: SubscriptionState) -> Self {
        let when = |allowed: bool| Can::when(if allowed { Ok(()) } else { Err(not_in(state)) });
        let is_in_service = state.is_in_service();
        Self {
            promise: when(is_in_service),
            change_plan: when(is_in_service),
            pause: when(matches!(state, SubscriptionState::Active | SubscriptionState::Isolated)),
            hold: when(is_in_service),
            terminate: when(is_in_service),
        }
    }
}

fn not_in(state: SubscriptionState) -> Fault {
    Fault::conflict(
        "billing.subscription_wrong_state",
        format!("Tidak bisa selagi langganan berstatus \"{state}\"."),
        format!("Not possible while the subscription is \"{state}\"."),
    )
}

impl ChainView {
    pub(super) fn of(row: ChainRow, catalog: &Catalog, today: Day, actor: &Actor) -> Self {
        let may = |permission: Permission| actor.may(permission);
        Self {
            can: ChainCan::of(row.state),
            account: may(Permission::AccountRead).then(|| account(&row)).flatten(),
            item: item(&row),
            session: may(Permission::OnlineRead).then(|| session(&row)).flatten(),
            access: access(&row),
            odp: row.odp_code.zip(row.port).map(|(code, port)| ChainPort { code, port }),
            work_order: work_order(
                row.work_order_id,
                row.work_order_number,
                row.work_order_kind,
                row.work_order_state,
            ),
            holds: row
                .holds
                .and_then(|holds| serde_json::from_value(holds).ok())
                .unwrap_or_default(),
            outstanding: may(Permission::InvoiceRead).then_some(row.outstanding),
            price: catalog.price_at(row.plan_id, today),
            subscription_id: row.subscription_id,
            number: row.number,
            label: row.label,
            plan_id: row.plan_id,
            plan_name: row.plan_name,
            mode: row.mode,
            state: row.state,
            activated_on: row.activated_on,
            billed_to: row.billed_to,
            terminated_on: row.terminated_on,
        }
    }
}

fn account(row: &ChainRow) -> Option<ChainAccount> {
    Some(ChainAccount {
        id: row.account_id?,
        username: row.username.clone()?,
        state: row.account_state.clone()?,
        mac: row.account_mac.clone(),
    })
}

fn item(row: &ChainRow) -> Option<ChainItem> {
    Some(ChainItem {
        id: row.item_id?,
        serial: row.serial.clone()?,
        mac: row.item_mac.clone(),
        type_name: row.item_type.clone()?,
        owner: row.item_owner?,
    })
}

fn session(row: &ChainRow) -> Option<ChainSession> {
    Some(ChainSession {
        id: row.session_id?,
        state: row.session_state.clone()?,
        nas_name: row.nas_name.clone(),
        framed_ip: row.framed_ip.clone(),
        isolated: row.session_isolated?,
        started_at: row.session_started_at?,
    })
}

fn access(row: &ChainRow) -> Option<ChainAccess> {
    let lang = match context::lang() {
        Lang::Id => "id",
        Lang::En => "en",
    };
    let why = row.why.as_ref().and_then(|why| why.get(lang)).and_then(|text| text.as_str());
    Some(ChainAccess {
        desired: row.desired.clone()?,
        enforced: row.enforced?,
        caused_at: row.caused_at?,
        enforced_at: row.enforced_at,
        reason: why.unwrap_or_default().to_owned(),
    })
}

fn work_order(
    id: Option<WorkOrderId>,
    number: Option<String>,
    kind: Option<String>,
    state: Option<String>,
) -> Option<ChainWorkOrder> {
    Some(ChainWorkOrder { id: id?, number: number?, kind: kind?, state: state? })
}
