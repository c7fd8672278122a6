//! Is everything there and allowed? Changes nothing.

use std::collections::BTreeSet;

use bridge::access::Handshake;
use kernel::Result;

use super::read::screen_sql;
use super::sql::{Database, Kind};

/// Tables with the columns that are used.
const TABLES: &[(&str, &[&str])] = &[
    ("radcheck", &["id", "username", "attribute", "op", "value"]),
    ("radreply", &["id", "username", "attribute", "op", "value"]),
    ("radusergroup", &["id", "username", "groupname", "priority"]),
    ("radgroupcheck", &["id", "groupname", "attribute", "op", "value"]),
    ("radgroupreply", &["id", "groupname", "attribute", "op", "value"]),
    ("nas", &["id", "nasname", "shortname", "type", "secret", "description"]),
    (
        "radacct",
        &[
            "radacctid",
            "acctsessionid",
            "acctuniqueid",
            "username",
            "nasipaddress",
            "acctstarttime",
            "acctupdatetime",
            "acctstoptime",
            "acctsessiontime",
            "acctinputoctets",
            "acctoutputoctets",
            "callingstationid",
            "framedipaddress",
            "acctterminatecause",
        ],
    ),
    ("radpostauth", &["id", "username", "reply", "authdate"]),
];
/// daloRADIUS's own; both or none.
const SCREEN: &[(&str, &[&str])] = &[
    (
        "userinfo",
        &["username", "firstname", "mobilephone", "email", "address", "notes", "creationby"],
    ),
    (
        "userbillinfo",
        &["username", "planname", "contactperson", "phone", "email", "address", "creationby"],
    ),
];
/// Tables that we write.
const WRITTEN: [&str; 6] =
    ["radcheck", "radreply", "radusergroup", "radgroupcheck", "radgroupreply", "nas"];

pub(super) async fn look(db: &Database) -> Result<Handshake> {
    let mut found = Handshake::default();
    let version = db.rows("select cast(version() as {TEXT})", &[]).await?;
    found.version = version.first().and_then(|r| r.first().cloned().flatten()).unwrap_or_default();
    let columns = columns(db).await?;
    lacking(TABLES, &columns, &mut found.missing);
    let screen = db.rows(&screen_sql(db.kind()), &[]).await?;
    let count = screen.first().and_then(|r| r.first().cloned().flatten()).unwrap_or_default();
    match count.as_str() {
        "0" => found.warnings.push(
            "tabel daloRADIUS (userinfo, userbillinfo) tidak ada: hanya FreeRADIUS yang ditulis / \
             no daloRADIUS tables: FreeRADIUS's alone are written"
                .to_owned(),
        ),
        _ => lacking(SCREEN, &columns, &mut found.missing),
    }
    if found.missing.is_empty() {
        allowed(db, &mut found).await?;
    }
    Ok(found)
}

async fn columns(db: &Database) -> Result<BTreeSet<(String, String)>> {
    let schema = if db.kind() == Kind::Mariadb { "database()" } else { "current_schema()" };
    let sql = format!(
        "select cast(lower(table_name) as {{TEXT}}), cast(lower(column_name) as {{TEXT}})
         from information_schema.columns where table_schema = {schema}"
    );
    let rows = db.rows(&sql, &[]).await?;
    let pair = |row: &super::sql::Texts| {
        Some((row.first().cloned().flatten()?, row.get(1).cloned().flatten()?))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

fn lacking(
    wanted: &[(&str, &[&str])],
    there: &BTreeSet<(String, String)>,
    missing: &mut Vec<String>,
) {
    for (table, columns) in wanted {
        if !there.iter().any(|(t, _)| t == table) {
            missing.push(format!("tabel {table} tidak ada / table {table} is missing"));
            continue;
        }
        let lacks: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|c| !there.contains(&((*table).to_owned(), (*c).to_owned())))
            .collect();
        if !lacks.is_empty() {
            let lacks = lacks.join(", ");
            missing.push(format!("kolom {table}.{lacks} tidak ada / column missing"));
        }
    }
}

/// Tries the writes that will be needed, in a transaction that is taken back.
async fn allowed(db: &Database, found: &mut Handshake) -> Result<()> {
    for table in WRITTEN {
        let mut tx = db.begin().await?;
        let key = match table {
            "nas" => "nasname",
            "radgroupcheck" | "radgroupreply" => "groupname",
            _ => "username",
        };
        let nobody = ["sambung-handshake".to_owned()];
        let insert = match table {
            "nas" => "insert into nas (nasname, shortname, secret) values (?, 'x', 'x')".to_owned(),
            "radusergroup" => {
                "insert into radusergroup (username, groupname) values (?, 'x')".to_owned()
            }
            _ => format!(
                "insert into {table} ({key}, attribute, op, value) values (?, 'x', '=', 'x')"
            ),
        };
        let delete = format!("delete from {table} where {key} = ?");
        let tried = match tx.exec(&insert, &nobody).await {
            Ok(_) => tx.exec(&delete, &nobody).await,
            Err(fault) => Err(fault),
        };
        tx.rollback().await?;
        if let Err(fault) = tried {
            found
                .missing
                .push(format!("tidak boleh menulis {table} / may not write {table}: {}", fault.en));
        }
    }
    Ok(())
}
