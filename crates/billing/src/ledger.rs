//! Double-entry bookkeeping: the chart of accounts and what every verb posts.
//!
//! Debits are positive, credits negative; an entry sums to zero or is refused. [`rules`] says what is
//! posted for what (pure); [`post`] writes it.

mod balance;
mod close;
mod post;
pub mod rules;
mod wallet;

pub use balance::{Balance, EntryView, PostingView, entries, trial_balance};
pub use close::close_month;
pub(crate) use post::post_one;
pub use post::{post, post_all, transfer};
pub use wallet::{WalletMove, wallet};

use kernel::{BranchId, CustomerId, Fault, Lang, Money, Result};
use uuid::Uuid;

store::words! {
    /// The chart of accounts. The word is the account's code.
    pub enum Account {
        CashDrawer = "1101",
        Bank = "1102",
        GatewayClearing = "1103",
        /// Cash that lies in no drawer: kas besar.
        CashSafe = "1104",
        /// Cash that collectors and technicians have not handed over yet.
        CashCollectors = "1105",
        Receivable = "1201",
        /// PPh 23 kept back by customers, certificate not here yet.
        Pph23Receivable = "1202",
        /// PPN kept back by WAPU customers, deposit slip not here yet.
        WapuReceivable = "1203",
        /// Claw-backs beyond a reseller's balance.
        PartnerDebt = "1204",
        /// PPh 23 with its certificate: a tax credit.
        PrepaidTax = "1205",
        CustomerCredit = "2101",
        DeferredRevenue = "2102",
        TaxPayable = "2103",
        /// Resellers' deposits.
        Wallet = "2104",
        /// Vouchers sold and not used, less those used and not settled.
        VoucherClearing = "2105",
        /// Between a wallet and the invoice it pays; zero when the story is complete.
        WalletClearing = "2106",
        /// Between branches: cash of one that lies in the hands of another. Zero over all of them.
        Branches = "2107",
        OpeningBalance = "3101",
        Revenue = "4101",
        InstallRevenue = "4102",
        OtherRevenue = "4103",
        Discounts = "4104",
        CommissionExpense = "6101",
        WriteOff = "6102",
        GatewayFee = "6103",
        CashDifference = "6104",
    }
}

impl Account {
    /// The account's name in the books.
    pub const fn name(self, lang: Lang) -> &'static str {
        let (id, en) = match self {
            Self::CashDrawer => ("Kas laci", "Cash drawer"),
            Self::Bank => ("Bank", "Bank"),
            Self::GatewayClearing => ("Kliring payment gateway", "Payment gateway clearing"),
            Self::CashSafe => ("Kas besar", "Safe"),
            Self::CashCollectors => ("Kas di petugas", "Cash with collectors"),
            Self::Receivable => ("Piutang pelanggan", "Receivables"),
            Self::Pph23Receivable => ("Piutang bukti potong PPh 23", "PPh 23 certificates due"),
            Self::WapuReceivable => ("Piutang SSP PPN WAPU", "WAPU deposit slips due"),
            Self::PartnerDebt => ("Piutang mitra", "Reseller debt"),
            Self::PrepaidTax => ("PPh 23 dibayar di muka", "Prepaid income tax"),
            Self::CustomerCredit => ("Deposit pelanggan", "Customer credit"),
            Self::DeferredRevenue => ("Pendapatan diterima di muka", "Deferred revenue"),
            Self::TaxPayable => ("PPN keluaran", "Output PPN"),
            Self::Wallet => ("Deposit mitra", "Reseller deposits"),
            Self::VoucherClearing => ("Kliring voucher", "Voucher clearing"),
            Self::WalletClearing => ("Kliring deposit mitra", "Reseller deposit clearing"),
            Self::Branches => ("Rekening koran antar cabang", "Between branches"),
            Self::OpeningBalance => ("Saldo awal", "Opening balance"),
            Self::Revenue => ("Pendapatan internet", "Internet revenue"),
            Self::InstallRevenue => ("Pendapatan pemasangan", "Installation revenue"),
            Self::OtherRevenue => ("Pendapatan lain", "Other revenue"),
            Self::Discounts => ("Potongan harga", "Discounts"),
            Self::CommissionExpense => ("Beban komisi", "Commission expense"),
            Self::WriteOff => ("Beban piutang tak tertagih", "Bad debt"),
            Self::GatewayFee => ("Biaya payment gateway", "Gateway fees"),
            Self::CashDifference => ("Selisih kas", "Cash differences"),
        };
        match lang {
            Lang::Id => id,
            Lang::En => en,
        }
    }
}

