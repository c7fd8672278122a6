use std::sync::{Arc, Barrier};

use kernel::AccountId;
use network::directory::DirectoryRow;
use network::{AccountState, Desired, MacPolicy, MessageAuthenticator, RejectReason, Vendor};
use radius::packet::PACKET_BYTES_MAX;
use radius::sign::Unproven;
use radius::{Builder, Code, kind};

use super::*;
use crate::kit::{
    Asker, METHODS, Method, PASSWORD, at, engine, isolir, mac, nas_row, profile, row, uuid, vendors,
};
use crate::note::{Hint, Login, Reject};

fn rejects(engine: &Engine) -> Vec<Reject> {
    let only = |note| if let Note::Reject(reject) = note { Some(reject) } else { None };
    engine.notes.take(100).into_iter().filter_map(only).collect()
}

fn reason_of(engine: &Engine) -> RejectReason {
    let list = rejects(engine);
    assert_eq!(list.len(), 1, "{list:?}");
    list[0].reason
}

#[test]
fn every_method_accepts_the_right_password_and_no_other() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    for method in METHODS {
        let right = nas.login(method, "budi", PASSWORD, Some(mac(1)), true);
        let (code, attributes) = nas.ask(&engine, &right, at(0));
        assert_eq!(code, Code::AccessAccept, "{method:?}");
        let said = vendors(&attributes);
        assert!(said.contains(&"14988/8=20M/20M".to_owned()), "{said:?}");
        assert_eq!(said.iter().any(|s| s.starts_with("311/26=")), method == Method::MsChap2);
        let class = attributes.iter().find(|(kind, _)| *kind == kind::CLASS).unwrap();
        assert_eq!(class.1, 7_i64.to_be_bytes());

        let wrong = nas.login(method, "budi", "bukan", Some(mac(1)), true);
        let (code, attributes) = nas.ask(&engine, &wrong, at(0));
        assert_eq!(code, Code::AccessReject, "{method:?}");
        let error = vendors(&attributes).iter().any(|s| s.contains("E=691 R=0"));
        assert_eq!(error, matches!(method, Method::MsChap1 | Method::MsChap2));
        assert_eq!(reason_of(&engine), RejectReason::WrongPassword);
    }
}

#[test]
fn a_user_name_counts_in_any_case_and_unknown_ones_are_explained() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "BuDi", 1, at(0)), Code::AccessAccept);
    for name in ["budi2", "", &"x".repeat(200)] {
        assert_eq!(nas.try_login(&engine, name, 1, at(0)), Code::AccessReject);
        let reject = rejects(&engine).remove(0);
        assert_eq!((reject.reason, reject.username), (RejectReason::UnknownUser, name.to_owned()));
    }
    assert_eq!(
        engine.counters.snapshot()[..3],
        [("accepted", 1), ("isolated", 0), ("rejected", 3)]
    );
}

#[test]
fn an_isolated_account_is_accepted_with_the_isolation_profile() {
    let mut one = row(1, "budi");
    one.desired = Desired::Isolated { holds: vec!["unpaid".into()] };
    one.profile = Some(isolir());
    one.fixed_ip = Some("10.9.9.9".parse().unwrap());
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    let request = nas.login(Method::Pap, "budi", PASSWORD, None, true);
    let (code, attributes) = nas.ask(&engine, &request, at(0));
    assert_eq!(code, Code::AccessAccept);
    assert_eq!(vendors(&attributes), ["14988/19=isolir", "14988/8=64k/64k"]);
    let fixed = attributes.iter().find(|(kind, _)| *kind == kind::FRAMED_IP_ADDRESS);
    assert_eq!(fixed.unwrap().1, [10, 9, 9, 9]);
}

