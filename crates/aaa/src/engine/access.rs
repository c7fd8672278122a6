//! Logins: password, state, device, other sessions; in this order, so that the reason shown is the
//! first that a technician has to solve.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kernel::Ts;
use network::{Mac, RejectReason};
use radius::kind::{self, microsoft, vendor};
use radius::mschap::{self, ChapError, Proof};
use radius::password::{self, Pap};
use radius::{AccessRequest, Buffer, Builder, Code, Credential, Packet, mppe};

use super::guest::other_device;
use super::{Dropped, Engine, Start, device, finish};
use crate::counters::count;
use crate::directory::account::MacVerdict;
use crate::directory::{Account, Nas, Slot};
use crate::note::{Hint, Login, Note, Reject};

/// Why a login is refused.
pub(super) struct Refusal {
    pub reason: RejectReason,
    pub expected: Option<Mac>,
    pub hint: Option<Hint>,
}

impl Refusal {
    pub(super) const fn plain(reason: RejectReason) -> Self {
        Self { reason, expected: None, hint: None }
    }
}

/// How the password was proven.
enum Proven {
    Plainly,
    MsChap1,
    MsChap2(Proof),
}

/// One login being judged.
pub(super) struct Attempt<'p> {
    pub packet: &'p Packet<'p>,
    pub request: AccessRequest<'p>,
    pub nas: &'p Nas,
    pub seen: Option<Mac>,
    pub now: Ts,
}

impl Engine {
    /// Writes the accept or reject; with it what has to be on disk before it may be sent.
    pub(super) fn access(
        &self,
        packet: &Packet<'_>,
        nas: &Nas,
        now: Ts,
        room: &mut Buffer,
    ) -> Result<(usize, Option<Start>), Dropped> {
        let request = AccessRequest::read(packet);
        let seen = device(request.calling_station_id);
        let login = Attempt { packet, request, nas, seen, now };
        let name = request.user_name.unwrap_or_default();
        let Some(slot) = self.directory.find(name) else {
            return self.guest(&login, room);
        };
        let account = slot.account();
        let length = match self.judge(&login, &slot, &account) {
            Ok(proven) => self.accept(&login, &account, &proven, room)?,
            Err(refusal) => self.reject(&login, Some(&account), refusal, room)?,
        };
        Ok((length, None))
    }

    fn judge(
        &self,
        login: &Attempt<'_>,
        slot: &Slot,
        account: &Arc<Account>,
    ) -> Result<Proven, Refusal> {
        let proven = prove(login, account).map_err(|hint| Refusal {
            reason: RejectReason::WrongPassword,
            expected: None,
            hint,
        })?;
        if let Some(reason) = account.refused {
            let why_code = account.why_code.to_string();
            return Err(Refusal { reason, expected: None, hint: Some(Hint::Blocked { why_code }) });
        }
        let verdict = slot.judge_mac(account, login.seen, login.now);
        if let MacVerdict::Differs { expected } = verdict {
            let reason = RejectReason::MacDiffers;
            return Err(Refusal { reason, expected: Some(expected), hint: None });
        }
        // The last question: whoever gets the place gets in.
        if let Err(other) = slot.claim(account, login.seen, login.now) {
            let reason = RejectReason::SecondSession;
            return Err(Refusal { reason, expected: None, hint: Some(other_device(other)) });
        }
        if let MacVerdict::Binds(mac) | MacVerdict::Confirms(mac) = verdict {
            slot.bind(mac);
            self.note(Note::MacSeen { account: account.id, mac, at: login.now });
        }
        Ok(proven)
    }

    fn accept(
        &self,
        login: &Attempt<'_>,
        account: &Account,
        proven: &Proven,
        room: &mut Buffer,
    ) -> Result<usize, Dropped> {
        let nas = login.nas;
        let isolated = account.replies.as_ref().is_some_and(|r| r.isolates);
        let mut reply =
            Builder::reply(room, Code::AccessAccept, login.packet).message_authenticator();
        account.write_accept(nas.vendor, &mut reply);
        if let Proven::MsChap2(proof) = proven {
            reply.put_vendor(vendor::MICROSOFT, microsoft::CHAP2_SUCCESS, &proof.success);
        }
        if account.replies.as_ref().is_some_and(|r| r.wants_mppe(nas.vendor)) {
            self.put_keys(login, account, proven, &mut reply);
        }
        if login.request.has_proxy_state {
            reply.echo_proxy_state(login.packet);
        }
        let length = finish(reply, nas)?;
        count(&self.counters.accepted);
        count(&nas.state.counted.accepted);
        if isolated {
            count(&self.counters.isolated);
        }
        if self.log_logins {
            self.note(Note::Login(Login {
                at: login.now,
                account: account.id,
                subscription: account.subscription,
                nas: nas.id,
                mac: login.seen,
                access_version: account.access_version,
                isolated,
            }));
        }
        Ok(length)
    }

