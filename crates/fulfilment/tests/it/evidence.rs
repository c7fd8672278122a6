//! Photos and positions.

use fulfilment::evidence::{Gps, PhotoKind};
use fulfilment::photo::{BYTES_MAX, NewPhoto, picture, put, signature};
use fulfilment::{
    Device, Kind, Online, Scan, State, attach_photo, finish, photos_of, record_gps, record_scan,
    record_signal, reviewed,
};
use kernel::Scope;
use store::testing::both;
use store::{Db, Tx};

use crate::world::{PIN, ROOMS, World, at, mark, office, technician, thing};

fn jpeg(n: u8) -> Vec<u8> {
    vec![0xff, 0xd8, 0xff, 0xe0, n]
}

#[tokio::test]
async fn a_photo_is_known_by_its_hash_and_its_bytes_may_come_later() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1]).await;
        let tono = technician(1);
        let whole = NewPhoto::with_bytes(PhotoKind::Installation, jpeg(1), mark(4));
        let announced = NewPhoto { bytes: None, ..whole.clone() };
        let send = |photo: NewPhoto| {
            let (world, tono) = (world.clone(), tono.clone());
            async move {
                world.run(&tono, async move |tx: &mut Tx| attach_photo(tx, id, photo).await).await
            }
        };
        send(announced.clone()).await.unwrap();
        send(announced).await.unwrap();
        let q = &mut world.db.reader();
        let photos = photos_of(q, id).await.unwrap();
        assert_eq!(photos.len(), 1);
        assert_eq!(photos[0].received_at, None);
        let all = Scope::all();
        let fault = picture(q, &all, id, photos[0].id).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.photo_missing");
        let bytes = jpeg(1);
        let come = async |tx: &mut Tx| put(tx, id, bytes.clone()).await;
        assert_eq!(world.run(&tono, come).await.unwrap(), photos[0].id);
        assert_eq!(world.run(&tono, come).await.unwrap(), photos[0].id);
        let found = picture(q, &all, id, photos[0].id).await.unwrap();
        assert_eq!((found.mime.as_str(), found.bytes), ("image/jpeg", jpeg(1)));
        send(whole).await.unwrap();
        let second = NewPhoto::with_bytes(PhotoKind::Label, jpeg(2), mark(5));
        send(second.clone()).await.unwrap();
        assert_eq!(photos_of(q, id).await.unwrap().len(), 2);
        assert!(picture(q, &technician(2).scope, id, photos[0].id).await.is_err());

        let stranger = jpeg(9);
        let fault = world
            .run(&tono, async |tx: &mut Tx| put(tx, id, stranger.clone()).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "fulfilment.photo_unknown");
        let large = [jpeg(3), vec![0; BYTES_MAX]].concat();
        let large = NewPhoto::with_bytes(PhotoKind::Other, large, mark(6));
        assert_eq!(send(large).await.unwrap_err().code, "fulfilment.photo_too_large");
        let text = NewPhoto::with_bytes(PhotoKind::Other, b"<svg onload=1>".to_vec(), mark(6));
        assert_eq!(send(text).await.unwrap_err().code, "fulfilment.not_a_photo");
        let wrong = NewPhoto { bytes: Some(jpeg(4)), ..second };
        assert_eq!(send(wrong).await.unwrap_err().fields[0].name, "sha256");
    })
    .await;
}

#[tokio::test]
async fn of_two_positions_the_nearer_one_counts_whichever_comes_first() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let near = Gps { lat: -6.2005, lon: 106.8, accuracy_m: 9, at: at(9) };
        let far = Gps { lat: -6.21, lon: 106.8, accuracy_m: 4, at: at(5) };
        let mut seen = Vec::new();
        for pair in [[near, far], [far, near], [near, near]] {
            let id = world.on_site(Kind::Repair, &[1]).await;
            for gps in pair {
                world
                    .run(&technician(1), async |tx: &mut Tx| record_gps(tx, id, gps, None).await)
                    .await
                    .unwrap();
            }
            let order = world.find(id).await;
            seen.push((order.distance_m, order.gps_at, order.gps_accuracy_m));
        }
        assert_eq!(seen[0], (Some(56), Some(at(9)), Some(9)));
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        let id = world.assigned(Kind::Repair, &[1]).await;
        let fault = world
            .run(&technician(1), async |tx: &mut Tx| record_gps(tx, id, near, None).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "fulfilment.wrong_state");
    })
    .await;
}

