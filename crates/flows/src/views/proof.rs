//! The proof that all systems speak of the same: customer ↔ subscription ↔ login ↔ device on one line, with what each is
//! called in the engine that keeps it, and where a link is missing or the two sides differ.

use billing::words::SubscriptionState;
use bridge::{Engine, Subject, engine};
use inventory::Owner;
use kernel::{AccountId, CustomerId, Fault, ItemId, Result, Scope, SubscriptionId};
use store::{Query, QueryExt, args};

use super::narrow::{Narrow, pattern};

store::words! {
    /// How a record of ours and its counterpart are tied.
    pub enum Tie {
        /// The engine is not attached.
        Off = "off",
        /// There is nothing of ours to tie: no login yet, no device of our own.
        Nothing = "nothing",
        /// We have it, and no counterpart is known.
        Missing = "missing",
        /// It waits to be told.
        Waiting = "waiting",
        /// Tied, and the two sides differ.
        Differs = "differs",
        /// Tied, and nothing differs.
        Linked = "linked",
    }
}

store::words! {
    /// What a list is narrowed to.
    pub enum Only { Missing = "missing", Differs = "differs" }
}

store::row! {
    struct Row {
        subscription_id: SubscriptionId,
        number: String,
        state: SubscriptionState,
        customer_id: CustomerId,
        customer_number: String,
        customer_name: String,
        account_id: Option<AccountId>,
        username: Option<String>,
        item_id: Option<ItemId>,
        serial: Option<String>,
        owner: Option<Owner>,
        books_name: Option<String>,
        access_name: Option<String>,
        stock_name: Option<String>,
        books_open: i64,
        access_open: i64,
        stock_open: i64,
        books_waits: bool,
        access_waits: bool,
        stock_waits: bool,
    }
}

/// One tie of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub engine: Engine,
    pub subject: Subject,
    pub local_id: Option<uuid::Uuid>,
    /// What it is called here: customer's number, user name, serial.
    pub ours: Option<String>,
    /// What it is called there.
    pub theirs: Option<String>,
    pub tie: Tie,
    /// Open findings about it.
    pub open: i64,
}

/// One subscription with its ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub subscription: SubscriptionId,
    pub number: String,
    pub state: SubscriptionState,
    pub customer: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    pub username: Option<String>,
    pub serial: Option<String>,
    /// Customer, login, device.
    pub links: [Link; 3],
}

/// What a list is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub only: Option<Only>,
    /// Part of a name, a number, a user name, a serial, or of what it is called there.
    pub text: Option<String>,
}

/// Which engines are attached.
#[derive(Clone, Copy, Debug)]
struct Attached {
    books: bool,
    access: bool,
    stock: bool,
}

impl Attached {
    async fn read(q: &mut dyn Query) -> Result<Self> {
        Ok(Self {
            books: engine::breaker(q, Engine::BOOKS).await?.is_some(),
            access: engine::breaker(q, Engine::ACCESS).await?.is_some(),
            stock: engine::breaker(q, Engine::STOCK).await?.is_some(),
        })
    }
}

/// Running subscriptions, the newest first, before `before`. Empty for technicians.
///
/// # Errors
/// Only when the database fails.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    filter: &Filter,
    before: Option<SubscriptionId>,
    limit: i64,
) -> Result<Vec<Proof>> {
    let Some(mut narrow) = scoped(scope) else { return Ok(Vec::new()) };
    let attached = Attached::read(q).await?;
    let engines = Engines::bind(&mut narrow);
    narrow.only("s.state not in ('terminated', 'cancelled')");
    narrow.when(before, "s.id < ?");
    if let Some(like) = pattern(filter.text.as_deref()) {
        let like = narrow.bind(like);
        let columns = [
            "s.number",
            "c.number",
            "c.name",
            "a.username",
            "d.serial",
            "lb.external_id",
            "la.external_id",
            "ls.external_id",
        ];
        let any = columns.map(|column| format!("lower({column}) like {like}")).join(" or ");
        narrow.only(&format!("({any})"));
    }
    match filter.only {
        None => {}
        Some(Only::Missing) => narrow.only(&format!("({})", missing(attached))),
        Some(Only::Differs) => narrow.only(&format!(
            "({} > 0 or {} > 0 or {} > 0)",
            engines.open("books", "c.id", "'customer'"),
            engines.open("access", "a.id", "'account'"),
            engines.open("stock", "d.id", "'item', 'move'")
        )),
    }
    let limit = narrow.bind(limit);
    let sql = format!("{} {} order by s.id desc limit {limit}", select(&engines), narrow.clause());
    let rows: Vec<Row> = q.rows(&sql, narrow.into_args()).await?;
    Ok(rows.into_iter().map(|row| proof(row, attached)).collect())
}

