//! The demo's town: one simulated MikroTik on real sockets, with a modem for every account that may dial.
//! It dials, accounts and answers CoA as a router would; a session that was ended dials in again.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{BranchId, Clock, Result, Ts};
use network::AccountState;
use store::Db;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use crate::nas::{Dialled, Method, Modem, Mood, SimNas};

/// How the router is set up.
#[derive(Clone, Debug)]
pub struct TownConfig {
    pub identifier: String,
    pub secret: String,
    /// Where the server answers.
    pub auth: SocketAddr,
    pub acct: SocketAddr,
    /// Where the router listens for CoA; port 0 takes any free one.
    pub control: SocketAddr,
    /// First address that customers get. Loopback addresses let a browser on this machine be a customer.
    pub pool: Ipv4Addr,
    /// Only accounts of these branches have their modems here; empty: all.
    pub branches: Vec<BranchId>,
    pub interim_secs: i64,
    pub seed: u64,
}

/// The running router.
pub struct Town {
    nas: Arc<Mutex<SimNas>>,
    off: Arc<Mutex<BTreeMap<String, bool>>>,
    /// Where the router listens for CoA.
    pub control: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: tokio::task::JoinSet<()>,
}

const LOOK_EVERY: Duration = Duration::from_millis(500);
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
const TRIES: usize = 3;
/// A rejected modem dials again after this time.
const REDIAL_SECS: i64 = 15;

impl Town {
    /// Opens the sockets and starts dialling.
    ///
    /// # Errors
    /// When a socket can't be opened.
    pub async fn open(config: TownConfig, db: Db, clock: Arc<dyn Clock>) -> Result<Self> {
        let fault =
            |e: std::io::Error| kernel::Fault::bug("opening the router's socket").because(e);
        let control = UdpSocket::bind(config.control).await.map_err(fault)?;
        let at = control.local_addr().map_err(fault)?;
        let link = Link {
            auth: UdpSocket::bind("127.0.0.1:0").await.map_err(fault)?,
            acct: UdpSocket::bind("127.0.0.1:0").await.map_err(fault)?,
        };
        link.auth.connect(config.auth).await.map_err(fault)?;
        link.acct.connect(config.acct).await.map_err(fault)?;
        let nas = Arc::new(Mutex::new(SimNas::new(
            &config.identifier,
            Ipv4Addr::LOCALHOST,
            &config.secret,
            config.pool,
            config.seed,
        )));
        let off = Arc::new(Mutex::new(BTreeMap::new()));
        let link = Arc::new(link);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = tokio::task::JoinSet::new();
        let street = Street {
            nas: nas.clone(),
            off: off.clone(),
            link: link.clone(),
            clock: clock.clone(),
            config,
            stopped: stopped.clone(),
        };
        tasks.spawn(street.clone().obey(control));
        tasks.spawn(street.live(db));
        Ok(Self { nas, off, control: at, stop, tasks })
    }

