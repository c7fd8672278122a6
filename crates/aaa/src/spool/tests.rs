use kernel::NasId;
use network::RecordKind;

use super::*;
use crate::kit::{Asker, at, mac, nas_id};

struct Scene {
    folder: tempfile::TempDir,
    nas: Asker,
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), nas: Asker::new() }
    }
    async fn open(&self) -> Spool {
        Spool::open(&self.folder.path().join("spool.db"), at(0)).await.unwrap()
    }
    fn group(&mut self, interims: std::ops::Range<u32>) -> Vec<u8> {
        let mut group = Vec::new();
        for secs in interims {
            let octets = (6 << 30) + u64::from(secs);
            let packet = self.nas.account(3, "s1", "budi", Some(mac(1)), secs, octets);
            push(&mut group, nas_id(), at(i64::from(secs)), &packet);
        }
        group
    }
}

fn secs(batch: &Batch) -> Vec<i64> {
    batch.records.iter().map(|r| r.secs).collect()
}

#[tokio::test]
async fn what_was_written_is_read_as_the_nas_said_it() {
    let mut scene = Scene::new();
    let spool = scene.open().await;
    let group = scene.group(60..62);
    spool.write(&group, at(100)).await.unwrap();
    let batch = spool.read(10).await.unwrap();
    assert_eq!(secs(&batch), [60, 61]);
    let first = &batch.records[0];
    assert_eq!((first.nas, first.kind), (nas_id(), RecordKind::Interim));
    assert_eq!((first.bytes_in, first.bytes_out), ((6 << 30) + 60, (6 << 30) + 60));
    assert_eq!((first.mac, first.access_version), (Some(mac(1)), Some(7)));
    assert_eq!((first.received_at, first.event_at), (at(60), at(60)));
    assert_eq!(first.framed_ip, Some("10.64.0.9".parse().unwrap()));
}

#[tokio::test]
async fn nothing_written_is_lost_by_a_restart_and_only_what_is_applied_goes() {
    let mut scene = Scene::new();
    let spool = scene.open().await;
    for interims in [0..2, 2..4, 4..6] {
        let group = scene.group(interims);
        spool.write(&group, at(0)).await.unwrap();
    }
    assert_eq!(spool.commits(), 3);
    let batch = spool.read(3).await.unwrap();
    assert_eq!((secs(&batch), batch.groups), (vec![0, 1, 2, 3], 2), "whole groups");
    spool.applied(batch.last);
    assert_eq!(secs(&spool.read(9).await.unwrap()), [4, 5]);
    assert_eq!(spool.backlog().await.unwrap(), (1, Some(at(0))));

    spool.close().await;
    let spool = scene.open().await;
    let again = spool.read(9).await.unwrap();
    assert_eq!(secs(&again), [0, 1, 2, 3, 4, 5], "applied, but the deletion was not reached");
    spool.applied(batch.last);
    let group = scene.group(6..7);
    spool.write(&group, at(1)).await.unwrap();
    spool.close().await;
    let spool = scene.open().await;
    assert_eq!(secs(&spool.read(9).await.unwrap()), [4, 5, 6], "deleted with the next group");
    let last = spool.read(9).await.unwrap().last;
    spool.applied(last);
    spool.tidy(at(2)).await.unwrap();
    spool.close().await;
    let spool = scene.open().await;
    assert_eq!(spool.backlog().await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_group_number_is_never_used_again() {
    let mut scene = Scene::new();
    let spool = scene.open().await;
    let group = scene.group(0..1);
    spool.write(&group, at(0)).await.unwrap();
    let first = spool.read(9).await.unwrap().last;
    spool.applied(first);
    spool.tidy(at(0)).await.unwrap();
    spool.write(&group, at(0)).await.unwrap();
    let second = spool.read(9).await.unwrap();
    assert!(second.last > first && second.groups == 1);
}

#[test]
fn a_group_cut_short_yields_its_whole_entries_only() {
    let mut scene = Scene::new();
    let group = scene.group(0..3);
    for cut in 0..group.len() {
        let whole = Entries(&group[..cut]).filter_map(|e| e.record()).count();
        assert_eq!(whole, cut * 3 / group.len());
    }
    let mut nothing = Vec::new();
    push(&mut nothing, NasId::nil(), at(0), b"not a packet");
    assert_eq!(Entries(&nothing).filter_map(|e| e.record()).count(), 0);
}
