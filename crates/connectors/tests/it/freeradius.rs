//! Our rows in a real FreeRADIUS: what is written logs in, is isolated, restored, refused; what people change
//! over there is read back.

#[allow(dead_code, reason = "the program's tests use the rest of it")]
mod rig;

use bridge::access::{
    AccessSystem, AccountRecord, AccountSeen, Card, Contact, Ensure, NAS_TYPE, NasRecord,
    ProfileRecord, Standing,
};
use bridge::link;
use connectors::freeradius::{Freeradius, Settings};
use rig::{Base, Radius, SECRET};
use store::Secret;

const MAC: &str = "AA:BB:CC:DD:EE:FF";

fn budi() -> AccountRecord {
    AccountRecord {
        username: "budi".into(),
        password: Secret::new("rahasia'1"),
        mac: Some(MAC.into()),
        fixed_ip: None,
        sessions_max: 1,
        group: Some("20M".into()),
        standing: Standing::Full,
        contact: Contact {
            name: "Budi Santoso".into(),
            phone: "+628111".into(),
            number: "P-1".into(),
            plan: "Paket 20".into(),
            ..Contact::default()
        },
        bare: false,
    }
}

fn profiles() -> [Ensure; 2] {
    let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    [
        Ensure::Profile(ProfileRecord {
            group: "20M".into(),
            reply: vec![
                pair("Mikrotik-Rate-Limit", "5M/20M"),
                pair("Acct-Interim-Interval", "300"),
            ],
            isolates: false,
        }),
        Ensure::Profile(ProfileRecord {
            group: "ISOLIR".into(),
            reply: vec![
                pair("Mikrotik-Address-List", "isolir"),
                pair("Mikrotik-Rate-Limit", "64k/64k"),
            ],
            isolates: true,
        }),
    ]
}

fn router(secret: &str) -> Ensure {
    Ensure::Nas(NasRecord {
        address: "127.0.0.1".into(),
        name: "bras-1".into(),
        secret: Secret::new(secret),
        type_: NAS_TYPE.into(),
    })
}

async fn write(engine: &Freeradius, records: &[Ensure]) {
    for answer in engine.ensure(records).await.unwrap() {
        answer.unwrap();
    }
}

async fn read(engine: &Freeradius, name: &str) -> AccountSeen {
    let all = engine.accounts(&[link::shard(name)]).await.unwrap();
    all.into_iter().find(|seen| seen.username == name).unwrap()
}

async fn story(base: Base, folder: &std::path::Path) -> (Base, Freeradius, Radius) {
    let engine = Freeradius::new(&rig::settings(&base)).unwrap();
    let bare = engine.handshake().await.unwrap();
    assert!(bare.missing.iter().any(|m| m.contains("radcheck")), "{:?}", bare.missing);
    base.fill();
    let ready = engine.handshake().await.unwrap();
    assert_eq!(ready.missing, Vec::<String>::new());
    assert!(!ready.version.is_empty());
    let radius = Radius::start(&base, folder);
    let [plan, isolation] = profiles();
    write(&engine, &[plan, isolation, router(SECRET), Ensure::Account(budi())]).await;
    logs_in_and_is_refused(&radius);
    standing(&engine, &radius, &base).await;
    hand_edits(&engine, &base).await;
    accounting(&engine, &radius, &base).await;
    (base, engine, radius)
}

fn logs_in_and_is_refused(radius: &Radius) {
    for kind in ["User-Password", "CHAP-Password", "MS-CHAP-Password"] {
        for mac in [MAC, "aa-bb-cc-dd-ee-ff"] {
            let said = radius.log_in(kind, "budi", "rahasia'1", mac);
            assert!(said.starts_with("Access-Accept"), "{kind} {mac}: {said}\n{}", radius.log());
            assert!(said.contains("Mikrotik-Rate-Limit = \"5M/20M\""), "{said}");
            assert!(said.contains("Message-Authenticator"), "unsigned: {said}");
        }
    }
    let capital = radius.log_in("User-Password", "BUDI", "rahasia'1", MAC);
    assert!(capital.starts_with("Access-Accept"), "{capital}");
    for (name, password, mac) in [
        ("budi", "salah", MAC),
        ("budi", "rahasia'1", "AA:BB:CC:DD:EE:00"),
        ("orang", "rahasia'1", MAC),
    ] {
        let said = radius.log_in("User-Password", name, password, mac);
        assert!(said.starts_with("Access-Reject"), "{name} {password} {mac}: {said}");
        assert!(said.contains("Message-Authenticator"), "unsigned: {said}");
    }
}

