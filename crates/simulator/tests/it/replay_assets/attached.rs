//! Attaching: the handshake, the first sync, the manners of the connection.

use super::*;

#[tokio::test]
async fn attaching_matches_by_serial_previews_it_and_asks_where_places_differ() {
    both(async |isp: Isp| {
        let same = isp.received("ZTE001").await;
        let other = isp.received("ZTE002").await;
        isp.received("ZTE003").await;
        for (path, body) in [
            ("/api/stock/location/", json!({ "name": "Gudang Utama" })),
            ("/api/stock/location/", json!({ "name": "Rak lama" })),
            (
                "/api/part/",
                json!({ "name": "ONT", "IPN": "ZTE-F670", "trackable": true, "salable": true }),
            ),
            (
                "/api/stock/",
                json!({ "part": 1, "location": 1, "quantity": 1, "serial_numbers": "ZTE001" }),
            ),
            (
                "/api/stock/",
                json!({ "part": 1, "location": 2, "quantity": 1, "serial_numbers": "ZTE002" }),
            ),
            (
                "/api/stock/",
                json!({ "part": 1, "location": 1, "quantity": 1, "serial_numbers": "OLD1" }),
            ),
        ] {
            isp.by_hand("POST", path, body).await;
        }
        let preview = compare::preview(&isp.db, &*isp.system).await.unwrap();
        assert_eq!(
            preview,
            compare::Preview { matched: 2, to_make: 1, only_there: 1, twice_there: 0 }
        );
        isp.attached().await;
        assert_eq!(isp.replay.world().items.len(), 4, "one was made");
        let open = isp.findings().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!((open[0].local_id, open[0].verdict), (Some(other.uuid()), Verdict::Differs));
        assert!(isp.told("ZTE001").is_empty() && isp.told("ZTE002").is_empty());
        assert_eq!(isp.item(same).await.version, 1);
        compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
        let old = find::by_serial(&mut isp.db.reader(), &Scope::all(), "OLD1").await.unwrap();
        assert_eq!(old.location_id, isp.warehouse, "received here");
        // Attached again: nothing differs, nothing is made.
        isp.write(async |tx: &mut Tx| engine::detach(tx, ENGINE).await).await.unwrap();
        let secret = Secret::new(TOKEN);
        isp.write(async |tx: &mut Tx| engine::attach(tx, ENGINE, &json!({}), &secret).await)
            .await
            .unwrap();
        isp.attached().await;
        assert_eq!(isp.replay.world().items.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn the_handshake_names_what_is_missing() {
    both(async |isp: Isp| {
        let fine = isp.system.handshake().await.unwrap();
        assert!(fine.missing.is_empty(), "{fine:?}");
        assert_eq!(fine.version, "1.2.0 dev (API 425)");
        assert_eq!(fine.warnings.len(), 2, "unique serials, the status: {fine:?}");
        isp.replay.world().roles_missing.insert("stock".into());
        isp.replay.world().roles_missing.insert("company".into());
        let poor = isp.system.handshake().await.unwrap();
        assert_eq!(poor.missing.len(), 5, "{poor:?}");
        isp.replay.world().api_version = 380;
        assert_eq!(isp.system.handshake().await.unwrap().missing.len(), 1);
        isp.replay.world().api_version = 425;
        let nobody = connector(&isp.replay, "inv-wrong-token", Duration::from_secs(5));
        let fault = nobody.handshake().await.unwrap_err();
        assert_eq!(fault.code, "bridge.engine_login");
        assert!(!format!("{fault:?}").contains("inv-wrong-token"));
        let viewer = connector(&isp.replay, TOKEN_VIEWER, Duration::from_secs(5));
        assert_eq!(viewer.item("1").await.unwrap_err().code, "bridge.engine_forbidden");
    })
    .await;
}

#[tokio::test]
async fn no_cookie_is_kept_and_no_more_is_asked_at_once_than_set() {
    both(async |isp: Isp| {
        let (user, password) = simulator::replay::inventree::LOGIN;
        let wait = Duration::from_secs(5);
        let url = isp.replay.url();
        let token = connectors::inventree::login(&url, user, &Secret::new(password), wait).await;
        assert_eq!(token.unwrap().expose(), TOKEN);
        let wrong = connectors::inventree::login(&url, user, &Secret::new("salah"), wait).await;
        assert_eq!(wrong.unwrap_err().code, "bridge.engine_login");
        let many = (0..12).map(|_| isp.system.item("1"));
        for answer in futures::future::join_all(many).await {
            assert!(answer.unwrap().is_none());
        }
        assert!(isp.replay.in_flight_max() <= 2, "{}", isp.replay.in_flight_max());
        assert_eq!(isp.replay.cookies_seen(), 0);
    })
    .await;
}
