//! The way in for packets that somebody else's server received and asks about: the same engine answers them,
//! and what has to be on disk is there before the answer.

use std::net::SocketAddr;
use std::sync::Arc;

use kernel::{Clock, Ts};
use radius::packet::PACKET_BYTES_MAX;
use tokio::sync::{mpsc, oneshot};

use crate::engine::{Engine, Outcome, Port, Ticket};
use crate::spool;

/// Reports that may wait for the disk.
const WAITING: usize = 4_096;

/// See the module's documentation.
#[derive(Clone)]
pub struct Door {
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    calls: mpsc::Sender<Call>,
}

/// A packet that waits for the disk, and who waits for its answer.
pub(crate) struct Call {
    entry: Vec<u8>,
    ticket: Ticket,
    reply: Vec<u8>,
    answer: oneshot::Sender<Option<Vec<u8>>>,
}

impl Call {
    pub(crate) fn entry(&self) -> &[u8] {
        &self.entry
    }
    /// It is on disk, or could not be written: then nothing is answered.
    pub(crate) fn end(self, engine: &Engine, written: bool, now: Ts) {
        if written {
            engine.kept(&self.ticket, &self.reply, now);
        } else {
            engine.not_kept(&self.ticket);
        }
        // Whoever asked may have gone; the router asks again and gets the same answer.
        let _ = self.answer.send(written.then_some(self.reply));
    }
}

impl Door {
    pub(crate) fn new(engine: Arc<Engine>, clock: Arc<dyn Clock>) -> (Self, mpsc::Receiver<Call>) {
        let (calls, waiting) = mpsc::channel(WAITING);
        (Self { engine, clock, calls }, waiting)
    }
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
    pub fn now(&self) -> Ts {
        self.clock.now()
    }

    /// The answer to a packet as if it had come from `from`. `None`: none is given, as the sockets give none.
    pub async fn ask(&self, datagram: &[u8], from: SocketAddr, port: Port) -> Option<Vec<u8>> {
        let now = self.clock.now();
        let mut room = Box::new([0; PACKET_BYTES_MAX]);
        match self.engine.answer_into(datagram, from, port, now, &mut room) {
            Outcome::Reply(length) => room.get(..length).map(<[u8]>::to_vec),
            Outcome::Account { reply, ticket, nas } => {
                let mut entry = Vec::new();
                spool::push(&mut entry, nas, now, datagram);
                let (answer, answered) = oneshot::channel();
                let reply = room.get(..reply).map(<[u8]>::to_vec).unwrap_or_default();
                let call = Call { entry, ticket, reply, answer };
                if let Err(refused) = self.calls.try_send(call) {
                    let (mpsc::error::TrySendError::Full(call)
                    | mpsc::error::TrySendError::Closed(call)) = refused;
                    self.engine.not_kept(&call.ticket);
                    return None;
                }
                answered.await.ok().flatten()
            }
            Outcome::Drop(why) => {
                tracing::debug!(?why, %from, "a request is not answered");
                None
            }
        }
    }
}
