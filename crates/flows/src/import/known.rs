//! Looking up in bulk what rows refer to.

use std::collections::HashMap;

use kernel::{BranchId, CustomerId, PartnerId, Result, SubscriptionId};
use store::{Query, QueryExt, args, row};

row! {
    /// A customer as far as other files refer to one.
    pub(super) struct Party {
        pub id: CustomerId, pub number: String, pub external_id: Option<String>, pub name: String,
        pub branch_id: BranchId, pub partner_id: Option<PartnerId>, pub address: String,
        pub lat: Option<f64>, pub lon: Option<f64>, pub withholds_pph23: bool,
        pub withholds_wapu: bool, pub archived: bool
    }
}

/// Customers by external id, else by number (`C000123`).
pub(super) async fn customers(q: &mut dyn Query, keys: &[&str]) -> Result<HashMap<String, Party>> {
    const COLUMNS: &str =
        "select id, number, external_id, name, branch_id, partner_id, address, lat, lon,
        withholds_pph23, withholds_wapu, archived_at is not null as archived from crm_customer";
    let mut found = HashMap::new();
    let numbers: Vec<String> = keys.iter().map(|key| key.to_uppercase()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let by_number: Vec<Party> =
        q.rows(&format!("{COLUMNS} where number {{AMONG}}($1)"), args![numbers]).await?;
    let by_number: HashMap<String, Party> =
        by_number.into_iter().map(|p| (p.number.clone(), p)).collect();
    for key in keys {
        if let Some(party) = by_number.get(&key.to_uppercase()) {
            found.insert((*key).to_owned(), party.clone());
        }
    }
    let by_id: Vec<Party> =
        q.rows(&format!("{COLUMNS} where external_id {{AMONG}}($1)"), args![keys]).await?;
    for party in by_id {
        if let Some(external_id) = party.external_id.clone() {
            found.insert(external_id, party);
        }
    }
    Ok(found)
}

row! {
    /// A connection as far as items and balances refer to one.
    pub(super) struct Connection {
        pub id: SubscriptionId, pub customer_id: CustomerId, pub branch_id: BranchId, pub ended: bool
    }
}
row! {
    struct Keyed { key: String, id: SubscriptionId, customer_id: CustomerId, branch_id: BranchId,
        ended: bool }
}

/// Connections by external id, else by the user name of their account.
pub(super) async fn connections(
    q: &mut dyn Query,
    keys: &[&str],
) -> Result<HashMap<String, Connection>> {
    const BY_NAME: &str = "select a.username as key, s.id, s.customer_id, s.branch_id,
        s.state in ('terminated', 'cancelled') as ended
      from network_account a join billing_subscription s on s.id = a.subscription_id
      where a.state <> 'closed' and a.username {AMONG}($1)";
    const BY_ID: &str = "select s.external_id as key, s.id, s.customer_id, s.branch_id,
        s.state in ('terminated', 'cancelled') as ended
      from billing_subscription s where s.external_id {AMONG}($1)";
    let mut found = HashMap::new();
    let names: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let by_name: Vec<Keyed> = q.rows(BY_NAME, args![names]).await?;
    let by_name: HashMap<String, Keyed> = by_name.into_iter().map(|k| (k.key.clone(), k)).collect();
    for key in keys {
        if let Some(known) = by_name.get(&key.to_lowercase()) {
            found.insert((*key).to_owned(), known.connection());
        }
    }
    for known in q.rows::<Keyed>(BY_ID, args![keys]).await? {
        let connection = known.connection();
        found.insert(known.key, connection);
    }
    Ok(found)
}

impl Keyed {
    fn connection(&self) -> Connection {
        Connection {
            id: self.id,
            customer_id: self.customer_id,
            branch_id: self.branch_id,
            ended: self.ended,
        }
    }
}
