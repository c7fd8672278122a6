//! Papers about cash: the closing of a drawer, the receipt for a handover.

use axum::extract::State;
use axum::response::Response;
use billing::cash::{
    self, CashMove, Drawer, DrawerId, DrawerState, Handover, HandoverId, MoveKind,
};
use documents::cash::{CashPaper, CashTable, cash_pdf};
use documents::paper::Issuer;
use documents::receipt::Paper;
use kernel::{Actor, Lang, Money, Zone};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::papers::{PaperWord, issuer};
use super::{pdf, say, typeset};
use crate::http::app::App;
use crate::http::context;
use crate::http::extract::{At, Search};
use crate::http::problem::Problem;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(closing)).routes(routes!(handover))
}

/// What the paper is printed on.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CashPaperQuery {
    /// `58mm` (the counter's roll) or `a5`, which it is when left out.
    #[param(value_type = Option<String>)]
    paper: Option<PaperWord>,
    /// `id` or `en`; that of the one who asks when left out.
    #[param(value_type = Option<String>)]
    lang: Option<Lang>,
}

/// Movements on one paper.
const MOVES: i64 = 1_000;

/// Print a drawer: what came in, what went out, what was counted.
#[utoipa::path(
    get, path = "/api/v1/cash/drawers/{id}/pdf", params(("id" = uuid::Uuid, Path), CashPaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn closing(
    State(app): State<App>,
    actor: Actor,
    At(id): At<DrawerId>,
    Search(query): Search<CashPaperQuery>,
) -> Result<Response, Problem> {
    let mut q = app.reader();
    let lang = query.lang.unwrap_or_else(context::lang);
    let catalog = catalog::current(&mut q).await?;
    let drawer = cash::find(&mut q, &actor.scope, id).await?;
    let moves = cash::moves(&mut q, &actor.scope, id, None, MOVES).await?;
    let zone = catalog.zone(drawer.branch_id);
    let branch = catalog.branch(drawer.branch_id)?.name.clone();
    let head = Head { issuer: issuer(&catalog)?, branch, zone, lang };
    print(drawer_paper(head, &drawer, &moves), query.paper, lang).await
}

/// What stands on top of a paper.
struct Head {
    issuer: Issuer,
    branch: String,
    zone: Zone,
    lang: Lang,
}

async fn print(paper: CashPaper, on: Option<PaperWord>, lang: Lang) -> Result<Response, Problem> {
    let on = match on.unwrap_or_default() {
        PaperWord::Roll => Paper::Thermal58,
        PaperWord::A5 => Paper::A5,
    };
    let number = paper.number.clone();
    let bytes = typeset(move || cash_pdf(&paper, on, lang)).await?;
    Ok(pdf(&number, bytes))
}

fn drawer_paper(head: Head, drawer: &Drawer, moves: &[CashMove]) -> CashPaper {
    let Head { issuer, branch, zone, lang } = head;
    let mut facts = vec![
        (say(lang, "Cabang", "Branch"), branch),
        (say(lang, "Kasir", "Cashier"), drawer.cashier.clone()),
        (say(lang, "Dibuka", "Opened"), drawer.opened_at.local_text(zone, lang)),
    ];
    if let Some(at) = drawer.counted_at {
        facts.push((say(lang, "Dihitung", "Counted"), at.local_text(zone, lang)));
    }
    if let Some(at) = drawer.closed_at {
        facts.push((say(lang, "Ditutup", "Closed"), at.local_text(zone, lang)));
    }
    let mut notes = Vec::new();
    if drawer.state == DrawerState::Counted {
        let told = say(
            lang,
            "Selisih ini menunggu persetujuan orang kedua; kas belum ditutup.",
            "This difference waits for a second person; the drawer is not closed yet.",
        );
        notes.push(told);
    }
    if let Some(why) = &drawer.why {
        notes.push(format!("{}: {why}", say(lang, "Keterangan", "Remark")));
    }
    let accepted = (say(lang, "Disetujui", "Accepted by"), drawer.accepted_by.clone());
    CashPaper {
        issuer,
        title: say(lang, "Penutupan kas", "Drawer closing"),
        number: drawer.number.clone(),
        facts,
        tables: vec![movements(moves, zone, lang), pieces(drawer, lang)],
        sums: sums(drawer, lang),
        in_words: drawer.counted.filter(|counted| counted.is_positive()),
        signers: vec![(say(lang, "Kasir", "Cashier"), Some(drawer.cashier.clone())), accepted],
        notes,
    }
}

fn sums(drawer: &Drawer, lang: Lang) -> Vec<(String, Money)> {
    let expected = drawer.expected.unwrap_or(drawer.balance);
    let mut sums = vec![
        (say(lang, "Modal awal", "Float"), drawer.float_amount),
        (say(lang, "Masuk", "Taken in"), drawer.taken),
        (say(lang, "Keluar", "Paid out"), drawer.given),
        (say(lang, "Seharusnya", "Expected"), expected),
    ];
    if let (Some(counted), Some(difference)) = (drawer.counted, drawer.difference()) {
        sums.push((say(lang, "Selisih", "Difference"), difference));
        sums.push((say(lang, "Dihitung", "Counted"), counted));
    }
    sums
}

fn movements(moves: &[CashMove], zone: Zone, lang: Lang) -> CashTable {
    let shown = moves.iter().filter(|m| !matches!(m.kind, MoveKind::Float | MoveKind::Close));
    let row = |m: &CashMove| {
        let (hour, minute) = m.at.hour_minute(zone);
        let what = m.number.clone().unwrap_or_else(|| kind(m.kind, lang));
        let detail = format!("{hour:02}.{minute:02} {}", kind(m.kind, lang));
        (what, Some(detail), m.amount)
    };
    let title = say(lang, "Uang masuk dan keluar", "Money in and out");
    CashTable { title, rows: shown.map(row).collect() }
}

fn pieces(drawer: &Drawer, lang: Lang) -> CashTable {
    let counted: Vec<(i64, i64)> = drawer
        .pieces
        .clone()
        .and_then(|pieces| serde_json::from_value(pieces).ok())
        .unwrap_or_default();
    let rows = counted.into_iter().filter(|(_, count)| *count > 0).map(|(piece, count)| {
        let piece = Money::rupiah(piece);
        (piece.to_string(), Some(format!("× {count}")), piece.times(count))
    });
    CashTable { title: say(lang, "Pecahan", "Pieces"), rows: rows.collect() }
}

fn kind(kind: MoveKind, lang: Lang) -> String {
    let (id, en) = match kind {
        MoveKind::Float => ("Modal awal", "Float"),
        MoveKind::Payment => ("Pembayaran", "Payment"),
        MoveKind::Reversal => ("Pembayaran dibatalkan", "Payment reversed"),
        MoveKind::Refund => ("Dikembalikan", "Refund"),
        MoveKind::Voucher => ("Voucher", "Vouchers"),
        MoveKind::TopUp => ("Deposit mitra", "Reseller deposit"),
        MoveKind::Handover => ("Setoran", "Handed over"),
        MoveKind::Close => ("Penutupan", "Closing"),
    };
    say(lang, id, en)
}

/// Print the receipt for money that a collector handed over.
#[utoipa::path(
    get, path = "/api/v1/cash/handovers/{id}/receipt",
    params(("id" = uuid::Uuid, Path), CashPaperQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>))
)]
async fn handover(
    State(app): State<App>,
    actor: Actor,
    At(id): At<HandoverId>,
    Search(query): Search<CashPaperQuery>,
) -> Result<Response, Problem> {
    let mut q = app.reader();
    let lang = query.lang.unwrap_or_else(context::lang);
    let catalog = catalog::current(&mut q).await?;
    let found = cash::handover(&mut q, &actor.scope, id).await?;
    let zone = catalog.zone(found.branch_id);
    let branch = catalog.branch(found.branch_id)?.name.clone();
    let head = Head { issuer: issuer(&catalog)?, branch, zone, lang };
    print(handover_paper(head, found), query.paper, lang).await
}

fn handover_paper(head: Head, h: Handover) -> CashPaper {
    let Head { issuer, branch, zone, lang } = head;
    CashPaper {
        issuer,
        title: say(lang, "Tanda terima setoran", "Receipt for cash handed over"),
        number: h.number,
        facts: vec![
            (say(lang, "Cabang", "Branch"), branch),
            (say(lang, "Waktu", "Time"), h.at.local_text(zone, lang)),
            (say(lang, "Disetor oleh", "Handed over by"), h.collector.clone()),
            (say(lang, "Masuk kas", "Into drawer"), h.drawer_number),
        ],
        tables: Vec::new(),
        sums: vec![
            (say(lang, "Masih dipegang", "Still held"), h.left_over),
            (say(lang, "Disetor", "Handed over"), h.amount),
        ],
        in_words: Some(h.amount),
        signers: vec![
            (say(lang, "Penyetor", "Handed over by"), Some(h.collector)),
            (say(lang, "Penerima", "Received by"), Some(h.received_by)),
        ],
        notes: h.note.into_iter().collect(),
    }
}
