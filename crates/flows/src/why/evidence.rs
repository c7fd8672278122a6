//! The facts behind an answer, read in one go.

use fulfilment::ticket::{Category, TicketState};
use kernel::{
    BranchId, Day, Fault, InvoiceId, Lang, Money, NasId, Result, Scope, SubscriptionId, TicketId,
    Ts, Zone,
};
use network::access::Access;
use network::{DesiredKind, RejectReason, SessionState};
use serde_json::json;
use store::{Query, QueryExt, args, row};

use super::{Link, Reader, Say, when};

row! { pub(super) struct SubRow { pub id: SubscriptionId, pub number: String, pub branch_id: BranchId,
pub state: String, pub mode: String } }
row! { pub(super) struct InvoiceRow { pub id: InvoiceId, pub number: Option<String>, pub total: Money,
pub outstanding: Money, pub due_on: Day, pub period_from: Day, pub isolate_at: Option<Ts> } }
row! { pub(super) struct PaymentRow { pub amount: Money, pub channel: String, pub state: String,
pub receipt_number: Option<String>, pub received_at: Ts, pub reversed_at: Option<Ts>,
pub reversed_why: Option<String> } }
row! { pub(super) struct SessionRow { pub nas_id: NasId, pub nas: Option<String>, pub started_at: Ts,
pub updated_at: Ts, pub stopped_at: Option<Ts>, pub state: SessionState, pub cause: Option<String>,
pub framed_ip: Option<String>, pub mac: Option<String>, pub isolated: bool,
pub nas_heard_at: Option<Ts> } }
row! { pub(super) struct RejectRow { pub reason: RejectReason, pub nas: String,
pub mac_seen: Option<String>, pub mac_expected: Option<String>, pub first_at: Ts, pub last_at: Ts,
pub count: i64 } }
row! { pub(super) struct AttemptRow { pub how: String, pub answer: String, pub error_cause: i64,
pub sent_at: Ts } }
row! { pub(super) struct TicketRow { pub id: TicketId, pub number: String, pub category: Category,
pub state: TicketState, pub created_at: Ts } }
row! { pub(super) struct OrderRow { pub number: String, pub kind: String, pub state: String,
pub scheduled_on: Option<Day>, pub failed_reason: Option<String> } }

pub(super) struct Session {
    row: SessionRow,
    /// The whole NAS missed three interims.
    pub nas_is_silent: bool,
}

impl std::ops::Deref for Session {
    type Target = SessionRow;
    fn deref(&self) -> &SessionRow {
        &self.row
    }
}

impl Session {
    pub fn is_open(&self) -> bool {
        self.row.state != SessionState::Closed
    }
    pub fn is_suspect(&self) -> bool {
        self.row.state == SessionState::Suspect
    }
}

pub(super) struct Reversed {
    pub amount: Money,
    pub receipt: String,
    pub why: String,
    pub at: Ts,
}

pub(super) struct Order(OrderRow);

impl Order {
    pub fn say(&self, _zone: Zone) -> Say {
        let o = &self.0;
        let day = |lang| o.scheduled_on.map(|d| d.short(lang));
        let (id, en) = match (day(Lang::Id), day(Lang::En)) {
            (Some(id), Some(en)) => (format!("dijadwalkan {id}"), format!("scheduled for {en}")),
            _ => ("belum dijadwalkan".to_owned(), "not scheduled yet".to_owned()),
        };
        match (&o.failed_reason, o.state.as_str()) {
            (Some(why), "failed") => Say::new(
                format!("Kunjungan {} gagal: {why}; menunggu jadwal baru.", o.number),
                format!("The visit {} failed: {why}; waiting for a new day.", o.number),
            ),
            _ => Say::new(
                format!("Perangkat belum dipasang; SPK {} {id}.", o.number),
                format!("The device is not installed yet; work order {} is {en}.", o.number),
            ),
        }
    }
}

