//! The simulated payment gateway: our side, behind `billing`'s port.
//!
//! It behaves as a real one does: a charge a reference, signed notices that may come late, twice or never,
//! a status query that tells the truth. [`Remote`] is the other side, with the customer's button.

mod remote;
mod wire;

use std::fmt;
use std::sync::Arc;

use billing::gateway::{
    Checkout, NewCharge, Notice, PaymentGateway, RemoteError, RemotePayment, RemoteState,
};
use kernel::{Clock, FaultKind, Money};
use network::Secret;
use store::BoxFuture;

pub use remote::{Charge, Remote, SentNotice};
pub use wire::SIGNATURE_HEADER;
use wire::{CURRENCY, WireNotice, WireState};

/// Its name in the channel `gateway:<name>` and in the address of its notices.
pub const NAME: &str = "simulated";

/// The longest text of a notice that we take over.
const TEXT_MAX: usize = 100;

/// The gateway as `billing` sees it.
pub struct SimGateway {
    remote: Arc<Remote>,
    /// Verifies notices. `None`: not configured, so nothing is valid.
    key: Option<Secret>,
    clock: Arc<dyn Clock>,
    /// The page on which the customer pays; the charge's reference is appended after a slash.
    pay_page: String,
}

impl fmt::Debug for SimGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimGateway({}, key: {})", self.pay_page, self.key.is_some())
    }
}

impl SimGateway {
    /// Our side of `remote`. Without a key every notice is refused; the money is then found by asking.
    pub fn new(
        remote: Arc<Remote>,
        key: Option<Secret>,
        clock: Arc<dyn Clock>,
        pay_page: impl Into<String>,
    ) -> Self {
        let pay_page = pay_page.into().trim_end_matches('/').to_owned();
        Self { remote, key, clock, pay_page }
    }
}

impl PaymentGateway for SimGateway {
    fn name(&self) -> &str {
        NAME
    }

    fn create<'a>(&'a self, wanted: &'a NewCharge) -> BoxFuture<'a, Result<Checkout, RemoteError>> {
        let charge = self.remote.open_charge(
            &wanted.reference,
            wanted.amount,
            wanted.open_amount,
            wanted.expires_at,
        );
        let answer = charge.map_err(remote_error).and_then(|charge| {
            if charge.amount != wanted.amount || charge.open_amount != wanted.open_amount {
                return Err(rejected("the reference stands for another amount"));
            }
            Ok(Checkout {
                url: Some(format!("{}/{}", self.pay_page, charge.reference)),
                code: Some(charge.code),
                expires_at: charge.expires_at,
            })
        });
        Box::pin(std::future::ready(answer))
    }

    fn status<'a>(
        &'a self,
        reference: &'a str,
    ) -> BoxFuture<'a, Result<Vec<RemotePayment>, RemoteError>> {
        let answer = if self.remote.is_away() {
            Err(RemoteError::Unavailable("no answer".to_owned()))
        } else {
            let charge = self.remote.charge(reference);
            let told = charge.map_or_else(Vec::new, |c| c.told(self.clock.now()));
            told.iter().map(payment).collect()
        };
        Box::pin(std::future::ready(answer))
    }

    fn verify(&self, headers: &[(String, String)], raw: &[u8]) -> Result<Notice, RemoteError> {
        let Some(key) = &self.key else { return Err(rejected("no key is configured")) };
        let mut signatures =
            headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
        let (Some((_, signature)), None) = (signatures.next(), signatures.next()) else {
            return Err(rejected("exactly one signature is needed"));
        };
        if !wire::is_signed(key.expose().as_bytes(), raw, signature) {
            return Err(rejected("the signature is wrong"));
        }
        let notice: WireNotice =
            serde_json::from_slice(raw).map_err(|_| rejected("the body is not a notice"))?;
        let payment = payment(&notice)?;
        if !is_text(&notice.notice_id) {
            return Err(rejected("the notice has no usable number"));
        }
        // The signature covers amount and state: there is no need to ask again.
        Ok(Notice { notice_id: notice.notice_id, payment, conclusive: true })
    }
}

/// The vendor's words as ours.
fn payment(notice: &WireNotice) -> Result<RemotePayment, RemoteError> {
    let state = match notice.state {
        WireState::Pending => RemoteState::Pending,
        WireState::Paid => RemoteState::Settled,
        WireState::Expired => RemoteState::Expired,
        WireState::Failed => RemoteState::Failed,
        WireState::Refunded => RemoteState::Refunded,
    };
    let moves_money = matches!(state, RemoteState::Settled | RemoteState::Refunded);
    if notice.currency != CURRENCY {
        return Err(rejected("the currency is not rupiah"));
    }
    if !is_text(&notice.merchant_ref) || (moves_money && !is_text(&notice.payment_id)) {
        return Err(rejected("a reference is missing or unusable"));
    }
    if notice.amount < 0 || (moves_money && notice.amount == 0) {
        return Err(rejected("the amount is not positive"));
    }
    Ok(RemotePayment {
        intent_reference: notice.merchant_ref.clone(),
        payment_reference: notice.payment_id.clone(),
        amount: Money::rupiah(notice.amount),
        state,
        paid_at: notice.paid_at,
    })
}

fn is_text(text: &str) -> bool {
    (1..=TEXT_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn rejected(why: &str) -> RemoteError {
    RemoteError::Rejected(why.to_owned())
}

fn remote_error(fault: kernel::Fault) -> RemoteError {
    match fault.kind {
        FaultKind::Unavailable => RemoteError::Unavailable(fault.en),
        _ => RemoteError::Rejected(fault.en),
    }
}