#[test]
fn a_pool_of_the_isolation_profile_is_stronger_than_a_fixed_address() {
    let mut one = row(1, "budi");
    one.fixed_ip = Some("10.9.9.9".parse().unwrap());
    one.profile = Some(profile(2, true, &[(Vendor::Standard, "Framed-Pool", "isolir")]));
    let isolated = engine(vec![one.clone()]);
    one.profile = Some(profile(1, false, &[(Vendor::Standard, "Framed-Pool", "normal")]));
    let normal = engine(vec![one]);
    for (engine, has_fixed) in [(isolated, false), (normal, true)] {
        let mut nas = Asker::new();
        let request = nas.login(Method::Pap, "budi", PASSWORD, None, true);
        let (_, attributes) = nas.ask(&engine, &request, at(0));
        let fixed = attributes.iter().any(|(kind, _)| *kind == kind::FRAMED_IP_ADDRESS);
        assert_eq!(fixed, has_fixed);
        assert!(attributes.iter().any(|(kind, _)| *kind == kind::FRAMED_POOL));
    }
}

#[test]
fn an_account_that_may_not_log_in_is_told_why() {
    let blocked = |reason: &str| Desired::Blocked { reason: reason.into() };
    for (state, desired, reason) in [
        (AccountState::Reserved, blocked("not_installed"), RejectReason::NotActive),
        (AccountState::Closed, blocked("terminated"), RejectReason::Terminated),
        (AccountState::Live, blocked("terminated"), RejectReason::Terminated),
        (AccountState::Live, blocked("paused"), RejectReason::NotActive),
    ] {
        let one = DirectoryRow { state, desired, profile: None, ..row(1, "budi") };
        let engine = engine(vec![one]);
        let mut nas = Asker::new();
        assert_eq!(nas.try_login(&engine, "budi", 1, at(0)), Code::AccessReject);
        assert_eq!(reason_of(&engine), reason);
        let wrong = nas.login(Method::Pap, "budi", "bukan", None, true);
        nas.ask(&engine, &wrong, at(0));
        assert_eq!(reason_of(&engine), RejectReason::WrongPassword, "the password comes first");
    }
}

#[test]
fn the_mac_lock_knows_every_notation_and_refuses_another_device() {
    let one = DirectoryRow { mac_policy: MacPolicy::Scan, mac: Some(mac(1)), ..row(1, "budi") };
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 1, at(0)), Code::AccessAccept);
    for notation in ["4a-5e-0c-00-00-01", "4A5E.0C00.0001", "4a5e0c000001"] {
        let mut room = [0; PACKET_BYTES_MAX];
        let mut builder =
            Builder::request(&mut room, Code::AccessRequest, 1, &[notation.len() as u8; 16])
                .message_authenticator();
        builder.put(kind::USER_NAME, b"budi").put_user_password(PASSWORD.as_bytes(), &nas.secret);
        builder.put(kind::CALLING_STATION_ID, notation.as_bytes());
        let request = builder.sign_request(&nas.secret).unwrap().to_vec();
        assert_eq!(nas.ask(&engine, &request, at(0)).0, Code::AccessAccept, "{notation}");
    }
    assert_eq!(nas.try_login(&engine, "budi", 2, at(0)), Code::AccessReject);
    let reject = rejects(&engine).remove(0);
    assert_eq!(reject.reason, RejectReason::MacDiffers);
    assert_eq!((reject.mac_seen, reject.mac_expected), (Some(mac(2)), Some(mac(1))));
    let without = nas.login(Method::Pap, "budi", PASSWORD, None, true);
    assert_eq!(nas.ask(&engine, &without, at(0)).0, Code::AccessReject);
}

#[test]
fn the_first_device_in_the_open_window_becomes_the_lock() {
    let one = DirectoryRow {
        mac_policy: MacPolicy::ScanConfirm,
        mac: Some(mac(1)),
        mac_open_until: Some(at(3_600)),
        ..row(1, "budi")
    };
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 2, at(0)), Code::AccessAccept);
    let account = AccountId::from_uuid(uuid(1, 1));
    assert_eq!(engine.notes.take(9), [Note::MacSeen { account, mac: mac(2), at: at(0) }]);
    assert_eq!(nas.try_login(&engine, "budi", 3, at(1)), Code::AccessReject, "the window is used");
    assert_eq!(nas.try_login(&engine, "budi", 1, at(1)), Code::AccessReject);
    assert_eq!(nas.try_login(&engine, "budi", 2, at(1)), Code::AccessAccept);
    assert!(engine.notes.take(9).iter().all(|n| matches!(n, Note::Reject(_))));
}

