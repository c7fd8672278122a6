//! Work orders from opening to closing.

use fulfilment::evidence::{Gps, PhotoKind};
use fulfilment::photo::NewPhoto;
use fulfilment::{
    Device, Filter, Kind, Mark, NewWorkOrder, Online, Scan, State, WorkOrder, accept,
    approve_own_device, assign, attach_photo, cancel, fail, finish, jobs, list, on_site,
    on_the_way, record_gps, record_scan, reschedule, reviewed, steps, technicians_of,
};
use kernel::{Event, Fault, Scope, WorkOrderId};
use store::testing::{both, race};
use store::{Db, Tx};

use crate::world::{PIN, ROOMS, World, at, day, mark, new_order, office, technician, thing, user};

const JPEG: [u8; 8] = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4];

pub fn item(n: u8) -> Device {
    Device::Item { item: thing(n), serial: format!("ZTE{n}"), mac: None }
}

pub fn scan(device: Device, minute: i64) -> Scan {
    Scan { device, typed_because: None, mark: mark(minute) }
}

pub async fn complete(world: &World, id: WorkOrderId, who: u8) -> Result<WorkOrder, Fault> {
    world
        .run(&technician(who), async |tx: &mut Tx| {
            record_scan(tx, id, scan(item(50), 4)).await?;
            let photo = NewPhoto::with_bytes(PhotoKind::Installation, JPEG.to_vec(), mark(5));
            attach_photo(tx, id, photo).await?;
            let gps = Gps { lat: PIN.0, lon: PIN.1, accuracy_m: 8, at: at(6) };
            record_gps(tx, id, gps, None).await?;
            finish(tx, id, &Online::Yes, mark(7)).await
        })
        .await
}

#[tokio::test]
async fn an_install_goes_from_open_to_done_and_says_so() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let opened = world.open(Kind::Install).await;
        assert_eq!((opened.number.as_str(), opened.state), ("SPK000001", State::Open));
        let id = opened.id;
        let (tono, subscription) = (technician(1), opened.subscription_id);
        let said = world
            .events(&office(), async |tx: &mut Tx| assign(tx, id, &[user(1)], day(23)).await)
            .await;
        assert_eq!(said, [Event::WorkOrderAssigned { work_order: id }]);
        let said = world
            .events(&tono, async |tx: &mut Tx| {
                accept(tx, id, mark(1)).await?;
                on_the_way(tx, id, mark(2)).await?;
                on_site(tx, id, mark(3)).await
            })
            .await;
        assert_eq!(said, [Event::WorkOrderOnTheWay { work_order: id }]);
        let said = world
            .events(&tono, async |tx: &mut Tx| record_scan(tx, id, scan(item(50), 4)).await)
            .await;
        let item = Some(thing(50));
        assert_eq!(said, [Event::DeviceScanned { work_order: id, subscription, item }]);
        let done = complete(&world, id, 1).await.unwrap();
        assert_eq!((done.state, done.review), (State::Done, false));
        assert_eq!(done.online_result.as_deref(), Some("online"));
        assert_eq!(done.distance_m, Some(0));
        let said = world
            .events(&tono, async |tx: &mut Tx| finish(tx, id, &Online::Yes, mark(9)).await)
            .await;
        assert!(said.is_empty(), "done again says nothing");
        let story = steps(&mut world.db.reader(), id).await.unwrap();
        let story: Vec<&str> = story.iter().map(|s| s.step.as_str()).collect();
        for step in ["opened", "assigned", "accepted", "on_the_way", "on_site", "scanned", "done"] {
            assert!(story.contains(&step), "{step} in {story:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn closing_names_what_is_missing_and_gps_only_asks_for_a_look() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1]).await;
        let tono = technician(1);
        let close = async |tx: &mut Tx| finish(tx, id, &Online::Yes, mark(9)).await;
        let fault = world.run(&tono, close).await.unwrap_err();
        assert_eq!(fault.code, fulfilment::evidence::NOT_COMPLETE);
        let names: Vec<_> = fault.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["scan", "photo"]);
        let typed = Scan { typed_because: Some("label rusak".into()), ..scan(item(50), 4) };
        world
            .run(&tono, async |tx: &mut Tx| {
                record_scan(tx, id, typed.clone()).await?;
                let photo = NewPhoto::with_bytes(PhotoKind::Installation, JPEG.to_vec(), mark(5));
                attach_photo(tx, id, photo).await
            })
            .await
            .unwrap();
        let fault = world.run(&tono, close).await.unwrap_err();
        assert_eq!(
            fault.fields[0].name, "label_photo",
            "a typed serial needs a photo of the label"
        );
        let label = [&JPEG[..], &[9]].concat();
        world
            .run(&tono, async |tx: &mut Tx| {
                let photo = NewPhoto::with_bytes(PhotoKind::Label, label.clone(), mark(6));
                attach_photo(tx, id, photo).await
            })
            .await
            .unwrap();
        let fault = world
            .run(&tono, async |tx: &mut Tx| finish(tx, id, &Online::No(" ".into()), mark(9)).await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].name, "note");
        let done = world.run(&tono, close).await.unwrap();
        assert_eq!((done.review, done.review_why.as_deref()), (true, Some("no_gps")));
        let filter = Filter { review: true, ..Filter::default() };
        let q = &mut world.db.reader();
        assert_eq!(list(q, &Scope::all(), &filter, None, 9).await.unwrap().items.len(), 1);
        world
            .run(&office(), async |tx: &mut Tx| reviewed(tx, id, "foto cukup").await)
            .await
            .unwrap();
        assert!(list(q, &Scope::all(), &filter, None, 9).await.unwrap().items.is_empty());
        let late = Gps { lat: -6.5, lon: 106.8, accuracy_m: 8, at: at(8) };
        world.run(&tono, async |tx: &mut Tx| record_gps(tx, id, late, None).await).await.unwrap();
        assert!(!world.find(id).await.review, "what was looked at is not asked again");
    })
    .await;
}