async fn standing(engine: &Freeradius, radius: &Radius, base: &Base) {
    let log_in = || radius.log_in("CHAP-Password", "budi", "rahasia'1", MAC);
    // A speed of his own, given by hand, does not beat the isolation.
    base.ask("insert into radreply (username, attribute, op, value) values ('budi', 'Mikrotik-Rate-Limit', '=', '50M/50M')");
    write(engine, &[Ensure::Account(AccountRecord { standing: Standing::Isolated, ..budi() })])
        .await;
    let said = log_in();
    assert!(
        said.starts_with("Access-Accept") && said.contains("Mikrotik-Address-List = \"isolir\""),
        "{said}"
    );
    assert!(
        said.contains("64k/64k") && !said.contains("50M/50M") && !said.contains("5M/20M"),
        "{said}"
    );
    write(engine, &[Ensure::Account(AccountRecord { standing: Standing::Disabled, ..budi() })])
        .await;
    assert!(log_in().starts_with("Access-Reject"));
    // What people gave stays, until it is to go.
    write(engine, &[Ensure::Account(budi())]).await;
    assert!(log_in().contains("50M/50M"));
    assert_eq!(read(engine, "budi").await.extra.len(), 1);
    write(engine, &[Ensure::Account(AccountRecord { bare: true, ..budi() })]).await;
    assert!(log_in().contains("5M/20M"));
    let seen = read(engine, "budi").await;
    assert_eq!((seen.password, seen.mac), (Some(budi().password), budi().mac));
    assert_eq!((seen.groups, seen.standing), (vec!["20M".to_owned()], Standing::Full));
    assert!(seen.extra.is_empty() && !seen.duplicate);
}

/// What daloRADIUS's pages do to the rows, and what is seen of it.
async fn hand_edits(engine: &Freeradius, base: &Base) {
    let before = engine.digests().await.unwrap();
    assert_eq!(engine.digests().await.unwrap(), before, "nothing changed");
    write(engine, &[Ensure::Account(budi())]).await;
    assert_eq!(engine.digests().await.unwrap(), before, "what is right is left alone");
    let shard = link::shard("budi");
    let edits = [
        "update radcheck set value = 'baru' where username = 'budi' and attribute = 'Cleartext-Password'",
        "update radusergroup set groupname = '50M' where username = 'budi'",
        "update radcheck set attribute = 'Calling-Station-Id', op = '==', value = '10-22-33-44-55-66' where username = 'budi' and attribute = 'Calling-Station-Id'",
        "insert into radusergroup (username, groupname, priority) values ('budi', 'daloRADIUS-Disabled-Users', -1)",
        "insert into radcheck (username, attribute, op, value) values ('budi', 'Cleartext-Password', ':=', 'dua')",
    ];
    let mut last = before.clone();
    for edit in edits {
        base.ask(edit);
        let now = engine.digests().await.unwrap();
        assert_ne!(now.get(&shard), last.get(&shard), "{edit}");
        last = now;
    }
    let seen = read(engine, "budi").await;
    assert_eq!(seen.password, Some(Secret::new("baru")));
    assert_eq!(
        (seen.groups.join(","), seen.mac.as_deref()),
        ("50M".into(), Some("10:22:33:44:55:66"))
    );
    assert!(seen.duplicate && seen.standing == Standing::Disabled);
    // The edit page saves: groups deleted and inserted anew, the same content under new ids.
    write(engine, &[Ensure::Account(budi())]).await;
    assert_eq!(engine.digests().await.unwrap(), before, "healed to the very rows");
    base.ask("delete from radusergroup where username = 'budi'; insert into radusergroup (username, groupname, priority) values ('budi', '20M', 1)");
    assert_eq!(engine.digests().await.unwrap(), before, "ids are not content");
    base.ask("insert into radcheck (username, attribute, op, value) values ('siti', 'Cleartext-Password', ':=', 'x')");
    assert_eq!(read(engine, "siti").await.username, "siti");
    write(engine, &[Ensure::NoAccount("siti".into())]).await;
    base.ask("insert into nas (nasname, shortname, type, secret) values ('10.9.9.9', 'lain', 'mikrotik', 'x')");
    let shelf = engine.shelf().await.unwrap();
    assert!(shelf.nas.iter().any(|n| n.address == "10.9.9.9" && n.type_ == "mikrotik"));
    assert!(
        shelf.profiles.iter().any(|p| p.isolates)
            && shelf.profiles.iter().any(|p| p.group == "20M")
    );
    write(engine, &[Ensure::NoNas("10.9.9.9".into())]).await;
    // One record that FreeRADIUS could not read holds nobody else back.
    let odd = AccountRecord { username: "Budi+1".into(), ..budi() };
    let answers = engine.ensure(&[Ensure::Account(odd), Ensure::Account(budi())]).await.unwrap();
    assert!(answers[0].is_err() && answers[1].is_ok());
}

