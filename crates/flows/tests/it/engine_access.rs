//! A RADIUS server of somebody else's is told, compared, adopted and healed. Its tables are played in memory;
//! against real ones see `connectors`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use billing::words::Mode;
use bridge::access::{
    AccessSystem, AccountRecord, AccountSeen, Card, Ensure, Feed, Handshake, NAS_TYPE, NasRecord,
    ProfileRecord, Shelf, Standing,
};
use bridge::finding::{self, Filter};
use bridge::{Doing, Engine, FindingState, Settle, Verdict, engine, link, mark};
use flows::compare::access::{self as compare, Compared};
use flows::mirror::access::AccessCarrier;
use flows::mirror::{self, Mirrored};
use kernel::{Cause, Clock, Fault, Ts};
use store::testing::both;
use store::{Db, Secret, Tx};

use crate::world::{World, at};

const OF: Engine = Engine::Freeradius;

/// The tables over there.
#[derive(Default)]
struct There {
    accounts: BTreeMap<String, AccountSeen>,
    profiles: BTreeMap<String, ProfileRecord>,
    nas: BTreeMap<String, NasRecord>,
    away: bool,
    writes: usize,
    /// Parts that were read.
    reads: usize,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<There>>);

impl Fake {
    fn edit(&self, name: &str, change: impl FnOnce(&mut AccountSeen)) {
        change(self.0.lock().unwrap().accounts.get_mut(name).unwrap());
    }
    fn seen(&self, name: &str) -> Option<AccountSeen> {
        self.0.lock().unwrap().accounts.get(name).cloned()
    }
    fn asked<T: Send + 'static>(&self, answer: impl FnOnce(&mut There) -> T) -> Doing<'static, T> {
        let mut there = self.0.lock().unwrap();
        let done = if there.away {
            Err(Fault::unavailable("fake.away", "mati", "away"))
        } else {
            Ok(answer(&mut there))
        };
        Box::pin(async move { done })
    }
}

fn as_seen(record: &AccountRecord) -> AccountSeen {
    AccountSeen {
        username: record.username.clone(),
        password: Some(record.password.clone()),
        duplicate: false,
        mac: record.mac.clone(),
        fixed_ip: record.fixed_ip.clone(),
        sessions_max: Some(record.sessions_max),
        groups: record.group.iter().cloned().collect(),
        standing: record.standing.clone(),
        extra: BTreeMap::new(),
        card: Card::There(record.contact.clone()),
    }
}

impl AccessSystem for Fake {
    fn handshake(&self) -> Doing<'_, Handshake> {
        self.asked(|_| Handshake::default())
    }
    fn ensure<'a>(&'a self, records: &'a [Ensure]) -> Doing<'a, Vec<kernel::Result<()>>> {
        let records = records.to_vec();
        self.asked(move |there| {
            for record in &records {
                there.writes += 1;
                match record {
                    Ensure::Account(a) => {
                        there.accounts.insert(a.username.clone(), as_seen(a));
                    }
                    Ensure::Profile(p) => {
                        there.profiles.insert(p.group.clone(), p.clone());
                    }
                    Ensure::Nas(n) => {
                        there.nas.insert(n.address.clone(), n.clone());
                    }
                    Ensure::NoAccount(name) => {
                        there.accounts.remove(name);
                    }
                    Ensure::NoNas(address) => {
                        there.nas.remove(address);
                    }
                }
            }
            records.iter().map(|_| Ok(())).collect()
        })
    }
    fn digests(&self) -> Doing<'_, BTreeMap<i64, String>> {
        self.asked(|there| {
            let mut all: BTreeMap<i64, String> = BTreeMap::new();
            for (name, seen) in &there.accounts {
                let password = seen.password.as_ref().map_or("", Secret::expose);
                let text = format!("{seen:?} {password};");
                all.entry(link::shard(name)).or_default().push_str(&text);
            }
            all
        })
    }
    fn accounts<'a>(&'a self, shards: &'a [i64]) -> Doing<'a, Vec<AccountSeen>> {
        let shards = shards.to_vec();
        self.asked(move |there| {
            there.reads += shards.len();
            let of = |seen: &&AccountSeen| shards.contains(&link::shard(&seen.username));
            there.accounts.values().filter(of).cloned().collect()
        })
    }
    fn shelf(&self) -> Doing<'_, Shelf> {
        self.asked(|there| Shelf {
            profiles: there.profiles.values().cloned().collect(),
            nas: there.nas.values().cloned().collect(),
        })
    }
    fn feed<'a>(&'a self, _: Option<&'a str>, _: i64) -> Doing<'a, Feed> {
        self.asked(|_| Feed::default())
    }
}

