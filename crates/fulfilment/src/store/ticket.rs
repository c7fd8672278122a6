//! Tickets, their stories and pictures.

use kernel::{Fault, PhotoId, Result, Scope, TicketEntryId, TicketId, Ts, WorkOrderId};
use store::{Query, QueryExt, Tx, args};

use crate::photo::Picture;
use crate::ticket::{Entry, EntryKind, Side, Ticket};

const COLUMNS: &str = "id, number, category, priority, state, subject, source, customer_id, \
     subscription_id, branch_id, partner_id, work_order_id, assignee_id, resolution, hours, \
     target_secs, spent_micros, running_since, due_at, breached_at, suggest_resolve, reopened, \
     created_at, changed_at, resolved_at, closed_at, version";

/// Branch `$1`, reseller `$2`, customer `$3`, technician `$4`: theirs, or of a visit of theirs.
const IN_SCOPE: &str = "($1 is null or branch_id = $1) and ($2 is null or partner_id = $2) \
     and ($3 is null or customer_id = $3) and ($4 is null or assignee_id = $4 or exists (select 1 \
       from fulfilment_technician t where t.work_order_id = fulfilment_ticket.work_order_id \
         and t.user_id = $4))";

pub(crate) async fn insert(tx: &mut Tx, t: &Ticket) -> Result<()> {
    let places: Vec<String> = (1..=27).map(|n| format!("${n}")).collect();
    let sql = format!("insert into fulfilment_ticket ({COLUMNS}) values ({})", places.join(","));
    tx.exec(
        &sql,
        args![
            t.id,
            t.number,
            t.category,
            t.priority,
            t.state,
            t.subject,
            t.source,
            t.customer_id,
            t.subscription_id,
            t.branch_id,
            t.partner_id,
            t.work_order_id,
            t.assignee_id,
            t.resolution,
            t.hours,
            t.target_secs,
            t.spent_micros,
            t.running_since,
            t.due_at,
            t.breached_at,
            t.suggest_resolve,
            t.reopened,
            t.created_at,
            t.changed_at,
            t.resolved_at,
            t.closed_at,
            t.version
        ],
    )
    .await?;
    Ok(())
}

/// Writes everything that may change; the row's lock was taken before, so nobody came in between.
pub(crate) async fn save(tx: &mut Tx, t: &Ticket) -> Result<()> {
    let changed = tx
        .exec(
            "update fulfilment_ticket set priority = $2, state = $3, work_order_id = $4,
               assignee_id = $5, resolution = $6, hours = $7, target_secs = $8,
               spent_micros = $9, running_since = $10, due_at = $11, breached_at = $12,
               suggest_resolve = $13, reopened = $14, changed_at = $15, resolved_at = $16,
               closed_at = $17, version = version + 1
             where id = $1 and version = $18",
            args![
                t.id,
                t.priority,
                t.state,
                t.work_order_id,
                t.assignee_id,
                t.resolution,
                t.hours,
                t.target_secs,
                t.spent_micros,
                t.running_since,
                t.due_at,
                t.breached_at,
                t.suggest_resolve,
                t.reopened,
                t.changed_at,
                t.resolved_at,
                t.closed_at,
                t.version
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Fault::bug("a ticket changed while it was locked")) }
}

/// Holds the ticket's row until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: TicketId) -> Result<()> {
    tx.exec("update fulfilment_ticket set version = version where id = $1", args![id]).await?;
    Ok(())
}

pub(crate) async fn find(q: &mut dyn Query, scope: &Scope, id: TicketId) -> Result<Option<Ticket>> {
    let sql = format!("select {COLUMNS} from fulfilment_ticket where {IN_SCOPE} and id = $5");
    let values = args![scope.branch, scope.partner, scope.customer, scope.technician, id];
    q.row_opt(&sql, values).await
}

/// The number of the live ticket of the same fault, if there is one.
pub(crate) async fn live_of(q: &mut dyn Query, t: &Ticket) -> Result<Option<String>> {
    let Some(subscription) = t.subscription_id.filter(|_| t.category.is_fault()) else {
        return Ok(None);
    };
    q.value_opt(
        "select number from fulfilment_ticket where subscription_id = $1 and category = $2
         and state not in ('resolved', 'closed') limit 1",
        args![subscription, t.category],
    )
    .await
}

