use kernel::{FaultKind, Scope};
use network::account::{self, Filter, Limits};
use network::{AccountState, Desired, MacPolicy, Secret, directory, feed};
use store::QueryExt;

use crate::world::{MAC, all, at, both, id, mac, ok, said, sub};

#[tokio::test]
async fn a_reserved_account_keeps_its_name_and_password_when_asked_again() {
    both(async |world| {
        let want = world.reservation(1, "Budi Santoso");
        let first = world.write(0, async |tx| account::reserve(tx, &want).await).await;
        let again = world.write(5, async |tx| account::reserve(tx, &want).await).await;
        assert_eq!(first.username, "budisantoso@net");
        assert_eq!((first.account, &first.password), (again.account, &again.password));
        let namesake = world.reservation(2, "Budi Santoso");
        let second = world.write(6, async |tx| account::reserve(tx, &namesake).await).await;
        assert_eq!(second.username, "budisantoso2@net");
        assert_ne!(first.password, second.password);
        assert_eq!(format!("{first:?}").matches(first.password.expose()).count(), 0);
        let mut q = world.db.reader();
        let kept: Vec<u8> = q
            .value(
                "select password_enc from network_account where id = $1",
                store::args![first.account],
            )
            .await
            .unwrap();
        let clear = first.password.expose().as_bytes();
        assert!(!kept.windows(clear.len()).any(|w| w == clear), "sealed at rest");
        let (name, password) = account::credentials(&mut q, sub(1)).await.unwrap().unwrap();
        assert_eq!((name, password), (first.username, first.password));
    })
    .await;
}

#[tokio::test]
async fn a_name_asked_for_is_refused_when_taken_and_free_ninety_days_after_closing() {
    both(async |world| {
        let mut want = world.reservation(1, "x");
        want.username = Some(" Budi@Net ".into());
        want.password = Some(Secret::new("lama-123"));
        world.write(0, async |tx| account::reserve(tx, &want).await).await;
        let mut other = world.reservation(2, "x");
        other.username = Some("budi@net".into());
        let refused = world.try_write(1, async |tx| account::reserve(tx, &other).await).await;
        assert_eq!(refused.unwrap_err().fields[0].code, "network.username_taken");

        world.write(2, async |tx| account::close(tx, sub(1)).await).await;
        world.write(2, async |tx| account::close(tx, sub(1)).await).await;
        let day = 86_400;
        let early = world.try_write(89 * day, async |tx| account::reserve(tx, &other).await).await;
        assert_eq!(early.unwrap_err().fields[0].code, "network.username_taken");
        let taken = world.write(91 * day, async |tx| account::reserve(tx, &other).await).await;
        assert_eq!(taken.username, "budi@net");
        let released = world.write(91 * day, async |tx| account::release_old(tx).await).await;
        assert_eq!(released, 0, "it was released when its name was taken");
    })
    .await;
}

#[tokio::test]
async fn bad_names_and_passwords_are_named_by_field() {
    both(async |world| {
        let mut want = world.reservation(1, "x");
        want.username = Some("spasi di tengah".into());
        let fault = world.try_write(0, async |tx| account::reserve(tx, &want).await).await;
        assert_eq!(fault.unwrap_err().fields[0].name, "username");
        want.username = None;
        want.password = Some(Secret::new("a\nb"));
        let fault = world.try_write(0, async |tx| account::reserve(tx, &want).await).await;
        assert_eq!(fault.unwrap_err().fields[0].name, "password");
    })
    .await;
}