#[test]
fn a_wrong_password_or_a_shut_window_binds_no_device() {
    let one = DirectoryRow {
        mac_policy: MacPolicy::ScanConfirm,
        mac: Some(mac(1)),
        mac_open_until: Some(at(10)),
        ..row(1, "budi")
    };
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    let wrong = nas.login(Method::Chap, "budi", "bukan", Some(mac(2)), true);
    assert_eq!(nas.ask(&engine, &wrong, at(0)).0, Code::AccessReject);
    assert_eq!(nas.try_login(&engine, "budi", 2, at(11)), Code::AccessReject, "shut");
    assert_eq!(nas.try_login(&engine, "budi", 1, at(11)), Code::AccessAccept);
    assert!(engine.notes.take(9).iter().all(|n| matches!(n, Note::Reject(_))));
}

#[test]
fn one_session_at_a_time_without_stale_lock_outs() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    let start = nas.account(1, "s1", "budi", Some(mac(1)), 0, 0);
    nas.report(&engine, &start, at(0));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(10)), Code::AccessReject);
    let reject = rejects(&engine).remove(0);
    assert_eq!(reject.reason, RejectReason::SecondSession);
    let Some(Hint::OtherSession { session, mac: other, .. }) = reject.hint else { panic!() };
    assert_eq!((session.as_str(), other), ("s1", Some(mac(1))));
    assert_eq!(nas.try_login(&engine, "budi", 1, at(20)), Code::AccessAccept, "the same device");
    assert_eq!(nas.try_login(&engine, "budi", 2, at(901)), Code::AccessAccept, "stale");

    let interim = nas.account(3, "s1", "budi", Some(mac(1)), 950, 10);
    nas.report(&engine, &interim, at(950));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(960)), Code::AccessReject);
    let stop = nas.account(2, "s1", "budi", Some(mac(1)), 970, 20);
    nas.report(&engine, &stop, at(970));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(971)), Code::AccessAccept);

    let start = nas.account(1, "s2", "budi", Some(mac(1)), 0, 0);
    nas.report(&engine, &start, at(1_000));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(1_001)), Code::AccessReject);
    let on = nas.account(7, "", "", None, 0, 0);
    nas.report(&engine, &on, at(1_100));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(1_101)), Code::AccessAccept, "NAS restarted");
}

#[test]
fn of_two_devices_that_log_in_before_the_first_is_reported_one_is_let_in() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 1, at(0)), Code::AccessAccept);
    assert_eq!(nas.try_login(&engine, "budi", 1, at(1)), Code::AccessAccept, "the same device");
    assert_eq!(nas.try_login(&engine, "budi", 2, at(2)), Code::AccessReject);
    let reject = rejects(&engine).remove(0);
    assert_eq!(reject.reason, RejectReason::SecondSession);
    assert_eq!(reject.hint, Some(Hint::OtherLogin { mac: Some(mac(1)), at: at(1) }));
    assert_eq!(nas.try_login(&engine, "budi", 2, at(12)), Code::AccessAccept, "it never came up");
    let start = nas.account(1, "s2", "budi", Some(mac(2)), 0, 0);
    nas.report(&engine, &start, at(13));
    let stop = nas.account(2, "s2", "budi", Some(mac(2)), 2, 0);
    nas.report(&engine, &stop, at(15));
    assert_eq!(nas.try_login(&engine, "budi", 1, at(16)), Code::AccessAccept, "it came and went");
}

#[test]
fn after_a_swap_the_new_device_is_not_kept_out_by_the_session_of_the_old_one() {
    let old = DirectoryRow { mac_policy: MacPolicy::Scan, mac: Some(mac(1)), ..row(1, "budi") };
    let engine = engine(vec![old.clone()]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 1, at(0)), Code::AccessAccept);
    let start = nas.account(1, "s1", "budi", Some(mac(1)), 0, 0);
    nas.report(&engine, &start, at(1));
    engine.directory().patch(vec![DirectoryRow { mac: Some(mac(2)), ..old }]);
    assert_eq!(nas.try_login(&engine, "budi", 2, at(60)), Code::AccessAccept);
    assert_eq!(nas.try_login(&engine, "budi", 1, at(61)), Code::AccessReject, "the old one");
}

