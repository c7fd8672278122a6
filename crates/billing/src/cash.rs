//! Cash in people's hands: drawers with their float and count, collectors, handing over, the safe.
//!
//! Money that a cashier takes while their drawer is open belongs to that drawer; what a collector or
//! technician takes is held by them until they hand it over; the rest of the ISP's cash lies in the safe.
//! Each of the three is an account of its own in the books, and every movement of the first two has a row
//! beside its entry, so that a drawer's balance is its float and its movements.

mod book;
mod drawer;
mod handover;
mod safe;

pub use drawer::{Count, accept, count, drawer_of, find, list, moves, open};
pub use handover::{
    Handover, HandoverId, hand_over, handover, handovers, held_by, holders, must_have_collected,
};
pub use safe::{SafeMove, in_safe, move_safe};

pub(crate) use book::{Whose, book};

use kernel::{BranchId, CustomerId, Fault, Id, Money, Result, Ts, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::ledger::{Account, Entry};

/// The kind of a drawer's id.
#[derive(Debug)]
pub enum DrawerKind {}
pub type DrawerId = Id<DrawerKind>;

/// The kind of a movement's id.
#[derive(Debug)]
pub enum CashMoveKind {}
pub type CashMoveId = Id<CashMoveKind>;

store::words! {
    pub enum DrawerState {
        Open = "open",
        /// Counted with a difference that a second person has to accept.
        Counted = "counted",
        Closed = "closed",
    }
}

store::words! {
    /// What moved cash.
    pub enum MoveKind {
        Float = "float",
        Payment = "payment",
        Reversal = "reversal",
        Refund = "refund",
        Voucher = "voucher",
        /// For a reseller's deposit.
        TopUp = "top_up",
        Handover = "handover",
        Close = "close",
    }
}

store::row! {
    /// A drawer as stored.
    pub struct Drawer {
        pub id: DrawerId,
        pub number: String,
        pub branch_id: BranchId,
        pub user_id: UserId,
        pub cashier: String,
        pub state: DrawerState,
        pub opened_at: Ts,
        pub float_amount: Money,
        pub expected: Option<Money>,
        pub counted: Option<Money>,
        pub pieces: Option<Value>,
        pub why: Option<String>,
        pub counted_at: Option<Ts>,
        pub accepted_by: Option<String>,
        pub accepted_at: Option<Ts>,
        pub closed_at: Option<Ts>,
        /// What its movements come to now; zero when it is closed.
        pub balance: Money,
        /// Payments, batches and deposits taken in, and handed over to it.
        pub taken: Money,
        /// Refunds and reversals, as a negative amount.
        pub given: Money,
    }
}

impl Drawer {
    /// What was counted less what should have been there; `None` before it was counted.
    pub fn difference(&self) -> Option<Money> {
        Some(self.counted? - self.expected?)
    }
}

store::row! {
    /// A movement of cash.
    pub struct CashMove {
        pub id: CashMoveId,
        pub drawer_id: Option<DrawerId>,
        pub collector_id: Option<UserId>,
        pub kind: MoveKind,
        pub subject_id: Uuid,
        pub customer_id: Option<CustomerId>,
        pub amount: Money,
        pub at: Ts,
        /// Receipt number of a payment or handover.
        pub number: Option<String>,
    }
}

/// Where a person's cash goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Till {
    Drawer(DrawerId),
    Collector(UserId),
    /// Into no drawer: the person has none open and none is asked for.
    Loose,
}

/// Where cash goes that a person takes or pays out at the counter. The program itself needs no drawer.
///
/// # Errors
/// `billing.drawer_needed` when the ISP's policy asks for an open drawer and there is none.
pub fn till(open: Option<DrawerId>, needed: bool, is_person: bool) -> Result<Till> {
    match open {
        Some(id) => Ok(Till::Drawer(id)),
        None if needed && is_person => Err(Fault::conflict(
            "billing.drawer_needed",
            "Buka kas dulu: uang tunai hanya diterima atau dibayarkan dari laci kas yang terbuka. \
             Tidak ada uang yang dicatat.",
            "Open your drawer first: cash is only taken into or paid out of an open drawer. No money was \
             recorded.",
        )),
        None => Ok(Till::Loose),
    }
}

/// The banknotes and coins of the rupiah that a count by pieces may name.
pub const PIECES: [i64; 11] =
    [100_000, 75_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100];

