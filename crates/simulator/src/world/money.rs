//! Customers pay: early, on time, late, in parts, twice or never; at the counter, by transfer, at the
//! gateway. Some payments bounce.

use billing::approval::{self, Request};
use billing::pay::{self, NewPayment};
use billing::words::{Channel, Mode};
use kernel::{CustomerId, Day, InvoiceId, Money, PaymentId, Result, Scope, SubscriptionId};
use store::{QueryExt, Tx, args, row};

use super::World;
use super::calendar::Happening;
use super::house::{Habit, Purse};
use super::staff::at;
use crate::map::TOWNS;

row! {
    struct Open { id: InvoiceId, customer_id: CustomerId, subscription_id: Option<SubscriptionId>,
        due_on: Day, issued_on: Option<Day>, mode: Option<Mode> }
}

impl World {
    /// Every invoice that was not there yesterday is planned by its customer's habit.
    pub(crate) async fn plan_payments(&mut self) -> Result<()> {
        let open: Vec<Open> = self
            .db
            .reader()
            .rows(
                "select i.id, i.customer_id, i.subscription_id, i.due_on, i.issued_on, s.mode
                 from billing_invoice i left join billing_subscription s on s.id = i.subscription_id
                 where i.live and i.state = 'issued'
                   and i.total > i.paid + i.credited + i.withheld + i.written_off order by i.number",
                args![],
            )
            .await?;
        for invoice in open {
            if self.seen_invoices.insert(invoice.id) {
                self.plan_payment(&invoice);
            }
        }
        Ok(())
    }

    fn plan_payment(&mut self, invoice: &Open) {
        let house = self.houses.iter().find(|h| Some(h.subscription) == invoice.subscription_id);
        let (habit, town) = house.map_or((Habit::OnTime, 0), |h| (h.habit, h.town));
        let zone = TOWNS[town].zone;
        let today = self.today(zone);
        let due = invoice.due_on.max(today);
        let is_prepaid = invoice.mode == Some(Mode::Prepaid);
        let days = match (habit, is_prepaid) {
            (Habit::Early, _) => Some(i64::from(self.dice.chance(400))),
            (Habit::OnTime | Habit::Twice, true) => Some(self.dice.range(0, 1)),
            (Habit::OnTime | Habit::Twice, false) => {
                Some((today.days_until(due) - self.dice.range(0, 6)).max(0))
            }
            (Habit::Late, _) => Some(today.days_until(due) + self.dice.range(1, 9)),
            (Habit::InParts, _) => Some((today.days_until(due) - 2).max(0)),
            (Habit::Rarely, _) => {
                let late = self.dice.range(20, 50);
                self.dice.chance(550).then_some(today.days_until(due) + late)
            }
        };
        let Some(days) = days else { return };
        let day = today.plus_days(i32::try_from(days).unwrap_or(0));
        let (hour, minute) = (self.dice.range(7, 21), self.dice.range(0, 59));
        let pay = Happening::Pay { invoice: invoice.id, customer: invoice.customer_id, tries: 0 };
        self.at(at(day, hour, minute, zone), pay);
    }

    /// A customer pays one invoice, as it stands today.
    pub(crate) async fn pay(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
        tries: u32,
    ) -> Result<()> {
        let now = self.now();
        let owed = billing::owed::of_invoice(&mut self.db.reader(), invoice, now).await?;
        if !owed.is_positive() {
            return Ok(());
        }
        let house = self.houses.iter().find(|h| h.customer == customer).cloned();
        let (habit, mut purse) =
            house.as_ref().map_or((Habit::OnTime, Purse::Cash), |h| (h.habit, h.purse));
        if tries > 3 {
            purse = Purse::Transfer;
        }
        let in_parts = habit == Habit::InParts && tries == 0 && owed.get() > 100_000;
        let amount = if in_parts { Money::rupiah(owed.get() / 2) } else { owed };
        if in_parts {
            let secs = self.dice.range(3, 12) * 86_400;
            self.later(secs, Happening::Pay { invoice, customer, tries: 1 });
        }
        if house.as_ref().is_some_and(|h| h.partner.is_some()) && self.dice.chance(500) {
            return self.pay_from_wallet(invoice, customer).await;
        }
        if house.as_ref().is_some_and(|h| h.is_firm) && !in_parts {
            let amount = self.less_pph23(invoice, owed).await?;
            return self.pay_transfer(invoice, customer, amount).await;
        }
        match purse {
            Purse::Gateway if !in_parts => self.begin_payment(invoice, customer).await,
            Purse::Cash => self.pay_cash(invoice, customer, amount).await,
            Purse::Gateway | Purse::Transfer => {
                self.pay_transfer(invoice, customer, amount).await?;
                if habit == Habit::Twice && self.dice.chance(250) {
                    let secs = self.dice.range(600, 90_000);
                    self.later(secs, Happening::PayAgain { invoice, customer });
                }
                Ok(())
            }
        }
    }

