//! The NAS whose packets are believed, found by the address they come from.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use kernel::{BranchId, NasId, Ts};
use network::directory::DirectoryNas;
use network::tally::Tally;
use network::{MessageAuthenticator, Vendor};
use radius::sign::Strictness;

/// One NAS, with its secret prepared.
#[derive(Debug)]
pub struct Nas {
    pub id: NasId,
    pub name: String,
    pub address: IpNet,
    pub secret: radius::Secret,
    pub vendor: Vendor,
    pub coa_port: Option<u16>,
    pub branch: BranchId,
    pub strictness: Strictness,
    /// Kept when the record changes.
    pub state: Arc<NasState>,
}

/// What is known of a NAS from its packets.
#[derive(Debug, Default)]
pub struct NasState {
    /// Microseconds; sessions last seen before it died with the NAS's restart.
    restarted_at: AtomicI64,
    last_seen: AtomicI64,
    /// Packets whose signature was wrong or missing.
    pub unproven: AtomicU64,
    /// What came since it was last written down.
    pub(crate) counted: Counted,
    /// Where its last valid packet came from: the way to a NAS that is known by a network only.
    source: ArcSwapOption<IpAddr>,
}

/// Counts of one NAS since they were last taken.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub accepted: AtomicU64,
    pub rejected: AtomicU64,
    pub accounted: AtomicU64,
    pub unproven: AtomicU64,
    pub dropped: AtomicU64,
    pub repeated: AtomicU64,
    /// Microseconds; 0: none since.
    pub auth_at: AtomicI64,
    pub acct_at: AtomicI64,
    pub unproven_at: AtomicI64,
}

impl Counted {
    /// Takes what was counted; `None` when nothing was.
    pub(crate) fn take(&self, source: Option<IpAddr>) -> Option<Tally> {
        let count =
            |of: &AtomicU64| i64::try_from(of.swap(0, Ordering::Relaxed)).unwrap_or(i64::MAX);
        let at = |of: &AtomicI64| match of.swap(0, Ordering::Relaxed) {
            0 => None,
            micros => Some(Ts::from_micros(micros)),
        };
        let tally = Tally {
            accepted: count(&self.accepted),
            rejected: count(&self.rejected),
            accounted: count(&self.accounted),
            unproven: count(&self.unproven),
            dropped: count(&self.dropped),
            repeated: count(&self.repeated),
            last_auth_at: at(&self.auth_at),
            last_acct_at: at(&self.acct_at),
            last_unproven_at: at(&self.unproven_at),
            source: None,
        };
        (tally != Tally::default()).then_some(Tally { source, ..tally })
    }
    /// Puts back what could not be written.
    pub(crate) fn put_back(&self, tally: &Tally) {
        let add = |of: &AtomicU64, n: i64| {
            of.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        };
        add(&self.accepted, tally.accepted);
        add(&self.rejected, tally.rejected);
        add(&self.accounted, tally.accounted);
        add(&self.unproven, tally.unproven);
        add(&self.dropped, tally.dropped);
        add(&self.repeated, tally.repeated);
        let at = |of: &AtomicI64, at: Option<Ts>| {
            of.fetch_max(at.map_or(0, Ts::micros), Ordering::Relaxed);
        };
        at(&self.auth_at, tally.last_auth_at);
        at(&self.acct_at, tally.last_acct_at);
        at(&self.unproven_at, tally.last_unproven_at);
    }
}

impl NasState {
    /// Where its last valid packet came from.
    pub fn source(&self) -> Option<IpAddr> {
        self.source.load().as_deref().copied()
    }
    /// When the NAS last said that all its sessions are gone.
    pub fn restarted_at(&self) -> Ts {
        Ts::from_micros(self.restarted_at.load(Ordering::Relaxed))
    }
    /// All sessions seen until `at` are gone.
    pub fn restart(&self, at: Ts) {
        self.restarted_at.fetch_max(at.micros(), Ordering::Relaxed);
    }
    /// The last valid packet, if there was one since this program started.
    pub fn last_seen(&self) -> Option<Ts> {
        match self.last_seen.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Ts::from_micros(micros)),
        }
    }
    pub(crate) fn seen(&self, now: Ts, from: IpAddr) {
        self.last_seen.store(now.micros(), Ordering::Relaxed);
        if self.source.load().as_deref() != Some(&from) {
            self.source.store(Some(Arc::new(from)));
        }
    }
}

impl Nas {
    fn new(row: &DirectoryNas, state: Arc<NasState>) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            address: row.address,
            secret: radius::Secret::new(row.secret.expose().as_bytes()),
            vendor: row.vendor,
            coa_port: row.coa_port,
            branch: row.branch,
            strictness: match row.message_authenticator {
                MessageAuthenticator::Required => Strictness::Required,
                MessageAuthenticator::Legacy => Strictness::Legacy,
            },
            state,
        }
    }
    fn is_host(&self) -> bool {
        self.address.prefix_len() == self.address.max_prefix_len()
    }
    /// Where it listens for CoA and Disconnect, if it does: its own address, or for one that is known
    /// by a network, the address its last packet came from.
    pub fn coa_address(&self) -> Option<SocketAddr> {
        let port = self.coa_port?;
        let host = if self.is_host() {
            self.address.addr()
        } else {
            *self.state.source.load().as_deref()?
        };
        Some(SocketAddr::new(host, port))
    }
}

/// All NAS; replaced as a whole when one changes.
#[derive(Debug, Default)]
pub struct NasTable {
    hosts: HashMap<IpAddr, Arc<Nas>>,
    /// The narrowest first.
    networks: Vec<Arc<Nas>>,
    by_id: HashMap<NasId, Arc<Nas>>,
}

impl NasTable {
    /// The table of these rows; what was learnt about a NAS before is kept.
    pub fn new(rows: &[DirectoryNas], before: &Self) -> Self {
        let mut table = Self::default();
        for row in rows.iter().filter(|row| !row.archived) {
            let known = before.by_id.get(&row.id).map(|nas| Arc::clone(&nas.state));
            let state = known.unwrap_or_else(|| {
                let state = NasState::default();
                state.source.store(row.source.map(Arc::new));
                Arc::new(state)
            });
            let nas = Arc::new(Nas::new(row, state));
            table.by_id.insert(nas.id, Arc::clone(&nas));
            if nas.is_host() {
                table.hosts.insert(nas.address.addr(), nas);
            } else {
                table.networks.push(nas);
            }
        }
        table.networks.sort_by_key(|nas| std::cmp::Reverse(nas.address.prefix_len()));
        table
    }
    /// The NAS at this address, IPv4 in IPv6 notation included.
    pub fn at(&self, address: IpAddr) -> Option<&Arc<Nas>> {
        let address = address.to_canonical();
        let host = self.hosts.get(&address);
        host.or_else(|| self.networks.iter().find(|nas| nas.address.contains(&address)))
    }
    pub fn by_id(&self, id: NasId) -> Option<&Arc<Nas>> {
        self.by_id.get(&id)
    }
    pub fn all(&self) -> impl Iterator<Item = &Arc<Nas>> {
        self.by_id.values()
    }
}
