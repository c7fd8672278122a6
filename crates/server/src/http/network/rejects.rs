//! Refused logins, each with its reason in words.

use axum::Json;
use axum::extract::State;
use flows::views::rejects::{self, RejectRow};
use kernel::{AccountId, Actor, CustomerId, Lang, SubscriptionId, Ts};
use network::RejectReason;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{ListQuery, Listing, Search, page_size};
use crate::http::{context, cursor};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Refused logins of one user name, for one reason, at one router.
#[derive(Serialize, ToSchema)]
struct RejectView {
    username: String,
    /// `wrong_password`, `mac_differs`, `unknown_user`, `terminated`, `not_active`, `second_session`,
    /// `unknown_nas`; of a guest's voucher: `voucher_unknown`, `voucher_over`, `voucher_expired`,
    /// `voucher_void`, `voucher_used`, `too_many_tries`.
    #[schema(value_type = String)]
    reason: RejectReason,
    /// The reason in the request's language.
    detail: String,
    /// The router's name, or the address of an unknown one.
    nas_name: String,
    mac_seen: Option<String>,
    mac_expected: Option<String>,
    count: i64,
    #[schema(value_type = String, format = DateTime)]
    first_at: Ts,
    #[schema(value_type = String, format = DateTime)]
    last_at: Ts,
    #[schema(value_type = Option<String>, format = Uuid)]
    account_id: Option<AccountId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    customer_name: Option<String>,
}

impl From<RejectRow> for RejectView {
    fn from(row: RejectRow) -> Self {
        let (id, en) = row.reason.sentence();
        let mut detail = if context::lang() == Lang::En { en } else { id }.to_owned();
        if let (Some(seen), Some(expected)) = (row.mac_seen, row.mac_expected) {
            detail.push_str(&format!(" {seen} ≠ {expected}"));
        }
        Self {
            username: row.username,
            reason: row.reason,
            detail,
            nas_name: row.nas,
            mac_seen: row.mac_seen.map(|mac| mac.to_string()),
            mac_expected: row.mac_expected.map(|mac| mac.to_string()),
            count: row.count,
            first_at: row.first_at,
            last_at: row.last_at,
            account_id: row.account_id,
            subscription_id: row.subscription_id,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
        }
    }
}

/// Days shown.
const DAYS: i64 = 7;

/// Refused logins of the last seven days, the latest first.
#[utoipa::path(
    get, path = "/api/v1/rejects", params(ListQuery),
    responses((status = 200, body = Listing<RejectView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<ListQuery>,
) -> Reply<Listing<RejectView>> {
    let limit = page_size(query.limit);
    let after: Option<rejects::Place> = cursor::read(query.after.as_deref())?;
    let since = app.now().plus_days(-DAYS);
    let (text, after) = (query.q.as_deref(), after.as_ref());
    let rows =
        rejects::list(&mut app.reader(), &actor.scope, since, text, after, limit + 1).await?;
    let place = |row: &RejectRow| {
        let reason = row.reason.as_str().to_owned();
        cursor::write(&(row.last_at, row.username.clone(), reason, row.nas.clone()))
    };
    Ok(Json(Listing::page(rows, limit, place, RejectView::from)))
}
