//! Changing and ending live sessions at their NAS (RFC 5176): the packets, and the sender over UDP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use kernel::{Clock, NasId, Ts};
use network::control::{Answering, Probe, Probing};
use network::{AccessView, LiveSession, NasAnswer, NasControl};
use radius::dynamic::{self, Answer, NotAnAnswer, Request, SessionKey};
use radius::packet::PACKET_BYTES_MAX;
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::directory::account::class;
use crate::directory::{Directory, Nas};

/// A request ready to be sent, and how to read its answer. Sans IO: the simulator carries the bytes
/// itself.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub to: SocketAddr,
    pub request: Vec<u8>,
    nas: Arc<Nas>,
}

impl Exchange {
    /// A CoA-Request that gives the session the attributes of the access's profile, with the access
    /// version as Class. Nothing when the NAS is unknown or takes no CoA, or when access is blocked: a
    /// blocked session is ended, not changed.
    pub fn change(
        directory: &Directory,
        session: &LiveSession,
        access: &AccessView,
        identifier: u8,
        now: Ts,
    ) -> Option<Self> {
        let profile = access.profile.as_ref()?;
        let replies = directory.encoded(profile);
        Self::write(directory, session, identifier, now, |nas| {
            Some([replies.change(nas.vendor), &class(access.version)].concat())
        })
    }

    /// A Disconnect-Request. Nothing when the NAS is unknown or takes none.
    pub fn disconnect(
        directory: &Directory,
        session: &LiveSession,
        identifier: u8,
        now: Ts,
    ) -> Option<Self> {
        Self::write(directory, session, identifier, now, |_| None)
    }

    /// A Disconnect-Request for a session that no NAS has. Nothing when the NAS is unknown or takes none.
    pub fn probe(directory: &Directory, nas: NasId, identifier: u8, now: Ts) -> Option<Self> {
        let name = format!("sambung-probe-{}", now.micros());
        let session = SessionKey {
            user_name: Some("sambung-probe"),
            acct_session_id: Some(&name),
            ..SessionKey::default()
        };
        Self::about(directory, nas, session, identifier, now, |_| None)
    }

    fn write(
        directory: &Directory,
        session: &LiveSession,
        identifier: u8,
        now: Ts,
        attributes: impl FnOnce(&Nas) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let framed_address = match session.framed_ip {
            Some(IpAddr::V4(ip)) => Some(ip),
            _ => None,
        };
        let key = SessionKey {
            user_name: Some(&session.username),
            acct_session_id: Some(&session.acct_session_id),
            framed_address,
            calling_station_id: None,
        };
        Self::about(directory, session.nas, key, identifier, now, attributes)
    }

    fn about(
        directory: &Directory,
        nas: NasId,
        session: SessionKey<'_>,
        identifier: u8,
        now: Ts,
        attributes: impl FnOnce(&Nas) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let nas = directory.nas().by_id(nas).cloned()?;
        let to = nas.coa_address()?;
        let request = Request {
            identifier,
            session,
            event_timestamp: u32::try_from(now.secs()).unwrap_or_default(),
            message_authenticator: false,
        };
        let mut room = [0; PACKET_BYTES_MAX];
        let bytes = match attributes(&nas) {
            Some(attributes) => dynamic::change(&mut room, &request, &attributes, &nas.secret),
            None => dynamic::disconnect(&mut room, &request, &nas.secret),
        };
        let request = bytes.ok()?.to_vec();
        Some(Self { to, request, nas })
    }

    /// Reads what came back to a probe. Nothing when it has nothing to do with it.
    fn judge(&self, datagram: &[u8]) -> Option<Probe> {
        match dynamic::read_answer(datagram, &self.request, &self.nas.secret) {
            Ok(Answer::Ack) => Some(Probe::Heard(NasAnswer::Ack)),
            Ok(Answer::Nak(cause)) => Some(Probe::Heard(NasAnswer::Nak(cause.unwrap_or(0)))),
            Err(NotAnAnswer::Unproven(_)) => Some(Probe::OtherSecret),
            Err(NotAnAnswer::Malformed(_) | NotAnAnswer::Code(_)) => None,
        }
    }

    /// Reads a datagram that came back. Nothing when it is not the proven answer to this request.
    pub fn read(&self, datagram: &[u8]) -> Option<NasAnswer> {
        match dynamic::read_answer(datagram, &self.request, &self.nas.secret) {
            Ok(Answer::Ack) => Some(NasAnswer::Ack),
            Ok(Answer::Nak(cause)) => Some(NasAnswer::Nak(cause.unwrap_or(0))),
            Err(why) => {
                tracing::debug!(%why, nas = self.nas.name, "a datagram was not the answer");
                None
            }
        }
    }
}

