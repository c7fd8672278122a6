//! What a person decided about a finding.

use bridge::access::AccessSystem;
use bridge::{Finding, FindingId, Settle, Subject, Verdict, engine, finding, link, mark};
use kernel::{AccountId, Cause, Fault, Result};
use store::{Db, Tx};

use super::{BARE, OF};
use crate::adopt::access as adopt;

/// What a decision does, in words for the person who takes it; `None`: it does not exist for this finding.
pub fn words(found: &Finding, choice: Settle) -> Option<(&'static str, &'static str)> {
    use Settle::{Adopt, Dismiss, Heal};
    let field = found.field.as_deref();
    Some(match (found.subject, found.verdict, choice) {
        (_, _, Dismiss) => (
            "Dibiarkan; muncul lagi bila salah satu sisi berubah.",
            "Left as it is; it comes back when either side changes.",
        ),
        (Subject::Account, Verdict::Differs, Adopt) => match field {
            Some("password") => (
                "Kata sandi di sana menjadi kata sandi akun ini.",
                "The password over there becomes this login's.",
            ),
            Some("mac") => (
                "Perangkat di sana menjadi perangkat akun ini.",
                "The device over there becomes this login's.",
            ),
            _ => return None,
        },
        (Subject::Account, Verdict::Differs, Heal) if field == Some("attributes") => (
            "Atribut tambahan itu dihapus di sana.",
            "Those added attributes are removed over there.",
        ),
        (Subject::Account, Verdict::Differs, Heal) if field == Some("disabled") => (
            "Dibuka lagi di sana, sesuai keadaan di Sambung.",
            "Opened again over there, as it is in Sambung.",
        ),
        (Subject::Account | Subject::Nas | Subject::Profile, Verdict::Differs, Heal) => {
            ("Punya kita ditulis lagi di sana.", "Ours is written there again.")
        }
        (Subject::Account | Subject::Nas | Subject::Profile, Verdict::MissingThere, Heal) => {
            ("Dibuat lagi di sana.", "Made there again.")
        }
        (Subject::Account, Verdict::MissingHere | Verdict::Orphan, Heal) => (
            "Dihapus di sana: ia tidak bisa masuk lagi. Riwayat sesinya tetap.",
            "Removed over there: it can't log in any more. Its sessions stay on record.",
        ),
        (Subject::Nas, Verdict::MissingHere, Heal) => (
            "Dihapus di sana: router itu tidak dilayani lagi.",
            "Removed over there: that router is not served any more.",
        ),
        _ => return None,
    })
}

/// What heals a finding besides a decision.
pub fn hint(found: &Finding) -> Option<(&'static str, &'static str)> {
    Some(match (found.subject, found.verdict, found.field.as_deref()) {
        (Subject::Account, Verdict::MissingHere, _) => (
            "Pelanggan kita? Daftarkan dengan nama pengguna ini; temuan ini lalu pulih sendiri.",
            "A customer of ours? Register them with this user name; this finding then heals by itself.",
        ),
        (Subject::Nas, Verdict::MissingHere, _) => (
            "Router kita? Daftarkan di Jaringan dengan alamat ini; temuan ini lalu pulih sendiri.",
            "A router of ours? Add it under Network with this address; this finding then heals by itself.",
        ),
        (Subject::Account, Verdict::Differs, Some("group")) => (
            "Grup mengikuti paket: ubah paketnya di Sambung bila yang di sana yang benar.",
            "The group follows the plan: change the plan in Sambung when theirs is right.",
        ),
        (Subject::Account, Verdict::Differs, Some("disabled")) => (
            "Bila memang harus ditutup: isolir atau akhiri langganannya di Sambung.",
            "When it is to be closed indeed: isolate or end the subscription in Sambung.",
        ),
        (Subject::Profile, Verdict::Differs, _) => (
            "Bila yang di sana yang benar: ubah profil kecepatannya di Sambung.",
            "When theirs is right: change the speed profile in Sambung.",
        ),
        _ => return None,
    })
}

