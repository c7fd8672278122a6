//! Aging: receivables by how late they are.

use axum::Json;
use axum::extract::State;
use billing::aging::Bucket;
use flows::views::aging::{self, AgingFilter, BranchAging, CustomerAging, InvoiceAging};
use kernel::{Actor, BranchId, CustomerId, Day, Fault, InvoiceId, Money, Result as Fallible, Zone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(branches))
        .routes(routes!(customers))
        .routes(routes!(invoices))
}

/// Which receivables.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AgingQuery {
    /// The day whose end is looked at: today, when left out.
    #[param(value_type = Option<String>)]
    as_of: Option<Day>,
    /// One's own branch, or all, when left out.
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// `not_due`, `1-30`, `31-60`, `61-90` or `90+`.
    #[param(value_type = Option<String>)]
    bucket: Option<Bucket>,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
}

impl AgingQuery {
    fn filter(&self, app: &App) -> AgingFilter {
        let today = app.now().day(Zone::Jakarta);
        let as_of = self.as_of.unwrap_or(today);
        AgingFilter { as_of, branch: self.branch, customer: self.customer, bucket: self.bucket }
    }
    /// The two parts of `after`.
    fn after<A: std::str::FromStr, B: std::str::FromStr>(&self) -> Fallible<Option<(A, B)>> {
        let Some(text) = &self.after else { return Ok(None) };
        let parts =
            text.split_once('_').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        parts.map(Some).ok_or_else(|| {
            Fault::field("after", "format", "bukan dari halaman sebelumnya", "is of no page before")
        })
    }
}

/// What is owed, by how late it is.
#[derive(Serialize, ToSchema)]
struct AgingSums {
    #[schema(value_type = i64)]
    not_due: Money,
    /// 1 to 30 days late.
    #[schema(value_type = i64)]
    days_1_30: Money,
    #[schema(value_type = i64)]
    days_31_60: Money,
    #[schema(value_type = i64)]
    days_61_90: Money,
    /// More than 90 days late.
    #[schema(value_type = i64)]
    days_over_90: Money,
    #[schema(value_type = i64)]
    total: Money,
}

/// A branch's receivables.
#[derive(Serialize, ToSchema)]
struct AgingOfBranch {
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    branch: String,
    invoices: i64,
    sums: AgingSums,
}

/// Receivables on a day.
#[derive(Serialize, ToSchema)]
struct Aging {
    #[schema(value_type = String, format = Date)]
    as_of: Day,
    branches: Vec<AgingOfBranch>,
    sums: AgingSums,
    /// The receivable account on that day.
    #[schema(value_type = i64)]
    ledger: Money,
}

fn of_branch(row: &BranchAging) -> AgingSums {
    let total = row.not_due + row.month1 + row.month2 + row.month3 + row.older;
    AgingSums {
        not_due: row.not_due,
        days_1_30: row.month1,
        days_31_60: row.month2,
        days_61_90: row.month3,
        days_over_90: row.older,
        total,
    }
}

fn whole(rows: &[BranchAging]) -> AgingSums {
    let sum = |part: fn(&BranchAging) -> Money| rows.iter().map(part).sum::<Money>();
    let whole = BranchAging {
        branch_id: BranchId::nil(),
        invoices: 0,
        not_due: sum(|r| r.not_due),
        month1: sum(|r| r.month1),
        month2: sum(|r| r.month2),
        month3: sum(|r| r.month3),
        older: sum(|r| r.older),
    };
    of_branch(&whole)
}

