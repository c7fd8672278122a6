use kernel::FaultKind;
use network::nas::{self, UnknownSeen};
use network::reject::{self, RejectSeen};
use network::{RejectReason, Secret, directory};

use crate::world::{MAC, all, at, both, mac, nas_edit, sub};

#[tokio::test]
async fn a_nas_gets_a_strong_secret_that_is_sealed_and_shown_once() {
    both(async |world| {
        let edit = nas_edit(world.branch, "mt-2", "10.9.9.2");
        let added = world.write(1, async |tx| nas::add(tx, &edit, None).await).await;
        assert_eq!(added.secret.expose().len(), 32);
        assert!(!format!("{added:?}").contains(added.secret.expose()));
        let weak = nas_edit(world.branch, "mt-3", "10.9.9.3");
        let fault = world
            .try_write(2, async |tx| nas::add(tx, &weak, Some(Secret::new("testing123"))).await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].code, "network.weak_secret");
        let new =
            world.write(3, async |tx| nas::set_secret(tx, &all(), added.id, None).await).await;
        let served = directory::nas(&mut world.db.reader()).await.unwrap();
        let served = served.iter().find(|n| n.id == added.id).unwrap();
        assert_eq!(served.secret, new);
        assert_ne!(new, added.secret);
    })
    .await;
}

#[tokio::test]
async fn name_and_address_of_a_nas_are_taken_once_until_it_is_archived() {
    both(async |world| {
        let clash = nas_edit(world.branch, "mt-1", "10.9.9.1/32");
        let fault =
            world.try_write(1, async |tx| nas::add(tx, &clash, None).await).await.unwrap_err();
        assert_eq!(
            fault.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            ["name", "address"]
        );
        let same = nas_edit(world.branch, "mt-1", "10.9.9.9");
        world.write(2, async |tx| nas::change(tx, &all(), world.nas, &same).await).await;
        world.write(3, async |tx| nas::archive(tx, &all(), world.nas).await).await;
        world.write(4, async |tx| nas::archive(tx, &all(), world.nas).await).await;
        assert!(nas::list(&mut world.db.reader(), &all()).await.unwrap().is_empty());
        world.write(5, async |tx| nas::add(tx, &same, None).await).await;
        let served = directory::nas(&mut world.db.reader()).await.unwrap();
        assert_eq!(served.iter().filter(|n| n.archived).count(), 1);
        let bad = nas_edit(world.branch, " ", "bukan-ip");
        let fault =
            world.try_write(6, async |tx| nas::add(tx, &bad, None).await).await.unwrap_err();
        assert_eq!((fault.kind, fault.fields.len()), (FaultKind::Invalid, 2));
    })
    .await;
}