store::words! {
    /// What an entry is about.
    pub enum EntryKind {
        Invoice = "invoice",
        Credit = "credit",
        Payment = "payment",
        Allocation = "allocation",
        Reversal = "reversal",
        Withholding = "withholding",
        WithholdingProof = "withholding_proof",
        WriteOff = "write_off",
        Refund = "refund",
        Recognition = "recognition",
        Voucher = "voucher",
        Wallet = "wallet",
        Transfer = "transfer",
        /// A cashier's drawer was opened or closed.
        Drawer = "drawer",
        /// A collector handed cash over.
        Handover = "handover",
    }
}

/// A balanced set of postings about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    /// The invoice, payment, note … that caused it.
    pub subject: Uuid,
    pub branch: BranchId,
    pub customer: Option<CustomerId>,
    /// Account and amount: debit positive, credit negative. One posting an account, none of zero.
    pub postings: Vec<(Account, Money)>,
}

impl Entry {
    pub fn new(kind: EntryKind, subject: Uuid, branch: BranchId) -> Self {
        Self { kind, subject, branch, customer: None, postings: Vec::new() }
    }
    #[must_use]
    pub fn of(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }
    #[must_use]
    pub fn dr(mut self, account: Account, amount: Money) -> Self {
        self.add(account, amount);
        self
    }
    #[must_use]
    pub fn cr(mut self, account: Account, amount: Money) -> Self {
        self.add(account, -amount);
        self
    }
    /// Adds to the account's posting; a posting that comes to zero goes.
    pub fn add(&mut self, account: Account, amount: Money) {
        match self.postings.iter_mut().find(|(a, _)| *a == account) {
            Some((_, sum)) => *sum += amount,
            None => self.postings.push((account, amount)),
        }
        self.postings.retain(|(_, sum)| !sum.is_zero());
    }
    /// What it posts on an account; `None`: nothing.
    pub fn on(&self, account: Account) -> Option<Money> {
        self.postings.iter().find(|(a, _)| *a == account).map(|(_, amount)| *amount)
    }
    /// What it posts on one account goes to another.
    pub fn move_to(&mut self, from: Account, to: Account) {
        if let Some(amount) = self.on(from) {
            self.add(from, -amount);
            self.add(to, amount);
        }
    }
    pub fn sum(&self) -> Money {
        self.postings.iter().map(|(_, amount)| *amount).sum()
    }
    /// # Errors
    /// A bug when debits and credits differ: nothing unbalanced reaches the books.
    pub fn check(&self) -> Result<()> {
        if self.sum().is_zero() {
            return Ok(());
        }
        Err(Fault::bug(format!("an entry {} is out of balance by {}", self.kind, self.sum())))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;

    use super::*;

    #[test]
    fn an_entry_out_of_balance_is_refused() {
        let entry = Entry::new(EntryKind::Payment, Uuid::nil(), Id::nil())
            .dr(Account::CashDrawer, Money::rupiah(100))
            .cr(Account::CustomerCredit, Money::rupiah(99));
        assert!(entry.check().is_err());
        assert!(entry.cr(Account::CustomerCredit, Money::rupiah(1)).check().is_ok());
    }

    #[test]
    fn postings_of_one_account_become_one_and_zero_ones_go() {
        let entry = Entry::new(EntryKind::Payment, Uuid::nil(), Id::nil())
            .dr(Account::Bank, Money::rupiah(5))
            .cr(Account::Bank, Money::rupiah(5))
            .dr(Account::CashDrawer, Money::rupiah(1))
            .dr(Account::CashDrawer, Money::rupiah(2));
        assert_eq!(entry.postings, [(Account::CashDrawer, Money::rupiah(3))]);
    }
}
