//! The pay page: for isolated customers and links in messages. Plain HTML, no script, no cookie; it shows a
//! masked name, what is owed and a button, and nothing else of anybody.
//!
//! Who pays is known by the address of their line, by a signed link, or by the customer number that they
//! type. Changes are limited by address in the guard; numbers a second time, more closely.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, OriginalUri, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use billing::intent::IntentFor;
use flows::checkout;
use flows::paypage::{self, Bill, Linked, Payer, Progress, Status};
use flows::top_up::charge;
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, Cause, Fault, InvoiceId, Lang, Money, Scope};
use minijinja::{Value, context};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::Tx;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::extract::{At, Search};
use super::guard::Address;
use super::problem::Problem;

pub(crate) mod page;
mod words;

use page::Page;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(landing, by_number))
        .routes(routes!(start))
        .routes(routes!(top_up))
        .routes(routes!(linked, pay_link))
        .routes(routes!(status))
}

/// A form as a browser sends it.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let sent = Form::<T>::from_request(request, app).await;
        let bad = |status| {
            let fault = Fault::invalid(
                "body.not_a_form",
                "Isi formulir tidak terbaca. Kembali dan coba lagi.",
                "The form could not be read. Go back and try again.",
            );
            Problem::with_status(fault, status)
        };
        match sent {
            Ok(Form(value)) => Ok(Self(value)),
            Err(FormRejection::InvalidFormContentType(_)) => {
                Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE))
            }
            Err(_) => Err(bad(StatusCode::UNPROCESSABLE_ENTITY)),
        }
    }
}

/// How the first page was opened.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct LandingQuery {
    /// Somebody else's bill: ask for the number even where the line is known.
    #[serde(default)]
    other: u8,
}

/// A bill's words, and what the form must say to pay it.
struct Shown<'a> {
    payer: &'a Payer,
    action: &'a str,
    number: Option<&'a str>,
    linked: bool,
}

fn bill_values(page: &Page, shown: &Shown<'_>) -> Value {
    let bills: Vec<Value> = shown.payer.bills.iter().map(|bill| bill_value(page, bill)).collect();
    let limited = shown.payer.limited.as_ref().map(|l| {
        let promised = l.by_money && !shown.payer.bills.is_empty();
        if promised { page.words.limited } else { in_words(page, &l.id, &l.en) }
    });
    context! {
        payer => context! {
            name => shown.payer.name.as_str(), bills => bills, total => shown.payer.total.to_string(),
            limited => limited, top_up => top_up_value(page, shown.payer),
        },
        action => shown.action, number => shown.number, linked => shown.linked,
    }
}

fn top_up_value(page: &Page, payer: &Payer) -> Option<Value> {
    let offer = payer.top_up.as_ref()?;
    let plus = if offer.plus_tax { page.words.plus_tax } else { "" };
    let price = format!("{} {plus}", offer.price);
    Some(context! { size => offer.size.as_str(), price => price.trim() })
}

fn in_words<'a>(page: &Page, id: &'a str, en: &'a str) -> &'a str {
    if page.lang == Lang::Id { id } else { en }
}

fn bill_value(page: &Page, bill: &Bill) -> Value {
    context! {
        id => bill.invoice.to_string(), number => bill.number.as_str(), is_overdue => bill.is_overdue,
        what => bill.plan.clone().unwrap_or_else(|| page.words.other_bill.to_owned()),
        due_on => bill.due_on.short(page.lang), amount => bill.amount.to_string(),
    }
}

async fn on_this_line(app: &App, address: &Address) -> Result<Option<Payer>, Problem> {
    let Ok(ip) = address.0.parse::<IpAddr>() else { return Ok(None) };
    Ok(paypage::by_address(&mut app.reader(), ip, app.now()).await?)
}

/// The pay page.
///
/// Knows the customer by the address of their line, when exactly one live session has it; otherwise asks for
/// the customer number.
#[utoipa::path(
    get, path = "/pay", params(("other" = Option<u8>, Query), ("lang" = Option<String>, Query)),
    responses((status = 200, content_type = "text/html", body = String))
)]
async fn landing(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(address): Extension<Address>,
    Search(query): Search<LandingQuery>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    let payer = if query.other == 0 { on_this_line(&app, &address).await? } else { None };
    match payer {
        Some(payer) => {
            let shown = Shown { payer: &payer, action: "/pay/start", number: None, linked: false };
            Ok(page.show(StatusCode::OK, "bill.html", None, bill_values(&page, &shown))?)
        }
        None => ask_number(&page, false, ""),
    }
}

fn ask_number(page: &Page, nothing: bool, typed: &str) -> Result<Response, Problem> {
    let values = context! { nothing => nothing, typed => typed };
    Ok(page.show(StatusCode::OK, "number.html", None, values)?)
}

