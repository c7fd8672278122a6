//! Who did it, by name: actors are stored as tags (`user:<id>`, `customer:<id>`, `system:sweep`).

use std::collections::{BTreeMap, BTreeSet};

use kernel::{CustomerId, Result, UserId};
use store::{Query, QueryExt, args};

/// The names behind tags. What the program did by itself, and what strangers did, has no name.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    pub(super) fn of(&self, tag: &str) -> Option<String> {
        self.0.get(tag).cloned()
    }
}

/// Reads the names of all these tags in two statements.
pub(super) async fn names<'a>(
    q: &mut dyn Query,
    tags: impl Iterator<Item = &'a str> + Send,
) -> Result<Names> {
    let tags: BTreeSet<&str> = tags.collect();
    let users: Vec<UserId> = ids(&tags, "user:");
    let customers: Vec<CustomerId> = ids(&tags, "customer:");
    let mut found = BTreeMap::new();
    if !users.is_empty() {
        let sql = "select id, name from identity_user where id {AMONG}($1)";
        for (id, name) in q.rows::<(UserId, String)>(sql, args![users]).await? {
            found.insert(format!("user:{id}"), name);
        }
    }
    if !customers.is_empty() {
        let sql = "select id, name from crm_customer where id {AMONG}($1)";
        for (id, name) in q.rows::<(CustomerId, String)>(sql, args![customers]).await? {
            found.insert(format!("customer:{id}"), name);
        }
    }
    Ok(Names(found))
}

fn ids<T: std::str::FromStr>(tags: &BTreeSet<&str>, kind: &str) -> Vec<T> {
    tags.iter().filter_map(|tag| tag.strip_prefix(kind)?.parse().ok()).collect()
}