pub(super) struct Evidence {
    pub zone: Zone,
    pub sub: SubRow,
    pub access: Option<Access>,
    pub invoices: Vec<InvoiceRow>,
    pub payment: Option<PaymentRow>,
    pub reversed: Option<Reversed>,
    pub session: Option<Session>,
    pub reject: Option<RejectRow>,
    pub attempt: Option<AttemptRow>,
    pub work_order: Option<Order>,
    /// Those that are not resolved, the oldest first.
    tickets: Vec<TicketRow>,
    policy: (i8, i8, i8),
}

pub(super) async fn gather(
    q: &mut dyn Query,
    scope: &Scope,
    id: SubscriptionId,
    now: Ts,
) -> Result<Evidence> {
    let found: Option<(SubscriptionId, kernel::PlanId, kernel::CustomerId)> = q
        .row_opt(
            "select id, plan_id, customer_id from billing_subscription
             where id = $1 and ($2 is null or branch_id = $2) and ($3 is null or partner_id = $3)
               and ($4 is null or customer_id = $4)",
            args![id, scope.branch, scope.partner, scope.customer],
        )
        .await?;
    let Some((_, plan, customer)) = found else {
        return Err(Fault::not_found(
            "billing.subscription_not_found",
            "Langganan tidak ada.",
            "No such subscription.",
        ));
    };
    let sub: SubRow = q
        .row(
            "select id, number, branch_id, state, mode from billing_subscription where id = $1",
            args![id],
        )
        .await?;
    let catalog = catalog::current(q).await?;
    let policy = catalog.policy(plan, customer);
    let access = network::access::of(q, id).await?;
    let session = session(q, id, now, policy.interim_secs).await?;
    let reject = reject(q, id, session.as_ref()).await?;
    let payment = payment(q, id).await?;
    let reversed = payment.as_ref().and_then(reversed_of);
    Ok(Evidence {
        zone: catalog.zone(sub.branch_id),
        invoices: invoices(q, id).await?,
        attempt: attempt(q, id, access.as_ref().map_or(0, |a| a.version)).await?,
        work_order: order(q, id).await?,
        tickets: tickets(q, id).await?,
        policy: (policy.issue_dom, policy.due_dom, policy.isolate_dom),
        sub,
        access,
        payment,
        reversed,
        session,
        reject,
    })
}

