//! The message queue on both databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::{BranchId, CustomerId, Id, Lang, Scope, Ts};
use notification::{
    Channel, ChannelKind, MessageState, NewMessage, Outgoing, RemoteError, Sent, Template, deliver,
};
use serde_json::json;
use store::testing::{both, cause, now};
use store::{Db, Tx};

const ROOMS: &[&store::Migrations] = &[&catalog::MIGRATIONS, &notification::MIGRATIONS];

fn bill(step: &str) -> NewMessage {
    NewMessage {
        customer: Some(CustomerId::nil()),
        branch: Some(BranchId::nil()),
        partner: None,
        channel: ChannelKind::Whatsapp,
        address: "6281234567890".into(),
        lang: Lang::Id,
        template: Template::InvoiceIssued,
        data: json!({ "name": "Budi", "period": "November 2026", "number": "INV/1", "total": "Rp 1",
            "due": "20 Des 2026", "link": "x", "isp": "Nusantara Net" }),
        subject_key: "invoice:1".into(),
        step: step.into(),
    }
}

/// A vendor whose first `failures` answers are failures.
struct Vendor {
    calls: AtomicUsize,
    failures: usize,
    error: RemoteError,
}
impl Channel for Vendor {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Whatsapp
    }
    fn send<'a>(&'a self, _: &'a Outgoing) -> store::BoxFuture<'a, Result<Sent, RemoteError>> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let answer =
            if call < self.failures { Err(self.error.clone()) } else { Ok(Sent::default()) };
        Box::pin(async move { answer })
    }
}

async fn queue(db: &Db, at: Ts, message: NewMessage) -> bool {
    db.write(&cause(at), async |tx: &mut Tx| notification::queue(tx, message.clone()).await)
        .await
        .unwrap()
}
async fn states(db: &Db) -> Vec<MessageState> {
    let mut q = db.reader();
    let list = notification::outbox::list(&mut q, &Scope::all(), None, None, 50).await.unwrap();
    list.into_iter().map(|m| m.state).collect()
}

#[tokio::test]
async fn a_step_of_a_subject_is_told_once_by_a_channel_even_when_the_vendor_stumbles() {
    both(ROOMS, async |db: Db| {
        assert!(queue(&db, now(), bill("issued")).await);
        assert!(!queue(&db, now(), bill("issued")).await, "the same step again");
        let vendor = Arc::new(Vendor {
            calls: AtomicUsize::new(0),
            failures: 1,
            error: RemoteError::Unavailable("timeout".into()),
        });
        let channels: Vec<Arc<dyn Channel>> = vec![vendor.clone()];
        let first = deliver::activate(&db, &channels, now(), 10).await.unwrap();
        assert_eq!((first.claimed, first.failed), (1, 1));
        let early = deliver::activate(&db, &channels, now().plus_secs(5), 10).await.unwrap();
        assert_eq!(early.claimed, 0, "it waits");
        let second = deliver::activate(&db, &channels, now().plus_secs(31), 10).await.unwrap();
        assert_eq!(second.sent, 1);
        assert_eq!(states(&db).await, [MessageState::Sent]);
        assert_eq!(vendor.calls.load(Ordering::SeqCst), 2);
    })
    .await;
}

#[tokio::test]
async fn a_refused_address_is_dead_at_once_and_may_be_tried_again_by_a_person() {
    both(ROOMS, async |db: Db| {
        queue(&db, now(), bill("issued")).await;
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(Vendor {
            calls: AtomicUsize::new(0),
            failures: 1,
            error: RemoteError::Rejected("nomor tidak terdaftar".into()),
        })];
        assert_eq!(deliver::activate(&db, &channels, now(), 10).await.unwrap().dead, 1);
        let id = notification::outbox::list(&mut db.reader(), &Scope::all(), None, None, 1)
            .await
            .unwrap()[0]
            .id;
        db.write(&cause(now()), async |tx: &mut Tx| notification::outbox::retry(tx, id).await)
            .await
            .unwrap();
        assert_eq!(deliver::activate(&db, &channels, now(), 10).await.unwrap().sent, 1);
        let again = db
            .write(&cause(now()), async |tx: &mut Tx| notification::outbox::retry(tx, id).await)
            .await
            .unwrap_err();
        assert_eq!(again.code, "notification.not_dead");
    })
    .await;
}

#[tokio::test]
async fn who_opted_out_gets_nothing_and_bills_wait_for_the_morning() {
    both(ROOMS, async |db: Db| {
        let night = now().plus_secs(15 * 3_600);
        assert!(queue(&db, night, bill("issued")).await);
        let vendor = Vendor {
            calls: AtomicUsize::new(0),
            failures: 0,
            error: RemoteError::Unavailable(String::new()),
        };
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(vendor)];
        assert_eq!(deliver::activate(&db, &channels, night, 10).await.unwrap().claimed, 0);
        let morning = night.plus_secs(8 * 3_600);
        assert_eq!(deliver::activate(&db, &channels, morning, 10).await.unwrap().sent, 1);
        db.write(&cause(now()), async |tx: &mut Tx| {
            notification::opt_out(tx, Id::nil(), ChannelKind::Whatsapp).await
        })
        .await
        .unwrap();
        assert!(!queue(&db, now(), bill("due")).await);
    })
    .await;
}