pub(crate) async fn of_order(q: &mut dyn Query, order: WorkOrderId) -> Result<Vec<TicketId>> {
    q.values("select id from fulfilment_ticket where work_order_id = $1 order by id", args![order])
        .await
}

pub(crate) async fn overdue(q: &mut dyn Query, now: Ts, limit: i64) -> Result<Vec<TicketId>> {
    q.values(
        "select id from fulfilment_ticket where due_at <= $1 and breached_at is null
         order by due_at, id limit $2",
        args![now, limit],
    )
    .await
}

pub(crate) async fn resolved_before(
    q: &mut dyn Query,
    before: Ts,
    limit: i64,
) -> Result<Vec<TicketId>> {
    q.values(
        "select id from fulfilment_ticket where state = 'resolved' and resolved_at < $1
         order by resolved_at, id limit $2",
        args![before, limit],
    )
    .await
}

/// Adds a line to the ticket's story, by the one who acts, before the change is counted in its version.
pub(crate) async fn add_entry(
    tx: &mut Tx,
    ticket: &Ticket,
    kind: EntryKind,
    is_public: bool,
    text: &str,
    photo: Option<PhotoId>,
) -> Result<TicketEntryId> {
    let id: TicketEntryId = tx.new_id();
    let side = Side::of(tx.actor());
    let (actor, name) = (tx.actor().tag(), tx.actor().name.clone());
    tx.exec(
        "insert into fulfilment_ticket_entry (id, ticket_id, version, at, kind, is_public, side,
           actor, actor_name, text, photo_id) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        args![
            id,
            ticket.id,
            ticket.version,
            tx.now(),
            kind,
            is_public,
            side,
            actor,
            name,
            text,
            photo
        ],
    )
    .await?;
    Ok(id)
}

pub(crate) async fn entries(
    q: &mut dyn Query,
    id: TicketId,
    public_only: bool,
) -> Result<Vec<Entry>> {
    q.rows(
        "select id, ticket_id, at, kind, is_public, side, actor, actor_name, text, photo_id
         from fulfilment_ticket_entry where ticket_id = $1 and ($2 = false or is_public)
         order by version, id",
        args![id, public_only],
    )
    .await
}

pub(crate) async fn photo_known(
    q: &mut dyn Query,
    id: TicketId,
    hash: &[u8],
) -> Result<Option<PhotoId>> {
    q.value_opt(
        "select id from fulfilment_ticket_photo where ticket_id = $1 and sha256 = $2",
        args![id, hash],
    )
    .await
}

pub(crate) async fn photo_count(q: &mut dyn Query, id: TicketId) -> Result<i64> {
    q.value("select count(*) from fulfilment_ticket_photo where ticket_id = $1", args![id]).await
}

pub(crate) async fn add_photo(
    tx: &mut Tx,
    (ticket, photo): (TicketId, PhotoId),
    hash: &[u8],
    is_public: bool,
    picture: &Picture,
) -> Result<()> {
    tx.exec(
        "insert into fulfilment_ticket_photo (id, ticket_id, sha256, is_public, mime, bytes,
           received_at) values ($1,$2,$3,$4,$5,$6,$7)",
        args![photo, ticket, hash, is_public, picture.mime, picture.bytes, tx.now()],
    )
    .await?;
    Ok(())
}

/// The ticket of a picture that the reader's side may see.
pub(crate) async fn ticket_of_photo(
    q: &mut dyn Query,
    photo: PhotoId,
    public_only: bool,
) -> Result<Option<TicketId>> {
    q.value_opt(
        "select ticket_id from fulfilment_ticket_photo where id = $1 and ($2 = false or is_public)",
        args![photo, public_only],
    )
    .await
}

pub(crate) async fn picture(q: &mut dyn Query, photo: PhotoId) -> Result<Option<Picture>> {
    q.row_opt("select mime, bytes from fulfilment_ticket_photo where id = $1", args![photo]).await
}