/// How patient the sender is.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How long each sending waits for the answer; their number is the number of tries.
    pub waits: Vec<Duration>,
    /// Exchanges at one time, all NAS together.
    pub at_once: usize,
}

impl Default for Patience {
    fn default() -> Self {
        let millis = [700, 1_300, 2_000];
        Self { waits: millis.map(Duration::from_millis).to_vec(), at_once: 256 }
    }
}

/// Sends CoA and Disconnect over UDP. Each exchange has a socket of its own, so that identifiers of
/// many exchanges never meet, and a repetition is the same bytes from the same port, which a NAS
/// recognises.
pub struct Sender {
    directory: Arc<Directory>,
    clock: Arc<dyn Clock>,
    patience: Patience,
    identifier: AtomicU8,
    at_once: Semaphore,
}

impl Sender {
    pub fn new(directory: Arc<Directory>, clock: Arc<dyn Clock>, patience: Patience) -> Self {
        let at_once = Semaphore::new(patience.at_once.max(1));
        Self { directory, clock, patience, identifier: AtomicU8::new(0), at_once }
    }

    fn identifier(&self) -> u8 {
        self.identifier.fetch_add(1, Ordering::Relaxed)
    }

    async fn run(&self, exchange: Option<Exchange>) -> NasAnswer {
        let Some(exchange) = exchange else { return NasAnswer::NotPossible };
        let Ok(_permit) = self.at_once.acquire().await else { return NasAnswer::NotPossible };
        match self.exchange(&exchange, |bytes| exchange.read(bytes)).await {
            Ok(answer) => answer.unwrap_or(NasAnswer::Timeout),
            Err(error) => {
                // Unreachable network or a closed port: for the caller the same as silence.
                tracing::info!(%error, nas = exchange.nas.name, to = %exchange.to, "CoA not sent");
                NasAnswer::Timeout
            }
        }
    }

    async fn ask(&self, exchange: Option<Exchange>) -> Probe {
        let Some(exchange) = exchange else { return Probe::NotPossible };
        let Ok(_permit) = self.at_once.acquire().await else { return Probe::NotPossible };
        match self.exchange(&exchange, |bytes| exchange.judge(bytes)).await {
            Ok(answer) => answer.unwrap_or(Probe::Silent),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Probe::Closed,
            Err(error) => {
                tracing::info!(%error, nas = exchange.nas.name, to = %exchange.to, "probe not sent");
                Probe::Silent
            }
        }
    }

    /// Nothing when no datagram that `read` takes came in time.
    async fn exchange<T>(
        &self,
        exchange: &Exchange,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> std::io::Result<Option<T>> {
        let any: SocketAddr = match exchange.to {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0; 16], 0).into(),
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(exchange.to).await?;
        let mut failed = None;
        for wait in &self.patience.waits {
            failed = socket.send(&exchange.request).await.err();
            match timeout(*wait, listen(&socket, &read)).await {
                Ok(Ok(answer)) => return Ok(Some(answer)),
                // A closed port answers at once (ICMP): the NAS may be starting, so the wait is kept.
                Ok(Err(error)) => {
                    failed = Some(error);
                    tokio::time::sleep(*wait).await;
                }
                Err(_elapsed) => {}
            }
        }
        failed.map_or(Ok(None), Err)
    }
}

async fn listen<T>(socket: &UdpSocket, read: &impl Fn(&[u8]) -> Option<T>) -> std::io::Result<T> {
    let mut room = [0; PACKET_BYTES_MAX];
    loop {
        let length = socket.recv(&mut room).await?;
        if let Some(answer) = read(room.get(..length).unwrap_or_default()) {
            return Ok(answer);
        }
    }
}

impl NasControl for Sender {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        let now = self.clock.now();
        let exchange = Exchange::change(&self.directory, session, access, self.identifier(), now);
        Box::pin(self.run(exchange))
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        let now = self.clock.now();
        let exchange = Exchange::disconnect(&self.directory, session, self.identifier(), now);
        Box::pin(self.run(exchange))
    }
    fn probe(&self, nas: NasId) -> Probing<'_> {
        let now = self.clock.now();
        let exchange = Exchange::probe(&self.directory, nas, self.identifier(), now);
        Box::pin(self.ask(exchange))
    }
}

#[cfg(test)]
mod tests;
