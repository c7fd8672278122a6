//! What a person decided about a finding, and what follows from it.

use bridge::{Link, Subject, Verdict, finding, link, mark};
use kernel::{Cause, Fault, Result};
use store::{Db, Tx};

use crate::mirror::asset::{ENGINE, OURS, THEIRS};

/// What a decision does, in words for the person who takes it; `None`: it does not exist for this finding.
pub fn words(
    found: &finding::Finding,
    choice: bridge::Settle,
) -> Option<(&'static str, &'static str)> {
    use bridge::Settle::{Adopt, Dismiss, Heal};
    let restored = found.field.as_deref() == Some("history");
    Some(match (found.verdict, choice) {
        (_, Dismiss) => (
            "Dibiarkan; muncul lagi bila salah satu sisi berubah.",
            "Left as it is; it comes back when either side changes.",
        ),
        (Verdict::Differs, Heal) if restored => (
            "Sudah diketahui. Tiap barang yang mundur ditanyakan sendiri-sendiri.",
            "Taken note of. Each device that went back is asked about by itself.",
        ),
        (_, Adopt | Heal) if found.local_id.is_none() => return None,
        (Verdict::Differs | Verdict::Conflict, Adopt) => {
            ("Dipindahkan di sini juga, seperti di sana.", "Moved here as well, as it is there.")
        }
        (Verdict::Differs | Verdict::Conflict, Heal) => {
            ("Dipindahkan kembali di sana, seperti di sini.", "Moved back there, as it is here.")
        }
        (Verdict::MissingThere, Heal) => ("Dibuat lagi di sana.", "Made there again."),
        _ => return None,
    })
}

/// What heals a finding besides a decision.
pub fn hint(found: &finding::Finding) -> Option<(&'static str, &'static str)> {
    Some(match found.verdict {
        Verdict::Duplicate => (
            "Satu nomor seri, dua barang: hapus yang salah di sana; pemeriksaan malam memulihkannya.",
            "One serial, two items: delete the wrong one over there; the nightly pass heals it.",
        ),
        Verdict::MissingHere => (
            "Pindahkan di sana ke gudang yang kita kenal, atau buat jenis barangnya di sini: lalu diterima \
             sendiri. Bukan barang kita? Biarkan.",
            "Move it there to a warehouse that we know, or add its type here: then it is received by itself. Not \
             ours? Leave it.",
        ),
        _ => return None,
    })
}

fn cannot_adopt() -> Fault {
    Fault::conflict(
        "bridge.cannot_adopt",
        "Temuan ini tidak bisa diambil alih; perbaiki di gudang atau di sana.",
        "This finding can't be taken over; put it right in the warehouse or over there.",
    )
}

/// Writes down what a person decided about a finding of ours, and what follows from it.
///
/// # Errors
/// `bridge.finding_settled`, `forbidden`, `bridge.cannot_adopt`.
pub async fn settle(
    db: &Db,
    cause: &Cause,
    id: bridge::FindingId,
    choice: bridge::Settle,
) -> Result<()> {
    db.write(cause, async |tx: &mut Tx| {
        let found = finding::settle(tx, id, choice).await?;
        settled(tx, &found, choice).await
    })
    .await
}

/// What follows from a person's decision about a finding of ours, in the transaction that writes it down.
///
/// # Errors
/// `bridge.cannot_adopt` where there is nothing to take over.
pub async fn settled(tx: &mut Tx, found: &finding::Finding, choice: bridge::Settle) -> Result<()> {
    use bridge::Settle::{Adopt, Dismiss, Heal};
    let restored = found.field.as_deref() == Some("history") && choice == Heal;
    let Some(local_id) = found.local_id else {
        return if restored || choice == Dismiss { Ok(()) } else { Err(cannot_adopt()) };
    };
    let known = link::get(tx, ENGINE, Subject::Item, local_id).await?;
    let word = match (found.verdict, choice) {
        (_, Dismiss) => return Ok(()),
        // It is made there anew.
        (Verdict::MissingThere, Heal) => {
            link::forget(tx, ENGINE, Subject::Item, local_id).await?;
            return mark::mark(tx, ENGINE, Subject::Item, local_id).await;
        }
        (Verdict::Differs | Verdict::Conflict, Heal) => OURS,
        (Verdict::Differs | Verdict::Conflict, Adopt) => THEIRS,
        _ => return Err(cannot_adopt()),
    };
    if let Some(link) = known {
        link::put(tx, &Link { fingerprint: word.into(), ..link }).await?;
    }
    mark::mark(tx, ENGINE, Subject::Item, local_id).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridge::{FindingId, FindingState, Settle};
    use kernel::Ts;

    fn found(verdict: Verdict, local: bool, field: Option<&str>) -> finding::Finding {
        finding::Finding {
            id: FindingId::nil(),
            engine: ENGINE,
            subject: Subject::Item,
            verdict,
            local_id: local.then(uuid::Uuid::nil),
            external_id: None,
            field: field.map(str::to_owned),
            ours: None,
            theirs: None,
            detail: None,
            branch_id: None,
            first_seen: Ts::default(),
            last_seen: Ts::default(),
            state: FindingState::Open,
            settled_at: None,
            settled_by: None,
        }
    }

    #[test]
    fn every_kind_of_finding_says_what_heals_it() {
        for (verdict, local, field) in [
            (Verdict::Differs, true, Some("place")),
            (Verdict::Conflict, true, Some("place")),
            (Verdict::Differs, false, Some("history")),
            (Verdict::MissingThere, true, None),
            (Verdict::MissingHere, false, None),
            (Verdict::Duplicate, true, Some("serial")),
            (Verdict::Duplicate, false, Some("serial")),
        ] {
            let one = found(verdict, local, field);
            let heals = words(&one, Settle::Heal).is_some() || hint(&one).is_some();
            assert!(heals, "{verdict} {field:?}");
        }
        let stranger = found(Verdict::MissingHere, false, None);
        assert_eq!(words(&stranger, Settle::Adopt), None, "there is nothing of ours to change");
    }
}
