use std::path::Path;
use std::sync::Arc;

use billing::gateway::{NewCharge, Notice, PaymentGateway, RemoteError, RemoteState};
use connectors::simgateway::{Remote, SIGNATURE_HEADER, SentNotice, SimGateway};
use kernel::clock::ManualClock;
use kernel::{Money, Ts};
use network::Secret;

const KEY: &str = "kunci-gateway-simulasi";

struct Side {
    clock: ManualClock,
    remote: Arc<Remote>,
    gateway: SimGateway,
}

fn at(secs: i64) -> Ts {
    Ts::from_secs(1_795_312_800 + secs)
}

fn side(file: Option<&Path>) -> Side {
    let clock = ManualClock::at(at(0));
    let remote = Arc::new(Remote::open(Secret::new(KEY), file).unwrap());
    let key = Some(Secret::new(KEY));
    let page = "http://127.0.0.1:8080/gateway/simulated/pay/";
    let gateway = SimGateway::new(remote.clone(), key, Arc::new(clock.clone()), page);
    Side { clock, remote, gateway }
}

fn charge(reference: &str, amount: i64) -> NewCharge {
    NewCharge {
        reference: reference.into(),
        amount: Money::rupiah(amount),
        open_amount: amount == 0,
        expires_at: at(900),
    }
}

fn verify(side: &Side, sent: &SentNotice) -> Result<Notice, RemoteError> {
    side.gateway.verify(&sent.headers, &sent.body)
}

#[tokio::test]
async fn a_charge_paid_once_is_told_by_notice_and_by_status_alike() {
    let side = side(None);
    let wanted = charge("SB-1", 277_500);
    let checkout = side.gateway.create(&wanted).await.unwrap();
    assert_eq!(checkout, side.gateway.create(&wanted).await.unwrap(), "the same again");
    let url = "http://127.0.0.1:8080/gateway/simulated/pay/SB-1";
    assert_eq!(checkout.url.as_deref(), Some(url));
    let code = checkout.code.unwrap();
    assert_eq!(side.remote.by_code(&code).unwrap().reference, "SB-1");
    assert_eq!(side.gateway.status("SB-1").await.unwrap(), []);

    let sent = side.remote.pay("SB-1", Some(Money::rupiah(1)), at(60)).unwrap();
    let again = side.remote.pay("SB-1", None, at(90)).unwrap();
    assert_eq!(sent, again, "a second press pays nothing");
    let notice = verify(&side, &sent).unwrap();
    assert!(notice.conclusive);
    assert_eq!(notice.payment.amount, Money::rupiah(277_500), "the amount is not the payer's");
    assert_eq!((notice.payment.state, notice.payment.paid_at), (RemoteState::Settled, at(60)));
    assert_eq!(side.gateway.status("SB-1").await.unwrap(), [notice.payment]);
    assert_eq!(side.remote.notices("SB-1", at(99)).unwrap(), [sent]);
    assert_eq!(side.gateway.status("SB-unknown").await.unwrap(), []);
}

#[tokio::test]
async fn a_permanent_account_takes_any_amount_again_and_again() {
    let side = side(None);
    side.gateway.create(&charge("SB-2", 0)).await.unwrap();
    let fault = side.remote.pay("SB-2", None, at(1)).unwrap_err();
    assert_eq!(fault.fields[0].name, "amount");
    let far = at(86_400 * 30);
    let one = side.remote.pay("SB-2", Some(Money::rupiah(50_000)), at(1)).unwrap();
    let two = side.remote.pay("SB-2", Some(Money::rupiah(70_000)), far).unwrap();
    let (one, two) = (verify(&side, &one).unwrap(), verify(&side, &two).unwrap());
    assert_ne!(one.notice_id, two.notice_id);
    assert_ne!(one.payment.payment_reference, two.payment.payment_reference);
    assert_eq!(side.gateway.status("SB-2").await.unwrap(), [one.payment, two.payment]);
}

#[tokio::test]
async fn a_charge_not_paid_in_time_expires_and_takes_no_money() {
    let side = side(None);
    side.gateway.create(&charge("SB-3", 277_500)).await.unwrap();
    side.clock.set(at(900));
    let told = side.gateway.status("SB-3").await.unwrap();
    assert_eq!((told.len(), told[0].state), (1, RemoteState::Expired));
    let fault = side.remote.pay("SB-3", None, at(900)).unwrap_err();
    assert_eq!(fault.code, "connectors.gateway_expired");
    let sent = side.remote.notices("SB-3", at(900)).unwrap();
    assert_eq!(verify(&side, &sent[0]).unwrap().payment.state, RemoteState::Expired);
}

#[tokio::test]
async fn a_refund_is_another_notice_of_the_same_payment() {
    let side = side(None);
    side.gateway.create(&charge("SB-4", 277_500)).await.unwrap();
    assert!(side.remote.refund("SB-4", at(1)).is_err(), "nothing was paid");
    let paid = verify(&side, &side.remote.pay("SB-4", None, at(10)).unwrap()).unwrap();
    let back = verify(&side, &side.remote.refund("SB-4", at(20)).unwrap()).unwrap();
    assert_eq!(back.payment.payment_reference, paid.payment.payment_reference);
    assert_eq!(back.payment.state, RemoteState::Refunded);
    assert_ne!(back.notice_id, paid.notice_id);
}