    async fn pay_cash(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
        amount: Money,
    ) -> Result<()> {
        // Nobody has the exact notes.
        let amount = Money::rupiah((amount.get() + 499) / 500 * 500);
        let new = NewPayment {
            customer,
            channel: Channel::Cash,
            reference: None,
            amount,
            named_invoice: Some(invoice),
            received_at: self.now(),
            note: None,
        };
        self.take_money(new).await.map(drop)
    }

    async fn pay_transfer(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
        amount: Money,
    ) -> Result<()> {
        let new = NewPayment {
            customer,
            channel: Channel::Transfer,
            reference: Some(format!("BCA-{}", self.next_key())),
            amount,
            named_invoice: Some(invoice),
            received_at: self.now(),
            note: None,
        };
        if self.dice.chance(150) {
            let finance = self.staff.finance.clone();
            let noted = self
                .try_ask(&finance, "note payment", async |tx: &mut Tx| {
                    pay::wait(tx, new.clone()).await
                })
                .await?;
            if let Some(payment) = noted {
                let secs = self.dice.range(1_800, 40_000);
                self.later(secs, Happening::Seen(payment));
            }
            return Ok(());
        }
        let payment = self.take_money(new).await?;
        if let Some(payment) = payment
            && self.dice.chance(20)
        {
            let secs = self.dice.range(1, 4) * 86_400;
            self.later(secs, Happening::Bounce(payment));
        }
        Ok(())
    }

    /// Finance enters money.
    async fn take_money(&mut self, new: NewPayment) -> Result<Option<PaymentId>> {
        let finance = self.staff.finance.clone();
        let done = self
            .try_ask(&finance, "receive payment", async |tx: &mut Tx| {
                Ok(pay::receive(tx, new.clone()).await?.payment.id)
            })
            .await?;
        if done.is_some() {
            self.round().await?;
        }
        Ok(done)
    }

    /// A transfer that was announced is in the bank.
    pub(crate) async fn seen_in_bank(&mut self, payment: PaymentId) -> Result<()> {
        let finance = self.staff.finance.clone();
        self.try_ask(&finance, "settle payment", async |tx: &mut Tx| {
            pay::settle(tx, payment).await
        })
        .await?;
        self.round().await
    }

    /// The same money once more: it becomes credit.
    pub(crate) async fn pay_again(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
    ) -> Result<()> {
        let found = billing::invoice::find(&mut self.db.reader(), &Scope::all(), invoice).await?;
        let new = NewPayment {
            customer,
            channel: Channel::Transfer,
            reference: Some(format!("BCA-{}", self.next_key())),
            amount: found.total,
            named_invoice: Some(invoice),
            received_at: self.now(),
            note: Some("transfer kedua".to_owned()),
        };
        if found.total.is_positive() {
            self.take_money(new).await?;
        }
        Ok(())
    }

    /// A cheque bounces: finance asks, a second person approves.
    pub(crate) async fn bounce(&mut self, payment: PaymentId) -> Result<()> {
        let (finance, head) = (self.staff.finance.clone(), self.staff.finance_head.clone());
        let request = Request::Reversal { payment };
        let asked = self
            .try_ask(&finance, "ask reversal", async |tx: &mut Tx| {
                approval::ask(tx, &request, "Dana ditarik bank").await
            })
            .await?;
        let Some(asked) = asked else { return Ok(()) };
        self.try_ask(&head, "approve reversal", async |tx: &mut Tx| {
            approval::approve(tx, asked).await
        })
        .await?;
        // Who was asked for it again pays again.
        let found = pay::find(&mut self.db.reader(), &Scope::all(), payment).await?;
        if let Some(invoice) = found.named_invoice_id
            && self.dice.chance(700)
        {
            let secs = self.dice.range(1, 6) * 86_400;
            self.later(secs, Happening::Pay { invoice, customer: found.customer_id, tries: 4 });
        }
        self.round().await
    }
}
