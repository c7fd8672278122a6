//! The people who work here, for those who look after them.

use axum::Json;
use axum::extract::State;
use flows::views::staff::{self, StaffRow};
use hr::person::Gender;
use identity::Role;
use kernel::{Actor, BranchId, Day, Ts, UserId, Zone};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::Listing;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Somebody who works here.
#[derive(Serialize, ToSchema)]
struct StaffMember {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    name: String,
    phone: Option<String>,
    #[schema(value_type = Vec<String>)]
    roles: Vec<Role>,
    #[schema(value_type = Option<String>, format = Uuid)]
    branch_id: Option<BranchId>,
    /// The branch's name; null: the whole ISP.
    branch: Option<String>,
    /// On the payroll: whoever has a working role. The owner is not.
    is_employee: bool,
    /// What HR said of them; null: nothing yet.
    papers: Option<StaffPapers>,
    /// When they used the program last.
    #[schema(value_type = Option<String>, format = DateTime)]
    seen_at: Option<Ts>,
    /// They used it since the day began.
    active_today: bool,
    /// Work orders finished today.
    done_today: i64,
    /// Work orders finished this month.
    done_month: i64,
    /// Work orders that wait for them.
    waiting: i64,
}

/// What an employer has to know of somebody.
#[derive(Serialize, ToSchema)]
struct StaffPapers {
    /// `male` or `female`.
    #[schema(value_type = String)]
    gender: Gender,
    #[schema(value_type = String, format = Date)]
    born_on: Day,
    #[schema(value_type = String, format = Date)]
    joined_on: Day,
}

impl StaffPapers {
    fn of(row: &StaffRow) -> Option<Self> {
        let (gender, born_on) = (row.gender?, row.born_on?);
        Some(Self { gender, born_on, joined_on: row.joined_on? })
    }
}

fn view(row: StaffRow, branch: Option<String>, today: Ts) -> StaffMember {
    StaffMember {
        roles: row.roles(),
        is_employee: row.is_employee(),
        papers: StaffPapers::of(&row),
        active_today: row.seen_at.is_some_and(|at| at >= today),
        id: row.id,
        name: row.name,
        phone: row.phone,
        branch_id: row.branch_id,
        branch,
        seen_at: row.seen_at,
        done_today: row.done_today,
        done_month: row.done_month,
        waiting: row.waiting,
    }
}

/// Everybody who works here, by name.
#[utoipa::path(
    get, path = "/api/v1/people", responses((status = 200, body = Listing<StaffMember>))
)]
async fn list(State(app): State<App>, actor: Actor) -> Reply<Listing<StaffMember>> {
    let mut q = app.reader();
    let catalog = catalog::current(&mut q).await?;
    let zone = actor.scope.branch.map_or(Zone::Jakarta, |branch| catalog.zone(branch));
    let day = app.now().day(zone);
    let today = Ts::local(day, 0, 0, zone);
    let month = Ts::local(day.first_of_month(), 0, 0, zone);
    let rows = staff::list(&mut q, &actor.scope, today, month).await?;
    let named =
        |id: Option<BranchId>| id.and_then(|id| Some(catalog.branch(id).ok()?.name.clone()));
    let people = rows.into_iter().map(|row| {
        let branch = named(row.branch_id);
        view(row, branch, today)
    });
    Ok(Json(Listing::whole(people.collect())))
}
