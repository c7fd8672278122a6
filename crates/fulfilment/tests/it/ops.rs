//! Keeping the ops of the offline protocol.

use fulfilment::Kind;
use fulfilment::field::{self, FieldOp, Keeping, OpState, Turn};
use kernel::{Fault, FieldOpId, Scope, WorkOrderId};
use serde_json::json;
use store::testing::{both, cause, now, race};
use store::{Db, QueryExt, Tx, args};

use crate::world::{ROOMS, World, at, technician, thing, user};

fn op(n: u8, subject: WorkOrderId, kind: &str, based_on: Option<u8>) -> FieldOp {
    FieldOp {
        op_id: thing(n),
        v: field::PROTOCOL,
        device: "hp-1".into(),
        seq: i64::from(n),
        occurred_at: at(i64::from(n)),
        subject,
        based_on: based_on.map(|n| thing::<()>(n).to_string()),
        body: json!({ "kind": kind, "data": "AAEC" }),
    }
}

async fn keep(world: &World, who: u8, op: &FieldOp) -> Result<Keeping, Fault> {
    let work = async |tx: &mut Tx| field::keep(tx, user(who), op).await;
    world.run(&technician(who), work).await
}

async fn settle(world: &World, who: u8, id: FieldOpId, state: OpState) {
    world
        .run(&technician(who), async |tx: &mut Tx| {
            let kept = field::take(tx, user(who), id).await?.unwrap();
            let why = Fault::conflict("x.y", "tidak", "no");
            let why = (state != OpState::Applied).then_some(&why);
            field::settle(tx, &kept, state, why).await
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn an_op_is_kept_once_a_person_and_another_body_is_refused() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1, 2]).await;
        let one = op(1, id, "photo", None);
        assert!(matches!(keep(&world, 1, &one).await.unwrap(), Keeping::New));
        let Keeping::Known(known) = keep(&world, 1, &one).await.unwrap() else {
            unreachable!("it is known");
        };
        assert_eq!((known.state, known.op()), (OpState::Waiting, one.clone()));
        let other = FieldOp { body: json!({ "kind": "gps" }), ..one.clone() };
        let fault = keep(&world, 1, &other).await.unwrap_err();
        assert_eq!(fault.code, "fulfilment.op_other_body");
        assert!(matches!(keep(&world, 2, &other).await.unwrap(), Keeping::New), "another person's");
        let bad = FieldOp { v: 9, ..op(3, id, "gps", None) };
        assert_eq!(keep(&world, 1, &bad).await.unwrap_err().code, "fulfilment.op_version");
        assert!(field::find(&mut world.db.reader(), user(1), bad.op_id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_chain_of_one_device_and_subject_decides_whose_turn_it_is() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1]).await;
        let elsewhere = world.assigned(Kind::Install, &[1]).await;
        let (one, two) = (op(1, id, "accept", None), op(2, id, "on_the_way", Some(1)));
        let unrelated = op(3, elsewhere, "accept", None);
        for op in [&two, &unrelated] {
            keep(&world, 1, op).await.unwrap();
        }
        let q = &mut world.db.reader();
        let chain = field::chain(q, user(1), &two).await.unwrap();
        assert!(chain.is_empty(), "another subject is another chain");
        assert!(matches!(field::turn(&two, &chain), Turn::Wait));
        keep(&world, 1, &one).await.unwrap();
        settle(&world, 1, one.op_id, OpState::Refused).await;
        let chain = field::chain(q, user(1), &two).await.unwrap();
        assert!(matches!(field::turn(&two, &chain), Turn::Held(by) if by == one.op_id));
        let refused = field::find(q, user(1), one.op_id).await.unwrap().unwrap();
        assert_eq!(refused.result.unwrap()["code"], "x.y");
        let open: Vec<_> = field::unsettled(q, id).await.unwrap().iter().map(|k| k.op_id).collect();
        assert_eq!(open, [two.op_id]);
        let troubled = field::troubled(q, &Scope::all()).await.unwrap();
        assert_eq!(troubled.len(), 3);
        assert!(field::troubled(q, &technician(2).scope).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_applied_photo_leaves_its_bytes_with_the_photo_and_old_ops_are_forgotten() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1]).await;
        let (photo, waiting) = (op(1, id, "photo", None), op(2, id, "gps", Some(9)));
        keep(&world, 1, &photo).await.unwrap();
        keep(&world, 1, &waiting).await.unwrap();
        settle(&world, 1, photo.op_id, OpState::Applied).await;
        let q = &mut world.db.reader();
        let kept = field::find(q, user(1), photo.op_id).await.unwrap().unwrap();
        assert_eq!(kept.body, json!({ "kind": "photo", "data": null }));
        assert_eq!((kept.body_hash.clone(), kept.applied_at), (photo.hash(), Some(now())));
        assert!(matches!(keep(&world, 1, &photo).await.unwrap(), Keeping::Known(_)));
        let gone = async |tx: &mut Tx| field::take(tx, user(1), photo.op_id).await;
        assert!(world.run(&technician(1), gone).await.unwrap().is_none(), "settled is settled");
        for (days, left) in [(89, 2), (91, 1)] {
            let later = cause(now().plus_days(days));
            world.db.write(&later, async |tx: &mut Tx| field::forget_old(tx).await).await.unwrap();
            let count: i64 =
                q.value("select count(*) from fulfilment_field_op", args![]).await.unwrap();
            assert_eq!(count, left, "after {days} days; what waits stays");
        }
    })
    .await;
}

#[tokio::test]
async fn one_op_sent_twice_at_once_is_kept_once() {
    both(ROOMS, async |db: Db| {
        let world = World { db };
        let id = world.assigned(Kind::Install, &[1]).await;
        let (one, other) = race(|_| {
            let world = world.clone();
            async move {
                let op = op(1, id, "accept", None);
                let work = async move |tx: &mut Tx| field::keep(tx, user(1), &op).await;
                world.run(&technician(1), work).await.unwrap()
            }
        })
        .await;
        let new = [&one, &other].iter().filter(|k| matches!(k, Keeping::New)).count();
        assert_eq!(new, 1);
    })
    .await;
}