/// Receivables by branch, by how late they are.
///
/// Their total is what the receivable account says of the same day.
#[utoipa::path(
    get, path = "/api/v1/aging", params(AgingQuery), responses((status = 200, body = Aging))
)]
async fn branches(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AgingQuery>,
) -> Reply<Aging> {
    let filter = query.filter(&app);
    let mut q = app.reader();
    let catalog = catalog::current(&mut q).await?;
    let rows = aging::branches(&mut q, &actor.scope, &filter).await?;
    let branch = actor.scope.branch.or(filter.branch);
    let ledger = aging::in_ledger(&mut q, branch, filter.as_of).await?;
    let view = |row: &BranchAging| AgingOfBranch {
        branch_id: row.branch_id,
        branch: catalog.branch(row.branch_id).map(|b| b.name.clone()).unwrap_or_default(),
        invoices: row.invoices,
        sums: of_branch(row),
    };
    Ok(Json(Aging {
        as_of: filter.as_of,
        sums: whole(&rows),
        branches: rows.iter().map(view).collect(),
        ledger,
    }))
}

/// A customer's receivables.
#[derive(Serialize, ToSchema)]
struct AgingOfCustomer {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    number: String,
    name: String,
    phone: String,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    invoices: i64,
    #[schema(value_type = String, format = Date)]
    oldest_due_on: Day,
    sums: AgingSums,
}

impl From<CustomerAging> for AgingOfCustomer {
    fn from(row: CustomerAging) -> Self {
        Self {
            sums: AgingSums {
                not_due: row.not_due,
                days_1_30: row.month1,
                days_31_60: row.month2,
                days_61_90: row.month3,
                days_over_90: row.older,
                total: row.total,
            },
            customer_id: row.customer_id,
            number: row.number,
            name: row.name,
            phone: row.phone,
            branch_id: row.branch_id,
            invoices: row.invoices,
            oldest_due_on: row.oldest_due_on,
        }
    }
}

/// Receivables by customer, who owes most first.
#[utoipa::path(
    get, path = "/api/v1/aging/customers", params(AgingQuery),
    responses((status = 200, body = Listing<AgingOfCustomer>))
)]
async fn customers(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AgingQuery>,
) -> Reply<Listing<AgingOfCustomer>> {
    let limit = page_size(query.limit);
    let after = query.after::<i64, CustomerId>()?.map(|(sum, id)| (Money::rupiah(sum), id));
    let filter = query.filter(&app);
    let mut q = app.reader();
    let rows = aging::customers(&mut q, &actor.scope, &filter, after, limit + 1).await?;
    let key = |row: &CustomerAging| format!("{}_{}", row.total.get(), row.customer_id);
    Ok(Json(Listing::page(rows, limit, key, AgingOfCustomer::from)))
}

/// An open invoice.
#[derive(Serialize, ToSchema)]
struct AgingInvoice {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceId,
    number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    #[schema(value_type = Option<String>, format = Date)]
    issued_on: Option<Day>,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    /// Days late; zero or less when it is not due.
    days_late: i64,
    #[schema(value_type = String)]
    bucket: Bucket,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    open: Money,
}

fn of_invoice(row: InvoiceAging, as_of: Day) -> AgingInvoice {
    AgingInvoice {
        days_late: row.due_on.days_until(as_of),
        bucket: Bucket::of(row.due_on, as_of),
        id: row.id,
        number: row.number,
        customer_id: row.customer_id,
        customer_number: row.customer_number,
        customer_name: row.customer_name,
        issued_on: row.issued_on,
        due_on: row.due_on,
        total: row.total,
        open: row.open,
    }
}

/// The invoices that are open on the day, longest due first.
#[utoipa::path(
    get, path = "/api/v1/aging/invoices", params(AgingQuery),
    responses((status = 200, body = Listing<AgingInvoice>))
)]
async fn invoices(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<AgingQuery>,
) -> Reply<Listing<AgingInvoice>> {
    let limit = page_size(query.limit);
    let after = query.after::<Day, InvoiceId>()?;
    let filter = query.filter(&app);
    let mut q = app.reader();
    let rows = aging::invoices(&mut q, &actor.scope, &filter, after, limit + 1).await?;
    let key = |row: &InvoiceAging| format!("{}_{}", row.due_on, row.id);
    Ok(Json(Listing::page(rows, limit, key, |row| of_invoice(row, filter.as_of))))
}
