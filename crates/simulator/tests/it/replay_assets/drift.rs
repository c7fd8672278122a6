//! Hundreds of devices moved by hand over there, and some that stand in two places: a table says what has to become of
//! each; all are found, and none is moved wrongly.

use super::*;
use bridge::{Choice, policy};

/// Devices that drift in each way.
const EACH: usize = 40;

/// What has to become of a device that was moved over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It is moved here as well.
    Adopted,
    /// It is moved back there.
    Healed,
    /// A person is asked; it stays where each side has it.
    Asked,
}

const MOVED: [(Option<Choice>, Expected); 4] = [
    (None, Expected::Adopted),
    (Some(Choice::Adopt), Expected::Adopted),
    (Some(Choice::Heal), Expected::Healed),
    (Some(Choice::Ask), Expected::Asked),
];
/// One serial in two places: nobody but a person can tell, whatever the policy is.
const TWICE: Expected = Expected::Asked;

fn serial(way: usize, n: usize) -> String {
    format!("ZTE{way}{n:04}")
}

impl Isp {
    async fn received_many(&self, way: usize) {
        let lines: Vec<Line> =
            (0..EACH).map(|n| Line { serial: serial(way, n), mac: None }).collect();
        self.write(async |tx: &mut Tx| {
            receive(tx, self.warehouse, self.ont, &lines, &How::Scanned, "SJ-1").await.map(drop)
        })
        .await
        .unwrap();
        while self.waiting().await > 0 {
            self.mirror().await;
        }
    }
    async fn moved_many(&self, way: usize) {
        let items: Vec<Value> =
            (0..EACH).map(|n| json!({ "pk": self.pk(&serial(way, n)), "quantity": 1 })).collect();
        let place = self.place("Tas teknisi/Tas Andi");
        let body = json!({ "items": items, "location": place });
        self.by_hand("POST", "/api/stock/transfer/", body).await;
    }
    async fn here(&self, serial: &str) -> LocationId {
        find::by_serial(&mut self.db.reader(), &Scope::all(), serial).await.unwrap().location_id
    }
    /// A second item of the same serial in another place, as two desks at once make it.
    fn doubled(&self, serial: &str) {
        let place = self.place("Tas teknisi/Tas Sari");
        let mut world = self.replay.world();
        let mut twin = world.by_serial(serial)[0].clone();
        twin.pk = world.items.keys().max().unwrap() + 1;
        twin.location = Some(place);
        twin.metadata.clear();
        twin.notes = None;
        world.items.insert(twin.pk, twin);
    }
}

#[tokio::test]
async fn hundreds_that_drifted_become_what_the_table_says() {
    both(async |isp: Isp| {
        isp.attached().await;
        for way in 0..=MOVED.len() {
            isp.received_many(way).await;
        }
        isp.later(60);
        isp.poll().await;
        let mut asked = 0;
        for (way, (choice, expected)) in MOVED.into_iter().enumerate() {
            isp.write(async |tx: &mut Tx| {
                policy::set(tx, ENGINE, Subject::Item, "place", choice).await
            })
            .await
            .unwrap();
            isp.later(60);
            isp.moved_many(way).await;
            isp.poll().await;
            isp.mirror().await;
            let (here, there) = match expected {
                Expected::Adopted => (isp.bags[0], "Tas teknisi/Tas Andi"),
                Expected::Healed => (isp.warehouse, "Gudang Utama"),
                Expected::Asked => (isp.warehouse, "Tas teknisi/Tas Andi"),
            };
            for n in 0..EACH {
                let serial = serial(way, n);
                assert_eq!(isp.here(&serial).await, here, "{choice:?} {serial}");
                assert_eq!(isp.there(&serial), there, "{choice:?} {serial}");
            }
            asked += if expected == Expected::Asked { EACH } else { 0 };
            assert_eq!(isp.open().await.len(), asked, "{choice:?}: {expected:?}");
        }
        let way = MOVED.len();
        for n in 0..EACH {
            isp.doubled(&serial(way, n));
        }
        isp.later(60);
        let compared = compare::pass(&isp.db, &*isp.system, isp.now()).await.unwrap();
        isp.mirror().await;
        assert_eq!((compared.duplicates, TWICE), (EACH, Expected::Asked));
        let open = isp.open().await;
        let twice = open.iter().filter(|f| f.verdict == Verdict::Duplicate);
        let mut named: Vec<String> = twice.filter_map(|f| f.ours.clone()).collect();
        named.sort();
        assert_eq!(named, (0..EACH).map(|n| serial(way, n)).collect::<Vec<_>>());
        assert!(open.iter().all(|f| f.ours.is_some() && f.theirs.is_some()), "both sides show");
        for n in 0..EACH {
            let serial = serial(way, n);
            assert_eq!(isp.here(&serial).await, isp.warehouse, "nothing is moved");
            assert_eq!(isp.replay.world().by_serial(&serial).len(), 2, "nothing is taken away");
        }
        assert_eq!(isp.waiting().await, 0);
    })
    .await;
}
