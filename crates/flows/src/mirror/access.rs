//! Logins, profiles and routers, as a RADIUS server of somebody else's has to have them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bridge::access::{
    AccessSystem, AccountRecord, Contact, Ensure, NAS_TYPE, NasRecord, ProfileRecord, Standing,
};
use bridge::{
    Claim, Engine, Finding, FindingId, FindingState, Link, Subject, engine, finding, link,
};
use kernel::{AccountId, BranchId, Cause, ProfileId, Result, SubscriptionId, Ts};
use network::directory::{self, DirectoryRow};
use network::{AccountState, Desired, MacPolicy, Vendor};
use store::{BoxFuture, Db, Query, QueryExt, Tx, args, row};
use uuid::Uuid;

use super::{Carried, Carrier};

/// Records a round: one transaction over there.
const BATCH: i64 = 500;
const OF: Engine = Engine::Freeradius;

/// The carrier to a RADIUS server's tables.
pub struct AccessCarrier {
    port: Arc<dyn AccessSystem>,
}

impl AccessCarrier {
    pub fn new(port: Arc<dyn AccessSystem>) -> Self {
        Self { port }
    }
    pub fn port(&self) -> &Arc<dyn AccessSystem> {
        &self.port
    }
}

/// One of our logins, with what it should be over there.
#[derive(Clone, Debug)]
pub struct Ours {
    pub account: AccountId,
    pub branch: BranchId,
    pub username: String,
    /// `None`: not there (yet, or not any more).
    pub record: Option<AccountRecord>,
}

/// The content of a login as it was told, without showing it.
pub fn fingerprint(record: &AccountRecord) -> String {
    let c = &record.contact;
    let standing = match record.standing {
        Standing::Full => "full",
        Standing::Isolated => "isolated",
        Standing::Disabled => "disabled",
    };
    link::fingerprint([
        record.username.as_str(),
        record.password.expose(),
        record.mac.as_deref().unwrap_or("-"),
        record.fixed_ip.as_deref().unwrap_or("-"),
        &record.sessions_max.to_string(),
        record.group.as_deref().unwrap_or("-"),
        standing,
        &c.name,
        &c.phone,
        &c.email,
        &c.address,
        &c.plan,
        &c.number,
    ])
}

row! {
    struct Person { subscription_id: SubscriptionId, plan_profile: Option<ProfileId>,
        plan_name: Option<String>, name: Option<String>, phone: Option<String>,
        email: Option<String>, address: Option<String>, number: Option<String> }
}

const PEOPLE: &str = "select s.id as subscription_id, p.profile_id as plan_profile,
    p.name as plan_name, c.name, c.phone, c.email, c.address, c.number
    from billing_subscription s left join catalog_plan p on p.id = s.plan_id
    left join crm_customer c on c.id = s.customer_id where s.id {AMONG}($1)";

/// What these logins should be over there, as of `now`.
pub async fn ours(q: &mut dyn Query, accounts: &[AccountId], now: Ts) -> Result<Vec<Ours>> {
    let wanted: BTreeSet<AccountId> = accounts.iter().copied().collect();
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select distinct subscription_id from network_account where id {AMONG}($1)";
    let subscriptions: Vec<SubscriptionId> = q.values(sql, args![accounts]).await?;
    if subscriptions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = directory::of_subscriptions(q, &subscriptions).await?;
    let people: Vec<Person> = q.rows(PEOPLE, args![subscriptions]).await?;
    let people: BTreeMap<SubscriptionId, Person> =
        people.into_iter().map(|p| (p.subscription_id, p)).collect();
    let (_, profiles) = directory::profiles(q).await?;
    let code = |id: ProfileId| profiles.get(&id).map(|p| p.code.clone());
    let one = |row: DirectoryRow| {
        let person = people.get(&row.subscription);
        let plan = person.and_then(|p| p.plan_profile);
        let group = match row.desired {
            Desired::Full { profile } => code(profile),
            _ => plan.and_then(code),
        };
        Ours {
            account: row.account,
            branch: row.branch,
            username: row.username.clone(),
            record: record(&row, group, person, now),
        }
    };
    Ok(rows.into_iter().filter(|row| wanted.contains(&row.account)).map(one).collect())
}

