//! The port to a RADIUS server of somebody else's that answers from its own tables.

use std::collections::BTreeMap;

use kernel::Ts;
use store::Secret;

use crate::Doing;

/// What a login gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Online by its profile.
    Full,
    /// Accepted, sent to the pay page.
    Isolated,
    /// Refused.
    Disabled,
}

/// A login as it has to stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    pub username: String,
    pub password: Secret,
    /// `AA:BB:CC:DD:EE:FF`; `None`: any device.
    pub mac: Option<String>,
    pub fixed_ip: Option<String>,
    pub sessions_max: i64,
    /// The profile's group.
    pub group: Option<String>,
    pub standing: Standing,
    pub contact: Contact,
    /// Also takes away what people there gave it beyond what we tell; else that stays.
    pub bare: bool,
}

/// For the people at the engine's screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    pub email: String,
    pub address: String,
    pub plan: String,
    /// Our customer's number.
    pub number: String,
}

/// A login as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSeen {
    pub username: String,
    /// `None`: it has none that all kinds of login can use.
    pub password: Option<Secret>,
    /// More than one password row, or other rows that stand twice.
    pub duplicate: bool,
    /// The device lock, as an address when it is one; another text is shown as it stands.
    pub mac: Option<String>,
    pub fixed_ip: Option<String>,
    pub sessions_max: Option<i64>,
    /// Its groups but isolation and disabled, the first that counts first.
    pub groups: Vec<String>,
    pub standing: Standing,
    /// Attributes of its own that we did not write, by name.
    pub extra: BTreeMap<String, String>,
    /// The screen's own record of the person; `None`: it has none, and the screen does not show the login.
    pub contact: Option<Contact>,
}

/// A speed profile as a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileRecord {
    pub group: String,
    /// What a login of the group is told: attribute and value, in order.
    pub reply: Vec<(String, String)>,
    /// It must win over what a login has of its own.
    pub isolates: bool,
}

/// A router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NasRecord {
    /// Its address: packets come from it.
    pub address: String,
    pub name: String,
    pub secret: Secret,
}

/// One thing to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ensure {
    Account(AccountRecord),
    Profile(ProfileRecord),
    Nas(NasRecord),
    /// The login is gone for good (its session history stays).
    NoAccount(String),
    /// Taken out of use.
    NoNas(String),
}

/// What stands there besides logins.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pub profiles: Vec<ProfileRecord>,
    pub nas: Vec<NasRecord>,
}

/// What a handshake found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    pub version: String,
    /// What is missing or not allowed, each with what to do about it; empty: all is well.
    pub missing: Vec<String>,
    /// What works, but not as it should.
    pub warnings: Vec<String>,
}

/// A session as the engine's accounting has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeen {
    pub session_id: String,
    pub username: String,
    pub nas_address: String,
    pub mac: Option<String>,
    pub framed_ip: Option<String>,
    pub started_at: Ts,
    pub updated_at: Ts,
    pub stopped_at: Option<Ts>,
    /// From the customer's side: sent up, and down.
    pub bytes_up: i64,
    pub bytes_down: i64,
    pub secs: i64,
    pub cause: Option<String>,
}

/// A refused login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectSeen {
    pub username: String,
    pub mac: Option<String>,
    pub at: Ts,
}

/// What was read of the engine's accounting since `cursor`.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    pub sessions: Vec<SessionSeen>,
    pub rejects: Vec<RejectSeen>,
    /// Where the next reading begins; opaque.
    pub cursor: String,
    /// There is more right now.
    pub more: bool,
}

/// Tells a RADIUS server's tables who may log in, and reads them back.
pub trait AccessSystem: Send + Sync {
    /// Looks whether everything that is needed is there and allowed. Changes nothing.
    fn handshake(&self) -> Doing<'_, Handshake>;
    /// Writes each record so that it stands there as told, in one transaction each or all together; what is
    /// right already is left alone. An answer a record: `Err` is that record's refusal, the outer one the
    /// engine's.
    fn ensure<'a>(&'a self, records: &'a [Ensure]) -> Doing<'a, Vec<kernel::Result<()>>>;
    /// A digest of the logins of each [`crate::link::shard`] that has any, computed over there: equal
    /// digests are equal content.
    fn digests(&self) -> Doing<'_, BTreeMap<i64, String>>;
    /// The logins of these shards, by name.
    fn accounts<'a>(&'a self, shards: &'a [i64]) -> Doing<'a, Vec<AccountSeen>>;
    /// Groups and routers.
    fn shelf(&self) -> Doing<'_, Shelf>;
    /// Sessions and refused logins changed since the cursor (`None`: from now minus a day).
    fn feed<'a>(&'a self, cursor: Option<&'a str>, limit: i64) -> Doing<'a, Feed>;
}
