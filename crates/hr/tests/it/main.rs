//! Attendance and earnings on both databases.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod earning;

use hr::attendance::{Kind, NewCheck, Picture, between, of, picture, record};
use hr::fence::{Found, Here, Place};
use kernel::actor::Who;
use kernel::permission::PermissionSet;
use kernel::{Actor, BranchId, Cause, FieldOpId, Permission, Scope, Ts, UserId};
use store::testing::{both, now};
use store::{Db, Tx};

const ROOMS: &[&store::Migrations] = &[&hr::MIGRATIONS];

fn id<T>(n: u8) -> kernel::Id<T> {
    format!("0193a9d0-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

fn technician(n: u8) -> Actor {
    Actor {
        who: Who::User(id(n)),
        name: format!("Teknisi {n}"),
        permissions: PermissionSet::empty().with(Permission::AttendanceCheck),
        scope: Scope { technician: Some(id(n)), ..Scope::all() },
        from: None,
    }
}

fn check(op: u8, kind: Kind, at: Ts) -> NewCheck {
    NewCheck {
        op_id: id(op),
        branch: Some(id(50)),
        kind,
        at,
        here: Some(Here { lat: -6.2, lon: 106.8, accuracy_m: 8 }),
        found: Found { place: Place::Office, job: None, distance_m: Some(12) },
        photo: None,
    }
}

async fn send(db: &Db, actor: &Actor, at: Ts, new: NewCheck) -> kernel::Result<()> {
    db.write(&Cause::new(at, actor.clone()), async move |tx: &mut Tx| record(tx, new.clone()).await)
        .await
}

#[tokio::test]
async fn coming_and_going_is_kept_once_however_often_it_is_sent() {
    both(ROOMS, async |db: Db| {
        let andi = technician(1);
        let morning = now().plus_secs(-9 * 3_600);
        let comes = check(10, Kind::In, morning);
        send(&db, &andi, now(), comes.clone()).await.unwrap();
        // The same deed again, also with something else in it: the first stands.
        send(&db, &andi, now().plus_secs(60), NewCheck { kind: Kind::Out, ..comes }).await.unwrap();
        send(&db, &andi, now(), check(11, Kind::Out, now())).await.unwrap();
        // Another person's device may have made the same id.
        send(&db, &technician(2), now(), check(10, Kind::In, now())).await.unwrap();
        let q = &mut db.reader();
        let user: UserId = id(1);
        let own = of(q, user, 50).await.unwrap();
        let seen: Vec<_> = own.iter().map(|c| (c.kind, c.occurred_at, c.recorded_at)).collect();
        assert_eq!(seen, [(Kind::Out, now(), now()), (Kind::In, morning, now())]);
        let op: FieldOpId = id(10);
        let first = &own[1];
        assert_eq!((first.op_id, first.place, first.distance_m), (op, Place::Office, Some(12)));
        assert_eq!((first.lat, first.accuracy_m, first.has_photo), (Some(-6.2), Some(8), false));
        assert_eq!(of(q, user, 1).await.unwrap().len(), 1);

        let all = Scope::all();
        let day = (now().plus_secs(-12 * 3_600), now().plus_secs(1));
        assert_eq!(between(q, &all, day.0, day.1).await.unwrap().len(), 3);
        assert_eq!(between(q, &all, day.0, now()).await.unwrap().len(), 1, "the end is outside");
        let elsewhere = Scope { branch: Some(id::<kernel::id::kind::Branch>(51)), ..Scope::all() };
        assert!(between(q, &elsewhere, day.0, day.1).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_knows_no_place_and_a_photo_are_taken_and_who_may_not_is_refused() {
    both(ROOMS, async |db: Db| {
        let andi = technician(1);
        let photo = Picture { mime: "image/jpeg".into(), bytes: vec![0xff, 0xd8, 0xff] };
        let unknown = Found { place: Place::Unknown, job: None, distance_m: None };
        let comes = NewCheck {
            here: None,
            found: unknown,
            photo: Some(photo),
            ..check(10, Kind::In, now())
        };
        send(&db, &andi, now(), comes.clone()).await.unwrap();
        send(&db, &andi, now(), comes).await.unwrap();
        let q = &mut db.reader();
        let own = of(q, id(1), 50).await.unwrap();
        assert_eq!((own.len(), own[0].has_photo, own[0].place), (1, true, Place::Unknown));
        let (all, kept) = (Scope::all(), own[0].id);
        assert_eq!(picture(q, &all, Some(id(1)), kept).await.unwrap().mime, "image/jpeg");
        assert_eq!(picture(q, &all, None, kept).await.unwrap().bytes.len(), 3);
        let others = picture(q, &all, Some(id(2)), kept).await.unwrap_err();
        assert_eq!(others.code, "hr.photo_not_found");
        let branch: BranchId = id(51);
        let elsewhere = Scope { branch: Some(branch), ..Scope::all() };
        assert!(picture(q, &elsewhere, None, kept).await.is_err());

        let clerk = Actor { permissions: PermissionSet::empty(), ..technician(3) };
        let fault = send(&db, &clerk, now(), check(12, Kind::In, now())).await.unwrap_err();
        assert_eq!(fault.code, "forbidden");
        let nowhere = Some(Here { lat: 91.0, lon: 0.0, accuracy_m: 1 });
        let wrong = NewCheck { here: nowhere, ..check(13, Kind::In, now()) };
        let fault = send(&db, &andi, now(), wrong).await.unwrap_err();
        assert_eq!(fault.fields[0].name, "lat");
    })
    .await;
}
