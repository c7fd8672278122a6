//! What an op says: the bodies of the offline protocol.

use data_encoding::BASE64;
use kernel::{Fault, ItemTypeId, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::evidence::PhotoKind;

/// The body of an op by its `kind`.
///
/// `visit` is the visit that the device saw in the job; without it the current one is meant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Accept {
        visit: Option<i64>,
    },
    OnTheWay {
        visit: Option<i64>,
    },
    OnSite {
        visit: Option<i64>,
    },
    /// The device's serial, MAC or whole label. `how`: `scanned`, or `typed` with its reason.
    Scan {
        visit: Option<i64>,
        serial: Option<String>,
        mac: Option<String>,
        how: ScanHow,
        reason: Option<String>,
    },
    /// A customer's own device: its MAC, after NOC approved it.
    OwnDevice {
        visit: Option<i64>,
        mac: String,
    },
    /// A photo: its bytes in base64, or the SHA-256 (hex) of bytes that are sent by themselves.
    Photo {
        visit: Option<i64>,
        what: PhotoKind,
        mime: Option<String>,
        data: Option<String>,
        sha256: Option<String>,
        /// Whose signature it is.
        signer: Option<String>,
    },
    Gps {
        visit: Option<i64>,
        lat: f64,
        lon: f64,
        accuracy_m: f64,
    },
    /// The optical power at the device, as a person reads it.
    Signal {
        visit: Option<i64>,
        dbm: f64,
    },
    /// Counted stock used up from the bag.
    Use {
        visit: Option<i64>,
        item_type: ItemTypeId,
        quantity: i64,
    },
    /// Closed as done; `note` says why it is not online, if it is not. On a dismantle `not_retrieved` says
    /// why our device stays behind: it counts as lost from then on.
    Done {
        visit: Option<i64>,
        note: Option<String>,
        not_retrieved: Option<String>,
    },
    Fail {
        visit: Option<i64>,
        reason: String,
    },
    /// Go on without the refused op before it.
    Skip {},
    /// Comes to work, or goes: the subject is the person. Where the phone was, if it knows; a photo in
    /// base64, if one was taken.
    CheckIn(Presence),
    CheckOut(Presence),
}

/// Where somebody was when they came or went.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Presence {
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub accuracy_m: Option<f64>,
    pub data: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanHow {
    Scanned,
    Typed,
}

impl Body {
    /// Reads a body of version 1.
    ///
    /// # Errors
    /// `fulfilment.op_body`, naming what is wrong.
    pub fn read(body: &Value) -> Result<Self> {
        Self::deserialize(body).map_err(|error| {
            let mut fault = Fault::invalid(
                "fulfilment.op_body",
                format!("Isi langkah tidak terbaca: {error}."),
                format!("The step's body can't be read: {error}."),
            );
            fault = fault.because(error);
            fault
        })
    }
}

/// The bytes of a photo's base64, with or without a `data:` prefix.
///
/// # Errors
/// `fulfilment.op_body` when it is not base64.
pub fn photo_bytes(data: &str) -> Result<Vec<u8>> {
    let text = data.split_once(";base64,").map_or(data, |(_, rest)| rest);
    BASE64.decode(text.trim().as_bytes()).map_err(|error| {
        Fault::invalid(
            "fulfilment.op_body",
            "Foto tidak terbaca (base64).",
            "The photo can't be read (base64).",
        )
        .because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bodies_as_the_app_sends_them_are_read() {
        for (body, expect) in [
            (json!({"kind": "accept"}), Body::Accept { visit: None }),
            (json!({"kind": "on_the_way", "visit": 2}), Body::OnTheWay { visit: Some(2) }),
            (
                json!({"kind": "scan", "serial": "ZTE1", "how": "scanned"}),
                Body::Scan {
                    visit: None,
                    serial: Some("ZTE1".into()),
                    mac: None,
                    how: ScanHow::Scanned,
                    reason: None,
                },
            ),
            (
                json!({"kind": "gps", "lat": -6.2, "lon": 106.8, "accuracy_m": 12}),
                Body::Gps { visit: None, lat: -6.2, lon: 106.8, accuracy_m: 12.0 },
            ),
            (json!({"kind": "done"}), Body::Done { visit: None, note: None, not_retrieved: None }),
            (json!({"kind": "skip"}), Body::Skip {}),
            (json!({"kind": "signal", "dbm": -19.4}), Body::Signal { visit: None, dbm: -19.4 }),
            (
                json!({"kind": "check_in", "lat": -6.2, "lon": 106.8, "accuracy_m": 8}),
                Body::CheckIn(Presence {
                    lat: Some(-6.2),
                    lon: Some(106.8),
                    accuracy_m: Some(8.0),
                    data: None,
                }),
            ),
        ] {
            assert_eq!(Body::read(&body).unwrap(), expect);
        }
    }

    #[test]
    fn a_body_that_says_nothing_known_is_refused_with_its_reason() {
        for (body, word) in [
            (json!({"kind": "dance"}), "dance"),
            (json!({"kind": "fail"}), "reason"),
            (json!({"kind": "gps", "lat": "x", "lon": 1, "accuracy_m": 1}), "invalid type"),
            (json!({"kind": "scan", "how": "guessed"}), "guessed"),
            (json!({}), "kind"),
        ] {
            let fault = Body::read(&body).unwrap_err();
            assert_eq!(fault.code, "fulfilment.op_body");
            assert!(fault.en.contains(word), "{}", fault.en);
        }
    }

    #[test]
    fn a_photo_comes_as_plain_base64_or_as_a_data_url() {
        assert_eq!(photo_bytes("AAEC").unwrap(), [0, 1, 2]);
        assert_eq!(photo_bytes("data:image/jpeg;base64,AAEC").unwrap(), [0, 1, 2]);
        assert!(photo_bytes("%%%").is_err());
    }
}
