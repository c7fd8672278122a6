use std::sync::Barrier;

use network::RejectReason;
use network::guest::{GuestRow, Withdrawal};
use radius::{Code, kind};

use super::*;
use crate::kit::{Asker, CODE, Method, at, hotspot, mac, pass, vendors};
use crate::note::Hint;

const DAY: i64 = 86_400;

/// What a login came to: the reply read, and whether it went to the disk first.
struct Came {
    code: Code,
    attributes: Vec<(u8, Vec<u8>)>,
    was_kept: bool,
}

impl Came {
    fn timeout(&self) -> Option<u32> {
        let found = self.attributes.iter().find(|(kind, _)| *kind == kind::SESSION_TIMEOUT)?;
        Some(u32::from_be_bytes(found.1.as_slice().try_into().unwrap()))
    }
    fn message(&self) -> String {
        let found = self.attributes.iter().find(|(kind, _)| *kind == kind::REPLY_MESSAGE);
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    }
}

fn come(engine: &Engine, nas: &Asker, request: &[u8], secs: i64) -> Came {
    let (reply, was_kept) = match engine.answer(request, nas.from, at(secs)) {
        Answer::Reply(reply) => (reply, false),
        Answer::Account { entry, reply, ticket } => {
            assert!(!entry.is_empty());
            engine.kept(&ticket, &reply, at(secs));
            (reply, true)
        }
        Answer::Drop(why) => panic!("{why:?}"),
    };
    let (code, attributes) = nas.read(request, &reply);
    Came { code, attributes, was_kept }
}

/// A PAP login from the device `n` with the code as user name and password.
fn login(engine: &Engine, nas: &mut Asker, code: &str, n: u8, secs: i64) -> Came {
    let request = nas.login(Method::Pap, code, code, Some(mac(n)), true);
    come(engine, nas, &request, secs)
}

fn reasons(engine: &Engine) -> Vec<RejectReason> {
    let notes = engine.notes.take(1_000).into_iter();
    notes.filter_map(|n| if let Note::Reject(r) = n { Some(r.reason) } else { None }).collect()
}

#[test]
fn the_first_login_starts_the_clock_on_disk_and_later_ones_get_what_is_left() {
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    let first = login(&engine, &mut nas, CODE, 1, 0);
    assert_eq!((first.code, first.was_kept), (Code::AccessAccept, true));
    assert_eq!(first.timeout(), Some(3 * 86_400));
    assert_eq!(vendors(&first.attributes), ["14988/8=20M/20M"]);
    let later = login(&engine, &mut nas, CODE, 1, DAY);
    assert_eq!(
        (later.code, later.was_kept, later.timeout()),
        (Code::AccessAccept, false, Some(172_800))
    );
    let last = login(&engine, &mut nas, CODE, 1, 3 * DAY - 1);
    assert_eq!((last.code, last.timeout()), (Code::AccessAccept, Some(1)));
    let over = login(&engine, &mut nas, CODE, 1, 3 * DAY);
    assert_eq!(
        (over.code, over.message().as_str()),
        (Code::AccessReject, "Waktu voucher ini sudah habis.")
    );
    let Some(Note::Reject(reject)) = engine.notes.take(9).pop() else { panic!() };
    assert_eq!(reject.reason, RejectReason::VoucherOver);
    assert_eq!(reject.hint, Some(Hint::Pass { started_at: at(0), ends_at: at(3 * DAY) }));
}

#[test]
fn the_password_is_the_code_in_any_way_of_typing_or_nothing_by_pap_and_chap() {
    for method in [Method::Pap, Method::Chap] {
        for name in ["ABCDEFGH2345", "abcd-efgh-2345", "abcdefgh2345"] {
            for clear in ["ABCDEFGH2345", "abcdefgh2345", "ABCD-EFGH-2345", name, ""] {
                let engine = hotspot(vec![pass(1, CODE)]);
                let mut nas = Asker::new();
                let request = nas.login(method, name, clear, Some(mac(1)), true);
                let came = come(&engine, &nas, &request, 0);
                assert_eq!(came.code, Code::AccessAccept, "{method:?} {name} {clear}");
            }
        }
        let engine = hotspot(vec![pass(1, CODE)]);
        let mut nas = Asker::new();
        let request = nas.login(method, CODE, "rahasia", Some(mac(1)), true);
        let came = come(&engine, &nas, &request, 0);
        assert_eq!((came.code, came.was_kept), (Code::AccessReject, false));
        assert_eq!(reasons(&engine), [RejectReason::WrongPassword]);
        assert!(login(&engine, &mut nas, CODE, 1, 5).was_kept, "nothing had begun");
    }
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    let request = nas.login(Method::MsChap2, CODE, CODE, Some(mac(1)), true);
    assert_eq!(come(&engine, &nas, &request, 0).code, Code::AccessReject);
}

