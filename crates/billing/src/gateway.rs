//! The port to payment gateways. Vendors live in `connectors`.

use kernel::{Money, Ts};
use store::BoxFuture;

pub use crate::intent::Intent;
pub use crate::words::RemoteState;

/// What a gateway is asked to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCharge {
    /// Our reference: the same one gives the same charge.
    pub reference: String,
    pub amount: Money,
    /// The payer may choose the amount.
    pub open_amount: bool,
    pub expires_at: Ts,
}

impl From<&Intent> for NewCharge {
    fn from(intent: &Intent) -> Self {
        Self {
            reference: intent.reference.clone(),
            amount: intent.amount,
            open_amount: intent.open_amount,
            expires_at: intent.expires_at,
        }
    }
}

/// Where the payer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub url: Option<String>,
    /// A virtual account number, a QRIS text, a minimarket code.
    pub code: Option<String>,
    pub expires_at: Ts,
}

/// What a gateway says about one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePayment {
    /// Our reference, as given with the intent.
    pub intent_reference: String,
    /// The gateway's own number of this payment: what makes it count once.
    pub payment_reference: String,
    pub amount: Money,
    pub state: RemoteState,
    pub paid_at: Ts,
}

/// A notice whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway's number of the notice: a repeated one is known by it.
    pub notice_id: String,
    pub payment: RemotePayment,
    /// The signature covers amount and state, so that the gateway need not be asked again.
    pub conclusive: bool,
}

/// Why an outside system did not do it: ask a human, or try later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteError {
    Rejected(String),
    Unavailable(String),
}

/// A payment gateway. Every method may be called again with the same arguments.
pub trait PaymentGateway: Send + Sync {
    /// Its name in the channel `gateway:<name>`.
    fn name(&self) -> &str;
    /// Opens a payment: the same reference gives the same payment.
    fn create<'a>(&'a self, charge: &'a NewCharge) -> BoxFuture<'a, Result<Checkout, RemoteError>>;
    /// Every payment it knows for our reference; none is an empty list.
    fn status<'a>(
        &'a self,
        reference: &'a str,
    ) -> BoxFuture<'a, Result<Vec<RemotePayment>, RemoteError>>;
    /// Verifies a notice over its raw bytes. Without a key nothing is valid.
    ///
    /// # Errors
    /// `Rejected` when the signature or the body is wrong.
    fn verify(&self, headers: &[(String, String)], raw: &[u8]) -> Result<Notice, RemoteError>;
}