/// One subscription, running or not.
///
/// # Errors
/// `billing.subscription_not_found` when there is none in scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: SubscriptionId) -> Result<Proof> {
    let none = || {
        Fault::not_found(
            "billing.subscription_not_found",
            "Langganan tidak ada.",
            "No such subscription.",
        )
    };
    let mut narrow = scoped(scope).ok_or_else(none)?;
    let attached = Attached::read(q).await?;
    let engines = Engines::bind(&mut narrow);
    narrow.when(Some(id), "s.id = ?");
    let sql = format!("{} {}", select(&engines), narrow.clause());
    let row: Option<Row> = q.row_opt(&sql, narrow.into_args()).await?;
    row.map(|row| proof(row, attached)).ok_or_else(none)
}

/// How many of ours are tied to an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub engine: Engine,
    pub subject: Subject,
    /// Ours that have to be there.
    pub ours: i64,
    pub linked: i64,
    /// Wait to be told.
    pub waiting: i64,
    /// With an open finding.
    pub differ: i64,
}

/// The whole chain in figures, of the engines that are attached.
///
/// # Errors
/// Only when the database fails.
pub async fn counts(q: &mut dyn Query) -> Result<Vec<Counted>> {
    let attached = Attached::read(q).await?;
    let mut all = Vec::new();
    for (is, engine, subject, ours) in [
        (
            attached.books,
            Engine::BOOKS,
            Subject::Customer,
            "select distinct customer_id as id from billing_subscription
             where state not in ('terminated', 'cancelled')",
        ),
        (
            attached.access,
            Engine::ACCESS,
            Subject::Account,
            "select id from network_account where released_at is null and state <> 'reserved'",
        ),
        (
            attached.stock,
            Engine::STOCK,
            Subject::Item,
            "select id from inventory_item where owner = 'isp'",
        ),
    ] {
        if !is {
            continue;
        }
        let sql = format!(
            "select count(*), count(l.local_id), count(m.local_id), count(f.local_id)
             from ({ours}) o
             left join bridge_link l on l.engine = $1 and l.subject = $2 and l.local_id = o.id
             left join bridge_mark m on m.engine = $1 and m.subject = $2 and m.local_id = o.id
             left join (select distinct local_id from bridge_finding where engine = $1
               and subject in ($2, $3) and state = 'open' and local_id is not null) f
               on f.local_id = o.id"
        );
        let other = if subject == Subject::Item { Subject::Move } else { subject };
        let (ours, linked, waiting, differ): (i64, i64, i64, i64) =
            q.row(&sql, args![engine, subject, other]).await?;
        all.push(Counted { engine, subject, ours, linked, waiting, differ });
    }
    Ok(all)
}

/// `None` for technicians: they see a connection through a job.
fn scoped(scope: &Scope) -> Option<Narrow> {
    if scope.technician.is_some() {
        return None;
    }
    let mut narrow = Narrow::default();
    narrow.when(scope.branch, "s.branch_id = ?");
    narrow.when(scope.partner, "s.partner_id = ?");
    narrow.when(scope.customer, "s.customer_id = ?");
    Some(narrow)
}

/// The engines' words as they are bound.
struct Engines {
    books: String,
    access: String,
    stock: String,
}

impl Engines {
    fn bind(narrow: &mut Narrow) -> Self {
        Self {
            books: narrow.bind(Engine::BOOKS),
            access: narrow.bind(Engine::ACCESS),
            stock: narrow.bind(Engine::STOCK),
        }
    }
    fn of(&self, which: &str) -> &str {
        match which {
            "books" => &self.books,
            "access" => &self.access,
            _ => &self.stock,
        }
    }
    /// How many open findings there are about a record.
    fn open(&self, which: &str, id: &str, subjects: &str) -> String {
        format!(
            "(select count(*) from bridge_finding f where f.engine = {} and f.subject in ({subjects})
               and f.local_id = {id} and f.state = 'open')",
            self.of(which)
        )
    }
    fn waits(&self, which: &str, id: &str, subject: &str) -> String {
        format!(
            "exists (select 1 from bridge_mark m where m.engine = {} and m.subject = '{subject}'
               and m.local_id = {id})",
            self.of(which)
        )
    }
    fn link(&self, which: &str, name: &str, id: &str, subject: &str) -> String {
        format!(
            "left join bridge_link {name} on {name}.engine = {} and {name}.subject = '{subject}'
               and {name}.local_id = {id}",
            self.of(which)
        )
    }
}

