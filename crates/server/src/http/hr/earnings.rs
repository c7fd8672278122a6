//! What people earn beside the salary: the rules, a month of everybody for HR and the owner, one's own for everybody.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use flows::views::earnings::{self as views, EarningRow};
use hr::rule::{self, Kind, Measure, NewRule, Rule};
use kernel::{
    Actor, Day, EarningId, EarningRuleId, Fault, InvoiceId, Money, PlanId, Result as Fallible,
    Scope, Ts, UserId, WorkOrderId, Zone,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply, Written};
use crate::http::export::{self, File, FileQuery, Sheet, col};
use crate::http::extract::{Body, Listing, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(rules, add))
        .routes(routes!(month))
        .routes(routes!(export_month))
        .routes(routes!(own))
}

/// What is paid beside the salary, from its day on.
#[derive(Serialize, ToSchema)]
struct EarningRuleView {
    #[schema(value_type = String, format = Uuid)]
    id: EarningRuleId,
    /// `commission`: on the first paid invoice, to who sold it. `incentive`: for an accepted installation, shared by
    /// its technicians.
    #[schema(value_type = String)]
    kind: Kind,
    /// Null: every plan.
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    plan_name: Option<String>,
    /// Null: everybody.
    #[schema(value_type = Option<String>, format = Uuid)]
    user_id: Option<UserId>,
    user_name: Option<String>,
    /// `percent`: `amount` is basis points of the invoice before tax. `flat`: rupiah.
    #[schema(value_type = String)]
    measure: Measure,
    amount: i64,
    #[schema(value_type = String, format = Date)]
    from_on: Day,
    /// A later one for the same plan and person has not replaced it, and its day has come.
    in_force: bool,
}

/// Whether it is the latest of its plan and person whose day has come.
fn in_force(rule: &Rule, all: &[Rule], today: Day) -> bool {
    let same = |r: &&Rule| {
        (r.kind, r.plan_id, r.user_id) == (rule.kind, rule.plan_id, rule.user_id)
            && r.from_on <= today
    };
    let latest = all.iter().filter(same).max_by_key(|r| (r.from_on, r.created_at, r.id));
    latest.is_some_and(|latest| latest.id == rule.id)
}

async fn shown(q: &mut dyn Query, today: Day) -> Fallible<Vec<EarningRuleView>> {
    let all = rule::all(q).await?;
    let catalog = catalog::current(q).await?;
    let mut names: BTreeMap<UserId, String> = BTreeMap::new();
    for user in all.iter().filter_map(|rule| rule.user_id) {
        if let Entry::Vacant(unknown) = names.entry(user) {
            unknown.insert(identity::user::find(q, &Scope::all(), user).await?.name);
        }
    }
    let view = |rule: &Rule| EarningRuleView {
        id: rule.id,
        kind: rule.kind,
        plan_id: rule.plan_id,
        plan_name: rule.plan_id.and_then(|id| Some(catalog.plan(id).ok()?.name.clone())),
        user_id: rule.user_id,
        user_name: rule.user_id.and_then(|id| names.get(&id).cloned()),
        measure: rule.measure,
        amount: rule.amount,
        from_on: rule.from_on,
        in_force: in_force(rule, &all, today),
    };
    Ok(all.iter().map(view).collect())
}

/// A plan that a rule may be of.
#[derive(Serialize, ToSchema)]
struct EarningPlan {
    #[schema(value_type = String, format = Uuid)]
    id: PlanId,
    name: String,
}

/// The rules, and what a new one may be of.
#[derive(Serialize, ToSchema)]
struct EarningRulesView {
    /// The newest day first.
    items: Vec<EarningRuleView>,
    /// The plans that are sold, by name.
    plans: Vec<EarningPlan>,
}

/// The rules of commission and incentive, the newest day first.
#[utoipa::path(
    get, path = "/api/v1/earning-rules", responses((status = 200, body = EarningRulesView))
)]
async fn rules(State(app): State<App>) -> Reply<EarningRulesView> {
    let today = app.now().day(Zone::Jakarta);
    let mut q = app.reader();
    let items = shown(&mut q, today).await?;
    let catalog = catalog::current(&mut q).await?;
    let sold = catalog.plans.values().filter(|plan| !plan.archived);
    let mut plans: Vec<EarningPlan> =
        sold.map(|plan| EarningPlan { id: plan.id, name: plan.name.clone() }).collect();
    plans.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(Json(EarningRulesView { items, plans }))
}

