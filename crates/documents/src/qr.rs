//! QR codes as SVG, drawn by the templates.

use std::fmt::Write as _;

use fast_qr::ECL;
use fast_qr::qr::QRBuilder;
use kernel::{Fault, Result};

/// The QR code of `text` as SVG: one unit a module, quiet zone not included.
///
/// # Errors
/// `documents.qr_too_long` when no QR code can hold the text (about 2,300 characters).
pub fn qr_svg(text: &str) -> Result<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|e| {
        Fault::invalid(
            "documents.qr_too_long",
            "Teks terlalu panjang untuk kode QR.",
            "The text is too long for a QR code.",
        )
        .because(e)
    })?;
    let size = code.size;
    let mut path = String::new();
    for (y, row) in code.data.chunks(size).take(size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a.value() == b.value()) {
            if run.first().is_some_and(|module| module.value()) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{n}v1h-{n}z", n = run.len());
            }
            x += run.len();
        }
    }
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path d="{path}" fill="black"/></svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_pattern_is_dark_and_the_text_has_a_limit() {
        let svg = qr_svg("SMB:SN:ZTEGC8A12345").unwrap();
        assert!(svg.contains("M0 0h7v1h-7z"), "the top left finder is seven dark modules wide");
        assert!(svg.contains("viewBox=\"0 0 21 21\""), "a serial fits the smallest code: {svg}");
        assert_eq!(qr_svg(&"x".repeat(4_000)).unwrap_err().code, "documents.qr_too_long");
    }
}
