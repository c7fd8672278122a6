//! What a person decided about a finding.

use bridge::access::AccessSystem;
use bridge::{Finding, FindingId, Settle, Subject, engine, finding, link, mark};
use kernel::{AccountId, Cause, Fault, Result};
use store::{Db, Tx};

use super::{BARE, OF};
use crate::adopt::access as adopt;

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
