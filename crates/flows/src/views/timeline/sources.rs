//! Where the entries come from: one read a room, each by an index on the customer or subscription.

use fulfilment::ticket::Category;
use kernel::{Day, Lang, LeadId, Money, Permission, Result, Ts};
use store::{Query, QueryExt};
use uuid::Uuid;

use super::{Ask, Entry, Link, Raw, words};
use crate::views::narrow::Narrow;
use crate::why::Say;

/// Conditions common to all: of this customer, after the place where the last page ended.
fn of_customer(ask: &Ask<'_>, column: &str, at: &str, id: &str) -> Narrow {
    let mut narrow = Narrow::default();
    narrow.when(Some(ask.customer), &format!("{column} = ?"));
    after(&mut narrow, ask, at, id);
    narrow
}

/// As [`of_customer`] for what hangs on the customer's subscriptions.
fn of_subscriptions(ask: &Ask<'_>, column: &str, at: &str, id: &str) -> Narrow {
    let subscriptions = "select b.id from billing_subscription b where b.customer_id = ?";
    let mut narrow = Narrow::default();
    narrow.when(Some(ask.customer), &format!("{column} in ({subscriptions})"));
    after(&mut narrow, ask, at, id);
    narrow
}

fn after(narrow: &mut Narrow, ask: &Ask<'_>, at: &str, id: &str) {
    if let Some((then, last)) = ask.after {
        let (then, last) = (narrow.bind(then), narrow.bind(last));
        narrow.only(&format!("({at} < {then} or ({at} = {then} and {id} < {last}))"));
    }
}

/// The query's text from its head to its end, newest first.
fn newest(head: &str, mut narrow: Narrow, ask: &Ask<'_>, at: &str, id: &str) -> (String, Narrow) {
    let limit = narrow.bind(ask.limit);
    let sql = format!("{head} {} order by {at} desc, {id} desc limit {limit}", narrow.clause());
    (sql, narrow)
}

fn entry(at: Ts, id: Uuid, kind: &'static str, say: Say, link: Option<Link>) -> Entry {
    Entry { at, id, kind, say, by: None, link }
}

store::row! { struct OrderRow { id: Uuid, created_at: Ts, number: String, plan: Option<String>,
seller: Option<String>, lead_id: Option<LeadId> } }