#[tokio::test]
async fn the_first_mac_seen_while_the_window_is_open_becomes_the_lock() {
    both(async |world| {
        let reserved = world.subscriber(1, "budi").await;
        let wan = mac("4C:5E:0C:11:22:BB");
        let differs = world
            .write(60, async |tx| account::bind_seen(tx, reserved.account, wan, at(60)).await)
            .await;
        assert!(differs);
        let other = mac("4C:5E:0C:99:99:99");
        let again = world
            .write(90, async |tx| account::bind_seen(tx, reserved.account, other, at(90)).await)
            .await;
        assert!(!again, "the window is shut once a MAC is bound");
        let mut q = world.db.reader();
        let found = account::find(&mut q, &all(), reserved.account).await.unwrap();
        assert_eq!((found.mac, found.mac_scanned), (Some(wan), Some(mac(MAC))));
        assert!(found.mac_differs());
        let list = Filter { mac_differs: true, ..Filter::default() };
        assert_eq!(account::list(&mut q, &all(), &list, None, 10).await.unwrap().len(), 1);
        world.write(99, async |tx| account::mac_reviewed(tx, &all(), reserved.account).await).await;
        assert_eq!(account::list(&mut q, &all(), &list, None, 10).await.unwrap().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn each_mac_policy_opens_its_own_window() {
    both(async |world| {
        for (n, policy, scanned, opens) in [
            (1, MacPolicy::Scan, Some(mac(MAC)), false),
            (2, MacPolicy::Scan, None, true),
            (3, MacPolicy::ScanConfirm, Some(mac(MAC)), true),
            (4, MacPolicy::Off, Some(mac(MAC)), false),
        ] {
            let mut want = world.reservation(n, "budi");
            want.mac_policy = policy;
            world.write(0, async |tx| account::reserve(tx, &want).await).await;
            world.write(1, async |tx| account::open(tx, sub(n), scanned).await).await;
            let found = account::of_subscription(&mut world.db.reader(), sub(n)).await.unwrap();
            let found = found.unwrap();
            assert_eq!(found.mac_open_until.is_some(), opens, "{policy}");
            assert_eq!((found.state, found.mac), (AccountState::Live, scanned));
        }
        world.write(9, async |tx| account::close_mac_window(tx, sub(3)).await).await;
        world.write(9, async |tx| account::close_mac_window(tx, sub(2)).await).await;
        let mut q = world.db.reader();
        let confirmed = account::of_subscription(&mut q, sub(3)).await.unwrap().unwrap();
        assert_eq!(confirmed.mac_open_until, None);
        let unseen = account::of_subscription(&mut q, sub(2)).await.unwrap().unwrap();
        assert!(unseen.mac_open_until.is_some(), "no MAC at all is known yet");
    })
    .await;
}

#[tokio::test]
async fn a_scan_repeated_changes_nothing_and_a_swap_moves_the_lock() {
    both(async |world| {
        let want = world.reservation(1, "budi");
        let swap = world.try_write(0, async |tx| {
            account::reserve(tx, &want).await?;
            account::swap_mac(tx, sub(1), Some(mac(MAC))).await
        });
        assert_eq!(swap.await.unwrap_err().code, "network.account_state");
        world.subscriber(1, "budi").await;
        let events = world
            .write(5, async |tx| {
                account::open(tx, sub(1), Some(mac(MAC))).await?;
                Ok(said(tx))
            })
            .await;
        assert_eq!(events, Vec::<&str>::new());
        let new = mac("4C:5E:0C:00:00:02");
        world.write(6, async |tx| account::swap_mac(tx, sub(1), Some(new)).await).await;
        let found =
            account::of_subscription(&mut world.db.reader(), sub(1)).await.unwrap().unwrap();
        assert_eq!(found.mac, Some(new));
    })
    .await;
}

#[tokio::test]
async fn noc_changes_an_account_by_hand_and_the_journal_never_shows_a_password() {
    both(async |world| {
        let one = world.subscriber(1, "budi").await;
        let two = world.subscriber(2, "siti").await;
        let taken = world
            .try_write(1, async |tx| account::rename(tx, &all(), two.account, "BUDI@net").await)
            .await;
        assert_eq!(taken.unwrap_err().fields[0].code, "network.username_taken");
        world
            .write(2, async |tx| account::rename(tx, &all(), two.account, "siti.a@net").await)
            .await;
        let chosen = Secret::new("pilihan-2026");
        world
            .write(3, async |tx| {
                account::set_password(tx, &all(), one.account, Some(chosen.clone())).await
            })
            .await;
        let made = world
            .write(4, async |tx| account::set_password(tx, &all(), two.account, None).await)
            .await;
        assert_eq!(made.expose().len(), 12);
        let ip: std::net::IpAddr = "103.10.10.9".parse().unwrap();
        let limits = |fixed_ip| Limits { mac_policy: MacPolicy::Off, fixed_ip, sessions_max: 2 };
        world
            .write(5, async |tx| {
                account::set_limits(tx, &all(), one.account, &limits(Some(ip))).await
            })
            .await;
        let clash = world
            .try_write(6, async |tx| {
                account::set_limits(tx, &all(), two.account, &limits(Some(ip))).await
            })
            .await;
        assert_eq!(clash.unwrap_err().fields[0].code, "network.fixed_ip_taken");
        world.write(7, async |tx| account::set_mac(tx, &all(), one.account, mac(MAC)).await).await;
        world.write(8, async |tx| account::unlock_mac(tx, &all(), one.account).await).await;
        let mut q = world.db.reader();
        let journal: Vec<(String, Option<serde_json::Value>)> =
            q.rows("select action, after_state from store_journal", store::args![]).await.unwrap();
        let shown = format!("{journal:?}");
        for secret in [one.password.expose(), two.password.expose(), made.expose(), chosen.expose()]
        {
            assert!(!shown.contains(secret));
        }
        assert!(shown.contains("password_changed") && shown.contains("limits_set"));
    })
    .await;
}

#[tokio::test]
async fn an_account_out_of_scope_does_not_exist() {
    both(async |world| {
        let reserved = world.subscriber(1, "budi").await;
        let elsewhere = Scope { branch: Some(id(77)), ..Scope::all() };
        let partner = Scope { partner: Some(id(78)), ..Scope::all() };
        let mut q = world.db.reader();
        let customer = Scope { customer: Some(id(2_002)), ..Scope::all() };
        let technician = Scope { technician: Some(id(79)), ..Scope::all() };
        let own = Scope { customer: Some(id(2_001)), ..Scope::all() };
        assert!(account::find(&mut q, &own, reserved.account).await.is_ok());
        for scope in [elsewhere, partner, customer, technician] {
            let fault = account::find(&mut q, &scope, reserved.account).await.unwrap_err();
            assert_eq!(
                (fault.kind, fault.code),
                (FaultKind::NotFound, "network.account_not_found")
            );
            let hidden = world
                .try_write(1, async |tx| account::unlock_mac(tx, &scope, reserved.account).await)
                .await;
            assert_eq!(hidden.unwrap_err().kind, FaultKind::NotFound);
            let filter = Filter::default();
            assert!(account::list(&mut q, &scope, &filter, None, 9).await.unwrap().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_directory_shows_what_a_login_is_answered_from() {
    both(async |world| {
        let reserved = world.subscriber(1, "budi").await;
        let waiting = world.reservation(2, "siti");
        world.write(0, async |tx| account::reserve(tx, &waiting).await).await;
        let mut q = world.db.reader();
        let page = directory::page(&mut q, None, 10).await.unwrap();
        assert_eq!(page.rows.len(), 2);
        let budi = page.rows.iter().find(|r| r.account == reserved.account).unwrap();
        assert_eq!((&budi.password, budi.access_version), (&reserved.password, 1));
        assert_eq!(budi.profile.as_ref().unwrap().code, "P20");
        assert!(!format!("{budi:?}").contains(reserved.password.expose()));
        let siti = page.rows.iter().find(|r| r.subscription == sub(2)).unwrap();
        assert_eq!(siti.desired, Desired::Blocked { reason: "not_installed".into() });
        let rest = directory::page(&mut q, page.next, 10).await.unwrap();
        assert!(rest.rows.is_empty() && rest.next.is_none());

        let before = feed::newest(&mut q).await.unwrap();
        world.write(100, async |tx| account::close(tx, sub(1)).await).await;
        let touched = feed::after(&mut q, before).await.unwrap();
        assert_eq!(touched, [(sub(1), before + 1)]);
        let changed = directory::of_subscriptions(&mut q, &[sub(1)]).await.unwrap();
        assert_eq!(changed[0].desired, Desired::Blocked { reason: "terminated".into() });
        world
            .write(20, async |tx| {
                network::access::intend(tx, sub(2), world.full(), ok(), None).await
            })
            .await;
        let touched = feed::after(&mut q, before + 1).await.unwrap();
        assert_eq!(touched, [(sub(2), before + 2)], "by the order of writing, not by the cause");
        assert_eq!(directory::of_subscription(&mut q, sub(1)).await.unwrap().len(), 1);
        let nas = directory::nas(&mut q).await.unwrap();
        assert_eq!(nas[0].secret.expose(), crate::world::SECRET);
        assert_eq!(directory::profiles(&mut q).await.unwrap().1.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_account_sealed_with_a_lost_key_hides_only_itself() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.db.with_ext(std::sync::Arc::new(network::Sealer::new(2, [8; 32])));
        let fresh = world.subscriber(2, "siti").await;
        let mut q = world.db.reader();
        let page = directory::page(&mut q, None, 10).await.unwrap();
        assert_eq!(page.rows.iter().map(|r| r.account).collect::<Vec<_>>(), [fresh.account]);
        let fault = account::credentials(&mut q, sub(1)).await.unwrap_err();
        assert_eq!(fault.code, "network.unreadable_secret");
    })
    .await;
}
