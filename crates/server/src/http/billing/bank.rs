//! Bank statements: importing them, and saying whose money a line is.

use axum::Json;
use axum::extract::State;
use billing::bank::statement::{self, Columns, Line};
use billing::bank::{self, Assigned, BankLine, BankLineId, LineState};
use documents::read::read_cells;
use flows::bank::{self as proposals, Proposed};
use kernel::{
    Actor, CustomerId, Day, Fault, InvoiceId, Money, PaymentId, Result as Fallible, Scope, Ts, Zone,
};
use serde::{Deserialize, Serialize};
use store::{Query, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::NAMES;
use crate::http::app::{App, Reply, Written};
use crate::http::catalog::for_the_whole_isp;
use crate::http::extract::{At, Body, Listing, Search, page_size};
use crate::http::wire::on_wire;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(preview))
        .routes(routes!(import))
        .routes(routes!(lines))
        .routes(routes!(assign))
        .routes(routes!(match_payment))
}

/// Rows of a file that a preview shows.
const SHOWN: usize = 12;

/// Which column of a statement is what, from 0.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BankColumns {
    /// The row that names the columns; data comes after it.
    header: usize,
    date: usize,
    /// Joined in this order.
    text: Vec<usize>,
    /// One column of amounts, with `sign` beside it or in it …
    amount: Option<usize>,
    sign: Option<usize>,
    /// … or a column for money in and one for money out.
    credit: Option<usize>,
    debit: Option<usize>,
    reference: Option<usize>,
    /// The year of dates that have none.
    year: Option<i16>,
}

impl From<BankColumns> for Columns {
    fn from(c: BankColumns) -> Self {
        let BankColumns { header, date, text, amount, sign, credit, debit, reference, year } = c;
        Self { header, date, text, amount, sign, credit, debit, reference, year }
    }
}

impl From<Columns> for BankColumns {
    fn from(c: Columns) -> Self {
        let Columns { header, date, text, amount, sign, credit, debit, reference, year } = c;
        Self { header, date, text, amount, sign, credit, debit, reference, year }
    }
}

/// A bank account.
#[derive(Serialize, ToSchema)]
struct BankAccountView {
    name: String,
    columns: Option<BankColumns>,
    lines: i64,
    /// Lines that wait for a person.
    open: i64,
    #[schema(value_type = Option<String>, format = Date)]
    last_day: Option<Day>,
}

/// Unmatched money.
#[derive(Serialize, ToSchema)]
struct BankOverview {
    accounts: Vec<BankAccountView>,
    /// Lines that wait for a person.
    open: i64,
    #[schema(value_type = i64)]
    open_sum: Money,
    /// What the gateways hold of ours by the books.
    #[schema(value_type = i64)]
    clearing: Money,
}

/// The bank accounts, and what waits for a person.
#[utoipa::path(get, path = "/api/v1/bank", responses((status = 200, body = BankOverview)))]
async fn overview(State(app): State<App>, actor: Actor) -> Reply<BankOverview> {
    if actor.scope != Scope::all() {
        let (open, open_sum, clearing) = (0, Money::ZERO, Money::ZERO);
        return Ok(Json(BankOverview { accounts: Vec::new(), open, open_sum, clearing }));
    }
    let mut q = app.reader();
    let (open, open_sum) = bank::waiting(&mut q).await?;
    let clearing = bank::in_clearing(&mut q).await?;
    let accounts = bank::accounts(&mut q).await?.into_iter().map(|a| BankAccountView {
        name: a.name,
        columns: serde_json::from_value(a.columns).ok(),
        lines: a.lines,
        open: a.open,
        last_day: a.last_day,
    });
    Ok(Json(BankOverview { accounts: accounts.collect(), open, open_sum, clearing }))
}

/// A statement as the bank gives it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BankFile {
    /// The account's name: `BCA 1234567890`.
    account: String,
    file_name: String,
    /// The CSV.
    content: String,
    /// Which column is what; guessed when left out.
    columns: Option<BankColumns>,
}

