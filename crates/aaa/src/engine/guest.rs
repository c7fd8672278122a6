//! Guests: a voucher's code as a login. Password, standing, other devices; in this order.
//!
//! The first login starts the code's clock, so it is not answered before it is on disk: the answer goes the
//! way of accounting, through the spool. Whoever is killed before that has let nobody in; whoever is killed
//! after it finds the running clock in the spool.

use std::sync::Arc;

use network::RejectReason;
use network::guest::{Code, Withdrawal};
use radius::password::{self, Pap};
use radius::{Buffer, Builder, Code as PacketCode, Credential, kind};

use super::access::{Attempt, Refusal};
use super::{Dropped, Engine, Start, finish};
use crate::counters::count;
use crate::directory::guests::{Pass, Standing, Terms};
use crate::directory::places::Other;
use crate::note::Hint;

/// Whoever is let in; with the start of the clock, when this login is the first.
struct Guest {
    pass: Arc<Pass>,
    terms: Arc<Terms>,
    start: Option<Start>,
}

impl Engine {
    /// Answers a login whose name is no account's.
    pub(super) fn guest(
        &self,
        login: &Attempt<'_>,
        room: &mut Buffer,
    ) -> Result<(usize, Option<Start>), Dropped> {
        let name = login.request.user_name.unwrap_or_default();
        let guests = self.directory.guests();
        let Some(code) = Code::read(name).filter(|_| !guests.is_empty()) else {
            let refusal = Refusal::plain(RejectReason::UnknownUser);
            return Ok((self.reject(login, None, refusal, room)?, None));
        };
        match self.judge_guest(login, code) {
            Ok(guest) => {
                let length = self.welcome(login, &guest.pass, &guest.terms, room)?;
                Ok((length, guest.start))
            }
            Err(refusal) => Ok((self.reject(login, None, refusal, room)?, None)),
        }
    }

    fn judge_guest(&self, login: &Attempt<'_>, code: Code) -> Result<Guest, Refusal> {
        let (nas, seen, now) = (login.nas.id, login.seen, login.now);
        if self.tries.are_used_up(nas, seen, now) {
            return Err(Refusal::plain(RejectReason::TooManyTries));
        }
        let Some(pass) = self.directory.guests().find(code) else {
            self.tries.wrong(nas, seen, now);
            // A modem that dials with a name of this shape is no guest.
            let dials = login.packet.first(kind::FRAMED_PROTOCOL).is_some();
            let unknown =
                if dials { RejectReason::UnknownUser } else { RejectReason::VoucherUnknown };
            return Err(Refusal::plain(unknown));
        };
        if let Err(hint) = prove(login, code) {
            self.tries.wrong(nas, seen, now);
            return Err(Refusal { reason: RejectReason::WrongPassword, expected: None, hint });
        }
        let terms = Arc::clone(&pass.terms());
        let standing = pass.standing(&terms, now);
        let starts = match standing {
            Standing::Fresh => true,
            Standing::Running { .. } => false,
            _ => return Err(refused(standing)),
        };
        pass.places.claim(terms.devices, terms.interim_secs, seen, now).map_err(|other| {
            let hint = Some(other_device(other));
            Refusal { reason: RejectReason::SecondSession, expected: None, hint }
        })?;
        let start = starts.then(|| Start { pass: Arc::clone(&pass), at: now });
        Ok(Guest { pass, terms, start })
    }

    fn welcome(
        &self,
        login: &Attempt<'_>,
        pass: &Pass,
        terms: &Terms,
        room: &mut Buffer,
    ) -> Result<usize, Dropped> {
        let left = match pass.standing(terms, login.now) {
            Standing::Running { ends_at } => ends_at.secs() - login.now.secs(),
            _ => terms.days * 86_400,
        };
        let mut reply =
            Builder::reply(room, PacketCode::AccessAccept, login.packet).message_authenticator();
        let secs = u32::try_from(left.max(1)).unwrap_or(u32::MAX);
        terms.write_accept(login.nas.vendor, secs, &mut reply);
        if login.request.has_proxy_state {
            reply.echo_proxy_state(login.packet);
        }
        let length = finish(reply, login.nas)?;
        count(&self.counters.accepted);
        count(&login.nas.state.counted.accepted);
        Ok(length)
    }
}

fn refused(standing: Standing) -> Refusal {
    let (reason, hint) = match standing {
        Standing::Withdrawn(Withdrawal::Refilled) => (RejectReason::VoucherUsed, None),
        Standing::Withdrawn(Withdrawal::Expired) => (RejectReason::VoucherExpired, None),
        Standing::Withdrawn(Withdrawal::Void) => (RejectReason::VoucherVoid, None),
        Standing::Over { started_at, ends_at } => {
            (RejectReason::VoucherOver, Some(Hint::Pass { started_at, ends_at }))
        }
        Standing::Expired { until } => (RejectReason::VoucherExpired, Some(Hint::Usable { until })),
        Standing::Fresh | Standing::Running { .. } => (RejectReason::NotActive, None),
    };
    Refusal { reason, expected: None, hint }
}

pub(super) fn other_device(other: Other) -> Hint {
    match other {
        Other::Session(other) => Hint::OtherSession {
            nas: other.nas,
            session: other.session.to_string(),
            mac: other.mac,
            started_at: other.started_at,
            seen_at: other.seen_at(),
        },
        Other::Login { mac, at } => Hint::OtherLogin { mac, at },
    }
}

/// A voucher's password is its code, however it is typed, or nothing: hotspot pages ask for one field and
/// send it twice, or once. A page does so by CHAP, or by PAP.
fn prove(login: &Attempt<'_>, code: Code) -> Result<(), Option<Hint>> {
    let typed = login.request.user_name.unwrap_or_default();
    let (lower, printed) = (code.lower(), code.printed());
    let likely: [&[u8]; 5] = [typed, b"", code.as_str().as_bytes(), &lower, &printed];
    match login.request.credential {
        Credential::Pap(hidden) => {
            let authenticator = login.packet.authenticator();
            let mut verdict = Pap::Wrong;
            for clear in likely {
                verdict = password::check_pap(hidden, &login.nas.secret, authenticator, clear);
                if matches!(verdict, Pap::Right) {
                    return Ok(());
                }
            }
            Err(matches!(verdict, Pap::Garbled).then_some(Hint::SecretDiffers))
        }
        Credential::Chap { identifier, challenge, response } => {
            let right = |clear: &[u8]| password::check_chap(identifier, clear, challenge, response);
            if likely.into_iter().any(right) { Ok(()) } else { Err(None) }
        }
        _ => Err(Some(Hint::NoUsableMethod)),
    }
}
