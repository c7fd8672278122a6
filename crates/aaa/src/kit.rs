//! What the tests of this room share: a directory made by hand, the packets of a NAS, a database.

pub(crate) mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use kernel::{AccountId, BranchId, CustomerId, NasId, ProfileId, SubscriptionId, Ts};
use network::directory::{DirectoryNas, DirectoryRow};
use network::{
    AccountState, Desired, Mac, MacPolicy, MessageAuthenticator, ReplyProfile, Secret, Vendor,
    VendorAttribute,
};
use radius::kind::{self, microsoft, vendor};
use radius::packet::PACKET_BYTES_MAX;
use radius::{Builder, Code, Packet, mschap, password, sign};

use crate::directory::Directory;
use crate::engine::{Answer, Dropped, Engine, Settings};

pub(crate) const SECRET: &str = "rahasia-nas-uji-0123456789";
pub(crate) const PASSWORD: &str = "sandi-budi";

pub(crate) fn at(secs: i64) -> Ts {
    Ts::from_secs(1_795_312_800 + secs)
}

pub(crate) fn uuid(kind: u8, n: u8) -> uuid::Uuid {
    let mut bytes = [0; 16];
    (bytes[0], bytes[15]) = (kind, n);
    uuid::Uuid::from_bytes(bytes)
}

pub(crate) fn nas_id() -> NasId {
    NasId::from_uuid(uuid(3, 1))
}

pub(crate) fn mac(n: u8) -> Mac {
    Mac::from_bytes([0x4a, 0x5e, 0x0c, 0, 0, n])
}

pub(crate) fn profile(
    n: u8,
    isolates: bool,
    attributes: &[(Vendor, &str, &str)],
) -> Arc<ReplyProfile> {
    Arc::new(ReplyProfile {
        id: ProfileId::from_uuid(uuid(5, n)),
        code: format!("P{n}"),
        rate_down_kbps: if isolates { 64 } else { 20_000 },
        rate_up_kbps: if isolates { 64 } else { 20_000 },
        isolates,
        attributes: attributes
            .iter()
            .map(|(vendor, name, value)| VendorAttribute {
                vendor: *vendor,
                name: (*name).into(),
                value: (*value).into(),
            })
            .collect(),
    })
}

pub(crate) fn full() -> Arc<ReplyProfile> {
    profile(1, false, &[])
}

pub(crate) fn isolir() -> Arc<ReplyProfile> {
    profile(2, true, &[(Vendor::Mikrotik, "Mikrotik-Address-List", "isolir")])
}

/// Account `n`: live, full access, no MAC lock.
pub(crate) fn row(n: u8, username: &str) -> DirectoryRow {
    DirectoryRow {
        account: AccountId::from_uuid(uuid(1, n)),
        subscription: SubscriptionId::from_uuid(uuid(2, n)),
        customer: CustomerId::nil(),
        branch: BranchId::nil(),
        username: username.into(),
        password: Secret::new(PASSWORD),
        state: AccountState::Live,
        mac_policy: MacPolicy::Off,
        mac: None,
        mac_open_until: None,
        fixed_ip: None,
        sessions_max: 1,
        interim_secs: 300,
        desired: Desired::Full { profile: full().id },
        profile: Some(full()),
        access_version: 7,
        why_code: "ok".into(),
        changed_at: at(-100),
        access_changed_at: Some(at(-100)),
        released: false,
    }
}

pub(crate) fn nas_row(address: &str, strictness: MessageAuthenticator) -> DirectoryNas {
    DirectoryNas {
        id: nas_id(),
        name: "bras-1".into(),
        address: address.parse().unwrap(),
        secret: Secret::new(SECRET),
        vendor: Vendor::Mikrotik,
        coa_port: Some(3799),
        branch: BranchId::nil(),
        message_authenticator: strictness,
        source: None,
        archived: false,
        changed_at: at(-100),
    }
}

pub(crate) fn engine(rows: Vec<DirectoryRow>) -> Engine {
    let directory = Arc::new(Directory::default());
    directory.set_nas(&[nas_row("10.0.0.1/32", MessageAuthenticator::Required)]);
    directory.patch(rows);
    Engine::new(directory, &Settings::default())
}

