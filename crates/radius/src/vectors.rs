//! The packets and digests that the RFCs print.

use crate::build::Builder;
use crate::kind;
use crate::packet::{Code, Packet};
use crate::password::{Pap, chap_response, check_chap, check_pap};
use crate::sign::{Strictness, Unproven, check_access_request, check_reply};
use crate::{AccessRequest, Credential, Secret, mppe, mschap};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

const SECRET: &[u8] = b"xyzzy5461";

#[test]
fn rfc_2865_section_7_1_user_telnet_to_specified_host() {
    let secret = Secret::new(SECRET);
    let request = bytes(
        "01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d
         93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03",
    );
    let packet = Packet::parse(&request).unwrap();
    let access = AccessRequest::read(&packet);
    assert_eq!(access.user_name, Some(&b"nemo"[..]));
    let Credential::Pap(hidden) = access.credential else { panic!("{access:?}") };
    let right = check_pap(hidden, &secret, packet.authenticator(), b"arctangent");
    assert_eq!(right, Pap::Right);

    let reply = bytes(
        "02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00
         0e 06 c0 a8 01 03",
    );
    let parsed = Packet::parse(&reply).unwrap();
    assert_eq!(check_reply(&parsed, 0, packet.authenticator(), &secret), Ok(false));
    let mut buffer = [0; 4096];
    let mut builder = Builder::reply(&mut buffer, Code::AccessAccept, &packet);
    builder.put_number(kind::SERVICE_TYPE, 1).put_number(15, 0);
    builder.put_address(14, [192, 168, 1, 3].into());
    assert_eq!(builder.sign_reply(&secret).unwrap(), reply);

    let mut buffer = [0; 4096];
    let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 0, packet.authenticator());
    builder.put(kind::USER_NAME, b"nemo").put_user_password(b"arctangent", &secret);
    builder.put_address(kind::NAS_IP_ADDRESS, [192, 168, 1, 16].into());
    builder.put_number(kind::NAS_PORT, 3);
    assert_eq!(builder.sign_request(&secret).unwrap(), request);
}

#[test]
fn rfc_2865_section_7_2_user_with_chap() {
    let secret = Secret::new(SECRET);
    let request = bytes(
        "01 01 00 47 2a ee 86 f0 8d 0d 55 96 9c a5 97 8e 0d 33 67 a2 01 08 66 6c 6f 70 73 79 03 13 16 e9
         75 57 c3 16 18 58 95 f2 93 ff 63 44 07 72 75 04 06 c0 a8 01 10 05 06 00 00 00 14 06 06 00 00 00
         02 07 06 00 00 00 01",
    );
    let packet = Packet::parse(&request).unwrap();
    let access = AccessRequest::read(&packet);
    assert_eq!(access.service_type, Some(2));
    let Credential::Chap { identifier, challenge, response } = access.credential else {
        panic!("{access:?}")
    };
    assert_eq!((identifier, challenge), (0x16, &packet.authenticator()[..]));
    assert!(check_chap(identifier, b"arctangent", challenge, response));
    assert!(!check_chap(identifier, b"arctangenT", challenge, response));
    assert!(!check_chap(identifier + 1, b"arctangent", challenge, response));

    let reply = bytes(
        "02 01 00 38 15 ef bc 7d ab 26 cf a3 dc 34 d9 c0 3c 86 01 a4 06 06 00 00 00 02 07 06 00 00 00 01
         08 06 ff ff ff fe 0a 06 00 00 00 02 0d 06 00 00 00 01 0c 06 00 00 05 dc",
    );
    let reply = Packet::parse(&reply).unwrap();
    assert_eq!(check_reply(&reply, 1, packet.authenticator(), &secret), Ok(false));
}

#[test]
fn rfc_5997_section_6_status_server() {
    let secret = Secret::new(SECRET);
    let request = bytes(
        "0c da 00 26 8a 54 f4 68 6f b3 94 c5 28 66 e3 02 18 5d 06 23 50 12 5a 66 5e 2e 1e 84 11 f3 e2 43
         82 20 97 c8 4f a3",
    );
    let packet = Packet::parse(&request).unwrap();
    assert_eq!(packet.code(), Some(Code::StatusServer));
    assert_eq!(check_access_request(&packet, &secret, Strictness::Legacy), Ok(true));
    let mut buffer = [0; 4096];
    let reply = Builder::reply(&mut buffer, Code::AccessAccept, &packet);
    let expected = bytes("02 da 00 14 ef 0d 55 2a 4b f2 d6 93 ec 2b 6f e8 b5 41 1d 66");
    assert_eq!(reply.sign_reply(&secret).unwrap(), expected);

    let accounting = bytes(
        "0c b3 00 26 92 5f 6b 66 dd 5f ed 57 1f cb 1d b7 ad 38 82 60 50 12 e8 d6 ea bd a9 10 87 5c d9 1f
         da de 26 36 78 58",
    );
    let packet = Packet::parse(&accounting).unwrap();
    assert_eq!(check_access_request(&packet, &secret, Strictness::Required), Ok(true));
    let other = check_access_request(&packet, &Secret::new(b"other"), Strictness::Legacy);
    assert_eq!(other, Err(Unproven::MessageAuthenticatorWrong));
}