pub(super) async fn orders(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_customer(ask, "t.customer_id", "t.created_at", "t.id");
    let head = "select t.id, t.created_at, t.number, p.name as plan, u.name as seller, t.lead_id
        from crm_order t left join catalog_plan p on p.id = t.plan_id
        left join identity_user u on u.id = t.sold_by";
    let (sql, narrow) = newest(head, narrow, ask, "t.created_at", "t.id");
    let rows: Vec<OrderRow> = q.rows(&sql, narrow.into_args()).await?;
    let may_open = ask.may(Permission::LeadRead);
    let raw = |r: OrderRow| {
        let plan = r.plan.unwrap_or_default();
        let say = Say::new(
            format!("Pendaftaran {}: {plan}", r.number),
            format!("Order {}: {plan}", r.number),
        );
        let link = r.lead_id.filter(|_| may_open).map(|id| Link::Lead(id.uuid()));
        let made = entry(r.created_at, r.id, "lead", say, link);
        Raw { entry: Entry { by: r.seller, ..made }, tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct InvoiceRow { id: Uuid, issued_at: Ts, number: Option<String>, kind: String,
period_from: Day, total: Money, due_on: Day } }

pub(super) async fn invoices(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_customer(ask, "t.customer_id", "t.issued_at", "t.id");
    narrow.only("t.issued_at is not null");
    let head = "select t.id, t.issued_at, t.number, t.kind, t.period_from, t.total, t.due_on
        from billing_invoice t";
    let (sql, narrow) = newest(head, narrow, ask, "t.issued_at", "t.id");
    let rows: Vec<InvoiceRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: InvoiceRow| {
        let number = r.number.unwrap_or_default();
        let month = |lang| match r.kind.as_str() {
            "regular" => format!(" {}", r.period_from.month_name(lang)),
            _ => String::new(),
        };
        let say = Say::new(
            format!(
                "Tagihan {number}{} terbit: {}, jatuh tempo {}",
                month(Lang::Id),
                r.total,
                r.due_on.short(Lang::Id)
            ),
            format!(
                "Invoice {number}{} issued: {}, due {}",
                month(Lang::En),
                r.total,
                r.due_on.short(Lang::En)
            ),
        );
        let link = Some(Link::Invoice(r.id));
        Raw { entry: entry(r.issued_at, r.id, "invoice", say, link), tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct CreditRow { id: Uuid, issued_at: Ts, number: String, invoice_id: Uuid,
invoice: Option<String>, total: Money, why: String } }

pub(super) async fn credit_notes(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_customer(ask, "t.customer_id", "t.issued_at", "t.id");
    let head =
        "select t.id, t.issued_at, t.number, t.invoice_id, i.number as invoice, t.total, t.why
        from billing_credit_note t left join billing_invoice i on i.id = t.invoice_id";
    let (sql, narrow) = newest(head, narrow, ask, "t.issued_at", "t.id");
    let rows: Vec<CreditRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: CreditRow| {
        let (number, invoice) = (&r.number, r.invoice.unwrap_or_default());
        let say = Say::new(
            format!("Nota kredit {number} untuk {invoice}: {} ({})", r.total, r.why),
            format!("Credit note {number} for {invoice}: {} ({})", r.total, r.why),
        );
        let link = Some(Link::Invoice(r.invoice_id));
        Raw { entry: entry(r.issued_at, r.id, "invoice", say, link), tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct PaymentRow { id: Uuid, received_at: Ts, receipt_number: Option<String>,
channel: String, amount: Money, state: String, recorded_by: String } }

pub(super) async fn payments(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_customer(ask, "t.customer_id", "t.received_at", "t.id");
    let head = "select t.id, t.received_at, t.receipt_number, t.channel, t.amount, t.state,
        t.recorded_by from billing_payment t";
    let (sql, narrow) = newest(head, narrow, ask, "t.received_at", "t.id");
    let rows: Vec<PaymentRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: PaymentRow| {
        let (id, en) = words::channel(&r.channel);
        let receipt = r.receipt_number.map(|n| format!(" ({n})")).unwrap_or_default();
        let (waits_id, waits_en) = match r.state.as_str() {
            "pending" => (", menunggu kepastian", ", not certain yet"),
            _ => ("", ""),
        };
        let say = Say::new(
            format!("Bayar {} lewat {id}{receipt}{waits_id}", r.amount),
            format!("Paid {} by {en}{receipt}{waits_en}", r.amount),
        );
        let made = entry(r.received_at, r.id, "payment", say, None);
        Raw { entry: made, tag: Some(r.recorded_by) }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct ReversalRow { id: Uuid, reversed_at: Ts, receipt_number: Option<String>,
amount: Money, reversed_why: Option<String> } }

pub(super) async fn reversals(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_customer(ask, "t.customer_id", "t.reversed_at", "t.id");
    narrow.only("t.reversed_at is not null");
    let head = "select t.id, t.reversed_at, t.receipt_number, t.amount, t.reversed_why
        from billing_payment t";
    let (sql, narrow) = newest(head, narrow, ask, "t.reversed_at", "t.id");
    let rows: Vec<ReversalRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: ReversalRow| {
        let (receipt, why) =
            (r.receipt_number.unwrap_or_default(), r.reversed_why.unwrap_or_default());
        let say = Say::new(
            format!("Pembayaran {} ({receipt}) dibatalkan: {why}", r.amount),
            format!("The payment of {} ({receipt}) was taken back: {why}", r.amount),
        );
        Raw { entry: entry(r.reversed_at, r.id, "payment", say, None), tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct JournalRow { id: Uuid, recorded_at: Ts, actor: String, action: String,
number: String } }

pub(super) async fn subscriptions(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_subscriptions(ask, "t.subject_id", "t.recorded_at", "t.id");
    // Isolation and the like are told by the history of access, in the decision's own words.
    let actions = words::subscription_actions();
    narrow.only(&format!("t.subject = 'subscription' and t.action in ({actions})"));
    let head = "select t.id, t.recorded_at, t.actor, t.action, s.number
        from store_journal t join billing_subscription s on s.id = t.subject_id";
    let (sql, narrow) = newest(head, narrow, ask, "t.recorded_at", "t.id");
    let rows: Vec<JournalRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: JournalRow| {
        let say = words::subscription(&r.action, &r.number);
        let made = entry(r.recorded_at, r.id, "subscription", say, None);
        Raw { entry: made, tag: Some(r.actor) }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct AccessRow { id: Uuid, at: Ts, desired: String, why: serde_json::Value,
actor: String } }

pub(super) async fn access(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_subscriptions(ask, "t.subscription_id", "t.at", "t.id");
    narrow.only("t.effect = true");
    let head = "select t.id, t.at, t.desired, t.why, t.actor from network_access_change t";
    let (sql, narrow) = newest(head, narrow, ask, "t.at", "t.id");
    let rows: Vec<AccessRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: AccessRow| {
        let why = crate::views::online::said(&r.why);
        let (id, en) = match r.desired.as_str() {
            "full" => ("Akses dibuka", "Access opened"),
            "isolated" => ("Diisolir", "Isolated"),
            _ => ("Akses ditutup", "Access closed"),
        };
        let say = Say::new(format!("{id}: {}", why.id), format!("{en}: {}", why.en));
        Raw { entry: entry(r.at, r.id, "access", say, None), tag: Some(r.actor) }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct SessionRow { id: Uuid, started_at: Ts, stopped_at: Option<Ts>,
nas: Option<String>, framed_ip: Option<String>, cause: Option<String> } }

pub(super) async fn sessions(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_subscriptions(ask, "t.subscription_id", "t.started_at", "t.id");
    let head = "select t.id, t.started_at, t.stopped_at, n.name as nas, t.framed_ip, t.cause
        from network_session t left join network_nas n on n.id = t.nas_id";
    let (sql, narrow) = newest(head, narrow, ask, "t.started_at", "t.id");
    let rows: Vec<SessionRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: SessionRow| {
        let nas = r.nas.unwrap_or_default();
        let ip = r.framed_ip.map(|ip| format!(" ({ip})")).unwrap_or_default();
        let cause = r.cause.map(|cause| format!(", {cause}")).unwrap_or_default();
        let until = |lang| r.stopped_at.map(|at| at.local_text(ask.zone, lang));
        let end_id = until(Lang::Id).map(|at| format!(" sampai {at}{cause}")).unwrap_or_default();
        let end_en = until(Lang::En).map(|at| format!(" until {at}{cause}")).unwrap_or_default();
        let say = Say::new(
            format!("Online di {nas}{ip}{end_id}"),
            format!("Online at {nas}{ip}{end_en}"),
        );
        Raw { entry: entry(r.started_at, r.id, "session", say, None), tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct StepRow { id: Uuid, occurred_at: Ts, step: String, detail: Option<String>,
user_id: Option<Uuid>, actor_name: String, order_id: Uuid, number: String, kind: String } }

pub(super) async fn steps(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_customer(ask, "w.customer_id", "t.occurred_at", "t.id");
    let head = "select t.id, t.occurred_at, t.step, t.detail, t.user_id, t.actor_name,
        w.id as order_id, w.number, w.kind
        from fulfilment_work_order w join fulfilment_step t on t.work_order_id = w.id";
    let (sql, narrow) = newest(head, narrow, ask, "t.occurred_at", "t.id");
    let rows: Vec<StepRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: StepRow| {
        let say = words::step(&r.step, &r.number, &r.kind, r.detail.as_deref());
        let by = r.user_id.map(|_| r.actor_name);
        let link = Some(Link::WorkOrder(r.order_id));
        let made = entry(r.occurred_at, r.id, "work_order", say, link);
        Raw { entry: Entry { by, ..made }, tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct TicketRow { id: Uuid, at: Ts, kind: String, text: String, actor: String,
ticket_id: Uuid, number: String, category: Category } }

/// What became of the customer's tickets; what was said in them stands there.
pub(super) async fn tickets(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_customer(ask, "k.customer_id", "t.at", "t.id");
    narrow.only(words::TICKET_STEPS);
    if fulfilment::ticket::is_outsider(ask.actor) {
        narrow.only("t.is_public");
    }
    let head = "select t.id, t.at, t.kind, t.text, t.actor, k.id as ticket_id, k.number, k.category
        from fulfilment_ticket k join fulfilment_ticket_entry t on t.ticket_id = k.id";
    let (sql, narrow) = newest(head, narrow, ask, "t.at", "t.id");
    let rows: Vec<TicketRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: TicketRow| {
        let say = words::ticket(&r.kind, &r.number, r.category, &r.text);
        let link = Some(Link::Ticket(r.ticket_id));
        Raw { entry: entry(r.at, r.id, "ticket", say, link), tag: Some(r.actor) }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct MoveRow { id: Uuid, at: Ts, actor: String, to_state: String, serial: String,
kind: Option<String> } }

pub(super) async fn items(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let mut narrow = of_subscriptions(ask, "t.subscription_id", "t.at", "t.id");
    // Moves are kept by item: those that are, or by a work order were, at this customer's.
    narrow.when(
        Some(ask.customer),
        "t.item_id in (
           select y.id from inventory_item y join billing_subscription b on b.id = y.subscription_id
             where b.customer_id = ?
           union select w.item_id from fulfilment_work_order w
             where w.customer_id = ? and w.item_id is not null)",
    );
    let head = "select t.id, t.at, t.actor, t.to_state, i.serial, y.name as kind
        from inventory_move t join inventory_item i on i.id = t.item_id
        left join inventory_item_type y on y.id = i.type_id";
    let (sql, narrow) = newest(head, narrow, ask, "t.at", "t.id");
    let rows: Vec<MoveRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: MoveRow| {
        let say = words::item(&r.to_state, &r.kind.unwrap_or_default(), &r.serial);
        let link = Some(Link::Item(r.serial));
        Raw { entry: entry(r.at, r.id, "item", say, link), tag: Some(r.actor) }
    };
    Ok(rows.into_iter().map(raw).collect())
}

store::row! { struct MessageRow { id: Uuid, created_at: Ts, subject: String, channel: String,
state: String } }

pub(super) async fn messages(q: &mut dyn Query, ask: &Ask<'_>) -> Result<Vec<Raw>> {
    let narrow = of_customer(ask, "t.customer_id", "t.created_at", "t.id");
    let head =
        "select t.id, t.created_at, t.subject, t.channel, t.state from notification_message t";
    let (sql, narrow) = newest(head, narrow, ask, "t.created_at", "t.id");
    let rows: Vec<MessageRow> = q.rows(&sql, narrow.into_args()).await?;
    let raw = |r: MessageRow| {
        let (id, en) = match r.state.as_str() {
            "sent" => ("terkirim", "sent"),
            "dead" => ("tidak terkirim", "not delivered"),
            _ => ("menunggu dikirim", "waiting to be sent"),
        };
        let say = Say::new(
            format!("Pesan \"{}\" lewat {}: {id}", r.subject, r.channel),
            format!("Message \"{}\" by {}: {en}", r.subject, r.channel),
        );
        Raw { entry: entry(r.created_at, r.id, "message", say, None), tag: None }
    };
    Ok(rows.into_iter().map(raw).collect())
}
