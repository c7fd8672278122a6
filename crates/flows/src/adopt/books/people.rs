//! Employees of theirs.

use bridge::accounting::EmployeeSeen;
use bridge::finding;
use bridge::{Subject, Verdict, link, mark};
use kernel::{Result, UserId};
use store::Tx;

use super::{Became, linked};
use crate::compare::books as compare;
use crate::mirror::books::ENGINE;

/// An employee of ours who came or left there: asked, never done. One whom HR just entered may be the one that ours
/// waits for.
pub(super) async fn employee(tx: &mut Tx, seen: &EmployeeSeen) -> Result<Became> {
    let Some(id) = ours(tx, seen).await? else { return awaited(tx, seen).await };
    let found = compare::employee(tx, id, seen).await?;
    for one in &found {
        finding::report(tx, one).await?;
    }
    if found.is_empty() {
        let (verdict, local) = ([Verdict::Differs], Some(id.uuid()));
        finding::clear(tx, ENGINE, Subject::Employee, &verdict, (local, None)).await?;
        return Ok(Became::Nothing);
    }
    Ok(Became::Asked)
}

/// Whose employee it is: by the link, else by the id of ours that it carries (it was renamed).
async fn ours(tx: &mut Tx, seen: &EmployeeSeen) -> Result<Option<UserId>> {
    let head = &seen.head;
    let known = link::by_external(tx, ENGINE, Subject::Employee, &head.external_id).await?;
    if let Some(known) = known {
        return Ok(Some(UserId::from_uuid(known.local_id)));
    }
    let Some(id) = head.our_id else { return Ok(None) };
    let Some(known) = link::get(tx, ENGINE, Subject::Employee, id).await? else { return Ok(None) };
    linked(tx, Subject::Employee, id, head, &known.fingerprint).await?;
    Ok(Some(UserId::from_uuid(id)))
}

/// Whoever of ours is not linked and has this login or name is told now: the judgement is the mirror's.
async fn awaited(tx: &mut Tx, seen: &EmployeeSeen) -> Result<Became> {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    for user in identity::user::employees(tx).await? {
        let alike = same(&user.name, &seen.name)
            || seen.login.as_deref().is_some_and(|login| same(&user.username, login));
        let id = user.id.uuid();
        if alike && link::get(tx, ENGINE, Subject::Employee, id).await?.is_none() {
            mark::mark(tx, ENGINE, Subject::Employee, id).await?;
        }
    }
    Ok(Became::Nothing)
}
