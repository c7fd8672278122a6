//! Writing requests as a MikroTik PPPoE server does, and judging the replies.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use radius::kind::{self, microsoft, vendor};
use radius::{Builder, Code, Packet, Secret, mschap, password, sign};
use serde::{Deserialize, Serialize};

use super::Options;
use super::lane::Slot;
use super::random::Random;
use super::tally::Verdict;
use crate::account::Account;

/// What the NAS asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Pap,
    Chap,
    Mschapv2,
    Start,
    Interim,
    Stop,
}

impl Kind {
    /// The name on tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pap => "PAP",
            Self::Chap => "CHAP",
            Self::Mschapv2 => "MS-CHAPv2",
            Self::Start => "Start",
            Self::Interim => "Interim",
            Self::Stop => "Stop",
        }
    }

    const fn status(self) -> Option<u32> {
        match self {
            Self::Start => Some(1),
            Self::Stop => Some(2),
            Self::Interim => Some(3),
            Self::Pap | Self::Chap | Self::Mschapv2 => None,
        }
    }
}

const NAS_NAME: &[u8] = b"bench-nas";
const FRAMED: u32 = 2;
const PPP: u32 = 1;
const ETHERNET: u32 = 15;
const USER_REQUEST: u32 = 1;
/// Each session sends this many bytes between two interims: after the first download counter has gone
/// beyond 32 bits.
const BYTES_IN: u64 = 1_000_003;
const BYTES_OUT: u64 = 5_000_000_017;

/// Writes requests one after the other and remembers how far each session has come.
#[derive(Debug)]
pub(super) struct Requests {
    kind: Kind,
    secret: Secret,
    random: Random,
    accounts: u32,
    next_session: u32,
    /// Interims sent and answered, by session.
    sent: Vec<u32>,
    answered: Vec<u32>,
    since: u64,
    buffer: Box<radius::Buffer>,
}

impl Requests {
    pub(super) fn of(options: &Options) -> Self {
        let mut requests = Self::new(options.kind, &options.secret, options.accounts, options.seed);
        requests.sent.fill(options.first_round);
        requests.since = options.since.unwrap_or(requests.since);
        requests
    }

    pub(super) fn new(kind: Kind, secret: &str, accounts: u32, seed: u64) -> Self {
        let sessions = usize::try_from(accounts).unwrap_or(0);
        Self {
            kind,
            secret: Secret::new(secret.as_bytes()),
            random: Random::new(seed),
            accounts,
            next_session: 0,
            sent: vec![0; sessions],
            answered: vec![0; sessions],
            since: wall_secs(),
            buffer: Box::new([0; 4096]),
        }
    }

    /// Writes the next request into the slot.
    pub(super) fn write(&mut self, slot: &mut Slot) -> Result<()> {
        match self.kind.status() {
            None => self.write_login(slot),
            Some(status) => self.write_accounting(slot, status),
        }
    }

    fn write_login(&mut self, slot: &mut Slot) -> Result<()> {
        let account = Account(self.random.below(self.accounts));
        slot.account = account.0;
        slot.authenticator = self.random.bytes();
        slot.proof = None;
        let code = Code::AccessRequest;
        let mut packet =
            Builder::request(&mut self.buffer, code, slot.identifier, &slot.authenticator)
                .message_authenticator();
        let (name, clear) = (account.name(), account.password());
        packet.put(kind::USER_NAME, name.as_bytes());
        match self.kind {
            Kind::Chap => {
                let challenge = self.random.bytes();
                let mut value = [0; 17];
                let (ident, response) = value.split_at_mut(1);
                ident.copy_from_slice(&[slot.identifier]);
                response.copy_from_slice(&password::chap_response(
                    slot.identifier,
                    clear.as_bytes(),
                    &challenge,
                ));
                packet.put(kind::CHAP_CHALLENGE, &challenge).put(kind::CHAP_PASSWORD, &value);
            }
            Kind::Mschapv2 => {
                let (ours, peers) = (self.random.bytes(), self.random.bytes());
                let (value, proof) = mschapv2(slot.identifier, &name, &clear, &ours, &peers);
                slot.proof = proof;
                packet.put_vendor(vendor::MICROSOFT, microsoft::CHAP_CHALLENGE, &ours).put_vendor(
                    vendor::MICROSOFT,
                    microsoft::CHAP2_RESPONSE,
                    &value,
                );
            }
            _ => {
                packet.put_user_password(clear.as_bytes(), &self.secret);
            }
        }
        place(&mut packet, account);
        store(slot, packet.sign_request(&self.secret)?);
        Ok(())
    }

