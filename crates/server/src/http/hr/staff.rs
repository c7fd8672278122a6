//! What an employer knows of people, and what an engine says of them that HR answers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bridge::finding::{self, Filter};
use bridge::{FindingId, FindingState, Subject};
use hr::person::{Gender, Papers};
use kernel::{Actor, Day, Fault, UserId, Zone};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::engines::{FindingView, SettleBody, settle_found};
use crate::http::extract::{At, Body, Listing};
use crate::http::problem::Problem;

/// What of an engine's findings is about people.
const ABOUT_PEOPLE: [Subject; 3] = [Subject::Employee, Subject::Attendance, Subject::Commission];
/// Of each kind: more than anybody answers in a day.
const SHOWN_MAX: i64 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(papers)).routes(routes!(findings)).routes(routes!(settle))
}

/// What HR says of somebody.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPapers {
    /// `male` or `female`, as the identity card has it.
    #[schema(value_type = String)]
    gender: Gender,
    #[serde(deserialize_with = "birthday")]
    #[schema(value_type = String, format = Date)]
    born_on: Day,
    /// First day at work.
    #[schema(value_type = String, format = Date)]
    joined_on: Day,
}

/// Any day: those of requests are of this century, people are older.
fn birthday<'de, D: Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
    String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
}

/// Write down gender, birthday and first day of an employee.
///
/// A system of payroll that is attached can't be told of a person without them.
#[utoipa::path(
    put, path = "/api/v1/people/{id}/papers", params(("id" = uuid::Uuid, Path)),
    request_body = SetPapers, responses((status = 204))
)]
async fn papers(
    State(app): State<App>,
    actor: Actor,
    At(id): At<UserId>,
    Body(body): Body<SetPapers>,
) -> Result<StatusCode, Problem> {
    let today = app.now().day(Zone::Jakarta);
    app.change(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        let user = identity::user::find(tx, &scope, id).await?;
        if !user.is_employee() {
            return Err(Fault::not_found(
                "hr.no_employee",
                "Orang ini bukan karyawan.",
                "This person is no employee.",
            ));
        }
        let papers =
            Papers { gender: body.gender, born_on: body.born_on, joined_on: body.joined_on };
        hr::person::set_papers(tx, id, &papers, today).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an attached engine says of people that waits for an answer, newest first.
#[utoipa::path(
    get, path = "/api/v1/people/findings", responses((status = 200, body = Listing<FindingView>))
)]
async fn findings(State(app): State<App>, actor: Actor) -> Reply<Listing<FindingView>> {
    let mut rows = Vec::new();
    for subject in ABOUT_PEOPLE {
        let filter = Filter {
            subject: Some(subject),
            state: Some(FindingState::Open),
            branch: actor.scope.branch,
            ..Filter::default()
        };
        rows.extend(finding::list(&mut app.reader(), &filter, None, SHOWN_MAX).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    Ok(Json(Listing::whole(rows.into_iter().map(|row| FindingView::of(row, &actor)).collect())))
}

/// Answer what an engine says of people.
#[utoipa::path(
    post, path = "/api/v1/people/findings/{id}/settle", params(("id" = String, Path)),
    request_body = SettleBody, responses((status = 200, body = FindingView))
)]
async fn settle(
    State(app): State<App>,
    actor: Actor,
    At(id): At<FindingId>,
    Body(body): Body<SettleBody>,
) -> Reply<FindingView> {
    let found = finding::find(&mut app.reader(), id).await?;
    if !ABOUT_PEOPLE.contains(&found.subject) {
        let (id, en) = ("Temuan tidak ada.", "No such finding.");
        return Err(Fault::not_found("bridge.finding_not_found", id, en).into());
    }
    settle_found(&app, &actor, id, &body).await
}
