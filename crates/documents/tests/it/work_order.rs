use documents::work_order::{
    DeviceAction, JobKind, Signature, WorkOrderDevice, WorkOrderPaper, WorkResult, work_order_pdf,
};
use kernel::{Lang, Ts, Zone};

use crate::reading::{has, keep};
use crate::sample::{self, day};

fn order() -> WorkOrderPaper {
    WorkOrderPaper {
        issuer: sample::issuer(),
        customer: sample::customer(),
        number: "SPK/2026/11/000042".into(),
        kind: JobKind::Install,
        scheduled_on: Some(day(2026, 11, 10)),
        window: Some("09.00–11.00 WIB".into()),
        technicians: vec!["Agus Salim".into(), "Budi Hartono".into()],
        branch: Some("Bogor Kota".into()),
        subscription: Some("S000123".into()),
        plan: Some("Rumah 20 Mbps".into()),
        account: Some("c000123@nusanet".into()),
        odp: Some("ODP-BGR-07 / port 3".into()),
        site: Some((-6.575_210, 106.786_430)),
        devices: vec![WorkOrderDevice {
            item_type: "ONT ZTE F670L".into(),
            serial: Some("ZTEGC8A10001".into()),
            mac: Some("A4:7E:36:01:02:03".into()),
            action: DeviceAction::Lend,
        }],
        instructions: Some(
            "Rumah cat hijau, masuk lewat gang #4.\nHubungi dulu *30 menit*.".into(),
        ),
        checklist: vec![
            "Redaman di rumah lebih baik dari -25 dBm".into(),
            "Perangkat dipindai dan online".into(),
            "Foto pemasangan".into(),
        ],
        result: None,
    }
}

#[test]
fn a_work_order_tells_the_technician_where_what_and_how_to_connect() {
    let paper = keep("work_order", &work_order_pdf(&order(), Lang::Id).unwrap());
    assert_eq!((paper.pages(), paper.size_mm()), (1, (210, 297)));
    let text = paper.words();
    has(&text, &["Surat Perintah Kerja", "SPK/2026/11/000042", "Pasang baru", "10 Nov 2026"]);
    has(&text, &["09.00–11.00 WIB", "Agus Salim, Budi Hartono", "ODP-BGR-07 / port 3"]);
    has(&text, &["c000123@nusanet", "-6.575210, 106.786430", "ZTEGC8A10001"]);
    has(&text, &["lewat gang #4.", "*30 menit*", "Perangkat dipindai dan online"]);
    assert_eq!(paper.scanned(), ["SMB:WO:SPK/2026/11/000042", "geo:-6.575210,106.786430"]);
}

#[test]
fn a_finished_job_becomes_a_hand_over_report() {
    let mut order = order();
    order.result = Some(WorkResult {
        done_at: Ts::local(day(2026, 11, 10), 10, 42, Zone::Jakarta),
        zone: Zone::Jakarta,
        online: Some("Online sejak 10.40, 20/5 Mbps".into()),
        signal: Some("-19,4 dBm".into()),
        signature: None,
        remarks: None,
    });
    let text = keep("hand_over", &work_order_pdf(&order, Lang::Id).unwrap()).words();
    has(&text, &["Berita Acara Serah Terima", "10 Nov 2026 10.42 WIB", "-19,4 dBm"]);
    has(&text, &["wajib dikembalikan", "Pasang, milik ISP"]);
}

#[test]
fn an_english_work_order_without_details_is_still_a_paper() {
    let bare = WorkOrderPaper {
        kind: JobKind::Dismantle,
        scheduled_on: None,
        window: None,
        technicians: Vec::new(),
        branch: None,
        subscription: None,
        plan: None,
        account: None,
        odp: None,
        site: None,
        devices: Vec::new(),
        instructions: None,
        checklist: Vec::new(),
        ..order()
    };
    let text = keep("work_order_bare", &work_order_pdf(&bare, Lang::En).unwrap()).words();
    has(&text, &["Work Order", "Dismantling", "TECHNICIAN'S REMARKS"]);
    assert!(!text.contains("Teknisi") && !text.contains("geo:"), "{text}");
}

/// A small picture with a stroke of ink.
fn stroke(width: u32, height: u32) -> Vec<u8> {
    let paper = image::Rgb([255_u8, 255, 255]);
    let mut picture = image::RgbImage::from_pixel(width, height, paper);
    for x in 0..width {
        picture.put_pixel(x, x * height / width, image::Rgb([0, 0, 0]));
    }
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// Printed with this as its signature, and kept under that name: tests run beside each other.
fn signed(name: &str, png: Vec<u8>) -> (Vec<u8>, String) {
    let at = Ts::local(day(2026, 11, 10), 10, 41, Zone::Jakarta);
    let mut order = order();
    order.result = Some(WorkResult {
        done_at: at.plus_secs(60),
        zone: Zone::Jakarta,
        online: None,
        signal: None,
        signature: Some(Signature { png, name: Some("Ibu Ratna".into()), signed_at: at }),
        remarks: None,
    });
    let pdf = work_order_pdf(&order, Lang::Id).unwrap();
    let words = keep(name, &pdf).words();
    (pdf, words)
}

#[test]
fn the_hand_over_report_bears_the_signature_and_whose_it_is() {
    let (pdf, text) = signed("signed", stroke(300, 120));
    has(&text, &["Ibu Ratna", "10 Nov 2026 10.41 WIB"]);
    assert!(pdf.windows(14).any(|bytes| bytes == b"/Subtype/Image"), "the picture is in it");
}

#[test]
fn what_is_no_signature_is_left_out_and_the_paper_is_still_printed() {
    let whole = stroke(300, 120);
    let mut vast = whole.clone();
    vast[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    for png in [whole[..whole.len() / 2].to_vec(), b"\x89PNG\r\n\x1a\n".to_vec(), vast, vec![0; 64]]
    {
        let (pdf, text) = signed("unsigned", png);
        assert!(!text.contains("Ibu Ratna") && !text.contains("10.41"), "{text}");
        assert!(!pdf.windows(14).any(|bytes| bytes == b"/Subtype/Image"));
        has(&text, &["Berita Acara Serah Terima"]);
    }
}