#[tokio::test]
async fn unknown_nas_are_counted_until_they_are_added() {
    both(async |world| {
        let seen = |from: i64, to: i64, count| UnknownSeen {
            address: "10.9.9.77".parse().unwrap(),
            identifier: Some("router-baru".into()),
            first_at: at(from),
            last_at: at(to),
            count,
        };
        let batch = [seen(0, 10, 3), seen(5, 20, 2)];
        world.write(30, async |tx| nas::record_unknown(tx, &batch).await).await;
        let mut q = world.db.reader();
        let unknown = nas::unknown(&mut q, 10).await.unwrap();
        assert_eq!((unknown.len(), unknown[0].count, unknown[0].last_at), (1, 5, at(20)));
        let edit = nas_edit(world.branch, "mt-77", "10.9.9.77");
        world.write(40, async |tx| nas::add(tx, &edit, None).await).await;
        assert!(nas::unknown(&mut q, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_reject_is_explained_with_what_was_seen_and_expected() {
    both(async |world| {
        let reserved = world.subscriber(1, "budi").await;
        let seen = |account, name: &str, reason, last| RejectSeen {
            username: name.into(),
            reason,
            nas: "mt-1".into(),
            nas_branch: Some(world.branch),
            account,
            mac_seen: Some(mac("4C:5E:0C:99:99:99")),
            mac_expected: Some(mac(MAC)),
            first_at: at(last),
            last_at: at(last),
            count: 1,
            detail: serde_json::json!({}),
        };
        let batch = [
            seen(Some(reserved.account), "Budi@net", RejectReason::MacDiffers, 10),
            seen(Some(reserved.account), "budi@net", RejectReason::MacDiffers, 12),
            seen(None, "siapa\0", RejectReason::UnknownUser, 11),
        ];
        world.write(20, async |tx| reject::record(tx, &batch).await).await;
        let mut q = world.db.reader();
        let latest = reject::latest(&mut q, sub(1), at(0)).await.unwrap().unwrap();
        assert_eq!(
            (latest.reason, latest.count, latest.last_at),
            (RejectReason::MacDiffers, 2, at(12))
        );
        assert_eq!(latest.mac_expected, Some(mac(MAC)));
        let list = reject::list(&mut q, &all(), at(0), None, None, 10).await.unwrap();
        assert_eq!(list.len(), 2);
        let found = reject::list(&mut q, &all(), at(0), Some("SIAPA"), None, 10).await.unwrap();
        assert_eq!(found[0].branch_id, Some(world.branch));
        assert_eq!(world.write(30, async |tx| reject::forget(tx, at(12), 100).await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn spoofed_sources_and_guessed_names_do_not_pile_up() {
    both(async |world| {
        let most = u32::try_from(nas::UNKNOWN_MAX).unwrap();
        let seen = |n: u32, secs: i64| nas::UnknownSeen {
            address: std::net::IpAddr::from(std::net::Ipv4Addr::from_bits(0x0b00_0000 + n)),
            identifier: None,
            first_at: at(secs),
            last_at: at(secs),
            count: 1,
        };
        let flood: Vec<_> = (0..most + 20).map(|n| seen(n, i64::from(n))).collect();
        world.write(0, async |tx| nas::record_unknown(tx, &flood).await).await;
        let late = [seen(9_000, 9_000)];
        world.write(0, async |tx| nas::record_unknown(tx, &late).await).await;
        let kept = nas::unknown(&mut world.db.reader(), 5_000).await.unwrap();
        assert_eq!(kept.len(), usize::try_from(nas::UNKNOWN_MAX).unwrap());
        assert_eq!(kept[0].address, "11.0.35.40", "the newest are kept");
        let later = 31 * 86_400;
        assert_eq!(
            world.write(later, async |tx| nas::forget_unknown(tx).await).await,
            u64::try_from(nas::UNKNOWN_MAX).unwrap()
        );
        let guess = |n: i64| reject::RejectSeen {
            username: format!("tebak{n}"),
            reason: RejectReason::UnknownUser,
            nas: "mt-1".into(),
            nas_branch: None,
            account: None,
            mac_seen: None,
            mac_expected: None,
            first_at: at(n),
            last_at: at(n),
            count: 1,
            detail: serde_json::Value::Null,
        };
        let guesses: Vec<_> = (0..9).map(guess).collect();
        world.write(10, async |tx| reject::record(tx, &guesses).await).await;
        assert_eq!(world.write(10, async |tx| reject::forget(tx, at(0), 5).await).await, 4);
    })
    .await;
}

#[tokio::test]
async fn what_several_processes_counted_of_a_router_adds_up_and_its_last_source_is_kept() {
    use network::tally::{self, Tally};
    both(async |world| {
        let first = Tally {
            accepted: 3,
            unproven: 1,
            last_auth_at: Some(at(10)),
            source: "10.9.9.1".parse().ok(),
            ..Tally::default()
        };
        let second = Tally {
            accepted: 2,
            rejected: 1,
            last_auth_at: Some(at(5)),
            last_acct_at: Some(at(7)),
            ..Tally::default()
        };
        for counted in [first, second] {
            world.write(20, async |tx| tally::add(tx, &[(world.nas, counted)]).await).await;
        }
        let mut q = world.db.reader();
        let sum: (i64, i64, i64, kernel::Ts, kernel::Ts) = store::QueryExt::row(
            &mut q,
            "select accepted, rejected, unproven, last_auth_at, last_acct_at from network_nas_tally",
            store::args![],
        )
        .await
        .unwrap();
        assert_eq!(sum, (5, 1, 1, at(10), at(7)));
        let known = network::directory::nas(&mut q).await.unwrap();
        assert_eq!(known[0].source, "10.9.9.1".parse().ok());
    })
    .await;
}
