//! Thousands of logins and routers drifted apart from a real FreeRADIUS's tables, in ways for each of which a table
//! says what has to become of it: all are found, and none is healed wrongly.

#[path = "../../../connectors/tests/it/freeradius/rig.rs"]
#[allow(dead_code, reason = "the connector's tests use all of it")]
mod rig;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bench::account::Account;
use bridge::access::AccountSeen;
use bridge::finding::{Filter, Finding};
use bridge::{Choice, Engine, FindingState, Subject, Verdict, engine, finding, mark, policy};
use connectors::freeradius::Freeradius;
use flows::compare::access;
use flows::mirror::access::AccessCarrier;
use flows::mirror::{Mirrored, turn};
use kernel::clock::ManualClock;
use kernel::{Cause, Clock, Day, Ts, Zone};
use network::nas::NasEdit;
use network::{MessageAuthenticator, Secret, Vendor};
use rig::Base;
use store::{Db, QueryExt, Tx, args};

const OF: Engine = Engine::Freeradius;
/// Logins that drift in each way, and as many that don't.
const EACH: u32 = 1_000;
const ROUTERS: u32 = 200;

/// A way to drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Password,
    Group,
    Mac,
    UserMissing,
    UserExtra,
    NasSecret,
    /// The control: nobody touched these.
    Untouched,
}

/// What has to become of a record that drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Theirs is ours now.
    Adopted,
    /// Ours is there again.
    Healed,
    /// A person is asked, and nothing is written on either side.
    Asked,
    /// Nothing at all.
    Nothing,
}

/// As the code decides.
const BY_DEFAULT: [(Way, Expected); 7] = [
    (Way::Password, Expected::Adopted),
    (Way::Group, Expected::Healed),
    (Way::Mac, Expected::Adopted),
    (Way::UserMissing, Expected::Healed),
    (Way::UserExtra, Expected::Asked),
    (Way::NasSecret, Expected::Healed),
    (Way::Untouched, Expected::Nothing),
];

/// Subject, field, and what the ISP wants done about it.
type Said = (Subject, &'static str, Choice);

/// As an ISP decides that trusts neither its screens nor us.
const BY_POLICY: [(Way, Expected, Option<Said>); 7] = [
    (Way::Password, Expected::Healed, Some((Subject::Account, "password", Choice::Heal))),
    (Way::Group, Expected::Asked, Some((Subject::Account, "group", Choice::Ask))),
    (Way::Mac, Expected::Asked, Some((Subject::Account, "mac", Choice::Ask))),
    (Way::UserMissing, Expected::Asked, Some((Subject::Account, "missing", Choice::Ask))),
    (Way::UserExtra, Expected::Asked, None),
    (Way::NasSecret, Expected::Asked, Some((Subject::Nas, "secret", Choice::Ask))),
    (Way::Untouched, Expected::Nothing, None),
];

impl Way {
    /// Its accounts, by the order in which they were made.
    fn accounts(self) -> Range<u32> {
        let first = match self {
            Self::Password => 0,
            Self::Group => 1,
            Self::Mac => 2,
            Self::UserMissing => 3,
            Self::UserExtra | Self::NasSecret | Self::Untouched => 4,
        };
        first * EACH..(first + 1) * EACH
    }
    /// What somebody at FreeRADIUS's tables does to all of them at once.
    fn drift(self, base: &Base) {
        let range = self.accounts();
        let these = format!(
            "username >= '{}' and username <= '{}'",
            Account(range.start).name(),
            Account(range.end - 1).name()
        );
        let sql = match self {
            Self::Password => format!(
                "update radcheck set value = concat('baru-', substr(username, 10))
                 where attribute = 'Cleartext-Password' and {these}"
            ),
            Self::Group => format!("update radusergroup set groupname = '50M' where {these}"),
            Self::Mac => format!(
                "update radcheck set op = '==', value = concat('02-00-00-', substr(username, 10, 2), '-',
                   substr(username, 12, 2), '-', substr(username, 14, 2))
                 where attribute = 'Calling-Station-Id' and {these}"
            ),
            Self::UserMissing => format!(
                "delete from radcheck where {these}; delete from radusergroup where {these}"
            ),
            Self::UserExtra => format!(
                "insert into radcheck (username, attribute, op, value)
                 select concat('orang', substr(username, 10)), 'Cleartext-Password', ':=', 'x'
                 from radcheck where attribute = 'Cleartext-Password' and {these}"
            ),
            Self::NasSecret => {
                "update nas set secret = concat('lain-', nasname) where nasname like '10.77.%'".into()
            }
            Self::Untouched => return,
        };
        base.ask(&sql);
    }
    fn field(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("password"),
            Self::Group => Some("group"),
            Self::Mac => Some("mac"),
            Self::NasSecret => Some("secret"),
            _ => None,
        }
    }
    fn verdict(self) -> Verdict {
        match self {
            Self::UserMissing => Verdict::MissingThere,
            Self::UserExtra => Verdict::MissingHere,
            _ => Verdict::Differs,
        }
    }
}

