//! Money over HTTP: subscriptions, invoices, payments, credit notes, vouchers, runs, the ledger.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::{Actor, Fault, Lang, Money, Result as Fallible};
use store::Tx;
use utoipa_axum::router::OpenApiRouter;

use super::app::App;
use super::problem::Problem;

mod aging;
mod approvals;
mod bank;
mod bank_decide;
mod cash_papers;
mod changes;
mod credits;
mod drawers;
mod gateways;
mod guests;
mod handovers;
mod holds;
mod invoice_view;
mod invoices;
mod ledger;
pub(super) mod papers;
mod payments;
mod promises;
mod quota_top_ups;
mod reminders;
mod runs;
mod statement;
mod subscriptions;
mod vouchers;
mod withholdings;

pub(crate) use runs::Going;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(invoices::router())
        .merge(papers::router())
        .merge(reminders::router())
        .merge(credits::router())
        .merge(approvals::router())
        .merge(payments::router())
        .merge(drawers::router())
        .merge(handovers::router())
        .merge(cash_papers::router())
        .merge(withholdings::router())
        .merge(promises::router())
        .merge(quota_top_ups::router())
        .merge(holds::router())
        .merge(vouchers::router())
        .merge(guests::router())
        .merge(subscriptions::router())
        .merge(changes::router())
        .merge(runs::router())
        .merge(ledger::router())
        .merge(aging::router())
        .merge(bank::router())
        .merge(bank_decide::router())
        .merge(statement::router())
        .merge(gateways::router())
}

/// The room's words for fields that have another name in requests.
const NAMES: &[(&str, &str)] = &[
    ("plan", "plan_id"),
    ("customer", "customer_id"),
    ("subscription", "subscription_id"),
    ("branch", "branch_id"),
];

/// More than anybody pays at once: a typing error, and far from where sums overflow.
const MOST: Money = Money::rupiah(1_000_000_000_000);

/// An amount that is above zero and no typing error.
///
/// # Errors
/// A field error on `name`.
pub(crate) fn sane(name: &str, amount: Money) -> Fallible<Money> {
    if amount.is_positive() && amount <= MOST {
        return Ok(amount);
    }
    Err(Fault::field(
        name,
        "range",
        format!("harus antara Rp 1 dan {MOST}"),
        format!("must be between Rp 1 and {MOST}"),
    ))
}

/// Runs `work` and takes everything back: what would happen, by the very code that does it.
///
/// # Errors
/// Whatever `work` refuses.
pub(in crate::http) async fn rehearse<T, F>(app: &App, actor: &Actor, work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: AsyncFnOnce(&mut Tx) -> Fallible<T> + Clone,
{
    Ok(rehearsed(app, actor, work).await?)
}

/// As [`rehearse`], for who reads what was refused.
///
/// # Errors
/// Whatever `work` refuses.
pub(in crate::http) async fn rehearsed<T, F>(app: &App, actor: &Actor, work: F) -> Fallible<T>
where
    T: Send + 'static,
    F: AsyncFnOnce(&mut Tx) -> Fallible<T> + Clone,
{
    const REHEARSED: &str = "billing.rehearsed";
    let found = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&found);
    let done: Fallible<()> = app
        .db
        .write(&app.cause(actor), async move |tx: &mut Tx| {
            let value = work(tx).await?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Err(Fault::conflict(REHEARSED, "Hanya pratinjau.", "A preview only."))
        })
        .await;
    match done {
        Err(fault) if fault.code == REHEARSED => {}
        Err(fault) => return Err(fault),
        Ok(()) => {}
    }
    let value = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    value.ok_or_else(|| Fault::bug("a rehearsal without its result"))
}

/// Paper for the browser to show.
pub(in crate::http) fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{safe}.pdf\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Typesets beside the requests: it takes a while.
pub(in crate::http) async fn typeset<F>(work: F) -> Result<Vec<u8>, Problem>
where
    F: FnOnce() -> Fallible<Vec<u8>> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|e| Fault::bug(format!("typesetting fell: {e}")))??)
}

/// The one of two texts that the language asks for.
fn say(lang: Lang, id: &str, en: &str) -> String {
    if lang == Lang::Id { id.to_owned() } else { en.to_owned() }
}
