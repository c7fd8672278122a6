//! What the simulated gateway sends, exactly.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Ts;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The header with the signature of a notice: `sha256=` and the HMAC of the raw body in hexadecimal.
pub const SIGNATURE_HEADER: &str = "x-sim-signature";
pub(super) const CURRENCY: &str = "IDR";
const SCHEME: &str = "sha256=";

/// The state of a charge, in the gateway's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum WireState {
    Pending,
    Paid,
    Expired,
    Failed,
    Refunded,
}

impl WireState {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Refunded => "refunded",
        }
    }
}

/// The body of a notice, and the answer to a status query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WireNotice {
    /// The same for every delivery of one notice.
    pub notice_id: String,
    /// Ours: the intent.
    pub merchant_ref: String,
    /// Theirs: the payment.
    pub payment_id: String,
    pub amount: i64,
    pub currency: String,
    pub state: WireState,
    pub paid_at: Ts,
}

/// The signature header's value for a body.
pub(super) fn sign(key: &[u8], raw: &[u8]) -> Option<String> {
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(raw);
    Some(format!("{SCHEME}{}", HEXLOWER.encode(&mac.finalize().into_bytes())))
}

/// Whether `header` is the signature of `raw`, compared in constant time. An empty key signs nothing.
pub(super) fn is_signed(key: &[u8], raw: &[u8], header: &str) -> bool {
    let Some(hex) = header.trim().strip_prefix(SCHEME) else { return false };
    let Ok(claimed) = HEXLOWER.decode(hex.as_bytes()) else { return false };
    if key.is_empty() {
        return false;
    }
    Hmac::<Sha256>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(raw).verify_slice(&claimed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_sha256_of_the_raw_body() {
        // RFC 4231, test case 2.
        let header = sign(b"Jefe", b"what do ya want for nothing?").unwrap();
        let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(header, format!("sha256={hex}"));
        assert!(is_signed(b"Jefe", b"what do ya want for nothing?", &header));
    }

    #[test]
    fn one_flipped_bit_another_key_or_no_key_is_no_signature() {
        let raw = br#"{"amount":277500}"#.to_vec();
        let header = sign(b"kunci", &raw).unwrap();
        for at in 0..raw.len() * 8 {
            let mut bent = raw.clone();
            bent[at / 8] ^= 1 << (at % 8);
            assert!(!is_signed(b"kunci", &bent, &header), "bit {at}");
        }
        assert!(!is_signed(b"kuncI", &raw, &header));
        let unsigned = sign(b"", &raw).unwrap();
        assert!(!is_signed(b"", &raw, &unsigned), "no key: nothing is accepted");
        for bad in ["", "sha256=", "sha256=zz", &header[7..], &header.to_uppercase()] {
            assert!(!is_signed(b"kunci", &raw, bad), "{bad}");
        }
        assert!(!is_signed(b"kunci", &raw, &header[..header.len() - 2]), "cut short");
    }
}