async fn accounting(engine: &Freeradius, radius: &Radius, base: &Base) {
    let told = |status: &str, secs: i64, down: u32, giga: u32| {
        let said = radius.account(&format!(
            "User-Name = \"budi\", Acct-Session-Id = \"s1\", Acct-Status-Type = {status}, \
             Calling-Station-Id = \"{MAC}\", Framed-IP-Address = 10.7.0.9, \
             Acct-Session-Time = {secs}, Acct-Input-Octets = 10, Acct-Output-Octets = {down}, \
             Acct-Output-Gigawords = {giga}"
        ));
        assert!(said.starts_with("Accounting-Response"), "{said}");
    };
    told("Start", 0, 0, 0);
    told("Interim-Update", 60, 5, 1);
    let feed = engine.feed(None, 100).await.unwrap();
    assert_eq!(feed.sessions.len(), 1);
    let session = &feed.sessions[0];
    assert_eq!((session.username.as_str(), session.nas_address.as_str()), ("budi", "127.0.0.1"));
    assert_eq!((session.bytes_down, session.bytes_up, session.secs), ((1 << 32) + 5, 10, 60));
    assert_eq!(session.framed_ip.as_deref(), Some("10.7.0.9"));
    assert!(session.stopped_at.is_none());
    let names: Vec<&str> = feed.rejects.iter().map(|r| r.username.as_str()).collect();
    assert!(names.contains(&"orang") && names.contains(&"budi"), "{names:?}");
    // FreeRADIUS writes a delayed reject a moment after its answer.
    let mut cursor = feed.cursor;
    for _ in 0..50 {
        let next = engine.feed(Some(&cursor), 100).await.unwrap();
        cursor = next.cursor;
        if next.rejects.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    told("Stop", 90, 9, 1);
    let feed = engine.feed(Some(&cursor), 100).await.unwrap();
    assert!(feed.sessions[0].stopped_at.is_some());
    assert!(feed.rejects.is_empty(), "each refused login is told once: {:?}", feed.rejects);
    let kept = base.ask("select count(*) from radpostauth where pass <> ''");
    assert_eq!(kept.trim(), "0", "a password is kept in clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_write_to_mariadb_logs_in_is_isolated_restored_and_refused() {
    let dir = tempfile::tempdir().unwrap();
    let base = Base::mariadb(dir.path());
    let (mut base, engine, radius) = story(base, dir.path()).await;
    // daloRADIUS shows the login, with who it is.
    let card = Card::There(Contact { plan: String::new(), ..budi().contact });
    assert_eq!(read(&engine, "budi").await.card, card);
    let billed = base.ask("select planName, creationby from userbillinfo where username = 'budi'");
    assert_eq!(billed.trim(), "Paket 20\tsambung");
    base.ask("delete from userinfo where username = 'budi'");
    assert_eq!(read(&engine, "budi").await.card, Card::Missing);
    write(&engine, &[Ensure::Account(budi())]).await;
    assert_eq!(read(&engine, "budi").await.card, card);
    // A second device while the first is online: refused. The same device again: let in.
    let start = format!(
        "User-Name = \"budi\", Acct-Session-Id = \"s2\", Acct-Status-Type = Start, Calling-Station-Id = \"{MAC}\""
    );
    radius.account(&start);
    let unlocked = AccountRecord { mac: None, ..budi() };
    write(&engine, &[Ensure::Account(unlocked)]).await;
    let other = "00:11:22:33:44:55";
    assert!(radius.log_in("User-Password", "budi", "rahasia'1", MAC).starts_with("Access-Accept"));
    assert!(
        radius.log_in("User-Password", "budi", "rahasia'1", other).starts_with("Access-Reject")
    );
    base.ask(
        "update radacct set acctupdatetime = now() - interval 1 day where acctstoptime is null",
    );
    let stale = radius.log_in("User-Password", "budi", "rahasia'1", other);
    assert!(stale.starts_with("Access-Accept"), "a lost Stop locks nobody out: {stale}");
    // The database is gone: no answer, so that the router asks its next server; and it comes back by itself.
    base.stop();
    assert_eq!(radius.log_in("User-Password", "budi", "rahasia'1", MAC), "");
    assert_eq!(engine.digests().await.unwrap_err().code, "freeradius.database");
    base.start(dir.path());
    rig::wait_until("FreeRADIUS's database", || {
        radius.log_in("User-Password", "budi", "rahasia'1", MAC).starts_with("Access-Accept")
    });
    assert!(engine.digests().await.is_ok());
    // A router that was not there when FreeRADIUS started asks without a restart (its client lives 30 s).
    assert_eq!(radius.log_in_with_secret("budi", "rahasia'1", "bukan-rahasia"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_write_to_postgresql_logs_in_is_isolated_restored_and_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_base, engine, _radius) = story(Base::postgres(), dir.path()).await;
    assert_eq!(read(&engine, "budi").await.card, Card::NoScreen);
}

#[test]
fn the_password_of_the_database_is_never_shown() {
    let url = "mysql://radius:sangat-rahasia@10.0.0.5:3306/radius?ssl-mode=disabled";
    let shown = Settings { url: url.into() }.shown().unwrap().to_string();
    assert!(!shown.contains("sangat-rahasia") && shown.contains("10.0.0.5:3306/radius"), "{shown}");
    for bad in ["", "radius", "http://a@b", "mysql://10.0.0.5/radius"] {
        assert!(Settings { url: bad.into() }.shown().is_err(), "{bad}");
    }
}