/// The sum of a count by pieces: denomination and how many.
///
/// # Errors
/// A field error on `pieces` for a denomination that there is not, one named twice, or an absurd number.
pub fn counted(pieces: &[(i64, i64)]) -> Result<Money> {
    let mut sum = Money::ZERO;
    for (at, (piece, count)) in pieces.iter().enumerate() {
        let twice = pieces.iter().take(at).any(|(other, _)| other == piece);
        if !PIECES.contains(piece) || twice || !(0..=1_000_000).contains(count) {
            return Err(Fault::field(
                "pieces",
                "range",
                format!("pecahan {piece} × {count} tidak dikenal"),
                format!("{piece} × {count} is no count of rupiah pieces"),
            ));
        }
        sum += Money::rupiah(*piece).times(*count);
    }
    Ok(sum)
}

/// Whether a second person has to accept this difference.
pub fn must_be_accepted(difference: Money, limit: Money) -> bool {
    difference.abs() > limit.abs()
}

/// The float goes from the safe into the drawer. What the safe does not have by the books was there before
/// the books began.
pub fn opened(entry: &mut Entry, float: Money, in_safe: Money) {
    let from_safe = float.min(in_safe).or_zero();
    entry.add(Account::CashDrawer, float);
    entry.add(Account::CashSafe, -from_safe);
    entry.add(Account::OpeningBalance, from_safe - float);
}

/// What was counted goes into the safe; the difference is a loss or a gain of the ISP.
pub fn closed(entry: &mut Entry, expected: Money, counted: Money) {
    entry.add(Account::CashSafe, counted);
    entry.add(Account::CashDifference, expected - counted);
    entry.add(Account::CashDrawer, -expected);
}

/// Cash of an entry that lies in the hands of another branch: the entry claims it from that branch, and a second
/// entry holds it there. In its own branch's hands the entry stays whole. Answers the claim and what holds the cash.
pub fn apart(mut entry: Entry, account: Account, hands: BranchId) -> (Option<Entry>, Entry) {
    let elsewhere = entry.on(account).filter(|_| entry.branch != hands);
    let Some(amount) = elsewhere else { return (None, entry) };
    let mut holding = Entry::new(entry.kind, entry.subject, hands);
    holding.customer = entry.customer;
    holding.add(account, amount);
    holding.add(Account::Branches, -amount);
    entry.move_to(account, Account::Branches);
    (Some(entry), holding)
}

/// Whose cash a collector hands over: the drawer's own branch first, then branch by branch as held.
pub fn taken_from(
    held: &[(BranchId, Money)],
    amount: Money,
    own: BranchId,
) -> Vec<(BranchId, Money)> {
    let mut open = amount;
    let (first, rest): (Vec<_>, Vec<_>) = held.iter().partition(|(branch, _)| *branch == own);
    let mut parts = Vec::new();
    for (branch, holds) in first.into_iter().chain(rest) {
        let part = holds.or_zero().min(open);
        if part.is_positive() {
            open -= part;
            parts.push((branch, part));
        }
    }
    parts
}

/// A collector's money goes into the drawer.
pub fn handed(entry: &mut Entry, amount: Money) {
    entry.add(Account::CashDrawer, amount);
    entry.add(Account::CashCollectors, -amount);
}

