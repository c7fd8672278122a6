use std::collections::HashSet;
use std::sync::Arc;

use kernel::{AccountId, NasId};
use network::MessageAuthenticator;
use network::directory::DirectoryRow;

use super::*;
use crate::kit::{at, full, mac, nas_id, nas_row, profile, row};

#[test]
fn a_row_seen_before_changes_nothing() {
    let directory = Directory::default();
    let added = Patched { added: 2, ..Patched::default() };
    assert_eq!(directory.patch(vec![row(1, "budi"), row(2, "siti")]), added);
    let before = directory.find(b"budi").unwrap().account().id;
    assert_eq!(directory.patch(vec![row(1, "budi"), row(2, "siti")]), Patched::default());
    assert_eq!(directory.find(b"BUDI").unwrap().account().id, before);
    assert_eq!(directory.accounts(), 2);
    assert!(directory.find(b"bud").is_none());
}

#[test]
fn a_renamed_account_is_found_by_its_new_name_only_and_keeps_its_sessions() {
    let directory = Directory::default();
    directory.set_nas(&[nas_row("10.0.0.1/32", MessageAuthenticator::Required)]);
    directory.patch(vec![row(1, "budi")]);
    let nas = directory.nas().by_id(nas_id()).cloned().unwrap();
    directory.find(b"budi").unwrap().see(&Sighting {
        kind: RecordKind::Start,
        nas: nas_id(),
        nas_state: &nas.state,
        session: "s1",
        mac: Some(mac(1)),
        started_at: at(0),
        at: at(0),
    });
    let renamed = DirectoryRow { changed_at: at(1), ..row(1, "budi.baru") };
    assert_eq!(directory.patch(vec![renamed]).changed, 1);
    assert!(directory.find(b"budi").is_none());
    assert_eq!(directory.find(b"budi.baru").unwrap().sessions().len(), 1);
}

#[test]
fn a_released_name_is_free_for_another_account_whatever_comes_first() {
    for released_first in [true, false] {
        let directory = Directory::default();
        directory.patch(vec![row(1, "budi")]);
        let mut rows = vec![DirectoryRow { released: true, ..row(1, "budi") }, row(2, "budi")];
        if !released_first {
            rows.reverse();
        }
        directory.patch(rows);
        let found = directory.find(b"budi").unwrap();
        assert_eq!(found.account().id, row(2, "budi").account, "{released_first}");
        assert_eq!(directory.accounts(), 1);
    }
}

#[test]
fn two_accounts_that_swap_names_in_one_patch_are_both_found() {
    let directory = Directory::default();
    directory.patch(vec![row(1, "a"), row(2, "b")]);
    let swapped =
        [(1, "b"), (2, "a")].map(|(n, name)| DirectoryRow { changed_at: at(1), ..row(n, name) });
    directory.patch(swapped.into());
    assert_eq!(directory.find(b"a").unwrap().account().id, row(2, "a").account);
    assert_eq!(directory.find(b"b").unwrap().account().id, row(1, "b").account);
}

#[test]
fn accounts_that_the_database_no_longer_has_go_at_the_verification() {
    let directory = Directory::default();
    directory.patch(vec![row(1, "budi"), row(2, "siti")]);
    let known: HashSet<AccountId> = [row(2, "siti").account].into();
    assert_eq!(directory.retain(&known), 1);
    assert!(directory.find(b"budi").is_none() && directory.find(b"siti").is_some());
    assert_eq!(directory.retain(&known), 0);
}

#[test]
fn an_edited_profile_reaches_its_accounts_although_their_rows_are_old() {
    let directory = Directory::default();
    directory.patch(vec![row(1, "budi")]);
    let faster = ReplyProfile { rate_down_kbps: 50_000, ..(*full()).clone() };
    let edited = DirectoryRow { profile: Some(Arc::new(faster)), ..row(1, "budi") };
    assert_eq!(directory.patch(vec![edited]).changed, 1);
    let account = Arc::clone(&directory.find(b"budi").unwrap().account());
    let wire = account.replies.as_ref().unwrap().accept(network::Vendor::Mikrotik);
    assert!(wire.windows(7).any(|w| w == b"20M/50M"));
}

