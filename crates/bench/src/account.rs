//! The accounts of the bench: made from their index, the same in every server's data.

use std::net::Ipv4Addr;

/// One account. Names and passwords are as long as those of real customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account(pub u32);

impl Account {
    /// The RADIUS user name.
    pub fn name(self) -> String {
        format!("pelanggan{:06}", self.0)
    }
    /// The password in clear: different for each account.
    pub fn password(self) -> String {
        format!("sandi-{:07}", u64::from(self.0) * 7_919 % 10_000_000)
    }
    /// The customer's hardware address, as RouterOS writes it for PPPoE.
    pub fn mac(self) -> String {
        let [_, a, b, c] = self.0.to_be_bytes();
        format!("4A:5E:0C:{a:02X}:{b:02X}:{c:02X}")
    }
    /// The address that the NAS gave.
    pub fn address(self) -> Ipv4Addr {
        Ipv4Addr::from(0x0a40_0000 + self.0)
    }
    /// The session that the NAS keeps for this account.
    pub fn session(self) -> String {
        format!("81{:06x}", self.0)
    }
}

/// What each server sends to an accepted account: the same bytes of plan.
pub const RATE_LIMIT: &str = "20M/20M 30M/30M 15M/15M 8/8 8 10M/10M";
/// Seconds between two interims.
pub const INTERIM_SECS: u32 = 300;
/// The address pool of the plan.
pub const POOL: &str = "pool-pelanggan";
/// The shared secret of the one NAS of the bench.
pub const SECRET: &str = "rahasia-bersama-bench-0123456789";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_hundred_thousand_accounts_share_no_name_address_or_session() {
        let all = || (0..100_000).map(Account);
        assert_eq!(all().map(Account::name).collect::<HashSet<_>>().len(), 100_000);
        assert_eq!(all().map(Account::mac).collect::<HashSet<_>>().len(), 100_000);
        assert_eq!(all().map(Account::address).collect::<HashSet<_>>().len(), 100_000);
        assert_eq!(all().map(Account::session).collect::<HashSet<_>>().len(), 100_000);
        assert!(all().map(|a| a.password().len()).all(|n| n == 13));
    }
}
