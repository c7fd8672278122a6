//! The payment gateway beside the program: charges, signed notices that come late, twice or never, and
//! the status query that finds the money anyway.

use std::sync::Arc;

use billing::gateway::PaymentGateway;
use billing::intent::IntentFor;
use billing::notice;
use connectors::simgateway::{NAME, Remote, SimGateway};
use flows::inbox::{self, Gateways};
use kernel::clock::ManualClock;
use kernel::{Actor, Cause, CustomerId, FaultKind, InvoiceId, Result, Scope};
use network::Secret;
use store::{Db, Tx};

use super::World;
use super::calendar::Happening;

const KEY: &str = "kunci-gateway-simulasi-2026";

/// A notice on its way: headers and body.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The gateway and our side of it.
pub struct Gateway {
    remote: Arc<Remote>,
    port: Arc<SimGateway>,
}

impl Gateway {
    pub(super) fn open(clock: ManualClock) -> Result<Self> {
        let remote = Arc::new(Remote::open(Secret::new(KEY), None)?);
        let port = Arc::new(SimGateway::new(
            Arc::clone(&remote),
            Some(Secret::new(KEY)),
            Arc::new(clock),
            "http://gateway.example/pay",
        ));
        Ok(Self { remote, port })
    }
    /// The program knows this gateway from now on.
    pub(super) fn register(&self, db: &Db) {
        let port: Arc<dyn PaymentGateway> = Arc::clone(&self.port) as _;
        db.with_ext(Arc::new(Gateways::new(vec![port])));
    }
    pub(super) fn set_away(&self, away: bool) {
        self.remote.set_away(away);
    }
}

/// A customer at the pay page.
pub(super) fn payer(customer: CustomerId) -> Actor {
    Actor {
        who: kernel::actor::Who::Customer(customer),
        name: "pelanggan".to_owned(),
        permissions: identity::matrix::permissions(identity::Role::Customer),
        scope: Scope { customer: Some(customer), ..Scope::all() },
        from: Some("100.64.0.10".to_owned()),
    }
}

impl World {
    /// The customer opens the pay page and gets a code; the button is pressed a little later.
    pub(crate) async fn begin_payment(
        &mut self,
        invoice: InvoiceId,
        customer: CustomerId,
    ) -> Result<()> {
        let what = IntentFor::Invoice(invoice);
        for n in 0..60 {
            let cause = Cause::new(self.now(), payer(customer));
            match flows::checkout::open(&self.db, &cause, &what, Some(NAME)).await {
                Ok(intent) => {
                    let secs = self.dice.range(20, 900);
                    self.later(secs, Happening::Press { reference: intent.reference });
                    return Ok(());
                }
                Err(fault) if fault.code == "gateway.away" => {
                    self.later(5_400, Happening::Pay { invoice, customer, tries: 1 });
                    return Ok(());
                }
                Err(fault) if fault.kind == FaultKind::Unavailable => {
                    self.mend().await?;
                    self.pass(1 + n);
                }
                Err(fault) if fault.kind == FaultKind::Conflict => {
                    self.note_refusal(&fault);
                    return Ok(());
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// The customer pays; what becomes of the notice is the network's luck.
    pub(crate) async fn press(&mut self, reference: &str) -> Result<()> {
        let notice = match self.gateway.remote.pay(reference, None, self.now()) {
            Ok(notice) => notice,
            Err(fault) if fault.kind == FaultKind::Unavailable => {
                self.later(3_600, Happening::Press { reference: reference.to_owned() });
                return Ok(());
            }
            Err(fault) => {
                self.note_refusal(&fault);
                return Ok(());
            }
        };
        let delivery = Delivery { headers: notice.headers, body: notice.body };
        let secs = self.dice.range(1, 6);
        match self.dice.below(100) {
            0..=79 => self.later(secs, Happening::Notice(delivery)),
            80..=87 => {
                self.later(secs, Happening::Notice(delivery.clone()));
                self.later(secs + 30, Happening::Notice(delivery));
            }
            88..=93 => self.tally.lost_notices += 1,
            _ => {
                let late = self.dice.range(3_600, 30_000);
                self.later(late, Happening::Notice(delivery));
            }
        }
        Ok(())
    }

    /// A notice arrives: verified over its raw bytes, stored, answered. Not answered, it comes again.
    pub(crate) async fn notice(&mut self, delivery: Delivery) -> Result<()> {
        let verified = self.gateway.port.verify(&delivery.headers, &delivery.body);
        let notice =
            verified.map_err(|e| kernel::Fault::bug(format!("a notice was refused: {e:?}")))?;
        let cause = Cause::system(self.now(), "gateway");
        let body = &delivery.body;
        let stored = self
            .db
            .write(&cause, async |tx: &mut Tx| notice::record(tx, NAME, &notice, body).await)
            .await;
        match stored {
            Ok(stored) => {
                self.unlooked = true;
                if !stored.new {
                    self.tally.duplicate_notices += 1;
                }
                self.round().await
            }
            Err(fault) if fault.kind == FaultKind::Unavailable => {
                self.mend().await?;
                let secs = self.dice.range(20, 120);
                self.later(secs, Happening::Notice(delivery));
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    /// The inbox task's first half: stored notices become money.
    pub(crate) async fn count_notices(&mut self) -> Result<usize> {
        let stored = notice::stored(&mut self.db.reader(), 200).await?;
        for row in &stored {
            let cause = Cause::system(self.now(), "inbox");
            let id = row.id;
            self.db.write(&cause, async |tx: &mut Tx| notice::count(tx, id, None).await).await?;
        }
        Ok(stored.len())
    }

    /// The inbox task as a whole: money whose notice was lost is found by asking.
    pub(crate) async fn ask_gateway(&mut self) -> Result<()> {
        match inbox::activate(&self.db, self.now()).await {
            Ok(done) => {
                self.tally.found_by_asking += u64::try_from(done.found).unwrap_or(0);
                Ok(())
            }
            Err(fault) => self.survive(fault).await,
        }
    }
}