/// What a file says.
struct Read {
    rows: Vec<Vec<String>>,
    columns: Option<Columns>,
    lines: Vec<Line>,
    unread: Vec<statement::Unread>,
}

impl BankFile {
    fn read(&self, now: Ts) -> Fallible<Read> {
        let rows = read_cells(&self.content, &self.file_name)?;
        let columns = match &self.columns {
            Some(columns) => Some(Columns::from(columns.clone())),
            None => statement::guess(&rows, now.day(Zone::Jakarta).year()),
        };
        let (mut lines, mut unread) = (Vec::new(), Vec::new());
        if let Some(columns) = &columns {
            columns.check()?;
            (lines, unread) = statement::read(&rows, columns);
        }
        Ok(Read { rows, columns, lines, unread })
    }
}

/// A line of a file that was not imported yet.
#[derive(Serialize, ToSchema)]
struct BankPreviewLine {
    row: usize,
    #[schema(value_type = String, format = Date)]
    on: Day,
    #[schema(value_type = i64)]
    amount: Money,
    text: String,
    reference: Option<String>,
    /// It was imported before.
    known: bool,
}

/// A row that says something about money and can't be read.
#[derive(Serialize, ToSchema)]
struct BankUnread {
    row: usize,
    detail: String,
}

fn unread(rows: Vec<statement::Unread>) -> Vec<BankUnread> {
    let lang = crate::http::context::lang();
    let say =
        |u: statement::Unread| BankUnread { row: u.row, detail: super::say(lang, &u.id, &u.en) };
    rows.into_iter().take(100).map(say).collect()
}

/// What importing a file would bring.
#[derive(Serialize, ToSchema)]
struct BankPreview {
    /// The file's first rows as they are.
    rows: Vec<Vec<String>>,
    /// As given or guessed; null: say which column is what.
    columns: Option<BankColumns>,
    /// The first lines as they are read.
    lines: Vec<BankPreviewLine>,
    new: usize,
    known: usize,
    unread: Vec<BankUnread>,
}

/// See what a statement says before it is imported.
#[utoipa::path(
    post, path = "/api/v1/bank/preview", request_body = BankFile,
    responses((status = 200, body = BankPreview))
)]
async fn preview(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<BankFile>,
) -> Reply<BankPreview> {
    for_the_whole_isp(&actor)?;
    let read = body.read(app.now())?;
    let prints: Vec<String> = read.lines.iter().map(|l| l.print.clone()).collect();
    let known = bank::known(&mut app.reader(), &body.account, &prints).await?;
    let view = |l: &Line| BankPreviewLine {
        row: l.row,
        on: l.on_day,
        amount: l.amount,
        text: l.text.clone(),
        reference: l.reference.clone(),
        known: known.contains(&l.print),
    };
    Ok(Json(BankPreview {
        new: read.lines.len() - known.len().min(read.lines.len()),
        known: known.len(),
        lines: read.lines.iter().take(SHOWN).map(view).collect(),
        rows: read.rows.into_iter().take(SHOWN).collect(),
        columns: read.columns.map(Into::into),
        unread: unread(read.unread),
    }))
}

/// What an import did.
#[derive(Serialize, ToSchema)]
struct BankImported {
    id: uuid::Uuid,
    new: usize,
    /// Lines that were there before: nothing was doubled.
    known: usize,
    /// Lines that are transfers we knew of.
    matched: usize,
    /// Lines of money out.
    out: usize,
    /// Lines that wait for a person.
    open: usize,
    unread: Vec<BankUnread>,
}

