use kernel::clock::ManualClock;
use kernel::{NasId, SessionId, SubscriptionId};
use network::directory::DirectoryNas;
use network::{Desired, MessageAuthenticator, SessionState};
use radius::{Builder, Code, Packet, kind};
use std::net::UdpSocket as Router;

use super::*;
use crate::kit::{SECRET, at, isolir, nas_id, nas_row, vendors};

/// A router on loopback that answers each request as told; answers what it got.
fn router(
    answers: Vec<Option<(Code, Option<u32>, &'static str)>>,
) -> (SocketAddr, std::thread::JoinHandle<Vec<Vec<u8>>>) {
    let socket = Router::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let run = move || {
        let mut got = Vec::new();
        for answer in answers {
            let mut room = [0; PACKET_BYTES_MAX];
            let (length, from) = socket.recv_from(&mut room).unwrap();
            got.push(room[..length].to_vec());
            let Some((code, cause, secret)) = answer else { continue };
            let request = Packet::parse(&room[..length]).unwrap();
            let mut reply = [0; PACKET_BYTES_MAX];
            let mut builder = Builder::reply(&mut reply, code, &request);
            if let Some(cause) = cause {
                builder.put_number(kind::ERROR_CAUSE, cause);
            }
            let bytes = builder.sign_reply(&radius::Secret::new(secret.as_bytes())).unwrap();
            socket.send_to(bytes, from).unwrap();
        }
        got
    };
    (address, std::thread::spawn(run))
}

fn sender(nas: DirectoryNas, waits: &[u64]) -> Sender {
    let directory = Arc::new(Directory::default());
    directory.set_nas(&[nas]);
    let waits = waits.iter().map(|ms| Duration::from_millis(*ms)).collect();
    let patience = Patience { waits, at_once: 4 };
    Sender::new(directory, Arc::new(ManualClock::at(at(0))), patience)
}

fn at_port(port: Option<u16>) -> DirectoryNas {
    DirectoryNas { coa_port: port, ..nas_row("127.0.0.1/32", MessageAuthenticator::Required) }
}

fn session() -> LiveSession {
    LiveSession {
        id: SessionId::nil(),
        nas: nas_id(),
        acct_session_id: "81000001".into(),
        username: "budi".into(),
        account: None,
        subscription: None,
        branch: kernel::BranchId::nil(),
        mac: None,
        framed_ip: Some("10.64.0.9".parse().unwrap()),
        started_at: at(0),
        updated_at: at(0),
        state: SessionState::Live,
        access_version: Some(1),
    }
}

fn isolation() -> AccessView {
    AccessView {
        subscription: SubscriptionId::nil(),
        version: 9,
        desired: Desired::Isolated { holds: vec!["unpaid".into()] },
        profile: Some(isolir()),
    }
}

#[tokio::test]
async fn a_change_names_the_session_and_carries_profile_and_version() {
    let (address, router) = router(vec![Some((Code::CoaAck, None, SECRET))]);
    let sender = sender(at_port(Some(address.port())), &[5_000]);
    assert_eq!(sender.change(&session(), &isolation()).await, NasAnswer::Ack);
    let got = router.join().unwrap();
    let packet = Packet::parse(&got[0]).unwrap();
    assert_eq!(packet.code(), Some(Code::CoaRequest));
    let secret = radius::Secret::new(SECRET.as_bytes());
    assert_eq!(radius::sign::check_hashed_request(&packet, &secret), Ok(()));
    let attributes: Vec<(u8, Vec<u8>)> =
        packet.attributes().map(|a| (a.kind, a.value.to_vec())).collect();
    assert_eq!(vendors(&attributes), ["14988/19=isolir", "14988/8=64k/64k"]);
    for (kind, value) in [
        (kind::USER_NAME, &b"budi"[..]),
        (kind::ACCT_SESSION_ID, b"81000001"),
        (kind::FRAMED_IP_ADDRESS, &[10, 64, 0, 9]),
        (kind::CLASS, &9_i64.to_be_bytes()),
    ] {
        assert_eq!(packet.first(kind), Some(value));
    }
    assert_eq!(packet.first(kind::NAS_IP_ADDRESS), None);
}

#[tokio::test]
async fn a_refusal_comes_back_with_its_cause() {
    let (address, _router) = router(vec![
        Some((Code::DisconnectNak, Some(503), SECRET)),
        Some((Code::DisconnectNak, None, SECRET)),
    ]);
    let sender = sender(at_port(Some(address.port())), &[5_000]);
    assert_eq!(sender.disconnect(&session()).await, NasAnswer::Nak(503));
    assert_eq!(sender.disconnect(&session()).await, NasAnswer::Nak(0));
}

#[tokio::test]
async fn a_lost_request_is_repeated_as_the_same_bytes() {
    let (address, router) = router(vec![None, None, Some((Code::DisconnectAck, None, SECRET))]);
    let sender = sender(at_port(Some(address.port())), &[50, 50, 5_000]);
    assert_eq!(sender.disconnect(&session()).await, NasAnswer::Ack);
    let got = router.join().unwrap();
    assert_eq!(got.len(), 3);
    assert!(got[0] == got[1] && got[1] == got[2]);
}

#[tokio::test]
async fn a_forged_answer_is_waited_past_and_silence_is_a_timeout() {
    let (address, router) = router(vec![
        Some((Code::CoaAck, None, "a guess")),
        Some((Code::CoaAck, None, SECRET)),
        None,
    ]);
    let sender = sender(at_port(Some(address.port())), &[80, 5_000]);
    assert_eq!(sender.change(&session(), &isolation()).await, NasAnswer::Ack);
    let impatient = super::tests::sender(at_port(Some(address.port())), &[80]);
    assert_eq!(impatient.disconnect(&session()).await, NasAnswer::Timeout);
    router.join().unwrap();
}

#[tokio::test]
async fn without_a_way_to_the_nas_nothing_is_sent() {
    let sender = sender(at_port(None), &[10]);
    assert_eq!(sender.disconnect(&session()).await, NasAnswer::NotPossible);
    let unknown = LiveSession { nas: NasId::nil(), ..session() };
    let reachable = super::tests::sender(at_port(Some(9)), &[10]);
    assert_eq!(reachable.disconnect(&unknown).await, NasAnswer::NotPossible);
    let blocked = AccessView {
        desired: Desired::Blocked { reason: "terminated".into() },
        profile: None,
        ..isolation()
    };
    assert_eq!(reachable.change(&session(), &blocked).await, NasAnswer::NotPossible);
}

#[tokio::test]
async fn a_router_that_is_down_is_silence() {
    let socket = Router::bind("127.0.0.1:0").unwrap();
    let closed = socket.local_addr().unwrap().port();
    drop(socket);
    let sender = sender(at_port(Some(closed)), &[20, 20]);
    assert_eq!(sender.disconnect(&session()).await, NasAnswer::Timeout);
}

#[tokio::test]
async fn a_probe_tells_a_right_secret_from_another_from_a_closed_port_and_from_silence() {
    let (address, router) = router(vec![
        Some((Code::DisconnectNak, Some(503), SECRET)),
        Some((Code::DisconnectNak, Some(503), "another secret than ours")),
        None,
    ]);
    let sender = sender(at_port(Some(address.port())), &[2_000]);
    assert_eq!(sender.probe(nas_id()).await, Probe::Heard(NasAnswer::Nak(503)));
    assert_eq!(sender.probe(nas_id()).await, Probe::OtherSecret);
    let impatient = super::tests::sender(at_port(Some(address.port())), &[50]);
    assert_eq!(impatient.probe(nas_id()).await, Probe::Silent);
    let got = router.join().unwrap();
    let packet = Packet::parse(&got[0]).unwrap();
    assert_eq!(packet.code(), Some(Code::DisconnectRequest));
    assert_eq!(packet.first(kind::USER_NAME), Some(&b"sambung-probe"[..]));

    let socket = Router::bind("127.0.0.1:0").unwrap();
    let closed = socket.local_addr().unwrap().port();
    drop(socket);
    let sender = super::tests::sender(at_port(Some(closed)), &[20, 20]);
    assert_eq!(sender.probe(nas_id()).await, Probe::Closed);
    assert_eq!(sender.probe(NasId::nil()).await, Probe::NotPossible);
}
