//! The link in a message that opens the pay page of one invoice.
//!
//! Signed instead of stored: a run of a hundred thousand invoices writes no tokens. The signature covers
//! the invoice, the last day and the customer's phone, so that the link ends after 14 days, and when the
//! phone changes; that it ends with the payment, the pay page sees from the invoice itself. It pays, and
//! shows nothing else.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Day, InvoiceId, Phone};
use sha2::Sha256;
use uuid::Uuid;

/// Days a link lives.
pub const DAYS: i32 = 14;
const EPOCH: (i16, i8, i8) = (2020, 1, 1);
const MAC_BYTES: usize = 16;

/// Makes and reads links. Registered on the database as an extension; its key is the program's.
pub struct Signer {
    key: Vec<u8>,
    base_url: String,
}

/// What a readable link says. The phone is checked by [`Signer::holds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub invoice: InvoiceId,
    pub last_day: Day,
    mac: [u8; MAC_BYTES],
}

impl Signer {
    /// `base_url`: where customers reach the pay page, without a slash at the end.
    pub fn new(key: &[u8], base_url: &str) -> Self {
        Self { key: key.to_vec(), base_url: base_url.trim_end_matches('/').to_owned() }
    }
    /// The address for a message.
    pub fn url(&self, invoice: InvoiceId, phone: &Phone, today: Day) -> String {
        let last_day = today.plus_days(DAYS);
        let mut token = Vec::with_capacity(34);
        token.extend_from_slice(invoice.uuid().as_bytes());
        token.extend_from_slice(&number(last_day).to_be_bytes());
        token.extend_from_slice(&self.mac(invoice, last_day, phone));
        format!("{}/pay/t/{}", self.base_url, BASE64URL_NOPAD.encode(&token))
    }
    /// The pay page without an invoice.
    pub fn plain_url(&self) -> String {
        format!("{}/pay", self.base_url)
    }
    /// Takes a token apart; nothing of it is believed before [`Self::holds`].
    pub fn read(token: &str) -> Option<Link> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (id, rest) = bytes.split_at_checked(16)?;
        let (day, mac) = rest.split_at_checked(2)?;
        let days = u16::from_be_bytes(day.try_into().ok()?);
        Some(Link {
            invoice: InvoiceId::from_uuid(Uuid::from_slice(id).ok()?),
            last_day: epoch().plus_days(i32::from(days)),
            mac: mac.try_into().ok()?,
        })
    }
    /// Whether the link was made for this phone and has not ended.
    pub fn holds(&self, link: &Link, phone: &Phone, today: Day) -> bool {
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return false };
        hmac.update(&covered(link.invoice, link.last_day, phone));
        hmac.verify_truncated_left(&link.mac).is_ok() && today <= link.last_day
    }
    fn mac(&self, invoice: InvoiceId, last_day: Day, phone: &Phone) -> Vec<u8> {
        match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mut hmac) => {
                hmac.update(&covered(invoice, last_day, phone));
                hmac.finalize().into_bytes().iter().copied().take(MAC_BYTES).collect()
            }
            Err(_) => vec![0; MAC_BYTES],
        }
    }
}

fn covered(invoice: InvoiceId, last_day: Day, phone: &Phone) -> Vec<u8> {
    let mut text = b"sambung pay link 1\0".to_vec();
    text.extend_from_slice(invoice.uuid().as_bytes());
    text.extend_from_slice(last_day.to_string().as_bytes());
    text.extend_from_slice(phone.as_str().as_bytes());
    text
}

fn epoch() -> Day {
    Day::ymd_clamped(EPOCH.0, EPOCH.1, EPOCH.2)
}

fn number(day: Day) -> u16 {
    u16::try_from(epoch().days_until(day)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Phone {
        Phone::parse(text).unwrap()
    }

    #[test]
    fn a_link_holds_for_its_invoice_and_phone_until_its_last_day_and_no_flipped_bit() {
        let signer = Signer::new(b"0123456789abcdef0123456789abcdef", "https://isp.example/");
        let today: Day = "2026-12-01".parse().unwrap();
        let invoice: InvoiceId = "0193a9d0-0000-7000-8000-000000000001".parse().unwrap();
        let url = signer.url(invoice, &phone("081234567890"), today);
        let token = url.strip_prefix("https://isp.example/pay/t/").unwrap();
        let link = Signer::read(token).unwrap();
        assert_eq!(link.invoice, invoice);
        assert!(signer.holds(&link, &phone("+6281234567890"), today.plus_days(14)));
        assert!(!signer.holds(&link, &phone("081234567890"), today.plus_days(15)));
        assert!(!signer.holds(&link, &phone("081234567891"), today), "the phone changed");
        let other = Signer::new(b"another key, another key, another", "x");
        assert!(!other.holds(&link, &phone("081234567890"), today));
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let read = Signer::read(&BASE64URL_NOPAD.encode(&flipped)).unwrap();
            assert!(!signer.holds(&read, &phone("081234567890"), today), "bit {bit}");
        }
        assert_eq!(Signer::read("x"), None);
        assert_eq!(Signer::read(&token[..20]), None);
    }
}
