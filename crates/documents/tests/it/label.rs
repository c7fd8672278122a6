use documents::label::{LABELS_A_SHEET, Label, label_pdf, label_sheet_pdf};

use crate::reading::{has, keep};

fn labels(count: usize) -> Vec<Label> {
    (1..=count)
        .map(|n| Label {
            serial: format!("ZTEGC8A1{n:04}"),
            mac: Some(format!("A4:7E:36:01:02:{n:02X}")),
            item_type: "ONT ZTE F670L".into(),
            owner: Some("Milik Nusa Net".into()),
        })
        .collect()
}

#[test]
fn each_label_is_a_page_of_50_by_25_mm_with_serial_mac_and_type() {
    let paper = keep("labels", &label_pdf(&labels(3)).unwrap());
    assert_eq!((paper.pages(), paper.size_mm()), (3, (50, 25)));
    let text = paper.words();
    has(&text, &["ZTEGC8A10001", "ZTEGC8A10003", "A4:7E:36:01:02:03", "ONT ZTE F670L"]);
    assert_eq!(paper.scanned(), ["SMB:SN:ZTEGC8A10001"], "what the technician's scan reads");
}

#[test]
fn a_sheet_holds_forty_four_labels_and_can_be_begun_in_the_middle() {
    let full = keep("label_sheet", &label_sheet_pdf(&labels(LABELS_A_SHEET), 0).unwrap());
    assert_eq!((full.pages(), full.size_mm()), (1, (210, 297)));
    let begun = keep("label_sheet_begun", &label_sheet_pdf(&labels(LABELS_A_SHEET), 5).unwrap());
    assert_eq!(begun.pages(), 2);
    has(&begun.words(), &["ZTEGC8A10001", "ZTEGC8A10044"]);
    let fault = label_sheet_pdf(&labels(1), LABELS_A_SHEET).unwrap_err();
    assert_eq!(fault.fields[0].code, "documents.sheet_skip");
}

#[test]
fn long_serials_and_odd_names_stay_on_their_label() {
    let label = Label {
        serial: "485754431A2B3C4D-REV2-X9".into(),
        mac: None,
        item_type: "Router #1 *Mesh* AX3000 \"Pro\" dengan antena luar dan adaptor".into(),
        owner: None,
    };
    let paper = keep("label_long", &label_pdf(&[label]).unwrap());
    assert_eq!(paper.pages(), 1);
    has(&paper.words(), &["485754431A2B3C4D-REV2-X9", "#1 *Mesh*"]);
    assert_eq!(paper.scanned(), ["SMB:SN:485754431A2B3C4D-REV2-X9"]);
}

#[test]
fn no_labels_are_refused() {
    assert_eq!(label_pdf(&[]).unwrap_err().code, "documents.empty");
}
