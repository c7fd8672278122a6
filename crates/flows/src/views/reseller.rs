//! What a reseller opens in the morning: the balance, today's sales, what falls due, the commission, and
//! their own customers with their connection.

use billing::words::SubscriptionState;
use kernel::{
    CommissionId, CustomerId, Day, InvoiceId, Money, PartnerId, Phone, Result, Scope,
    SubscriptionId, Ts,
};
use serde_json::Value as Json;
use store::{Query, QueryExt, args};

use super::narrow::{Narrow, pattern, phone_pattern};
use super::online::Condition;

/// Days ahead in which a due invoice is shown.
pub const DUE_DAYS: i32 = 7;

/// The reseller's home, in rupiah and counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub balance: Money,
    pub debt: Money,
    /// The civil day in the branch's zone.
    pub today: Day,
    /// Settled payments of own customers since the day began, through whatever channel.
    pub sales_count: i64,
    pub sales: Money,
    /// Own customers' open invoices that are due within [`DUE_DAYS`] or were due before.
    pub due_count: i64,
    pub due: Money,
    /// Commission that was not taken back; what a payment from the wallet kept counts too.
    pub commission_today: Money,
    pub commission_month: Money,
    pub customers: i64,
    pub online: i64,
    pub isolated: i64,
}

/// The home of one reseller.
///
/// # Errors
/// `partner.not_found`, also when out of scope.
pub async fn home(q: &mut dyn Query, scope: &Scope, id: PartnerId, now: Ts) -> Result<Home> {
    let reseller = partner::reseller::find(q, scope, id).await?;
    let wallet = partner::wallet::of(q, scope, id).await?;
    let zone = catalog::current(q).await?.zone(reseller.branch_id);
    let today = now.day(zone);
    let day_began = Ts::local(today, 0, 0, zone);
    let month_began = Ts::local(today.first_of_month(), 0, 0, zone);
    let (sales_count, sales): (i64, Money) = q
        .row(
            "select count(*), cast(coalesce(sum(amount), 0) as bigint) from billing_payment
             where partner_id = $1 and state = 'settled' and settled_at >= $2",
            args![id, day_began],
        )
        .await?;
    let (due_count, due): (i64, Money) = q
        .row(
            "select count(*), cast(coalesce(sum(total - paid - credited - withheld - written_off), 0)
               as bigint)
             from billing_invoice where partner_id = $1 and state = 'issued' and due_on <= $2
               and total - paid - credited - withheld - written_off > 0",
            args![id, today.plus_days(DUE_DAYS)],
        )
        .await?;
    let (commission_today, commission_month): (Money, Money) = q
        .row(
            "select cast(coalesce(sum(case when accrued_at >= $2 then amount else 0 end), 0) as bigint),
               cast(coalesce(sum(amount), 0) as bigint)
             from partner_commission
             where partner_id = $1 and taken_back_at is null and accrued_at >= $3",
            args![id, day_began, month_began],
        )
        .await?;
    let customers: i64 = q
        .value(
            "select count(*) from crm_customer where partner_id = $1 and archived_at is null",
            args![id],
        )
        .await?;
    let (online, isolated): (i64, i64) = q
        .row(
            "select cast(coalesce(sum(case when n.isolated = false then 1 else 0 end), 0) as bigint),
               (select count(*) from billing_subscription
                 where partner_id = $1 and state = 'isolated')
             from network_session n join billing_subscription s on s.id = n.subscription_id
             where s.partner_id = $1 and n.state = 'live'",
            args![id],
        )
        .await?;
    Ok(Home {
        balance: wallet.balance,
        debt: wallet.debt,
        today,
        sales_count,
        sales,
        due_count,
        due,
        commission_today,
        commission_month,
        customers,
        online,
        isolated,
    })
}

store::row! {
    /// A subscription of an own customer, with its connection; a customer without any is one row too.
    pub struct OwnRow {
        pub customer_id: CustomerId,
        pub customer_number: String,
        pub name: String,
        pub phone: Phone,
        pub address: String,
        pub subscription_id: Option<SubscriptionId>,
        pub number: Option<String>,
        pub plan_name: Option<String>,
        pub state: Option<SubscriptionState>,
        pub outstanding: Money,
        /// When the oldest open invoice was or is due.
        pub due_on: Option<Day>,
        pub session_state: Option<String>,
        pub session_isolated: Option<bool>,
        /// Since when the session runs, or when the last one ended.
        pub seen_at: Option<Ts>,
        /// `{code, id, en, evidence}` as the decision wrote it.
        pub why: Option<Json>,
        /// The customer's id and the subscription's, as the page goes on.
        pub key: String,
    }
}

impl OwnRow {
    /// In one word.
    pub fn condition(&self) -> Condition {
        match (self.session_state.as_deref(), self.session_isolated) {
            (Some("suspect"), _) => Condition::Suspect,
            (Some("live"), Some(true)) => Condition::Isolated,
            (Some("live"), _) => Condition::Online,
            _ => Condition::Offline,
        }
    }
}

/// What the list of own customers is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct OwnFilter {
    /// Part of number, name, phone or address.
    pub text: Option<String>,
    pub state: Option<SubscriptionState>,
    /// A session is open that reaches the internet, or not.
    pub online: Option<bool>,
    /// An open invoice is due until then.
    pub due_until: Option<Day>,
}