#[test]
fn the_narrowest_network_wins_and_archived_nas_are_unknown() {
    let directory = Directory::default();
    let named = |n: u8, address: &str| {
        let mut nas = nas_row(address, MessageAuthenticator::Required);
        nas.id = NasId::from_uuid(crate::kit::uuid(3, n));
        nas.name = address.into();
        nas
    };
    let mut archived = named(4, "10.0.0.9/32");
    archived.archived = true;
    directory.set_nas(&[
        named(1, "10.0.0.0/16"),
        named(2, "10.0.0.0/24"),
        named(3, "10.0.0.1/32"),
        archived,
    ]);
    let name =
        |address: &str| directory.nas().at(address.parse().unwrap()).map(|nas| nas.name.clone());
    assert_eq!(name("10.0.0.1").as_deref(), Some("10.0.0.1/32"));
    assert_eq!(name("10.0.0.2").as_deref(), Some("10.0.0.0/24"));
    assert_eq!(name("10.0.0.9").as_deref(), Some("10.0.0.0/24"));
    assert_eq!(name("10.0.7.1").as_deref(), Some("10.0.0.0/16"));
    assert_eq!(name("10.1.0.1"), None);
}

#[test]
fn what_is_known_of_a_nas_outlives_a_change_of_its_record() {
    let directory = Directory::default();
    directory.set_nas(&[nas_row("10.0.0.0/24", MessageAuthenticator::Required)]);
    let coa = || directory.nas().by_id(nas_id()).unwrap().coa_address();
    assert_eq!(coa(), None, "a network has no address of its own");
    directory.nas().by_id(nas_id()).unwrap().state.seen(at(0), "10.0.0.7".parse().unwrap());
    directory.set_nas(&[nas_row("10.0.0.0/24", MessageAuthenticator::Legacy)]);
    assert_eq!(coa(), Some("10.0.0.7:3799".parse().unwrap()));
    assert_eq!(directory.nas().by_id(nas_id()).unwrap().state.last_seen(), Some(at(0)));
}

#[test]
fn problems_of_profiles_are_shown() {
    let directory = Directory::default();
    let wrong = profile(4, false, &[(network::Vendor::Standard, "Session-Timeout", "soon")]);
    directory.patch(vec![DirectoryRow { profile: Some(wrong), ..row(1, "budi") }]);
    assert_eq!(directory.problems().len(), 1);
    assert!(directory.find(b"budi").is_some());
}

#[test]
fn readers_never_miss_an_account_while_others_come_and_go() {
    let directory = Arc::new(Directory::default());
    directory.patch((0..100).map(|n| row(n, &format!("tetap{n}"))).collect());
    let writer = {
        let directory = Arc::clone(&directory);
        std::thread::spawn(move || {
            for _ in 0..200 {
                let come = (100..200_u8).map(|n| row(n, &format!("datang{n}"))).collect();
                directory.patch(come);
                let go = (100..200_u8)
                    .map(|n| DirectoryRow { released: true, ..row(n, &format!("datang{n}")) })
                    .collect();
                directory.patch(go);
            }
        })
    };
    while !writer.is_finished() {
        for n in 0..100 {
            assert!(directory.find(format!("tetap{n}").as_bytes()).is_some());
        }
    }
    writer.join().unwrap();
    assert_eq!(directory.accounts(), 100);
}

#[test]
fn every_change_counts_whatever_instant_it_carries() {
    let directory = Directory::default();
    let newest = DirectoryRow { access_changed_at: Some(at(50)), ..row(1, "budi") };
    directory.patch(vec![newest.clone()]);
    assert_eq!(directory.patch(vec![newest.clone()]).changed, 0);
    // The password was changed before the access was, and is read after it; or at the same instant.
    for (secs, password) in [(40, "baru"), (40, "lebih-baru")] {
        let changed = DirectoryRow {
            changed_at: at(secs),
            password: network::Secret::new(password),
            ..newest.clone()
        };
        assert_eq!(directory.patch(vec![changed]).changed, 1);
        let slot = directory.find(b"budi").unwrap();
        assert_eq!(slot.account().password.expose(), password);
    }
    let locked = DirectoryRow { mac: Some(crate::kit::mac(1)), ..newest };
    assert_eq!(directory.patch(vec![locked]).changed, 1);
}