    fn write_accounting(&mut self, slot: &mut Slot, status: u32) -> Result<()> {
        // In turn and not at random: a session has never two requests under way.
        let account = Account(self.next_session);
        self.next_session = (self.next_session + 1) % self.accounts;
        let at = usize::try_from(account.0)?;
        let round = match self.sent.get_mut(at) {
            Some(sent) if self.kind == Kind::Interim => {
                *sent += 1;
                *sent
            }
            Some(sent) => *sent,
            None => 0,
        };
        (slot.account, slot.round) = (account.0, round);
        let code = Code::AccountingRequest;
        let mut packet = Builder::request(&mut self.buffer, code, slot.identifier, &[0; 16]);
        packet.put_number(kind::ACCT_STATUS_TYPE, status);
        packet.put(kind::USER_NAME, account.name().as_bytes());
        place(&mut packet, account);
        packet.put_address(kind::FRAMED_IP_ADDRESS, account.address());
        let (received, sent) = counters(round);
        let now = if self.kind == Kind::Start { self.since } else { wall_secs() };
        if self.kind != Kind::Start {
            packet
                .put_number(kind::ACCT_SESSION_TIME, low(now.saturating_sub(self.since)))
                .put_number(kind::ACCT_INPUT_OCTETS, low(received))
                .put_number(kind::ACCT_INPUT_GIGAWORDS, high(received))
                .put_number(kind::ACCT_OUTPUT_OCTETS, low(sent))
                .put_number(kind::ACCT_OUTPUT_GIGAWORDS, high(sent))
                .put_number(kind::ACCT_INPUT_PACKETS, low(received / 500))
                .put_number(kind::ACCT_OUTPUT_PACKETS, low(sent / 1200));
        }
        if self.kind == Kind::Stop {
            packet.put_number(kind::ACCT_TERMINATE_CAUSE, USER_REQUEST);
        }
        packet.put_number(kind::EVENT_TIMESTAMP, low(now));
        packet.put_number(kind::ACCT_DELAY_TIME, 0);
        let bytes = packet.sign_hashed_request(&self.secret)?;
        slot.authenticator = authenticator(bytes).context("a signed packet has a header")?;
        store(slot, bytes);
        Ok(())
    }

