//! Customers as a list and on the map: what they have, in which state, what they owe.

use billing::words::SubscriptionState;
use crm::customer::CustomerKind;
use crm::word::Subject;
use kernel::{BranchId, CustomerId, Money, PartnerId, Phone, Result, Scope, Ts};
use store::{Query, QueryExt, args};
use uuid::Uuid;

use super::narrow::{Narrow, clean};
use super::order::{self, Key, Order, Place, Sorted, sorts};
use super::words::Found;

store::row! {
    pub struct CustomerRow {
        pub id: CustomerId,
        pub number: String,
        pub name: String,
        pub kind: CustomerKind,
        pub phone: Phone,
        pub address: String,
        pub branch_id: BranchId,
        pub branch_name: String,
        pub partner_id: Option<PartnerId>,
        pub partner_name: Option<String>,
        /// Of their subscriptions' states the one that most needs somebody; `None` without subscriptions.
        pub state: Option<SubscriptionState>,
        /// Subscriptions that are not over.
        pub subscriptions: i64,
        /// What all issued invoices together still want.
        pub outstanding: Money,
        pub created_at: Ts,
    }
}

store::words! {
    /// What the list of customers is sorted by.
    pub enum CustomerSort {
        Newest = "newest",
        Name = "name",
    }
}
sorts! { CustomerSort, Newest; Newest => Made, Down; Name => Name("c.name"), Up; }

impl Sorted<CustomerSort> for CustomerRow {
    fn place(&self) -> Uuid {
        self.id.uuid()
    }
    fn key(&self, by: CustomerSort) -> Option<Key> {
        match by {
            CustomerSort::Newest => None,
            CustomerSort::Name => Some(Key::Text(self.name.clone())),
        }
    }
}

/// Which of several states a row shows: the lowest.
const RANK: &str =
    "case s.state when 'isolated' then 1 when 'ready' then 2 when 'pending_install' then 3
    when 'paused' then 4 when 'active' then 5 when 'terminated' then 6 else 7 end";

/// The page of ids is found first; sums are made only for the rows that are shown.
fn rows_of(page: &str, order: &str) -> String {
    format!(
        "select c.id, c.number, c.name, c.kind, c.phone, c.address, c.branch_id,
           b.name as branch_name, c.partner_id, r.name as partner_name, c.created_at,
           (select s.state from billing_subscription s where s.customer_id = c.id
             order by {RANK} limit 1) as state,
           (select count(*) from billing_subscription s where s.customer_id = c.id
             and s.state not in ('terminated', 'cancelled')) as subscriptions,
           cast(coalesce((select sum(i.total - i.paid - i.credited - i.withheld - i.written_off)
             from billing_invoice i where i.customer_id = c.id and i.state = 'issued'), 0) as bigint)
             as outstanding
         from crm_customer c
         join catalog_branch b on b.id = c.branch_id
         left join partner_reseller r on r.id = c.partner_id
         where c.id in ({page})
         order by {order}"
    )
}

/// What a list of customers is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// Words of number, name, phone or address, each by its beginning.
    pub text: Option<String>,
    /// The words are whole ones.
    pub whole: bool,
    /// The text may be a whole RADIUS user name too.
    pub by_account: bool,
    /// At least one subscription is in this state.
    pub state: Option<SubscriptionState>,
    pub partner: Option<PartnerId>,
    pub order: Order<CustomerSort>,
}

/// Customers in use, after `after`.
///
/// # Errors
/// A field error on `after` that a list in another order gave.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &CustomerFilter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<CustomerRow>> {
    let Some(mut narrow) = scoped(scope, "c") else { return Ok(Vec::new()) };
    narrow.only("c.archived_at is null");
    narrow.when(filter.partner, "c.partner_id = ?");
    narrow.when(
        filter.state,
        "exists (select 1 from billing_subscription s where s.customer_id = c.id and s.state = ?)",
    );
    search(q, &mut narrow, filter).await?;
    let page = |clause: &str, order: &str, limit: &str| {
        let ids =
            format!("select c.id from crm_customer c {clause} order by {order} limit {limit}");
        rows_of(&ids, order)
    };
    order::page(q, &narrow, (filter.order, "c.id"), after, limit, &page).await
}