/// A reserved login exists over there from the scan on; a released name is free.
fn record(
    row: &DirectoryRow,
    group: Option<String>,
    person: Option<&Person>,
    now: Ts,
) -> Option<AccountRecord> {
    if row.released || row.state == AccountState::Reserved {
        return None;
    }
    let open = row.mac_open_until.is_some_and(|until| until > now);
    let locked = row.mac_policy != MacPolicy::Off && !open;
    let text = |t: Option<&String>| t.cloned().unwrap_or_default();
    Some(AccountRecord {
        username: row.username.clone(),
        password: row.password.clone(),
        mac: row.mac.filter(|_| locked).map(|mac| mac.to_string()),
        fixed_ip: row.fixed_ip.map(|ip| ip.to_string()),
        sessions_max: row.sessions_max,
        group,
        standing: match row.desired {
            Desired::Full { .. } => Standing::Full,
            Desired::Isolated { .. } => Standing::Isolated,
            Desired::Blocked { .. } => Standing::Disabled,
        },
        contact: person.map_or_else(Contact::default, |p| Contact {
            name: text(p.name.as_ref()),
            phone: text(p.phone.as_ref()),
            email: text(p.email.as_ref()),
            address: text(p.address.as_ref()),
            plan: text(p.plan_name.as_ref()),
            number: text(p.number.as_ref()),
        }),
        bare: false,
    })
}

/// Every profile as a group, with its id. It names the attributes of the routers in use, MikroTik's when there
/// is none, and how often a router reports.
pub async fn profiles(q: &mut dyn Query) -> Result<Vec<(ProfileId, ProfileRecord)>> {
    let vendors: BTreeSet<Vendor> = directory::nas(q)
        .await?
        .into_iter()
        .filter(|nas| !nas.archived)
        .map(|nas| nas.vendor)
        .collect();
    let vendors = if vendors.is_empty() { BTreeSet::from([Vendor::Mikrotik]) } else { vendors };
    let interim_secs = catalog::current(q).await?.isp_policy().interim_secs;
    let (_, all) = directory::profiles(q).await?;
    let one = |(id, profile): (ProfileId, Arc<network::ReplyProfile>)| {
        let mut reply: Vec<(String, String)> = Vec::new();
        for vendor in &vendors {
            for pair in profile.for_vendor(*vendor) {
                if !reply.contains(&pair) {
                    reply.push(pair);
                }
            }
        }
        reply.push((network::reply::INTERIM.to_owned(), interim_secs.to_string()));
        (id, ProfileRecord { group: profile.code.clone(), reply, isolates: profile.isolates })
    };
    Ok(all.into_iter().map(one).collect())
}

/// Every router, with whether it is in use.
pub async fn routers(q: &mut dyn Query) -> Result<Vec<(Uuid, NasRecord, bool)>> {
    let all = directory::nas(q).await?;
    let one = |nas: directory::DirectoryNas| {
        let net = nas.address;
        let single = net.prefix_len() == net.max_prefix_len();
        let address = if single { net.addr().to_string() } else { net.to_string() };
        let record =
            NasRecord { address, name: nas.name, secret: nas.secret, type_: NAS_TYPE.to_owned() };
        (nas.id.uuid(), record, !nas.archived)
    };
    Ok(all.into_iter().map(one).collect())
}

/// What is to be done for a claim, and what the link will say.
enum Todo {
    Write(Ensure, String, String),
    /// The login of the first name has another name now.
    Rename(String, Ensure, String, String),
    Remove(Ensure),
    Nothing,
}

impl Todo {
    fn after(self, old: Option<String>) -> Self {
        match (self, old) {
            (Self::Write(record, name, print), Some(old)) => Self::Rename(old, record, name, print),
            (other, _) => other,
        }
    }
}

