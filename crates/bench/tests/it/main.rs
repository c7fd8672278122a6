//! The generator against servers that answer rightly, wrongly or not at all.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use bench::account::SECRET;
use bench::business::Size;
use bench::load::{self, Kind, Options, Outcome, Until};
use bench::respond;
use radius::{Builder, Code, Packet, Secret};

/// Starts a server that changes each reply before it leaves, and answers where it is. The thread ends
/// with the test's process.
fn server(change: fn(&mut Vec<u8>)) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let secret = Secret::new(SECRET.as_bytes());
        let (mut room, mut buffer) = ([0; 4096], [0; 4096]);
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            let Some(reply) = respond::answer(&room[..length], &secret, &mut buffer) else {
                continue;
            };
            let mut reply = reply.to_vec();
            change(&mut reply);
            if !reply.is_empty() {
                socket.send_to(&reply, from).unwrap();
            }
        }
    });
    address
}

fn run(server: SocketAddr, kind: Kind, requests: u64, tries: u32) -> Outcome {
    load::run(&Options {
        server,
        secret: SECRET.to_owned(),
        kind,
        accounts: 1_000,
        outstanding: 32,
        warm_up: Duration::ZERO,
        until: Until::Requests(requests),
        patience: Duration::from_millis(if tries == 1 { 60 } else { 2_000 }),
        tries,
        seed: 7,
        pids: vec![std::process::id()],
        since: Some(1_795_312_800),
        first_round: 0,
        answered: None,
    })
    .unwrap()
}

#[test]
fn every_right_answer_counts_once() {
    for kind in [Kind::Pap, Kind::Start, Kind::Interim, Kind::Stop] {
        let outcome = run(server(|_| ()), kind, 3_000, 5);
        assert!(outcome.is_clean(), "{kind:?}: {outcome:?}");
        assert_eq!(outcome.good, 3_000, "{kind:?}");
        assert!(outcome.p50_ms <= outcome.p99_ms && outcome.p99_ms <= outcome.max_ms);
        assert_eq!(outcome.server_cpu_ms.len(), 1);
    }
}

#[test]
fn an_answer_with_one_bit_changed_never_counts() {
    let changes: [fn(&mut Vec<u8>); 4] = [
        // The code, the authenticator, the Message-Authenticator, the last attribute.
        |reply| reply[0] = 3,
        |reply| reply[10] ^= 1,
        |reply| reply[25] ^= 1,
        |reply| *reply.last_mut().unwrap() ^= 1,
    ];
    for change in changes {
        let outcome = run(server(change), Kind::Pap, 64, 1);
        assert_eq!((outcome.good, outcome.rejected), (0, 0));
        assert_eq!(outcome.wrong.get("response authenticator"), Some(&64), "{outcome:?}");
        assert_eq!(outcome.lost, 64);
        assert!(!outcome.is_clean());
    }
}

#[test]
fn an_answer_without_message_authenticator_never_counts() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let secret = Secret::new(SECRET.as_bytes());
        let (mut room, mut buffer) = ([0; 4096], [0; 4096]);
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            let request = Packet::parse(&room[..length]).unwrap();
            let reply = Builder::reply(&mut buffer, Code::AccessAccept, &request);
            socket.send_to(reply.sign_reply(&secret).unwrap(), from).unwrap();
        }
    });
    let outcome = run(address, Kind::Pap, 32, 1);
    assert_eq!((outcome.good, outcome.lost), (0, 32));
    assert_eq!(outcome.wrong.get("no Message-Authenticator"), Some(&32), "{outcome:?}");
}

#[test]
fn a_silent_server_is_seen() {
    let outcome = run(server(Vec::clear), Kind::Pap, 40, 1);
    assert_eq!((outcome.good, outcome.lost), (0, 40));
    assert!(!outcome.is_clean());
}

#[test]
fn a_changed_identifier_is_no_answer() {
    let outcome = run(server(|reply| reply[1] = reply[1].wrapping_add(100)), Kind::Pap, 32, 1);
    assert_eq!(outcome.good, 0);
    assert!(!outcome.wrong.is_empty(), "{outcome:?}");
}

#[test]
fn the_answered_interims_are_written_with_64_bit_counters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answered.csv");
    let outcome = load::run(&Options {
        server: server(|_| ()),
        secret: SECRET.to_owned(),
        kind: Kind::Interim,
        accounts: 50,
        outstanding: 10,
        warm_up: Duration::ZERO,
        until: Until::Requests(150),
        patience: Duration::from_secs(2),
        tries: 5,
        seed: 1,
        pids: Vec::new(),
        since: None,
        first_round: 2,
        answered: Some(path.clone()),
    })
    .unwrap();
    assert_eq!(outcome.good, 150);
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 50);
    // Two interims before this run and three in it, each with five gigabytes more.
    assert_eq!(text.lines().next(), Some("pelanggan000000,81000000,5000015,25000000085"));
}

/// Enough of them for both lanes of a sweep.
#[tokio::test(flavor = "multi_thread")]
async fn the_business_is_billed_told_and_swept_on_both_databases() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = std::env::var("SAMBUNG_TEST_PG").unwrap();
    let size = Size { subscriptions: 3_000, postgres: Some(postgres) };
    bench::business::measure(folder.path(), folder.path(), &size).await.unwrap();
    let table = std::fs::read_to_string(folder.path().join("business.md")).unwrap();
    for row in ["| SQLite | 300 |", "| PostgreSQL | 300 |", "(3000 due)"] {
        assert!(table.contains(row), "{table}");
    }
}