struct At(Ts);
impl Clock for At {
    fn now(&self) -> Ts {
        self.0
    }
}

struct Stage {
    w: World,
    fake: Fake,
    carrier: AccessCarrier,
}

impl Stage {
    async fn on(db: &Db) -> Self {
        let w = World::on(db).await;
        let fake = Fake::default();
        let carrier = AccessCarrier::new(Arc::new(fake.clone()));
        Self { w, fake, carrier }
    }
    async fn attach(&self, now: Ts) {
        self.w
            .write(now, async |tx: &mut Tx| {
                engine::attach(tx, OF, &serde_json::json!({}), &Secret::new("{}")).await
            })
            .await;
    }
    async fn turn(&self, now: Ts) -> Mirrored {
        mirror::turn(&self.w.db, &self.carrier, &At(now)).await.unwrap()
    }
    async fn pass(&self, now: Ts) -> Compared {
        compare::pass(&self.w.db, &self.fake, &At(now)).await.unwrap()
    }
    async fn open(&self) -> Vec<bridge::Finding> {
        let filter = Filter { state: Some(FindingState::Open), ..Filter::default() };
        finding::list(&mut self.w.db.reader(), &filter, None, 100).await.unwrap()
    }
    async fn waiting(&self) -> i64 {
        mark::backlog(&mut self.w.db.reader(), OF).await.unwrap().waiting
    }
    /// Attached, told, compared: both sides are the same.
    async fn settled(&self, now: Ts) {
        self.attach(now).await;
        self.pass(now).await;
        self.turn(now).await;
        let calm = self.pass(now.plus_secs(1)).await;
        assert_eq!((calm.asked, calm.healed, calm.adopted, calm.on_the_way), (0, 0, 0, 0));
    }
}

#[tokio::test]
async fn attaching_tells_everything_and_then_only_what_changes() {
    both(&flows::schema(), async |db: Db| {
        let s = Stage::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, sub) = s.w.installed(Mode::Postpaid, s.w.plan, now).await;
        let name = s.w.username(sub).await;
        assert_eq!(s.waiting().await, 0, "nothing is marked for an engine that is not attached");
        s.settled(now.plus_secs(60)).await;
        let seen = s.fake.seen(&name).unwrap();
        assert_eq!((seen.standing, seen.groups), (Standing::Full, vec!["P20".to_owned()]));
        let (profiles, nas) = {
            let there = s.fake.0.lock().unwrap();
            (there.profiles.len(), there.nas.len())
        };
        assert!(profiles >= 3 && nas == 1);
        // Nothing changed: no part is read, nothing written.
        let before = s.fake.0.lock().unwrap().writes;
        let reads = s.fake.0.lock().unwrap().reads;
        let calm = s.pass(now.plus_secs(120)).await;
        assert_eq!(calm.parts, 0);
        let after = {
            let there = s.fake.0.lock().unwrap();
            (there.writes, there.reads)
        };
        assert_eq!(after, (before, reads));
        // The account is closed: told in the next turn.
        s.w.write(now.plus_secs(200), async |tx: &mut Tx| network::account::close(tx, sub).await)
            .await;
        assert!(s.waiting().await >= 1);
        s.turn(now.plus_secs(201)).await;
        assert_eq!(s.fake.seen(&name).unwrap().standing, Standing::Disabled);
        // Detached and attached again: no difference, nothing is written.
        s.w.write(now.plus_secs(300), async |tx: &mut Tx| engine::detach(tx, OF).await).await;
        assert!(s.fake.seen(&name).is_some(), "what it holds stays");
        let before = s.fake.0.lock().unwrap().writes;
        s.attach(now.plus_secs(400)).await;
        let again = s.pass(now.plus_secs(401)).await;
        assert_eq!((again.asked, again.healed, again.adopted, again.on_the_way), (0, 0, 0, 0));
        s.turn(now.plus_secs(402)).await;
        assert_eq!(s.fake.0.lock().unwrap().writes, before);
    })
    .await;
}