    /// Turns a customer's modem off or on.
    pub fn power(&self, username: &str, on: bool) {
        lock(&self.off).insert(username.to_owned(), !on);
    }
    pub fn set_mood(&self, mood: Mood) {
        lock(&self.nas).mood = mood;
    }
    /// The session of a user name as the router has it.
    pub fn session_of(&self, username: &str) -> Option<crate::nas::SimSession> {
        lock(&self.nas).session_of(username).cloned()
    }
    pub fn online(&self) -> usize {
        lock(&self.nas).sessions().count()
    }
    /// Stops the router without a word, as a power cut would.
    pub async fn close(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Sockets towards the server. One exchange at a time on each.
struct Link {
    auth: UdpSocket,
    acct: UdpSocket,
}

#[derive(Clone)]
struct Street {
    nas: Arc<Mutex<SimNas>>,
    off: Arc<Mutex<BTreeMap<String, bool>>>,
    link: Arc<Link>,
    clock: Arc<dyn Clock>,
    config: TownConfig,
    stopped: watch::Receiver<bool>,
}

impl Street {
    /// Answers CoA and Disconnect; an ended session's stop is sent at once.
    async fn obey(mut self, control: UdpSocket) {
        let mut buffer = vec![0u8; 4_096];
        loop {
            let received = tokio::select! {
                received = control.recv_from(&mut buffer) => received,
                _ = self.stopped.changed() => return,
            };
            let Ok((length, from)) = received else { continue };
            let Some(datagram) = buffer.get(..length) else { continue };
            let (answer, stop) = lock(&self.nas).control(datagram, self.clock.now());
            if let Some(answer) = answer
                && let Err(error) = control.send_to(&answer, from).await
            {
                tracing::warn!(%error, "the router could not answer");
            }
            if let Some(stop) = stop {
                // A socket of its own: the dialling socket may wait for an answer.
                let Ok(socket) = UdpSocket::bind("127.0.0.1:0").await else { continue };
                if socket.connect(self.config.acct).await.is_ok() {
                    exchange(&socket, &stop).await;
                }
            }
        }
    }

    /// Dials for everybody who is not online, and reports everybody who is.
    async fn live(mut self, db: Db) {
        let mut not_before: HashMap<String, Ts> = HashMap::new();
        let mut reported: HashMap<String, Ts> = HashMap::new();
        let first = lock(&self.nas).reboot(self.clock.now());
        exchange(&self.link.acct, &first).await;
        loop {
            match self.modems(&db).await {
                Ok(modems) => {
                    self.turn_off(&modems).await;
                    self.dial_all(&modems, &mut not_before).await;
                }
                Err(fault) => tracing::warn!(?fault, "the town can't see its modems"),
            }
            self.report(&mut reported).await;
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = self.stopped.changed() => return,
            }
        }
    }

    async fn modems(&self, db: &Db) -> Result<Vec<Modem>> {
        let mut modems = Vec::new();
        let mut after = None;
        loop {
            let page = network::directory::page(&mut db.reader(), after, 500).await?;
            for row in page.rows {
                let here =
                    self.config.branches.is_empty() || self.config.branches.contains(&row.branch);
                if here && row.state == AccountState::Live {
                    let mac = row.mac.map_or_else(|| made_up(&row.username), |m| m.to_string());
                    modems.push(Modem {
                        username: row.username,
                        password: row.password.expose().to_owned(),
                        mac,
                        method: Method::Chap,
                    });
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(modems),
            }
        }
    }

    /// Sessions whose modem was turned off, or whose account is gone, end.
    async fn turn_off(&self, modems: &[Modem]) {
        let off = lock(&self.off).clone();
        let ended: Vec<String> = {
            let nas = lock(&self.nas);
            let gone = |user: &str| !modems.iter().any(|m| m.username == user);
            nas.sessions()
                .filter(|s| off.get(&s.username) == Some(&true) || gone(&s.username))
                .map(|s| s.acct_session_id.clone())
                .collect()
        };
        for id in ended {
            let stop =
                lock(&self.nas).stop(&id, crate::nas::AcctCause::LostCarrier, self.clock.now());
            if let Some(stop) = stop {
                exchange(&self.link.acct, &stop).await;
            }
        }
    }

    async fn dial_all(&self, modems: &[Modem], not_before: &mut HashMap<String, Ts>) {
        let off = lock(&self.off).clone();
        for modem in modems {
            let now = self.clock.now();
            let waits = not_before.get(&modem.username).is_some_and(|at| *at > now);
            let online = lock(&self.nas).session_of(&modem.username).is_some();
            if online || waits || off.get(&modem.username) == Some(&true) {
                continue;
            }
            if *self.stopped.borrow() {
                return;
            }
            let (request, dialling) = lock(&self.nas).dial(modem);
            let reply = exchange(&self.link.auth, &request).await;
            let now = self.clock.now();
            let done = reply.map(|r| lock(&self.nas).answered(&dialling, &r, now));
            match done {
                Some(Dialled::Online { acct_session_id }) => {
                    let start = lock(&self.nas).start(&acct_session_id, now);
                    if let Some(start) = start {
                        exchange(&self.link.acct, &start).await;
                    }
                }
                _ => {
                    not_before.insert(modem.username.clone(), now.plus_secs(REDIAL_SECS));
                }
            }
        }
    }

    async fn report(&self, reported: &mut HashMap<String, Ts>) {
        let now = self.clock.now();
        let due: Vec<(String, u64)> = {
            let nas = lock(&self.nas);
            reported.retain(|id, _| nas.session(id).is_some());
            nas.sessions()
                .filter(|s| {
                    let last = reported.get(&s.acct_session_id).copied().unwrap_or(s.started_at);
                    now.secs() - last.secs() >= self.config.interim_secs
                })
                .map(|s| (s.acct_session_id.clone(), appetite(s)))
                .collect()
        };
        for (id, bytes) in due {
            let interim = lock(&self.nas).interim(&id, (bytes / 8, bytes), now);
            reported.insert(id, now);
            if let Some(interim) = interim {
                exchange(&self.link.acct, &interim).await;
            }
        }
    }
}

/// What a session moves between two interims: little when it is isolated, else by its address.
fn appetite(session: &crate::nas::SimSession) -> u64 {
    if session.attributes.is_isolated() {
        return 20_000;
    }
    let octet = u64::from(session.ip.octets()[3]);
    2_000_000 + octet * 750_000
}

/// A MAC for an account that has none on record.
fn made_up(username: &str) -> String {
    let sum = username.bytes().fold(0x5au32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
    let [a, b, c, d] = sum.to_be_bytes();
    format!("02:5A:{a:02X}:{b:02X}:{c:02X}:{d:02X}")
}

/// Sends and waits for the answer with the same identifier; three tries, as routers do.
async fn exchange(socket: &UdpSocket, request: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = vec![0u8; 4_096];
    for _ in 0..TRIES {
        socket.send(request).await.ok()?;
        let wait = async {
            loop {
                let length = socket.recv(&mut buffer).await.ok()?;
                let reply = buffer.get(..length)?;
                if reply.get(1) == request.get(1) {
                    return Some(reply.to_vec());
                }
            }
        };
        if let Ok(answer) = tokio::time::timeout(ANSWER_WITHIN, wait).await {
            return answer;
        }
    }
    None
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
