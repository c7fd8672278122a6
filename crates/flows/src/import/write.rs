//! The bulk twins of rooms' verbs: the same rows that the verb would write one at a time, thousands a
//! statement. One file a room; each says which verb it is the twin of. Only for an import, whose records are
//! new, so that nobody else can hold them.

pub(super) mod billing;
pub(super) mod crm;
pub(super) mod inventory;
pub(super) mod network;

use kernel::Result;
use store::{Tx, Value};

/// Values of one statement. SQLite looks each `$n` up by walking all of them, so that statements of tens of
/// thousands take longer than many small ones.
const VALUES: usize = 1_200;

/// As [`Tx::bulk`], in statements of a size that both databases like.
pub(super) async fn bulk(
    tx: &mut Tx,
    head: &str,
    tail: &str,
    columns: usize,
    values: Vec<Value>,
) -> Result<()> {
    let portion = (VALUES / columns.max(1)).max(1) * columns.max(1);
    let mut values = values.into_iter();
    loop {
        let part: Vec<Value> = values.by_ref().take(portion).collect();
        if part.is_empty() {
            return Ok(());
        }
        tx.bulk(head, tail, columns, part).await?;
    }
}