/// A customer number as typed.
#[derive(Clone, Deserialize)]
struct NumberForm {
    #[serde(default)]
    number: String,
}

/// The bill of a customer number.
///
/// A number that nobody has and one that owes nothing get the same answer.
#[utoipa::path(
    post, path = "/pay", params(("lang" = Option<String>, Query)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, content_type = "text/html", body = String))
)]
async fn by_number(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(address): Extension<Address>,
    Sent(form): Sent<NumberForm>,
) -> Result<Response, Problem> {
    app.limits.check_number(&address)?;
    let page = Page::at(&app, &uri).await?;
    let typed: String = form.number.chars().filter(|c| !c.is_control()).take(20).collect();
    match paypage::by_number(&mut app.reader(), &typed, app.now()).await? {
        Some(payer) => {
            let shown =
                Shown { payer: &payer, action: "/pay/start", number: Some(&typed), linked: false };
            Ok(page.show(StatusCode::OK, "bill.html", None, bill_values(&page, &shown))?)
        }
        None => ask_number(&page, true, &typed),
    }
}

/// What to pay, as the button says it.
#[derive(Clone, Deserialize)]
struct StartForm {
    /// The customer number; none: whoever's line this is.
    number: Option<String>,
    /// One of the bills; all of them, when left out.
    invoice: Option<InvoiceId>,
}

/// Begin paying: on to the gateway.
#[utoipa::path(
    post, path = "/pay/start", params(("lang" = Option<String>, Query)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303))
)]
async fn start(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(address): Extension<Address>,
    Sent(form): Sent<StartForm>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    let (payer, known) = match &form.number {
        Some(number) => {
            app.limits.check_number(&address)?;
            (paypage::by_number(&mut app.reader(), number, app.now()).await?, false)
        }
        None => (on_this_line(&app, &address).await?, true),
    };
    let Some(payer) = payer else { return ask_number(&page, true, "") };
    let what = match form.invoice {
        Some(id) if payer.bills.iter().any(|bill| bill.invoice == id) => IntentFor::Invoice(id),
        _ => IntentFor::Customer(payer.customer),
    };
    begin(&app, &page, &payer, (known, &address), &what).await
}

/// Buy quota for this line: on to the gateway.
#[utoipa::path(
    post, path = "/pay/top-up", params(("lang" = Option<String>, Query)), responses((status = 303))
)]
async fn top_up(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(address): Extension<Address>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    let Some(payer) = on_this_line(&app, &address).await? else {
        return ask_number(&page, false, "");
    };
    let Some(offer) = payer.top_up.clone() else {
        return Ok(see_other(&format!("/pay?lang={}", page.lang.code())));
    };
    let cause: Cause = app.cause(&on_the_page(&payer, (true, &address)));
    let subscription = offer.subscription;
    let order = async move |tx: &mut Tx| billing::quota_top_up::order(tx, subscription).await;
    let invoice = app.db.write(&cause, order).await?;
    let still_owed = billing::invoice::find(&mut app.reader(), &Scope::all(), invoice).await?;
    if !still_owed.outstanding().is_positive() {
        return Ok(see_other(&format!("/pay?lang={}", page.lang.code())));
    }
    begin(&app, &page, &payer, (true, &address), &IntentFor::Invoice(invoice)).await
}

/// Opens the payment and sends the browser to where it is made. `known`: the line or a link proves who it
/// is; a typed number proves nothing.
async fn begin(
    app: &App,
    page: &Page,
    payer: &Payer,
    (known, address): (bool, &Address),
    what: &IntentFor,
) -> Result<Response, Problem> {
    let cause: Cause = app.cause(&on_the_page(payer, (known, address)));
    let intent = checkout::open(&app.db, &cause, what, None).await?;
    let own = format!("/pay/status/{}?lang={}", intent.reference, page.lang.code());
    Ok(see_other(intent.url.as_deref().unwrap_or(&own)))
}

fn on_the_page(payer: &Payer, (known, address): (bool, &Address)) -> Actor {
    Actor {
        who: if known { Who::Customer(payer.customer) } else { Who::Public },
        name: "pay page".to_owned(),
        permissions: PermissionSet::empty(),
        scope: Scope { customer: Some(payer.customer), ..Scope::all() },
        from: Some(address.0.clone()),
    }
}

