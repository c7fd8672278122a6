//! Orders to suppliers and receipts of theirs: kept as papers that are only shown. Devices that came in there and are
//! not in any store here are asked about: stock is counted here.

use bridge::accounting::{PurchaseSeen, Stage};
use bridge::finding::{self, Found};
use bridge::paper::{self, PaperKind};
use bridge::{FindingState, Subject, Verdict};
use kernel::{Cause, FaultKind, Result, Scope, Ts};
use store::{Db, Query, Tx};

use super::{Became, Why, is_history};
use crate::mirror::books::ENGINE;

/// Serial numbers that a finding names.
const NAMED_MAX: usize = 20;
/// Open questions that one look answers.
const OPEN_MAX: i64 = 500;

pub(super) async fn purchase(tx: &mut Tx, seen: &PurchaseSeen) -> Result<Became> {
    paper::keep(tx, ENGINE, seen).await?;
    if !seen.is_receipt {
        return Ok(Became::Nothing);
    }
    if seen.head.stage != Stage::Submitted {
        return cleared(tx, &seen.head.external_id).await;
    }
    if is_history(tx, &seen.head, Why::Seen).await? {
        return Ok(Became::Nothing);
    }
    let serials = seen.lines.iter().flat_map(|line| line.serials.iter().cloned()).collect();
    asked(tx, &seen.head.external_id, &seen.supplier, serials).await
}

/// Asks about what is not here; what is by now is no question any more.
async fn asked(tx: &mut Tx, receipt: &str, supplier: &str, serials: Vec<String>) -> Result<Became> {
    let missing = missing(tx, serials).await?;
    if missing.is_empty() {
        return cleared(tx, receipt).await;
    }
    let more = missing.len().saturating_sub(NAMED_MAX);
    let mut named = missing[..missing.len() - more].join(", ");
    if more > 0 {
        named.push_str(&format!(" +{more}"));
    }
    let found = Found {
        external_id: Some(receipt.to_owned()),
        field: Some("serial".to_owned()),
        theirs: Some(named),
        detail: Some(supplier.to_owned()),
        ..Found::new(ENGINE, Subject::PurchaseOrder, Verdict::MissingHere)
    };
    finding::report(tx, &found).await?;
    Ok(Became::Asked)
}

async fn cleared(tx: &mut Tx, receipt: &str) -> Result<Became> {
    let missing = [Verdict::MissingHere];
    finding::clear(tx, ENGINE, Subject::PurchaseOrder, &missing, (None, Some(receipt))).await?;
    Ok(Became::Nothing)
}

async fn missing(q: &mut dyn Query, serials: Vec<String>) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for serial in serials {
        match inventory::find::by_serial(q, &Scope::all(), &serial).await {
            Ok(_) => {}
            Err(fault) if fault.kind == FaultKind::NotFound => missing.push(serial),
            // What is no serial number of ours can't be here.
            Err(fault) if fault.kind == FaultKind::Invalid => missing.push(serial),
            Err(fault) => return Err(fault),
        }
    }
    Ok(missing)
}

/// Looks again at what was asked: somebody may have received it here since.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn look_again(db: &Db, now: Ts) -> Result<()> {
    let filter = finding::Filter {
        engine: Some(ENGINE),
        subject: Some(Subject::PurchaseOrder),
        state: Some(FindingState::Open),
        branch: None,
    };
    db.write(&Cause::system(now, "compare_erpnext"), async |tx: &mut Tx| {
        for open in finding::list(tx, &filter, None, OPEN_MAX).await? {
            let Some(receipt) = open.external_id.filter(|_| open.field.is_some()) else { continue };
            let known = paper::find(tx, ENGINE, PaperKind::Receipt, &receipt).await?;
            if let Some(paper) = known {
                let serials = paper.lines().into_iter().flat_map(|line| line.serials).collect();
                asked(tx, &receipt, &paper.supplier, serials).await?;
            }
        }
        Ok(())
    })
    .await
}