#[test]
fn an_unsigned_request_is_taken_from_a_legacy_nas_only_and_never_with_proxy_state_or_eap() {
    let secret = Secret::new(SECRET);
    let mut buffer = [0; 4096];
    for (kind, legacy) in [
        (kind::USER_NAME, Ok(false)),
        (kind::PROXY_STATE, Err(Unproven::ProxyStateUnsigned)),
        (kind::EAP_MESSAGE, Err(Unproven::MessageAuthenticatorMissing)),
    ] {
        let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 1, &[1; 16]);
        builder.put(kind, b"x");
        let packet = Packet::parse(builder.sign_request(&secret).unwrap()).unwrap();
        assert_eq!(check_access_request(&packet, &secret, Strictness::Legacy), legacy);
        let strict = check_access_request(&packet, &secret, Strictness::Required);
        assert_eq!(strict, Err(Unproven::MessageAuthenticatorMissing));
    }
    let builder = Builder::request(&mut buffer, Code::StatusServer, 1, &[1; 16]);
    let packet = Packet::parse(builder.sign_request(&secret).unwrap()).unwrap();
    let status = check_access_request(&packet, &secret, Strictness::Legacy);
    assert_eq!(status, Err(Unproven::MessageAuthenticatorMissing));
}

#[test]
fn rfc_2759_section_9_2_ms_chap_v2() {
    let hash = mschap::nt_hash("clientPass");
    assert_eq!(hash, array("44 EB BA 8D 53 12 B8 D6 11 47 44 11 F5 69 89 AE"));
    let hash_hash = array("41 C0 0C 58 4B D2 D9 1C 40 17 A2 A1 2F A5 9F 3F");
    assert_eq!(mschap::nt_hash_hash(&hash), hash_hash);
    let challenge = array("5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28");
    let peer = array("21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E");
    let nt: [u8; 24] =
        array("82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF");
    assert_eq!(mschap::v2_response(&hash, b"User", &challenge, &peer), nt);

    let mut response = [0; 50];
    response[0] = 0x2a;
    response[2..18].copy_from_slice(&peer);
    response[26..].copy_from_slice(&nt);
    let proof = mschap::check_v2(&hash, b"User", &challenge, &response).unwrap();
    assert_eq!(&proof.success[1..], b"S=407A5589115FD0D6209F510FE9C04566932CDA56");
    assert_eq!(proof.success[0], 0x2a);
    assert!(mschap::check_v2(&hash, b"user", &challenge, &response).is_none());

    // RFC 3079 section 3.5.3 goes on with the same numbers.
    let keys = mppe::keys(&proof);
    assert_eq!(keys.send, array("8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB"));
    assert_ne!(keys.send, keys.receive);
    response[49] ^= 1;
    assert!(mschap::check_v2(&hash, b"User", &challenge, &response).is_none());
}

#[test]
fn rfc_2433_appendix_b_ms_chap_v1() {
    let hash = mschap::nt_hash("MyPw");
    assert_eq!(hash, array("FC 15 6A F7 ED CD 6C 0E DD E3 33 7D 42 7F 4E AC"));
    let challenge = array("10 2D B5 DF 08 5D 30 41");
    let nt: [u8; 24] =
        array("4E 9D 3C 8F 9C FD 38 5D 5B F4 D3 24 67 91 95 6C A4 C3 51 AB 40 9A 3D 61");
    assert_eq!(mschap::challenge_response(&challenge, &hash), nt);
    let mut response = [0; 50];
    response[1] = 1;
    response[26..].copy_from_slice(&nt);
    assert!(mschap::check_v1(&hash, &challenge, &response));
    assert!(!mschap::check_v1(&mschap::nt_hash("MyPW"), &challenge, &response));
}

#[test]
fn hidden_keys_come_back_with_the_password_algorithm() {
    let secret = Secret::new(SECRET);
    let authenticator = [7; 16];
    let key = [0x42; 16];
    let value = mppe::hide_key(&key, &secret, &authenticator, 5);
    assert_eq!(value[..2], [0x80, 5]);
    let first = secret.md5_with(&[&authenticator, &value[..2]]);
    let second = secret.md5_with(&[&value[2..18]]);
    let clear: Vec<u8> =
        value[2..].iter().zip(first.iter().chain(&second)).map(|(a, b)| a ^ b).collect();
    assert_eq!((clear[0], &clear[1..17]), (16, &key[..]));
    assert_eq!(clear[17..], [0; 15]);
    assert_eq!(mppe::reveal_key(&value, &secret, &authenticator), Some(key));
    assert_eq!(mppe::reveal_key(&value, &Secret::new(b"other"), &authenticator), None);

    let hash = mschap::nt_hash("MyPw");
    let v1 = mppe::v1_keys(&hash, &secret, &authenticator);
    let mut room = [0; 128];
    let clear = crate::password::reveal(&v1, &secret, &authenticator, &mut room).unwrap();
    assert_eq!(clear[8..24], mschap::nt_hash_hash(&hash));
}

#[test]
fn chap_uses_the_challenge_attribute_when_there_is_one() {
    let mut buffer = [0; 4096];
    let mut value = vec![5];
    value.extend(chap_response(5, b"pw", b"another challenge"));
    let mut builder = Builder::request(&mut buffer, Code::AccessRequest, 1, &[1; 16]);
    builder.put(kind::CHAP_PASSWORD, &value).put(kind::CHAP_CHALLENGE, b"another challenge");
    let packet = Packet::parse(builder.sign_request(&Secret::new(b"s")).unwrap()).unwrap();
    let Credential::Chap { identifier, challenge, response } =
        AccessRequest::read(&packet).credential
    else {
        panic!("no CHAP")
    };
    assert!(check_chap(identifier, b"pw", challenge, response));
}