async fn search(q: &mut dyn Query, narrow: &mut Narrow, filter: &CustomerFilter) -> Result<()> {
    let text = filter.text.as_deref();
    let Some(found) = Found::of(q, Subject::Customer, text, filter.whole).await? else {
        return Ok(());
    };
    let account = |narrow: &mut Narrow| {
        if !filter.by_account {
            return Vec::new();
        }
        let username = narrow.bind(clean(text.unwrap_or_default()).to_lowercase());
        vec![format!(
            "select n.customer_id from network_account n
             where n.username = {username} and n.released_at is null"
        )]
    };
    let condition = found.among(narrow, "c.id", account);
    narrow.only(&condition);
    Ok(())
}

/// `None` for technicians: they see a customer through a job.
fn scoped(scope: &Scope, alias: &str) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, &format!("{alias}.branch_id = ?"));
    narrow.when(scope.partner, &format!("{alias}.partner_id = ?"));
    narrow.when(scope.customer, &format!("{alias}.id = ?"));
    Some(narrow)
}

store::row! {
    /// A customer on the map.
    pub struct CustomerPin {
        pub id: CustomerId,
        pub number: String,
        pub name: String,
        pub lat: f64,
        pub lon: f64,
        pub state: Option<SubscriptionState>,
    }
}

/// Customers with a place, at most `limit`, by id; `bounds` is a part of the map.
///
/// # Errors
/// Only when the database fails.
pub async fn pins(
    q: &mut dyn Query,
    scope: &Scope,
    bounds: Option<crm::place::Bounds>,
    limit: i64,
) -> Result<Vec<CustomerPin>> {
    let Some(mut narrow) = scoped(scope, "k") else { return Ok(Vec::new()) };
    narrow.only("k.archived_at is null and k.lat is not null and k.lon is not null");
    narrow.when(bounds.map(|b| b.south), "k.lat >= ?");
    narrow.when(bounds.map(|b| b.north), "k.lat <= ?");
    narrow.when(bounds.map(|b| b.west), "k.lon >= ?");
    narrow.when(bounds.map(|b| b.east), "k.lon <= ?");
    let limit = narrow.bind(limit);
    let sql = format!(
        "select k.id, k.number, k.name, k.lat, k.lon,
           (select s.state from billing_subscription s where s.customer_id = k.id
             order by {RANK} limit 1) as state
         from crm_customer k {} order by k.id limit {limit}",
        narrow.clause()
    );
    q.rows(&sql, narrow.into_args()).await
}

store::row! {
    /// What other rooms know about one customer.
    pub struct CustomerAround {
        pub branch_name: String,
        pub partner_name: Option<String>,
        pub sold_by_name: Option<String>,
        pub outstanding: Money,
        /// Money received that no invoice has taken.
        pub credit: Money,
    }
}

