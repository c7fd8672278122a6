//! The reseller's day: topping up the wallet, paying for sub-customers, vouchers.

use billing::voucher::{self, NewBatch, Sale};
use billing::words::{Channel, Mode, SubscriptionState};
use flows::top_up::{self, NewTopUp};
use kernel::{CustomerId, InvoiceId, Money, Result, Scope, SubscriptionId};
use store::{QueryExt, Tx, args};

use super::World;
use crate::map::TOWNS;

impl World {
    /// The reseller tops up before the wallet runs dry; now and then codes are printed and used.
    pub(crate) async fn reseller_day(&mut self) -> Result<()> {
        let reseller = self.staff.reseller;
        let wallet = partner::wallet::of(&mut self.db.reader(), &Scope::all(), reseller).await?;
        if wallet.balance.get() < 500_000 && self.dice.chance(400) {
            self.top_up().await?;
        }
        if self.dice.chance(40) {
            self.print_vouchers().await?;
        }
        if self.dice.chance(250) {
            self.use_voucher().await?;
        }
        Ok(())
    }

    async fn top_up(&mut self) -> Result<()> {
        let (user, finance) = (self.staff.reseller_user.clone(), self.staff.finance.clone());
        let new = NewTopUp {
            partner: self.staff.reseller,
            amount: Money::rupiah(1_000_000),
            channel: Channel::Transfer,
            reference: format!("MTR-{}", self.next_key()),
            note: None,
        };
        let asked = self
            .try_ask(&user, "ask top-up", async |tx: &mut Tx| {
                Ok(top_up::ask(tx, &new).await?.id.uuid())
            })
            .await?;
        if let Some(id) = asked {
            self.try_ask(&finance, "approve top-up", async |tx: &mut Tx| {
                top_up::approve(tx, kernel::Id::from_uuid(id)).await.map(drop)
            })
            .await?;
        }
        Ok(())
    }

    /// The reseller pays a sub-customer's invoice from the wallet.
    pub(crate) async fn pay_from_wallet(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
    ) -> Result<()> {
        let (user, reseller) = (self.staff.reseller_user.clone(), self.staff.reseller);
        let done = self
            .try_ask(&user, "pay from wallet", async |tx: &mut Tx| {
                flows::wallet::pay_invoice(tx, reseller, invoice, None).await.map(drop)
            })
            .await?;
        if done.is_none() {
            // The deposit does not reach: the customer pays at the counter tomorrow.
            let again = super::Happening::Pay { invoice, customer, tries: 4 };
            self.later(86_400, again);
        }
        self.round().await
    }

    /// Finance prints codes of a prepaid plan and sells them to a shop.
    async fn print_vouchers(&mut self) -> Result<()> {
        let offers: Vec<_> = self.staff.offers.iter().filter(|o| o.prepaid).cloned().collect();
        let Some(offer) = self.dice.pick(&offers).cloned() else { return Ok(()) };
        let Some(branch) = self.staff.branches.first().copied() else { return Ok(()) };
        let new = NewBatch {
            plan: offer.plan,
            branch,
            partner: None,
            days: 30,
            count: 10,
            price: Money::rupiah(offer.price),
            expires_on: self.today(TOWNS[0].zone).plus_months(12),
            secret: self.dice.bytes32(),
        };
        let finance = self.staff.finance.clone();
        let sale = Sale {
            sold_to: "Warung Bu Tini".to_owned(),
            channel: Channel::Cash,
            reference: format!("VCR-{}", self.next_key()),
            amount: Money::rupiah(offer.price * 10),
        };
        self.try_ask(&finance, "print vouchers", async |tx: &mut Tx| {
            let id = voucher::make_batch(tx, new.clone()).await?;
            voucher::sell(tx, id, &sale).await
        })
        .await?;
        Ok(())
    }

    /// A prepaid customer types a code.
    async fn use_voucher(&mut self) -> Result<()> {
        let found: Option<(String, SubscriptionId, CustomerId)> = self
            .db
            .reader()
            .row_opt(
                "select v.code, s.id, s.customer_id from billing_voucher v
                 join billing_voucher_batch b on b.id = v.batch_id and b.sold_at is not null
                 join billing_subscription s on s.plan_id = b.plan_id and s.mode = $1
                   and s.state in ($2, $3)
                 where v.state = 'unused' order by v.code, s.number limit 1",
                args![Mode::Prepaid, SubscriptionState::Isolated, SubscriptionState::Ready],
            )
            .await?;
        let Some((code, id, customer)) = found else { return Ok(()) };
        let actor = super::gateway::payer(customer);
        self.try_ask(&actor, "redeem voucher", async |tx: &mut Tx| {
            voucher::redeem(tx, &code, id).await.map(drop)
        })
        .await?;
        self.round().await
    }
}
