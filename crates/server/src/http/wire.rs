//! Small things that several rooms' requests share.

use kernel::{BranchId, Fault, Field, Result};
use serde::{Deserialize, Deserializer};
use store::Tx;

/// Renames the fields at fault from the room's words to the request's (`plan` → `plan_id`).
pub(crate) fn on_wire(mut fault: Fault, names: &[(&str, &str)]) -> Fault {
    for field in &mut fault.fields {
        if let Some((_, wire)) = names.iter().find(|(room, _)| *room == field.name) {
            field.name = (*wire).to_owned();
        }
    }
    fault
}

/// The branch must be one of ours, and the actor's own when they are bound to one.
///
/// # Errors
/// A field error on `branch_id`.
pub(crate) async fn known_branch(tx: &mut Tx, branch: Option<BranchId>) -> Result<BranchId> {
    let own = tx.actor().scope.branch;
    let Some(branch) = own.or(branch) else {
        return Err(Fault::fields(vec![Field::required("branch_id")]));
    };
    let catalog = catalog::current(tx).await?;
    catalog.branch(branch).map(|b| b.id).map_err(|_| {
        Fault::field("branch_id", "not_found", "cabang tidak ada", "there is no such branch")
    })
}

/// For a PATCH: a field that is there, even as null, against one that is not (`#[serde(default)]`).
pub(crate) fn there<'de, T, D>(deserializer: D) -> std::result::Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A list in a request has 1 to `max` entries.
///
/// # Errors
/// A field error on `name`.
pub(crate) fn counted(name: &str, len: usize, max: usize) -> Result<()> {
    if (1..=max).contains(&len) {
        return Ok(());
    }
    let (id, en) = (format!("harus 1 sampai {max} baris"), format!("must have 1 to {max} entries"));
    Err(Fault::field(name, "count", id, en))
}

/// A text that is not blank, trimmed.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