impl Carrier for AccessCarrier {
    fn engine(&self) -> Engine {
        OF
    }
    fn batch(&self) -> i64 {
        BATCH
    }
    fn carry<'a>(
        &'a self,
        db: &'a Db,
        now: Ts,
        claims: &'a [Claim],
    ) -> BoxFuture<'a, Result<Vec<Carried>>> {
        Box::pin(self.tell(db, now, claims))
    }
}

impl AccessCarrier {
    async fn tell(&self, db: &Db, now: Ts, claims: &[Claim]) -> Result<Vec<Carried>> {
        let todo = plan(db, now, claims).await?;
        let records: Vec<Ensure> = todo
            .iter()
            .flat_map(|t| match t {
                Todo::Write(record, ..) | Todo::Remove(record) => vec![record.clone()],
                Todo::Rename(old, record, ..) => {
                    vec![Ensure::NoAccount(old.clone()), record.clone()]
                }
                Todo::Nothing => Vec::new(),
            })
            .collect();
        let mut answers = self.port.ensure(&records).await?.into_iter();
        let mut carried = Vec::with_capacity(claims.len());
        for (claim, todo) in claims.iter().zip(todo) {
            if matches!(todo, Todo::Rename(..)) {
                answers.next();
            }
            carried.push(match todo {
                Todo::Nothing => Carried::Nothing,
                Todo::Remove(_) => match answers.next() {
                    Some(Err(fault)) => Carried::Refused(fault),
                    _ => Carried::Removed,
                },
                Todo::Write(_, external_id, fingerprint)
                | Todo::Rename(_, _, external_id, fingerprint) => match answers.next() {
                    Some(Err(fault)) => Carried::Refused(fault),
                    _ => Carried::Told(Link {
                        engine: OF,
                        subject: claim.subject,
                        local_id: claim.local_id,
                        external_id,
                        external_version: None,
                        fingerprint,
                        synced_at: now,
                    }),
                },
            });
        }
        Ok(carried)
    }
}

/// What is known of the claimed records, read in sets: a batch is some hundred of them.
struct Known {
    ours: BTreeMap<Uuid, Ours>,
    links: BTreeMap<(Subject, Uuid), Link>,
    /// Whose link has a login's name.
    holders: BTreeMap<String, Uuid>,
    /// Logins that are to lose what people there gave them.
    bare: BTreeSet<String>,
}

impl Known {
    async fn read(q: &mut dyn Query, now: Ts, claims: &[Claim]) -> Result<Self> {
        let of = |subject: Subject| claims.iter().filter(move |c| c.subject == subject);
        let accounts: Vec<AccountId> =
            of(Subject::Account).map(|c| AccountId::from_uuid(c.local_id)).collect();
        let ours = ours(q, &accounts, now).await?;
        let ours: BTreeMap<Uuid, Ours> = ours.into_iter().map(|o| (o.account.uuid(), o)).collect();
        let mut links = BTreeMap::new();
        for subject in [Subject::Account, Subject::Profile, Subject::Nas] {
            let ids: Vec<Uuid> = of(subject).map(|c| c.local_id).collect();
            for link in link::of_records(q, OF, subject, &ids).await? {
                links.insert((subject, link.local_id), link);
            }
        }
        let mut names: BTreeSet<&str> = ours.values().map(|o| o.username.as_str()).collect();
        names.extend(links.values().map(|l| l.external_id.as_str()));
        let names: Vec<&str> = names.into_iter().collect();
        let holders = link::of_externals(q, OF, Subject::Account, &names).await?;
        let holders = holders.into_iter().map(|l| (l.external_id, l.local_id)).collect();
        let bare = engine::cursors(q, OF, crate::compare::access::BARE).await?;
        Ok(Self { ours, links, holders, bare: bare.into_iter().collect() })
    }
}

