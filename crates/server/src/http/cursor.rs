//! Where a page ended, when one id does not say it: several columns in one opaque text.

use data_encoding::BASE64URL_NOPAD;
use kernel::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The text that `next` carries.
pub(crate) fn write<K: Serialize>(key: &K) -> String {
    BASE64URL_NOPAD.encode(&serde_json::to_vec(key).unwrap_or_default())
}

/// The place that `after` names.
///
/// # Errors
/// Names the field `after` when it is no `next` of ours.
pub(crate) fn read<K: DeserializeOwned>(after: Option<&str>) -> Result<Option<K>, Fault> {
    let Some(text) = after else { return Ok(None) };
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(key) => Ok(Some(key)),
        None => {
            let (id, en) = ("bukan nilai next dari halaman lain", "is not another page's next");
            Err(Fault::field("after", "cursor", id, en))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was_and_nonsense_is_named() {
        let key = (7_i64, "budi|".to_owned());
        let read_back: Option<(i64, String)> = read(Some(&write(&key))).unwrap();
        assert_eq!(read_back, Some(key));
        assert_eq!(read::<(i64, String)>(None).unwrap(), None);
        let fault = read::<(i64, String)>(Some("xyz!")).unwrap_err();
        assert_eq!(fault.fields[0].name, "after");
    }
}
