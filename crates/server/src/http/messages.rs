//! The message box: what was or will be said, and trying a dead message again.

use axum::Json;
use axum::extract::State;
use flows::views::messages::{self, AttemptRow, Condition, MessageFilter, MessageRow};
use kernel::{Actor, CustomerId, MessageId, Permission, Result as Fallible, Ts};
use notification::ChannelKind;
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::{App, Reply, Written};
use super::can::Can;
use super::extract::{At, Body, Listing, Search, page_size};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(find))
        .routes(routes!(retry))
        .routes(routes!(wishes, wish))
}

/// A message.
#[derive(Serialize, ToSchema)]
struct MessageView {
    #[schema(value_type = String, format = Uuid)]
    id: MessageId,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    customer_name: Option<String>,
    /// `whatsapp`, `sms`, `email` or `telegram`.
    #[schema(value_type = String)]
    channel: ChannelKind,
    address: String,
    /// `id` or `en`.
    lang: String,
    template: String,
    subject: String,
    body: String,
    /// `queued`, `failed` (will be tried again), `sent`, `dead` (needs a person) or `expired` (nobody sent it
    /// while it was worth telling).
    #[schema(value_type = String)]
    state: Condition,
    attempts: i64,
    /// When it is tried next; null when it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Ts>,
    last_error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Ts,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Ts>,
    can: MessageCan,
}

/// What can be done with a message now.
#[derive(Serialize, ToSchema)]
struct MessageCan {
    retry: Can,
}

impl MessageView {
    fn of(row: MessageRow, actor: &Actor) -> Self {
        let state = row.condition();
        let waits = matches!(state, Condition::Queued | Condition::Failed);
        let dead = match state {
            Condition::Dead | Condition::Expired => Ok(()),
            _ => Err(notification::outbox::not_dead(state.as_str())),
        };
        let retry = Can::when(actor.require(Permission::MessageWrite).and(dead));
        Self {
            id: row.id,
            customer_id: row.customer_id,
            customer_name: row.customer_name,
            channel: row.channel,
            address: row.address,
            lang: row.lang,
            template: row.template,
            subject: row.subject,
            body: row.body,
            state,
            attempts: row.attempts,
            next_attempt_at: waits.then_some(row.next_attempt_at),
            last_error: row.last_error,
            created_at: row.created_at,
            sent_at: row.sent_at,
            can: MessageCan { retry },
        }
    }
}

/// The query of the messages' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MessageQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<MessageId>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// Part of the customer's name, number or phone.
    q: Option<String>,
    /// `queued`, `failed`, `sent`, `dead` or `expired`.
    #[param(value_type = Option<String>)]
    state: Option<Condition>,
    /// `whatsapp`, `sms`, `email` or `telegram`.
    #[param(value_type = Option<String>)]
    channel: Option<ChannelKind>,
    /// Messages to this customer.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
}

/// Messages, newest first.
#[utoipa::path(
    get, path = "/api/v1/messages", params(MessageQuery),
    responses((status = 200, body = Listing<MessageView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<MessageQuery>,
) -> Reply<Listing<MessageView>> {
    let limit = page_size(query.limit);
    let filter = MessageFilter {
        condition: query.state,
        channel: query.channel,
        customer: query.customer,
        text: query.q,
    };
    let rows =
        messages::list(&mut app.reader(), &actor.scope, &filter, query.after, limit + 1).await?;
    let view = |row| MessageView::of(row, &actor);
    Ok(Json(Listing::page(rows, limit, |row| row.id.to_string(), view)))
}

/// A message with its tries.
#[derive(Serialize, ToSchema)]
struct MessageDetail {
    #[serde(flatten)]
    message: MessageView,
    tries: Vec<MessageTry>,
}

/// One try to send a message.
#[derive(Serialize, ToSchema)]
struct MessageTry {
    attempt: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Ts,
    /// `sent`, `queued` (again) or `dead`.
    outcome: String,
    /// What the channel said.
    detail: Option<String>,
}

impl From<AttemptRow> for MessageTry {
    fn from(row: AttemptRow) -> Self {
        let AttemptRow { attempt, at, outcome, detail } = row;
        Self { attempt, at, outcome, detail }
    }
}

impl MessageDetail {
    fn of((message, tries): (MessageRow, Vec<AttemptRow>), actor: &Actor) -> Self {
        let tries = tries.into_iter().map(MessageTry::from).collect();
        Self { message: MessageView::of(message, actor), tries }
    }
}

/// One message.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MessageDetail))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<MessageId>) -> Reply<MessageDetail> {
    let found = messages::find(&mut app.reader(), &actor.scope, id).await?;
    Ok(Json(MessageDetail::of(found, &actor)))
}

/// Put a dead or expired message back into the queue.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/retry", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MessageDetail))
)]
async fn retry(
    State(app): State<App>,
    actor: Actor,
    At(id): At<MessageId>,
) -> Written<MessageDetail> {
    app.write(&actor, async move |tx| {
        notification::outbox::retry(tx, id).await?;
        detail(tx, id).await
    })
    .await
}

/// The message as the transaction sees it.
async fn detail(tx: &mut Tx, id: MessageId) -> Fallible<MessageDetail> {
    let actor = tx.actor().clone();
    let found = messages::find(tx, &actor.scope, id).await?;
    Ok(MessageDetail::of(found, &actor))
}

/// By what a customer wants no messages.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageWishes {
    /// `whatsapp`, `sms`, `email`, `telegram`.
    #[schema(value_type = Vec<String>)]
    opted_out: Vec<ChannelKind>,
}

/// By what a customer wants no messages.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/messages", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MessageWishes))
)]
async fn wishes(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
) -> Reply<MessageWishes> {
    let mut q = app.reader();
    crm::customer::find(&mut q, &actor.scope, id).await?;
    Ok(Json(MessageWishes { opted_out: notification::opted_out(&mut q, id).await? }))
}

/// Say by what a customer wants no messages.
///
/// What is not in the list is wanted again. Messages that wait already still go.
#[utoipa::path(
    put, path = "/api/v1/customers/{id}/messages", params(("id" = uuid::Uuid, Path)),
    request_body = MessageWishes, responses((status = 200, body = MessageWishes))
)]
async fn wish(
    State(app): State<App>,
    actor: Actor,
    At(id): At<CustomerId>,
    Body(body): Body<MessageWishes>,
) -> Written<MessageWishes> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        crm::customer::find(tx, &scope, id).await?;
        for channel in ChannelKind::ALL {
            if body.opted_out.contains(channel) {
                notification::opt_out(tx, id, *channel).await?;
            } else {
                notification::opt_in(tx, id, *channel).await?;
            }
        }
        Ok(MessageWishes { opted_out: notification::opted_out(tx, id).await? })
    })
    .await
}
