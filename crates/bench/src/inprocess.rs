//! Without sockets: how much of the time for a login goes into the cryptography that RADIUS prescribes,
//! and how much into everything else (parsing, the search among all accounts, the rules, the cache of
//! replies, writing).

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aaa::{Directory, Engine, Outcome, Port, Settings};
use anyhow::{Context, Result, ensure};
use ipnet::IpNet;
use kernel::{AccountId, BranchId, CustomerId, NasId, ProfileId, SubscriptionId, Ts};
use network::directory::{DirectoryNas, DirectoryRow};
use network::{
    AccountState, Desired, Mac, MacPolicy, MessageAuthenticator, ReplyProfile, Vendor,
    VendorAttribute,
};
use radius::{AccessRequest, Credential, Packet, Secret, mschap, password};
use uuid::Uuid;

use crate::account::{Account, INTERIM_SECS, POOL, RATE_LIMIT, SECRET};
use crate::load::{self, Kind};

/// Requests prepared ahead; each turn goes through all of them.
const REQUESTS: usize = 20_000;
const FROM: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000);

/// Time for one login, whole and for its cryptography alone.
#[derive(Clone, Copy, Debug)]
struct Cost {
    whole: Duration,
    crypto: Duration,
}

/// Measures each method and prints the table; writes `inprocess.md`. Whole and cryptography alone take
/// turns in one thread; the medians are compared.
///
/// # Errors
/// When an answer is not an accept.
pub fn compare(accounts: u32, methods: &[Kind], turns: u32, out: &Path) -> Result<()> {
    let directory = Arc::new(directory(accounts));
    let mut text = format!(
        "# In process, without sockets\n\n{accounts} accounts, {REQUESTS} different logins a turn, \
         {turns} turns, one thread.\n\n| what | whole ns | cryptography alone ns | share |\n\
         |---|---|---|---|\n"
    );
    for method in methods {
        let engine = Engine::new(Arc::clone(&directory), &Settings::default());
        let cost = measure(&engine, *method, accounts, turns)?;
        let share = cost.crypto.as_secs_f64() / cost.whole.as_secs_f64() * 100.0;
        let (whole, crypto) = (cost.whole.as_nanos(), cost.crypto.as_nanos());
        writeln!(text, "| {} | {whole} | {crypto} | {share:.0} % |", method.name())?;
    }
    println!("{text}");
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("inprocess.md"), text).context("writing inprocess.md")
}

fn measure(engine: &Engine, method: Kind, accounts: u32, turns: u32) -> Result<Cost> {
    let secret = Secret::new(SECRET.as_bytes());
    let requests = load::samples(method, accounts, REQUESTS)?;
    let logins: Vec<Prepared<'_>> =
        requests.iter().map(|request| prepare(request)).collect::<Result<_>>()?;
    let mut replies = Vec::new();
    let (mut whole, mut crypto) = (Vec::new(), Vec::new());
    let mut room = [0; 4096];
    for turn in 0..=turns {
        // A later time: the cache of replies must not answer.
        let now = Ts::from_secs(1_795_312_800 + 120 * i64::from(turn));
        let started = Instant::now();
        let mut accepted = 0;
        for request in &requests {
            let outcome = engine.answer_into(request, FROM, Port::Auth, now, &mut room);
            if let Outcome::Reply(length) = outcome {
                accepted += usize::from(room.first() == Some(&2));
                if turn == 0 {
                    replies.push(room.get(..length).unwrap_or_default().to_vec());
                }
            }
        }
        let took = started.elapsed();
        ensure!(accepted == REQUESTS, "{method:?}: {accepted} of {REQUESTS} logins were accepted");
        let started = Instant::now();
        for (login, reply) in logins.iter().zip(&replies) {
            black_box(cryptography(login, reply, &secret));
        }
        // The first turn only warms up.
        if turn > 0 {
            whole.push(took / u32::try_from(REQUESTS)?);
            crypto.push(started.elapsed() / u32::try_from(REQUESTS)?);
        }
    }
    Ok(Cost { whole: median(whole), crypto: median(crypto) })
}