#[test]
fn an_account_whose_window_lapsed_unused_is_locked_by_the_first_device() {
    let one = DirectoryRow {
        mac_policy: MacPolicy::ScanConfirm,
        mac_open_until: Some(at(10)),
        ..row(1, "budi")
    };
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 2, at(5_000)), Code::AccessAccept);
    assert!(matches!(engine.notes.take(9)[..], [Note::MacSeen { .. }]));
    assert_eq!(nas.try_login(&engine, "budi", 3, at(5_001)), Code::AccessReject);
}

#[test]
fn an_account_with_two_sessions_allowed_gets_two() {
    let engine = engine(vec![DirectoryRow { sessions_max: 2, ..row(1, "budi") }]);
    let mut nas = Asker::new();
    for (session, device) in [("s1", 1), ("s2", 2)] {
        assert_eq!(nas.try_login(&engine, "budi", device, at(0)), Code::AccessAccept);
        let start = nas.account(1, session, "budi", Some(mac(device)), 0, 0);
        nas.report(&engine, &start, at(0));
    }
    assert_eq!(nas.try_login(&engine, "budi", 3, at(1)), Code::AccessReject);
}

#[test]
fn of_devices_that_are_not_reported_yet_only_as_many_get_in_as_may_be_on_line() {
    let engine = engine(vec![DirectoryRow { sessions_max: 2, ..row(1, "budi") }]);
    let mut nas = Asker::new();
    let mut tries = |device, secs| nas.try_login(&engine, "budi", device, at(secs));
    assert_eq!(tries(1, 0), Code::AccessAccept);
    assert_eq!(tries(2, 3), Code::AccessAccept);
    assert_eq!(tries(1, 4), Code::AccessAccept, "the same device");
    assert_eq!(tries(3, 5), Code::AccessReject);
    let reject = rejects(&engine).remove(0);
    assert_eq!(reject.hint, Some(Hint::OtherLogin { mac: Some(mac(1)), at: at(4) }));
    let start = nas.account(1, "s1", "budi", Some(mac(1)), 0, 0);
    nas.report(&engine, &start, at(6));
    assert_eq!(
        nas.try_login(&engine, "budi", 3, at(7)),
        Code::AccessReject,
        "one on line, one held"
    );
    assert_eq!(nas.try_login(&engine, "budi", 3, at(13)), Code::AccessAccept, "2 never came up");
}

#[test]
fn of_devices_that_ask_at_the_same_moment_only_as_many_get_in_as_may_be_on_line() {
    for turn in 0..200 {
        let most = 1 + turn % 2;
        let one = DirectoryRow { sessions_max: most, ..row(1, "budi") };
        let engine = engine(vec![one]);
        let gate = Barrier::new(3);
        let ask = |device: u8| {
            let mut nas = Asker::new();
            nas.from.set_port(40_000 + u16::from(device));
            gate.wait();
            nas.try_login(&engine, "budi", device, at(0))
        };
        let all = std::thread::scope(|scope| {
            let ask = &ask;
            let asked = [1, 2, 3].map(|device| scope.spawn(move || ask(device)));
            asked.map(|thread| thread.join().unwrap())
        });
        let accepted = all.iter().filter(|code| **code == Code::AccessAccept).count();
        assert_eq!(accepted as i64, most, "{all:?}");
    }
}

#[test]
fn the_same_packet_gets_the_same_bytes_even_when_the_answer_would_differ_now() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    let request = nas.login(Method::Pap, "budi", PASSWORD, None, true);
    let Answer::Reply(first) = engine.answer(&request, nas.from, at(0)) else { panic!() };
    let gone = DirectoryRow { released: true, ..row(1, "budi") };
    engine.directory().patch(vec![gone]);
    let Answer::Reply(second) = engine.answer(&request, nas.from, at(29)) else { panic!() };
    assert_eq!(first, second);
    assert_eq!(nas.ask(&engine, &request, at(31)).0, Code::AccessReject);
}

