//! What HR said of people.

use kernel::{Result, UserId};
use store::{Query, QueryExt, Tx, args};

use crate::person::Papers;

pub(crate) async fn get(q: &mut dyn Query, user: UserId) -> Result<Option<Papers>> {
    q.row_opt("select gender, born_on, joined_on from hr_person where user_id = $1", args![user])
        .await
}

pub(crate) async fn put(tx: &mut Tx, user: UserId, papers: &Papers) -> Result<()> {
    tx.exec(
        "insert into hr_person (user_id, gender, born_on, joined_on, changed_at)
         values ($1,$2,$3,$4,$5)
         on conflict (user_id) do update set gender = excluded.gender, born_on = excluded.born_on,
           joined_on = excluded.joined_on, changed_at = excluded.changed_at",
        args![user, papers.gender, papers.born_on, papers.joined_on, tx.now()],
    )
    .await
    .map(drop)
}
