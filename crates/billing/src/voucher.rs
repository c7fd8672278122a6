//! Vouchers: prepaid days on a printed code that works once.

mod batch;
mod code;
mod guest;
mod redeem;

pub use batch::{NewBatch, Sale, batch, batches, make_batch, sell, void};
pub use guest::{GuestPass, is_final, start};
pub(crate) use guest::{OverPass, recognise};
pub use redeem::{Redeemed, redeem};

use kernel::{
    BranchId, Day, Fault, InvoiceId, Money, PartnerId, PlanId, SubscriptionId, Ts, VoucherBatchId,
    VoucherId,
};

use crate::words::VoucherState;

store::row! {
    /// A printed batch as stored.
    pub struct VoucherBatch {
        pub id: VoucherBatchId,
        pub number: String,
        pub plan_id: PlanId,
        pub branch_id: BranchId,
        pub partner_id: Option<PartnerId>,
        pub days: i64,
        pub count: i64,
        /// What the buyer of one voucher pays, PPN in it.
        pub price: Money,
        /// Last day on which a code can be used.
        pub expires_on: Day,
        pub sold_to: Option<String>,
        pub sold_channel: Option<String>,
        pub sold_amount: Option<Money>,
        pub sold_at: Option<Ts>,
        pub created_at: Ts,
        pub created_by: String,
    }
}

store::row! {
    /// One code as stored.
    pub struct Voucher {
        pub id: VoucherId,
        pub batch_id: VoucherBatchId,
        /// Without the dashes it is printed with.
        pub code: String,
        pub state: VoucherState,
        pub used_at: Option<Ts>,
        /// The end of a guest's time.
        pub ends_at: Option<Ts>,
        pub subscription_id: Option<SubscriptionId>,
        pub invoice_id: Option<InvoiceId>,
    }
}

impl Voucher {
    /// As printed: `ABCD-EFGH-JKLM`.
    pub fn printed(&self) -> String {
        code::printed(&self.code)
    }
}

fn unknown() -> Fault {
    Fault::not_found(
        "billing.voucher_unknown",
        "Kode voucher tidak dikenal.",
        "Unknown voucher code.",
    )
}

fn used() -> Fault {
    Fault::conflict(
        "billing.voucher_used",
        "Voucher ini sudah dipakai.",
        "This voucher has been used.",
    )
}

fn voided() -> Fault {
    Fault::conflict("billing.voucher_void", "Voucher ini dibatalkan.", "This voucher was voided.")
}

fn expired(on: Day) -> Fault {
    Fault::conflict(
        "billing.voucher_expired",
        format!("Voucher ini berlaku sampai {on}."),
        format!("This voucher was valid until {on}."),
    )
}
