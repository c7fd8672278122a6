//! The load generator: one thread, some sockets, a fixed number of requests under way. Every reply is
//! checked in full; a reply that is wrong in any way counts as wrong and never as answered.

mod lane;
mod random;
mod request;
mod tally;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mio::{Events, Poll};
use serde::{Deserialize, Serialize};

use crate::account::SECRET;
use crate::process;
use lane::Lane;
use request::Requests;
use tally::Tally;

pub use request::Kind;
pub(crate) use request::wall_secs;
pub use tally::Outcome;

/// Requests under way on one socket: more would overflow the kernel's default receive buffer on the
/// way back.
const PER_LANE_MAX: u32 = 64;
const LANES_MIN: u32 = 8;
/// How often requests without an answer are looked for.
const SCAN_EVERY: Duration = Duration::from_millis(25);

/// When the measuring ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Until {
    /// After this time, which follows the warming up.
    Elapsed(Duration),
    /// When this many requests were sent and answered; there is no warming up.
    Requests(u64),
}

/// What to send where.
#[derive(Clone, Debug)]
pub struct Options {
    pub server: SocketAddr,
    pub secret: String,
    pub kind: Kind,
    /// Accounts 0 to this number, without it.
    pub accounts: u32,
    /// Requests under way at once.
    pub outstanding: u32,
    pub warm_up: Duration,
    pub until: Until,
    /// A request without an answer is sent again after this time, as a NAS does.
    pub patience: Duration,
    /// The same request leaves at most this often.
    pub tries: u32,
    pub seed: u64,
    /// Processes of the server, whose CPU time during the measuring is reported.
    pub pids: Vec<u32>,
    /// When all sessions began, in seconds since 1970; without it, now.
    pub since: Option<u64>,
    /// How many interims each session has sent in earlier runs: counters go on from there.
    pub first_round: u32,
    /// Where to write, for each session, the counters of the newest interim that was answered.
    pub answered: Option<PathBuf>,
}

/// Runs the load and answers what was seen.
///
/// # Errors
/// When sockets fail, or a process of the server ends while it is measured.
pub fn run(options: &Options) -> Result<Outcome> {
    ensure!(options.outstanding > 0 && options.accounts > 0 && options.tries > 0, "nothing to do");
    ensure!(
        options.accounts > options.outstanding,
        "fewer accounts than requests under way: one account would race against itself"
    );
    let mut generator = Generator::new(options)?;
    generator.run()?;
    if let Some(path) = &options.answered {
        generator.requests.write_answered(path)?;
    }
    Ok(generator.tally.outcome(options))
}

/// Signed requests as the generator would send them, one after the other.
///
/// # Errors
/// When a request does not fit into a packet.
pub fn samples(kind: Kind, accounts: u32, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut requests = Requests::new(kind, SECRET, accounts, 1);
    (0..count)
        .map(|index| {
            let mut slot = lane::Slot::new(u8::try_from(index % 256)?);
            requests.write(&mut slot)?;
            Ok(slot.bytes)
        })
        .collect()
}

struct Generator<'o> {
    options: &'o Options,
    poll: Poll,
    lanes: Vec<Lane>,
    requests: Requests,
    tally: Tally,
    started: Instant,
    sent: u64,
}

impl<'o> Generator<'o> {
    fn new(options: &'o Options) -> Result<Self> {
        let poll = Poll::new().context("epoll")?;
        let count = LANES_MIN.max(options.outstanding.div_ceil(PER_LANE_MAX));
        let count = count.min(options.outstanding);
        let mut lanes = Vec::new();
        for index in 0..count {
            let share =
                options.outstanding / count + u32::from(index < options.outstanding % count);
            lanes.push(Lane::open(&poll, index, options.server, share)?);
        }
        Ok(Self {
            options,
            poll,
            lanes,
            requests: Requests::of(options),
            tally: Tally::default(),
            started: Instant::now(),
            sent: 0,
        })
    }

    fn run(&mut self) -> Result<()> {
        let mut events = Events::with_capacity(256);
        let mut scanned = self.started;
        if self.options.warm_up.is_zero() || matches!(self.options.until, Until::Requests(_)) {
            self.open_window()?;
        }
        for lane in 0..self.lanes.len() {
            self.fill(lane)?;
        }
        loop {
            self.poll.poll(&mut events, Some(SCAN_EVERY)).context("epoll")?;
            for event in &events {
                self.drain(event.token().0)?;
            }
            let now = Instant::now();
            if now - scanned >= SCAN_EVERY {
                scanned = now;
                self.scan(now)?;
                self.turn_window(now)?;
            }
            if self.is_over(now) && self.lanes.iter().all(Lane::is_idle) {
                break;
            }
        }
        self.close_window()
    }

    /// All requests that may be sent were sent.
    fn is_over(&self, now: Instant) -> bool {
        match self.options.until {
            Until::Elapsed(length) => now >= self.started + self.options.warm_up + length,
            Until::Requests(count) => self.sent >= count,
        }
    }

    fn turn_window(&mut self, now: Instant) -> Result<()> {
        if !self.tally.is_open() && now >= self.started + self.options.warm_up {
            self.open_window()?;
        }
        if matches!(self.options.until, Until::Elapsed(_)) && self.is_over(now) {
            self.close_window()?;
        }
        Ok(())
    }

    fn open_window(&mut self) -> Result<()> {
        let cpu = self.server_cpu()?;
        self.tally.open(Instant::now(), cpu, process::cpu(std::process::id())?);
        Ok(())
    }

    fn close_window(&mut self) -> Result<()> {
        if !self.tally.is_closed() {
            let cpu = self.server_cpu()?;
            self.tally.close(Instant::now(), cpu, process::cpu(std::process::id())?);
        }
        Ok(())
    }

    fn server_cpu(&self) -> Result<Vec<Duration>> {
        self.options.pids.iter().map(|pid| process::cpu(*pid)).collect()
    }

    /// Sends new requests on a lane until its share is under way.
    fn fill(&mut self, index: usize) -> Result<()> {
        let now = Instant::now();
        while !self.is_over(now) {
            let Some(lane) = self.lanes.get_mut(index) else { break };
            let Some(slot) = lane.free_slot() else { break };
            self.requests.write(slot)?;
            lane.send(&mut self.tally)?;
            self.sent += 1;
        }
        Ok(())
    }

    /// Reads what a socket holds, checks each reply and sends the next request in its place.
    fn drain(&mut self, index: usize) -> Result<()> {
        let mut room = [0; 4096];
        while let Some(lane) = self.lanes.get_mut(index) {
            let Some(reply) = lane.receive(&mut room, &mut self.tally)? else { break };
            let Some(slot) = lane.slot_of(reply) else {
                // A request that was sent again may well be answered twice.
                if lane.was_resent(reply) {
                    self.tally.duplicate();
                } else {
                    self.tally.wrong("no request with this identifier is under way");
                }
                continue;
            };
            match self.requests.judge(reply, slot) {
                Ok(verdict) => {
                    self.tally.answered(verdict, slot.first_sent.elapsed());
                    self.requests.settle(slot);
                    lane.release(reply);
                    self.fill(index)?;
                }
                Err(why) => self.tally.wrong(why),
            }
        }
        Ok(())
    }

    /// Sends again what has waited long enough, gives up what was sent often enough.
    fn scan(&mut self, now: Instant) -> Result<()> {
        for index in 0..self.lanes.len() {
            if let Some(lane) = self.lanes.get_mut(index) {
                lane.resend(now, self.options, &mut self.tally)?;
            }
            self.fill(index)?;
        }
        Ok(())
    }
}
