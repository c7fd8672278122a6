//! One account as a login is answered from it.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use kernel::{AccountId, BranchId, CustomerId, SubscriptionId, Ts};
use network::directory::DirectoryRow;
use network::{AccountState, Desired, Mac, MacPolicy, RejectReason, Secret, Vendor};
use radius::kind;

use super::live::{Live, Sighting};
use super::places::{Other, Places};
use super::replies::Replies;

/// An account's state at one moment; replaced as a whole when it changes.
#[derive(Debug)]
pub struct Account {
    pub id: AccountId,
    pub subscription: SubscriptionId,
    pub customer: CustomerId,
    pub branch: BranchId,
    pub password: Secret,
    /// What MS-CHAP proves; computed when the account is loaded.
    pub nt_hash: [u8; 16],
    pub mac_policy: MacPolicy,
    pub mac: Option<Mac>,
    pub mac_open_until: Option<Ts>,
    pub sessions_max: usize,
    pub interim_secs: i64,
    pub access_version: i64,
    /// Why a login is refused although the password is right.
    pub refused: Option<RejectReason>,
    pub why_code: Box<str>,
    pub changed_at: Ts,
    access_changed_at: Option<Ts>,
    pub replies: Option<Arc<Replies>>,
    /// Class and the fixed address, encoded.
    own: Box<[u8]>,
    fixed_address: Box<[u8]>,
    interim: [u8; 6],
}

impl Account {
    /// Prepares an account from its row.
    pub fn new(row: &DirectoryRow, replies: Option<Arc<Replies>>) -> Self {
        let interim = u32::try_from(row.interim_secs.max(60)).unwrap_or(u32::MAX).to_be_bytes();
        let [a, b, c, d] = interim;
        Self {
            id: row.account,
            subscription: row.subscription,
            customer: row.customer,
            branch: row.branch,
            password: row.password.clone(),
            nt_hash: radius::mschap::nt_hash(row.password.expose()),
            mac_policy: row.mac_policy,
            mac: row.mac,
            mac_open_until: row.mac_open_until,
            sessions_max: usize::try_from(row.sessions_max.max(1)).unwrap_or(1),
            interim_secs: row.interim_secs.max(60),
            access_version: row.access_version,
            refused: refused(row),
            why_code: row.why_code.as_str().into(),
            changed_at: row.changed_at,
            access_changed_at: row.access_changed_at,
            replies,
            own: class(row.access_version).into(),
            fixed_address: fixed_address(row).into(),
            interim: [kind::ACCT_INTERIM_INTERVAL, 6, a, b, c, d],
        }
    }

    /// Whether the row says what is known, word for word: instants alone don't tell, since an account and
    /// its access are changed apart, and two changes can carry one instant.
    pub(super) fn is_as(&self, row: &DirectoryRow) -> bool {
        let known = (self.access_version, self.changed_at, self.access_changed_at);
        let lock = (self.mac_policy, self.mac, self.mac_open_until);
        known == (row.access_version, row.changed_at, row.access_changed_at)
            && lock == (row.mac_policy, row.mac, row.mac_open_until)
            && self.password.expose() == row.password.expose()
            && self.interim_secs == row.interim_secs.max(60)
            && self.sessions_max == usize::try_from(row.sessions_max.max(1)).unwrap_or(1)
            && self.refused == refused(row)
            && *self.why_code == *row.why_code
            && *self.fixed_address == *fixed_address(row)
    }

    /// Writes what an accept says: the profile's attributes for the NAS's vendor, then the account's
    /// own. A pool of the isolation profile is stronger than a fixed address: MikroTik would let the
    /// address win, and the customer would not be isolated.
    pub fn write_accept(&self, vendor: Vendor, reply: &mut radius::Builder<'_>) {
        reply.put_encoded(&self.own);
        let Some(replies) = &self.replies else { return };
        reply.put_encoded(replies.accept(vendor));
        if !(replies.isolates && replies.names_pool(vendor)) {
            reply.put_encoded(&self.fixed_address);
        }
        reply.put_encoded(&self.interim);
    }
}

/// The access version as Class, which the NAS repeats in its accounting: so we learn with which access
/// a session runs.
pub fn class(version: i64) -> [u8; 10] {
    let [a, b, c, d, e, f, g, h] = version.to_be_bytes();
    [kind::CLASS, 10, a, b, c, d, e, f, g, h]
}

fn refused(row: &DirectoryRow) -> Option<RejectReason> {
    match (row.state, &row.desired) {
        (AccountState::Closed, _) => Some(RejectReason::Terminated),
        (AccountState::Reserved, _) => Some(RejectReason::NotActive),
        (AccountState::Live, Desired::Blocked { reason }) if reason == "terminated" => {
            Some(RejectReason::Terminated)
        }
        (AccountState::Live, Desired::Blocked { .. }) => Some(RejectReason::NotActive),
        (AccountState::Live, _) => None,
    }
}