/// A rule to be added.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddEarningRule {
    /// `commission` or `incentive`.
    #[schema(value_type = String)]
    kind: Kind,
    #[schema(value_type = Option<String>, format = Uuid)]
    plan_id: Option<PlanId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    user_id: Option<UserId>,
    /// `percent` or `flat`.
    #[schema(value_type = String)]
    measure: Measure,
    /// Basis points or rupiah; 0 ends the rule that it replaces.
    amount: i64,
    #[schema(value_type = String, format = Date)]
    from_on: Day,
}

/// Add a rule.
///
/// The nearest one counts: of plan and person before of the person, before of the plan, before the general one; of
/// each the latest. What was earned keeps the rule that it was earned by.
#[utoipa::path(
    post, path = "/api/v1/earning-rules", request_body = AddEarningRule,
    responses((status = 201, body = EarningRuleView))
)]
async fn add(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<AddEarningRule>,
) -> Written<EarningRuleView> {
    let today = app.now().day(Zone::Jakarta);
    app.create(&actor, async move |tx| {
        if let Some(plan) = body.plan_id {
            catalog::current(tx).await?.plan(plan).map_err(|_| missing("plan_id"))?;
        }
        if let Some(user) = body.user_id {
            let scope = tx.actor().scope.clone();
            let found = identity::user::find(tx, &scope, user).await;
            found.ok().filter(identity::User::is_employee).ok_or_else(|| missing("user_id"))?;
        }
        let new = NewRule {
            kind: body.kind,
            plan: body.plan_id,
            user: body.user_id,
            measure: body.measure,
            amount: body.amount,
            from_on: body.from_on,
        };
        let id = rule::add(tx, &new).await?;
        let made = shown(tx, today).await?.into_iter().find(|rule| rule.id == id);
        made.ok_or_else(|| Fault::bug("a rule just added is not there"))
    })
    .await
}

fn missing(field: &str) -> Fault {
    Fault::field(field, "not_found", "tidak ada", "there is no such one")
}

/// What a person earned by one cause.
#[derive(Serialize, ToSchema)]
struct EarningView {
    #[schema(value_type = String, format = Uuid)]
    id: EarningId,
    /// `commission` or `incentive`.
    #[schema(value_type = String)]
    kind: Kind,
    /// The invoice before tax, or what the rule gives for the installation.
    #[schema(value_type = i64)]
    base: Money,
    /// Negative: taken back.
    #[schema(value_type = i64)]
    amount: Money,
    /// As a person can read it.
    formula: String,
    #[schema(value_type = String, format = Date)]
    earned_on: Day,
    #[schema(value_type = String, format = Uuid)]
    rule_id: EarningRuleId,
    /// The row that this one takes back.
    #[schema(value_type = Option<String>, format = Uuid)]
    takes_back: Option<EarningId>,
    is_taken_back: bool,
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    invoice_number: Option<String>,
    #[schema(value_type = Option<String>, format = Uuid)]
    work_order_id: Option<WorkOrderId>,
    work_order_number: Option<String>,
    customer_name: Option<String>,
    plan_name: Option<String>,
}

impl From<EarningRow> for EarningView {
    fn from(row: EarningRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            base: row.base,
            amount: row.amount,
            formula: row.formula,
            earned_on: row.earned_on,
            rule_id: row.rule_id,
            takes_back: row.takes_back,
            is_taken_back: row.is_taken_back,
            invoice_id: row.invoice_id,
            invoice_number: row.invoice_number,
            work_order_id: row.work_order_id,
            work_order_number: row.work_order_number,
            customer_name: row.customer_name,
            plan_name: row.plan_name,
        }
    }
}

/// One person's month.
#[derive(Serialize, ToSchema)]
struct PersonEarnings {
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    name: String,
    #[schema(value_type = i64)]
    commission: Money,
    #[schema(value_type = i64)]
    incentive: Money,
    #[schema(value_type = i64)]
    total: Money,
    rows: Vec<EarningView>,
}

