//! One socket of the generator and the requests that are under way on it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use anyhow::{Context, Result};
use mio::net::UdpSocket;
use mio::{Interest, Poll, Token};

use super::Options;
use super::tally::Tally;

/// A request under way, or the room for one.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) identifier: u8,
    pub(super) authenticator: [u8; 16],
    pub(super) account: u32,
    /// How many interims this session had sent, this one included.
    pub(super) round: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) first_sent: Instant,
    /// What a right MS-CHAPv2 answer must say.
    pub(super) proof: Option<[u8; 43]>,
    last_sent: Instant,
    tries: u32,
    busy: bool,
}

impl Slot {
    pub(super) fn new(identifier: u8) -> Self {
        let now = Instant::now();
        Self {
            identifier,
            authenticator: [0; 16],
            account: 0,
            round: 0,
            bytes: Vec::with_capacity(512),
            first_sent: now,
            proof: None,
            last_sent: now,
            tries: 0,
            busy: false,
        }
    }
}

#[derive(Debug)]
pub(super) struct Lane {
    socket: UdpSocket,
    slots: Vec<Slot>,
    next: usize,
    share: usize,
    under_way: usize,
}

impl Lane {
    pub(super) fn open(poll: &Poll, index: u32, server: SocketAddr, share: u32) -> Result<Self> {
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut socket = UdpSocket::bind(own).context("a socket on loopback")?;
        socket.connect(server).with_context(|| format!("connecting to {server}"))?;
        let token = Token(usize::try_from(index)?);
        poll.registry().register(&mut socket, token, Interest::READABLE).context("epoll")?;
        let slots = (0..=u8::MAX).map(Slot::new);
        let share = usize::try_from(share)?;
        Ok(Self { socket, slots: slots.collect(), next: 0, share, under_way: 0 })
    }

    pub(super) const fn is_idle(&self) -> bool {
        self.under_way == 0
    }

    /// The next free identifier in turn, as long as this lane may send more. It stays the lane's
    /// current one until the next call.
    pub(super) fn free_slot(&mut self) -> Option<&mut Slot> {
        if self.under_way >= self.share {
            return None;
        }
        let count = self.slots.len();
        for step in 1..=count {
            let at = (self.next + step) % count;
            if self.slots.get(at).is_some_and(|slot| !slot.busy) {
                self.next = at;
                return self.slots.get_mut(at);
            }
        }
        None
    }

    /// Sends the request that was written into the slot from [`Lane::free_slot`].
    pub(super) fn send(&mut self, tally: &mut Tally) -> Result<()> {
        let Some(slot) = self.slots.get_mut(self.next) else { return Ok(()) };
        slot.first_sent = Instant::now();
        slot.last_sent = slot.first_sent;
        slot.tries = 1;
        slot.busy = true;
        self.under_way += 1;
        transmit(&self.socket, &slot.bytes, tally)
    }

    /// One datagram, if there is one.
    pub(super) fn receive<'r>(
        &self,
        room: &'r mut [u8],
        tally: &mut Tally,
    ) -> Result<Option<&'r [u8]>> {
        loop {
            match self.socket.recv(room) {
                Ok(length) => return Ok(room.get(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                // Nobody listens there at the moment: the request is sent again later.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => tally.refused(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("receiving"),
            }
        }
    }

    /// The request under way that this datagram names by its identifier.
    pub(super) fn slot_of(&self, reply: &[u8]) -> Option<&Slot> {
        let identifier = usize::from(*reply.get(1)?);
        self.slots.get(identifier).filter(|slot| slot.busy)
    }

    /// Whether the last request with this datagram's identifier left more than once.
    pub(super) fn was_resent(&self, reply: &[u8]) -> bool {
        let identifier = reply.get(1).copied().map(usize::from);
        identifier.and_then(|at| self.slots.get(at)).is_some_and(|slot| slot.tries > 1)
    }

    pub(super) fn release(&mut self, reply: &[u8]) {
        let identifier = reply.get(1).copied().map(usize::from);
        if let Some(slot) = identifier.and_then(|at| self.slots.get_mut(at)) {
            slot.busy = false;
            self.under_way -= 1;
        }
    }

    pub(super) fn resend(
        &mut self,
        now: Instant,
        options: &Options,
        tally: &mut Tally,
    ) -> Result<()> {
        for slot in self.slots.iter_mut().filter(|slot| slot.busy) {
            if now.saturating_duration_since(slot.last_sent) < options.patience {
                continue;
            }
            if slot.tries >= options.tries {
                slot.busy = false;
                self.under_way -= 1;
                tally.lost();
                continue;
            }
            slot.tries += 1;
            slot.last_sent = now;
            tally.resent();
            transmit(&self.socket, &slot.bytes, tally)?;
        }
        Ok(())
    }
}

fn transmit(socket: &UdpSocket, bytes: &[u8], tally: &mut Tally) -> Result<()> {
    match socket.send(bytes) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            tally.refused();
            Ok(())
        }
        // The way is full; the request is sent again when its patience ends.
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(())
        }
        Err(error) => Err(error).context("sending"),
    }
}
