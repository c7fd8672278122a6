use kernel::Day;
use network::{RecordKind, access, account, invariants, quota, session};
use store::args;

use crate::world::{both, isolated, sub, unpaid};

#[tokio::test]
async fn a_life_breaks_nothing_and_every_kind_of_harm_is_found() {
    both(async |world| {
        world.subscriber(1, "budi").await;
        world.subscriber(2, "siti").await;
        let from = Day::ymd(2026, 11, 1).unwrap();
        world.write(0, async |tx| quota::set(tx, sub(1), Some(1_000), from).await).await;
        let mut heard = world.record(RecordKind::Interim, "budi@net", "1", 300);
        (heard.secs, heard.bytes_out) = (300, 5_000);
        let start = world.record(RecordKind::Start, "budi@net", "1", 0);
        world.apply(300, &[start, heard]).await;
        world
            .write(400, async |tx| {
                access::intend(tx, sub(1), isolated(&["quota_used"]), unpaid(), None).await?;
                account::close(tx, sub(2)).await
            })
            .await;
        world.write(9_000, async |tx| session::mark_suspect(tx, 300).await).await;
        let mut q = world.db.reader();
        assert_eq!(invariants::check(&mut q).await.unwrap(), []);
        for (code, harm, repair) in [
            (
                "network_usage",
                "update network_usage_day set bytes_out = bytes_out + 1",
                "update network_usage_day set bytes_out = bytes_out - 1",
            ),
            (
                "network_quota",
                "update network_quota set limit_bytes = 9000",
                "update network_quota set limit_bytes = 1000",
            ),
            (
                "network_access",
                "update network_access set version = version + 1",
                "update network_access set version = version - 1",
            ),
            (
                "network_session",
                "update network_session set state = 'closed'",
                "update network_session set state = 'live'",
            ),
            (
                "network_account",
                "update network_account set state = 'closed' where closed_at is null",
                "update network_account set state = 'live' where closed_at is null",
            ),
        ] {
            world.write(1, async |tx| tx.exec(harm, args![]).await).await;
            let found = invariants::check(&mut q).await.unwrap();
            assert!(!found.is_empty() && found.iter().all(|(c, _)| *c == code), "{found:?}");
            world.write(2, async |tx| tx.exec(repair, args![]).await).await;
            assert_eq!(invariants::check(&mut q).await.unwrap(), [], "{code}");
        }
    })
    .await;
}
