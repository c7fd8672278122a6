//! What is bought in ERPNext: shown here, never changed; devices that came in there and not here are asked about.

use bridge::paper::{self, PaperKind, PaperStage};
use inventory::item::{NewType, add_type};
use inventory::receive::{Line, receive};
use inventory::{How, LocationKind, location};

use super::*;

impl Town {
    async fn papers(&self) -> Vec<paper::Paper> {
        paper::newest(&mut self.db.reader(), None, 10).await.unwrap()
    }
    async fn asked_of_stock(&self) -> Vec<bridge::Finding> {
        let filter = finding::Filter {
            subject: Some(Subject::PurchaseOrder),
            state: Some(bridge::FindingState::Open),
            ..finding::Filter::default()
        };
        finding::list(&mut self.db.reader(), &filter, None, 10).await.unwrap()
    }
}

#[tokio::test]
async fn a_receipt_over_there_is_shown_and_its_devices_that_we_lack_are_asked_about() {
    both(async |mut town: Town| {
        let buyer = "purchase@isp.test";
        let order = json!({ "supplier": "CV Optik", "company": COMPANY, "transaction_date": "2026-11-19", "schedule_date": "2026-11-23", "items": [{ "item_code": "ONU-HG8245", "item_name": "ONU HG8245", "qty": 3, "rate": 350_000 }] });
        let order = town.site.enter(buyer, "Purchase Order", order).unwrap();
        town.poll().await;
        assert!(town.papers().await.is_empty(), "a draft is nobody's business yet");
        town.site.edit(buyer, "Purchase Order", &order, json!({ "docstatus": 1 })).unwrap();
        let receipt = json!({ "supplier": "CV Optik", "company": COMPANY, "posting_date": "2026-11-20", "items": [{ "item_code": "ONU-HG8245", "item_name": "ONU HG8245", "qty": 2, "rate": 350_000, "purchase_order": order, "use_serial_batch_fields": 1, "serial_no": "HWTC0001\nHWTC0002" }] });
        let receipt = town.site.enter(buyer, "Purchase Receipt", receipt).unwrap();
        town.site.edit(buyer, "Purchase Receipt", &receipt, json!({ "docstatus": 1 })).unwrap();
        town.pass_secs(60).await;
        assert_eq!(town.poll().await.asked, 1);

        let papers = town.papers().await;
        let told: Vec<_> = papers
            .iter()
            .map(|p| (p.kind, p.external_id.clone(), p.supplier.as_str(), p.total.get(), p.stage))
            .collect();
        assert_eq!(
            told,
            [
                (PaperKind::Receipt, receipt.clone(), "CV Optik", 700_000, PaperStage::Submitted),
                (PaperKind::PurchaseOrder, order.clone(), "CV Optik", 1_050_000, PaperStage::Submitted),
            ]
        );
        let lines = (papers[0].lines().remove(0), papers[1].lines().remove(0));
        assert_eq!(lines.0.serials, ["HWTC0001", "HWTC0002"]);
        assert_eq!(lines.0.order.as_deref(), Some(order.as_str()));
        assert_eq!((lines.1.quantity.as_str(), lines.1.received.as_deref()), ("3", Some("2")));

        let open = town.asked_of_stock().await;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].external_id.as_deref(), Some(receipt.as_str()));
        assert_eq!(open[0].theirs.as_deref(), Some("HWTC0001, HWTC0002"));
        assert_eq!(bridge::finding::permission(open[0].subject), kernel::Permission::FindingSettleStock);

        // The warehouse receives one of them here, then the other: the question shrinks and heals.
        let branch = town.branch;
        town.write(async move |tx: &mut Tx| {
            let onu = NewType {
                sku: "ONU-HG8245".into(),
                name: "ONU HG8245".into(),
                kind: "ont".into(),
                unit: "pcs".into(),
                serialized: true,
                value: Money::rupiah(350_000),
            };
            let onu = add_type(tx, &onu).await?;
            let store = location::add(tx, LocationKind::Warehouse, "Gudang", branch).await?;
            let line = Line { serial: "HWTC0001".into(), mac: None };
            receive(tx, store, onu, &[line], &How::Scanned, "SJ-1").await.map(drop)
        })
        .await;
        town.pass_secs(60).await;
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert_eq!(town.asked_of_stock().await[0].theirs.as_deref(), Some("HWTC0002"));
        town.site.edit(buyer, "Purchase Receipt", &receipt, json!({ "docstatus": 2 })).unwrap();
        town.pass_secs(60).await;
        town.poll().await;
        assert!(town.asked_of_stock().await.is_empty(), "a cancelled receipt asks nothing");
        assert_eq!(town.papers().await[0].stage, PaperStage::Cancelled);
    })
    .await;
}
