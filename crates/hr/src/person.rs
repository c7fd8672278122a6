//! What an employer has to know of somebody beside their login. HR says it; nothing here depends on it, but a
//! system of payroll can't be told of a person without it.

use kernel::{Day, Event, Fault, Field, Permission, Result, UserId};
use serde_json::{Value, json};
use store::{Query, Tx};

use crate::store::person as rows;

store::words! {
    /// As the identity card has it.
    pub enum Gender { Male = "male", Female = "female" }
}

store::row! {
    #[derive(PartialEq, Eq)]
    pub struct Papers {
        pub gender: Gender,
        pub born_on: Day,
        /// First day at work.
        pub joined_on: Day,
    }
}

/// Nobody works who is younger.
const AGE_MIN: i32 = 15;
/// Nor who was born before.
const BORN_MIN: i16 = 1900;

impl Papers {
    /// # Errors
    /// A field fault for somebody born or hired in the future, or too young on the first day.
    pub fn check(&self, today: Day) -> Result<()> {
        let mut wrong = Vec::new();
        let mut bad = |name: &str, id: &str, en: &str| {
            wrong.push(Field::new(name, "out_of_range", id.to_owned(), en.to_owned()));
        };
        if self.born_on.year() < BORN_MIN || self.born_on >= today {
            bad("born_on", "harus tanggal yang sudah lewat", "must be a day in the past");
        } else if self.born_on.plus_months(12 * AGE_MIN) > self.joined_on {
            bad("joined_on", "umurnya waktu itu belum 15 tahun", "they were younger than 15 then");
        } else if !self.joined_on.is_within_years() || self.joined_on > today.plus_months(12) {
            bad("joined_on", "paling jauh setahun lagi", "must be within a year from now");
        }
        if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
    }
}

/// What HR said of somebody; `None`: nothing yet.
///
/// # Errors
/// Only when the database fails.
pub async fn papers(q: &mut dyn Query, user: UserId) -> Result<Option<Papers>> {
    rows::get(q, user).await
}

/// Writes down what HR says of somebody whom the caller knows to work here.
///
/// # Errors
/// `forbidden` without `StaffWrite`; as [`Papers::check`].
pub async fn set_papers(tx: &mut Tx, user: UserId, papers: &Papers, today: Day) -> Result<()> {
    tx.actor().require(Permission::StaffWrite)?;
    papers.check(today)?;
    let before = rows::get(tx, user).await?;
    if before.as_ref() == Some(papers) {
        return Ok(());
    }
    rows::put(tx, user, papers).await?;
    // A birthday is read where it stands, by those who may: the journal says that it was changed.
    let shown = |p: &Papers| json!({ "gender": p.gender, "joined_on": p.joined_on });
    let before = before.as_ref().map_or(Value::Null, shown);
    tx.journal("user", user.uuid(), "papers", before, shown(papers)).await?;
    tx.emit(Event::UserChanged { user });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_born_tomorrow_or_works_as_a_child() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let today = day("2026-11-20");
        for (born, joined, field) in [
            ("1995-05-05", "2026-01-02", None),
            ("2011-11-20", "2026-11-20", None),
            ("2011-11-21", "2026-11-20", Some("joined_on")),
            ("2026-11-20", "2026-11-20", Some("born_on")),
            ("1995-05-05", "2028-01-01", Some("joined_on")),
        ] {
            let papers =
                Papers { gender: Gender::Male, born_on: day(born), joined_on: day(joined) };
            let wrong = papers.check(today).err().map(|f| f.fields[0].name.clone());
            assert_eq!(wrong.as_deref(), field, "{born} {joined}");
        }
    }
}