/// Names and sums around one customer. The caller has found the customer in its scope.
///
/// # Errors
/// Only when the database fails.
pub async fn around(q: &mut dyn Query, customer: CustomerId) -> Result<CustomerAround> {
    q.row(
        "select b.name as branch_name, r.name as partner_name, u.name as sold_by_name,
           cast(coalesce((select sum(i.total - i.paid - i.credited - i.withheld - i.written_off)
             from billing_invoice i where i.customer_id = c.id and i.state = 'issued'), 0) as bigint)
             as outstanding,
           cast(coalesce((select sum(p.amount - p.allocated - p.refunded) from billing_payment p
             where p.customer_id = c.id and p.state = 'settled'), 0) as bigint) as credit
         from crm_customer c
         join catalog_branch b on b.id = c.branch_id
         left join partner_reseller r on r.id = c.partner_id
         left join identity_user u on u.id = c.sold_by
         where c.id = $1",
        args![customer],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Ground, put};
    use super::*;
    use billing::pay::NewPayment;
    use billing::words::Channel;
    use kernel::Id;
    use store::testing::{both, cause, now};
    use store::{Db, Tx};

    async fn names(db: &Db, filter: &CustomerFilter) -> String {
        let rows = list(&mut db.reader(), &Scope::all(), filter, None, 50).await.unwrap();
        rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn a_row_shows_the_state_that_needs_somebody_and_what_is_owed() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            let (budi, ani) =
                (ground.customer(&db, 1, "Budi").await, ground.customer(&db, 2, "Ani").await);
            ground.subscription(&db, budi, "active").await;
            let isolated = ground.subscription(&db, budi, "isolated").await;
            ground.subscription(&db, budi, "terminated").await;
            ground.subscription(&db, ani, "terminated").await;
            for (state, total, paid) in [("issued", 100, 30), ("issued", 50, 50), ("draft", 900, 0)] {
                put(
                    &db,
                    "insert into billing_invoice (id, customer_id, subscription_id, branch_id, kind, key,
                       period_from, period_to, state, due_on, base, tax, total, paid, hash)
                     values ($1,$2,$3,$4,'one_off',$5,$6,$6,$7,$6,$8,0,$8,$9,'')",
                    args![
                        Id::<()>::from_uuid(format!("0193a9d0-0000-7000-8000-{total:012}").parse().unwrap()),
                        budi, isolated, ground.branch, format!("k{total}"),
                        now().day(kernel::Zone::Jakarta), state, total, paid
                    ],
                )
                .await;
            }
            let paid = NewPayment {
                customer: ani,
                channel: Channel::Cash,
                reference: None,
                amount: Money::rupiah(40_000),
                named_invoice: None,
                received_at: now(),
                note: None,
            };
            let work = async |tx: &mut Tx| billing::pay::receive(tx, paid.clone()).await.map(drop);
            db.write(&cause(now()), work).await.unwrap();

            let all = CustomerFilter::default();
            let rows = list(&mut db.reader(), &Scope::all(), &all, None, 50).await.unwrap();
            let shown: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.state, r.subscriptions)).collect();
            assert_eq!(shown, [
                ("Ani", Some(SubscriptionState::Terminated), 0),
                ("Budi", Some(SubscriptionState::Isolated), 2),
            ]);
            assert_eq!(rows[1].outstanding, Money::rupiah(70));
            let around_ani = around(&mut db.reader(), ani).await.unwrap();
            assert_eq!((around_ani.credit, around_ani.outstanding), (Money::rupiah(40_000), Money::ZERO));
            assert_eq!(around_ani.branch_name, "JKT");
            let state = Some(SubscriptionState::Active);
            assert_eq!(names(&db, &CustomerFilter { state, ..all.clone() }).await, "Budi");
            let state = Some(SubscriptionState::Ready);
            assert_eq!(names(&db, &CustomerFilter { state, ..all }).await, "");
        })
        .await;
    }

    #[tokio::test]
    async fn a_user_name_finds_its_customer_for_those_who_may_look_there() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            let budi = ground.customer(&db, 1, "Budi").await;
            let sub = ground.subscription(&db, budi, "active").await;
            put(
                &db,
                "insert into network_account (id, subscription_id, customer_id, branch_id, username,
                   password_enc, kind, state, mac_policy, created_at, changed_at)
                 values ($1,$2,$3,$4,'c000001@isp',$5,'pppoe','live','scan',$6,$6)",
                args![Id::<()>::nil(), sub, budi, ground.branch, vec![0_u8], now()],
            )
            .await;
            let text = Some("C000001@ISP".to_owned());
            let filter = CustomerFilter { text, ..CustomerFilter::default() };
            assert_eq!(names(&db, &filter).await, "");
            assert_eq!(names(&db, &CustomerFilter { by_account: true, ..filter }).await, "Budi");
        })
        .await;
    }

    #[tokio::test]
    async fn a_customer_is_found_by_words_and_by_the_last_digits_of_the_phone() {
        both(&crate::schema(), async |db: Db| {
            let ground = Ground::lay(&db).await;
            ground.customer(&db, 1, "Budi Santoso").await;
            ground.customer(&db, 2, "Ani Budiman").await;
            for (text, found) in [
                ("bud", "Ani Budiman Budi Santoso"),
                ("santoso BUDI", "Budi Santoso"),
                ("c000002", "Ani Budiman"),
                ("000001", "Budi Santoso"),
                ("7890", "Ani Budiman Budi Santoso"),
                ("+62 812-3456-7890 ", "Ani Budiman Budi Santoso"),
                ("0812-3456-7891", ""),
                ("udi", ""),
                ("budi siapa", ""),
                ("%", "Ani Budiman Budi Santoso"),
            ] {
                let text = Some(text.to_owned());
                let filter = CustomerFilter { text: text.clone(), ..CustomerFilter::default() };
                assert_eq!(names(&db, &filter).await, found, "{text:?}");
            }
            let text = Some("budi".to_owned());
            let whole = CustomerFilter { text, whole: true, ..CustomerFilter::default() };
            assert_eq!(names(&db, &whole).await, "Budi Santoso");
        })
        .await;
    }
}
