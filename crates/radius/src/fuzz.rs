//! Whatever arrives, nothing panics; and what we write, we read.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::packet::{Attributes, Code, Packet, text};
use crate::sign::{Strictness, check_access_request, check_hashed_request, check_reply};
use crate::{AccessRequest, AccountingRequest, Builder, Credential, Secret};
use crate::{dictionary, dynamic, mschap, password};

/// Everything the server does with bytes from outside.
fn swallow(bytes: &[u8]) -> bool {
    let secret = Secret::new(b"rahasia-yang-cukup-panjang");
    let _ = dynamic::read_answer(bytes, bytes, &secret);
    let Ok(packet) = Packet::parse(bytes) else { return false };
    for strictness in [Strictness::Required, Strictness::Legacy] {
        let _ = check_access_request(&packet, &secret, strictness);
    }
    let _ = check_hashed_request(&packet, &secret);
    let _ = check_reply(&packet, packet.identifier(), &[0; 16], &secret);
    let access = AccessRequest::read(&packet);
    let hash = mschap::nt_hash("password");
    match access.credential {
        Credential::Pap(hidden) => {
            let _ = password::check_pap(hidden, &secret, packet.authenticator(), b"password");
        }
        Credential::Chap { identifier, challenge, response } => {
            let _ = password::check_chap(identifier, b"password", challenge, response);
        }
        Credential::MsChap1 { challenge, response } => {
            let _ = mschap::check_v1(&hash, challenge, response);
        }
        Credential::MsChap2 { challenge, response } => {
            let name = access.user_name.unwrap_or_default();
            let _ = mschap::check_v2(&hash, name, challenge, response);
        }
        Credential::Eap | Credential::None => {}
    }
    let accounting = AccountingRequest::read(&packet);
    let _ = (accounting.bytes_in(), accounting.bytes_out(), accounting.status());
    for attribute in packet.attributes() {
        let _ = (attribute.number(), attribute.text(), attribute.address());
        let _ = attribute.vendor().map(Iterator::count);
    }
    let mut buffer = [0; 4096];
    let mut reply =
        Builder::reply(&mut buffer, Code::AccessAccept, &packet).message_authenticator();
    reply.echo_proxy_state(&packet);
    let _ = reply.sign_reply(&secret);
    true
}

fn signed(attributes: &[(u8, Vec<u8>)], secret: &Secret) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let mut builder =
        Builder::request(&mut buffer, Code::AccessRequest, 3, &[0x5a; 16]).message_authenticator();
    for (kind, value) in attributes {
        builder.put(*kind, value);
    }
    builder.sign_request(secret).unwrap().to_vec()
}

fn attributes() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let kind = any::<u8>().prop_filter("placed by the builder", |kind| *kind != 80);
    vec((kind, vec(any::<u8>(), 0..=60)), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        swallow(&bytes);
    }

    #[test]
    fn random_bytes_behind_a_right_header_never_panic(code in 0..50_u8, body in vec(any::<u8>(), 0..300)) {
        let mut bytes = vec![code, 1];
        bytes.extend((20 + body.len() as u16).to_be_bytes());
        bytes.extend([1; 16]);
        bytes.extend(body);
        swallow(&bytes);
    }

    #[test]
    fn what_is_written_is_read_and_believed(attributes in attributes()) {
        let secret = Secret::new(b"rahasia-yang-cukup-panjang");
        let bytes = signed(&attributes, &secret);
        let packet = Packet::parse(&bytes).unwrap();
        prop_assert_eq!(check_access_request(&packet, &secret, Strictness::Required), Ok(true));
        let read: Vec<(u8, Vec<u8>)> =
            packet.attributes().skip(1).map(|a| (a.kind, a.value.to_vec())).collect();
        prop_assert_eq!(read, attributes);
        prop_assert!(swallow(&bytes));
    }

    #[test]
    fn one_changed_byte_is_malformed_or_not_believed(attributes in attributes(), at: prop::sample::Index, flip in 1..=255_u8) {
        let secret = Secret::new(b"rahasia-yang-cukup-panjang");
        let mut bytes = signed(&attributes, &secret);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let believed = Packet::parse(&bytes)
            .is_ok_and(|p| check_access_request(&p, &secret, Strictness::Required).is_ok());
        prop_assert!(!believed);
        swallow(&bytes);
    }

    #[test]
    fn a_truncated_packet_is_malformed(attributes in attributes(), cut in 1..20_usize) {
        let bytes = signed(&attributes, &Secret::new(b"s"));
        prop_assert!(!swallow(&bytes[..bytes.len() - cut]));
    }

    #[test]
    fn any_text_for_any_attribute_is_encoded_or_refused(name in "[A-Za-z:0-9-]{0,30}", value in ".{0,80}") {
        let _ = dictionary::encode(&name, &value);
        for entry in dictionary::entries() {
            match dictionary::encode(entry.name, &value) {
                Ok(bytes) => {
                    prop_assert_eq!(Attributes::of(&bytes).count(), 1);
                    prop_assert_eq!(usize::from(bytes[1]), bytes.len());
                }
                Err(error) => prop_assert!(!error.indonesian().is_empty()),
            }
        }
    }

    #[test]
    fn text_of_a_value_is_text(bytes in vec(any::<u8>(), 0..40)) {
        if let Some(text) = text(&bytes) {
            prop_assert!(bytes.starts_with(text.as_bytes()));
        }
    }
}
