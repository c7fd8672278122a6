//! What people earned in a month reaches payroll once it is closed: a sum each, under our id.

use hr::rule::{Kind, Measure, NewRule};
use identity::Role;
use kernel::UserId;

use super::*;

impl Town {
    /// Sinta sells a connection; commission is ten percent.
    async fn sells(&self, name: &str, phone: &str, seller: UserId) -> CustomerId {
        let (customer, sub) = self.subscriber(name, phone).await;
        let (plan, branch) = (self.plan, self.branch);
        self.write(async move |tx: &mut Tx| {
            let new = crm::order::NewOrder {
                lead: None,
                customer,
                subscription: sub,
                plan,
                mode: crm::Mode::Prepaid,
                sold_by: Some(seller),
                channel: crm::Channel::Sales,
                partner: None,
                branch,
            };
            crm::order::create(tx, new).await.map(drop)
        })
        .await;
        customer
    }
    async fn ten_percent(&self) {
        let new = NewRule {
            kind: Kind::Commission,
            plan: None,
            user: None,
            measure: Measure::Percent,
            amount: 1_000,
            from_on: "2026-01-01".parse().unwrap(),
        };
        self.write(async |tx: &mut Tx| hr::rule::add(tx, &new).await.map(drop)).await;
    }
    async fn paid_in_full(&self, customer: CustomerId, reference: &str) -> kernel::PaymentId {
        let (amount, now) = (self.invoice_of(customer).await.outstanding(), self.now);
        let reference = reference.to_owned();
        let done = self
            .write(async move |tx: &mut Tx| {
                billing::pay::receive(
                    tx,
                    NewPayment {
                        customer,
                        channel: Channel::Transfer,
                        reference: Some(reference),
                        amount,
                        named_invoice: None,
                        received_at: now,
                        note: None,
                    },
                )
                .await
            })
            .await;
        done.payment.id
    }
    async fn day(&mut self, date: &str) {
        self.now = at(date, 9);
        self.site.set_now(self.now);
        flows::earnings::close_months(&self.db, self.now).await.unwrap();
    }
    /// Component, amount, payroll date and standing of what payroll has.
    fn pay(&self) -> Vec<(String, i64, String, i64)> {
        let word = |doc: &serde_json::Value, field: &str| doc[field].as_str().unwrap().to_owned();
        self.site
            .docs("Additional Salary")
            .iter()
            .map(|d| {
                let amount = d["amount"].as_f64().unwrap() as i64;
                let stage = d["docstatus"].as_i64().unwrap();
                (word(d, "salary_component"), amount, word(d, "payroll_date"), stage)
            })
            .collect()
    }
}

#[tokio::test]
async fn a_closed_month_is_told_once_and_a_later_reversal_is_a_deduction() {
    both(async |mut town: Town| {
        town.ten_percent().await;
        let sinta = town.hires("sinta", "Sinta Ayu", Role::Sales).await;
        let budi = town.sells("Budi Santoso", "081234567890", sinta).await;
        let siti = town.sells("Siti Aminah", "081234567891", sinta).await;
        let first = town.paid_in_full(budi, "BCA-1").await;
        town.paid_in_full(siti, "BCA-2").await;
        town.tell().await;
        assert_eq!(town.pay(), [], "the month is still running");

        // 250,000 from 20 November: 11 of 30 days are 91,667 each, of which 9,167.
        town.day("2026-12-01").await;
        town.tell().await;
        assert_eq!(town.pay(), [], "payroll does not know her yet: it waits");
        assert!(town.backlog().await > 0);
        town.employee(
            json!({ "first_name": "Sinta", "last_name": "Ayu", "attendance_device_id": "sinta" }),
        );
        town.poll().await;
        // An answer is lost on the way.
        town.site.trouble(Trouble::LostAnswer);
        town.pass_secs(4_000).await;
        town.tell().await;
        let november = ("Komisi".to_owned(), 18_334, "2026-12-01".to_owned(), 1);
        assert_eq!(town.pay(), std::slice::from_ref(&november));
        let told = town.site.docs("Additional Salary").remove(0);
        assert!(told["isp_external_id"].is_string(), "{told}");

        let reverse = async |tx: &mut Tx| billing::pay::reverse(tx, first, "bounced").await;
        town.write(reverse).await;
        town.day("2027-01-01").await;
        town.site.set_fiscal_years(&["2025", "2026", "2027"]);
        town.tell().await;
        let taken = ("Potongan Komisi".to_owned(), 9_167, "2027-01-01".to_owned(), 1);
        assert_eq!(town.pay(), [november, taken]);
        town.day("2027-02-01").await;
        town.tell().await;
        assert_eq!(town.pay().len(), 2, "a month without anything tells nothing");
    })
    .await;
}

#[tokio::test]
async fn a_sum_that_hr_cancels_is_asked_about_and_written_again_when_they_say_so() {
    both(async |mut town: Town| {
        town.ten_percent().await;
        let sinta = town.hires("sinta", "Sinta Ayu", Role::Sales).await;
        town.employee(
            json!({ "first_name": "Sinta", "last_name": "Ayu", "attendance_device_id": "sinta" }),
        );
        let budi = town.sells("Budi Santoso", "081234567890", sinta).await;
        town.paid_in_full(budi, "BCA-1").await;
        town.day("2026-12-01").await;
        town.tell().await;
        let name =
            town.site.docs("Additional Salary").remove(0)["name"].as_str().unwrap().to_owned();
        town.site
            .edit("hr@isp.test", "Additional Salary", &name, json!({ "docstatus": 2 }))
            .unwrap();
        town.pass_secs(60).await;
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        let open = town.open(Subject::Commission).await;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].field.as_deref(), Some("state"));
        let hr = people::person(None, &[kernel::Permission::FindingSettleStaff]);
        town.decides(hr, &open[0], bridge::Settle::Heal).await.unwrap();
        town.tell().await;
        let stages: Vec<i64> = town.pay().into_iter().map(|(.., stage)| stage).collect();
        assert_eq!(stages, [2, 1], "a new edition beside the cancelled one");
        town.pass_secs(60).await;
        flows::compare::books::pass(&town.db, town.books.as_ref(), town.now).await.unwrap();
        assert!(town.open(Subject::Commission).await.is_empty());
    })
    .await;
}
