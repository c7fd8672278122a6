//! "Kenapa?": why offline, why isolated, why this amount, in the request's language.

use axum::Json;
use axum::extract::State;
use flows::why::{self, AmountAnswer, AmountPart, Link, Say, Why};
use kernel::{Actor, InvoiceId, Money, SubscriptionId, Ts};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply};
use super::context;
use super::extract::At;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_subscription))
        .routes(routes!(of_invoice))
        .routes(routes!(plain))
}

fn told(say: &Say) -> String {
    say.of(context::lang()).to_owned()
}

/// Why a subscription is as it is.
#[derive(Serialize, ToSchema)]
struct WhyView {
    /// It does not reach the whole internet.
    offline: bool,
    /// `online`, `isolated`, `offline` or `blocked`.
    condition: &'static str,
    /// The cause, stable: `unpaid`, `not_enforced`, `mac_differs`, `nas_down` …
    code: String,
    /// The cause in one sentence. Who may not see invoices hears no amounts.
    sentence: String,
    /// What to say to the customer.
    say: String,
    /// What would change it.
    changes: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
    /// The chain of evidence: rule → invoice → payment → decision → router → session → work order.
    steps: Vec<WhyStep>,
}

/// One link of the chain.
#[derive(Serialize, ToSchema)]
struct WhyStep {
    /// `policy`, `invoice`, `payment`, `desired`, `enforced`, `session`, `reject`, `work_order`
    /// or `ticket`.
    kind: &'static str,
    text: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Ts>,
    /// `false`: this is (a part of) the cause.
    ok: bool,
    /// `ok`, `cause` or `info`.
    state: &'static str,
    /// Where it was seen: the router of a refused login.
    r#ref: Option<String>,
    /// The facts behind it.
    #[schema(value_type = Object)]
    evidence: serde_json::Value,
}

impl From<Link> for WhyStep {
    fn from(link: Link) -> Self {
        let seen_at = link.evidence.get("nas").and_then(|nas| nas.as_str()).map(str::to_owned);
        Self {
            kind: link.step,
            text: told(&link.say),
            at: link.at,
            ok: link.state != "cause",
            state: link.state,
            r#ref: seen_at,
            evidence: link.evidence,
        }
    }
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        Self {
            offline: why.condition != "online",
            condition: why.condition,
            code: why.cause,
            sentence: told(&why.say),
            say: told(&why.say),
            changes: Some(told(&why.remedy)).filter(|text| text != "-"),
            since: why.since,
            steps: why.chain.into_iter().map(WhyStep::from).collect(),
        }
    }
}

/// Why a subscription is online, isolated, offline or blocked.
#[utoipa::path(
    get, path = "/api/v1/why/{subscription}", params(("subscription" = uuid::Uuid, Path)),
    responses((status = 200, body = WhyView))
)]
async fn of_subscription(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<WhyView> {
    let reader = why::Reader::of(&actor);
    let why = why::kenapa(&mut app.reader(), &actor.scope, id, app.now(), reader).await?;
    Ok(Json(why.into()))
}

/// The cause in plain words, for who has nothing to do with routers.
#[derive(Serialize, ToSchema)]
struct PlainWhy {
    /// `online`, `isolated`, `offline` or `blocked`.
    condition: &'static str,
    sentence: String,
    /// What would change it.
    changes: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Ts>,
}

/// Why a subscription is online or not, in plain words: without the evidence of the network.
#[utoipa::path(
    get, path = "/api/v1/access/{subscription}/why",
    params(("subscription" = uuid::Uuid, Path)), responses((status = 200, body = PlainWhy))
)]
async fn plain(
    State(app): State<App>,
    actor: Actor,
    At(id): At<SubscriptionId>,
) -> Reply<PlainWhy> {
    let reader = why::Reader::of(&actor);
    let why = why::kenapa(&mut app.reader(), &actor.scope, id, app.now(), reader).await?;
    Ok(Json(PlainWhy {
        condition: why.condition,
        sentence: told(&why.say),
        changes: Some(told(&why.remedy)).filter(|text| text != "-"),
        since: why.since,
    }))
}

/// Why an invoice has its amount.
#[derive(Serialize, ToSchema)]
struct AmountView {
    /// `whole_period`, `pro_rata`, `plan_change`, `withholding` or `other`.
    code: &'static str,
    sentence: String,
    parts: Vec<AmountPartView>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    outstanding: Money,
}

/// One line of an invoice in words, with its formula.
#[derive(Serialize, ToSchema)]
struct AmountPartView {
    kind: String,
    text: String,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
}

impl From<AmountPart> for AmountPartView {
    fn from(part: AmountPart) -> Self {
        Self { text: told(&part.say), kind: part.kind, base: part.base, tax: part.tax }
    }
}

impl From<AmountAnswer> for AmountView {
    fn from(answer: AmountAnswer) -> Self {
        Self {
            code: answer.cause,
            sentence: told(&answer.say),
            parts: answer.parts.into_iter().map(AmountPartView::from).collect(),
            base: answer.base,
            tax: answer.tax,
            total: answer.total,
            outstanding: answer.outstanding,
        }
    }
}

/// Why an invoice has its amount, line by line.
#[utoipa::path(
    get, path = "/api/v1/why/invoices/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AmountView))
)]
async fn of_invoice(
    State(app): State<App>,
    actor: Actor,
    At(id): At<InvoiceId>,
) -> Reply<AmountView> {
    let amount = why::amount(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(amount.into()))
}
