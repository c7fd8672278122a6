//! Work orders as they are sent.

use flows::dispatch::may_confirm;
use flows::views::work_orders::{WorkOrderPage, WorkOrderRow, Worker, workers};
use fulfilment::evidence::{GOOD_SIGNAL_CDBM, PhotoKind};
use fulfilment::photo::Photo;
use fulfilment::{Kind, Stage, State as OrderState, WorkOrder};
use kernel::{
    Actor, BranchId, CustomerId, Day, ItemId, Permission, Phone, PhotoId, Result as Fallible,
    SubscriptionId, Ts, UserId, WorkOrderId,
};
use serde::Serialize;
use store::Query;
use utoipa::ToSchema;

use crate::http::can::Can;
use crate::http::export::{Sheet, col};

/// A technician of a work order.
#[derive(Serialize, ToSchema)]
pub(super) struct WorkerView {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    name: String,
}

impl From<Worker> for WorkerView {
    fn from(worker: Worker) -> Self {
        Self { id: worker.id, name: worker.name }
    }
}

/// A work order in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderRow)]
pub(super) struct WorkOrderRowView {
    #[schema(value_type = String, format = Uuid)]
    id: WorkOrderId,
    /// `SPK000123`.
    number: String,
    /// `install`, `repair`, `swap`, `move` or `dismantle`.
    #[schema(value_type = String)]
    kind: Kind,
    /// `open`, `assigned`, `accepted`, `on_the_way`, `on_site`, `done`, `failed` or `cancelled`.
    #[schema(value_type = String)]
    state: OrderState,
    /// Counts the visits: a failed one is followed by the next.
    visit: i64,
    #[schema(value_type = Option<String>, format = Date)]
    scheduled_on: Option<Day>,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    /// For those who may read customers, and for its technicians while the order is not closed.
    #[schema(value_type = Option<String>)]
    customer_phone: Option<Phone>,
    address: String,
    technicians: Vec<WorkerView>,
    /// Done, but NOC should look at the evidence.
    review: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
}

impl WorkOrderRowView {
    pub(super) fn of(row: WorkOrderRow, technicians: Vec<Worker>, actor: &Actor) -> Self {
        let own = technicians.iter().any(|worker| Some(worker.id) == actor.user());
        let sees = actor.may(Permission::CustomerRead) || (own && row.state.is_live());
        Self {
            id: row.id,
            number: row.number,
            kind: row.kind,
            state: row.state,
            visit: row.visit,
            scheduled_on: row.scheduled_on,
            branch_id: row.branch_id,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            customer_phone: Some(row.customer_phone).filter(|_| sees),
            address: row.address,
            technicians: technicians.into_iter().map(WorkerView::from).collect(),
            review: row.review,
            created_at: row.created_at,
        }
    }

    /// Rows of a list with their technicians.
    pub(super) async fn all(
        q: &mut dyn Query,
        rows: Vec<WorkOrderRow>,
        actor: &Actor,
    ) -> Fallible<Vec<Self>> {
        let ids: Vec<WorkOrderId> = rows.iter().map(|row| row.id).collect();
        let mut found = workers(q, &ids).await?;
        let view = |row: WorkOrderRow| {
            let technicians = found.remove(&row.id).unwrap_or_default();
            Self::of(row, technicians, actor)
        };
        Ok(rows.into_iter().map(view).collect())
    }
}

