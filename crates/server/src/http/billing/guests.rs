//! What became of the codes of a batch: who used them, when, until when. The codes themselves are not shown.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use billing::voucher::{self, Voucher};
use billing::words::VoucherState;
use kernel::{Actor, Lang, SubscriptionId, Ts, VoucherBatchId, VoucherId};
use network::RejectReason;
use network::guest::{self, Code, GuestRefused, GuestSeen};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::context;
use crate::http::extract::{At, Listing};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(guests))
}

/// A code that was used or refused.
#[derive(Serialize, ToSchema)]
struct VoucherGuest {
    #[schema(value_type = String, format = Uuid)]
    id: VoucherId,
    /// Its beginning: `ABCD-****-****`.
    code: String,
    /// `unused`, `used` or `void`.
    #[schema(value_type = String)]
    state: VoucherState,
    /// `running` or `over` for a guest; `refilled` for a subscription's; `refused` when it was only tried.
    standing: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Ts>,
    /// The subscription that it refilled.
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// The device of the first login, and its router.
    mac: Option<String>,
    nas_name: Option<String>,
    sessions: i64,
    is_online: bool,
    /// Upload and download in bytes.
    bytes_in: i64,
    bytes_out: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Ts>,
    refused: Option<GuestRefusal>,
}

/// The last refused login with a code.
#[derive(Serialize, ToSchema)]
struct GuestRefusal {
    #[schema(value_type = String)]
    reason: RejectReason,
    /// The reason in the request's language.
    detail: &'static str,
    nas_name: String,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    count: i64,
}

/// What became of a batch's codes: those that were used or refused, the latest first.
#[utoipa::path(
    get, path = "/api/v1/vouchers/{id}/guests", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Listing<VoucherGuest>))
)]
async fn guests(
    State(app): State<App>,
    actor: Actor,
    At(id): At<VoucherBatchId>,
) -> Reply<Listing<VoucherGuest>> {
    let mut q = app.reader();
    let (_, codes) = voucher::batch(&mut q, &actor.scope, id).await?;
    let seen: BTreeMap<VoucherId, GuestSeen> =
        guest::seen_of_batch(&mut q, id).await?.into_iter().map(|g| (g.id, g)).collect();
    let mut refused: BTreeMap<VoucherId, GuestRefused> = BTreeMap::new();
    for one in guest::refused_of_batch(&mut q, id).await? {
        refused.entry(one.id).or_insert(one);
    }
    let now = app.now();
    let mut rows: Vec<VoucherGuest> = codes
        .into_iter()
        .filter_map(|v| row(now, v.id, &v, seen.get(&v.id), refused.remove(&v.id)))
        .collect();
    let latest =
        |g: &VoucherGuest| std::cmp::Reverse(g.started_at.max(g.refused.as_ref().map(|r| r.at)));
    rows.sort_by_key(latest);
    Ok(Json(Listing::whole(rows)))
}

fn row(
    now: Ts,
    id: VoucherId,
    voucher: &Voucher,
    seen: Option<&GuestSeen>,
    refused: Option<GuestRefused>,
) -> Option<VoucherGuest> {
    let standing = match (voucher.subscription_id, voucher.ends_at) {
        (Some(_), _) => "refilled",
        (None, Some(ends_at)) if now < ends_at => "running",
        (None, Some(_)) => "over",
        (None, None) if refused.is_some() => "refused",
        (None, None) => return None,
    };
    let lang = context::lang();
    Some(VoucherGuest {
        id,
        code: Code::read(voucher.code.as_bytes()).map_or_else(String::new, |c| c.masked()),
        state: voucher.state,
        standing,
        started_at: voucher.used_at,
        ends_at: voucher.ends_at,
        subscription_id: voucher.subscription_id,
        mac: seen.and_then(|s| s.mac).map(|mac| mac.to_string()),
        nas_name: seen.and_then(|s| s.nas_name.clone()),
        sessions: seen.map_or(0, |s| s.sessions),
        is_online: seen.is_some_and(|s| s.open > 0),
        bytes_in: seen.map_or(0, |s| s.bytes_in),
        bytes_out: seen.map_or(0, |s| s.bytes_out),
        last_seen_at: seen.and_then(|s| s.last_seen_at),
        refused: refused.map(|r| {
            let (id, en) = r.reason.sentence();
            GuestRefusal {
                reason: r.reason,
                detail: if lang == Lang::En { en } else { id },
                nas_name: r.nas,
                at: r.last_at,
                count: r.count,
            }
        }),
    })
}