    /// Keys for link encryption, which only an MS-CHAP login yields.
    fn put_keys(
        &self,
        login: &Attempt<'_>,
        account: &Account,
        proven: &Proven,
        reply: &mut Builder<'_>,
    ) {
        let (secret, authenticator) = (&login.nas.secret, login.packet.authenticator());
        match proven {
            Proven::Plainly => {}
            Proven::MsChap1 => {
                let keys = mppe::v1_keys(&account.nt_hash, secret, authenticator);
                reply.put_vendor(vendor::MICROSOFT, microsoft::CHAP_MPPE_KEYS, &keys);
            }
            Proven::MsChap2(proof) => {
                let keys = mppe::keys(proof);
                for (kind, key) in [
                    (microsoft::MPPE_SEND_KEY, keys.send),
                    (microsoft::MPPE_RECV_KEY, keys.receive),
                ] {
                    let salt = self.salt.fetch_add(1, Ordering::Relaxed);
                    let hidden = mppe::hide_key(&key, secret, authenticator, salt);
                    reply.put_vendor(vendor::MICROSOFT, kind, &hidden);
                }
            }
        }
    }

    pub(super) fn reject(
        &self,
        login: &Attempt<'_>,
        account: Option<&Arc<Account>>,
        refusal: Refusal,
        room: &mut Buffer,
    ) -> Result<usize, Dropped> {
        let mut reply =
            Builder::reply(room, Code::AccessReject, login.packet).message_authenticator();
        match login.request.credential {
            Credential::MsChap1 { response: [ident, ..], .. } => {
                let error = ChapError::v1(*ident);
                reply.put_vendor(vendor::MICROSOFT, microsoft::CHAP_ERROR, error.value());
            }
            Credential::MsChap2 { response: [ident, ..], challenge } => {
                let error = ChapError::v2(*ident, challenge);
                reply.put_vendor(vendor::MICROSOFT, microsoft::CHAP_ERROR, error.value());
            }
            _ => {}
        }
        reply.put(kind::REPLY_MESSAGE, message(refusal.reason).as_bytes());
        reply.echo_proxy_state(login.packet);
        let length = finish(reply, login.nas)?;
        count(&self.counters.rejected);
        count(&login.nas.state.counted.rejected);
        let name = login.request.user_name.unwrap_or_default();
        self.note(Note::Reject(Reject {
            at: login.now,
            username: named(&refusal, account.is_none(), name),
            reason: refusal.reason,
            nas: login.nas.id,
            nas_name: login.nas.name.clone(),
            account: account.map(|a| a.id),
            subscription: account.map(|a| a.subscription),
            mac_seen: login.seen,
            mac_expected: refusal.expected,
            method: login.request.credential.name(),
            hint: refusal.hint,
        }));
        Ok(length)
    }
}

/// The user name as staff see it: a guest's code in one way, however it was typed. A code that was not
/// looked at may be a good one, and is nobody's to read.
fn named(refusal: &Refusal, may_be_guest: bool, name: &[u8]) -> String {
    let code = network::guest::Code::read(name).filter(|_| may_be_guest);
    match (refusal.reason, code) {
        (RejectReason::TooManyTries, Some(code)) => code.masked(),
        (RejectReason::UnknownUser, _) | (_, None) => String::from_utf8_lossy(name).into_owned(),
        (_, Some(code)) => code.as_str().to_owned(),
    }
}

/// Checks the password by whatever method the customer's device chose.
fn prove(login: &Attempt<'_>, account: &Account) -> Result<Proven, Option<Hint>> {
    let clear = account.password.expose().as_bytes();
    let right = match login.request.credential {
        Credential::Pap(hidden) => {
            let secret = &login.nas.secret;
            match password::check_pap(hidden, secret, login.packet.authenticator(), clear) {
                Pap::Right => true,
                Pap::Wrong => false,
                Pap::Garbled => return Err(Some(Hint::SecretDiffers)),
            }
        }
        Credential::Chap { identifier, challenge, response } => {
            password::check_chap(identifier, clear, challenge, response)
        }
        Credential::MsChap1 { challenge, response } => {
            return match mschap::check_v1(&account.nt_hash, challenge, response) {
                true => Ok(Proven::MsChap1),
                false => Err(None),
            };
        }
        Credential::MsChap2 { challenge, response } => {
            let name = login.request.user_name.unwrap_or_default();
            let proof = mschap::check_v2(&account.nt_hash, name, challenge, response);
            return proof.map(Proven::MsChap2).ok_or(None);
        }
        Credential::Eap | Credential::None => return Err(Some(Hint::NoUsableMethod)),
    };
    if right { Ok(Proven::Plainly) } else { Err(None) }
}

/// What the customer's router may show. It does not tell an unknown name from a wrong password.
const fn message(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::WrongPassword | RejectReason::UnknownUser => {
            "Nama pengguna atau kata sandi salah."
        }
        other => other.sentence().0,
    }
}