async fn invoices(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<InvoiceRow>> {
    q.rows(
        "select id, number, total, total - paid - credited - withheld - written_off as outstanding,
           due_on, period_from, isolate_at
         from billing_invoice where subscription_id = $1 and live and state = 'issued'
           and paid + credited + withheld + written_off < total order by due_on, id",
        args![id],
    )
    .await
}

async fn payment(q: &mut dyn Query, id: SubscriptionId) -> Result<Option<PaymentRow>> {
    q.row_opt(
        "select p.amount, p.channel, p.state, p.receipt_number, p.received_at, p.reversed_at,
           p.reversed_why
         from billing_payment p
         where exists (select 1 from billing_allocation a join billing_invoice i on i.id = a.invoice_id
           where a.payment_id = p.id and i.subscription_id = $1)
         order by coalesce(p.reversed_at, p.recorded_at) desc, p.id desc limit 1",
        args![id],
    )
    .await
}

fn reversed_of(p: &PaymentRow) -> Option<Reversed> {
    Some(Reversed {
        amount: p.amount,
        receipt: p.receipt_number.clone().unwrap_or_default(),
        why: p.reversed_why.clone().unwrap_or_default(),
        at: p.reversed_at?,
    })
}

async fn session(
    q: &mut dyn Query,
    id: SubscriptionId,
    now: Ts,
    interim_secs: i64,
) -> Result<Option<Session>> {
    let row: Option<SessionRow> = q
        .row_opt(
            "select s.nas_id, n.name as nas, s.started_at, s.updated_at, s.stopped_at, s.state, s.cause,
               s.framed_ip, s.mac, s.isolated,
               (select max(o.updated_at) from network_session o where o.nas_id = s.nas_id) as nas_heard_at
             from network_session s left join network_nas n on n.id = s.nas_id
             where s.subscription_id = $1
             order by case when s.state = 'closed' then 1 else 0 end, s.started_at desc, s.id desc limit 1",
            args![id],
        )
        .await?;
    Ok(row.map(|row| {
        let quiet_since = now.plus_secs(-3 * interim_secs);
        let nas_is_silent = row.nas_heard_at.is_some_and(|at| at < quiet_since);
        Session { row, nas_is_silent }
    }))
}

/// The latest reject, when nothing logged in after it.
async fn reject(
    q: &mut dyn Query,
    id: SubscriptionId,
    session: Option<&Session>,
) -> Result<Option<RejectRow>> {
    let latest: Option<RejectRow> = q
        .row_opt(
            "select reason, nas, mac_seen, mac_expected, first_at, last_at, count from network_reject
             where subscription_id = $1 order by last_at desc limit 1",
            args![id],
        )
        .await?;
    let after = session.map(|s| s.row.started_at);
    Ok(latest.filter(|r| after.is_none_or(|at| r.last_at > at)))
}

async fn attempt(
    q: &mut dyn Query,
    id: SubscriptionId,
    version: i64,
) -> Result<Option<AttemptRow>> {
    q.row_opt(
        "select how, answer, error_cause, sent_at from network_coa
         where subscription_id = $1 and version = $2 order by sent_at desc, id desc limit 1",
        args![id, version],
    )
    .await
}

async fn order(q: &mut dyn Query, id: SubscriptionId) -> Result<Option<Order>> {
    let row: Option<OrderRow> = q
        .row_opt(
            "select number, kind, state, scheduled_on, failed_reason from fulfilment_work_order
             where subscription_id = $1 and state not in ('done', 'cancelled')
             order by created_at desc, id desc limit 1",
            args![id],
        )
        .await?;
    Ok(row.map(Order))
}

/// Few faults are open at once; a chain shows no more than these.
const TICKETS_MAX: i64 = 5;

async fn tickets(q: &mut dyn Query, id: SubscriptionId) -> Result<Vec<TicketRow>> {
    q.rows(
        "select id, number, category, state, created_at from fulfilment_ticket
         where subscription_id = $1 and state not in ('resolved', 'closed') order by id limit $2",
        args![id, TICKETS_MAX],
    )
    .await
}

impl Evidence {
    pub fn decision_words(&self) -> Say {
        self.access
            .as_ref()
            .map_or_else(|| Say::new("", ""), |a| Say::new(a.why.id.clone(), a.why.en.clone()))
    }
    pub fn when(&self, at: Option<Ts>) -> (String, String) {
        when(at, self.zone)
    }
    pub fn nas_name(&self) -> String {
        self.session.as_ref().and_then(|s| s.row.nas.clone()).unwrap_or_else(|| "-".into())
    }
    /// The router said that it changed the session, and nothing says otherwise since. (*Enforced* needs its
    /// next report too, which may be minutes away; meanwhile the line works.)
    pub fn router_agreed(&self) -> bool {
        let acked = self.attempt.as_ref().is_some_and(|a| a.answer == "ack");
        acked && self.session.as_ref().is_some_and(|s| !s.isolated)
    }

    pub fn last_attempt_words(&self) -> Say {
        match &self.attempt {
            None => Say::new("belum dicoba", "not tried yet"),
            Some(a) => match a.answer.as_str() {
                "ack" => Say::new(
                    "router menjawab ya, menunggu laporan",
                    "acknowledged, waiting for its report",
                ),
                "nak" => Say::new(
                    format!("router menolak ({})", a.error_cause),
                    format!("refused by the router ({})", a.error_cause),
                ),
                _ => Say::new("router tidak menjawab", "no answer from the router"),
            },
        }
    }

    /// The chain, every link with its own state. Only what the answer says is the cause is marked as one:
    /// an overdue invoice under a promise is not why somebody is offline.
    pub fn chain(&self, cause: &str, now: Ts, reader: Reader) -> Vec<Link> {
        let mut chain = vec![self.policy_link()];
        if reader.invoices {
            chain.extend(self.invoice_links(cause, now));
        }
        if reader.payments {
            chain.extend(self.payment_link(cause));
        }
        chain.extend(self.desired_link(cause, reader));
        chain.extend(self.enforced_link(cause));
        chain.extend(self.session_link(cause));
        chain.extend(self.reject_link(cause));
        chain.extend(self.order_link(cause));
        if reader.tickets {
            chain.extend(self.ticket_links());
        }
        chain
    }

    fn policy_link(&self) -> Link {
        let (issue, due, isolate) = self.policy;
        let say = if self.sub.mode == "prepaid" {
            Say::new(
                "Prabayar: tagihan terbit di awal periode; belum bayar 00.01 hari pertama → isolir.",
                "Prepaid: invoiced at the period's start; unpaid at 00.01 of its first day → isolated.",
            )
        } else {
            Say::new(
                format!("Pascabayar: terbit tanggal {issue}, jatuh tempo {due}, isolir {isolate}."),
                format!("Postpaid: issued on day {issue}, due on {due}, isolated on {isolate}."),
            )
        };
        Link {
            step: "policy",
            state: "info",
            say,
            at: None,
            evidence: json!({ "mode": self.sub.mode }),
        }
    }

    fn invoice_links(&self, cause: &str, now: Ts) -> Vec<Link> {
        let for_money = super::is_about_money(cause);
        let links = self.invoices.iter().map(|i| {
            let late = for_money && i.isolate_at.is_some_and(|at| at <= now);
            let number = i.number.clone().unwrap_or_default();
            Link {
                step: "invoice",
                state: if late { "cause" } else { "info" },
                say: Say::new(
                    format!(
                        "{number} ({}): sisa {} dari {}, jatuh tempo {}.",
                        i.period_from.month_name(Lang::Id),
                        i.outstanding,
                        i.total,
                        i.due_on.short(Lang::Id)
                    ),
                    format!(
                        "{number} ({}): {} of {} open, due {}.",
                        i.period_from.month_name(Lang::En),
                        i.outstanding,
                        i.total,
                        i.due_on.short(Lang::En)
                    ),
                ),
                at: i.isolate_at,
                evidence: json!({ "invoice": i.id, "outstanding": i.outstanding }),
            }
        });
        let links: Vec<Link> = links.collect();
        if links.is_empty() {
            let say = Say::new("Tidak ada tagihan terbuka.", "No open invoice.");
            return vec![Link { step: "invoice", state: "ok", say, at: None, evidence: json!({}) }];
        }
        links
    }

    fn payment_link(&self, cause: &str) -> Option<Link> {
        let p = self.payment.as_ref()?;
        let receipt = p.receipt_number.clone().unwrap_or_default();
        let (at_id, at_en) = self.when(Some(p.received_at));
        let reversed = p.reversed_at.is_some();
        let say = if reversed {
            Say::new(
                format!("Pembayaran {} ({receipt}) dibatalkan.", p.amount),
                format!("The payment of {} ({receipt}) was taken back.", p.amount),
            )
        } else {
            Say::new(
                format!("Terakhir bayar {} {at_id} lewat {} ({receipt}).", p.amount, p.channel),
                format!("Last paid {} on {at_en} by {} ({receipt}).", p.amount, p.channel),
            )
        };
        let state = match (cause, reversed) {
            ("reversal", true) => "cause",
            (_, true) => "info",
            (_, false) => "ok",
        };
        Some(Link {
            step: "payment",
            state,
            say,
            at: Some(p.received_at),
            evidence: json!({ "state": p.state }),
        })
    }

    fn desired_link(&self, cause: &str, reader: Reader) -> Option<Link> {
        let a = self.access.as_ref()?;
        let full = a.desired.kind() == DesiredKind::Full;
        let mut evidence = json!({ "desired": a.desired.kind(), "version": a.version });
        let say = if reader.invoices {
            evidence["why"] = a.why.evidence.clone();
            self.decision_words()
        } else {
            super::without_amounts(cause).unwrap_or_else(|| self.decision_words())
        };
        let state = if full { "ok" } else { "cause" };
        Some(Link { step: "desired", state, say, at: Some(a.since), evidence })
    }

    fn enforced_link(&self, cause: &str) -> Option<Link> {
        let a = self.access.as_ref()?;
        let say = if a.is_enforced() {
            let (id, en) = self.when(a.enforced_at);
            Say::new(format!("Diterapkan {id}."), format!("Carried out {en}."))
        } else {
            let last = self.last_attempt_words();
            Say::new(
                format!("Belum diterapkan: {}.", last.id),
                format!("Not carried out yet: {}.", last.en),
            )
        };
        let state = if cause == "not_enforced" {
            "cause"
        } else if a.is_enforced() {
            "ok"
        } else {
            "info"
        };
        Some(Link {
            step: "enforced",
            state,
            say,
            at: a.enforced_at,
            evidence: json!({ "attempts": a.attempts }),
        })
    }

    fn session_link(&self, cause: &str) -> Option<Link> {
        let s = self.session.as_ref()?;
        let (at_id, at_en) =
            self.when(Some(if s.is_open() { s.row.started_at } else { s.row.updated_at }));
        let ip = s.row.framed_ip.clone().unwrap_or_else(|| "-".into());
        let say = if s.is_open() {
            Say::new(
                format!("Sesi di {} sejak {at_id}, alamat {ip}.", self.nas_name()),
                format!("Session at {} since {at_en}, address {ip}.", self.nas_name()),
            )
        } else {
            Say::new(
                format!("Sesi terakhir selesai {at_id}."),
                format!("The last session ended {at_en}."),
            )
        };
        let state = match cause {
            "device_off" | "nas_down" | "suspect" => "cause",
            _ if s.is_open() => "ok",
            _ => "info",
        };
        let evidence =
            json!({ "state": s.row.state, "mac": s.row.mac, "isolated": s.row.isolated });
        Some(Link { step: "session", state, say, at: Some(s.row.updated_at), evidence })
    }

    fn reject_link(&self, cause: &str) -> Option<Link> {
        let r = self.reject.as_ref()?;
        let (id, en) = r.reason.sentence();
        let say = Say::new(format!("{id} ({}×)", r.count), format!("{en} ({}×)", r.count));
        let evidence =
            json!({ "nas": r.nas, "mac_seen": r.mac_seen, "mac_expected": r.mac_expected });
        let state = if cause == r.reason.as_str() { "cause" } else { "info" };
        Some(Link { step: "reject", state, say, at: Some(r.last_at), evidence })
    }

    fn ticket_links(&self) -> impl Iterator<Item = Link> {
        self.tickets.iter().map(|t| {
            let (of_id, of_en) = t.category.words();
            let (is_id, is_en) = match t.state {
                TicketState::WaitingCustomer => ("menunggu pelanggan", "waits for the customer"),
                TicketState::InProgress => ("sedang ditangani", "is being worked on"),
                _ => ("belum ditangani", "waits for us"),
            };
            let (at_id, at_en) = self.when(Some(t.created_at));
            Link {
                step: "ticket",
                state: "info",
                say: Say::new(
                    format!("Tiket {} ({of_id}) sejak {at_id} {is_id}.", t.number),
                    format!("Ticket {} ({of_en}) since {at_en} {is_en}.", t.number),
                ),
                at: Some(t.created_at),
                evidence: json!({ "ticket": t.id, "number": t.number, "state": t.state }),
            }
        })
    }

    fn order_link(&self, cause: &str) -> Option<Link> {
        let order = self.work_order.as_ref()?;
        let o = &order.0;
        let say = Say::new(
            format!("SPK {} ({}) {}.", o.number, o.kind, o.state),
            format!("Work order {} ({}) {}.", o.number, o.kind, o.state),
        );
        let state = if cause == "not_installed" { "cause" } else { "info" };
        Some(Link {
            step: "work_order",
            state,
            say,
            at: None,
            evidence: json!({ "scheduled_on": o.scheduled_on }),
        })
    }
}