/// Our side, with the tables attached and in step.
struct Provider {
    db: Db,
    carrier: AccessCarrier,
    clock: ManualClock,
}

impl Provider {
    async fn open(folder: &Path, base: &Base) -> Self {
        let now = Ts::local(Day::ymd_clamped(2026, 11, 27), 9, 0, Zone::Jakarta);
        let db = bench::seed::open(&folder.join("sambung"), None, now).await.unwrap();
        let since = Day::ymd_clamped(2026, 10, 10);
        bench::seed::fill(&db, 5 * EACH, since, now).await.unwrap();
        let settings = rig::settings(base);
        let shown = settings.shown().unwrap();
        let secret = Secret::new(serde_json::to_string(&settings).unwrap());
        db.write(&Cause::system(now, "test"), async |tx: &mut Tx| {
            routers(tx).await?;
            engine::attach(tx, OF, &shown, &secret).await
        })
        .await
        .unwrap();
        let carrier = AccessCarrier::new(Arc::new(Freeradius::new(&settings).unwrap()));
        let provider = Self { db, carrier, clock: ManualClock::at(now) };
        provider.pass().await;
        provider.tell().await;
        provider.later();
        let seen = provider.pass().await;
        assert_eq!((seen.equal, seen.asked), (5 * EACH as usize, 0), "{seen:?}");
        provider
    }
    fn later(&self) {
        self.clock.set(self.clock.now().plus_secs(60));
    }
    async fn pass(&self) -> access::Compared {
        access::pass(&self.db, self.carrier.port().as_ref(), &self.clock).await.unwrap()
    }
    async fn tell(&self) {
        while mark::backlog(&mut self.db.reader(), OF).await.unwrap().waiting > 0 {
            let told = turn(&self.db, &self.carrier, &self.clock).await.unwrap();
            assert_eq!((told.refused, told.away), (0, 0), "{told:?}");
            assert_ne!(told, Mirrored::default());
        }
    }
    async fn found(&self) -> Vec<Finding> {
        let filter = Filter { engine: Some(OF), ..Filter::default() };
        finding::list(&mut self.db.reader(), &filter, None, 100_000).await.unwrap()
    }
    /// What ours are, by name: password and device.
    async fn ours(&self) -> BTreeMap<String, (String, Option<String>)> {
        let (mut all, mut after) = (BTreeMap::new(), None);
        loop {
            let page = network::directory::page(&mut self.db.reader(), after, 1_000).await.unwrap();
            for row in page.rows {
                let mac = row.mac.map(|mac| mac.to_string());
                all.insert(row.username, (row.password.expose().to_owned(), mac));
            }
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }
    async fn theirs(&self) -> BTreeMap<String, AccountSeen> {
        let all: Vec<i64> = (0..bridge::link::SHARDS).collect();
        let seen = self.carrier.port().accounts(&all).await.unwrap();
        seen.into_iter().map(|s| (s.username.clone(), s)).collect()
    }
}

async fn routers(tx: &mut Tx) -> kernel::Result<()> {
    let sql = "select id from catalog_branch order by id limit 1";
    let branch = tx.value(sql, args![]).await?;
    for n in 0..ROUTERS {
        let edit = NasEdit {
            name: format!("R{n}"),
            address: format!("10.77.0.{n}"),
            vendor: Vendor::Mikrotik,
            coa_port: None,
            branch,
            message_authenticator: MessageAuthenticator::Required,
            counters_swapped: false,
        };
        let secret = Secret::new(format!("rahasia-router-{n:06}-0123456789"));
        network::nas::add(tx, &edit, Some(secret)).await?;
    }
    Ok(())
}

/// Drifts in all ways, lets it be found and settled, and compares with the table.
async fn lived(base: &Base, provider: &Provider, table: &[(Way, Expected)]) {
    let before = (provider.ours().await, provider.theirs().await);
    for (way, _) in table {
        way.drift(base);
    }
    let drifted = provider.theirs().await;
    for _ in 0..2 {
        provider.later();
        provider.pass().await;
        provider.tell().await;
    }
    provider.later();
    let last = provider.pass().await;
    assert_eq!((last.adopted, last.healed), (0, 0), "all was found at once: {last:?}");
    let after = (provider.ours().await, provider.theirs().await);
    let found = provider.found().await;
    let mut told: BTreeMap<(Verdict, Option<&str>), Vec<&Finding>> = BTreeMap::new();
    for one in &found {
        told.entry((one.verdict, one.field.as_deref())).or_default().push(one);
    }
    for (way, expected) in table {
        let findings = told.remove(&(way.verdict(), way.field())).unwrap_or_default();
        let state = match expected {
            Expected::Adopted => FindingState::Adopted,
            Expected::Healed => FindingState::Healed,
            Expected::Asked => FindingState::Open,
            Expected::Nothing => continue,
        };
        let wrong = findings.iter().find(|f| f.state != state);
        assert!(wrong.is_none(), "{way:?} is {expected:?}: {wrong:?}");
        if *way == Way::NasSecret {
            assert_eq!(findings.len(), ROUTERS as usize, "{way:?}");
            routers_are(base, *expected);
            continue;
        }
        let names: BTreeSet<String> =
            findings.iter().filter_map(|f| f.external_id.clone()).collect();
        assert_eq!(names, names_of(*way), "{way:?}: all are found, and no other");
        for name in &names {
            let ours = (before.0.get(name), after.0.get(name));
            let theirs = (before.1.get(name), drifted.get(name), after.1.get(name));
            became(*way, *expected, name, ours, theirs);
        }
    }
    assert_eq!(told.len(), 0, "nothing else was said: {:?}", told.keys());
    for name in names_of(Way::Untouched) {
        assert_eq!(before.0.get(&name), after.0.get(&name), "{name}");
        assert_eq!(before.1.get(&name), after.1.get(&name), "{name}");
    }
}

fn names_of(way: Way) -> BTreeSet<String> {
    let name = |n| Account(n).name();
    match way {
        Way::UserExtra => way.accounts().map(|n| name(n).replace("pelanggan", "orang")).collect(),
        _ => way.accounts().map(name).collect(),
    }
}

type Ours<'a> = (Option<&'a (String, Option<String>)>, Option<&'a (String, Option<String>)>);
type Theirs<'a> = (Option<&'a AccountSeen>, Option<&'a AccountSeen>, Option<&'a AccountSeen>);