/// A NAS that asks and checks what comes back.
pub(crate) struct Asker {
    pub secret: radius::Secret,
    pub from: SocketAddr,
    /// The access version that its reports return in Class.
    pub class: i64,
    identifier: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Pap,
    Chap,
    MsChap1,
    MsChap2,
}

pub(crate) const METHODS: [Method; 4] =
    [Method::Pap, Method::Chap, Method::MsChap1, Method::MsChap2];

impl Asker {
    pub(crate) fn new() -> Self {
        Self {
            secret: radius::Secret::new(SECRET.as_bytes()),
            from: "10.0.0.1:40000".parse().unwrap(),
            class: 7,
            identifier: 0,
        }
    }

    pub(crate) fn login(
        &mut self,
        method: Method,
        user: &str,
        clear: &str,
        mac: Option<Mac>,
        signed: bool,
    ) -> Vec<u8> {
        self.identifier = self.identifier.wrapping_add(1);
        let n = self.identifier;
        let mut room = [0; PACKET_BYTES_MAX];
        let mut builder = Builder::request(&mut room, Code::AccessRequest, n, &[n ^ 0x5a; 16]);
        if signed {
            builder = builder.message_authenticator();
        }
        builder.put(kind::USER_NAME, user.as_bytes());
        let hash = mschap::nt_hash(clear);
        let mut response = [0; 50];
        match method {
            Method::Pap => {
                builder.put_user_password(clear.as_bytes(), &self.secret);
            }
            Method::Chap => {
                let proof = password::chap_response(9, clear.as_bytes(), &[3; 16]);
                builder.put(kind::CHAP_PASSWORD, &[&[9], &proof[..]].concat());
                builder.put(kind::CHAP_CHALLENGE, &[3; 16]);
            }
            Method::MsChap1 => {
                response[1] = 1;
                response[26..].copy_from_slice(&mschap::challenge_response(&[4; 8], &hash));
                builder.put_vendor(vendor::MICROSOFT, microsoft::CHAP_CHALLENGE, &[4; 8]);
                builder.put_vendor(vendor::MICROSOFT, microsoft::CHAP_RESPONSE, &response);
            }
            Method::MsChap2 => {
                response[2..18].copy_from_slice(&[6; 16]);
                let proof = mschap::v2_response(&hash, user.as_bytes(), &[5; 16], &[6; 16]);
                response[26..].copy_from_slice(&proof);
                builder.put_vendor(vendor::MICROSOFT, microsoft::CHAP_CHALLENGE, &[5; 16]);
                builder.put_vendor(vendor::MICROSOFT, microsoft::CHAP2_RESPONSE, &response);
            }
        }
        if let Some(mac) = mac {
            builder.put(kind::CALLING_STATION_ID, mac.to_string().as_bytes());
        }
        builder.put(kind::NAS_IDENTIFIER, b"bras-1");
        builder.sign_request(&self.secret).unwrap().to_vec()
    }

    pub(crate) fn account(
        &mut self,
        status: u32,
        session: &str,
        user: &str,
        mac: Option<Mac>,
        secs: u32,
        octets: u64,
    ) -> Vec<u8> {
        self.identifier = self.identifier.wrapping_add(1);
        let mut room = [0; PACKET_BYTES_MAX];
        let mut builder =
            Builder::request(&mut room, Code::AccountingRequest, self.identifier, &[0; 16]);
        builder.put_number(kind::ACCT_STATUS_TYPE, status);
        if !session.is_empty() {
            builder.put(kind::ACCT_SESSION_ID, session.as_bytes());
        }
        if !user.is_empty() {
            builder.put(kind::USER_NAME, user.as_bytes());
        }
        if let Some(mac) = mac {
            builder.put(kind::CALLING_STATION_ID, mac.to_string().as_bytes());
        }
        builder.put_address(kind::FRAMED_IP_ADDRESS, [10, 64, 0, 9].into());
        builder.put_number(kind::ACCT_SESSION_TIME, secs);
        for (low, high) in [
            (kind::ACCT_INPUT_OCTETS, kind::ACCT_INPUT_GIGAWORDS),
            (kind::ACCT_OUTPUT_OCTETS, kind::ACCT_OUTPUT_GIGAWORDS),
        ] {
            builder.put_number(low, octets as u32).put_number(high, (octets >> 32) as u32);
        }
        builder.put(kind::CLASS, &self.class.to_be_bytes());
        builder.sign_hashed_request(&self.secret).unwrap().to_vec()
    }

