//! Leases: of several processes on one database, one runs a task at a time.

use kernel::{Cause, Result, Ts};

use crate::{Db, Tx, args};

/// Takes or renews the lease `name` for `secs`. `false`: another holder has it.
pub async fn take(db: &Db, now: Ts, name: &str, holder: &str, secs: i64) -> Result<bool> {
    let taken = db
        .write(&Cause::system(now, "lease"), async |tx: &mut Tx| {
            tx.exec(
                "insert into store_lease (name, holder, held_until) values ($1, $2, $3)
                 on conflict (name) do update set holder = excluded.holder,
                   held_until = excluded.held_until
                 where store_lease.holder = excluded.holder or store_lease.held_until < $4",
                args![name, holder, now.plus_secs(secs), now],
            )
            .await
        })
        .await?;
    Ok(taken == 1)
}

/// Gives the lease back.
pub async fn release(db: &Db, now: Ts, name: &str, holder: &str) -> Result<()> {
    db.write(&Cause::system(now, "lease"), async |tx: &mut Tx| {
        tx.exec("delete from store_lease where name = $1 and holder = $2", args![name, holder])
            .await
    })
    .await?;
    Ok(())
}
