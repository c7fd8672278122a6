use super::*;
use crate::engine::{Answer, Engine};
use crate::kit::{self, METHODS, Method, PASSWORD, SECRET, at, mac, profile, row};
use network::{Desired, Mac, MacPolicy, Vendor};
use radius::mschap;

fn secret() -> Secret {
    Secret::new(SECRET.as_bytes())
}

fn text(value: &str) -> Value {
    json!({ "type": "string", "value": [value] })
}
fn octets(value: &[u8]) -> Value {
    json!({ "type": "octets", "value": [shown(value)] })
}

/// A login as rlm_rest tells it.
fn login(method: Method, clear: &str, mac: Mac) -> Value {
    let hash = mschap::nt_hash(clear);
    let mut response = [0; 50];
    let mut said = json!({
        "User-Name": text("budi"), "Calling-Station-Id": text(&mac.to_string()),
        "NAS-IP-Address": { "type": "ipaddr", "value": ["10.9.9.9"] },
        "Service-Type": { "type": "integer", "value": ["Framed-User"] },
        "Message-Authenticator": octets(&[9; 16]), "Proxy-State": octets(b"hop"),
        "Acct-Unique-Session-Id": text("x"),
    });
    match method {
        Method::Pap => said["User-Password"] = text(clear),
        Method::Chap => {
            let proof = password::chap_response(9, clear.as_bytes(), &[3; 16]);
            said["CHAP-Password"] = octets(&[&[9], &proof[..]].concat());
            said["CHAP-Challenge"] = octets(&[3; 16]);
        }
        Method::MsChap1 => {
            response[1] = 1;
            response[26..].copy_from_slice(&mschap::challenge_response(&[4; 8], &hash));
            said["MS-CHAP-Challenge"] = octets(&[4; 8]);
            said["MS-CHAP-Response"] = octets(&response);
        }
        Method::MsChap2 => {
            response[2..18].copy_from_slice(&[6; 16]);
            let proof = mschap::v2_response(&hash, b"budi", &[5; 16], &[6; 16]);
            response[26..].copy_from_slice(&proof);
            said["MS-CHAP-Challenge"] = octets(&[5; 16]);
            said["MS-CHAP2-Response"] = octets(&response);
        }
    }
    said
}