fn became(way: Way, expected: Expected, name: &str, ours: Ours<'_>, theirs: Theirs<'_>) {
    let (was, drifted, is) = theirs;
    match expected {
        Expected::Healed => {
            assert_eq!(ours.0, ours.1, "{way:?} {name}: ours stays");
            assert_eq!(was, is, "{way:?} {name}: ours is there again");
        }
        Expected::Asked => {
            assert_eq!(ours.0, ours.1, "{way:?} {name}: nothing is taken over unasked");
            assert_eq!(drifted, is, "{way:?} {name}: nothing is written unasked");
        }
        Expected::Adopted => {
            let (ours, drifted, is) = (ours.1.unwrap(), drifted.unwrap(), is.unwrap());
            let password = drifted.password.as_ref().unwrap().expose();
            assert_eq!(ours.0, password, "{way:?} {name}");
            assert_eq!(ours.1, drifted.mac, "{way:?} {name}");
            assert_eq!((&is.password, &is.mac), (&drifted.password, &drifted.mac), "{name}");
        }
        Expected::Nothing => {}
    }
}

fn routers_are(base: &Base, expected: Expected) {
    let theirs = "select count(*) from nas where nasname like '10.77.%' and secret like 'lain-%'";
    let count = if expected == Expected::Asked { ROUTERS } else { 0 };
    assert_eq!(base.ask(theirs).trim(), count.to_string(), "{expected:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_that_drifted_on_mariadb_become_what_the_table_says() {
    let dir = tempfile::tempdir().unwrap();
    let base = Base::mariadb(dir.path());
    base.fill();
    let provider = Provider::open(dir.path(), &base).await;
    lived(&base, &provider, &BY_DEFAULT).await;
    provider.db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_that_drifted_on_postgresql_become_what_the_isps_own_policy_says() {
    let dir = tempfile::tempdir().unwrap();
    let base = Base::postgres();
    base.fill();
    let provider = Provider::open(dir.path(), &base).await;
    let cause = Cause::system(provider.clock.now(), "test");
    for (_, _, rule) in BY_POLICY {
        let Some((subject, field, choice)) = rule else { continue };
        let decide = async |tx: &mut Tx| policy::set(tx, OF, subject, field, Some(choice)).await;
        provider.db.write(&cause, decide).await.unwrap();
    }
    lived(&base, &provider, &BY_POLICY.map(|(way, expected, _)| (way, expected))).await;
    provider.db.close().await;
}
