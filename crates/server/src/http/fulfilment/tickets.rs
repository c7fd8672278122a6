//! Tickets: the list, one ticket, a new one, what is said and shown in it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use flows::tickets::{self as flow, NewReport};
use flows::views::order::{Order, Way};
use flows::views::tickets::{self as view, TicketFilter, TicketRow, TicketSort, With};
use fulfilment::ticket::{self, Category, Priority, TicketState};
use kernel::{
    Actor, BranchId, CustomerId, Fault, Permission, PhotoId, Result as Fallible, SubscriptionId,
    TicketId, WorkOrderId,
};
use serde::{Deserialize, Serialize};
use store::Query;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use super::ticket_view::{FILE, TicketPerson, TicketRowView, TicketView, seen_in};
use crate::http::app::{App, Reply, Written};
use crate::http::cursor;
use crate::http::export::{self, File, FileQuery};
use crate::http::extract::{At, Body, Listing, Raw, Search, page_size};
use crate::http::problem::Problem;
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(export))
        .routes(routes!(find))
        .routes(routes!(comment))
        .routes(routes!(upload))
        .routes(routes!(download))
        .routes(routes!(people))
}

/// The query of the tickets' list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TicketQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// The number, words of the customer's name, phone or address, or part of a live ticket's subject.
    q: Option<String>,
    /// A state, or `unfinished`: whatever somebody still has to do.
    state: Option<String>,
    #[param(value_type = Option<String>)]
    category: Option<Category>,
    #[param(value_type = Option<String>)]
    priority: Option<Priority>,
    /// Who has it: a user's id, `me` or `nobody`.
    assignee: Option<String>,
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    #[param(value_type = Option<String>)]
    subscription: Option<SubscriptionId>,
    #[param(value_type = Option<String>)]
    work_order: Option<WorkOrderId>,
    /// `true`: only those whose time was over. For staff.
    #[serde(default)]
    late: bool,
    /// `newest` (when not given), `due` (for staff) or `changed`.
    #[param(value_type = Option<String>)]
    sort: Option<TicketSort>,
    /// `asc` or `desc`; as people look first when not given.
    #[param(value_type = Option<String>)]
    dir: Option<Way>,
}

impl TicketQuery {
    fn filter(self, actor: &Actor) -> Fallible<TicketFilter> {
        let unfinished = self.state.as_deref() == Some("unfinished");
        let state = self.state.filter(|_| !unfinished).map(|word| known(&word)).transpose()?;
        // How we work is not an outsider's to ask by.
        let is_staff = !ticket::is_outsider(actor);
        let with = self.assignee.filter(|_| is_staff);
        let with = with.map(|word| with_whom(&word, actor)).transpose()?;
        Ok(TicketFilter {
            text: self.q,
            state,
            unfinished,
            category: self.category,
            priority: self.priority,
            with,
            customer: self.customer,
            subscription: self.subscription,
            work_order: self.work_order,
            breached: self.late && is_staff,
            order: Order::of(
                self.sort.filter(|sort| is_staff || *sort != TicketSort::Due),
                self.dir,
            ),
        })
    }
}

fn with_whom(word: &str, actor: &Actor) -> Fallible<With> {
    let user = match word {
        "nobody" => return Ok(With::Nobody),
        "me" => actor.user(),
        id => id.parse().ok(),
    };
    user.map(With::User).ok_or_else(|| {
        let (id, en) = ("harus id pengguna, me atau nobody", "must be a user's id, me or nobody");
        Fault::field("assignee", "choice", id, en)
    })
}

fn known(word: &str) -> Fallible<TicketState> {
    TicketState::parse(word).ok_or_else(|| {
        let all: Vec<&str> = TicketState::ALL.iter().map(|state| state.as_str()).collect();
        let all = format!("{}, unfinished", all.join(", "));
        let (id, en) = (format!("harus salah satu dari: {all}"), format!("must be one of: {all}"));
        Fault::field("state", "choice", id, en)
    })
}

async fn page(
    q: &mut dyn Query,
    actor: &Actor,
    filter: &TicketFilter,
    after: Option<&str>,
    limit: i64,
) -> Fallible<Listing<TicketRowView>> {
    let after = cursor::read(after)?;
    let rows = view::list(q, &actor.scope, filter, after.as_ref(), limit + 1).await?;
    let place = |row: &TicketRow| cursor::write(&filter.order.place(row));
    Ok(Listing::page(rows, limit, place, |row| TicketRowView::of(row, actor)))
}

/// Tickets, newest first, or by when their time is over.
///
/// A technician finds those given to them and those of their own work orders; a reseller those of the own
/// sub-customers, a customer the own ones, both without how staff work on them.
#[utoipa::path(
    get, path = "/api/v1/tickets", params(TicketQuery),
    responses((status = 200, body = Listing<TicketRowView>))
)]
async fn list(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<TicketQuery>,
) -> Reply<Listing<TicketRowView>> {
    let (limit, after) = (page_size(query.limit), query.after.clone());
    let filter = query.filter(&actor)?;
    Ok(Json(page(&mut app.reader(), &actor, &filter, after.as_deref(), limit).await?))
}

/// Tickets of a filter as a file.
#[utoipa::path(
    get, path = "/api/v1/tickets/export", params(TicketQuery, FileQuery),
    responses((status = 200, content_type = "text/csv", body = Vec<u8>))
)]
async fn export(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<TicketQuery>,
    file: File,
) -> Result<Response, Problem> {
    let filter = query.filter(&actor)?;
    let mut out = export::begin(&app, &actor, &FILE, file).await?;
    let mut after = None;
    loop {
        let page = page(&mut app.reader(), &actor, &filter, after.as_deref(), export::PAGE).await?;
        after = out.put(page).await?;
        if after.is_none() {
            return out.finish().await;
        }
    }
}

