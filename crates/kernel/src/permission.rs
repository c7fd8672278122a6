//! What may be done. Every API operation names the one permission it needs; which role has which is
//! the matrix in `identity`.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Permission { $($name),* }
        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

permissions! {
    // everybody who is logged in
    SelfRead, SelfWrite,
    // people
    UserRead, UserWrite, StaffRead, StaffWrite, AuditRead,
    // settings and catalogue
    SettingsRead, SettingsWrite, PlanRead, PlanWrite, PlanPriceWrite, PlanSpeedWrite,
    // sales
    LeadRead, LeadWrite, LeadVerify, CustomerRead, CustomerWrite,
    CoverageRead, CoverageWrite, CoverageCheck,
    SubscriptionRead, SubscriptionWrite, SubscriptionRequest,
    // money
    InvoiceRead, InvoiceWrite, BillingRun, PaymentRead, PaymentWrite, PaymentApprove,
    CashCollect, CreditNoteWrite, CreditNoteApprove, LedgerRead, VoucherRead, VoucherWrite, InvoicePay,
    // isolation
    PolicyRead, PolicyWrite, PromiseWrite, HoldManualWrite, HoldAbuseWrite, SweepApprove,
    // network
    OnlineRead, AccountRead, AccountWrite, ProfileWrite, NasRead, NasWrite, SessionRead, SessionKick,
    // assets
    StockRead, StockWrite, StockApprove, BagRead, BagMove,
    PurchaseRead, PurchaseWrite, PurchaseApprove,
    // field
    WorkOrderRead, WorkOrderWrite, WorkOrderDispatch, JobRead, JobProgress,
    TicketRead, TicketWrite, TicketHandle, TicketDispatch,
    // people's working life
    AttendanceRead, AttendanceOwn, AttendanceCheck, EarningRead, EarningWrite,
    // messages
    MessageRead, MessageWrite,
    // resellers
    PartnerRead, PartnerWrite, WalletApprove, WalletRead, WalletTopUp,
    // engines
    EngineRead, EngineWrite, FindingSettleMoney, FindingSettleStock, FindingSettleAccess,
    FindingSettleStaff,
    // answers
    WhyRead, DashboardRead, TaskRead,
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(u128);

impl PermissionSet {
    pub const fn empty() -> Self {
        Self(0)
    }
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | (1 << permission as u8))
    }
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.has(*p))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(iter: I) -> Self {
        iter.into_iter().fold(Self::empty(), Self::with)
    }
}

const _: () = assert!(Permission::ALL.len() <= 128);
