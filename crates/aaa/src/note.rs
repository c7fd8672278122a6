//! What the answering side noticed and somebody should write down: it never waits for the database.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use kernel::{AccountId, NasId, SubscriptionId, Ts};
use network::{Mac, RejectReason};
use tokio::sync::Notify;

/// Something to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    Reject(Reject),
    UnknownNas {
        address: IpAddr,
        identifier: Option<String>,
        at: Ts,
    },
    /// A login in the open window showed this MAC: it becomes the lock.
    MacSeen {
        account: AccountId,
        mac: Mac,
        at: Ts,
    },
    /// A login that was let in; only when the log of logins is on.
    Login(Login),
}

/// A refused login with what explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub at: Ts,
    pub username: String,
    pub reason: RejectReason,
    pub nas: NasId,
    pub nas_name: String,
    pub account: Option<AccountId>,
    pub subscription: Option<SubscriptionId>,
    pub mac_seen: Option<Mac>,
    pub mac_expected: Option<Mac>,
    /// PAP, CHAP, MS-CHAPv1, MS-CHAPv2.
    pub method: &'static str,
    /// A second sentence, when there is one to say; code and facts, no secrets.
    pub hint: Option<Hint>,
}

/// What else is known about a reject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The password came out as no text: most likely the shared secrets of NAS and server differ.
    SecretDiffers,
    /// The method is one that this server does not speak (EAP), or no proof came at all.
    NoUsableMethod,
    /// The session that stands in the way.
    OtherSession { nas: NasId, session: String, mac: Option<Mac>, started_at: Ts, seen_at: Ts },
    /// Another device was let in a moment ago.
    OtherLogin { mac: Option<Mac>, at: Ts },
    /// The time of a voucher that is over.
    Pass { started_at: Ts, ends_at: Ts },
    /// Until when a voucher could have been used first.
    Usable { until: Ts },
    /// Why the access is blocked, as the decision named it.
    Blocked { why_code: String },
}

/// A login that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub at: Ts,
    pub account: AccountId,
    pub subscription: SubscriptionId,
    pub nas: NasId,
    pub mac: Option<Mac>,
    pub access_version: i64,
    pub isolated: bool,
}

/// A bounded queue of notes. When it is full new notes are lost and counted: a customer at the door is
/// more important than the log.
#[derive(Debug)]
pub struct Notes {
    queue: Mutex<VecDeque<Note>>,
    room: usize,
    bell: Notify,
}

impl Notes {
    pub fn new(room: usize) -> Self {
        Self { queue: Mutex::default(), room, bell: Notify::new() }
    }
    /// Leaves a note; answers whether there was room for it.
    pub fn leave(&self, note: Note) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= self.room {
            return false;
        }
        queue.push_back(note);
        let first = queue.len() == 1;
        drop(queue);
        if first {
            self.bell.notify_one();
        }
        true
    }
    /// Takes up to `limit` notes, the oldest first.
    pub fn take(&self, limit: usize) -> Vec<Note> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let count = queue.len().min(limit);
        queue.drain(..count).collect()
    }
    /// Puts notes back that could not be written; what does not fit any more is lost.
    pub fn put_back(&self, notes: Vec<Note>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        for note in notes.into_iter().rev() {
            if queue.len() < self.room {
                queue.push_front(note);
            }
        }
    }
    /// Waits until there is a note.
    pub async fn arrived(&self) {
        self.bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(n: u8) -> Note {
        let mac = Mac::from_bytes([2, 0, 0, 0, 0, n]);
        Note::MacSeen { account: AccountId::nil(), mac, at: Ts::default() }
    }

    #[test]
    fn a_full_queue_refuses_new_notes_and_keeps_the_old() {
        let notes = Notes::new(2);
        assert!(notes.leave(note(1)) && notes.leave(note(2)));
        assert!(!notes.leave(note(3)));
        assert_eq!(notes.take(10), [note(1), note(2)]);
        assert!(notes.leave(note(4)));
        notes.put_back(vec![note(1), note(2)]);
        assert_eq!(notes.take(1), [note(2)], "the newest of the old ones fit, in order");
        assert_eq!(notes.take(9), [note(4)]);
    }
}
