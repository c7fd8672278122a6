//! Writing: what is right already is left alone; the rest is replaced, all of a batch in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use bridge::access::{AccountRecord, Contact, Ensure, NasRecord, ProfileRecord};
use kernel::Result;

use super::read::{self, Person};
use super::rows::{self, Row, Rows, cut};
use super::sql::{Database, Work, marks};
use super::{DISABLED, check};

/// Who made a row, for the people at daloRADIUS's screens.
const MADE_BY: &str = "sambung";
/// The width of daloRADIUS's contact columns.
const CONTACT: usize = 200;
/// The width of `nas.shortname`.
const SHORT_NAME: usize = 32;

/// Each record is looked at first: one that FreeRADIUS could not read is refused and the others are written.
pub(super) async fn ensure(db: &Database, records: &[Ensure]) -> Result<Vec<Result<()>>> {
    let answers: Vec<Result<()>> = records.iter().map(checked).collect();
    let good: Vec<&Ensure> =
        records.iter().zip(&answers).filter(|(_, a)| a.is_ok()).map(|(r, _)| r).collect();
    if good.is_empty() {
        return Ok(answers);
    }
    let mut tx = db.begin().await?;
    match all(&mut tx, &good).await {
        Ok(()) => tx.commit().await?,
        Err(fault) => {
            tx.rollback().await.ok();
            return Err(fault);
        }
    }
    Ok(answers)
}

fn checked(record: &Ensure) -> Result<()> {
    match record {
        Ensure::Account(account) => check::account(account),
        Ensure::Profile(profile) => check::profile(profile),
        Ensure::Nas(nas) => check::nas(nas),
        Ensure::NoAccount(_) | Ensure::NoNas(_) => Ok(()),
    }
}

async fn all(tx: &mut Work, records: &[&Ensure]) -> Result<()> {
    let screen = read::has_screen(tx).await?;
    let mut accounts: BTreeMap<&str, &AccountRecord> = BTreeMap::new();
    for record in records {
        match record {
            Ensure::Account(account) => {
                accounts.insert(&account.username, account);
            }
            Ensure::NoAccount(username) => remove(tx, username, screen).await?,
            Ensure::Profile(record) => profile(tx, record).await?,
            Ensure::Nas(record) => nas(tx, record).await?,
            Ensure::NoNas(address) => {
                tx.exec("delete from nas where nasname = ?", std::slice::from_ref(address)).await?;
            }
        }
    }
    if accounts.is_empty() {
        return Ok(());
    }
    disabled_group(tx).await?;
    let names: Vec<String> = accounts.keys().map(|name| (*name).to_owned()).collect();
    for chunk in names.chunks(200) {
        let there = read::rows_of(tx, chunk).await?;
        let people = if screen { read::people_of(tx, chunk).await? } else { BTreeMap::new() };
        let mut plan = Plan::default();
        for name in chunk {
            let Some(record) = accounts.get(name.as_str()) else { continue };
            let empty = Rows::default();
            plan.account(record, there.get(name).unwrap_or(&empty));
            if screen {
                plan.person(record, people.get(name));
            }
        }
        plan.carry_out(tx).await?;
    }
    Ok(())
}

/// daloRADIUS's schema ships the row; where it is missing the group would be no group at all.
async fn disabled_group(tx: &mut Work) -> Result<()> {
    let there = tx
        .rows(
            "select cast(value as {TEXT}) from radgroupcheck
             where groupname = ? and attribute = 'Auth-Type'",
            &[DISABLED.to_owned()],
        )
        .await?;
    if there.is_empty() {
        tx.exec(
            "insert into radgroupcheck (groupname, attribute, op, value)
             values (?, 'Auth-Type', ':=', 'Reject')",
            &[DISABLED.to_owned()],
        )
        .await?;
    }
    Ok(())
}

/// What a batch of logins changes, table by table.
#[derive(Default)]
struct Plan {
    clear: BTreeMap<&'static str, BTreeSet<String>>,
    add: BTreeMap<&'static str, Vec<Vec<String>>>,
    /// Columns of userinfo of those who have a row already.
    contact: Vec<Vec<String>>,
}

impl Plan {
    fn account(&mut self, record: &AccountRecord, there: &Rows) {
        let wanted = rows::wanted(record, there);
        let name = &record.username;
        let four = |rows: &[Row]| -> Vec<Vec<String>> {
            rows.iter().map(|r| vec![name.clone(), r.0.clone(), r.1.clone(), r.2.clone()]).collect()
        };
        if wanted.check != there.check {
            self.replace("radcheck", name, four(&wanted.check));
        }
        if wanted.reply != there.reply {
            self.replace("radreply", name, four(&wanted.reply));
        }
        if wanted.groups != there.groups {
            let groups = wanted.groups.iter();
            let rows = groups.map(|(g, p)| vec![name.clone(), g.clone(), p.to_string()]).collect();
            self.replace("radusergroup", name, rows);
        }
    }