/// A month of earnings.
#[derive(Serialize, ToSchema)]
struct EarningsMonth {
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    month: Day,
    /// It is over: its sums stand and are given to payroll.
    closed: bool,
    #[schema(value_type = i64)]
    total: Money,
    /// By name.
    people: Vec<PersonEarnings>,
}

fn by_person(rows: Vec<EarningRow>) -> Vec<PersonEarnings> {
    let mut people: Vec<PersonEarnings> = Vec::new();
    for row in rows {
        if people.last().is_none_or(|last| last.user_id != row.user_id) {
            people.push(PersonEarnings {
                user_id: row.user_id,
                name: row.user_name.clone(),
                commission: Money::ZERO,
                incentive: Money::ZERO,
                total: Money::ZERO,
                rows: Vec::new(),
            });
        }
        let Some(person) = people.last_mut() else { continue };
        match row.kind {
            Kind::Commission => person.commission += row.amount,
            Kind::Incentive => person.incentive += row.amount,
        }
        person.total += row.amount;
        person.rows.push(row.into());
    }
    people
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MonthQuery {
    /// Any day of it; this month when left out.
    #[param(value_type = Option<String>, format = Date)]
    month: Option<Day>,
}

impl MonthQuery {
    fn first(&self, now: Ts) -> Fallible<Day> {
        let day = self.month.unwrap_or(now.day(Zone::Jakarta));
        if day.is_within_years() {
            return Ok(day.first_of_month());
        }
        Err(Fault::field("month", "out_of_range", "di luar kalender", "is outside the calendar"))
    }
}

async fn of(app: &App, scope: &Scope, user: Option<UserId>, first: Day) -> Fallible<EarningsMonth> {
    let mut q = app.reader();
    let people = by_person(views::month(&mut q, scope, user, first).await?);
    Ok(EarningsMonth {
        month: first,
        closed: views::is_closed(&mut q, first).await?,
        total: people.iter().fold(Money::ZERO, |sum, person| sum + person.total),
        people,
    })
}

/// What everybody earned beside the salary in a month, by name.
#[utoipa::path(
    get, path = "/api/v1/earnings", params(MonthQuery), responses((status = 200, body = EarningsMonth))
)]
async fn month(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MonthQuery>,
) -> Reply<EarningsMonth> {
    let first = query.first(app.now())?;
    Ok(Json(of(&app, &actor.scope, None, first).await?))
}

/// What I earned beside the salary in a month: at most one person, me.
#[utoipa::path(
    get, path = "/api/v1/me/earnings", params(MonthQuery),
    responses((status = 200, body = EarningsMonth))
)]
async fn own(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MonthQuery>,
) -> Reply<EarningsMonth> {
    let first = query.first(app.now())?;
    let user = actor.user().unwrap_or(UserId::nil());
    Ok(Json(of(&app, &actor.scope, Some(user), first).await?))
}

const FILE: Sheet<EarningRow> = Sheet {
    list: "earnings",
    name: ("insentif-komisi", "earnings"),
    columns: &[
        col("Nama", "Name", |v, _| v.user_name.as_str().into()),
        col("Jenis", "Kind", |v, w| w.word("earning", v.kind.as_str())),
        col("Tanggal", "Day", |v, w| w.day(v.earned_on)),
        col("Dasar", "Base", |v, _| v.base.into()),
        col("Jumlah", "Amount", |v, _| v.amount.into()),
        col("Rumus", "Formula", |v, _| v.formula.as_str().into()),
        col("Tagihan", "Invoice", |v, _| v.invoice_number.clone().into()),
        col("SPK", "Work order", |v, _| v.work_order_number.clone().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.clone().into()),
        col("Paket", "Plan", |v, _| v.plan_name.clone().into()),
    ],
};

/// A month's earnings as a file, a row each.
#[utoipa::path(
    get, path = "/api/v1/earnings/export", params(MonthQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export_month(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MonthQuery>,
    file: File,
) -> Result<Response, Problem> {
    let first = query.first(app.now())?;
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let rows = views::month(&mut app.reader(), &actor.scope, None, first).await?;
    out.put(Listing::whole(rows)).await?;
    out.finish().await
}
