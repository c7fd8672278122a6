//! The closed sets of words that billing stores.

use std::fmt;

store::words! {
    /// Prabayar or pascabayar.
    pub enum Mode { Prepaid = "prepaid", Postpaid = "postpaid" }
}

store::words! {
    /// How a subscription's periods lie.
    pub enum Calendar {
        /// A period is a calendar month.
        Calendar = "calendar",
        /// A period starts on the activation day of each month.
        Anniversary = "anniversary",
    }
}

store::words! {
    /// Where a subscription stands in its life.
    pub enum SubscriptionState {
        PendingInstall = "pending_install",
        /// Installed, the account exists, isolated until the first payment (prepaid only).
        Ready = "ready",
        Active = "active",
        Isolated = "isolated",
        Paused = "paused",
        Terminated = "terminated",
        Cancelled = "cancelled",
    }
}

impl SubscriptionState {
    /// In service, so that an invoice may be issued for it.
    pub const fn is_in_service(self) -> bool {
        matches!(self, Self::Ready | Self::Active | Self::Isolated | Self::Paused)
    }
    /// Nothing follows any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Terminated | Self::Cancelled)
    }
}

store::words! {
    /// Why access is cut down to the pay page.
    pub enum HoldKind {
        Unpaid = "unpaid",
        PeriodOver = "period_over",
        QuotaUsed = "quota_used",
        /// Finance's and the owner's.
        Manual = "manual",
        /// NOC's.
        Abuse = "abuse",
    }
}

store::words! {
    pub enum InvoiceKind { Regular = "regular", Supplement = "supplement", OneOff = "one_off" }
}

store::words! {
    /// As stored. Partly paid, paid, overdue and cancelled are derived.
    pub enum InvoiceState { Draft = "draft", Issued = "issued" }
}

store::words! {
    pub enum LineKind {
        Plan = "plan",
        /// The part of the old plan that an upgrade leaves unused: negative.
        PlanUnused = "plan_unused",
        AddOn = "add_on",
        Discount = "discount",
        InstallFee = "install_fee",
        OneOff = "one_off",
        /// For a device that was not returned, or a late fee.
        Penalty = "penalty",
        Voucher = "voucher",
        /// A debt brought from the books before.
        Opening = "opening",
    }
}

store::words! {
    /// Only `settled` counts.
    pub enum PaymentState { Pending = "pending", Settled = "settled", Reversed = "reversed" }
}

store::words! {
    /// What a customer keeps back and pays to the state.
    pub enum WithholdingKind {
        /// Income tax on services: 2 % of the base before PPN.
        Pph23 = "pph23",
        /// The whole PPN (government, state-owned firms).
        Wapu = "wapu",
    }
}

store::words! {
    pub enum ChangeState {
        Scheduled = "scheduled",
        /// A prepaid upgrade whose supplement is not paid yet.
        WaitingPayment = "waiting_payment",
        Applied = "applied",
        Cancelled = "cancelled",
    }
}

store::words! {
    pub enum PauseState {
        Scheduled = "scheduled",
        Running = "running",
        Done = "done",
        Cancelled = "cancelled",
    }
}

store::words! {
    pub enum ExtraKind { AddOn = "add_on", Discount = "discount" }
}

store::words! {
    pub enum IntentState { Open = "open", Paid = "paid", Expired = "expired", Failed = "failed" }
}

store::words! {
    /// What became of a notice from a payment gateway.
    pub enum NoticeState {
        /// On disk, nothing done yet.
        Stored = "stored",
        /// Its money is counted, once.
        Counted = "counted",
        /// It brought no money (pending, expired, a repetition).
        Ignored = "ignored",
        /// Money of nobody we know: waits for a person.
        Unmatched = "unmatched",
        /// Another amount than was asked for: waits for a person.
        Mismatch = "mismatch",
    }
}

store::words! {
    /// A gateway's own word about one payment.
    pub enum RemoteState {
        Pending = "pending",
        Settled = "settled",
        Failed = "failed",
        Expired = "expired",
        Refunded = "refunded",
    }
}

store::words! {
    pub enum VoucherState { Unused = "unused", Used = "used", Void = "void" }
}

store::words! {
    pub enum RunState { Running = "running", Done = "done" }
}

store::words! {
    /// What a second person has to approve.
    pub enum ApprovalKind {
        Credit = "credit",
        Reversal = "reversal",
        WriteOff = "write_off",
        Refund = "refund",
    }
}

store::words! {
    pub enum ApprovalState { Open = "open", Approved = "approved", Rejected = "rejected" }
}

/// Where money came in. Stored as `cash`, `transfer`, `gateway:<name>`, `wallet`, `voucher`, `opening`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Cash,
    Transfer,
    /// A payment gateway, by its name.
    Gateway(String),
    /// A reseller's deposit.
    Wallet,
    Voucher,
    /// A credit balance brought from the books before.
    Opening,
}

impl Channel {
    /// Reads the stored word; `None` for an unknown one.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "cash" => Some(Self::Cash),
            "transfer" => Some(Self::Transfer),
            "wallet" => Some(Self::Wallet),
            "voucher" => Some(Self::Voucher),
            "opening" => Some(Self::Opening),
            _ => {
                let name = word.strip_prefix("gateway:")?;
                (!name.is_empty()).then(|| Self::Gateway(name.to_owned()))
            }
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cash => f.write_str("cash"),
            Self::Transfer => f.write_str("transfer"),
            Self::Gateway(name) => write!(f, "gateway:{name}"),
            Self::Wallet => f.write_str("wallet"),
            Self::Voucher => f.write_str("voucher"),
            Self::Opening => f.write_str("opening"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_reads_back_as_it_was_written() {
        let channels = [
            Channel::Cash,
            Channel::Transfer,
            Channel::Gateway("simulated".into()),
            Channel::Wallet,
            Channel::Voucher,
            Channel::Opening,
        ];
        for channel in channels {
            assert_eq!(Channel::parse(&channel.to_string()), Some(channel));
        }
        assert_eq!(Channel::parse("gateway:"), None);
        assert_eq!(Channel::parse("barter"), None);
    }
}
