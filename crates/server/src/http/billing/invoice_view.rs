//! An invoice on the wire.

use billing::invoice::{Invoice, InvoiceLine, Standing};
use billing::withhold::Withholding;
use billing::words::{InvoiceKind, InvoiceState, LineKind, PaymentState, WithholdingKind};
use catalog::Catalog;
use flows::views::invoices::InvoiceRow;
use flows::views::papers::InvoiceFacts;
use flows::views::payments::PaymentRow;
use kernel::{
    Actor, CreditNoteId, CustomerId, Day, Fault, InvoiceId, InvoiceLineId, Lang, Money, PaymentId,
    Permission, Result as Fallible, SubscriptionId, Ts, WithholdingId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::can::Can;
use crate::http::export::{Sheet, col};

/// What an invoice is today, in one word.
pub(super) const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Draft => "draft",
        Standing::Open => "issued",
        Standing::PartlyPaid => "partly_paid",
        Standing::Overdue => "overdue",
        Standing::Paid => "paid",
        Standing::Cancelled => "cancelled",
    }
}

/// An invoice in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = InvoiceRow)]
pub(super) struct InvoiceRowView {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceId,
    /// None while it is a draft.
    number: Option<String>,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    subscription_id: Option<SubscriptionId>,
    /// `regular`, `supplement` or `one_off`.
    #[schema(value_type = String)]
    kind: InvoiceKind,
    /// `draft`, `issued`, `partly_paid`, `overdue`, `paid` or `cancelled`.
    state: &'static str,
    #[schema(value_type = String, format = Date)]
    period_from: Day,
    #[schema(value_type = String, format = Date)]
    period_to: Day,
    #[schema(value_type = Option<String>, format = Date)]
    issued_on: Option<Day>,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = i64)]
    outstanding: Money,
}

impl InvoiceRowView {
    pub(super) fn of(row: InvoiceRow, catalog: &Catalog, now: Ts) -> Self {
        let today = now.day(catalog.zone(row.branch_id));
        Self {
            state: word(row.standing(today)),
            id: row.id,
            number: row.number,
            customer_id: row.customer_id,
            customer_number: row.customer_number,
            customer_name: row.customer_name,
            subscription_id: row.subscription_id,
            kind: row.kind,
            period_from: row.period_from,
            period_to: row.period_to,
            issued_on: row.issued_on,
            due_on: row.due_on,
            total: row.total,
            outstanding: row.outstanding.or_zero(),
        }
    }
}

pub(super) const FILE: Sheet<InvoiceRowView> = Sheet {
    list: "invoices",
    name: ("tagihan", "invoices"),
    columns: &[
        col("Nomor", "Number", |v, _| v.number.clone().into()),
        col("Nomor pelanggan", "Customer number", |v, _| v.customer_number.as_str().into()),
        col("Pelanggan", "Customer", |v, _| v.customer_name.as_str().into()),
        col("Jenis", "Kind", |v, w| w.word("invoice_kind", v.kind.as_str())),
        col("Status", "State", |v, w| w.word("invoice", v.state)),
        col("Periode dari", "Period from", |v, w| w.day(v.period_from)),
        col("Periode sampai", "Period to", |v, w| w.day(v.period_to)),
        col("Terbit", "Issued", |v, w| w.day(v.issued_on)),
        col("Jatuh tempo", "Due", |v, w| w.day(v.due_on)),
        col("Total", "Total", |v, _| v.total.into()),
        col("Belum dibayar", "Outstanding", |v, _| v.outstanding.into()),
    ],
};

