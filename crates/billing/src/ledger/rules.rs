//! What is posted for what. Pure.

use kernel::Money;

use super::{Account, Entry};
use crate::words::{Channel, LineKind, WithholdingKind};

/// The income account of a line.
pub const fn income(kind: LineKind) -> Account {
    match kind {
        LineKind::Plan | LineKind::PlanUnused | LineKind::AddOn | LineKind::Voucher => {
            Account::Revenue
        }
        LineKind::Discount => Account::Discounts,
        LineKind::InstallFee => Account::InstallRevenue,
        LineKind::OneOff | LineKind::Penalty => Account::OtherRevenue,
        LineKind::Opening => Account::OpeningBalance,
    }
}

/// A line on an invoice: receivable against income (or deferred revenue, when it is paid before it is
/// used) and PPN.
pub fn line_issued(entry: &mut Entry, kind: LineKind, base: Money, tax: Money, deferred: bool) {
    let income = if deferred { Account::DeferredRevenue } else { income(kind) };
    entry.add(Account::Receivable, base + tax);
    entry.add(income, -base);
    entry.add(Account::TaxPayable, -tax);
}

/// A line taken back by a credit note: the reverse of [`line_issued`].
pub fn line_credited(entry: &mut Entry, kind: LineKind, base: Money, tax: Money, deferred: bool) {
    line_issued(entry, kind, -base, -tax, deferred);
}

/// A deferred line whose days are over becomes income.
pub fn recognised(entry: &mut Entry, kind: LineKind, base: Money) {
    entry.add(Account::DeferredRevenue, base);
    entry.add(income(kind), -base);
}

/// Where the money of a channel lies.
pub const fn money(channel: &Channel) -> Account {
    match channel {
        Channel::Cash => Account::CashDrawer,
        Channel::Transfer => Account::Bank,
        Channel::Gateway(_) => Account::GatewayClearing,
        Channel::Wallet => Account::WalletClearing,
        Channel::Voucher => Account::VoucherClearing,
        Channel::Opening => Account::OpeningBalance,
    }
}

/// Money came in: it is the customer's credit until it is allocated.
pub fn received(entry: &mut Entry, channel: &Channel, amount: Money) {
    entry.add(money(channel), amount);
    entry.add(Account::CustomerCredit, -amount);
}

/// Customer credit settles an invoice. A negative amount releases it again.
pub fn allocated(entry: &mut Entry, amount: Money) {
    entry.add(Account::CustomerCredit, amount);
    entry.add(Account::Receivable, -amount);
}

/// The account on which a withholding waits for its certificate or deposit slip.
pub const fn withholding(kind: WithholdingKind) -> Account {
    match kind {
        WithholdingKind::Pph23 => Account::Pph23Receivable,
        WithholdingKind::Wapu => Account::WapuReceivable,
    }
}

/// The customer kept tax back: it settles the invoice and is due from the customer as paper.
pub fn withheld(entry: &mut Entry, kind: WithholdingKind, amount: Money) {
    entry.add(withholding(kind), amount);
    entry.add(Account::Receivable, -amount);
}

/// The paper is here: PPh 23 is a tax credit, PPN of a WAPU is no longer ours to pay.
pub fn proven(entry: &mut Entry, kind: WithholdingKind, amount: Money) {
    let to = match kind {
        WithholdingKind::Pph23 => Account::PrepaidTax,
        WithholdingKind::Wapu => Account::TaxPayable,
    };
    entry.add(to, amount);
    entry.add(withholding(kind), -amount);
}

/// Nobody will pay this part.
pub fn written_off(entry: &mut Entry, amount: Money) {
    entry.add(Account::WriteOff, amount);
    entry.add(Account::Receivable, -amount);
}

/// Customer credit is paid out.
pub fn refunded(entry: &mut Entry, channel: &Channel, amount: Money) {
    received(entry, channel, -amount);
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ledger::EntryKind;

    fn entry() -> Entry {
        Entry::new(EntryKind::Payment, Uuid::nil(), Id::nil())
    }

    proptest! {
        #[test]
        fn every_rule_balances(base in -9_000_000i64..9_000_000, tax in -990_000i64..990_000, deferred: bool) {
            let (base, tax) = (Money::rupiah(base), Money::rupiah(tax));
            for kind in LineKind::ALL {
                let mut there = entry();
                line_issued(&mut there, *kind, base, tax, deferred);
                prop_assert!(there.check().is_ok());
                line_credited(&mut there, *kind, base, tax, deferred);
                prop_assert_eq!(there.postings.len(), 0);
                recognised(&mut there, *kind, base);
                prop_assert!(there.check().is_ok());
            }
            let channels = [Channel::Cash, Channel::Transfer, Channel::Gateway("x".into()), Channel::Wallet, Channel::Voucher, Channel::Opening];
            for channel in &channels {
                let mut there = entry();
                received(&mut there, channel, base);
                allocated(&mut there, tax);
                refunded(&mut there, channel, tax);
                written_off(&mut there, tax);
                prop_assert!(there.check().is_ok());
            }
            for kind in WithholdingKind::ALL {
                let mut there = entry();
                withheld(&mut there, *kind, tax);
                proven(&mut there, *kind, tax);
                prop_assert!(there.check().is_ok());
            }
        }
    }
}
