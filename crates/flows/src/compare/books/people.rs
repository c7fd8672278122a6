//! Who works here, and what they were told to be paid, beside theirs.

use bridge::accounting::{BonusSeen, EmployeeRecord, EmployeeSeen, Stage};
use bridge::finding::{self, Found};
use bridge::{Subject, Verdict, link, mark};
use kernel::{EarningSumId, Result, Scope, Ts, UserId};
use store::{Db, Query, Tx};

use super::{cause, differs, id_of};
use crate::mirror::books::{ENGINE, Standing, employee_record, not_there};

/// The standing of an employee of both. Names and phones are HR's where HR entered them.
pub(super) fn standing(ours: &EmployeeRecord, theirs: &EmployeeSeen) -> Vec<Found> {
    let works = ours.left_on.is_none();
    if works == theirs.works {
        return Vec::new();
    }
    let mine = if works { Standing::Works } else { Standing::Left };
    let other = match theirs.left_on {
        Some(day) if !theirs.works => format!("{} {day}", theirs.status),
        _ => theirs.status.clone(),
    };
    let name = &theirs.head.external_id;
    vec![differs(Subject::Employee, ours.id, name, "employment", mine.word(), &other)]
}

/// A linked employee against theirs; nothing while ours still waits to be told.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn employee(
    q: &mut dyn Query,
    id: UserId,
    seen: &EmployeeSeen,
) -> Result<Vec<Found>> {
    if mark::waits(q, ENGINE, Subject::Employee, id.uuid()).await? {
        return Ok(Vec::new());
    }
    let Some(ours) = employee_record(q, id).await? else { return Ok(Vec::new()) };
    let branch = identity::user::find(q, &Scope::all(), id).await?.branch_id;
    let mut found = standing(&ours, seen);
    found.iter_mut().for_each(|one| one.branch = branch);
    Ok(found)
}

/// A sum of ours as it stands there. What HR pays beside that is HR's.
pub(super) async fn bonus(tx: &mut Tx, theirs: &BonusSeen) -> Result<Vec<Found>> {
    let name = &theirs.head.external_id;
    let subject = Subject::Commission;
    let Some(id) = id_of(tx, subject, name).await? else { return Ok(Vec::new()) };
    if mark::waits(tx, ENGINE, subject, id).await? {
        return Ok(Vec::new());
    }
    let Some(sum) = hr::earning::sum(tx, EarningSumId::from_uuid(id)).await? else {
        return Ok(Vec::new());
    };
    if theirs.head.stage == Stage::Cancelled {
        return Ok(vec![differs(subject, id, name, "state", "submitted", "cancelled")]);
    }
    if theirs.amount == sum.amount.abs() {
        return Ok(Vec::new());
    }
    let (ours, other) = (sum.amount.abs().to_string(), theirs.amount.to_string());
    Ok(vec![differs(subject, id, name, "amount", &ours, &other)])
}

/// Employees of ours who stand nowhere there and don't wait to. A doubt about one is a finding of its own.
pub(super) async fn never_told(db: &Db, now: Ts) -> Result<usize> {
    db.write(&cause(now), async |tx: &mut Tx| {
        let mut count = 0;
        for user in identity::user::employees(tx).await? {
            let id = user.id.uuid();
            let known = link::get(tx, ENGINE, Subject::Employee, id).await?.is_some();
            if known || mark::waits(tx, ENGINE, Subject::Employee, id).await? {
                continue;
            }
            let open = finding::open_of(tx, ENGINE, Subject::Employee, id).await?;
            if open.iter().any(|f| f.verdict == Verdict::MaybeDouble) {
                continue;
            }
            let found = not_there(id, &user.name, &user.username, user.branch_id);
            finding::report(tx, &found).await?;
            count += 1;
        }
        Ok(count)
    })
    .await
}