#[test]
fn as_many_devices_as_the_policy_says_are_on_line_at_once() {
    for (devices, expect) in [(1, [true, false, false]), (2, [true, true, false])] {
        let engine = hotspot(vec![GuestRow { devices, ..pass(1, CODE) }]);
        let mut nas = Asker::new();
        for (n, fits) in (1..=3_u8).zip(expect) {
            let came = login(&engine, &mut nas, CODE, n, i64::from(n) * 20);
            assert_eq!(came.code == Code::AccessAccept, fits, "{devices} {n}");
            if fits {
                let start = nas.account(1, &format!("s{n}"), CODE, Some(mac(n)), 0, 0);
                nas.report(&engine, &start, at(i64::from(n) * 20 + 1));
            } else {
                assert_eq!(reasons(&engine), [RejectReason::SecondSession]);
            }
        }
        let again = login(&engine, &mut nas, &CODE.to_lowercase(), 1, 100);
        assert_eq!(again.code, Code::AccessAccept, "the same device takes its own place");
        let stop = nas.account(2, "s1", &CODE.to_lowercase(), Some(mac(1)), 90, 0);
        nas.report(&engine, &stop, at(120));
        assert_eq!(
            login(&engine, &mut nas, CODE, 3, 140).code,
            Code::AccessAccept,
            "a place is free"
        );
    }
}

#[test]
fn a_code_for_two_devices_lets_no_third_in_before_the_first_two_are_reported() {
    let engine = hotspot(vec![GuestRow { devices: 2, ..pass(1, CODE) }]);
    let mut nas = Asker::new();
    let codes: Vec<Code> = (1..=3_u8).map(|n| login(&engine, &mut nas, CODE, n, 0).code).collect();
    assert_eq!(codes, [Code::AccessAccept, Code::AccessAccept, Code::AccessReject]);
    assert_eq!(login(&engine, &mut nas, CODE, 3, 11).code, Code::AccessAccept, "nobody came up");
}

#[test]
fn of_two_routers_that_ask_at_the_same_moment_one_lets_its_device_in() {
    let codes: Vec<String> = (0..200_u8)
        .map(|n| {
            format!(
                "ABCDEFGH{}{}{}{}",
                n / 100 + 2,
                n / 10 % 8 + 2,
                n % 8 + 2,
                ["A", "B", "C", "D"][usize::from(n / 8 % 4)]
            )
        })
        .collect();
    for (n, code) in codes.iter().enumerate() {
        let engine = hotspot(vec![pass((n % 250) as u8, code)]);
        let gate = Barrier::new(2);
        let ask = |device: u8| {
            let mut nas = Asker::new();
            nas.from.set_port(40_000 + u16::from(device));
            let request = nas.login(Method::Pap, code, code, Some(mac(device)), true);
            gate.wait();
            come(&engine, &nas, &request, 0).code
        };
        let both = std::thread::scope(|scope| {
            let (one, two) = (scope.spawn(|| ask(1)), scope.spawn(|| ask(2)));
            [one.join().unwrap(), two.join().unwrap()]
        });
        let accepted = both.iter().filter(|code| **code == Code::AccessAccept).count();
        assert_eq!(accepted, 1, "{both:?}");
    }
}

#[test]
fn a_login_whose_start_is_not_on_disk_has_started_nothing() {
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    let request = nas.login(Method::Pap, CODE, CODE, Some(mac(1)), true);
    let Answer::Account { ticket, .. } = engine.answer(&request, nas.from, at(0)) else { panic!() };
    let again = engine.answer(&request, nas.from, at(1));
    assert_eq!(again, Answer::Drop(Dropped::Pending), "the repetition waits for the disk too");
    engine.not_kept(&ticket);
    let came = login(&engine, &mut nas, CODE, 1, DAY);
    assert_eq!((came.was_kept, came.timeout()), (true, Some(3 * 86_400)), "the clock starts now");
    let repeated = login(&engine, &mut nas, CODE, 1, DAY + 60);
    assert_eq!(repeated.timeout(), Some(3 * 86_400 - 60));
}

