//! What the office corrects: credit notes for days without service, refunds of money that stays over, debts
//! that nobody will pay, tax that firms keep back. One person of finance asks, another one decides.

use billing::approval::{self, ApprovalId, Request};
use billing::words::WithholdingKind;
use billing::{withhold, withholding};
use crm::customer::{Amendment, CustomerKind};
use kernel::{CustomerId, InvoiceId, InvoiceLineId, Money, Result, Scope, WithholdingId};
use store::{QueryExt, Tx, args};

use super::World;
use super::calendar::Happening;
use crate::map::TOWNS;

/// Of a thousand new customers so many are firms that keep PPh 23 back.
const FIRMS: u64 = 60;
/// Days after which finance gives an unpaid invoice of an ended subscription up.
const HOPELESS_DAYS: i32 = 75;

impl World {
    /// A new customer may be a firm.
    pub(crate) async fn may_be_a_firm(&mut self, customer: CustomerId) -> Result<()> {
        if !self.dice.chance(FIRMS) {
            return Ok(());
        }
        let sales = self.staff.sales.clone();
        let was = crm::customer::find(&mut self.db.reader(), &Scope::all(), customer).await?;
        let form = Amendment {
            lang: was.language(),
            name: was.name,
            kind: CustomerKind::Corporate,
            phone: was.phone.as_str().to_owned(),
            email: was.email,
            nik: None,
            npwp: was.npwp,
            address: was.address,
            lat: was.lat,
            lon: was.lon,
            withholds_pph23: true,
            withholds_wapu: false,
        };
        let done = self
            .try_ask(&sales, "flag a firm", async |tx: &mut Tx| {
                flows::customers::amend(tx, customer, form.clone()).await.map(drop)
            })
            .await?;
        if done.is_some()
            && let Some(house) = self.houses.iter_mut().find(|h| h.customer == customer)
        {
            house.is_firm = true;
        }
        Ok(())
    }

    /// What a firm pays of an invoice: everything but the PPh 23 of its base.
    pub(crate) async fn less_pph23(&self, invoice: InvoiceId, owed: Money) -> Result<Money> {
        let view = billing::invoice::view(&mut self.db.reader(), &Scope::all(), invoice).await?;
        let untouched = view.withholdings.is_empty() && view.invoice.outstanding() == owed;
        let base: Money = view.lines.iter().map(|l| l.base - l.credited_base).sum();
        let kept = withholding::most(WithholdingKind::Pph23, base, Money::ZERO);
        Ok(if untouched && kept < owed { owed - kept } else { owed })
    }

    /// What finance looks through before noon.
    pub(crate) async fn plan_corrections(&mut self) -> Result<()> {
        if self.dice.chance(160) {
            self.credit_days_without_service().await?;
        }
        if self.dice.chance(250) {
            self.refund_what_is_over().await?;
        }
        if self.dice.chance(150) {
            self.give_up_a_debt().await?;
        }
        if self.dice.chance(300) {
            self.file_certificates().await?;
        }
        Ok(())
    }

    /// Somebody complained: a part of the bill is taken back, now and then all of it.
    async fn credit_days_without_service(&mut self) -> Result<()> {
        let recent: Vec<InvoiceId> = self
            .db
            .reader()
            .values(
                "select id from billing_invoice where live and state = 'issued'
                 order by number desc limit 40",
                args![],
            )
            .await?;
        let Some(invoice) = self.dice.pick(&recent).copied() else { return Ok(()) };
        let lines = match self.dice.chance(200) {
            true => None,
            false => self.a_tenth_of(invoice).await?,
        };
        self.ask_for(Request::Credit { invoice, lines }, "Gangguan layanan").await
    }

    /// Three days of thirty of the invoice's dearest line.
    async fn a_tenth_of(&self, invoice: InvoiceId) -> Result<Option<Vec<(InvoiceLineId, Money)>>> {
        let view = billing::invoice::view(&mut self.db.reader(), &Scope::all(), invoice).await?;
        let dearest = view.lines.iter().max_by_key(|l| (l.base, std::cmp::Reverse(l.no)));
        Ok(dearest.map(|line| vec![(line.id, line.base.ratio(1, 10))]))
    }

