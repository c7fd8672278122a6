//! Reading back: logins, groups, routers, and digests that the database computes itself.

use std::collections::BTreeMap;

use bridge::access::{AccountSeen, Card, Contact, NasRecord, ProfileRecord, Shelf};
use kernel::Result;
use store::Secret;

use super::rows::{self, Row, Rows};
use super::sql::{Database, Kind, Texts, Work, marks};
use super::{DISABLED, ISOLATED};

/// What daloRADIUS has about the person behind a login.
#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) contact: Option<Contact>,
    /// There is a row in userbillinfo.
    pub(super) billed: bool,
}

fn text(row: &Texts, at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

/// daloRADIUS's own tables are there (not on PostgreSQL, and not everywhere).
pub(super) const SCREEN: &str = "select cast(count(*) as {TEXT}) from information_schema.tables
    where table_schema = {SCHEMA} and table_name in ('userinfo', 'userbillinfo')";

pub(super) fn screen_sql(kind: Kind) -> String {
    let schema = if kind == Kind::Mariadb { "database()" } else { "current_schema()" };
    SCREEN.replace("{SCHEMA}", schema)
}

pub(super) async fn has_screen(tx: &mut Work) -> Result<bool> {
    let kind = if matches!(tx, Work::My(_)) { Kind::Mariadb } else { Kind::Postgres };
    let found = tx.rows(&screen_sql(kind), &[]).await?;
    Ok(found.first().is_some_and(|row| text(row, 0) == "2"))
}

const CHECK: &str =
    "select cast(username as {TEXT}), cast(attribute as {TEXT}), cast(op as {TEXT}),
    cast(value as {TEXT}) from radcheck where ";
const REPLY: &str =
    "select cast(username as {TEXT}), cast(attribute as {TEXT}), cast(op as {TEXT}),
    cast(value as {TEXT}) from radreply where ";
const GROUPS: &str = "select cast(username as {TEXT}), cast(groupname as {TEXT}),
    cast(priority as {TEXT}) from radusergroup where ";
const PEOPLE: &str = "select cast(username as {TEXT}), cast(firstname as {TEXT}),
    cast(mobilephone as {TEXT}), cast(email as {TEXT}), cast(address as {TEXT}),
    cast(notes as {TEXT}) from userinfo where ";

/// MariaDB finds a name in any case; ours are lower case, so that is what they are kept by.
fn name_of(row: &Texts) -> String {
    text(row, 0).to_lowercase()
}

fn gather(check: Vec<Texts>, reply: Vec<Texts>, groups: Vec<Texts>) -> BTreeMap<String, Rows> {
    let mut all: BTreeMap<String, Rows> = BTreeMap::new();
    let attribute =
        |row: &Texts| -> Row { (text(row, 1), text(row, 2).trim().to_owned(), text(row, 3)) };
    for row in &check {
        all.entry(name_of(row)).or_default().check.push(attribute(row));
    }
    for row in &reply {
        all.entry(name_of(row)).or_default().reply.push(attribute(row));
    }
    for row in &groups {
        let group = (text(row, 1), text(row, 2).parse().unwrap_or(1));
        all.entry(name_of(row)).or_default().groups.push(group);
    }
    all.into_iter().map(|(name, rows)| (name, rows.sorted())).collect()
}

fn person(row: &Texts) -> Contact {
    Contact {
        name: text(row, 1),
        phone: text(row, 2),
        email: text(row, 3),
        address: text(row, 4),
        number: text(row, 5),
        plan: String::new(),
    }
}

/// The rows of these logins, locked for the change.
pub(super) async fn rows_of(tx: &mut Work, names: &[String]) -> Result<BTreeMap<String, Rows>> {
    let these = format!("username in ({}) order by id for update", marks(names.len()));
    let check = tx.rows(&format!("{CHECK}{these}"), names).await?;
    let reply = tx.rows(&format!("{REPLY}{these}"), names).await?;
    let groups = tx.rows(&format!("{GROUPS}{these}"), names).await?;
    Ok(gather(check, reply, groups))
}

pub(super) async fn people_of(tx: &mut Work, names: &[String]) -> Result<BTreeMap<String, Person>> {
    let these = format!("username in ({})", marks(names.len()));
    let mut all: BTreeMap<String, Person> = BTreeMap::new();
    for row in tx.rows(&format!("{PEOPLE}{these}"), names).await? {
        all.entry(name_of(&row)).or_default().contact = Some(person(&row));
    }
    let sql = format!("select cast(username as {{TEXT}}) from userbillinfo where {these}");
    for row in tx.rows(&sql, names).await? {
        all.entry(name_of(&row)).or_default().billed = true;
    }
    Ok(all)
}

pub(super) async fn group_reply(tx: &mut Work, group: &str) -> Result<Vec<Row>> {
    let rows = tx
        .rows(
            "select cast(attribute as {TEXT}), cast(op as {TEXT}), cast(value as {TEXT})
             from radgroupreply where groupname = ? order by id",
            &[group.to_owned()],
        )
        .await?;
    Ok(rows.iter().map(|r| (text(r, 0), text(r, 1).trim().to_owned(), text(r, 2))).collect())
}

/// What the shards' digests were when the whole had this digest.
#[derive(Default)]
pub(super) struct Remembered {
    whole: String,
    shards: BTreeMap<i64, String>,
    used: u32,
}

/// How often in a row the whole's digest may stand for its parts'.
const WHOLES: u32 = 15;

/// A digest a shard: how many rows and a sum over their hashes, of each table. The database computes it; a
/// few hundred lines travel. One line a table when nothing moved at all, which costs a fifth of the work.
pub(super) async fn digests(
    db: &Database,
    remembered: &mut Remembered,
) -> Result<BTreeMap<i64, String>> {
    let tables = digested(db).await?;
    let mut whole = String::new();
    for (table, columns) in &tables {
        let sql = format!(
            "select cast(count(*) as {{TEXT}}), cast(sum({{HASH({columns})HASH}}) as {{TEXT}}) from {table}"
        );
        for row in db.rows(&sql, &[]).await? {
            whole.push_str(&format!("{table}:{}:{};", text(&row, 0), text(&row, 1)));
        }
    }
    if remembered.whole == whole && remembered.used < WHOLES {
        remembered.used += 1;
        return Ok(remembered.shards.clone());
    }
    let shards = by_shard(db, &tables).await?;
    *remembered = Remembered { whole, shards: shards.clone(), used: 0 };
    Ok(shards)
}

/// The tables with what of them counts.
async fn digested(db: &Database) -> Result<Vec<(&'static str, &'static str)>> {
    let mut tables = vec![
        ("radcheck", "username, attribute, op, value"),
        ("radreply", "username, attribute, op, value"),
        ("radusergroup", "username, groupname, priority"),
    ];
    let screen = db.rows(&screen_sql(db.kind()), &[]).await?;
    if screen.first().is_some_and(|row| text(row, 0) == "2") {
        tables.push(("userinfo", "username, firstname, mobilephone, email, address, notes"));
    }
    Ok(tables)
}

async fn by_shard(db: &Database, tables: &[(&str, &str)]) -> Result<BTreeMap<i64, String>> {
    let mut all: BTreeMap<i64, String> = BTreeMap::new();
    for (n, (table, columns)) in tables.iter().enumerate() {
        let sql = format!(
            "select cast({{SHARD}} as {{TEXT}}), cast(count(*) as {{TEXT}}),
               cast(sum({{HASH({columns})HASH}}) as {{TEXT}})
             from {table} group by 1"
        );
        for row in db.rows(&sql, &[]).await? {
            let digest = all.entry(text(&row, 0).parse().unwrap_or_default()).or_default();
            digest.push_str(&format!("{n}:{}:{};", text(&row, 1), text(&row, 2)));
        }
    }
    Ok(all)
}

/// The logins of these shards.
pub(super) async fn accounts(db: &Database, shards: &[i64]) -> Result<Vec<AccountSeen>> {
    if shards.is_empty() {
        return Ok(Vec::new());
    }
    // Numbers of our own, 0 to 255: nothing to escape.
    let list: Vec<String> = shards.iter().map(i64::to_string).collect();
    let these = format!("{{SHARD}} in ({}) order by id", list.join(","));
    let check = db.rows(&format!("{CHECK}{these}"), &[]).await?;
    let reply = db.rows(&format!("{REPLY}{these}"), &[]).await?;
    let groups = db.rows(&format!("{GROUPS}{these}"), &[]).await?;
    let all = gather(check, reply, groups);
    let screen = db.rows(&screen_sql(db.kind()), &[]).await?;
    let mut people: BTreeMap<String, Contact> = BTreeMap::new();
    let has_screen = screen.first().is_some_and(|row| text(row, 0) == "2");
    if has_screen {
        for row in db.rows(&format!("{PEOPLE}{these}"), &[]).await? {
            people.insert(name_of(&row), person(&row));
        }
    }
    let card = |name: &String| match people.get(name) {
        _ if !has_screen => Card::NoScreen,
        Some(person) => Card::There(person.clone()),
        None => Card::Missing,
    };
    Ok(all.iter().map(|(name, rows)| rows::seen(name, rows, card(name))).collect())
}

/// Groups (with the isolation group among them) and routers.
pub(super) async fn shelf(db: &Database) -> Result<Shelf> {
    let rows = db
        .rows(
            "select cast(groupname as {TEXT}), cast(attribute as {TEXT}), cast(value as {TEXT})
             from radgroupreply order by groupname, id",
            &[],
        )
        .await?;
    let mut groups: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in &rows {
        groups.entry(text(row, 0)).or_default().push((text(row, 1), text(row, 2)));
    }
    groups.remove(DISABLED);
    let profiles = groups.into_iter().map(|(group, reply)| {
        let isolates = group == ISOLATED;
        ProfileRecord { group, reply, isolates }
    });
    let nas = db
        .rows(
            "select cast(nasname as {TEXT}), cast(shortname as {TEXT}), cast(secret as {TEXT}),
               cast(type as {TEXT}) from nas order by id",
            &[],
        )
        .await?;
    let nas = nas.iter().map(|row| NasRecord {
        address: text(row, 0),
        name: text(row, 1),
        secret: Secret::new(text(row, 2)),
        type_: text(row, 3),
    });
    Ok(Shelf { profiles: profiles.collect(), nas: nas.collect() })
}