#[test]
fn logins_that_wait_for_the_disk_together_start_the_clock_at_the_first() {
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    let mut tickets = Vec::new();
    for secs in [0, 2] {
        let request = nas.login(Method::Pap, CODE, CODE, Some(mac(1)), true);
        let answer = engine.answer(&request, nas.from, at(secs));
        let Answer::Account { ticket, reply, .. } = answer else { panic!("{answer:?}") };
        tickets.push((ticket, reply));
    }
    for (ticket, reply) in tickets.iter().rev() {
        engine.kept(ticket, reply, at(3));
    }
    assert_eq!(login(&engine, &mut nas, CODE, 1, 100).timeout(), Some(3 * 86_400 - 100));
}

#[test]
fn what_the_database_says_of_the_start_is_stronger() {
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    login(&engine, &mut nas, CODE, 1, 500);
    engine.directory().patch_guests(vec![pass(1, CODE)]);
    assert_eq!(
        login(&engine, &mut nas, CODE, 1, 600).timeout(),
        Some(3 * 86_400 - 100),
        "an old row"
    );
    let earlier = GuestRow { started_at: Some(at(0)), ends_at: Some(at(3 * DAY)), ..pass(1, CODE) };
    engine.directory().patch_guests(vec![earlier]);
    assert_eq!(login(&engine, &mut nas, CODE, 1, 600).timeout(), Some(3 * 86_400 - 600));
}

#[test]
fn voided_refilled_and_expired_codes_are_refused_with_the_reason() {
    let spent = |why| GuestRow { withdrawn: Some(why), ..pass(1, CODE) };
    for (row, reason, says) in [
        (spent(Withdrawal::Void), RejectReason::VoucherVoid, "dibatalkan"),
        (spent(Withdrawal::Refilled), RejectReason::VoucherUsed, "isi ulang"),
        (spent(Withdrawal::Expired), RejectReason::VoucherExpired, "Masa berlaku"),
        (
            GuestRow { usable_until: at(10), ..pass(1, CODE) },
            RejectReason::VoucherExpired,
            "Masa berlaku",
        ),
    ] {
        let engine = hotspot(vec![row]);
        let mut nas = Asker::new();
        let came = login(&engine, &mut nas, CODE, 1, 10);
        assert_eq!((came.code, came.was_kept), (Code::AccessReject, false));
        assert!(came.message().contains(says), "{}", came.message());
        assert_eq!(reasons(&engine), [reason]);
    }
    // A running pass is not ended by the last day for a first login.
    let running = GuestRow {
        usable_until: at(10),
        started_at: Some(at(0)),
        ends_at: Some(at(3 * DAY)),
        ..pass(1, CODE)
    };
    let engine = hotspot(vec![running]);
    assert_eq!(login(&engine, &mut Asker::new(), CODE, 1, 20).code, Code::AccessAccept);
}

#[test]
fn who_guesses_codes_is_not_listened_to_and_nobody_else_suffers() {
    let engine = hotspot(vec![pass(1, CODE)]);
    let mut nas = Asker::new();
    for n in 0..10 {
        let came = login(&engine, &mut nas, &format!("ABCDEFGH222{}", ["A", "B"][n % 2]), 1, 0);
        assert_eq!(came.message(), "Kode voucher tidak dikenal.");
    }
    assert_eq!(reasons(&engine), [RejectReason::VoucherUnknown; 10]);
    let right = login(&engine, &mut nas, CODE, 1, 1);
    assert_eq!((right.code, right.was_kept), (Code::AccessReject, false));
    assert!(right.message().contains("Terlalu banyak"), "{}", right.message());
    let Some(Note::Reject(reject)) = engine.notes.take(9).pop() else { panic!() };
    assert_eq!(reject.username, "ABCD-****-****", "a good code is not shown to anybody");
    assert_eq!(login(&engine, &mut nas, CODE, 2, 2).code, Code::AccessAccept, "another device");
    let start = nas.account(2, "s2", CODE, Some(mac(2)), 60, 0);
    nas.report(&engine, &start, at(70));
    let later = login(&engine, &mut nas, CODE, 1, 400);
    assert_eq!(later.code, Code::AccessAccept, "after five minutes it is listened to again");
}

#[test]
fn an_isp_without_vouchers_and_a_modem_that_dials_are_told_what_they_always_were() {
    let engine = hotspot(Vec::new());
    let mut nas = Asker::new();
    let came = login(&engine, &mut nas, CODE, 1, 0);
    assert_eq!(came.message(), "Nama pengguna atau kata sandi salah.");
    assert_eq!(reasons(&engine), [RejectReason::UnknownUser]);
    let engine = hotspot(vec![pass(1, CODE)]);
    assert_eq!(login(&engine, &mut nas, "budi", 1, 0).code, Code::AccessReject);
    assert_eq!(reasons(&engine), [RejectReason::UnknownUser]);
}