#[tokio::test]
async fn what_people_change_over_there_is_adopted_healed_or_asked_about_by_its_field() {
    both(&flows::schema(), async |db: Db| {
        let s = Stage::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, sub) = s.w.installed(Mode::Postpaid, s.w.plan, now).await;
        let name = s.w.username(sub).await;
        let now = now.plus_days(2);
        s.settled(now).await;
        s.fake.edit(&name, |a| {
            a.password = Some(Secret::new("gantibaru99"));
            a.mac = Some("10:22:33:44:55:66".into());
            a.groups = vec!["P50".into()];
            a.standing = Standing::Disabled;
            a.extra.insert("Expiration".into(), ":= 1 Jan 2027".into());
        });
        let stranger = AccountSeen { username: "orang".into(), ..s.fake.seen(&name).unwrap() };
        s.fake.0.lock().unwrap().accounts.insert("orang".into(), stranger);
        let found = s.pass(now.plus_secs(60)).await;
        assert_eq!((found.adopted, found.healed, found.asked), (2, 1, 3));
        let (_, password) =
            network::account::credentials(&mut db.reader(), sub).await.unwrap().unwrap();
        assert_eq!(password.expose(), "gantibaru99");
        let account =
            network::account::of_subscription(&mut db.reader(), sub).await.unwrap().unwrap();
        assert_eq!(account.mac.map(|m| m.to_string()).as_deref(), Some("10:22:33:44:55:66"));
        let open = s.open().await;
        let fields: Vec<_> = open.iter().map(|f| f.field.as_deref().unwrap_or("-")).collect();
        assert!(fields.contains(&"disabled") && fields.contains(&"attributes"), "{fields:?}");
        let shown = format!("{open:?}");
        assert!(!shown.contains("gantibaru99"));
        // Ours is written again; the group is ours, the password and the device are theirs.
        s.turn(now.plus_secs(61)).await;
        let seen = s.fake.seen(&name).unwrap();
        assert_eq!(seen.groups, ["P20"]);
        assert_eq!(seen.password, Some(Secret::new("gantibaru99")));
        s.pass(now.plus_secs(120)).await;
        let open = s.open().await;
        assert_eq!(open.len(), 1, "the stranger alone is left: {open:?}");
        assert_eq!(
            (open[0].verdict, open[0].external_id.as_deref()),
            (Verdict::MissingHere, Some("orang"))
        );
        // A stranger can't be taken over; a person has it removed over there.
        let cause = Cause::system(now.plus_secs(130), "test");
        let adopt = compare::settle(&db, &s.fake, &cause, open[0].id, Settle::Adopt).await;
        assert_eq!(adopt.unwrap_err().code, "bridge.cannot_adopt");
        compare::settle(&db, &s.fake, &cause, open[0].id, Settle::Heal).await.unwrap();
        let told = s.turn(now.plus_secs(131)).await;
        assert!(s.fake.seen("orang").is_none(), "{told:?}");
        s.pass(now.plus_secs(140)).await;
        assert!(s.open().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_login_or_a_router_that_vanished_over_there_is_written_again() {
    both(&flows::schema(), async |db: Db| {
        let s = Stage::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, sub) = s.w.installed(Mode::Postpaid, s.w.plan, now).await;
        let name = s.w.username(sub).await;
        s.settled(now.plus_secs(60)).await;
        {
            let mut there = s.fake.0.lock().unwrap();
            there.accounts.clear();
            for nas in there.nas.values_mut() {
                nas.secret = Secret::new("rahasia-lain-yang-panjang");
                nas.type_ = "mikrotik".into();
            }
        }
        let found = s.pass(now.plus_secs(120)).await;
        assert_eq!((found.healed, found.asked), (3, 0), "login, secret, kind");
        s.turn(now.plus_secs(121)).await;
        assert!(s.fake.seen(&name).is_some());
        assert!(s.fake.0.lock().unwrap().nas.values().all(|n| n.type_ == NAS_TYPE));
        assert!(s.open().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_hour_without_the_engine_delays_only_what_is_told_to_it_and_all_arrives() {
    both(&flows::schema(), async |db: Db| {
        let s = Stage::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, sub) = s.w.installed(Mode::Postpaid, s.w.plan, now).await;
        let name = s.w.username(sub).await;
        s.settled(now.plus_secs(60)).await;
        s.fake.0.lock().unwrap().away = true;
        let start = now.plus_secs(600);
        let (_, second) = s.w.installed(Mode::Postpaid, s.w.big_plan, start).await;
        let mut asked = 0;
        for minute in 0..60 {
            let turn = s.turn(start.plus_secs(minute * 60)).await;
            asked += usize::from(turn.away > 0);
            assert_eq!(turn.told, 0);
        }
        assert!((3..30).contains(&asked), "left alone for longer and longer: {asked} tries");
        let health = engine::health(&mut db.reader()).await.unwrap();
        assert!(!health[0].reachable && health[0].last_error.is_some());
        assert!(s.waiting().await >= 1);
        s.fake.0.lock().unwrap().away = false;
        let back = start.plus_secs(3_600 + 300);
        s.turn(back).await;
        s.turn(back.plus_secs(1)).await;
        assert_eq!(s.waiting().await, 0);
        let other = s.w.username(second).await;
        assert!(s.fake.seen(&name).is_some() && s.fake.seen(&other).is_some());
        assert!(engine::health(&mut db.reader()).await.unwrap()[0].reachable);
        s.pass(back.plus_secs(10)).await;
        assert!(s.open().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn at_the_first_meeting_a_difference_is_asked_about_and_not_overwritten() {
    both(&flows::schema(), async |db: Db| {
        let s = Stage::on(&db).await;
        let now = at("2026-11-10", 9, 0);
        let (_, sub) = s.w.installed(Mode::Postpaid, s.w.plan, now).await;
        let name = s.w.username(sub).await;
        let own = AccountRecord {
            username: name.clone(),
            password: Secret::new("yang-lama-1"),
            mac: None,
            fixed_ip: None,
            sessions_max: 1,
            group: Some("P20".into()),
            standing: Standing::Full,
            contact: bridge::access::Contact::default(),
            bare: false,
        };
        s.fake.0.lock().unwrap().accounts.insert(name.clone(), as_seen(&own));
        let now = now.plus_days(2);
        let counted = compare::preview(&db, &s.fake, now).await.unwrap();
        assert_eq!((counted.different, counted.only_here, counted.only_there), (1, 0, 0));
        s.attach(now).await;
        s.pass(now).await;
        s.turn(now.plus_secs(1)).await;
        assert_eq!(s.fake.seen(&name).unwrap().password, Some(own.password.clone()));
        let open = s.open().await;
        let password = open.iter().find(|f| f.field.as_deref() == Some("password")).unwrap();
        let cause = Cause::system(now.plus_secs(5), "test");
        compare::settle(&db, &s.fake, &cause, password.id, Settle::Adopt).await.unwrap();
        s.turn(now.plus_secs(6)).await;
        let (_, taken) =
            network::account::credentials(&mut db.reader(), sub).await.unwrap().unwrap();
        assert_eq!(taken, own.password);
        s.pass(now.plus_secs(7)).await;
        assert!(s.open().await.is_empty(), "the rest was ours and is written");
    })
    .await;
}
