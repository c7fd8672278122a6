//! Stock count (opname): freeze what should be at a place, scan what is there, let another person decide,
//! post the difference. The stock goes on living meanwhile: what moves during the count is neither missing
//! nor found.

mod decide;
mod take;

use kernel::fault::wrong_state;
use kernel::{BranchId, Fault, Id, ItemId, LocationId, Result, Scope, Ts};
use store::{Query, QueryExt, args, row};

use crate::state::ItemState;

pub use decide::{Posted, approve, reject};
pub use take::{open, scan, submit};

/// Marks a count's id.
#[derive(Debug)]
pub enum CountKind {}
pub type CountId = Id<CountKind>;

store::words! {
    pub enum CountState {
        Open = "open",
        /// Waits for another person's decision.
        Submitted = "submitted",
        Posted = "posted",
        Rejected = "rejected",
    }
}

row! {
    pub struct Count {
        pub id: CountId,
        /// `OPN000001`.
        pub number: String,
        pub location_id: LocationId,
        pub branch_id: BranchId,
        pub state: CountState,
        pub opened_by: String,
        pub opened_by_name: String,
        pub opened_at: Ts,
        pub submitted_at: Option<Ts>,
        pub decided_by_name: Option<String>,
        pub decided_at: Option<Ts>,
        pub reason: Option<String>,
    }
}

row! {
    /// A serial of a count, with where its item is now.
    pub struct Line {
        pub serial: String,
        pub item_id: Option<ItemId>,
        pub expected: bool,
        pub version: i64,
        pub seen_at: Option<Ts>,
        pub seen_by: Option<String>,
        pub item_version: Option<i64>,
        pub item_state: Option<ItemState>,
        pub item_location_id: Option<LocationId>,
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Expected and seen.
    There,
    /// Expected, not seen, and nobody moved it since.
    Missing,
    /// Known, but on record elsewhere.
    Unexpected,
    /// It went or came by a movement during the count: not a difference.
    Moved,
    /// Nobody knows this serial: it has to be received.
    Unknown,
}

impl Finding {
    /// The word as sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
        }
    }
}

impl Line {
    /// Decides what the line says about the place that is counted.
    pub fn finding(&self, place: LocationId) -> Finding {
        let moved = self.item_version != Some(self.version);
        match (self.item_id, self.expected, self.seen_at.is_some()) {
            (None, _, _) => Finding::Unknown,
            (Some(_), true, true) => Finding::There,
            (Some(_), true, false) if moved => Finding::Moved,
            (Some(_), true, false) => Finding::Missing,
            (Some(_), false, _) if moved || self.item_location_id == Some(place) => Finding::Moved,
            (Some(_), false, _) => Finding::Unexpected,
        }
    }
}

const COUNT: &str = "select id, number, location_id, branch_id, state, opened_by, opened_by_name,
    opened_at, submitted_at, decided_by_name, decided_at, reason from inventory_count";

/// One count.
///
/// # Errors
/// `inventory.count_not_found`, also when out of scope.
pub async fn find(q: &mut dyn Query, scope: &Scope, id: CountId) -> Result<Count> {
    let sql = format!("{COUNT} where id = $1 and ($2 is null or branch_id = $2)");
    let found: Option<Count> = match scope.technician {
        Some(_) => None,
        None => q.row_opt(&sql, args![id, scope.branch]).await?,
    };
    found.ok_or_else(|| {
        Fault::not_found("inventory.count_not_found", "Opname tidak ada.", "No such stock count.")
    })
}

/// Counts in scope, newest first, after the given one.
pub async fn list(
    q: &mut dyn Query,
    scope: &Scope,
    after: Option<CountId>,
    limit: i64,
) -> Result<Vec<Count>> {
    if scope.technician.is_some() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "{COUNT} where ($1 is null or branch_id = $1) and ($2 is null or id < $2)
         order by id desc limit $3"
    );
    q.rows(&sql, args![scope.branch, after, limit]).await
}

/// A count's lines by serial, as the items are now.
pub async fn lines(q: &mut dyn Query, id: CountId) -> Result<Vec<Line>> {
    q.rows(
        "select l.serial, l.item_id, l.expected, l.version, l.seen_at, l.seen_by,
           i.version as item_version, i.state as item_state, i.location_id as item_location_id
         from inventory_count_line l left join inventory_item i on i.id = l.item_id
         where l.count_id = $1 order by l.serial",
        args![id],
    )
    .await
}

impl Count {
    /// # Errors
    /// `inventory.count_state`, naming the state and what is allowed.
    pub fn must_be(&self, state: CountState) -> Result<()> {
        if self.state == state {
            return Ok(());
        }
        let (id, en) = (format!("Opname {}", self.number), format!("stock count {}", self.number));
        let (now, wanted) = (self.state.as_str(), state.as_str());
        Err(wrong_state("inventory.count_state", (&id, &en), now, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_difference_only_when_nothing_moved_during_the_count() {
        use Finding::{Missing, Moved, There, Unexpected, Unknown};
        let (place, other) = (LocationId::nil(), "0193a9d0-0000-7000-8000-000000000001");
        let other: LocationId = other.parse().unwrap();
        let line = |expected: bool, seen: bool, now: i64, at: LocationId| Line {
            serial: "ZTE1".into(),
            item_id: Some(ItemId::nil()),
            expected,
            version: 3,
            seen_at: seen.then(Ts::default),
            seen_by: None,
            item_version: Some(now),
            item_state: Some(ItemState::InStock),
            item_location_id: Some(at),
        };
        for (line, finding) in [
            (line(true, true, 3, place), There),
            (line(true, true, 4, other), There),
            (line(true, false, 3, place), Missing),
            (line(true, false, 4, other), Moved),
            (line(false, true, 3, other), Unexpected),
            (line(false, true, 4, place), Moved),
            (line(false, true, 3, place), Moved),
            (Line { item_id: None, ..line(false, true, 3, place) }, Unknown),
        ] {
            assert_eq!(line.finding(place), finding, "{line:?}");
        }
    }
}
