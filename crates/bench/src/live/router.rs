//! The payers' router: dials them in, answers CoA, and reports a session right after it was changed, so that
//! *enforced* is proven at once. (MikroTik reports at the next interim; the wait for it is no work of ours.)

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kernel::Clock;
use kernel::clock::SystemClock;
use radius::{Packet, kind};
use simulator::nas::{Dialled, Method, Modem, SimNas};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::provider::Provider;
use crate::account::SECRET;

pub(super) struct Router {
    nas: Arc<Mutex<SimNas>>,
    acct: SocketAddr,
    obeying: JoinHandle<()>,
}

impl Router {
    pub(super) async fn open(provider: &Provider) -> Result<Self> {
        let pool = Ipv4Addr::new(10, 200, 0, 1);
        let nas = SimNas::new("BENCH", Ipv4Addr::LOCALHOST, SECRET, pool, 7);
        let nas = Arc::new(Mutex::new(nas));
        let control = UdpSocket::bind(provider.control).await.context("the router's port")?;
        let obeying = tokio::spawn(obey(nas.clone(), control, provider.acct));
        Ok(Self { nas, acct: provider.acct, obeying })
    }

    /// Everybody who will pay is online and isolated.
    pub(super) async fn dial_all(&self, provider: &Provider) -> Result<()> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(provider.auth).await?;
        for payer in &provider.payers {
            let modem = Modem {
                username: payer.account.name(),
                password: payer.account.password(),
                mac: payer.account.mac(),
                method: Method::Pap,
            };
            let (request, dialling) = lock(&self.nas).dial(&modem);
            let reply = exchange(&socket, &request).await.context("no answer to a login")?;
            let dialled = lock(&self.nas).answered(&dialling, &reply, SystemClock.now());
            let Dialled::Online { acct_session_id } = dialled else {
                anyhow::bail!("{} was not let in: {dialled:?}", payer.account.name())
            };
            let start = lock(&self.nas).start(&acct_session_id, SystemClock.now());
            report(self.acct, &start.context("a session without a start")?).await?;
            let isolated = lock(&self.nas)
                .session(&acct_session_id)
                .is_some_and(|s| s.attributes.class.is_some());
            ensure!(isolated, "an accept without a class");
        }
        Ok(())
    }

    pub(super) async fn close(self) {
        self.obeying.abort();
    }
}

async fn obey(nas: Arc<Mutex<SimNas>>, control: UdpSocket, acct: SocketAddr) {
    let mut room = vec![0u8; 4_096];
    while let Ok((length, from)) = control.recv_from(&mut room).await {
        let Some(request) = room.get(..length) else { continue };
        let (answer, stop) = lock(&nas).control(request, SystemClock.now());
        if let Some(answer) = answer {
            let _ = control.send_to(&answer, from).await;
        }
        let changed = Packet::parse(request).ok().and_then(|packet| {
            let id = packet.first(kind::ACCT_SESSION_ID).and_then(radius::packet::text)?;
            lock(&nas).interim(id, (1_000, 8_000), SystemClock.now())
        });
        if let Some(packet) = stop.or(changed) {
            tokio::spawn(async move {
                if let Err(error) = report(acct, &packet).await {
                    eprintln!("the router's report: {error:#}");
                }
            });
        }
    }
}

async fn report(acct: SocketAddr, packet: &[u8]) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(acct).await?;
    exchange(&socket, packet).await.context("accounting was not answered").map(drop)
}

/// Sends until an answer comes: five tries, a second apart.
async fn exchange(socket: &UdpSocket, request: &[u8]) -> Option<Vec<u8>> {
    let mut room = vec![0u8; 4_096];
    for _ in 0..5 {
        // Where nobody listens yet, the next call on the socket tells; the packet is sent again.
        let _ = socket.send(request).await;
        let reply = tokio::time::timeout(Duration::from_secs(1), socket.recv(&mut room)).await;
        match reply {
            Ok(Ok(length)) => return room.get(..length).map(<[u8]>::to_vec),
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(_) => {}
        }
    }
    None
}

fn lock(nas: &Mutex<SimNas>) -> MutexGuard<'_, SimNas> {
    nas.lock().unwrap_or_else(PoisonError::into_inner)
}