pub(super) const FILE: Sheet<WorkOrderRowView> = Sheet {
    list: "work_orders",
    name: ("spk", "work-orders"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.as_str().into()),
        col("Jenis", "Kind", |v, w| w.word("job", v.kind.as_str())),
        col("Status", "State", |v, w| w.word("work_order", v.state.as_str())),
        col("Kunjungan", "Visit", |v, _| v.visit.into()),
        col("Jadwal", "Scheduled", |v, w| w.day(v.scheduled_on)),
        col("Pelanggan", "Customer", |v, _| v.customer_name.as_str().into()),
        col("HP", "Phone", |v, _| v.customer_phone.as_ref().map(Phone::as_str).into()),
        col("Alamat", "Address", |v, _| v.address.as_str().into()),
        col("Teknisi", "Technicians", |v, _| {
            let names: Vec<&str> = v.technicians.iter().map(|one| one.name.as_str()).collect();
            names.join(", ").into()
        }),
        col("Perlu diperiksa", "To review", |v, _| v.review.into()),
        col("Dibuat", "Made", |v, w| w.at(v.created_at)),
    ],
};

/// The device of a work order.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderItem)]
pub(super) struct WorkOrderItemView {
    /// Null, like the serial, for the customer's own device.
    #[schema(value_type = Option<String>, format = Uuid)]
    id: Option<ItemId>,
    serial: Option<String>,
    mac: Option<String>,
    type_name: Option<String>,
    /// `scanned` or `typed`.
    how: Option<String>,
    typed_because: Option<String>,
}

impl WorkOrderItemView {
    fn of(order: &WorkOrder, type_name: Option<String>) -> Option<Self> {
        order.has_device().then(|| Self {
            id: order.item_id,
            serial: order.serial.clone(),
            mac: order.mac_scanned.clone(),
            type_name,
            how: order.scan_how.clone(),
            typed_because: order.scan_reason.clone(),
        })
    }
}

/// A photo of a work order; its bytes are at `/api/v1/photos/{id}`.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderPhoto)]
pub(super) struct PhotoView {
    #[schema(value_type = String, format = Uuid)]
    id: PhotoId,
    /// `installation`, `label`, `signature` or `other`.
    #[schema(value_type = String)]
    kind: PhotoKind,
    visit: i64,
    /// By the device's clock.
    #[schema(value_type = String, format = DateTime)]
    taken_at: Ts,
    /// Whose signature it is, as it was typed.
    signer: Option<String>,
    /// False while the bytes are still on the device.
    received: bool,
}

impl From<Photo> for PhotoView {
    fn from(photo: Photo) -> Self {
        Self {
            id: photo.id,
            kind: photo.kind,
            visit: photo.visit,
            taken_at: photo.taken_at,
            signer: photo.signer,
            received: photo.received_at.is_some(),
        }
    }
}

/// Where the technician's phone was.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderGps)]
pub(super) struct GpsView {
    lat: f64,
    lon: f64,
    accuracy_m: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Ts>,
}

/// The optical power at the device.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderSignal)]
pub(super) struct SignalView {
    dbm: f64,
    /// `good`, `weak` or `strong`: weaker or stronger than a home's device works well with.
    verdict: &'static str,
    /// By the device's clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Ts>,
}

impl SignalView {
    fn of(order: &WorkOrder) -> Option<Self> {
        let cdbm = order.signal_cdbm?;
        let verdict = if cdbm < *GOOD_SIGNAL_CDBM.start() {
            "weak"
        } else if cdbm > *GOOD_SIGNAL_CDBM.end() {
            "strong"
        } else {
            "good"
        };
        // Hundredths from -5,000 to 1,000: exact in f64 up to the last place shown.
        Some(Self { dbm: cdbm as f64 / 100.0, verdict, at: order.signal_at })
    }
}

/// One line of a work order's story.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderStep)]
pub(super) struct StepView {
    visit: i64,
    step: String,
    by: String,
    /// By the device's clock.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Ts,
    /// When the server learned of it.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Ts,
    detail: Option<String>,
}

impl From<Stage> for StepView {
    fn from(stage: Stage) -> Self {
        Self {
            visit: stage.visit,
            step: stage.step,
            by: stage.actor_name,
            occurred_at: stage.occurred_at,
            recorded_at: stage.recorded_at,
            detail: stage.detail,
        }
    }
}

/// What can be done with a work order now.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrderCan)]
struct OrderCan {
    assign: Can,
    reschedule: Can,
    cancel: Can,
    approve_own_device: Can,
    confirm: Can,
}