/// Asks the engine as the door does.
fn ask(engine: &Engine, said: &Value, n: u8) -> Told {
    let mut room = [0; 4096];
    let body = said.to_string();
    let asked = request(body.as_bytes(), Port::Auth, &secret(), Stamp([n; 16]), &mut room)
        .unwrap()
        .to_vec();
    match engine.answer(&asked, "10.0.0.1:0".parse().unwrap(), at(0)) {
        Answer::Reply(bytes) => reply(&bytes, &asked, &secret()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn value<'a>(told: &'a Told, name: &str) -> Vec<&'a str> {
    let all = told.attributes.get(name).and_then(|v| v["value"].as_array());
    all.into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_kind_of_password_is_proven_by_the_one_engine_and_none_is_told() {
    let engine = kit::engine(vec![row(1, "budi")]);
    for (n, method) in (1..).zip(METHODS) {
        let told = ask(&engine, &login(method, PASSWORD, mac(1)), n);
        assert_eq!(told.code, Code::AccessAccept, "{method:?}");
        assert_eq!(value(&told, "control:Auth-Type"), ["Accept"]);
        assert_eq!(value(&told, "reply:Mikrotik-Rate-Limit"), ["20M/20M"]);
        assert_eq!(value(&told, "reply:Acct-Interim-Interval"), ["300"]);
        assert_eq!(value(&told, "reply:Class"), ["0x0000000000000007"]);
        let success = value(&told, "reply:MS-CHAP2-Success").len();
        assert_eq!(success, usize::from(method == Method::MsChap2));
        let body = Value::Object(told.attributes).to_string();
        assert!(!body.contains(PASSWORD) && !body.contains("Cleartext"), "{body}");
        let told = ask(&engine, &login(method, "bukan", mac(1)), n + 100);
        assert_eq!(told.code, Code::AccessReject, "{method:?}");
        assert!(told.attributes.keys().all(|name| name.starts_with("reply:")));
    }
    assert_eq!(engine.counters.snapshot().iter().find(|c| c.0 == "accepted").unwrap().1, 4);
}

#[test]
fn a_refusal_says_why_and_carries_the_error_that_ms_chap_needs() {
    let mut locked = row(1, "budi");
    (locked.mac_policy, locked.mac) = (MacPolicy::Scan, Some(mac(1)));
    let engine = kit::engine(vec![locked]);
    let told = ask(&engine, &login(Method::MsChap1, PASSWORD, mac(2)), 1);
    assert_eq!(told.code, Code::AccessReject);
    assert_eq!(value(&told, "reply:MS-CHAP-Error"), ["\\000E=691 R=0"]);
    assert_eq!(value(&told, "reply:Reply-Message").len(), 1);
    assert!(matches!(
        engine.notes.take(9).as_slice(),
        [crate::note::Note::Reject(r)] if r.reason == network::RejectReason::MacDiffers
    ));
}

#[test]
fn values_of_every_form_are_told_as_freeradius_reads_them() {
    let attributes = [
        (Vendor::Standard, "Filter-Id", "a\\b"),
        (Vendor::Standard, "Framed-IPv6-Prefix", "2001:db8:1::/56"),
        (Vendor::Standard, "Tunnel-Private-Group-Id:3", "vlan-9"),
        (Vendor::Standard, "MS-MPPE-Encryption-Policy", "Encryption-Required"),
        (Vendor::Mikrotik, "Mikrotik-Address-List", "satu"),
        (Vendor::Mikrotik, "Mikrotik-Address-List", "dua"),
    ];
    let rich = profile(7, false, &attributes);
    let mut budi = row(1, "budi");
    budi.desired = Desired::Full { profile: rich.id };
    (budi.profile, budi.fixed_ip) = (Some(rich), Some("10.1.2.3".parse().unwrap()));
    let engine = kit::engine(vec![budi]);
    let told = ask(&engine, &login(Method::MsChap2, PASSWORD, mac(1)), 1);
    assert_eq!(value(&told, "reply:Filter-Id"), ["a\\\\b"]);
    assert_eq!(value(&told, "reply:Framed-IPv6-Prefix"), ["2001:db8:1::/56"]);
    assert_eq!(value(&told, "reply:Tunnel-Private-Group-Id:3"), ["vlan-9"]);
    assert_eq!(value(&told, "reply:Mikrotik-Address-List"), ["satu", "dua"]);
    assert_eq!(value(&told, "reply:Framed-IP-Address"), ["10.1.2.3"]);
    // The keys come in clear: FreeRADIUS hides them for the router.
    let proof = mschap::v2_response(&mschap::nt_hash(PASSWORD), b"budi", &[5; 16], &[6; 16]);
    let mut response = [0; 50];
    response[2..18].copy_from_slice(&[6; 16]);
    response[26..].copy_from_slice(&proof);
    let proof = mschap::check_v2(&mschap::nt_hash(PASSWORD), b"budi", &[5; 16], &response).unwrap();
    let keys = radius::mppe::keys(&proof);
    assert_eq!(value(&told, "reply:MS-MPPE-Send-Key"), [shown(&keys.send)]);
    assert_eq!(value(&told, "reply:MS-MPPE-Recv-Key"), [shown(&keys.receive)]);
    let told = ask(&engine, &login(Method::MsChap1, PASSWORD, mac(1)), 2);
    let hash = mschap::nt_hash_hash(&mschap::nt_hash(PASSWORD));
    let whole = [&[0; 8][..], &hash].concat();
    assert_eq!(value(&told, "reply:MS-CHAP-MPPE-Keys"), [shown(&whole)]);
    assert!(told.attributes.values().all(|v| v["do_xlat"] == json!(false)));
}

#[test]
fn a_report_is_read_with_its_names_and_numbers() {
    let said = json!({
        "Acct-Status-Type": { "type": "integer", "value": ["Stop"] },
        "Acct-Session-Id": text("81000001"), "User-Name": text("budi"),
        "Framed-IP-Address": { "type": "ipaddr", "value": ["10.64.0.9"] },
        "Acct-Session-Time": { "type": "integer", "value": [320] },
        "Acct-Input-Octets": { "type": "integer", "value": [7] },
        "Acct-Input-Gigawords": { "type": "integer", "value": [1] },
        "Acct-Terminate-Cause": { "type": "integer", "value": ["Lost-Carrier"] },
        "Class": octets(&7_i64.to_be_bytes()),
        "Event-Timestamp": { "type": "date", "value": ["Nov 27 2026 16:00:00 UTC"] },
    });
    let mut room = [0; 4096];
    let body = said.to_string();
    let bytes = request(body.as_bytes(), Port::Acct, &secret(), Stamp([1; 16]), &mut room).unwrap();
    let packet = Packet::parse(bytes).unwrap();
    assert!(radius::sign::check_hashed_request(&packet, &secret()).is_ok());
    let report = radius::AccountingRequest::read(&packet);
    let record = crate::record::read(kit::nas_id(), &report, at(0)).unwrap();
    assert_eq!(record.kind, network::RecordKind::Stop);
    assert_eq!((record.bytes_in, record.secs), ((1 << 32) + 7, 320));
    assert_eq!(record.cause.as_deref(), Some("Lost-Carrier"));
    assert_eq!(
        (record.access_version, record.framed_ip),
        (Some(7), Some("10.64.0.9".parse().unwrap()))
    );
}

#[test]
fn what_is_no_request_is_refused_and_a_password_of_broken_letters_is_only_wrong() {
    let mut room = [0; 4096];
    for body in ["", "[]", "{", "7"] {
        let asked = request(body.as_bytes(), Port::Auth, &secret(), Stamp([0; 16]), &mut room);
        assert!(asked.is_err(), "{body}");
    }
    let long = json!({ "User-Name": text("budi"), "User-Password": text(&"x".repeat(200)) });
    let body = long.to_string();
    assert!(request(body.as_bytes(), Port::Auth, &secret(), Stamp([0; 16]), &mut room).is_err());
    let engine = kit::engine(vec![row(1, "budi")]);
    let mut body = br#"{"User-Name":{"type":"string","value":["budi"]},"User-Password":{"type":"string","value":[""#.to_vec();
    body.extend([0xff, 0xfe]);
    body.extend(br#""]}}"#);
    let asked = request(&body, Port::Auth, &secret(), Stamp([3; 16]), &mut room).unwrap().to_vec();
    let Answer::Reply(bytes) = engine.answer(&asked, "10.0.0.1:0".parse().unwrap(), at(0)) else {
        panic!("no answer")
    };
    assert_eq!(reply(&bytes, &asked, &secret()).unwrap().code, Code::AccessReject);
}
