//! The routers and the wire between them and the program: packets as bytes, some of them lost.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aaa::Directory;
use aaa::coa::Exchange;
use kernel::clock::ManualClock;
use kernel::{Clock, Ts};
use network::control::Answering;
use network::{AccessView, LiveSession, NasAnswer, NasControl};

use crate::dice::Dice;
use crate::nas::SimNas;

/// Times that a CoA sender sends before it gives up.
const TRIES: usize = 3;

/// All routers, and what they still have to tell.
#[derive(Debug)]
pub struct Street {
    pub routers: Vec<SimNas>,
    /// Accounting that was not answered yet, by router: sent again, the same bytes, until it is.
    pub untold: Vec<(usize, Vec<u8>)>,
    /// Sessions that a CoA changed: their router reports them soon.
    pub changed: Vec<(usize, String)>,
    /// Users whose session a Disconnect ended: their modems dial again.
    pub cut: Vec<String>,
    /// Packets lost of a thousand, each way.
    pub loss: u64,
    /// A router that is switched off answers nothing.
    pub off: Vec<bool>,
    pub dice: Dice,
}

/// The street, shared between the world and the CoA sender. Never held across an await.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Mutex<Street>>);

impl Shared {
    pub fn new(street: Street) -> Self {
        Self(Arc::new(Mutex::new(street)))
    }
    pub fn open(&self) -> MutexGuard<'_, Street> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Street {
    /// Where router `n` sends from.
    pub fn address(&self, n: usize) -> SocketAddr {
        let ip = self.routers.get(n).map_or(Ipv4Addr::LOCALHOST, |r| r.address);
        SocketAddr::new(IpAddr::V4(ip), 45_000)
    }
    /// The router that has this user online.
    pub fn router_of(&self, username: &str) -> Option<usize> {
        self.routers.iter().position(|r| r.session_of(username).is_some())
    }
    /// A packet is lost on its way.
    pub fn loses(&mut self) -> bool {
        let loss = self.loss;
        loss > 0 && self.dice.chance(loss)
    }

    /// One control request to the router at `to`, and what comes back.
    fn control(&mut self, to: SocketAddr, request: &[u8], now: Ts) -> Option<Vec<u8>> {
        let n = self.routers.iter().position(|r| IpAddr::V4(r.address) == to.ip())?;
        if self.off.get(n) == Some(&true) || self.loses() {
            return None;
        }
        let (answer, stop) = self.routers.get_mut(n)?.control(request, now);
        if let Some(stop) = stop {
            self.untold.push((n, stop));
        }
        if self.loses() { None } else { answer }
    }
}

/// The CoA sender's wire: the exchange's bytes reach the router without a socket.
pub struct Wire {
    street: Shared,
    directory: Arc<Directory>,
    clock: ManualClock,
    identifier: AtomicU8,
}

impl Wire {
    pub fn new(street: Shared, directory: Arc<Directory>, clock: ManualClock) -> Self {
        Self { street, directory, clock, identifier: AtomicU8::new(0) }
    }
    fn identifier(&self) -> u8 {
        self.identifier.fetch_add(1, Ordering::Relaxed)
    }

    fn carry(
        &self,
        session: &LiveSession,
        exchange: Option<Exchange>,
        is_change: bool,
    ) -> NasAnswer {
        let Some(exchange) = exchange else { return NasAnswer::NotPossible };
        let mut street = self.street.open();
        for _ in 0..TRIES {
            let answer = street.control(exchange.to, &exchange.request, self.clock.now());
            let Some(answer) = answer.and_then(|bytes| exchange.read(&bytes)) else { continue };
            if answer == NasAnswer::Ack && is_change {
                if let Some(n) = street.router_of(&session.username) {
                    street.changed.push((n, session.acct_session_id.clone()));
                }
            } else if answer == NasAnswer::Ack {
                street.cut.push(session.username.clone());
            }
            return answer;
        }
        NasAnswer::Timeout
    }
}

impl NasControl for Wire {
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a> {
        let now = self.clock.now();
        let exchange = Exchange::change(&self.directory, session, access, self.identifier(), now);
        Box::pin(std::future::ready(self.carry(session, exchange, true)))
    }
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a> {
        let now = self.clock.now();
        let exchange = Exchange::disconnect(&self.directory, session, self.identifier(), now);
        Box::pin(std::future::ready(self.carry(session, exchange, false)))
    }
}
