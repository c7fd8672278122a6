//! Groups and routers over there against ours.

use bridge::access::{ProfileRecord, Shelf};
use bridge::finding::{self, Found};
use bridge::{Choice, Subject, Verdict, mark, policy};
use kernel::Result;
use store::Tx;
use uuid::Uuid;

use super::{Compared, OF, settle_by};
use crate::mirror::access::{profiles, routers};

/// Groups and routers. Answers how many were asked about and healed.
pub(super) async fn shelves(tx: &mut Tx, shelf: &Shelf, is_first: bool) -> Result<(usize, usize)> {
    let pass = tx.now();
    let mut counted = Compared::default();
    for (id, ours) in profiles(tx).await? {
        let id = id.uuid();
        let same = |p: &&ProfileRecord| {
            p.isolates == ours.isolates && (ours.isolates || p.group == ours.group)
        };
        let found = |verdict| Found {
            local_id: Some(id),
            external_id: Some(ours.group.clone()),
            ..Found::new(OF, Subject::Profile, verdict)
        };
        let list = |reply: &[(String, String)]| {
            reply.iter().map(|(n, v)| format!("{n} {v}")).collect::<Vec<_>>().join("; ")
        };
        match shelf.profiles.iter().find(same) {
            Some(theirs) if theirs.reply == ours.reply => {}
            _ if is_marked(tx, Subject::Profile, id).await? => {}
            Some(theirs) => {
                let report = Found {
                    field: Some("attributes".to_owned()),
                    ours: Some(list(&ours.reply)),
                    theirs: Some(list(&theirs.reply)),
                    ..found(Verdict::Differs)
                };
                let choice = policy::of(tx, OF, Subject::Profile, "attributes").await?;
                settle_by(tx, choice, report, Some(id), &mut counted).await?;
            }
            None if is_first => mark::mark(tx, OF, Subject::Profile, id).await?,
            None => {
                let choice = policy::of(tx, OF, Subject::Profile, "missing").await?;
                settle_by(tx, choice, found(Verdict::MissingThere), Some(id), &mut counted).await?;
            }
        }
    }
    routers_compared(tx, shelf, is_first, &mut counted).await?;
    for subject in [Subject::Profile, Subject::Nas] {
        finding::clear_not_seen(tx, OF, subject, pass).await?;
    }
    Ok((counted.asked, counted.healed))
}

async fn routers_compared(
    tx: &mut Tx,
    shelf: &Shelf,
    is_first: bool,
    counted: &mut Compared,
) -> Result<()> {
    let mine = routers(tx).await?;
    for (id, ours, _) in mine.iter().filter(|(_, _, used)| *used) {
        if is_marked(tx, Subject::Nas, *id).await? {
            continue;
        }
        let found = |verdict| Found {
            local_id: Some(*id),
            external_id: Some(ours.address.clone()),
            ..Found::new(OF, Subject::Nas, verdict)
        };
        let Some(theirs) = shelf.nas.iter().find(|n| n.address == ours.address) else {
            if is_first {
                mark::mark(tx, OF, Subject::Nas, *id).await?;
                continue;
            }
            let choice = policy::of(tx, OF, Subject::Nas, "missing").await?;
            settle_by(tx, choice, found(Verdict::MissingThere), Some(*id), counted).await?;
            continue;
        };
        let short: String = ours.name.chars().take(32).collect();
        for (field, same, mine, other) in [
            ("secret", theirs.secret == ours.secret, "••••".to_owned(), "••••".to_owned()),
            ("type", theirs.type_ == ours.type_, ours.type_.clone(), theirs.type_.clone()),
            ("name", theirs.name == short, short.clone(), theirs.name.clone()),
        ] {
            if !same {
                let report = Found {
                    field: Some(field.to_owned()),
                    ours: Some(mine),
                    theirs: Some(other),
                    ..found(Verdict::Differs)
                };
                let choice = match field {
                    // Their routers' secret may be the one in use: at the first meeting it is asked.
                    "secret" if is_first => Choice::Ask,
                    _ => policy::of(tx, OF, Subject::Nas, field).await?,
                };
                settle_by(tx, choice, report, Some(*id), counted).await?;
            }
        }
    }
    for theirs in &shelf.nas {
        if !mine.iter().any(|(_, ours, used)| *used && ours.address == theirs.address) {
            let report = Found {
                external_id: Some(theirs.address.clone()),
                theirs: Some(theirs.name.clone()),
                ..Found::new(OF, Subject::Nas, Verdict::MissingHere)
            };
            finding::report(tx, &report).await?;
            counted.asked += 1;
        }
    }
    Ok(())
}

async fn is_marked(tx: &mut Tx, subject: Subject, id: Uuid) -> Result<bool> {
    mark::waits(tx, OF, subject, id).await
}