#[test]
fn accounting_is_answered_once_it_is_kept_and_repeated_only_then() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    let start = nas.account(1, "s1", "budi", Some(mac(1)), 0, 0);
    let Answer::Account { reply, ticket, entry } = engine.answer(&start, nas.from, at(0)) else {
        panic!()
    };
    assert!(!entry.is_empty());
    assert_eq!(nas.dropped(&engine, &start, at(1)), Dropped::Pending);
    engine.kept(&ticket, &reply, at(1));
    assert_eq!(engine.answer(&start, nas.from, at(2)), Answer::Reply(reply));

    let lost = nas.account(3, "s1", "budi", Some(mac(1)), 5, 0);
    let Answer::Account { ticket, .. } = engine.answer(&lost, nas.from, at(3)) else { panic!() };
    engine.not_kept(&ticket);
    assert!(matches!(engine.answer(&lost, nas.from, at(4)), Answer::Account { .. }));
}

#[test]
fn what_is_malformed_unproven_or_no_request_is_dropped_and_counted() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    assert!(matches!(nas.dropped(&engine, &[1, 2, 3], at(0)), Dropped::Malformed(_)));
    assert!(matches!(nas.dropped(&engine, &[1; 5_000], at(0)), Dropped::Malformed(_)));
    let unsigned = nas.login(Method::Pap, "budi", PASSWORD, None, false);
    let missing = Dropped::Unproven(Unproven::MessageAuthenticatorMissing);
    assert_eq!(nas.dropped(&engine, &unsigned, at(0)), missing);
    let mut forged = nas.login(Method::Pap, "budi", PASSWORD, None, true);
    forged[25] ^= 1;
    let wrong = Dropped::Unproven(Unproven::MessageAuthenticatorWrong);
    assert_eq!(nas.dropped(&engine, &forged, at(0)), wrong);
    let mut accounting = nas.account(1, "s1", "budi", None, 0, 0);
    accounting[6] ^= 1;
    let wrong = Dropped::Unproven(Unproven::AuthenticatorWrong);
    assert_eq!(nas.dropped(&engine, &accounting, at(0)), wrong);
    let no_session = nas.account(1, "", "budi", None, 0, 0);
    assert!(matches!(nas.dropped(&engine, &no_session, at(0)), Dropped::Nonsense(_)));
    let mut room = [0; PACKET_BYTES_MAX];
    let reply = Builder::request(&mut room, Code::AccessAccept, 1, &[0; 16]);
    let reply = reply.sign_request(&nas.secret).unwrap().to_vec();
    assert!(matches!(nas.dropped(&engine, &reply, at(0)), Dropped::Nonsense(_)));
    let count =
        |name: &str| engine.counters.snapshot().into_iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!((count("malformed"), count("unproven"), count("nonsense")), (2, 3, 2));
    let table = engine.directory().nas();
    assert_eq!(
        table.at(nas.from.ip()).unwrap().state.unproven.load(std::sync::atomic::Ordering::Relaxed),
        3
    );
}

#[test]
fn a_legacy_nas_may_leave_its_logins_unsigned_and_gets_signed_replies() {
    let engine = engine(vec![row(1, "budi")]);
    engine.directory().set_nas(&[nas_row("10.0.0.0/24", MessageAuthenticator::Legacy)]);
    let mut nas = Asker::new();
    let unsigned = nas.login(Method::Pap, "budi", PASSWORD, None, false);
    assert_eq!(nas.ask(&engine, &unsigned, at(0)).0, Code::AccessAccept);
    nas.secret = radius::Secret::new(b"another secret");
    let other = nas.login(Method::Pap, "budi", PASSWORD, None, false);
    let Answer::Reply(_) = engine.answer(&other, nas.from, at(0)) else { panic!() };
    let reject = rejects(&engine).remove(0);
    assert_eq!(reject.hint, Some(Hint::SecretDiffers));
}

#[test]
fn an_unknown_nas_is_refused_and_noted() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    nas.from = "10.0.0.2:1024".parse().unwrap();
    let request = nas.login(Method::Pap, "budi", PASSWORD, None, true);
    assert_eq!(nas.dropped(&engine, &request, at(0)), Dropped::UnknownNas);
    let note = engine.notes.take(1).remove(0);
    let identifier = Some("bras-1".to_owned());
    assert_eq!(note, Note::UnknownNas { address: nas.from.ip(), identifier, at: at(0) });
    nas.from = "[::ffff:10.0.0.1]:1024".parse().unwrap();
    assert_eq!(nas.ask(&engine, &request, at(0)).0, Code::AccessAccept, "IPv4 on an IPv6 socket");
}