/// One ticket, with its story.
#[utoipa::path(
    get, path = "/api/v1/tickets/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = TicketView))
)]
async fn find(State(app): State<App>, actor: Actor, At(id): At<TicketId>) -> Reply<TicketView> {
    let page = view::page(&mut app.reader(), &actor, id).await?;
    Ok(Json(TicketView::of(page, &actor, app.now())))
}

/// What somebody reports.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenTicket {
    /// Left out by a customer, and where the subscription or work order says it.
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// A visit that it is about.
    #[schema(value_type = Option<String>, format = Uuid)]
    work_order_id: Option<WorkOrderId>,
    /// `no_internet`, `slow`, `unstable`, `device`, `billing`, `request` or `other`.
    #[schema(value_type = String)]
    category: Category,
    /// `low`, `normal`, `high` or `urgent`; for staff. The category's own when left out.
    #[schema(value_type = Option<String>)]
    priority: Option<Priority>,
    /// In one line; the category's words when left out.
    #[serde(default)]
    subject: String,
    text: String,
}

/// Open a ticket.
///
/// 409 `fulfilment.ticket_already_open` when the subscription has a live ticket of the same fault. The
/// customer is told.
#[utoipa::path(
    post, path = "/api/v1/tickets", request_body = OpenTicket,
    responses((status = 201, body = TicketView))
)]
async fn open(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<OpenTicket>,
) -> Written<TicketView> {
    let report = NewReport {
        customer: body.customer_id,
        subscription: body.subscription_id,
        work_order: body.work_order_id,
        category: body.category,
        priority: body.priority,
        subject: body.subject,
        text: body.text,
    };
    app.create(&actor, async move |tx| {
        let ticket = flow::open(tx, report).await.map_err(|fault| on_wire(fault, NAMES))?;
        seen_in(tx, ticket.id).await
    })
    .await
}

/// Something to say.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TicketComment {
    text: String,
    /// Among staff: the customer does not read it.
    #[serde(default)]
    internal: bool,
}

/// Say something in a ticket.
///
/// What the customer's side says answers a question that waits.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/comments", params(("id" = uuid::Uuid, Path)),
    request_body = TicketComment, responses((status = 200, body = TicketView))
)]
async fn comment(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Body(body): Body<TicketComment>,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::comment(tx, id, &body.text, body.internal).await?;
        seen_in(tx, id).await
    })
    .await
}

/// Whom a picture is for.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TicketPhotoQuery {
    /// `true`: among staff.
    #[serde(default)]
    internal: bool,
}

/// Send a picture.
///
/// The body is the picture itself: JPEG, PNG or WebP by its first bytes, at most 2 MB. The same picture
/// again changes nothing.
#[utoipa::path(
    post, path = "/api/v1/tickets/{id}/photos", params(("id" = uuid::Uuid, Path), TicketPhotoQuery),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = TicketView))
)]
async fn upload(
    State(app): State<App>,
    actor: Actor,
    At(id): At<TicketId>,
    Search(query): Search<TicketPhotoQuery>,
    Raw(bytes): Raw,
) -> Written<TicketView> {
    app.write(&actor, async move |tx| {
        ticket::attach(tx, id, bytes.to_vec(), query.internal).await?;
        seen_in(tx, id).await
    })
    .await
}

/// A picture's bytes.
#[utoipa::path(
    get, path = "/api/v1/ticket-photos/{id}", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The picture", content_type = "image/*", body = Vec<u8>))
)]
async fn download(
    State(app): State<App>,
    actor: Actor,
    At(id): At<PhotoId>,
) -> Result<Response, Problem> {
    let picture = ticket::picture(&mut app.reader(), &actor, id).await?;
    Ok(([(header::CONTENT_TYPE, picture.mime)], picture.bytes).into_response())
}

/// Somebody who can be given tickets.
#[derive(Serialize, ToSchema)]
struct TicketHand {
    #[serde(flatten)]
    person: TicketPerson,
    /// Their roles, to choose by.
    #[schema(value_type = Vec<String>)]
    roles: Vec<identity::Role>,
}

/// Whose tickets.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TicketPeopleQuery {
    /// A ticket's branch; of all when left out, and one's own for those who are bound to one.
    #[param(value_type = Option<String>)]
    branch: Option<BranchId>,
}

/// The people who can be given tickets: of a branch and of every branch.
#[utoipa::path(
    get, path = "/api/v1/ticket-people", params(TicketPeopleQuery), responses((status = 200, body = Listing<TicketHand>))
)]
async fn people(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<TicketPeopleQuery>,
) -> Reply<Listing<TicketHand>> {
    let branch = actor.scope.branch.or(query.branch);
    let able = identity::staff_who_may(&mut app.reader(), branch, Permission::TicketHandle).await?;
    let hand = |user: identity::User| {
        let person = TicketPerson { id: user.id, name: user.name };
        TicketHand { person, roles: user.roles }
    };
    Ok(Json(Listing::whole(able.into_iter().map(hand).collect())))
}

#[cfg(test)]
mod tests {
    use kernel::UserId;

    use super::*;

    #[test]
    fn a_queue_is_ones_own_nobodys_or_somebodys() {
        let mut actor = Actor::public(None);
        actor.who = kernel::actor::Who::User(UserId::nil());
        assert_eq!(with_whom("me", &actor).unwrap(), With::User(UserId::nil()));
        assert_eq!(with_whom("nobody", &actor).unwrap(), With::Nobody);
        assert_eq!(with_whom("siti", &actor).unwrap_err().fields[0].name, "assignee");
        assert_eq!(known("unfinishe").unwrap_err().fields[0].name, "state");
    }
}
