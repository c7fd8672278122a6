//! The people who work here: what they are, where, whether they were at work today, what they finished.

use hr::person::Gender;
use identity::Role;
use kernel::{BranchId, Day, Result, Scope, Ts, UserId};
use serde_json::Value;
use store::{Query, QueryExt};

use super::narrow::Narrow;

store::row! {
    pub struct StaffRow {
        pub id: UserId,
        pub name: String,
        pub phone: Option<String>,
        pub roles: Value,
        pub branch_id: Option<BranchId>,
        /// When they used the program last.
        pub seen_at: Option<Ts>,
        /// Work orders of theirs that were finished since the day began, and since the month did.
        pub done_today: i64,
        pub done_month: i64,
        /// Work orders of theirs that wait.
        pub waiting: i64,
        /// What HR said of them.
        pub gender: Option<Gender>,
        pub born_on: Option<Day>,
        pub joined_on: Option<Day>,
    }
}

impl StaffRow {
    pub fn roles(&self) -> Vec<Role> {
        serde_json::from_value(self.roles.clone()).unwrap_or_default()
    }
    /// As [`identity::user::is_employee`]; resellers' people are not in this list.
    pub fn is_employee(&self) -> bool {
        identity::user::is_employee(&self.roles())
    }
}

/// More than any ISP employs.
const MOST: i64 = 2_000;

/// Everybody in scope who is not disabled, by name; resellers' people are not ours. `today` and `month` are
/// when the day and the month began.
///
/// # Errors
/// Only when the database fails.
pub async fn list(q: &mut dyn Query, scope: &Scope, today: Ts, month: Ts) -> Result<Vec<StaffRow>> {
    if scope.partner.is_some() || scope.technician.is_some() || scope.customer.is_some() {
        return Ok(Vec::new());
    }
    let mut narrow = Narrow::default();
    let (today, month) = (narrow.bind(today), narrow.bind(month));
    narrow.only("u.partner_id is null");
    narrow.only("u.disabled_at is null");
    narrow.when(scope.branch, "u.branch_id = ?");
    let limit = narrow.bind(MOST);
    let jobs = |condition: &str| {
        format!(
            "(select count(*) from fulfilment_technician t
              join fulfilment_work_order w on w.id = t.work_order_id
              where t.user_id = u.id and {condition})"
        )
    };
    let sql = format!(
        "select u.id, u.name, u.phone, u.roles, u.branch_id,
           (select max(l.seen_at) from identity_login l where l.user_id = u.id) as seen_at,
           {} as done_today, {} as done_month, {} as waiting,
           h.gender, h.born_on, h.joined_on
         from identity_user u left join hr_person h on h.user_id = u.id {} order by lower(u.name), u.id limit {limit}",
        jobs(&format!("w.state = 'done' and w.done_at >= {today}")),
        jobs(&format!("w.state = 'done' and w.done_at >= {month}")),
        jobs("w.state not in ('done', 'cancelled')"),
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

#[cfg(test)]
mod tests {
    use identity::user::{NewUser, create};
    use kernel::Id;
    use store::testing::{both, cause, now};
    use store::{Db, Tx, args};

    use super::super::fixture::{Ground, put};
    use super::*;

    async fn hired(db: &Db, name: &str, role: Role, branch: Option<BranchId>) -> UserId {
        let new = NewUser {
            username: name.to_lowercase(),
            name: name.into(),
            phone: None,
            email: None,
            password: "gunung merapi 9".into(),
            roles: vec![role],
            branch,
            partner: None,
        };
        let work = async |tx: &mut Tx| create(tx, new.clone()).await;
        db.write(&cause(now()), work).await.unwrap()
    }

    #[tokio::test]
    async fn people_are_shown_with_what_they_finished_today_and_this_month() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            let joko = hired(&db, "Joko", Role::Technician, Some(ground.branch)).await;
            hired(&db, "Hani", Role::Hr, None).await;
            hired(&db, "Andi", Role::Technician, Some(ground.other)).await;
            let budi = ground.customer(&db, 1, "Budi").await;
            for (n, state, done) in
                [(1, "done", Some(now())), (2, "done", Some(now().plus_days(-2))), (3, "assigned", None)]
            {
                let id: Id<()> = format!("0193a9d0-0000-7000-8000-{n:012}").parse().unwrap();
                put(
                    &db,
                    "insert into fulfilment_work_order (id, number, kind, subscription_id, customer_id,
                       branch_id, state, visit, address, note, own_device_ok, review, created_at, done_at,
                       version) values ($1,$2,'repair',$1,$3,$4,$5,1,'','',false,false,$6,$7,1)",
                    args![id, format!("SPK/{n}"), budi, ground.branch, state, now(), done],
                )
                .await;
                let sql = "insert into fulfilment_technician (work_order_id, user_id) values ($1,$2)";
                put(&db, sql, args![id, joko]).await;
            }
            let mut q = db.reader();
            let (today, month) = (now().plus_secs(-60), now().plus_days(-20));
            let all = list(&mut q, &Scope::all(), today, month).await.unwrap();
            let names: Vec<&str> = all.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names, ["Andi", "Hani", "Joko"]);
            let joko = &all[2];
            assert_eq!((joko.done_today, joko.done_month, joko.waiting), (1, 2, 1));
            assert_eq!((joko.roles(), joko.seen_at), (vec![Role::Technician], None));
            let own = Scope { branch: Some(ground.branch), ..Scope::all() };
            assert_eq!(list(&mut q, &own, today, month).await.unwrap().len(), 1);
        })
        .await;
    }
}