/// What the cryptography of one login works on, found ahead.
struct Prepared<'a> {
    packet: Packet<'a>,
    name: &'a [u8],
    credential: Credential<'a>,
    clear: String,
    nt_hash: [u8; 16],
}

fn prepare(request: &[u8]) -> Result<Prepared<'_>> {
    let packet = Packet::parse(request)?;
    let AccessRequest { user_name, credential, .. } = AccessRequest::read(&packet);
    let name = user_name.context("a user name")?;
    let digits = name.get(name.len().saturating_sub(6)..).unwrap_or_default();
    let clear = Account(std::str::from_utf8(digits)?.parse()?).password();
    let nt_hash = mschap::nt_hash(&clear);
    Ok(Prepared { packet, name, credential, clear, nt_hash })
}

/// The work that no server can leave out: check the request's signature, the password, sign the reply.
fn cryptography(login: &Prepared<'_>, reply: &[u8], secret: &Secret) -> u8 {
    let request_seal = secret.hmac(&[login.packet.bytes()]);
    let proof = match login.credential {
        Credential::Pap(_) => secret.md5_with(&[login.packet.authenticator()])[0],
        Credential::Chap { identifier, challenge, response } => {
            let clear = login.clear.as_bytes();
            u8::from(password::check_chap(identifier, clear, challenge, response))
        }
        Credential::MsChap2 { challenge, response } => {
            let proof = mschap::check_v2(&login.nt_hash, login.name, challenge, response);
            proof.map_or(0, |proof| proof.success[0])
        }
        _ => 0,
    };
    let reply_seal = secret.hmac(&[reply]);
    let authenticator = secret.md5_of(&[reply]);
    request_seal[0] ^ proof ^ reply_seal[0] ^ authenticator[0]
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// All accounts, locked to their devices, and the bench's one NAS.
fn directory(accounts: u32) -> Directory {
    let directory = Directory::default();
    directory.set_nas(&[DirectoryNas {
        id: NasId::nil(),
        name: "bench".into(),
        address: IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        secret: network::Secret::new(SECRET),
        vendor: Vendor::Mikrotik,
        coa_port: None,
        branch: BranchId::nil(),
        message_authenticator: MessageAuthenticator::Required,
        source: None,
        archived: false,
        changed_at: Ts::from_secs(0),
    }]);
    let attribute = |vendor, name: &str, value: &str| VendorAttribute {
        vendor,
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let profile = Arc::new(ReplyProfile {
        id: ProfileId::nil(),
        code: "20M".into(),
        rate_down_kbps: 20_000,
        rate_up_kbps: 20_000,
        isolates: false,
        attributes: vec![
            attribute(Vendor::Mikrotik, network::reply::MIKROTIK_RATE_LIMIT, RATE_LIMIT),
            attribute(Vendor::Standard, "Framed-Pool", POOL),
        ],
    });
    for from in (0..accounts).step_by(10_000) {
        let some = (from..accounts.min(from + 10_000)).map(Account);
        directory.patch(some.map(|account| row(account, &profile)).collect());
    }
    directory
}

fn row(account: Account, profile: &Arc<ReplyProfile>) -> DirectoryRow {
    let id = Uuid::from_u128(u128::from(account.0) + 1);
    DirectoryRow {
        account: AccountId::from_uuid(id),
        subscription: SubscriptionId::from_uuid(id),
        customer: CustomerId::from_uuid(id),
        branch: BranchId::nil(),
        username: account.name(),
        password: network::Secret::new(account.password()),
        state: AccountState::Live,
        mac_policy: MacPolicy::Scan,
        mac: Mac::parse(&account.mac()),
        mac_open_until: None,
        fixed_ip: None,
        sessions_max: 1,
        interim_secs: i64::from(INTERIM_SECS),
        desired: Desired::Full { profile: profile.id },
        profile: Some(Arc::clone(profile)),
        access_version: 1,
        why_code: "ok".into(),
        changed_at: Ts::from_secs(0),
        access_changed_at: None,
        released: false,
    }
}