#[tokio::test]
async fn a_photo_that_is_only_noted_closes_the_job_and_noc_watches_until_it_comes() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let tono = technician(1);
        let close = async |here: (f64, f64)| {
            let id = world.on_site(Kind::Install, &[1]).await;
            let work = async |tx: &mut Tx| {
                let device = Device::Item { item: thing(50), serial: "ZTE50".into(), mac: None };
                record_scan(tx, id, Scan { device, typed_because: None, mark: mark(4) }).await?;
                let whole = NewPhoto::with_bytes(PhotoKind::Installation, jpeg(1), mark(4));
                attach_photo(tx, id, NewPhoto { bytes: None, ..whole }).await?;
                let gps = Gps { lat: here.0, lon: here.1, accuracy_m: 9, at: at(5) };
                record_gps(tx, id, gps, None).await?;
                finish(tx, id, &Online::Yes, mark(6)).await
            };
            let order = world.run(&tono, work).await.unwrap();
            assert_eq!(order.state, State::Done);
            assert_eq!((order.review, order.review_why.as_deref()), (true, Some("photo_missing")));
            id
        };
        let come = async |tx: &mut Tx, id| put(tx, id, jpeg(1)).await.map(drop);
        let id = close(PIN).await;
        let near = Gps { lat: PIN.0, lon: PIN.1, accuracy_m: 3, at: at(2) };
        let late = async |tx: &mut Tx| record_gps(tx, id, near, None).await;
        let order = world.run(&tono, late).await.unwrap();
        assert_eq!(order.review_why.as_deref(), Some("photo_missing"), "a position is no photo");
        world.run(&tono, async |tx: &mut Tx| come(tx, id).await).await.unwrap();
        let order = world.find(id).await;
        assert_eq!((order.review, order.review_why), (false, None));
        // Far from the pin it stays on the list for that; what NOC has looked at does not come back.
        let id = close((-6.3, 106.8)).await;
        world.run(&tono, async |tx: &mut Tx| come(tx, id).await).await.unwrap();
        let order = world.find(id).await;
        assert_eq!((order.review, order.review_why.as_deref()), (true, Some("far")));
        let id = close((-6.3, 106.8)).await;
        world.run(&office(), async |tx: &mut Tx| reviewed(tx, id, "ok").await).await.unwrap();
        world.run(&tono, async |tx: &mut Tx| come(tx, id).await).await.unwrap();
        assert!(!world.find(id).await.review);
    })
    .await;
}

#[tokio::test]
async fn of_two_readings_the_later_one_counts_whichever_comes_first() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let (weak, good) = ((-28.5, mark(4)), (-19.42, mark(9)));
        let mut seen = Vec::new();
        for pair in [[weak, good], [good, weak]] {
            let id = world.on_site(Kind::Install, &[1]).await;
            for (dbm, mark) in pair {
                let read = async move |tx: &mut Tx| record_signal(tx, id, dbm, mark).await;
                world.run(&technician(1), read).await.unwrap();
            }
            let order = world.find(id).await;
            let story = fulfilment::steps(&mut world.db.reader(), id).await.unwrap();
            let read: Vec<_> = story.into_iter().filter(|one| one.step == "signal").collect();
            assert_eq!(read.len(), 2);
            seen.push((order.signal_cdbm, order.signal_at));
        }
        assert_eq!(seen[0], (Some(-1_942), Some(at(9))));
        assert_eq!(seen[0], seen[1]);
        let id = world.on_site(Kind::Install, &[1]).await;
        let far = async move |tx: &mut Tx| record_signal(tx, id, -51.0, mark(4)).await;
        let fault = world.run(&technician(1), far).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "dbm");
        let strangers = async move |tx: &mut Tx| record_signal(tx, id, -20.0, mark(4)).await;
        let fault = world.run(&technician(2), strangers).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.order_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_signature_is_kept_with_its_name_and_is_no_photo_of_the_work() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1]).await;
        let tono = technician(1);
        let drawn = |n: u8, minute: i64, signer: &str| NewPhoto {
            signer: Some(signer.to_owned()),
            ..NewPhoto::with_bytes(PhotoKind::Signature, jpeg(n), mark(minute))
        };
        let announced = NewPhoto { bytes: None, ..drawn(1, 4, " Ibu Sri ") };
        let attach = |photo: NewPhoto| {
            let (world, tono) = (world.clone(), tono.clone());
            async move {
                world.run(&tono, async move |tx: &mut Tx| attach_photo(tx, id, photo).await).await
            }
        };
        attach(announced).await.unwrap();
        let order = world.find(id).await;
        let q = &mut world.db.reader();
        assert!(signature(q, &order).await.unwrap().is_none(), "its bytes are on the phone");
        let bytes = jpeg(1);
        world.run(&tono, async move |tx: &mut Tx| put(tx, id, bytes).await).await.unwrap();
        let (photo, picture) = signature(q, &order).await.unwrap().unwrap();
        assert_eq!((photo.signer.as_deref(), picture.bytes), (Some("Ibu Sri"), jpeg(1)));
        attach(drawn(2, 6, "Pak Budi")).await.unwrap();
        let (photo, _) = signature(q, &order).await.unwrap().unwrap();
        assert_eq!(photo.signer.as_deref(), Some("Pak Budi"), "the last one counts");
        let fault = attach(drawn(3, 7, &"x".repeat(101))).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "signer");

        let device = Device::Item { item: thing(1), serial: "ZTE1".into(), mac: None };
        let scan = Scan { device, typed_because: None, mark: mark(5) };
        let scanned = async move |tx: &mut Tx| record_scan(tx, id, scan.clone()).await;
        world.run(&tono, scanned).await.unwrap();
        let done = async move |tx: &mut Tx| finish(tx, id, &Online::Yes, mark(8)).await;
        let fault = world.run(&tono, done).await.unwrap_err();
        let names: Vec<_> = fault.fields.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["photo"], "a signature shows nothing of the work");
    })
    .await;
}