/// A drawer pays out what it holds.
///
/// # Errors
/// `billing.drawer_short`.
pub fn must_hold(balance: Money, out: Money) -> Result<()> {
    if out <= balance {
        return Ok(());
    }
    Err(Fault::conflict(
        "billing.drawer_short",
        format!("Isi laci kas hanya {balance}, tidak cukup untuk mengeluarkan {out}."),
        format!("The drawer holds {balance}, not enough to pay {out} out."),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::EntryKind;

    fn rp(n: i64) -> Money {
        Money::rupiah(n)
    }
    fn entry() -> Entry {
        Entry::new(EntryKind::Drawer, Uuid::nil(), Id::nil())
    }
    fn of(entry: &Entry, account: Account) -> i64 {
        entry.postings.iter().find(|(a, _)| *a == account).map_or(0, |(_, m)| m.get())
    }

    #[test]
    fn cash_goes_into_the_open_drawer_and_without_one_the_policy_decides() {
        let id = DrawerId::from_uuid(Uuid::from_u128(7));
        assert_eq!(till(Some(id), false, true).unwrap(), Till::Drawer(id));
        assert_eq!(till(Some(id), true, true).unwrap(), Till::Drawer(id));
        assert_eq!(till(None, false, true).unwrap(), Till::Loose);
        assert_eq!(till(None, true, true).unwrap_err().code, "billing.drawer_needed");
        assert_eq!(till(None, true, false).unwrap(), Till::Loose);
    }

    #[test]
    fn pieces_are_added_up_and_a_denomination_that_there_is_not_is_refused() {
        assert_eq!(counted(&[(100_000, 3), (2_000, 4), (500, 1)]).unwrap(), rp(308_500));
        assert_eq!(counted(&[]).unwrap(), rp(0));
        for wrong in [[(3_000, 1)].as_slice(), &[(500, -1)], &[(500, 1), (500, 2)]] {
            assert_eq!(counted(wrong).unwrap_err().fields[0].name, "pieces", "{wrong:?}");
        }
    }

    #[test]
    fn a_difference_up_to_the_limit_needs_nobody_else() {
        assert!(!must_be_accepted(rp(0), rp(0)));
        assert!(!must_be_accepted(rp(-10_000), rp(10_000)));
        assert!(must_be_accepted(rp(-10_001), rp(10_000)));
        assert!(must_be_accepted(rp(10_001), rp(10_000)));
    }

    #[test]
    fn a_float_that_the_safe_does_not_have_was_there_before_the_books() {
        let mut there = entry();
        opened(&mut there, rp(500_000), rp(200_000));
        assert_eq!(
            there.postings,
            [
                (Account::CashDrawer, rp(500_000)),
                (Account::CashSafe, rp(-200_000)),
                (Account::OpeningBalance, rp(-300_000)),
            ]
        );
    }

    #[test]
    fn cash_in_the_hands_of_another_branch_is_claimed_from_it() {
        let (mut entry, there) = (entry(), BranchId::from_uuid(Uuid::from_u128(7)));
        entry.add(Account::CashDrawer, rp(150_000));
        entry.add(Account::CustomerCredit, rp(-150_000));
        let (none, whole) = apart(entry.clone(), Account::CashDrawer, entry.branch);
        assert_eq!((none, &whole), (None, &entry));
        let (claim, holding) = apart(entry.clone(), Account::CashDrawer, there);
        let claim = claim.unwrap();
        assert!(claim.check().is_ok() && holding.check().is_ok());
        assert_eq!((claim.branch, holding.branch), (entry.branch, there));
        assert_eq!(claim.on(Account::CashDrawer), None);
        assert_eq!(holding.on(Account::CashDrawer), Some(rp(150_000)));
        assert_eq!(of(&claim, Account::Branches) + of(&holding, Account::Branches), 0);
    }

    #[test]
    fn a_drawer_pays_out_no_more_than_it_holds() {
        assert!(must_hold(rp(5), rp(5)).is_ok());
        assert_eq!(must_hold(rp(4), rp(5)).unwrap_err().code, "billing.drawer_short");
    }

    proptest! {
        #[test]
        fn opening_and_closing_balance_and_leave_the_drawer_empty(
            float in 0i64..9_000_000, safe in 0i64..9_000_000, taken in 0i64..9_000_000, off in -500_000i64..500_000
        ) {
            let (mut there, mut back) = (entry(), entry());
            opened(&mut there, rp(float), rp(safe));
            let expected = float + taken;
            let counted = (expected + off).max(0);
            closed(&mut back, rp(expected), rp(counted));
            prop_assert!(there.check().is_ok() && back.check().is_ok());
            prop_assert_eq!(of(&there, Account::CashDrawer) + taken + of(&back, Account::CashDrawer), 0);
            prop_assert_eq!(of(&back, Account::CashDifference), expected - counted);
            // The safe never falls below zero by a float.
            prop_assert!(safe + of(&there, Account::CashSafe) >= 0);
        }

        #[test]
        fn what_is_handed_over_is_taken_whole_and_from_nobody_more_than_held(
            held in proptest::collection::vec(-50_000i64..900_000, 1..5), share in 1i64..=100
        ) {
            let held: Vec<(BranchId, Money)> =
                (1..).zip(&held).map(|(n, one)| (BranchId::from_uuid(Uuid::from_u128(n)), rp(*one))).collect();
            let whole: i64 = held.iter().map(|(_, one)| one.get()).sum();
            let amount = rp((whole * share / 100).max(0));
            let parts = taken_from(&held, amount, BranchId::from_uuid(Uuid::from_u128(2)));
            prop_assert_eq!(parts.iter().map(|(_, part)| *part).sum::<Money>(), amount);
            for (branch, part) in &parts {
                let (_, holds) = held.iter().find(|(b, _)| b == branch).unwrap();
                prop_assert!(part.is_positive() && part <= holds);
            }
        }

        #[test]
        fn a_handover_balances(amount in 1i64..9_000_000) {
            let mut there = entry();
            handed(&mut there, rp(amount));
            prop_assert!(there.check().is_ok());
            prop_assert_eq!(of(&there, Account::CashCollectors), -amount);
        }
    }
}