pub(super) fn see_other(to: &str) -> Response {
    let headers = [(header::LOCATION, to), (header::REFERRER_POLICY, "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn link_ended() -> Problem {
    Fault::not_found(
        "pay.link_ended",
        "Tautan ini sudah tidak berlaku. Masukkan nomor pelanggan Anda untuk melihat tagihan.",
        "This link is no longer valid. Enter your customer number to see the bill.",
    )
    .into()
}

/// The bill of a signed link.
#[utoipa::path(
    get, path = "/pay/t/{token}",
    params(("token" = String, Path), ("lang" = Option<String>, Query)),
    responses((status = 200, content_type = "text/html", body = String))
)]
async fn linked(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    At(token): At<String>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    match paypage::by_link(&mut app.reader(), &token, app.now()).await? {
        None => Err(link_ended()),
        Some(Linked::Settled { .. }) => {
            let words = page.words;
            Ok(page.message(StatusCode::OK, words.link_settled, words.link_settled_text)?)
        }
        Some(Linked::Open { payer, .. }) => {
            let action = format!("/pay/t/{token}");
            let shown = Shown { payer: &payer, action: &action, number: None, linked: true };
            Ok(page.show(StatusCode::OK, "bill.html", None, bill_values(&page, &shown))?)
        }
    }
}

/// Pay the bill of a signed link: on to the gateway.
#[utoipa::path(
    post, path = "/pay/t/{token}",
    params(("token" = String, Path), ("lang" = Option<String>, Query)),
    responses((status = 303))
)]
async fn pay_link(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Extension(address): Extension<Address>,
    At(token): At<String>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    match paypage::by_link(&mut app.reader(), &token, app.now()).await? {
        None => Err(link_ended()),
        Some(Linked::Settled { .. }) => {
            let words = page.words;
            Ok(page.message(StatusCode::OK, words.link_settled, words.link_settled_text)?)
        }
        Some(Linked::Open { payer, invoice }) => {
            let what = IntentFor::Invoice(invoice);
            begin(&app, &page, &payer, (true, &address), &what).await
        }
    }
}

/// How often the page was refreshed by itself.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct StatusQuery {
    #[serde(default)]
    n: u16,
}

/// How far a payment is. Refreshes itself until it is settled.
#[utoipa::path(
    get, path = "/pay/status/{reference}",
    params(
        ("reference" = String, Path), ("n" = Option<u16>, Query), ("lang" = Option<String>, Query)
    ),
    responses((status = 200, content_type = "text/html", body = String))
)]
async fn status(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    At(reference): At<String>,
    Search(query): Search<StatusQuery>,
) -> Result<Response, Problem> {
    let page = Page::at(&app, &uri).await?;
    let found = paypage::status(&mut app.reader(), &reference).await?;
    if found.is_none() && charge::is_one(&mut app.reader(), &reference).await? {
        // A reseller comes back from topping up: the portal shows what became of it.
        return Ok(see_other("/partner/wallet"));
    }
    let Some(found) = found else {
        return Err(Fault::not_found(
            "pay.unknown",
            "Pembayaran itu tidak ada.",
            "There is no such payment.",
        )
        .into());
    };
    let shown = status_words(&page, &found);
    let refresh = matches!(found.progress, Progress::Waiting | Progress::Opening)
        .then(|| again(&page, &reference, query.n));
    let is_open = found.progress == Progress::Waiting;
    let amount = Some(found.intent.amount).filter(|amount| *amount != Money::ZERO);
    let values = context! {
        heading => shown.heading, text => shown.text, note => shown.note,
        good => matches!(found.progress, Progress::Online | Progress::Settled),
        again => found.progress == Progress::Ended,
        amount => amount.map(|amount| amount.to_string()),
        code => found.intent.code.as_ref().filter(|_| is_open),
        url => found.intent.url.as_ref().filter(|_| is_open),
    };
    Ok(page.show(StatusCode::OK, "status.html", refresh, values)?)
}

/// Every two seconds; a page that was left open for minutes asks less often.
fn again(page: &Page, reference: &str, n: u16) -> String {
    let secs = if n < 60 { 2 } else { 15 };
    let (n, lang) = (n.saturating_add(1), page.lang.code());
    format!("{secs};url=/pay/status/{reference}?n={n}&lang={lang}")
}

struct StatusWords {
    heading: &'static str,
    text: &'static str,
    note: Option<String>,
}

fn status_words(page: &Page, status: &Status) -> StatusWords {
    let t = page.words;
    let (heading, text) = match &status.progress {
        Progress::Waiting => (t.waiting, t.waiting_text),
        Progress::Opening => (t.opening, t.opening_text),
        Progress::Online => (t.online, t.online_text),
        Progress::Settled => (t.settled, t.settled_text),
        Progress::StillLimited(_) => (t.still_limited, t.still_limited_text),
        Progress::Ended => (t.ended, t.ended_text),
    };
    let note = match &status.progress {
        Progress::StillLimited(why) if page.lang == Lang::Id => Some(why.id.clone()),
        Progress::StillLimited(why) => Some(why.en.clone()),
        _ => None,
    };
    StatusWords { heading, text, note }
}