    fn replace(&mut self, table: &'static str, name: &str, rows: Vec<Vec<String>>) {
        self.clear.entry(table).or_default().insert(name.to_owned());
        self.add.entry(table).or_default().extend(rows);
    }

    /// Without a row in userinfo the login is not in daloRADIUS's list.
    fn person(&mut self, record: &AccountRecord, there: Option<&Person>) {
        let columns = contact(&record.contact);
        let name = record.username.clone();
        match there.and_then(|p| p.contact.as_ref()) {
            None => {
                let mut row = vec![name.clone()];
                row.extend(columns);
                row.push(MADE_BY.to_owned());
                self.add.entry("userinfo").or_default().push(row);
            }
            Some(seen) if contact(seen) != columns => {
                let mut row = columns;
                row.push(name.clone());
                self.contact.push(row);
            }
            Some(_) => {}
        }
        let c = &record.contact;
        if !there.is_some_and(|p| p.billed) {
            self.add.entry("userbillinfo").or_default().push(vec![
                name,
                cut(&c.plan, 128),
                cut(&c.name, CONTACT),
                cut(&c.phone, CONTACT),
                cut(&c.email, CONTACT),
                cut(&c.address, CONTACT),
                MADE_BY.to_owned(),
            ]);
        }
    }

    async fn carry_out(self, tx: &mut Work) -> Result<()> {
        for (table, names) in &self.clear {
            let names: Vec<String> = names.iter().cloned().collect();
            let sql = format!("delete from {table} where username in ({})", marks(names.len()));
            tx.exec(&sql, &names).await?;
        }
        for (table, rows) in &self.add {
            let (columns, whole) = match *table {
                "radusergroup" => ("username, groupname, priority", Some(2)),
                "userinfo" => {
                    ("username, firstname, mobilephone, email, address, notes, creationby", None)
                }
                "userbillinfo" => {
                    ("username, planName, contactperson, phone, email, address, creationby", None)
                }
                _ => ("username, attribute, op, value", None),
            };
            tx.insert(&format!("insert into {table} ({columns})"), whole, rows).await?;
        }
        for row in &self.contact {
            tx.exec(
                "update userinfo set firstname = ?, mobilephone = ?, email = ?, address = ?, notes = ?
                 where username = ?",
                row,
            )
            .await?;
        }
        Ok(())
    }
}

/// As they stand in userinfo: firstname, mobilephone, email, address, notes.
fn contact(c: &Contact) -> Vec<String> {
    [&c.name, &c.phone, &c.email, &c.address, &c.number].map(|text| cut(text, CONTACT)).to_vec()
}

/// A login that is gone for good. Its sessions stay.
async fn remove(tx: &mut Work, username: &str, screen: bool) -> Result<()> {
    let mut tables = vec!["radcheck", "radreply", "radusergroup"];
    if screen {
        tables.extend(["userinfo", "userbillinfo"]);
    }
    for table in tables {
        let sql = format!("delete from {table} where username = ?");
        tx.exec(&sql, &[username.to_owned()]).await?;
    }
    Ok(())
}

async fn profile(tx: &mut Work, record: &ProfileRecord) -> Result<()> {
    let group = rows::group_of(record).to_owned();
    let mut wanted = rows::group_rows(record);
    let there: Vec<Row> = read::group_reply(tx, &group).await?;
    // The order of rows of one attribute matters ('=' before '+='), so they are compared as they stand.
    if there == wanted {
        return Ok(());
    }
    tx.exec("delete from radgroupreply where groupname = ?", std::slice::from_ref(&group)).await?;
    let rows: Vec<Vec<String>> =
        wanted.drain(..).map(|r| vec![group.clone(), r.0, r.1, r.2]).collect();
    tx.insert("insert into radgroupreply (groupname, attribute, op, value)", None, &rows).await
}

/// `type` is `other`: with `mikrotik` FreeRADIUS asks the router by Telnet for each login of a user with an open
/// session, fails, and lets everybody in.
async fn nas(tx: &mut Work, record: &NasRecord) -> Result<()> {
    let (short, secret) = (cut(&record.name, SHORT_NAME), record.secret.expose().to_owned());
    let there = tx
        .rows(
            "select cast(shortname as {TEXT}), cast(secret as {TEXT}), cast(type as {TEXT})
             from nas where nasname = ?",
            std::slice::from_ref(&record.address),
        )
        .await?;
    let other = Some("other".to_owned());
    if there == [vec![Some(short.clone()), Some(secret.clone()), other]] {
        return Ok(());
    }
    match there.len() {
        1 => {
            tx.exec(
                "update nas set shortname = ?, secret = ?, type = 'other' where nasname = ?",
                &[short, secret, record.address.clone()],
            )
            .await?;
        }
        _ => {
            tx.exec("delete from nas where nasname = ?", std::slice::from_ref(&record.address))
                .await?;
            tx.exec(
                "insert into nas (nasname, shortname, type, secret, description)
                 values (?, ?, 'other', ?, 'Sambung')",
                &[record.address.clone(), short, secret],
            )
            .await?;
        }
    }
    Ok(())
}