/// An invoice with everything that happened to it.
#[derive(Serialize, ToSchema)]
#[schema(as = Invoice)]
pub(super) struct InvoiceView {
    #[serde(flatten)]
    row: InvoiceRowView,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    paid: Money,
    #[schema(value_type = i64)]
    credited: Money,
    #[schema(value_type = i64)]
    withheld: Money,
    #[schema(value_type = i64)]
    written_off: Money,
    /// From when it isolates while unpaid; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    isolate_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Ts>,
    /// Plan and number of the subscription that it is about.
    service: Option<String>,
    note: Option<String>,
    lines: Vec<LineView>,
    payments: Vec<InvoicePaymentView>,
    credit_notes: Vec<CreditNoteRow>,
    withholdings: Vec<WithholdingView>,
    /// Opens the pay page of this invoice; null when nothing is owed.
    pay_url: Option<String>,
    can: InvoiceCan,
}

/// A line, with how its amount came about.
#[derive(Serialize, ToSchema)]
#[schema(as = InvoiceLine)]
struct LineView {
    #[schema(value_type = String, format = Uuid)]
    id: InvoiceLineId,
    #[schema(value_type = String)]
    kind: LineKind,
    text: String,
    /// `21/30 hari × Rp 250.000`; null when nothing was pro-rated.
    formula: Option<String>,
    #[schema(value_type = i64)]
    base: Money,
    #[schema(value_type = i64)]
    tax: Money,
    #[schema(value_type = i64)]
    total: Money,
    /// Base that no credit note has taken back yet.
    #[schema(value_type = i64)]
    left: Money,
}

/// How a line's amount came about.
pub(super) fn formula(line: &InvoiceLine, lang: Lang) -> Option<String> {
    let days = if lang == Lang::Id { "hari" } else { "days" };
    (line.of_days > 0 && line.days != line.of_days)
        .then(|| format!("{}/{} {days} × {}", line.days, line.of_days, line.price))
}

impl LineView {
    fn of(line: &InvoiceLine, lang: Lang) -> Self {
        Self {
            id: line.id,
            kind: line.kind,
            text: line.text(lang),
            formula: formula(line, lang),
            base: line.base,
            tax: line.tax,
            total: line.total(),
            left: line.left().0,
        }
    }
}

/// A payment that settles (a part of) the invoice.
#[derive(Serialize, ToSchema)]
#[schema(as = InvoicePayment)]
struct InvoicePaymentView {
    #[schema(value_type = String, format = Uuid)]
    id: PaymentId,
    receipt_number: Option<String>,
    channel: String,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
    #[schema(value_type = i64)]
    amount: Money,
    /// What of it settles this invoice.
    #[schema(value_type = i64)]
    allocated: Money,
    #[schema(value_type = String)]
    state: PaymentState,
}

/// A credit note on the invoice.
#[derive(Serialize, ToSchema)]
pub(super) struct CreditNoteRow {
    #[schema(value_type = String, format = Uuid)]
    id: CreditNoteId,
    number: String,
    #[schema(value_type = i64)]
    total: Money,
    #[schema(value_type = String, format = Date)]
    issued_on: Day,
    why: String,
}

/// Tax that the customer kept back.
#[derive(Serialize, ToSchema)]
#[schema(as = Withholding)]
pub(super) struct WithholdingView {
    #[schema(value_type = String, format = Uuid)]
    id: WithholdingId,
    #[schema(value_type = String, format = Uuid)]
    invoice_id: InvoiceId,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    /// `pph23` or `wapu`.
    #[schema(value_type = String)]
    kind: WithholdingKind,
    #[schema(value_type = i64)]
    amount: Money,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Ts,
    /// Number of the bukti potong or of the deposit slip; null: not here yet.
    certificate: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    certified_at: Option<Ts>,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Ts>,
}

impl From<Withholding> for WithholdingView {
    fn from(w: Withholding) -> Self {
        Self {
            id: w.id,
            invoice_id: w.invoice_id,
            customer_id: w.customer_id,
            kind: w.kind,
            amount: w.amount,
            recorded_at: w.recorded_at,
            certificate: w.certificate,
            certified_at: w.certified_at,
            cancelled_at: w.cancelled_at,
        }
    }
}

