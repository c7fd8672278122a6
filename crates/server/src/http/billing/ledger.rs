//! The books: trial balance, entries, closing a month.

use axum::Json;
use axum::extract::State;
use billing::ledger::{self, Account, Balance, EntryKind, EntryView};
use kernel::{Actor, BranchId, CustomerId, Day, EntryId, Fault, Lang, Money, Ts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::http::app::{App, Reply, Written};
use crate::http::catalog::for_the_whole_isp;
use crate::http::context;
use crate::http::extract::{Body, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(trial_balance))
        .routes(routes!(entries))
        .routes(routes!(close))
}

/// Which books.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BalanceQuery {
    /// One's own branch, or all, when left out.
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
    #[param(value_type = Option<String>)]
    from: Option<Day>,
    #[param(value_type = Option<String>)]
    to: Option<Day>,
}

/// One account's sums.
#[derive(Serialize, ToSchema)]
struct AccountBalance {
    /// The account's code.
    #[schema(value_type = String)]
    account: Account,
    name: &'static str,
    #[schema(value_type = i64)]
    debit: Money,
    #[schema(value_type = i64)]
    credit: Money,
    /// Debit less credit.
    #[schema(value_type = i64)]
    net: Money,
}

/// The sums of every account. Debits and credits are equal.
#[derive(Serialize, ToSchema)]
struct TrialBalance {
    accounts: Vec<AccountBalance>,
    #[schema(value_type = i64)]
    debit: Money,
    #[schema(value_type = i64)]
    credit: Money,
}

fn balance(b: Balance, lang: Lang) -> AccountBalance {
    AccountBalance {
        account: b.account,
        name: b.account.name(lang),
        debit: b.debit,
        credit: b.credit,
        net: b.net(),
    }
}

/// The trial balance.
#[utoipa::path(
    get, path = "/api/v1/ledger/trial-balance", params(BalanceQuery),
    responses((status = 200, body = TrialBalance))
)]
async fn trial_balance(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<BalanceQuery>,
) -> Reply<TrialBalance> {
    let branch = actor.scope.branch.or(query.branch);
    let rows = ledger::trial_balance(&mut app.reader(), branch, query.from, query.to).await?;
    let lang = context::lang();
    Ok(Json(TrialBalance {
        debit: rows.iter().map(|b| b.debit).sum(),
        credit: rows.iter().map(|b| b.credit).sum(),
        accounts: rows.into_iter().map(|b| balance(b, lang)).collect(),
    }))
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EntryQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<EntryId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// The invoice, payment or note that caused it.
    subject: Option<Uuid>,
    /// An account's code.
    #[param(value_type = Option<String>)]
    account: Option<Account>,
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
}

/// An entry in the books.
#[derive(Serialize, ToSchema)]
struct LedgerEntry {
    #[schema(value_type = String, format = Uuid)]
    id: EntryId,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    #[schema(value_type = String, format = Date)]
    on: Day,
    #[schema(value_type = String)]
    kind: EntryKind,
    subject: Uuid,
    #[schema(value_type = String, format = Uuid)]
    branch_id: BranchId,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    postings: Vec<LedgerPosting>,
}

/// One account's part of an entry.
#[derive(Serialize, ToSchema)]
struct LedgerPosting {
    #[schema(value_type = String)]
    account: Account,
    name: &'static str,
    /// Debit positive, credit negative.
    #[schema(value_type = i64)]
    amount: Money,
}

fn entry(e: EntryView, lang: Lang) -> LedgerEntry {
    let posting = |p: ledger::PostingView| LedgerPosting {
        account: p.account,
        name: p.account.name(lang),
        amount: p.amount,
    };
    LedgerEntry {
        id: e.id,
        at: e.at,
        on: e.on_day,
        kind: e.kind,
        subject: e.subject,
        branch_id: e.branch,
        customer_id: e.customer,
        postings: e.postings.into_iter().map(posting).collect(),
    }
}

/// Entries, newest first.
#[utoipa::path(
    get, path = "/api/v1/ledger/entries", params(EntryQuery),
    responses((status = 200, body = Listing<LedgerEntry>))
)]
async fn entries(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<EntryQuery>,
) -> Reply<Listing<LedgerEntry>> {
    let limit = page_size(query.limit);
    let branch = actor.scope.branch.or(query.branch);
    let mut q = app.reader();
    let EntryQuery { subject, account, after, .. } = query;
    let rows = ledger::entries(&mut q, branch, subject, account, after, limit + 1).await?;
    let lang = context::lang();
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), |row| entry(row, lang))))
}

/// A month to close.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseMonth {
    /// `2026-11`. Every month before it is closed too.
    month: String,
}

/// A month that is closed.
#[derive(Serialize, ToSchema)]
struct MonthClosed {
    month: String,
}

/// Close a month: nothing is posted into it any more.
#[utoipa::path(
    post, path = "/api/v1/ledger/close", request_body = CloseMonth,
    responses((status = 200, body = MonthClosed))
)]
async fn close(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<CloseMonth>,
) -> Written<MonthClosed> {
    for_the_whole_isp(&actor)?;
    let read = format!("{}-01", body.month).parse().ok().filter(|day: &Day| day.is_within_years());
    let day = read.ok_or_else(|| {
        Fault::field("month", "format", "tulis seperti 2026-11", "write it as 2026-11")
    })?;
    app.write(&actor, async move |tx| {
        ledger::close_month(tx, day).await?;
        Ok(MonthClosed { month: body.month })
    })
    .await
}
