//! The sockets: packets in, replies out. Each has a thread and a small runtime of its own, so that
//! neither a billing run nor a web request in the same program makes a customer wait at the door.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use kernel::{Clock, Fault, NasId, Result, Ts};
use radius::packet::PACKET_BYTES_MAX;
use socket2::{Domain, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};

use crate::engine::{Engine, Outcome, Port, Ticket};
use crate::spool;
use crate::supervise::{Pulse, Then, said};

/// Packets answered before other tasks of the thread get their turn.
const DRAIN: usize = 256;
/// A group is handed to the disk when it has this many packets.
const GROUP: usize = 1_024;
/// Groups that may wait for the disk.
pub(crate) const GROUPS_WAITING: usize = 32;

/// Packets that wait for one fsync, with what is to be sent after it.
pub(crate) struct Group {
    pub entries: Vec<u8>,
    pub held: Vec<Held>,
    /// All replies one after the other.
    pub replies: Vec<u8>,
    pub socket: Arc<UdpSocket>,
    pub at: Ts,
}

pub(crate) struct Held {
    pub to: SocketAddr,
    pub ticket: Ticket,
    pub reply_bytes: usize,
}

/// Binds a socket with a large receive buffer: when a BRAS comes back, thousands of customers dial in
/// at once.
///
/// # Errors
/// `aaa.address_in_use` and the like, naming the address.
pub(crate) fn bind(address: SocketAddr, buffer_bytes: usize) -> Result<std::net::UdpSocket> {
    let bound = || -> std::io::Result<std::net::UdpSocket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        // The system may grant less; that is not worth refusing to start.
        let _ = socket.set_recv_buffer_size(buffer_bytes);
        let _ = socket.set_send_buffer_size(buffer_bytes);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(socket.into())
    };
    bound().map_err(|error| {
        Fault::unavailable(
            "aaa.cannot_bind",
            format!("Alamat RADIUS {address} tidak bisa dipakai: {error}"),
            format!("The RADIUS address {address} can't be used: {error}"),
        )
        .because(error)
    })
}

/// What a socket's thread works with.
pub(crate) struct Listener {
    pub engine: Arc<Engine>,
    pub clock: Arc<dyn Clock>,
    pub port: Port,
    pub groups: mpsc::Sender<Group>,
    pub stop: watch::Receiver<bool>,
    pub pulse: Arc<Pulse>,
}

impl Listener {
    /// Starts the thread. When it falls it is started again on the same socket, so that what waits in the
    /// socket's buffer is answered then.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(mut self, socket: std::net::UdpSocket) -> Result<JoinHandle<()>> {
        let name = self.name();
        let run = move || {
            while let Err(why) = self.run(&socket) {
                let then = self.pulse.fell(name, why);
                if then == Then::GiveUp || *self.stop.borrow() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|error| Fault::bug("starting a thread").because(error))
    }

    const fn name(&self) -> &'static str {
        match self.port {
            Port::Auth => "radius-auth",
            Port::Acct => "radius-acct",
        }
    }

    /// Serves until the service stops.
    ///
    /// # Errors
    /// Why it fell: a panic, or a socket that broke.
    fn run(&mut self, socket: &std::net::UdpSocket) -> std::result::Result<(), String> {
        let once = std::panic::AssertUnwindSafe(|| {
            let socket = socket.try_clone()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(self.serve(socket))
        });
        match std::panic::catch_unwind(once) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(said(panic.as_ref())),
        }
    }

    async fn serve(&mut self, socket: std::net::UdpSocket) -> std::io::Result<()> {
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        let mut stop = self.stop.clone();
        let mut room =
            Box::new(Room { packet: [0; PACKET_BYTES_MAX + 1], reply: [0; PACKET_BYTES_MAX] });
        loop {
            tokio::select! {
                ready = socket.readable() => ready?,
                _ = stop.changed() => return Ok(()),
            }
            if self.drain(&socket, &mut room).await? {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Answers what is there; whether there may be more.
    async fn drain(&mut self, socket: &Arc<UdpSocket>, room: &mut Room) -> std::io::Result<bool> {
        let now = self.clock.now();
        let mut group = Group::new(Arc::clone(socket), now);
        for _ in 0..DRAIN {
            let (length, from) = match socket.try_recv_from(&mut room.packet) {
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.hand_over(group);
                    return Ok(false);
                }
                // A reply to a closed port comes back as an error of the next receive.
                Err(error) if is_passing(&error) => continue,
                Err(error) => return Err(error),
            };
            let packet = room.packet.get(..length).unwrap_or_default();
            match self.engine.answer_into(packet, from, self.port, now, &mut room.reply) {
                Outcome::Reply(length) => {
                    let reply = room.reply.get(..length).unwrap_or_default();
                    send(socket, reply, from).await;
                }
                Outcome::Account { reply, ticket, nas } => {
                    let reply = room.reply.get(..reply).unwrap_or_default();
                    group.add(nas, packet, reply, from, ticket);
                }
                Outcome::Drop(why) => tracing::debug!(?why, %from, "a packet is dropped"),
            }
        }
        self.hand_over(group);
        Ok(true)
    }

    /// Gives a group to the disk. When too many wait, its packets are forgotten: the NAS sends them
    /// again.
    fn hand_over(&self, group: Group) {
        if group.held.is_empty() {
            return;
        }
        if let Err(refused) = self.groups.try_send(group) {
            let (mpsc::error::TrySendError::Full(group) | mpsc::error::TrySendError::Closed(group)) =
                refused;
            for held in &group.held {
                self.engine.not_kept(&held.ticket);
            }
        }
    }
}

struct Room {
    /// One byte more than a packet may have, so that an oversized one is seen as such.
    packet: [u8; PACKET_BYTES_MAX + 1],
    reply: [u8; PACKET_BYTES_MAX],
}

impl Group {
    fn new(socket: Arc<UdpSocket>, at: Ts) -> Self {
        Self { entries: Vec::new(), held: Vec::new(), replies: Vec::new(), socket, at }
    }
    fn add(&mut self, nas: NasId, packet: &[u8], reply: &[u8], to: SocketAddr, ticket: Ticket) {
        spool::push(&mut self.entries, nas, self.at, packet);
        self.replies.extend_from_slice(reply);
        self.held.push(Held { to, ticket, reply_bytes: reply.len() });
    }
    /// Whether another group of the same socket may join this one.
    pub(crate) fn has_room(&self) -> bool {
        self.held.len() < GROUP
    }
    pub(crate) fn join(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.replies.extend(other.replies);
        self.held.extend(other.held);
    }
    /// Sends every reply, after the group is on disk.
    pub(crate) async fn reply(&self, engine: &Engine, now: Ts) {
        let mut rest = self.replies.as_slice();
        for held in &self.held {
            let Some((reply, after)) = rest.split_at_checked(held.reply_bytes) else { return };
            rest = after;
            engine.kept(&held.ticket, reply, now);
            send(&self.socket, reply, held.to).await;
        }
    }
    /// Forgets every packet: nothing of the group is on disk.
    pub(crate) fn forget(&self, engine: &Engine) {
        for held in &self.held {
            engine.not_kept(&held.ticket);
        }
    }
}

/// Sends a reply; one that can't be sent is as good as lost on the way, and asked for again.
async fn send(socket: &UdpSocket, reply: &[u8], to: SocketAddr) {
    let sent = match socket.try_send_to(reply, to) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => socket.send_to(reply, to).await,
        sent => sent,
    };
    if let Err(error) = sent {
        tracing::debug!(%error, %to, "a reply was not sent");
    }
}

fn is_passing(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}