#[test]
fn status_server_is_answered_by_the_socket_it_came_to() {
    let engine = engine(vec![]);
    let nas = Asker::new();
    let mut room = [0; PACKET_BYTES_MAX];
    let status =
        Builder::request(&mut room, Code::StatusServer, 1, &[8; 16]).message_authenticator();
    let request = status.sign_request(&nas.secret).unwrap().to_vec();
    for (port, code) in [(Port::Auth, Code::AccessAccept), (Port::Acct, Code::AccountingResponse)] {
        let engine = Engine::new(Arc::clone(engine.directory()), &Settings::default());
        let mut room = [0; PACKET_BYTES_MAX];
        let outcome = engine.answer_into(&request, nas.from, port, at(0), &mut room);
        let Outcome::Reply(length) = outcome else { panic!("{outcome:?}") };
        assert_eq!(nas.read(&request, &room[..length]).0, code);
    }
}

#[test]
fn proxy_state_comes_back_in_its_order() {
    let engine = engine(vec![row(1, "budi")]);
    let nas = Asker::new();
    for clear in [PASSWORD, "bukan"] {
        let mut room = [0; PACKET_BYTES_MAX];
        let mut builder =
            Builder::request(&mut room, Code::AccessRequest, 1, &[clear.len() as u8; 16])
                .message_authenticator();
        builder.put(kind::USER_NAME, b"budi").put_user_password(clear.as_bytes(), &nas.secret);
        builder.put(kind::PROXY_STATE, b"one").put(kind::PROXY_STATE, b"two");
        let request = builder.sign_request(&nas.secret).unwrap().to_vec();
        let (_, attributes) = nas.ask(&engine, &request, at(0));
        let states: Vec<&[u8]> = attributes
            .iter()
            .filter(|(k, _)| *k == kind::PROXY_STATE)
            .map(|(_, v)| &v[..])
            .collect();
        assert_eq!(states, [b"one", b"two"]);
    }
}

#[test]
fn keys_go_out_only_where_the_profile_asks_for_encryption() {
    let mut one = row(1, "budi");
    one.profile = Some(profile(
        3,
        false,
        &[(Vendor::Standard, "MS-MPPE-Encryption-Policy", "Encryption-Required")],
    ));
    let engine = engine(vec![one]);
    let mut nas = Asker::new();
    for (method, keys) in
        [(Method::Chap, vec![]), (Method::MsChap1, vec!["12"]), (Method::MsChap2, vec!["16", "17"])]
    {
        let request = nas.login(method, "budi", PASSWORD, None, true);
        let (_, attributes) = nas.ask(&engine, &request, at(0));
        let said = vendors(&attributes);
        let sent: Vec<&str> = said
            .iter()
            .filter_map(|s| s.strip_prefix("311/")?.split('=').next())
            .filter(|k| ["12", "16", "17"].contains(k))
            .collect();
        assert_eq!(sent, keys, "{method:?}");
    }
}

#[test]
fn logins_are_noted_when_the_log_is_on() {
    let directory = Arc::clone(engine(vec![row(1, "budi")]).directory());
    let settings = Settings { log_logins: true, ..Settings::default() };
    let engine = Engine::new(directory, &settings);
    let mut nas = Asker::new();
    assert_eq!(nas.try_login(&engine, "budi", 1, at(5)), Code::AccessAccept);
    let Some(Note::Login(Login { at: when, mac: device, isolated, .. })) =
        engine.notes.take(1).pop()
    else {
        panic!()
    };
    assert_eq!((when, device, isolated), (at(5), Some(mac(1)), false));
}

#[test]
fn a_changed_profile_or_password_answers_from_the_next_packet_on() {
    let engine = engine(vec![row(1, "budi")]);
    let mut nas = Asker::new();
    let changed = DirectoryRow {
        profile: Some(isolir()),
        access_version: 8,
        changed_at: at(0),
        ..row(1, "budi")
    };
    engine.directory().patch(vec![changed]);
    let request = nas.login(Method::Chap, "budi", PASSWORD, None, true);
    let (_, attributes) = nas.ask(&engine, &request, at(1));
    assert!(vendors(&attributes).contains(&"14988/19=isolir".to_owned()));
}
