//! A customer's account: what is owed, what is left over, and how it came about.

use axum::Json;
use axum::extract::State;
use billing::owed;
use flows::views::statement::{self, StatementRow};
use kernel::{Actor, CustomerId, Day, InvoiceId, Money, SubscriptionId, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::{App, Reply};
use crate::http::extract::{At, Search};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_customer))
}

/// How much of the account to show.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// The last so many lines: 1–1,000, 200 when not given.
    limit: Option<i64>,
}

/// A customer's account.
#[derive(Serialize, ToSchema)]
struct Statement {
    /// What has to be paid now.
    #[schema(value_type = i64)]
    owed: Money,
    /// Money that settles nothing yet.
    #[schema(value_type = i64)]
    credit: Money,
    open: Vec<OpenInvoice>,
    /// Newest first.
    lines: Vec<StatementLine>,
}

/// An invoice that wants money.
#[derive(Serialize, ToSchema)]
struct OpenInvoice {
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    number: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    #[schema(value_type = i64)]
    outstanding: Money,
    /// What settles it when it is paid today: a late prepaid invoice may start on the payment day.
    #[schema(value_type = i64)]
    to_pay: Money,
}

/// A line of the account.
#[derive(Serialize, ToSchema)]
struct StatementLine {
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `invoice`, `credit_note`, `withholding`, `write_off`, `payment`, `reversal` or `refund`.
    kind: String,
    /// The document; of a withholding and a write-off, their invoice.
    id: uuid::Uuid,
    number: Option<String>,
    /// Charged is positive, paid negative.
    #[schema(value_type = i64)]
    amount: Money,
    /// Owed after it; negative is the customer's credit.
    #[schema(value_type = i64)]
    balance: Money,
}

impl From<StatementRow> for StatementLine {
    fn from(row: StatementRow) -> Self {
        Self {
            at: row.at,
            kind: row.kind,
            id: row.id,
            number: row.number,
            amount: row.amount,
            balance: row.balance,
        }
    }
}

/// A customer's account.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/statement",
    params(("id" = uuid::Uuid, Path), StatementQuery),
    responses((status = 200, body = Statement))
)]
async fn of_customer(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Search(query): Search<StatementQuery>,
) -> Reply<Statement> {
    let limit = query.limit.unwrap_or(200).clamp(1, 1_000);
    let mut q = app.reader();
    let lines = statement::of(&mut q, &actor.scope, id, limit).await?;
    let owed = owed::of_customer(&mut q, id, app.now()).await?;
    let open = owed.invoices.into_iter().map(|i| OpenInvoice {
        invoice_id: i.id,
        number: i.number,
        subscription_id: i.subscription,
        due_on: i.due_on,
        outstanding: i.outstanding,
        to_pay: i.to_pay,
    });
    Ok(Json(Statement {
        owed: owed.total,
        credit: owed.credit,
        open: open.collect(),
        lines: lines.into_iter().map(Into::into).collect(),
    }))
}
