//! The rules of billing and isolation: for the ISP, and per plan where it differs.

use axum::Json;
use axum::extract::State;
use catalog::write::{self, PolicyFor};
use catalog::{Policy, PolicyPatch, PolicyScope};
use kernel::{Actor, Fault, PlanId, Result as Fallible};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::for_the_whole_isp;
use crate::http::app::{App, Reply, Written};
use crate::http::extract::{At, Body};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(policy, set_policy)).routes(routes!(of_plan, set_of_plan))
}

/// What one row of rules changes; what is null is inherited (a plan's from the ISP's, the ISP's from
/// the built-in defaults).
// The schema of `catalog::PolicyPatch`; a test holds the two together.
#[derive(Serialize, ToSchema)]
pub(super) struct PolicyFields {
    /// Day of the month on which postpaid invoices are issued (1–28).
    issue_dom: Option<i8>,
    /// Day of the month on which they are due.
    due_dom: Option<i8>,
    /// Day of the month on which an unpaid one isolates.
    isolate_dom: Option<i8>,
    /// Minute of that day, local time: 1 is 00:01.
    isolate_minute: Option<i64>,
    /// Weekdays on which people are isolated: 1 is Monday, 7 is Sunday. Who would be isolated on another day
    /// is so on the next of these.
    isolate_weekdays: Option<Vec<i8>>,
    /// Nobody is isolated before this minute of a day, local time.
    isolate_from_minute: Option<i64>,
    /// Nobody is isolated from this minute of a day on; 1440 is midnight.
    isolate_until_minute: Option<i64>,
    prepaid_days_ahead: Option<i32>,
    /// `full` or `from_payment`.
    prepaid_late: Option<String>,
    grace_days_after_reversal: Option<i32>,
    /// Rupiah.
    tolerance: Option<i64>,
    promise_days_max: Option<i32>,
    promises_per_quarter: Option<i32>,
    /// `scan`, `scan_confirm` or `off`.
    mac_policy: Option<String>,
    activation_auto: Option<bool>,
    username_pattern: Option<String>,
    messages_on: Option<bool>,
    isolation_on: Option<bool>,
    unpaid_days_to_terminate: Option<i32>,
    four_eyes: Option<bool>,
    /// Cash is only taken into an open drawer.
    cash_needs_drawer: Option<bool>,
    /// A counted difference above this waits for a second person; rupiah.
    cash_difference_limit: Option<i64>,
    interim_secs: Option<i64>,
    guard_silent_hours: Option<i64>,
    guard_floor: Option<i64>,
    quiet_until_hour: Option<i8>,
    quiet_from_hour: Option<i8>,
    /// Weekdays on which tickets are worked on: 1 is Monday, 7 is Sunday.
    work_weekdays: Option<Vec<i8>>,
    /// Minute of those days at which work begins, in the branch's zone.
    work_from_minute: Option<i64>,
    /// Minute at which it ends.
    work_until_minute: Option<i64>,
    /// Working minutes in which a ticket of this priority should be resolved.
    ticket_urgent_minutes: Option<i64>,
    ticket_high_minutes: Option<i64>,
    ticket_normal_minutes: Option<i64>,
    ticket_low_minutes: Option<i64>,
    /// Days after which a resolved ticket is closed by itself.
    ticket_close_days: Option<i32>,
}

/// Rules: those of this row, and those in force with everything inherited.
#[derive(Serialize, ToSchema)]
struct PolicyView {
    #[schema(value_type = PolicyFields)]
    own: PolicyPatch,
    #[schema(value_type = PolicyFields)]
    in_force: Policy,
}

fn isp_view(catalog: &catalog::Catalog) -> PolicyView {
    let own = catalog.policies.get(&(PolicyScope::Isp, Uuid::nil())).cloned().unwrap_or_default();
    PolicyView { own, in_force: catalog.isp_policy() }
}

fn plan_view(catalog: &catalog::Catalog, plan: PlanId) -> PolicyView {
    let own = catalog.policies.get(&(PolicyScope::Plan, plan.uuid())).cloned().unwrap_or_default();
    let in_force = catalog.isp_policy().overlaid(&own);
    PolicyView { own, in_force }
}

/// Thirty days around the clock.
const TARGET_MINUTES_MAX: i64 = 43_200;