/// Carries out what a person decided about a finding of this engine. The engine is read before the
/// transaction, since what is adopted must be what stands there now.
///
/// # Errors
/// `bridge.finding_settled`, `forbidden`, `bridge.cannot_adopt`; when the engine does not answer.
pub async fn settle(
    db: &Db,
    port: &dyn AccessSystem,
    cause: &Cause,
    id: FindingId,
    choice: Settle,
) -> Result<Finding> {
    let found = finding::find(&mut db.reader(), id).await?;
    let mut seen = None;
    if choice == Settle::Adopt
        && let Some(name) = &found.external_id
    {
        let part = port.accounts(&[link::shard(name)]).await?;
        seen = part.into_iter().find(|s| s.username == *name);
    }
    db.write(cause, async |tx: &mut Tx| {
        let found = finding::settle(tx, id, choice).await?;
        match choice {
            Settle::Dismiss => {}
            Settle::Heal => {
                if found.field.as_deref() == Some("attributes")
                    && let Some(local) = found.local_id
                {
                    engine::set_cursor(tx, OF, &format!("{BARE}{local}"), "1").await?;
                }
                // Without a record of ours the finding itself says what is to go.
                let local = found.local_id.unwrap_or(found.id.uuid());
                mark::mark(tx, OF, found.subject, local).await?;
            }
            Settle::Adopt => {
                let account = found.local_id.filter(|_| found.subject == Subject::Account);
                let field = found.field.as_deref().unwrap_or_default();
                let adopted = match (account, &seen) {
                    (Some(account), Some(seen)) => {
                        adopt::field(tx, AccountId::from_uuid(account), field, seen).await?
                    }
                    _ => false,
                };
                if !adopted {
                    return Err(cannot_adopt());
                }
                if let Some(account) = account {
                    mark::mark(tx, OF, Subject::Account, account).await?;
                }
            }
        }
        Ok(found)
    })
    .await
}

fn cannot_adopt() -> Fault {
    Fault::conflict(
        "bridge.cannot_adopt",
        "Ini tidak bisa diambil alih begitu saja. Ubah di Sambung (daftarkan pelanggan, ubah paket atau profil), \
         atau tulis ulang punya kita ke sana.",
        "This can't be taken over as it is. Change it in Sambung (register the customer, change plan or \
         profile), or write ours there again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridge::{Engine, FindingState};
    use kernel::Ts;

    fn found(subject: Subject, verdict: Verdict, field: Option<&str>) -> Finding {
        Finding {
            id: FindingId::nil(),
            engine: Engine::ACCESS,
            subject,
            verdict,
            local_id: None,
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
    fn every_kind_of_finding_can_be_healed_and_says_how() {
        let differs = [
            (
                Subject::Account,
                "duplicate password mac fixed_ip sessions group standing disabled attributes contact",
            ),
            (Subject::Nas, "secret type name"),
            (Subject::Profile, "attributes"),
        ];
        for (subject, fields) in differs {
            for field in fields.split(' ') {
                let one = found(subject, Verdict::Differs, Some(field));
                assert!(words(&one, Settle::Heal).is_some(), "{subject} {field}");
                let adopts = words(&one, Settle::Adopt).is_some();
                let may = subject == Subject::Account && ["password", "mac"].contains(&field);
                assert_eq!(adopts, may, "{subject} {field}");
            }
        }
        for (subject, verdict) in [
            (Subject::Account, Verdict::MissingThere),
            (Subject::Account, Verdict::MissingHere),
            (Subject::Account, Verdict::Orphan),
            (Subject::Nas, Verdict::MissingThere),
            (Subject::Nas, Verdict::MissingHere),
            (Subject::Profile, Verdict::MissingThere),
        ] {
            let one = found(subject, verdict, None);
            assert!(words(&one, Settle::Heal).is_some(), "{subject} {verdict}");
            assert!(words(&one, Settle::Dismiss).is_some());
        }
    }
}