    /// Money that stayed over is paid out.
    async fn refund_what_is_over(&mut self) -> Result<()> {
        let over: Vec<(CustomerId, Money)> = self
            .db
            .reader()
            .rows(
                "select p.customer_id, cast(sum(p.amount - p.allocated - p.refunded) as bigint)
                 from billing_payment p join crm_customer c on c.id = p.customer_id
                 where p.state = 'settled' and p.amount > p.allocated + p.refunded
                 group by p.customer_id, c.number having sum(p.amount - p.allocated - p.refunded) > 10000
                 order by c.number limit 20",
                args![],
            )
            .await?;
        let Some((customer, amount)) = self.dice.pick(&over).copied() else { return Ok(()) };
        let channel = if self.dice.chance(500) { "transfer" } else { "cash" };
        let request = Request::Refund { customer, amount, channel: channel.to_owned() };
        self.ask_for(request, "Kelebihan bayar").await
    }

    /// Whoever left and has not paid for months will not.
    async fn give_up_a_debt(&mut self) -> Result<()> {
        let before = self.today(TOWNS[0].zone).plus_days(-HOPELESS_DAYS);
        let hopeless: Vec<(InvoiceId, Money)> = self
            .db
            .reader()
            .rows(
                "select i.id, i.total - i.paid - i.credited - i.withheld - i.written_off
                 from billing_invoice i join billing_subscription s on s.id = i.subscription_id
                 where i.live and i.state = 'issued' and s.state in ('terminated', 'isolated')
                   and i.due_on < $1 and i.total > i.paid + i.credited + i.withheld + i.written_off
                 order by i.number limit 20",
                args![before],
            )
            .await?;
        let Some((invoice, owed)) = self.dice.pick(&hopeless).copied() else { return Ok(()) };
        self.ask_for(Request::WriteOff { invoice, amount: owed }, "Tidak tertagih").await
    }

    /// The papers of what was kept back come weeks later.
    async fn file_certificates(&mut self) -> Result<()> {
        let waiting = withhold::unproven(&mut self.db.reader(), None, 20).await?;
        let old = self.now().plus_days(-14);
        let of: Vec<WithholdingId> =
            waiting.iter().filter(|w| w.recorded_at < old).map(|w| w.id).collect();
        let Some(id) = self.dice.pick(&of).copied() else { return Ok(()) };
        let finance = self.staff.finance.clone();
        let number = format!("BP-{}", self.next_key());
        self.try_ask(&finance, "file a certificate", async |tx: &mut Tx| {
            withhold::certify(tx, id, &number).await
        })
        .await?;
        Ok(())
    }

    /// Finance asks; the second person decides some hours later, when it may not be so any more.
    async fn ask_for(&mut self, request: Request, why: &str) -> Result<()> {
        let finance = self.staff.finance.clone();
        let asked = self
            .try_ask(&finance, "ask for a correction", async |tx: &mut Tx| {
                approval::ask(tx, &request, why).await
            })
            .await?;
        if let Some(asked) = asked {
            let secs = self.dice.range(600, 30_000);
            self.later(secs, Happening::Approve(asked));
        }
        Ok(())
    }

    /// The head of finance looks at a request.
    pub(crate) async fn decide_request(&mut self, asked: ApprovalId) -> Result<()> {
        let head = self.staff.finance_head.clone();
        if self.dice.chance(80) {
            self.try_ask(&head, "reject a correction", async |tx: &mut Tx| {
                approval::reject(tx, asked).await
            })
            .await?;
            return Ok(());
        }
        self.try_ask(&head, "approve a correction", async |tx: &mut Tx| {
            approval::approve(tx, asked).await
        })
        .await?;
        self.round().await
    }
}