    /// The reply's code and attributes; checks both signatures.
    pub(crate) fn read(&self, request: &[u8], reply: &[u8]) -> (Code, Vec<(u8, Vec<u8>)>) {
        let request = Packet::parse(request).unwrap();
        let reply = Packet::parse(reply).unwrap();
        let authenticator = request.authenticator();
        let signed =
            sign::check_reply(&reply, request.identifier(), authenticator, &self.secret).unwrap();
        let code = reply.code().unwrap();
        if code != Code::AccountingResponse {
            assert!(signed);
            assert_eq!(reply.message_authenticator_at(), Some(22), "first attribute");
        }
        (code, reply.attributes().map(|a| (a.kind, a.value.to_vec())).collect())
    }

    /// Asks the engine and reads its reply.
    pub(crate) fn ask(
        &self,
        engine: &Engine,
        request: &[u8],
        now: Ts,
    ) -> (Code, Vec<(u8, Vec<u8>)>) {
        match engine.answer(request, self.from, now) {
            Answer::Reply(reply) => self.read(request, &reply),
            other => panic!("{other:?}"),
        }
    }

    /// Asks the engine for what it must not answer.
    pub(crate) fn dropped(&self, engine: &Engine, request: &[u8], now: Ts) -> Dropped {
        match engine.answer(request, self.from, now) {
            Answer::Drop(why) => why,
            other => panic!("{other:?}"),
        }
    }

    /// A PAP login of `user` from the device `n`.
    pub(crate) fn try_login(&mut self, engine: &Engine, user: &str, n: u8, now: Ts) -> Code {
        let request = self.login(Method::Pap, user, PASSWORD, Some(mac(n)), true);
        self.ask(engine, &request, now).0
    }

    /// Accounting that reached the disk.
    pub(crate) fn report(&mut self, engine: &Engine, request: &[u8], now: Ts) -> Vec<u8> {
        match engine.answer(request, self.from, now) {
            Answer::Account { entry, reply, ticket } => {
                engine.kept(&ticket, &reply, now);
                assert_eq!(self.read(request, &reply).0, Code::AccountingResponse);
                entry
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The vendor attributes of a reply as `vendor/kind=text`.
pub(crate) fn vendors(attributes: &[(u8, Vec<u8>)]) -> Vec<String> {
    attributes
        .iter()
        .filter_map(|(kind, value)| radius::Attribute { kind: *kind, value }.vendor())
        .flat_map(|inside| {
            let vendor = inside.vendor;
            inside.map(move |a| format!("{vendor}/{}={}", a.kind, a.text().unwrap_or("?")))
        })
        .collect()
}

pub(crate) const CODE: &str = "ABCDEFGH2345";

/// Voucher `n` with this code: three days, nobody has used it, one device.
pub(crate) fn pass(n: u8, code: &str) -> network::guest::GuestRow {
    network::guest::GuestRow {
        id: kernel::VoucherId::from_uuid(uuid(6, n)),
        code: network::guest::Code::read(code.as_bytes()).unwrap(),
        days: 3,
        usable_until: at(30 * 86_400),
        withdrawn: None,
        started_at: None,
        ends_at: None,
        devices: 1,
        interim_secs: 300,
        profile: full(),
    }
}

/// An engine that knows these codes, and no account.
pub(crate) fn hotspot(rows: Vec<network::guest::GuestRow>) -> Engine {
    let engine = engine(Vec::new());
    engine.directory().patch_guests(rows);
    engine
}