impl OrderCan {
    fn of(page: &WorkOrderPage, actor: &Actor) -> Self {
        let (order, row) = (&page.order, &page.row);
        let dispatch = || actor.require(Permission::WorkOrderDispatch);
        let assign = || dispatch().and(order.state.to(OrderState::Assigned, &order.number));
        let live = if order.state.is_live() {
            Ok(())
        } else {
            order.state.to(order.state, &order.number).map(drop)
        };
        let confirm =
            may_confirm(row.subscription_state, row.account_state, &row.subscription_number);
        Self {
            assign: Can::when(assign()),
            reschedule: Can::when(assign()),
            cancel: Can::when(
                actor.require(Permission::WorkOrderWrite).and(fulfilment::may_cancel(order)),
            ),
            approve_own_device: Can::when(dispatch().and(live)),
            confirm: Can::when(actor.require(Permission::AccountWrite).and(confirm)),
        }
    }
}

/// One work order.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkOrder)]
pub(super) struct WorkOrderView {
    #[serde(flatten)]
    row: WorkOrderRowView,
    #[schema(value_type = String, format = Uuid)]
    subscription_id: SubscriptionId,
    subscription_number: String,
    plan_name: String,
    /// The pin.
    lat: Option<f64>,
    lon: Option<f64>,
    note: Option<String>,
    odp_code: Option<String>,
    odp_port: Option<i64>,
    username: Option<String>,
    /// Only for the technicians whose job it is, while they set the device up.
    password: Option<String>,
    /// The customer may use a device of their own.
    own_device_ok: bool,
    item: Option<WorkOrderItemView>,
    photos: Vec<PhotoView>,
    gps: Option<GpsView>,
    signal: Option<SignalView>,
    /// From the phone to the pin.
    distance_m: Option<i64>,
    /// Why NOC should look: `no_gps`, `no_pin` or `far`.
    review_why: Option<String>,
    online_result: Option<String>,
    failed_reason: Option<String>,
    cancelled_reason: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Ts>,
    /// Rises with every change.
    version: i64,
    story: Vec<StepView>,
    can: OrderCan,
}

impl WorkOrderView {
    /// The page as `actor` may see it.
    pub(super) async fn of(
        q: &mut dyn Query,
        page: WorkOrderPage,
        actor: &Actor,
    ) -> Fallible<Self> {
        let password = flows::site::password(q, &page, actor.user()).await?;
        let can = OrderCan::of(&page, actor);
        let WorkOrderPage { order, row, workers, photos, story } = page;
        let gps = order.gps_lat.zip(order.gps_lon).map(|(lat, lon)| GpsView {
            lat,
            lon,
            accuracy_m: order.gps_accuracy_m.unwrap_or(0),
            at: order.gps_at,
        });
        Ok(Self {
            can,
            subscription_id: row.subscription_id,
            subscription_number: row.subscription_number.clone(),
            plan_name: row.plan_name.clone(),
            lat: order.site_lat,
            lon: order.site_lon,
            note: Some(order.note.clone()).filter(|note| !note.is_empty()),
            odp_code: row.odp_code.clone(),
            odp_port: row.odp_port,
            username: row.username.clone(),
            password: password.map(|password| password.expose().to_owned()),
            own_device_ok: order.own_device_ok,
            item: WorkOrderItemView::of(&order, row.item_type.clone()),
            photos: photos.into_iter().map(PhotoView::from).collect(),
            gps,
            signal: SignalView::of(&order),
            distance_m: order.distance_m,
            review_why: order.review_why,
            online_result: order.online_result,
            failed_reason: order.failed_reason,
            cancelled_reason: order.cancelled_reason,
            done_at: order.done_at,
            version: order.version,
            story: story.into_iter().map(StepView::from).collect(),
            row: WorkOrderRowView::of(row, workers, actor),
        })
    }
}
