//! What a reseller's wallet and commission post. Called by the flow that joins the reseller's room with
//! this one: the wallet's own rows are not here.

use kernel::{BranchId, Money, PartnerId, Result};
use store::Tx;

use super::{Account, Entry, EntryKind, rules};
use crate::cash::{self, Whose};
use crate::words::Channel;

/// A movement of a reseller's money. Amounts are positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletMove {
    /// Money came in for the deposit. `to_debt` of it pays back what the reseller owes.
    TopUp { channel: Channel, amount: Money, to_debt: Money },
    /// The wallet paid an invoice: `net` was taken off the deposit, `commission` stays with the reseller.
    /// `net + commission` is the payment that billing received on the channel `wallet`.
    Paid { net: Money, commission: Money },
    /// That payment was reversed: the deposit has `net` again, and `to_debt` of it pays back a debt.
    PaidBack { net: Money, commission: Money, to_debt: Money },
    /// Commission of an invoice that the customer paid to the ISP. `to_debt` of it pays back a debt.
    Commission { amount: Money, to_debt: Money },
    /// It is taken back; `from_debt` is what the balance does not cover (piutang mitra).
    TakenBack { amount: Money, from_debt: Money },
}

/// The entry of a movement: wallets in the books stay the sum of the resellers' balances.
pub(crate) fn entry(partner: PartnerId, branch: BranchId, what: &WalletMove) -> Entry {
    let entry = Entry::new(EntryKind::Wallet, partner.uuid(), branch);
    match what {
        WalletMove::TopUp { channel, amount, to_debt } => entry
            .dr(rules::money(channel), *amount)
            .cr(Account::PartnerDebt, *to_debt)
            .cr(Account::Wallet, *amount - *to_debt),
        WalletMove::Paid { net, commission } => entry
            .dr(Account::Wallet, *net)
            .dr(Account::CommissionExpense, *commission)
            .cr(Account::WalletClearing, *net + *commission),
        WalletMove::PaidBack { net, commission, to_debt } => entry
            .cr(Account::PartnerDebt, *to_debt)
            .cr(Account::Wallet, *net - *to_debt)
            .cr(Account::CommissionExpense, *commission)
            .dr(Account::WalletClearing, *net + *commission),
        WalletMove::Commission { amount, to_debt } => entry
            .dr(Account::CommissionExpense, *amount)
            .cr(Account::PartnerDebt, *to_debt)
            .cr(Account::Wallet, *amount - *to_debt),
        WalletMove::TakenBack { amount, from_debt } => entry
            .dr(Account::Wallet, *amount - *from_debt)
            .dr(Account::PartnerDebt, *from_debt)
            .cr(Account::CommissionExpense, *amount),
    }
}

/// Posts a movement of a reseller's money.
///
/// # Errors
/// As [`super::post`]; for cash as [`crate::pay::receive`].
pub async fn wallet(
    tx: &mut Tx,
    partner: PartnerId,
    branch: BranchId,
    what: &WalletMove,
) -> Result<()> {
    cash::book(tx, entry(partner, branch, what), Whose::Actor).await
}

#[cfg(test)]
mod tests {
    use kernel::Id;

    use super::*;

    fn postings(what: &WalletMove) -> Vec<(Account, i64)> {
        let entry = entry(Id::nil(), Id::nil(), what);
        entry.check().unwrap();
        entry.postings.iter().map(|(a, m)| (*a, m.get())).collect()
    }
    fn rp(n: i64) -> Money {
        Money::rupiah(n)
    }

    /// *Golden*: a wallet pays a sub-customer's 277,500 at 10 % of the base; the customer pays the ISP.
    #[test]
    fn a_wallet_pays_net_and_a_customers_payment_earns_commission() {
        assert_eq!(
            postings(&WalletMove::Paid { net: rp(252_500), commission: rp(25_000) }),
            [
                (Account::Wallet, 252_500),
                (Account::CommissionExpense, 25_000),
                (Account::WalletClearing, -277_500),
            ]
        );
        assert_eq!(
            postings(&WalletMove::Commission { amount: rp(25_000), to_debt: rp(0) }),
            [(Account::CommissionExpense, 25_000), (Account::Wallet, -25_000),]
        );
    }

    #[test]
    fn a_claw_back_beyond_the_balance_is_a_debt_and_later_credits_pay_it_first() {
        assert_eq!(
            postings(&WalletMove::TakenBack { amount: rp(25_000), from_debt: rp(10_000) }),
            [
                (Account::Wallet, 15_000),
                (Account::PartnerDebt, 10_000),
                (Account::CommissionExpense, -25_000),
            ]
        );
        let top_up = WalletMove::TopUp {
            channel: Channel::Transfer,
            amount: rp(50_000),
            to_debt: rp(10_000),
        };
        assert_eq!(
            postings(&top_up),
            [(Account::Bank, 50_000), (Account::PartnerDebt, -10_000), (Account::Wallet, -40_000),]
        );
        let back =
            WalletMove::PaidBack { net: rp(252_500), commission: rp(25_000), to_debt: rp(10_000) };
        assert_eq!(
            postings(&back),
            [
                (Account::PartnerDebt, -10_000),
                (Account::Wallet, -242_500),
                (Account::CommissionExpense, -25_000),
                (Account::WalletClearing, 277_500),
            ]
        );
    }
}
