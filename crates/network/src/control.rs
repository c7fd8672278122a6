//! The port to the NAS: change or end a live session.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use kernel::{AccountId, BranchId, NasId, SessionId, SubscriptionId, Ts};

use crate::desired::{Desired, DesiredKind};
use crate::mac::Mac;
use crate::reply::ReplyProfile;
use crate::words::SessionState;

/// What identifies a session to its NAS, and to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    pub id: SessionId,
    pub nas: NasId,
    pub acct_session_id: String,
    pub username: String,
    pub account: Option<AccountId>,
    pub subscription: Option<SubscriptionId>,
    pub branch: BranchId,
    pub mac: Option<Mac>,
    pub framed_ip: Option<IpAddr>,
    pub started_at: Ts,
    pub updated_at: Ts,
    pub state: SessionState,
    /// The access version the session runs with, as its Class said.
    pub access_version: Option<i64>,
}

/// The access to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessView {
    pub subscription: SubscriptionId,
    pub version: i64,
    pub desired: Desired,
    /// The plan's or the isolation profile; `None` when blocked.
    pub profile: Option<Arc<ReplyProfile>>,
}

impl AccessView {
    pub const fn kind(&self) -> DesiredKind {
        self.desired.kind()
    }
}

/// What a NAS answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NasAnswer {
    Ack,
    /// The Error-Cause of RFC 5176 section 3.5; 0 when the NAS gave none.
    Nak(u32),
    /// No answer after the sender's own retransmissions.
    Timeout,
    /// Nothing was sent: the NAS has no CoA port, or is not known here.
    NotPossible,
}

/// What came of a request that only asks whether the NAS takes our requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// A proven answer. A NAK is what it should be, since the session that was named does not exist.
    Heard(NasAnswer),
    /// It answered, signed with another secret.
    OtherSecret,
    /// Nothing listens at its CoA port.
    Closed,
    /// No answer. RouterOS is also silent when the secret or the sender's address is not the one it knows.
    Silent,
    /// Nothing was sent: the NAS has no CoA port or no single address, or is not known here.
    NotPossible,
}

/// "Session Context Not Found": the NAS says that it has no such session.
pub const SESSION_NOT_FOUND: u32 = 503;

/// The future of a port's method.
pub type Answering<'a> = Pin<Box<dyn Future<Output = NasAnswer> + Send + 'a>>;

/// The future of [`NasControl::probe`].
pub type Probing<'a> = Pin<Box<dyn Future<Output = Probe> + Send + 'a>>;

/// Changes or ends a session at its NAS (RFC 5176). One call is one exchange with the sender's own
/// retransmissions; the backoff between calls is [`crate::enforce`]'s.
pub trait NasControl: Send + Sync {
    /// CoA-Request with the attributes of the access's profile and its version as Class.
    fn change<'a>(&'a self, session: &'a LiveSession, access: &'a AccessView) -> Answering<'a>;
    /// Disconnect-Request.
    fn disconnect<'a>(&'a self, session: &'a LiveSession) -> Answering<'a>;
    /// Disconnect-Request for a session that no NAS has: changes nothing, and its refusal proves address,
    /// port and secret. Where there is no way to routers, nothing is sent.
    fn probe(&self, _nas: NasId) -> Probing<'_> {
        Box::pin(std::future::ready(Probe::NotPossible))
    }
}