fn fixed_address(row: &DirectoryRow) -> Vec<u8> {
    let (name, address) = match row.fixed_ip {
        Some(ip @ std::net::IpAddr::V4(_)) => ("Framed-IP-Address", ip),
        Some(ip @ std::net::IpAddr::V6(_)) => ("Framed-IPv6-Address", ip),
        None => return Vec::new(),
    };
    radius::dictionary::encode(name, &address.to_string()).unwrap_or_default()
}

/// The place of a user name in the directory. It stays the same while the account's record changes.
#[derive(Debug)]
pub struct Slot {
    username: Box<str>,
    account: ArcSwap<Account>,
    places: Places,
    /// A MAC accepted in the open window, until the database's answer comes round.
    bound: ArcSwapOption<Mac>,
}

impl Slot {
    pub(super) fn new(username: &str, account: Account) -> Self {
        Self {
            username: username.into(),
            account: ArcSwap::from_pointee(account),
            places: Places::default(),
            bound: ArcSwapOption::empty(),
        }
    }
    /// The same account under another user name; its sessions stay known.
    pub(super) fn renamed(&self, username: &str, account: Account) -> Self {
        Self { places: self.places.moved(), ..Self::new(username, account) }
    }
    pub fn username(&self) -> &str {
        &self.username
    }
    pub fn account(&self) -> arc_swap::Guard<Arc<Account>> {
        self.account.load()
    }
    pub(super) fn replace(&self, account: Account) {
        self.account.store(Arc::new(account));
        self.bound.store(None);
    }

    /// The MAC that this login binds, or whether the lock lets it in.
    pub(crate) fn judge_mac(&self, account: &Account, seen: Option<Mac>, now: Ts) -> MacVerdict {
        if account.mac_policy == MacPolicy::Off {
            return MacVerdict::Fits;
        }
        let just_bound = self.bound.load();
        let locked = just_bound.as_deref().copied().or(account.mac);
        let is_open = just_bound.is_none() && account.mac_open_until.is_some_and(|u| u >= now);
        match (seen, locked) {
            (Some(seen), locked) if is_open && locked == Some(seen) => MacVerdict::Confirms(seen),
            (Some(seen), _) if is_open => MacVerdict::Binds(seen),
            (None, None) => MacVerdict::Fits,
            (None, Some(_)) if is_open => MacVerdict::Fits,
            (None, Some(expected)) => MacVerdict::Differs { expected },
            // Nothing is known yet, the window may be long over: the first device becomes the lock.
            (Some(seen), None) => MacVerdict::Binds(seen),
            (Some(seen), Some(expected)) if seen == expected => MacVerdict::Fits,
            (Some(_), Some(expected)) => MacVerdict::Differs { expected },
        }
    }

    /// From now on only this MAC logs in, before the database's answer comes round.
    pub(crate) fn bind(&self, mac: Mac) {
        self.bound.store(Some(Arc::new(mac)));
    }

    /// Gives a login its place; answers what stands in the way of another session from `seen`. Where a MAC is
    /// locked nothing does: the lock alone says which device may be on line, and after a swap the old one's
    /// session is over. A device whose address the NAS does not tell holds no place until it is reported:
    /// when it dials anew at once nobody could know that it is the same.
    pub(crate) fn claim(&self, account: &Account, seen: Option<Mac>, now: Ts) -> Result<(), Other> {
        let (most, interim_secs) = (account.sessions_max, account.interim_secs);
        match seen {
            Some(_) if account.mac_policy != MacPolicy::Off => Ok(()),
            Some(_) => self.places.claim(most, interim_secs, seen, now),
            None => self.places.taken(most, interim_secs, seen, now).map_or(Ok(()), Err),
        }
    }

    /// Takes a NAS's report of a session over.
    pub fn see(&self, sighting: &Sighting<'_>) {
        self.places.see(sighting);
    }

    /// Forgets the sessions that do not stay; answers how many.
    pub(super) fn keep_sessions(&self, stays: &dyn Fn(&Live) -> bool) -> usize {
        self.places.keep_sessions(stays)
    }

    /// The sessions known, ended ones included.
    pub fn sessions(&self) -> Vec<Arc<Live>> {
        self.places.sessions()
    }
}

/// What the MAC lock says to a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MacVerdict {
    Fits,
    /// The window is open and the label's MAC was right: it becomes the lock.
    Confirms(Mac),
    /// The window is open: this MAC becomes the lock.
    Binds(Mac),
    Differs {
        expected: Mac,
    },
}