#[tokio::test]
async fn a_notice_is_refused_without_key_with_another_key_or_when_touched() {
    let side = side(None);
    side.gateway.create(&charge("SB-5", 277_500)).await.unwrap();
    let sent = side.remote.pay("SB-5", None, at(10)).unwrap();
    verify(&side, &sent).unwrap();
    let refused = |gateway: &SimGateway, headers: &[(String, String)], body: &[u8]| {
        let answer = gateway.verify(headers, body);
        assert!(matches!(answer, Err(RemoteError::Rejected(_))), "{answer:?}");
    };
    for key in [None, Some(Secret::new("kunci-gateway-yang-lain")), Some(Secret::new(""))] {
        let other = SimGateway::new(side.remote.clone(), key, Arc::new(side.clock.clone()), "x");
        refused(&other, &sent.headers, &sent.body);
    }
    let mut more = sent.body.clone();
    more.extend_from_slice(b" ");
    refused(&side.gateway, &sent.headers, &more);
    let cheaper = String::from_utf8(sent.body.clone()).unwrap().replace("277500", "277501");
    refused(&side.gateway, &sent.headers, cheaper.as_bytes());
    refused(&side.gateway, &[], &sent.body);
    let twice: Vec<_> = sent.headers.iter().chain(&sent.headers).cloned().collect();
    refused(&side.gateway, &twice, &sent.body);
    let upper: Vec<(String, String)> =
        sent.headers.iter().map(|(n, v)| (n.to_uppercase(), v.clone())).collect();
    side.gateway.verify(&upper, &sent.body).unwrap();
    assert!(!format!("{:?} {:?}", side.gateway, side.remote).contains(KEY));
}

#[tokio::test]
async fn a_signed_body_that_makes_no_sense_is_refused() {
    use hmac::{Hmac, KeyInit, Mac};
    let side = side(None);
    let signed = |body: &str| {
        let mac = Hmac::<sha2::Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
        let tag = mac.chain_update(body.as_bytes()).finalize().into_bytes();
        let value = format!("sha256={}", data_encoding::HEXLOWER.encode(&tag));
        vec![(SIGNATURE_HEADER.to_owned(), value)]
    };
    let good = r#"{"notice_id":"n1","merchant_ref":"SB-6","payment_id":"p1","amount":5,"currency":"IDR","state":"PAID","paid_at":"2026-11-22T02:00:00Z"}"#;
    side.gateway.verify(&signed(good), good.as_bytes()).unwrap();
    for (from, to) in [
        ("IDR", "USD"),
        ("\"amount\":5", "\"amount\":0"),
        ("\"amount\":5", "\"amount\":-5"),
        ("\"amount\":5", "\"amount\":5.5"),
        ("PAID", "MAYBE"),
        ("\"p1\"", "\"\""),
        ("SB-6", "SB\\u0000"),
        ("n1", ""),
        ("{", ""),
    ] {
        let body = good.replacen(from, to, 1);
        let answer = side.gateway.verify(&signed(&body), body.as_bytes());
        assert!(matches!(answer, Err(RemoteError::Rejected(_))), "{body}");
    }
}

#[tokio::test]
async fn a_gateway_that_is_away_is_tried_later_and_loses_nothing() {
    let side = side(None);
    side.gateway.create(&charge("SB-7", 277_500)).await.unwrap();
    side.remote.pay("SB-7", None, at(10)).unwrap();
    side.remote.set_away(true);
    let unavailable = |e: RemoteError| assert!(matches!(e, RemoteError::Unavailable(_)), "{e:?}");
    unavailable(side.gateway.create(&charge("SB-8", 1)).await.unwrap_err());
    unavailable(side.gateway.status("SB-7").await.unwrap_err());
    assert_eq!(side.remote.pay("SB-7", None, at(11)).unwrap_err().code, "connectors.gateway_away");
    side.remote.set_away(false);
    assert_eq!(side.gateway.status("SB-7").await.unwrap()[0].state, RemoteState::Settled);
}

#[tokio::test]
async fn the_books_outlive_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gateway.json");
    let before = side(Some(&file));
    before.gateway.create(&charge("SB-9", 277_500)).await.unwrap();
    let sent = before.remote.pay("SB-9", None, at(10)).unwrap();
    let after = side(Some(&file));
    assert_eq!(after.remote.notices("SB-9", at(20)).unwrap(), [sent]);
    after.gateway.create(&charge("SB-10", 1_000)).await.unwrap();
    let next = verify(&after, &after.remote.pay("SB-10", None, at(30)).unwrap()).unwrap();
    assert!(next.payment.payment_reference.starts_with("SIM000000002-"), "numbers go on");
    std::fs::write(&file, b"{").unwrap();
    let broken = Remote::open(Secret::new(KEY), Some(&file)).unwrap_err();
    assert_eq!(broken.code, "connectors.gateway_books");
    assert!(Remote::open(Secret::new("pendek"), None).is_err());
}