    /// Checks a reply in full: lengths, identifier, response authenticator, Message-Authenticator, code,
    /// and for MS-CHAPv2 the server's own proof.
    pub(super) fn judge(&self, reply: &[u8], slot: &Slot) -> Result<Verdict, &'static str> {
        let packet = Packet::parse(reply).map_err(|_| "malformed")?;
        let signed = sign::check_reply(&packet, slot.identifier, &slot.authenticator, &self.secret)
            .map_err(|why| match why {
                sign::Unproven::AuthenticatorWrong => "response authenticator",
                sign::Unproven::MessageAuthenticatorWrong => "Message-Authenticator",
                _ => "not the reply to this request",
            })?;
        match (packet.code(), self.kind.status()) {
            (Some(Code::AccountingResponse), Some(_)) => return Ok(Verdict::Recorded),
            (Some(Code::AccessAccept | Code::AccessReject), None) => {}
            _ => return Err("code"),
        }
        if !signed {
            return Err("no Message-Authenticator");
        }
        if packet.code() == Some(Code::AccessReject) {
            return Ok(Verdict::Rejected);
        }
        if let Some(proof) = &slot.proof {
            let shown = packet.first_vendor(vendor::MICROSOFT, microsoft::CHAP2_SUCCESS);
            if shown != Some(proof.as_slice()) {
                return Err("MS-CHAP2-Success");
            }
        }
        if packet.first_vendor(vendor::MIKROTIK, kind::mikrotik::RATE_LIMIT).is_none() {
            return Err("an accept without the plan's rate limit");
        }
        Ok(Verdict::Accepted)
    }

    /// Remembers that the slot's request was answered.
    pub(super) fn settle(&mut self, slot: &Slot) {
        let at = usize::try_from(slot.account).unwrap_or(usize::MAX);
        if let Some(answered) = self.answered.get_mut(at) {
            *answered = slot.round.max(*answered);
        }
    }

    /// One line for each session of which an interim was answered: name, session, bytes in and out.
    pub(super) fn write_answered(&self, path: &Path) -> Result<()> {
        let file = std::fs::File::create(path).with_context(|| format!("{}", path.display()))?;
        let mut file = std::io::BufWriter::new(file);
        for (index, round) in (0u32..).zip(&self.answered).filter(|(_, round)| **round > 0) {
            let account = Account(index);
            let (received, sent) = counters(*round);
            writeln!(file, "{},{},{received},{sent}", account.name(), account.session())?;
        }
        file.flush().context("writing the answered sessions")
    }
}

/// Where the customer is connected: the same attributes in logins and accounting.
fn place(packet: &mut Builder<'_>, account: Account) {
    packet
        .put_number(kind::SERVICE_TYPE, FRAMED)
        .put_number(kind::FRAMED_PROTOCOL, PPP)
        .put_number(kind::NAS_PORT, 15_728_640 + account.0)
        .put_number(kind::NAS_PORT_TYPE, ETHERNET)
        .put(kind::CALLING_STATION_ID, account.mac().as_bytes())
        .put(kind::CALLED_STATION_ID, b"pppoe-bench")
        .put(kind::NAS_PORT_ID, b"ether2-vlan100")
        .put(kind::ACCT_SESSION_ID, account.session().as_bytes())
        .put(kind::NAS_IDENTIFIER, NAS_NAME)
        .put_address(kind::NAS_IP_ADDRESS, Ipv4Addr::LOCALHOST);
}

/// The response of a customer's router, and what the server must answer to prove itself.
fn mschapv2(
    ident: u8,
    name: &str,
    clear: &str,
    challenge: &[u8; 16],
    peers: &[u8; 16],
) -> ([u8; 50], Option<[u8; 43]>) {
    let hash = mschap::nt_hash(clear);
    let response = mschap::v2_response(&hash, name.as_bytes(), challenge, peers);
    let mut value = [0; 50];
    let parts = [&[ident, 0][..], peers, &[0; 8], &response];
    for (slot, byte) in value.iter_mut().zip(parts.into_iter().flatten()) {
        *slot = *byte;
    }
    let proof = mschap::check_v2(&hash, name.as_bytes(), challenge, &value);
    (value, proof.map(|proof| proof.success))
}

fn store(slot: &mut Slot, bytes: &[u8]) {
    slot.bytes.clear();
    slot.bytes.extend_from_slice(bytes);
}

fn authenticator(bytes: &[u8]) -> Option<[u8; 16]> {
    bytes.get(4..20)?.try_into().ok()
}

fn counters(round: u32) -> (u64, u64) {
    (u64::from(round) * BYTES_IN, u64::from(round) * BYTES_OUT)
}

const fn low(number: u64) -> u32 {
    (number & 0xffff_ffff) as u32
}

const fn high(number: u64) -> u32 {
    (number >> 32) as u32
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the NAS that is played here has a clock")]
pub(crate) fn wall_secs() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}