/// Import a statement.
///
/// A line that was imported before is left out. No money is counted: lines whose text names a recorded
/// transfer are matched to it, the others wait for a person.
#[utoipa::path(
    post, path = "/api/v1/bank/imports", request_body = BankFile,
    responses((status = 201, body = BankImported))
)]
async fn import(
    State(app): State<App>,
    actor: Actor,
    Body(body): Body<BankFile>,
) -> Written<BankImported> {
    for_the_whole_isp(&actor)?;
    let read = body.read(app.now())?;
    let columns = read.columns.ok_or_else(|| {
        Fault::field("columns", "required", "pilih kolomnya", "say which column is what")
    })?;
    let (lines, rest) = (read.lines, read.unread);
    app.create(&actor, async move |tx: &mut Tx| {
        let done = bank::import(tx, &body.account, &body.file_name, &columns, &lines).await?;
        Ok(BankImported {
            id: done.import,
            new: done.new,
            known: done.known,
            matched: done.matched,
            out: done.out,
            open: done.open,
            unread: unread(rest),
        })
    })
    .await
}

/// Which lines.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BankLineQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// Rows a page: 1–200, 50 when not given.
    limit: Option<i64>,
    /// `open`, `matched`, `assigned`, `settlement`, `deposit`, `not_ours` or `out`.
    #[param(value_type = Option<String>)]
    state: Option<LineState>,
}

/// Who a line may be from.
#[derive(Serialize, ToSchema)]
struct BankProposal {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_number: String,
    customer_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    invoice_number: Option<String>,
    /// `number`, `phone`, `name`, `part_of_name`, `amount`, `unique_code`.
    signs: Vec<&'static str>,
    /// Nobody else is as likely, and more than the amount speaks for it.
    sure: bool,
}

/// A recorded transfer of a line's amount.
#[derive(Serialize, ToSchema)]
struct BankTransfer {
    #[schema(value_type = String, format = Uuid)]
    payment_id: PaymentId,
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    customer_name: String,
    reference: String,
    receipt_number: Option<String>,
    /// It was only noted: matching settles it.
    pending: bool,
    #[schema(value_type = String, format = DateTime)]
    received_at: Ts,
}

/// A line of a statement.
#[derive(Serialize, ToSchema)]
#[schema(as = BankLine)]
pub(super) struct BankLineView {
    #[schema(value_type = String, format = Uuid)]
    id: BankLineId,
    account: String,
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// In is positive, out negative.
    #[schema(value_type = i64)]
    amount: Money,
    text: String,
    reference: Option<String>,
    #[schema(value_type = String)]
    state: LineState,
    #[schema(value_type = Option<String>, format = Uuid)]
    customer_id: Option<CustomerId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    payment_id: Option<PaymentId>,
    receipt_number: Option<String>,
    why: Option<String>,
    decided_by: Option<String>,
    proposals: Vec<BankProposal>,
    transfers: Vec<BankTransfer>,
}

fn view(found: Proposed) -> BankLineView {
    let l: BankLine = found.line;
    let proposal = |p: proposals::Named| BankProposal {
        customer_id: p.proposal.customer,
        customer_number: p.number,
        customer_name: p.name,
        invoice_id: p.proposal.invoice,
        invoice_number: p.invoice_number,
        signs: p.proposal.signs.iter().map(|s| s.word()).collect(),
        sure: p.proposal.sure,
    };
    let transfer = |(t, name): (bank::LooseTransfer, String)| BankTransfer {
        payment_id: t.id,
        customer_id: t.customer_id,
        customer_name: name,
        reference: t.reference,
        receipt_number: t.receipt_number,
        pending: t.state == billing::words::PaymentState::Pending,
        received_at: t.received_at,
    };
    BankLineView {
        proposals: found.proposals.into_iter().map(proposal).collect(),
        transfers: found.transfers.into_iter().map(transfer).collect(),
        id: l.id,
        account: l.account,
        on: l.on_day,
        amount: l.amount,
        text: l.text,
        reference: l.reference,
        state: l.state,
        customer_id: l.customer_id,
        payment_id: l.payment_id,
        receipt_number: l.receipt_number,
        why: l.why,
        decided_by: l.decided_by,
    }
}

