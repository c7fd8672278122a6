//! Limits on guessing, by account and by address.
//!
//! Each try is counted before the password is looked at, so tries at once are counted too; a right
//! one takes its count back. A window of 15 minutes begins with the first try and is not made longer
//! by further ones, so that nobody can lock a person out for good.

use kernel::{Fault, FaultKind, Result, Ts};
use store::Tx;

use crate::secret;
use crate::store as sql;

pub(crate) const WINDOW_SECS: i64 = 15 * 60;
pub(crate) const DAY_SECS: i64 = 86_400;
/// Wrong tries of one account from one address.
pub const PER_PAIR: i64 = 5;
/// Wrong tries of one account from anywhere.
pub const PER_ACCOUNT: i64 = 20;
/// Wrong tries from one address at any account.
pub const PER_ADDRESS: i64 = 50;

/// Counts a try.
///
/// # Errors
/// `identity.too_many_tries` (429), the same for accounts that exist and those that don't.
pub async fn charge(tx: &mut Tx, account: &str, address: &str) -> Result<()> {
    let stale = stale_at(tx.now());
    let address = network_of(address);
    for (key, limit) in [
        (key("pair", &[account, &address]), PER_PAIR),
        (key("account", &[account]), PER_ACCOUNT),
        (key("address", &[&address]), PER_ADDRESS),
    ] {
        if sql::count_try(tx, &key, stale).await? > limit {
            return Err(too_many());
        }
    }
    Ok(())
}

/// Forgets the wrong tries after a right one.
pub async fn forgive(tx: &mut Tx, account: &str, address: &str) -> Result<()> {
    let address = network_of(address);
    sql::forget_tries(tx, &key("pair", &[account, &address])).await?;
    sql::forget_tries(tx, &key("account", &[account])).await?;
    sql::take_back_try(tx, &key("address", &[&address])).await?;
    tidy(tx).await
}

/// Forgets the windows that are long over.
pub(crate) async fn tidy(tx: &mut Tx) -> Result<()> {
    // The longest window is a day.
    sql::forget_stale_tries(tx, tx.now().plus_secs(-DAY_SECS)).await
}

/// Counts one more of its class; whether it is still within so many in so many seconds.
pub(crate) async fn count(
    tx: &mut Tx,
    class: &str,
    parts: &[&str],
    (limit, secs): (i64, i64),
) -> Result<bool> {
    let stale = tx.now().plus_secs(-secs);
    Ok(sql::count_try(tx, &key(class, parts), stale).await? <= limit)
}

/// As [`count`], by the network that an address belongs to, in a window of 15 minutes.
pub(crate) async fn count_address(
    tx: &mut Tx,
    class: &str,
    address: &str,
    limit: i64,
) -> Result<bool> {
    count(tx, class, &[&network_of(address)], (limit, WINDOW_SECS)).await
}

/// Begins counting anew.
pub(crate) async fn forget(tx: &mut Tx, class: &str, parts: &[&str]) -> Result<()> {
    sql::forget_tries(tx, &key(class, parts)).await
}

fn stale_at(now: Ts) -> Ts {
    now.plus_secs(-WINDOW_SECS)
}

/// Hashed: people type passwords into the field for the user name.
fn key(class: &str, parts: &[&str]) -> [u8; 32] {
    secret::hash(&format!("{class}\0{}", parts.join("\0")))
}

/// An IPv6 customer has a whole /64: that is one address here.
fn network_of(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        _ => address.to_owned(),
    }
}

pub(crate) fn too_many() -> Fault {
    Fault::new(
        FaultKind::TooMany,
        "identity.too_many_tries",
        "Terlalu banyak percobaan masuk. Tunggu 15 menit, lalu coba lagi.",
        "Too many attempts to log in. Wait 15 minutes, then try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_customer_is_one_address() {
        assert_eq!(network_of("2001:db8:1:2::5"), network_of("2001:db8:1:2:ffff::9"));
        assert_ne!(network_of("2001:db8:1:2::5"), network_of("2001:db8:1:3::5"));
        assert_eq!(network_of("::ffff:10.0.0.7"), "10.0.0.7");
        assert_ne!(key("pair", &["a", "b"]), key("account", &["a"]));
    }
}
