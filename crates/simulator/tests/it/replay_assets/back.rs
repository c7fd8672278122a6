//! What is done there comes back, is asked about, or is found.

use super::*;

#[tokio::test]
async fn what_people_move_there_comes_back_once_with_and_without_history() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        isp.later(60);
        isp.poll().await;
        isp.moved_there("ZTE001", "Tas teknisi/Tas Andi").await;
        assert_eq!(isp.poll().await.adopted, 1);
        assert_eq!(isp.item(item).await.location_id, isp.bags[0]);
        // The feeds overlap by a minute.
        assert_eq!(isp.poll().await.adopted, 0);
        isp.later(60);
        // An edit leaves no row in the history.
        let (pk, sari) = (isp.pk("ZTE001"), isp.place("Tas teknisi/Tas Sari"));
        isp.by_hand("PATCH", &format!("/api/stock/{pk}/"), json!({ "location": sari })).await;
        assert_eq!(isp.poll().await.adopted, 1);
        let now = isp.item(item).await;
        assert_eq!((now.location_id, now.state), (isp.bags[1], ItemState::InTransit));
        let history = find::history(&mut isp.db.reader(), item).await.unwrap();
        assert_eq!(history.len(), 3);
        assert_eq!(history[2].actor_name, "inventree");
        isp.mirror().await;
        assert!(isp.told("ZTE001").is_empty(), "what came from there is not told again");
        assert!(isp.findings().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn moves_on_both_sides_are_one_conflict_and_a_person_decides_either_way() {
    for (choice, place) in [(Settle::Heal, "Tas Andi"), (Settle::Adopt, "Tas Sari")] {
        both(async |isp: Isp| {
            isp.attached().await;
            let item = isp.received("ZTE001").await;
            isp.mirror().await;
            isp.later(60);
            isp.poll().await;
            isp.to(item, isp.bags[0]).await;
            isp.moved_there("ZTE001", "Tas teknisi/Tas Sari").await;
            let polled = isp.poll().await;
            assert_eq!((polled.marked, polled.adopted), (1, 0));
            isp.mirror().await;
            isp.poll().await;
            isp.mirror().await;
            let open = isp.findings().await;
            assert_eq!(open.len(), 1, "{open:?}");
            assert_eq!(open[0].verdict, Verdict::Conflict);
            assert_eq!(open[0].ours.as_deref(), Some("Tas Andi"));
            assert_eq!(open[0].theirs.as_deref(), Some("Tas Sari"));
            assert_eq!(isp.there("ZTE001"), "Tas teknisi/Tas Sari", "nothing was written over");
            assert_eq!(isp.item(item).await.location_id, isp.bags[0]);
            isp.later(60);
            isp.settle(choice).await;
            isp.mirror().await;
            assert_eq!(isp.there("ZTE001"), format!("Tas teknisi/{place}"));
            let at = isp.item(item).await.location_id;
            let ours = location::find(&mut isp.db.reader(), &Scope::all(), at).await.unwrap();
            assert_eq!(ours.name, place);
            isp.later(60);
            isp.poll().await;
            isp.mirror().await;
            assert!(isp.findings().await.is_empty());
            assert_eq!(isp.waiting().await, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn our_lost_answer_and_their_later_move_is_no_conflict_theirs_is_newer() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        isp.later(60);
        isp.poll().await;
        isp.to(item, isp.bags[0]).await;
        isp.replay.next([Mishap::LostAnswer]);
        isp.mirror().await;
        isp.moved_there("ZTE001", "Tas teknisi/Tas Sari").await;
        isp.later(10);
        isp.mirror().await;
        isp.poll().await;
        assert_eq!(isp.item(item).await.location_id, isp.bags[1]);
        assert!(isp.findings().await.is_empty());
        assert_eq!(isp.told("ZTE001"), [operation(item, 2)]);
    })
    .await;
}

#[tokio::test]
async fn given_to_a_customer_there_without_a_work_order_is_asked() {
    both(async |isp: Isp| {
        isp.attached().await;
        let item = isp.received("ZTE001").await;
        isp.mirror().await;
        isp.later(60);
        isp.poll().await;
        let body = json!({ "name": "Toko Maju", "is_customer": true });
        let company = isp.by_hand("POST", "/api/company/", body).await["pk"].clone();
        let body = json!({ "items": [{ "item": isp.pk("ZTE001") }], "customer": company });
        isp.by_hand("POST", "/api/stock/assign/", body).await;
        assert_eq!(isp.poll().await.asked, 1);
        let open = isp.findings().await;
        assert_eq!((open.len(), open[0].verdict), (1, Verdict::Differs));
        assert_eq!(isp.item(item).await.state, ItemState::InStock);
        // Undone there: it heals by itself.
        isp.later(60);
        let body = json!({ "items": [{ "pk": isp.pk("ZTE001"), "quantity": 1 }],
        "location": isp.place("Gudang Utama") });
        isp.by_hand("POST", "/api/stock/return/", body).await;
        isp.poll().await;
        assert!(isp.findings().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_received_there_on_a_purchase_order_is_received_here_on_its_number() {
    both(async |isp: Isp| {
        isp.attached().await;
        let gudang = isp.place("Gudang Utama");
        let supplier = json!({ "name": "OptiSupply", "is_supplier": true, "is_customer": false });
        let supplier = isp.by_hand("POST", "/api/company/", supplier).await["pk"].clone();
        let part = json!({ "part": 1, "supplier": supplier, "SKU": "OS-1" });
        let part = isp.by_hand("POST", "/api/company/part/", part).await["pk"].clone();
        isp.by_hand("POST", "/api/order/po/", json!({ "supplier": supplier })).await;
        let line = json!({ "order": 1, "part": part, "quantity": 2, "purchase_price": "42.50" });
        isp.by_hand("POST", "/api/order/po-line/", line).await;
        isp.by_hand("POST", "/api/order/po/1/issue/", json!({})).await;
        let body = json!({ "location": gudang, "items": [
        { "line_item": 1, "quantity": 2, "serial_numbers": "HWTC0001,HWTC0002" }] });
        isp.by_hand("POST", "/api/order/po/1/receive/", body).await;
        assert_eq!(isp.poll().await.received, 2);
        assert_eq!(isp.poll().await.received, 0);
        let item = find::by_serial(&mut isp.db.reader(), &Scope::all(), "HWTC0001").await.unwrap();
        assert_eq!((item.location_id, item.type_id), (isp.warehouse, isp.ont));
        let history = find::history(&mut isp.db.reader(), item.id).await.unwrap();
        assert_eq!(history[0].document, "PO-0001 OptiSupply");
        isp.mirror().await;
        assert_eq!(isp.replay.world().items.len(), 2, "nothing is made twice");
    })
    .await;
}

#[tokio::test]
async fn a_backup_put_back_is_found_shown_and_healed_by_choice() {
    both(async |isp: Isp| {
        isp.attached().await;
        let moved = isp.received("ZTE001").await;
        isp.mirror().await;
        let backup = isp.replay.backup();
        isp.later(86_400);
        isp.to(moved, isp.bags[0]).await;
        let newer = isp.received("ZTE002").await;
        isp.mirror().await;
        isp.poll().await;
        isp.later(60);
        isp.replay.restore(&backup);
        let polled = isp.poll().await;
        assert!(polled.rewound, "{polled:?}");
        let compared = compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
        assert_eq!(compared.missing_there, 1);
        let open = isp.findings().await;
        assert!(open.iter().any(|f| f.field.as_deref() == Some("history")), "{open:?}");
        let gone = open.iter().find(|f| f.verdict == Verdict::MissingThere).unwrap();
        assert_eq!(gone.local_id, Some(newer.uuid()));
        // The move that the backup does not know is not mistaken for a move back.
        assert_eq!(isp.item(moved).await.location_id, isp.bags[0], "{open:?}");
        isp.write(async |tx: &mut Tx| {
            for found in &open {
                let found = finding::settle(tx, found.id, Settle::Heal).await?;
                adopt::settled(tx, &found, Settle::Heal).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Tas teknisi/Tas Andi");
        assert_eq!(isp.there("ZTE002"), "Gudang Utama");
    })
    .await;
}

#[tokio::test]
async fn deleted_there_is_found_by_the_full_pass_and_made_again_by_choice() {
    both(async |isp: Isp| {
        isp.attached().await;
        isp.received("ZTE001").await;
        isp.received("ZTE002").await;
        isp.mirror().await;
        isp.poll().await;
        let pk = isp.pk("ZTE001");
        isp.by_hand("DELETE", &format!("/api/stock/{pk}/"), json!({})).await;
        let compared = compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
        assert_eq!((compared.missing_there, compared.there.equal), (1, 1), "{compared:?}");
        isp.later(60);
        isp.settle(Settle::Heal).await;
        isp.mirror().await;
        assert_eq!(isp.there("ZTE001"), "Gudang Utama");
        isp.later(60);
        let compared = compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
        assert_eq!((compared.missing_there, compared.there.equal), (0, 2));
    })
    .await;
}

#[tokio::test]
async fn one_serial_twice_there_is_one_finding_and_nothing_is_moved() {
    both(async |isp: Isp| {
    isp.attached().await;
    let item = isp.received("ZTE001").await;
    isp.mirror().await;
    isp.later(60);
    isp.poll().await;
    // Two desks at once, as recorded.
    isp.replay.race(2);
    let new = |place: i64| json!({ "part": 1, "location": place, "quantity": 1, "serial_numbers": "ZTE009" });
    let (gudang, andi) = (isp.place("Gudang Utama"), isp.place("Tas teknisi/Tas Andi"));
    futures::future::join(
        isp.by_hand("POST", "/api/stock/", new(gudang)),
        isp.by_hand("POST", "/api/stock/", new(andi)),
    )
    .await;
    isp.replay.race_over();
    let mine = isp.received("ZTE009").await;
    isp.mirror().await;
    let compared = compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
    assert_eq!(compared.duplicates, 1);
    let open = isp.findings().await;
    assert_eq!((open.len(), open[0].verdict), (1, Verdict::Duplicate), "{open:?}");
    assert_eq!(open[0].local_id, Some(mine.uuid()));
    assert_eq!(isp.replay.world().by_serial("ZTE009").len(), 2);
    assert_eq!(isp.item(item).await.location_id, isp.warehouse);
    // Put right there: the next pass heals it and links the one that is left.
    let twin = {
        let world = isp.replay.world();
        world.by_serial("ZTE009").iter().find(|i| i.location == Some(andi)).unwrap().pk
    };
    isp.by_hand("DELETE", &format!("/api/stock/{twin}/"), json!({})).await;
    isp.later(60);
    compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
    isp.mirror().await;
    assert!(isp.findings().await.is_empty());
    let linked = link::get(&mut isp.db.reader(), ENGINE, Subject::Item, mine.uuid()).await;
    assert!(linked.unwrap().is_some());
    })
    .await;
}