/// Of the ties of attached engines one is missing.
fn missing(attached: Attached) -> String {
    let mut any = vec!["1 = 0"];
    if attached.books {
        any.push("lb.local_id is null");
    }
    if attached.access {
        any.push("(a.id is not null and a.state <> 'reserved' and la.local_id is null)");
    }
    if attached.stock {
        any.push("(d.owner = 'isp' and ls.local_id is null)");
    }
    any.join(" or ")
}

fn select(engines: &Engines) -> String {
    format!(
        "select s.id as subscription_id, s.number, s.state, c.id as customer_id,
           c.number as customer_number, c.name as customer_name,
           case when a.state = 'reserved' then null else a.id end as account_id, a.username,
           d.id as item_id, d.serial, d.owner,
           lb.external_id as books_name, la.external_id as access_name, ls.external_id as stock_name,
           {} as books_open, {} as access_open, {} as stock_open,
           {} as books_waits, {} as access_waits, {} as stock_waits
         from billing_subscription s
         join crm_customer c on c.id = s.customer_id
         left join network_account a on a.subscription_id = s.id and a.released_at is null
           and a.state <> 'closed'
         left join inventory_item d on d.id = (select i.id from inventory_item i
           where i.subscription_id = s.id and i.state = 'installed' order by i.owner desc, i.id desc
           limit 1)
         {} {} {}",
        engines.open("books", "c.id", "'customer'"),
        engines.open("access", "a.id", "'account'"),
        engines.open("stock", "d.id", "'item', 'move'"),
        engines.waits("books", "c.id", "customer"),
        engines.waits("access", "a.id", "account"),
        engines.waits("stock", "d.id", "item"),
        engines.link("books", "lb", "c.id", "customer"),
        engines.link("access", "la", "a.id", "account"),
        engines.link("stock", "ls", "d.id", "item"),
    )
}

/// How a record is tied. Pure.
fn tie(attached: bool, ours: bool, theirs: bool, open: i64, waits: bool) -> Tie {
    match (attached, ours) {
        (false, _) => Tie::Off,
        (true, false) => Tie::Nothing,
        (true, true) if open > 0 => Tie::Differs,
        (true, true) if waits => Tie::Waiting,
        (true, true) if theirs => Tie::Linked,
        (true, true) => Tie::Missing,
    }
}

fn proof(row: Row, attached: Attached) -> Proof {
    let item = row.item_id.filter(|_| row.owner == Some(Owner::Isp));
    let links = [
        Link {
            engine: Engine::BOOKS,
            subject: Subject::Customer,
            local_id: Some(row.customer_id.uuid()),
            ours: Some(row.customer_number.clone()),
            tie: tie(
                attached.books,
                true,
                row.books_name.is_some(),
                row.books_open,
                row.books_waits,
            ),
            theirs: row.books_name,
            open: row.books_open,
        },
        Link {
            engine: Engine::ACCESS,
            subject: Subject::Account,
            local_id: row.account_id.map(|id| id.uuid()),
            ours: row.username.clone(),
            tie: tie(
                attached.access,
                row.account_id.is_some(),
                row.access_name.is_some(),
                row.access_open,
                row.access_waits,
            ),
            theirs: row.access_name,
            open: row.access_open,
        },
        Link {
            engine: Engine::STOCK,
            subject: Subject::Item,
            local_id: item.map(|id| id.uuid()),
            ours: row.serial.clone(),
            tie: tie(
                attached.stock,
                item.is_some(),
                row.stock_name.is_some(),
                row.stock_open,
                row.stock_waits,
            ),
            theirs: row.stock_name,
            open: row.stock_open,
        },
    ];
    Proof {
        subscription: row.subscription_id,
        number: row.number,
        state: row.state,
        customer: row.customer_id,
        customer_number: row.customer_number,
        customer_name: row.customer_name,
        username: row.username,
        serial: row.serial,
        links,
    }
}

#[cfg(test)]
mod tests;