/// What can be done with the invoice now.
#[derive(Serialize, ToSchema)]
struct InvoiceCan {
    pay: Can,
    credit: Can,
    write_off: Can,
    withhold: Can,
    publish: Can,
    discard: Can,
}

impl InvoiceCan {
    fn of(invoice: &Invoice, actor: &Actor) -> Self {
        let may = |permission: Permission, state: Fallible<()>| {
            Can::when(actor.require(permission).and(state))
        };
        let draft = invoice.state == InvoiceState::Draft;
        let issued = || is(!draft, "Tagihan ini masih draf.", "This invoice is still a draft.");
        let live = || {
            let (id, en) = ("Tagihan ini sudah dibatalkan.", "This invoice was cancelled.");
            issued().and(is(invoice.live, id, en))
        };
        let owed = || {
            let (id, en) = ("Tidak ada yang perlu dibayar.", "There is nothing to pay.");
            live().and(is(invoice.outstanding().is_positive(), id, en))
        };
        let is_draft = || {
            let (id, en) = ("Tagihan ini sudah terbit.", "This invoice is issued already.");
            is(draft, id, en)
        };
        Self {
            pay: may(Permission::PaymentWrite, owed()),
            credit: may(Permission::CreditNoteWrite, live()),
            write_off: may(Permission::CreditNoteWrite, owed()),
            withhold: may(Permission::PaymentWrite, owed()),
            publish: may(Permission::InvoiceWrite, is_draft()),
            discard: may(Permission::InvoiceWrite, is_draft()),
        }
    }
}

fn is(fine: bool, id: &str, en: &str) -> Fallible<()> {
    if fine { Ok(()) } else { Err(Fault::conflict("billing.not_now", id, en)) }
}

impl InvoiceView {
    pub(super) fn of(
        facts: InvoiceFacts,
        payments: Vec<PaymentRow>,
        actor: &Actor,
        (lang, now): (Lang, Ts),
    ) -> Self {
        let invoice = &facts.view.invoice;
        let today = now.day(facts.zone);
        let allocated = |id: PaymentId| {
            let parts = facts.view.allocations.iter().filter(|a| a.payment_id == id);
            parts.map(|a| a.amount).sum::<Money>()
        };
        let row = InvoiceRowView {
            id: invoice.id,
            number: invoice.number.clone(),
            customer_id: invoice.customer_id,
            customer_number: facts.customer.number.clone(),
            customer_name: facts.customer.name.clone(),
            subscription_id: invoice.subscription_id,
            kind: invoice.kind,
            state: word(invoice.standing(today)),
            period_from: invoice.period_from,
            period_to: invoice.period().to,
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            total: invoice.total,
            outstanding: invoice.outstanding().or_zero(),
        };
        Self {
            base: invoice.base,
            tax: invoice.tax,
            paid: invoice.paid,
            credited: invoice.credited,
            withheld: invoice.withheld,
            written_off: invoice.written_off,
            isolate_at: invoice.isolate_at,
            paid_at: invoice.paid_at,
            note: invoice.note.clone(),
            can: InvoiceCan::of(invoice, actor),
            row,
            service: facts.service.map(|text| text.replace('\n', " · ")),
            lines: facts.view.lines.iter().map(|line| LineView::of(line, lang)).collect(),
            payments: payments
                .into_iter()
                .map(|p| InvoicePaymentView {
                    allocated: allocated(p.id),
                    id: p.id,
                    receipt_number: p.receipt_number,
                    channel: p.channel,
                    received_at: p.received_at,
                    amount: p.amount,
                    state: p.state,
                })
                .collect(),
            credit_notes: facts
                .view
                .credit_notes
                .into_iter()
                .map(|n| CreditNoteRow {
                    id: n.id,
                    number: n.number,
                    total: n.total,
                    issued_on: n.issued_on,
                    why: n.why,
                })
                .collect(),
            withholdings: facts.view.withholdings.into_iter().map(Into::into).collect(),
            pay_url: facts.pay_url,
        }
    }
}
