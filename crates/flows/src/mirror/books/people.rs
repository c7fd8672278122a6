//! Who works here, when they came and went, what they earned beside the salary.
//!
//! Employees are our users with a working role ([`identity::User::is_employee`]). What a taken-over employee is called
//! there stays as HR wrote it until it changes here.

use bridge::accounting::{
    AttendanceRecord, BonusRecord, EmployeeRecord, PapersRecord, Pay, Record,
};
use bridge::finding::Found;
use bridge::{Subject, Verdict, link};
use hr::person::Gender;
use hr::rule::Kind;
use kernel::{AttendanceId, BranchId, EarningSumId, Result, Scope, UserId};
use store::Query;
use uuid::Uuid;

use super::{ENGINE, Job, OURS, digits, name_of};

/// Whether somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Works,
    Left,
}

impl Standing {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Works => "active",
            Self::Left => "left",
        }
    }
}

/// What both sides agreed on of an employee: the standing in plain, for it is judged by itself; name and phone as a
/// hash.
pub fn employee_print(name: &str, phone: Option<&str>, standing: Standing) -> String {
    let person = link::fingerprint([name, &digits(phone)]);
    format!("{}:{person}", standing.word())
}

pub(super) fn print_of(e: &EmployeeRecord) -> String {
    let standing = if e.left_on.is_some() { Standing::Left } else { Standing::Works };
    employee_print(&e.name, e.phone.as_deref(), standing)
}

/// An employee as the engine should have it; `None`: the user is none, and was never told.
///
/// # Errors
/// When there is no such user or the database fails.
pub async fn employee_record(q: &mut dyn Query, id: UserId) -> Result<Option<EmployeeRecord>> {
    let user = identity::user::find(q, &Scope::all(), id).await?;
    if !user.is_employee() {
        return Ok(None);
    }
    let catalog = catalog::current(q).await?;
    let zone = user.branch_id.map(|id| catalog.zone(id)).unwrap_or_default();
    let papers = hr::person::papers(q, id).await?.map(|p| PapersRecord {
        is_male: p.gender == Gender::Male,
        born_on: p.born_on,
        joined_on: p.joined_on,
    });
    let mut record = EmployeeRecord {
        id: id.uuid(),
        name: user.name,
        phone: user.phone.map(|p| p.to_string()),
        login: user.username,
        left_on: user.disabled_at.map(|at| at.day(zone)),
        papers,
        known_as: None,
        person_changed: true,
        standing_changed: true,
    };
    if let Some(known) = link::get(q, ENGINE, Subject::Employee, id.uuid()).await? {
        if known.fingerprint != OURS {
            let now = print_of(&record);
            let split = |print: &str| {
                print
                    .split_once(':')
                    .map(|(standing, person)| (standing.to_owned(), person.to_owned()))
            };
            let (was, is) = (split(&known.fingerprint), split(&now));
            let part = |of: &Option<(String, String)>| of.clone().unwrap_or_default();
            record.standing_changed = part(&was).0 != part(&is).0;
            record.person_changed = part(&was).1 != part(&is).1;
        }
        record.known_as = Some(known.external_id);
    }
    Ok(Some(record))
}

pub(super) async fn employee(q: &mut dyn Query, id: UserId) -> Result<Job> {
    let Some(record) = employee_record(q, id).await? else { return Ok(Job::Nothing) };
    // Who left before they were known there need not be made.
    if record.left_on.is_some() && record.known_as.is_none() {
        return Ok(Job::Nothing);
    }
    Ok(Job::Tell(vec![Record::Employee(record)]))
}

pub(super) async fn branch_of(q: &mut dyn Query, id: Uuid) -> Result<Option<BranchId>> {
    Ok(identity::user::find(q, &Scope::all(), UserId::from_uuid(id)).await?.branch_id)
}

/// The question about somebody who can't be made there: it wants to know what a login does not.
pub fn not_there(id: Uuid, name: &str, login: &str, branch: Option<BranchId>) -> Found {
    Found {
        local_id: Some(id),
        ours: Some(format!("{name} ({login})")),
        branch,
        ..Found::new(ENGINE, Subject::Employee, Verdict::MissingThere)
    }
}

pub(super) async fn attendance(q: &mut dyn Query, id: AttendanceId) -> Result<Job> {
    let Some(check) = hr::attendance::find(q, id).await? else { return Ok(Job::Nothing) };
    let Some(employee) = name_of(q, Subject::Employee, check.user_id.uuid()).await? else {
        let user = identity::user::find(q, &Scope::all(), check.user_id).await?;
        return Ok(if user.is_employee() {
            Job::Wait("karyawan / employee")
        } else {
            Job::Nothing
        });
    };
    Ok(Job::Tell(vec![Record::Attendance(AttendanceRecord {
        id: id.uuid(),
        employee,
        at: check.occurred_at,
        came: check.kind == hr::attendance::Kind::In,
        place: check.lat.zip(check.lon),
    })]))
}

/// A month's sum. Paid with the salary of the month after: on a day that no slip made before has passed. More taken
/// back than earned is a deduction.
pub(super) async fn earned(q: &mut dyn Query, id: EarningSumId, again: bool) -> Result<Job> {
    let Some(sum) = hr::earning::sum(q, id).await? else { return Ok(Job::Nothing) };
    if sum.amount.is_zero() {
        return Ok(Job::Nothing);
    }
    let Some(employee) = name_of(q, Subject::Employee, sum.user_id.uuid()).await? else {
        return Ok(Job::Wait("karyawan / employee"));
    };
    let pay = match sum.kind {
        _ if sum.amount.is_negative() => Pay::Deduction,
        Kind::Commission => Pay::Commission,
        Kind::Incentive => Pay::Incentive,
    };
    Ok(Job::Tell(vec![Record::Bonus(BonusRecord {
        id: id.uuid(),
        employee,
        pay,
        amount: sum.amount.abs(),
        payroll_on: sum.month.plus_months(1),
        again,
    })]))
}
