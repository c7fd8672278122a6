//! The database is gone: the API says so, RADIUS goes on; and all recovers when it is back.

use billing::words::{HoldKind, Mode};
use catalog::PolicyPatch;
use kernel::Cause;
use store::{Tx, args};

use crate::client::Client;
use crate::isp::{Isp, PASSWORD, USER, at, first_of_month, now};
use crate::nas::Nas;
use crate::postgres::Server;
use crate::program::until;

const TRIES: u8 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_its_database_the_api_answers_503_and_radius_goes_on() {
    let server = Server::new();
    let isp = Isp::new(Some(server.url()), PolicyPatch::default()).await;
    let lines = isp.connect(3, at(first_of_month(0), 0, 0), Mode::Postpaid).await;
    let (line, other) = (&lines[0], &lines[1]);
    let mut program = isp.start().run().await;
    let (web, auth, acct) = (program.web.unwrap(), program.auth.unwrap(), program.acct.unwrap());
    let mut nas = Nas::new().await;
    let client = Client::log_in(web, USER, PASSWORD).await;
    assert_eq!(client.get(web, "/api/v1/me").await.unwrap().status, 200);
    assert!(nas.log_in(auth, &line.username, &line.password).await.unwrap().is_full());

    server.stop();
    let ask = async |path| (path, client.get(web, path).await.unwrap());
    let asked = tokio::join!(ask("/api/v1/me"), ask("/api/v1/health"), ask("/api/v1/customers"));
    for (path, reply) in [asked.0, asked.1, asked.2] {
        assert_eq!((reply.status, reply.code()), (503, "store.unavailable"), "{path}: {reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert!(reply.header("retry-after").is_some());
        let said = reply.body["detail"].as_str().unwrap();
        assert!(said.contains("Nothing was changed"), "{said}");
    }
    // A known user logs in, a wrong password does not, and what is reported is kept.
    let answer = nas.log_in(auth, &other.username, &other.password).await.unwrap();
    assert!(answer.is_full() && answer.rate.is_some(), "{answer:?}");
    assert!(!nas.log_in(auth, &line.username, "salah").await.unwrap().accepted);
    assert!(nas.interim(acct, &line.username, "81000001", 60, 5 << 30, TRIES).await);
    assert!(program.is_running());

    server.start();
    until("the API is back", async || {
        let reply = client.get(web, "/api/v1/me").await.unwrap();
        assert!(matches!(reply.status, 200 | 503), "{reply:?}");
        (reply.status == 200).then_some(())
    })
    .await;
    until("what was reported meanwhile is in the database", async || {
        let sql = "select count(*) from network_session where username = $1 and bytes_out = $2";
        let kept = isp.try_count_of(sql, args![&line.username, 5_i64 << 30]).await?;
        (kept == 1).then_some(())
    })
    .await;
    let (subscription, cause) = (other.subscription, Cause::system(now(), "test"));
    isp.db
        .write(&cause, async |tx: &mut Tx| {
            billing::hold::place(tx, subscription, HoldKind::Manual, "uji", None).await
        })
        .await
        .unwrap();
    until("RADIUS hears of changes again", async || {
        let answer = nas.log_in(auth, &other.username, &other.password).await?;
        answer.is_isolated().then_some(())
    })
    .await;
    program.stop().await;
    isp.check().await;
}