/// Statement lines, newest first; who open ones may be from.
///
/// Who is bound to a branch sees none: a line is nobody's until somebody says so.
#[utoipa::path(
    get, path = "/api/v1/bank/lines", params(BankLineQuery),
    responses((status = 200, body = Listing<BankLineView>))
)]
async fn lines(
    State(app): State<App>,
    actor: Actor,
    Search(query): Search<BankLineQuery>,
) -> Reply<Listing<BankLineView>> {
    if actor.scope != Scope::all() {
        return Ok(Json(Listing::whole(Vec::new())));
    }
    let limit = page_size(query.limit);
    let after = match &query.after {
        None => None,
        Some(text) => Some(seek(text)?),
    };
    let mut q = app.reader();
    let rows = bank::lines(&mut q, query.state, after, limit + 1).await?;
    let page: Listing<BankLine> =
        Listing::page(rows, limit, |l| format!("{}_{}", l.on_day, l.id), |l| l);
    let (open, rest): (Vec<_>, Vec<_>) =
        page.items.into_iter().partition(|l| l.state == LineState::Open);
    let mut found = proposals::propose(&mut q, open).await?;
    let plain = |line| Proposed { line, proposals: Vec::new(), transfers: Vec::new() };
    found.extend(rest.into_iter().map(plain));
    found.sort_by_key(|one| std::cmp::Reverse((one.line.on_day, one.line.id)));
    Ok(Json(Listing { items: found.into_iter().map(view).collect(), next: page.next }))
}

fn seek(text: &str) -> Fallible<(Day, BankLineId)> {
    let parts = text.split_once('_').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parts.ok_or_else(|| {
        Fault::field("after", "format", "bukan dari halaman sebelumnya", "is of no page before")
    })
}

/// The line must be in reach: of the whole ISP only.
pub(super) async fn must_see(q: &mut dyn Query, scope: &Scope, id: BankLineId) -> Fallible<()> {
    bank::find(q, id).await?;
    if *scope == Scope::all() {
        return Ok(());
    }
    let (id, en) = ("Baris mutasi tidak ada.", "No such statement line.");
    Err(Fault::not_found("billing.bank_line_not_found", id, en))
}

/// A line after a decision.
pub(super) async fn decided(tx: &mut Tx, id: BankLineId) -> Fallible<BankLineView> {
    let line = bank::find(tx, id).await?;
    Ok(view(Proposed { line, proposals: Vec::new(), transfers: Vec::new() }))
}

/// Whose money a line is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignLine {
    #[schema(value_type = String, format = Uuid)]
    customer_id: CustomerId,
    /// The invoice that is settled first; the oldest, when left out.
    #[schema(value_type = Option<String>, format = Uuid)]
    invoice_id: Option<InvoiceId>,
    /// A transfer of this amount was recorded for them around that day, and this is another one.
    #[serde(default)]
    another: bool,
}

/// Count a line's money for a customer, once.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/assign", params(("id" = uuid::Uuid, Path)),
    request_body = AssignLine, responses((status = 200, body = BankLineView))
)]
async fn assign(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
    Body(body): Body<AssignLine>,
) -> Written<BankLineView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        let AssignLine { customer_id: customer, invoice_id: invoice, another } = body;
        let what = Assigned { customer, invoice, another };
        bank::assign(tx, id, &what).await.map_err(|f| on_wire(f, NAMES))?;
        decided(tx, id).await
    })
    .await
}

/// The recorded transfer that a line is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MatchLine {
    #[schema(value_type = String, format = Uuid)]
    payment_id: PaymentId,
}

/// Match a line to a recorded transfer; one that was only noted is settled.
#[utoipa::path(
    post, path = "/api/v1/bank/lines/{id}/match", params(("id" = uuid::Uuid, Path)),
    request_body = MatchLine, responses((status = 200, body = BankLineView))
)]
async fn match_payment(
    State(app): State<App>,
    actor: Actor,
    At(id): At<BankLineId>,
    Body(body): Body<MatchLine>,
) -> Written<BankLineView> {
    app.write(&actor, async move |tx| {
        let scope = tx.actor().scope.clone();
        must_see(tx, &scope, id).await?;
        bank::match_payment(tx, id, body.payment_id).await?;
        decided(tx, id).await
    })
    .await
}