async fn plan(db: &Db, now: Ts, claims: &[Claim]) -> Result<Vec<Todo>> {
    let of = |subject: Subject| claims.iter().filter(move |c| c.subject == subject);
    let mut q = db.reader();
    let known = Known::read(&mut q, now, claims).await?;
    let mut shelf: BTreeMap<Uuid, ProfileRecord> = BTreeMap::new();
    if of(Subject::Profile).next().is_some() {
        shelf = profiles(&mut q).await?.into_iter().map(|(id, p)| (id.uuid(), p)).collect();
    }
    let mut nas: BTreeMap<Uuid, (NasRecord, bool)> = BTreeMap::new();
    if of(Subject::Nas).next().is_some() {
        nas = routers(&mut q).await?.into_iter().map(|(id, r, used)| (id, (r, used))).collect();
    }
    let mut todo = Vec::with_capacity(claims.len());
    for claim in claims {
        let link = known.links.get(&(claim.subject, claim.local_id));
        let was = link.map(|l| l.external_id.clone());
        todo.push(match claim.subject {
            Subject::Account => account_todo(db, now, claim.local_id, &known, was).await?,
            Subject::Profile => shelf.get(&claim.local_id).map_or(Todo::Nothing, |p| {
                let parts = p.reply.iter().flat_map(|(n, v)| [n.clone(), v.clone()]);
                let print = link::fingerprint(parts);
                Todo::Write(Ensure::Profile(p.clone()), p.group.clone(), print)
            }),
            Subject::Nas => match nas.get(&claim.local_id) {
                Some((record, true)) => {
                    let print =
                        link::fingerprint([&record.address, &record.name, record.secret.expose()]);
                    Todo::Write(Ensure::Nas(record.clone()), record.address.clone(), print)
                }
                Some((record, false)) if was.is_some() => {
                    Todo::Remove(Ensure::NoNas(record.address.clone()))
                }
                Some(_) => Todo::Nothing,
                None => stranger(db, claim.local_id).await?.map_or(Todo::Nothing, |f| {
                    Todo::Remove(Ensure::NoNas(f.external_id.unwrap_or_default()))
                }),
            },
            _ => Todo::Nothing,
        });
    }
    Ok(todo)
}

async fn account_todo(
    db: &Db,
    now: Ts,
    id: Uuid,
    known: &Known,
    was: Option<String>,
) -> Result<Todo> {
    // No login of ours: a person decided that a stranger's is to go, and the finding says which.
    let Some(ours) = known.ours.get(&id) else {
        return Ok(stranger(db, id).await?.map_or(Todo::Nothing, |f| {
            Todo::Remove(Ensure::NoAccount(f.external_id.unwrap_or_default()))
        }));
    };
    match (&ours.record, was) {
        (Some(record), was) => {
            // A released account's link gives way to the one that has its name now.
            if let Some(holder) = known.holders.get(&ours.username).filter(|h| **h != id) {
                db.write(&Cause::system(now, "mirror"), async |tx: &mut Tx| {
                    link::forget(tx, OF, Subject::Account, *holder).await.map(drop)
                })
                .await?;
            }
            let print = fingerprint(record);
            let bare = known.bare.contains(&id.to_string());
            let record = AccountRecord { bare, ..record.clone() };
            // Renamed: the login of the old name goes with it.
            let old = was.filter(|name| *name != ours.username);
            Ok(Todo::Write(Ensure::Account(record), ours.username.clone(), print).after(old))
        }
        // A name that is somebody else's by now stays.
        (None, Some(name)) => {
            let own = known.holders.get(&name) == Some(&ours.account.uuid());
            Ok(if own { Todo::Remove(Ensure::NoAccount(name)) } else { Todo::Nothing })
        }
        (None, None) => Ok(Todo::Nothing),
    }
}

/// The settled finding of this id about something that we never had.
async fn stranger(db: &Db, id: Uuid) -> Result<Option<Finding>> {
    match finding::find(&mut db.reader(), FindingId::from_uuid(id)).await {
        Ok(found) if found.local_id.is_none() && found.state == FindingState::Healed => {
            Ok(Some(found))
        }
        Ok(_) => Ok(None),
        Err(fault) if fault.kind == kernel::FaultKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}