#[tokio::test]
async fn a_failed_visit_is_followed_by_the_next_with_fresh_evidence() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1]).await;
        let tono = technician(1);
        let fault = world
            .run(&tono, async |tx: &mut Tx| fail(tx, id, " ", mark(4)).await)
            .await
            .unwrap_err();
        assert_eq!(fault.fields[0].name, "reason");
        let said = world
            .events(&tono, async |tx: &mut Tx| fail(tx, id, "tidak di rumah", mark(4)).await)
            .await;
        assert_eq!(said, [Event::WorkOrderFailed { work_order: id }]);
        let again = async |tx: &mut Tx| fail(tx, id, "lain", mark(5)).await;
        assert_eq!(
            world.run(&tono, again).await.unwrap().failed_reason.as_deref(),
            Some("tidak di rumah")
        );
        let assign_it = async |tx: &mut Tx| assign(tx, id, &[user(2)], day(24)).await;
        let fault = world.run(&office(), assign_it).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.wrong_state");
        let next = world
            .run(&office(), async |tx: &mut Tx| reschedule(tx, id, &[user(2)], day(25)).await)
            .await
            .unwrap();
        assert_eq!((next.visit, next.state), (2, State::Assigned));
        let stale = Mark { visit: Some(1), ..mark(6) };
        let fault = world
            .run(&technician(2), async |tx: &mut Tx| accept(tx, id, stale).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "fulfilment.other_visit");
        let fault =
            world.run(&tono, async |tx: &mut Tx| accept(tx, id, mark(6)).await).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.order_not_found", "it is a colleague's job now");
        world.run(&technician(2), async |tx: &mut Tx| accept(tx, id, mark(6)).await).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn once_the_device_is_in_place_an_install_neither_fails_nor_is_cancelled() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1]).await;
        world
            .run(&technician(1), async |tx: &mut Tx| record_scan(tx, id, scan(item(50), 4)).await)
            .await
            .unwrap();
        let failing = async |tx: &mut Tx| fail(tx, id, "x", mark(5)).await;
        let fault = world.run(&technician(1), failing).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.device_in_place");
        let cancelling = async |tx: &mut Tx| cancel(tx, id, "x").await;
        let fault = world.run(&office(), cancelling).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.device_in_place");
    })
    .await;
}

#[tokio::test]
async fn only_the_one_who_scanned_may_take_another_device() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.on_site(Kind::Install, &[1, 2]).await;
        let by = |who: u8, device: Device| {
            let world = world.clone();
            async move {
                let work = async move |tx: &mut Tx| record_scan(tx, id, scan(device, 4)).await;
                world.run(&technician(who), work).await
            }
        };
        by(1, item(50)).await.unwrap();
        assert_eq!(by(2, item(50)).await.unwrap().serial.as_deref(), Some("ZTE50"));
        assert_eq!(by(2, item(51)).await.unwrap_err().code, "fulfilment.scanned_already");
        let changed = by(1, item(51)).await.unwrap();
        assert_eq!(changed.item_id, Some(thing(51)));
        let own = Device::Own { mac: "4C:5E:0C:11:22:AA".into() };
        let fault = by(1, own.clone()).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.own_device_not_approved");
        world.run(&office(), async |tx: &mut Tx| approve_own_device(tx, id).await).await.unwrap();
        let own = by(1, own).await.unwrap();
        assert_eq!((own.item_id, own.mac_scanned.as_deref()), (None, Some("4C:5E:0C:11:22:AA")));
    })
    .await;
}