const OPEN: &str = "exists (select 1 from network_session y where y.subscription_id = s.id
  and y.state = 'live' and y.isolated = false)";

/// A reseller's customers by name, one row a subscription, after `after` (a key of the row before).
///
/// # Errors
/// `partner.not_found`, also when out of scope.
pub async fn customers(
    q: &mut dyn Query,
    scope: &Scope,
    id: PartnerId,
    filter: &OwnFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<OwnRow>> {
    partner::reseller::find(q, scope, id).await?;
    let mut narrow = Narrow::default();
    narrow.when(Some(id), "k.partner_id = ?");
    narrow.only("k.archived_at is null");
    // Any part of a text: only the reseller's own rows are looked at, by `partner_id`, and these are few.
    let text = filter.text.as_deref();
    if let Some(like) = pattern(text) {
        let (like, phone) = (narrow.bind(like), narrow.bind(phone_pattern(text)));
        narrow.only(&format!(
            "(lower(k.name) like {like} or lower(k.number) like {like} or lower(k.address) like {like}
              or lower(s.number) like {like} or k.phone like {phone})"
        ));
    }
    narrow.when(filter.state, "s.state = ?");
    match filter.online {
        Some(true) => narrow.only(OPEN),
        Some(false) => {
            narrow.only("s.id is not null");
            narrow.only("s.state not in ('terminated', 'cancelled')");
            narrow.only(&format!("not {OPEN}"));
        }
        None => {}
    }
    narrow.when(
        filter.due_until,
        "exists (select 1 from billing_invoice i where i.customer_id = k.id and i.state = 'issued'
           and i.due_on <= ? and i.total - i.paid - i.credited - i.withheld - i.written_off > 0)",
    );
    narrow.when(after, &format!("{KEY} > ?"));
    let limit = narrow.bind(limit);
    let sql = format!("{OWN} {} order by {KEY} limit {limit}", narrow.clause());
    q.rows(&sql, narrow.into_args()).await
}

/// The customer's number is unique and in the order in which they came; the subscription's tells theirs apart.
const KEY: &str = "(k.number || '/' || coalesce(s.number, ''))";

const OWN: &str =
    "select k.id as customer_id, k.number as customer_number, k.name, k.phone, k.address,
    s.id as subscription_id, s.number, p.name as plan_name, s.state,
    cast(coalesce((select sum(i.total - i.paid - i.credited - i.withheld - i.written_off)
      from billing_invoice i where i.customer_id = k.id and i.state = 'issued'
        and (s.id is null or i.subscription_id = s.id or i.subscription_id is null)), 0) as bigint)
      as outstanding,
    (select min(i.due_on) from billing_invoice i where i.customer_id = k.id and i.state = 'issued'
      and i.total - i.paid - i.credited - i.withheld - i.written_off > 0
      and (s.id is null or i.subscription_id = s.id or i.subscription_id is null)) as due_on,
    n.state as session_state, n.isolated as session_isolated,
    case when n.state = 'closed' then n.stopped_at else n.started_at end as seen_at,
    x.why, (k.number || '/' || coalesce(s.number, '')) as key
  from crm_customer k
  left join billing_subscription s on s.customer_id = k.id
  left join catalog_plan p on p.id = s.plan_id
  left join network_access x on x.subscription_id = s.id
  left join network_session n on n.id = (select y.id from network_session y
    where y.subscription_id = s.id
    order by case y.state when 'live' then 1 when 'suspect' then 2 else 3 end,
      y.started_at desc, y.id desc limit 1)";

store::row! {
    /// A commission and what it is made of.
    pub struct CommissionRow {
        pub id: CommissionId,
        pub invoice_id: InvoiceId,
        pub invoice_number: Option<String>,
        /// The customer, of one's own; an upline does not see whose customer it was.
        pub customer_id: Option<CustomerId>,
        pub customer_name: Option<String>,
        pub plan_name: Option<String>,
        /// The reseller whose sale it was.
        pub seller_code: Option<String>,
        /// A share of the commission of somebody below.
        pub from_below: bool,
        pub base: Money,
        pub amount: Money,
        pub formula: String,
        pub netted: bool,
        pub accrued_at: Ts,
        pub taken_back_at: Option<Ts>,
    }
}

/// A reseller's commission since an instant, newest first, with what each row is made of.
///
/// # Errors
/// `partner.not_found`, also when out of scope.
pub async fn commissions(
    q: &mut dyn Query,
    scope: &Scope,
    id: PartnerId,
    since: Ts,
) -> Result<Vec<CommissionRow>> {
    partner::reseller::find(q, scope, id).await?;
    q.rows(
        "select m.id, m.invoice_id, i.number as invoice_number,
           case when i.partner_id = $1 then i.customer_id end as customer_id,
           case when i.partner_id = $1 then k.name end as customer_name,
           p.name as plan_name, r.code as seller_code,
           case when i.partner_id = $1 then false else true end as from_below,
           m.base, m.amount, m.formula, m.netted, m.accrued_at, m.taken_back_at
         from partner_commission m
         left join billing_invoice i on i.id = m.invoice_id
         left join crm_customer k on k.id = i.customer_id
         left join catalog_plan p on p.id = m.plan_id
         left join partner_reseller r on r.id = i.partner_id
         where m.partner_id = $1 and m.accrued_at >= $2
         order by m.accrued_at desc, m.id desc",
        args![id, since],
    )
    .await
}
