//! Typed ids: a customer's id can't be given where an invoice's is asked for.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A UUID (version 7 when made by `store::Tx::new_id`) of a record of kind `T`.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
    pub const fn uuid(self) -> Uuid {
        self.0
    }
    /// The nil id, for tests and for "nobody".
    pub const fn nil() -> Self {
        Self(Uuid::nil(), PhantomData)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(s).map(Self::from_uuid)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Uuid::deserialize(d).map(Self::from_uuid)
    }
}

macro_rules! ids {
    ($($marker:ident => $alias:ident),* $(,)?) => {
        /// The kinds of records that ids are typed by.
        pub mod kind {
            $( #[derive(Debug)] pub enum $marker {} )*
        }
        $( pub type $alias = Id<kind::$marker>; )*
    };
}

ids! {
    Company => CompanyId, Branch => BranchId, Plan => PlanId, Profile => ProfileId,
    Lead => LeadId, Customer => CustomerId, Area => AreaId, Odp => OdpId, Order => OrderId,
    Request => RequestId,
    Subscription => SubscriptionId, Hold => HoldId, Entitlement => EntitlementId,
    Invoice => InvoiceId, InvoiceLine => InvoiceLineId, CreditNote => CreditNoteId,
    Payment => PaymentId, Allocation => AllocationId, Notice => NoticeId, Intent => IntentId,
    Promise => PromiseId, Voucher => VoucherId, VoucherBatch => VoucherBatchId,
    Withholding => WithholdingId, Entry => EntryId, Run => RunId, Pause => PauseId,
    WorkOrder => WorkOrderId, FieldOp => FieldOpId, Photo => PhotoId, Ticket => TicketId,
    TicketEntry => TicketEntryId,
    Item => ItemId, ItemType => ItemTypeId, Location => LocationId, Move => MoveId,
    Account => AccountId, Nas => NasId, Session => SessionId, AccessChange => AccessChangeId,
    Partner => PartnerId, WalletRow => WalletRowId, Commission => CommissionId,
    Attendance => AttendanceId, EarningRule => EarningRuleId, Earning => EarningId,
    EarningSum => EarningSumId,
    Message => MessageId, User => UserId, Login => LoginId, Token => TokenId,
    Event => EventId, Journal => JournalId, Trail => TrailId,
}