/// Days and hours that the catalogue itself does not check.
fn check(patch: &PolicyPatch) -> Fallible<()> {
    let counts = [
        ("prepaid_days_ahead", patch.prepaid_days_ahead.map(i64::from), 0, 60),
        ("grace_days_after_reversal", patch.grace_days_after_reversal.map(i64::from), 0, 60),
        ("promise_days_max", patch.promise_days_max.map(i64::from), 0, 90),
        ("promises_per_quarter", patch.promises_per_quarter.map(i64::from), 0, 90),
        ("unpaid_days_to_terminate", patch.unpaid_days_to_terminate.map(i64::from), 1, 3_650),
        ("interim_secs", patch.interim_secs, 60, 86_400),
        ("guard_silent_hours", patch.guard_silent_hours, 1, 168),
        ("guard_floor", patch.guard_floor, 0, 1_000_000),
        ("quiet_until_hour", patch.quiet_until_hour.map(i64::from), 0, 24),
        ("quiet_from_hour", patch.quiet_from_hour.map(i64::from), 0, 24),
        ("ticket_urgent_minutes", patch.ticket_urgent_minutes, 1, TARGET_MINUTES_MAX),
        ("ticket_high_minutes", patch.ticket_high_minutes, 1, TARGET_MINUTES_MAX),
        ("ticket_normal_minutes", patch.ticket_normal_minutes, 1, TARGET_MINUTES_MAX),
        ("ticket_low_minutes", patch.ticket_low_minutes, 1, TARGET_MINUTES_MAX),
        ("ticket_close_days", patch.ticket_close_days.map(i64::from), 1, 60),
        (
            "cash_difference_limit",
            patch.cash_difference_limit.map(kernel::Money::get),
            0,
            1_000_000_000,
        ),
        ("tolerance", patch.tolerance.map(kernel::Money::get), 0, 1_000_000_000),
    ];
    let wrong = counts.into_iter().filter_map(|(name, value, least, most)| {
        value.filter(|v| !(least..=most).contains(v)).map(|_| {
            let (id, en) = (format!("harus {least}–{most}"), format!("must be {least}–{most}"));
            kernel::Field::new(name, "range", id, en)
        })
    });
    let wrong: Vec<kernel::Field> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

/// The ISP's rules.
#[utoipa::path(get, path = "/api/v1/policy", responses((status = 200, body = PolicyView)))]
async fn policy(State(app): State<App>) -> Reply<PolicyView> {
    let catalog = catalog::current(&mut app.reader()).await?;
    Ok(Json(isp_view(&catalog)))
}

/// Set the ISP's rules.
///
/// Replaces the whole row: what is left out goes back to the default.
#[utoipa::path(
    put, path = "/api/v1/policy", request_body = PolicyFields, responses((status = 200, body = PolicyView))
)]
async fn set_policy(
    State(app): State<App>,
    actor: Actor,
    Body(patch): Body<PolicyPatch>,
) -> Written<PolicyView> {
    for_the_whole_isp(&actor)?;
    check(&patch)?;
    app.write(&actor, async move |tx| {
        write::set_policy(tx, PolicyFor::Isp, &patch).await?;
        let catalog = catalog::current(tx).await?;
        Ok(isp_view(&catalog))
    })
    .await
}

/// A plan's rules.
#[utoipa::path(
    get, path = "/api/v1/plans/{id}/policy", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = PolicyView))
)]
async fn of_plan(State(app): State<App>, At(id): At<PlanId>) -> Reply<PolicyView> {
    let catalog = catalog::current(&mut app.reader()).await?;
    catalog.plan(id)?;
    Ok(Json(plan_view(&catalog, id)))
}

/// Set a plan's rules.
///
/// Replaces the whole row: what is left out is the ISP's.
#[utoipa::path(
    put, path = "/api/v1/plans/{id}/policy", params(("id" = uuid::Uuid, Path)),
    request_body = PolicyFields, responses((status = 200, body = PolicyView))
)]
async fn set_of_plan(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PlanId>,
    Body(patch): Body<PolicyPatch>,
) -> Written<PolicyView> {
    for_the_whole_isp(&actor)?;
    check(&patch)?;
    app.write(&actor, async move |tx| {
        catalog::current(tx).await?.plan(id)?;
        write::set_policy(tx, PolicyFor::Plan(id), &patch).await?;
        let catalog = catalog::current(tx).await?;
        Ok(plan_view(&catalog, id))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_exactly_the_rules_there_are() {
        let rules = serde_json::to_value(Policy::default()).unwrap();
        let (_, api) = crate::http::rooms().split_for_parts();
        let document = serde_json::to_value(&api).unwrap();
        let schema = &document["components"]["schemas"]["PolicyFields"]["properties"];
        let names = |value: &serde_json::Value| -> Vec<String> {
            let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(schema), names(&rules));
    }

    #[test]
    fn a_rule_out_of_range_is_named() {
        let patch = PolicyPatch {
            interim_secs: Some(1),
            quiet_from_hour: Some(25),
            ..PolicyPatch::default()
        };
        let names: Vec<String> =
            check(&patch).unwrap_err().fields.into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["interim_secs", "quiet_from_hour"]);
    }
}
