//! Programs of somebody else's attached to a running one from the command line, let go, attached again; and one that
//! answers nothing, beside which all else goes on.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use billing::words::{HoldKind, Mode};
use catalog::PolicyPatch;
use connectors::freeradius::Settings;
use inventory::receive::{Line, receive};
use inventory::{How, LocationKind, location};
use kernel::{Cause, ItemTypeId, LocationId, Money};
use simulator::replay::inventree::{Replay, TOKEN};
use store::{QueryExt, Tx, args};

use crate::client::Client;
use crate::isp::{self, Isp, PASSWORD, USER, at, first_of_month, now};
use crate::nas::{self, Nas};
use crate::program::{command, until};
use crate::rig::{self, Base, Radius};

const LINES: usize = 20;
const KIND: &str = "CHAP-Password";
const MAC: &str = "AA:BB:CC:DD:EE:FF";

/// Runs a command of the program beside the running one.
fn run(data: &Path, words: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = command(data);
    command.args(words).arg("--data-dir").arg(data).envs(environment.iter().copied());
    let done = command.stdout(std::process::Stdio::piped()).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{words:?}: {}{}", said(&done.stdout), said(&done.stderr));
    done
}

fn text(done: &Output) -> String {
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The figures of a preview's line.
fn figures(done: &Output) -> Vec<usize> {
    let text = text(done);
    let line = text.lines().find(|l| l.starts_with("equal: ") || l.starts_with("matched")).unwrap();
    line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn freeradius_is_attached_let_go_and_attached_again_and_customers_log_in_on_both_sides() {
    let isp = Isp::new(None, PolicyPatch::default()).await;
    let lines = isp.connect(LINES, at(first_of_month(0), 0, 0), Mode::Postpaid).await;
    let line = &lines[0];
    let folder = tempfile::tempdir().unwrap();
    let base = Base::mariadb(folder.path());
    base.fill();
    let Settings { url } = rig::settings(&base);
    let url = [("SAMBUNG_FREERADIUS_URL", url.as_str())];
    let mut radius = Radius::start(&base, folder.path());
    nas::SECRET.clone_into(&mut radius.secret);
    let program = isp.start().run().await;
    let auth = program.auth.unwrap();
    let mut router = Nas::new().await;

    let attach = ["engine", "attach", "freeradius"];
    let preview = run(&isp.data, &["engine", "attach", "freeradius", "--preview"], &url);
    assert_eq!(figures(&preview), [0, 0, LINES, 0], "{}", text(&preview));
    assert_eq!(isp.count("select count(*) from bridge_engine").await, 0, "only looked");
    run(&isp.data, &attach, &url);
    until("the first sync is done", async || {
        let told = base.ask("select count(distinct username) from radcheck");
        let waiting = isp.count("select count(*) from bridge_mark").await;
        (told.trim() == LINES.to_string() && waiting == 0).then_some(())
    })
    .await;
    for line in &lines[..3] {
        let said = radius.log_in(KIND, &line.username, &line.password, MAC);
        assert!(said.starts_with("Access-Accept"), "{said}{}", radius.log());
        assert!(said.contains("20M/20M"), "{said}");
        assert!(router.log_in(auth, &line.username, &line.password).await.unwrap().is_full());
    }
    let (subscription, cause) = (line.subscription, Cause::system(now(), "test"));
    let hold = async |tx: &mut Tx| {
        billing::hold::place(tx, subscription, HoldKind::Manual, "uji", None).await
    };
    isp.db.write(&cause, hold).await.unwrap();
    until("both sides isolate", async || {
        let there = radius.log_in(KIND, &line.username, &line.password, MAC).contains("isolir");
        let here = router.log_in(auth, &line.username, &line.password).await?.is_isolated();
        (there && here).then_some(())
    })
    .await;
    let checked = text(&run(&isp.data, &["check", "--engines"], &[]));
    assert!(checked.starts_with("0 broken"), "{checked}");
    assert!(
        checked.contains(&format!("freeradius account: {LINES} of {LINES} linked")),
        "{checked}"
    );
    assert!(checked.contains("freeradius attached reachable"), "{checked}");

    run(&isp.data, &["engine", "detach", "freeradius"], &[]);
    let other = &lines[1];
    let said = radius.log_in(KIND, &other.username, &other.password, MAC);
    assert!(said.starts_with("Access-Accept"), "it goes on without us: {said}");
    assert!(router.log_in(auth, &other.username, &other.password).await.unwrap().is_full());
    let again = run(&isp.data, &["engine", "attach", "freeradius", "--preview"], &url);
    assert_eq!(figures(&again), [LINES, 0, 0, 0], "{}", text(&again));
    run(&isp.data, &attach, &url);
    let now = isp.count("select max(attached_at) from bridge_engine").await;
    until("it was compared again", async || {
        let sql = "select count(*) from bridge_cursor where name = 'compared' and moved_at > $1";
        (isp.count_of(sql, args![now]).await == 1).then_some(())
    })
    .await;
    assert_eq!(isp.count("select count(*) from bridge_finding").await, 0, "nothing differs");
    assert_eq!(isp.count("select count(*) from bridge_mark").await, 0, "nothing is told again");
    program.stop().await;
    isp.check().await;
}

/// A warehouse with devices.
async fn stock(isp: &Isp, serials: std::ops::Range<usize>) {
    let lines: Vec<Line> =
        serials.map(|n| Line { serial: format!("ZTE{n:04}"), mac: None }).collect();
    let cause = Cause::system(isp::now(), "test");
    let done = isp.db.write(&cause, async |tx: &mut Tx| {
        let known: Option<(ItemTypeId, LocationId)> = tx
            .row_opt(
                "select t.id, l.id from inventory_item_type t, inventory_location l
                 where t.sku = 'ZTE-F670' and l.name = 'Gudang Utama'",
                args![],
            )
            .await?;
        let (kind, place) = match known {
            Some(known) => known,
            None => {
                let ont = inventory::item::NewType {
                    sku: "ZTE-F670".into(),
                    name: "ONT ZTE F670".into(),
                    kind: "ont".into(),
                    unit: "pcs".into(),
                    serialized: true,
                    value: Money::rupiah(350_000),
                };
                let kind = inventory::item::add_type(tx, &ont).await?;
                let branch = tx.value("select id from catalog_branch limit 1", args![]).await?;
                let warehouse = LocationKind::Warehouse;
                (kind, location::add(tx, warehouse, "Gudang Utama", branch).await?)
            }
        };
        receive(tx, place, kind, &lines, &How::Scanned, "SJ-1").await.map(drop)
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inventree_is_attached_and_again_and_one_that_answers_nothing_holds_nobody_up() {
    let isp = Isp::new(None, PolicyPatch::default()).await;
    let lines = isp.connect(3, at(first_of_month(0), 0, 0), Mode::Postpaid).await;
    stock(&isp, 0..5).await;
    let replay = Replay::start(now()).await.unwrap();
    let token = [("SAMBUNG_INVENTREE_TOKEN", TOKEN)];
    let url = replay.url();
    let attach = ["engine", "attach", "inventree", "--url", url.as_str()];
    let preview = [&attach[..], &["--preview"]].concat();
    assert_eq!(figures(&run(&isp.data, &preview, &token)), [0, 5, 0, 0]);
    run(&isp.data, &attach, &token);
    let program = isp.start().run().await;
    let (web, auth, acct) = (program.web.unwrap(), program.auth.unwrap(), program.acct.unwrap());
    until("the devices are there", async || {
        let waiting = isp.count("select count(*) from bridge_mark").await;
        (replay.world().items.len() == 5 && waiting == 0).then_some(())
    })
    .await;
    run(&isp.data, &["engine", "detach", "inventree"], &[]);
    assert_eq!(figures(&run(&isp.data, &preview, &token)), [5, 0, 0, 0]);
    run(&isp.data, &attach, &token);
    until("nothing is told again", async || {
        (isp.count("select count(*) from bridge_mark").await == 0).then_some(())
    })
    .await;
    assert_eq!(replay.world().items.len(), 5);
    let checked = text(&run(&isp.data, &["check", "--engines"], &[]));
    assert!(checked.contains("inventree item: 5 of 5 linked"), "{checked}");

    // From here on it takes every request and answers none.
    replay.set_slow(Some(Duration::from_secs(600)));
    stock(&isp, 5..10).await;
    until("it is being told, and does not answer", async || (replay.traffic().0 > 0).then_some(()))
        .await;
    let answered = replay.traffic().1;
    let client = Client::log_in(web, USER, PASSWORD).await;
    for path in ["/api/v1/customers", "/api/v1/invoices", "/api/v1/engines", "/api/v1/items"] {
        assert_eq!(client.get(web, path).await.unwrap().status, 200, "{path}");
    }
    let mut router = Nas::new().await;
    for line in &lines {
        assert!(router.log_in(auth, &line.username, &line.password).await.unwrap().is_full());
    }
    // The first one logs in again below: another session of its own would stand in the way.
    for line in &lines[1..] {
        assert!(router.interim(acct, &line.username, "81000001", 60, 1 << 20, 5).await);
    }
    let (line, cause) = (&lines[0], Cause::system(now(), "test"));
    let subscription = line.subscription;
    let hold = async |tx: &mut Tx| {
        billing::hold::place(tx, subscription, HoldKind::Manual, "uji", None).await
    };
    isp.db.write(&cause, hold).await.unwrap();
    until("access changes all the same", async || {
        let answer = router.log_in(auth, &line.username, &line.password).await?;
        answer.is_isolated().then_some(())
    })
    .await;
    isp.all_applied().await;
    assert_eq!(replay.traffic().1, answered, "all of it while nothing was answered there");
    let waiting = "select count(*) from bridge_mark where engine = 'inventree'";
    assert!(isp.count(waiting).await > 0, "what it has to be told waits");
    replay.set_slow(None);
    until("it answers again, and all arrives", async || {
        (replay.world().items.len() == 10 && isp.count(waiting).await == 0).then_some(())
    })
    .await;
    program.stop().await;
    isp.check().await;
}