#[tokio::test]
async fn dispatch_may_change_people_until_they_are_on_site() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Repair, &[1]).await;
        let give = async |who: &[u8], dom: i8| {
            let users: Vec<_> = who.iter().map(|n| user(*n)).collect();
            world.run(&office(), async |tx: &mut Tx| assign(tx, id, &users, day(dom)).await).await
        };
        world.run(&technician(1), async |tx: &mut Tx| accept(tx, id, mark(1)).await).await.unwrap();
        let moved = give(&[1], 24).await.unwrap();
        assert_eq!(moved.state, State::Accepted, "another day needs no new yes");
        let other = give(&[2, 1, 2], 24).await.unwrap();
        assert_eq!(other.state, State::Assigned);
        let q = &mut world.db.reader();
        assert_eq!(technicians_of(q, id).await.unwrap(), [user(1), user(2)]);
        assert_eq!(give(&[], 24).await.unwrap_err().fields[0].name, "technicians");
        world
            .run(&technician(2), async |tx: &mut Tx| {
                accept(tx, id, mark(2)).await?;
                on_the_way(tx, id, mark(3)).await?;
                on_site(tx, id, mark(4)).await
            })
            .await
            .unwrap();
        assert_eq!(give(&[1], 25).await.unwrap_err().code, "fulfilment.wrong_state");
        let fault = world
            .run(&technician(1), async |tx: &mut Tx| assign(tx, id, &[user(1)], day(25)).await)
            .await
            .unwrap_err();
        assert_eq!(fault.code, "forbidden");
    })
    .await;
}

#[tokio::test]
async fn a_subscription_has_one_live_install_order() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let open = async |tx: &mut Tx| fulfilment::open(tx, new_order(Kind::Install)).await;
        let first = world.run(&office(), open).await.unwrap();
        let fault = world.run(&office(), open).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.already_open");
        world
            .run(&office(), async |tx: &mut Tx| cancel(tx, first.id, "batal").await)
            .await
            .unwrap();
        let repair = async |tx: &mut Tx| fulfilment::open(tx, new_order(Kind::Repair)).await;
        world.run(&office(), repair).await.unwrap();
        world.run(&office(), repair).await.unwrap();
        let again = world.run(&office(), open).await.unwrap();
        let q = &mut world.db.reader();
        let live = fulfilment::live_install(q, again.subscription_id).await.unwrap().unwrap();
        assert_eq!(live.id, again.id);
    })
    .await;
}

#[tokio::test]
async fn an_order_out_of_scope_does_not_exist() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1]).await;
        let q = &mut world.db.reader();
        for scope in [
            technician(1).scope,
            Scope { branch: Some(thing(3)), ..Scope::all() },
            Scope { customer: Some(thing(2)), ..Scope::all() },
        ] {
            assert!(fulfilment::find(q, &scope, id).await.is_ok(), "{scope:?}");
        }
        for scope in [
            technician(2).scope,
            Scope { branch: Some(thing(9)), ..Scope::all() },
            Scope { customer: Some(thing(9)), ..Scope::all() },
            Scope { partner: Some(thing(9)), ..Scope::all() },
        ] {
            let fault = fulfilment::find(q, &scope, id).await.unwrap_err();
            assert_eq!(fault.code, "fulfilment.order_not_found");
            let page = list(q, &scope, &Filter::default(), None, 9).await.unwrap();
            assert!(page.items.is_empty());
        }
        let work = async |tx: &mut Tx| accept(tx, id, mark(1)).await;
        let fault = world.run(&technician(2), work).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.order_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_technician_sees_late_jobs_and_those_of_the_days_asked_for() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let mut ids = Vec::new();
        for dom in [21, 22, 23, 24] {
            let id = world.open(Kind::Repair).await.id;
            world
                .run(&office(), async |tx: &mut Tx| assign(tx, id, &[user(1)], day(dom)).await)
                .await
                .unwrap();
            ids.push(id);
        }
        let other = world.assigned(Kind::Repair, &[2]).await;
        let q = &mut world.db.reader();
        let found: Vec<_> =
            jobs(q, user(1), day(22), day(23)).await.unwrap().iter().map(|o| o.id).collect();
        assert_eq!(found, ids[..3], "the late one, and the two days; not {other}");
        let first = list(q, &Scope::all(), &Filter::default(), None, 2).await.unwrap();
        let rest = list(q, &Scope::all(), &Filter::default(), first.next, 200).await.unwrap();
        assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 3, None));
        let mut seen: Vec<_> = first.items.iter().chain(&rest.items).map(|o| o.id).collect();
        assert!(seen.is_sorted_by(|a, b| a > b), "newest first");
        seen.sort();
        ids.push(other);
        ids.sort();
        assert_eq!(seen, ids);
    })
    .await;
}

#[tokio::test]
async fn two_technicians_accepting_at_once_both_succeed() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1, 2]).await;
        let (one, other) = race(|n| {
            let world = world.clone();
            let actor = technician(if n == 0 { 1 } else { 2 });
            async move {
                world.run(&actor, async move |tx: &mut Tx| accept(tx, id, mark(1)).await).await
            }
        })
        .await;
        one.unwrap();
        other.unwrap();
        let story = steps(&mut world.db.reader(), id).await.unwrap();
        assert_eq!(story.iter().filter(|s| s.step == "accepted").count(), 2);
        assert_eq!(world.find(id).await.state, State::Accepted);
        let (one, other) = race(|_| {
            let world = world.clone();
            async move {
                let new = NewWorkOrder { subscription: thing(77), ..new_order(Kind::Dismantle) };
                let open = async move |tx: &mut Tx| fulfilment::open(tx, new).await;
                world.run(&office(), open).await
            }
        })
        .await;
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    })
    .await;
}
