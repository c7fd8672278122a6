//! A real FreeRADIUS without tables asks the program over rlm_rest, with the configuration that we print.

use std::net::SocketAddr;
use std::path::Path;

use billing::words::{HoldKind, Mode};
use catalog::PolicyPatch;
use connectors::freeradius::Asking;
use kernel::Cause;
use network::Mac;
use store::{QueryExt, Tx, args};

use crate::isp::{Isp, Line, at, first_of_month, now};
use crate::nas;
use crate::program::{Start, until};
use crate::rig::{self, Radius};

const SECRET: &str = "rahasia \"rest\" 0123456789";
const MAC: &str = "AA:BB:CC:DD:EE:FF";
const KINDS: [&str; 3] = ["User-Password", "CHAP-Password", "MS-CHAP-Password"];

fn asking(rest: SocketAddr, secret: &str, folder: &Path) -> Radius {
    let by = Asking {
        sambung: format!("http://{rest}"),
        ca_file: "/etc/ssl/certs/ca-certificates.crt".into(),
        secret: secret.into(),
        listen: "127.0.0.1".into(),
        auth_port: rig::udp_port(),
        acct_port: rig::udp_port(),
        routers: "127.0.0.0/8".into(),
    };
    Radius::asking(&by, folder, nas::SECRET)
}

fn start(isp: &Isp, listen: &str) -> Start {
    let file = isp.data.join("rest.secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let mut start = isp.start();
    start.environment = vec![
        ("SAMBUNG_RADIUS__REST_LISTEN", listen.to_owned()),
        ("SAMBUNG_RADIUS__REST_SECRET_FILE", file.display().to_string()),
    ];
    start
}

async fn exec(isp: &Isp, sql: &str, values: Vec<store::Value>) {
    let cause = Cause::system(now(), "test");
    isp.db.write(&cause, async |tx: &mut Tx| tx.exec(sql, values.clone()).await).await.unwrap();
}

async fn rejects(isp: &Isp, reason: &str) -> i64 {
    let sql = "select coalesce(sum(count), 0) from network_reject where reason = $1";
    isp.db.reader().value::<i64>(sql, args![reason]).await.unwrap_or(-1)
}

async fn refused(isp: &Isp, radius: &Radius, line: &Line) {
    let wrong = [
        (line.username.as_str(), "salah", MAC),
        (line.username.as_str(), line.password.as_str(), "AA:BB:CC:DD:EE:00"),
        ("orang", "salah", MAC),
    ];
    for kind in KINDS {
        for (name, password, mac) in wrong {
            let said = radius.log_in(kind, name, password, mac);
            assert!(
                said.starts_with("Access-Reject"),
                "{kind} {name} {mac}: {said}{}",
                radius.log()
            );
            assert!(said.contains("Message-Authenticator"), "unsigned: {said}");
            assert!(said.contains("Reply-Message"), "{said}");
            assert_eq!(said.contains("E=691"), kind == "MS-CHAP-Password", "{said}");
        }
    }
    for reason in ["wrong_password", "mac_differs", "unknown_user"] {
        until(reason, async || (rejects(isp, reason).await == 3).then_some(())).await;
    }
}

async fn accounting(isp: &Isp, radius: &Radius, line: &Line) {
    let told = |status: &str, secs: i64, down: u32| {
        let said = radius.account(&format!(
            "User-Name = \"{}\", Acct-Session-Id = \"s1\", Acct-Status-Type = {status}, \
             Calling-Station-Id = \"{MAC}\", Framed-IP-Address = 10.7.0.9, Class = 0x0000000000000001, \
             Acct-Session-Time = {secs}, Acct-Output-Octets = {down}, Acct-Output-Gigawords = 1, \
             Acct-Terminate-Cause = User-Request",
            line.username
        ));
        assert!(said.starts_with("Accounting-Response"), "{said}{}", radius.log());
    };
    told("Start", 0, 0);
    told("Interim-Update", 60, 5);
    told("Interim-Update", 60, 5);
    told("Stop", 90, 9);
    told("Stop", 90, 9);
    let sql = "select count(*) from network_session where username = $1 and bytes_out = $2 and cause = 'User-Request'";
    let bytes = (1_i64 << 32) + 9;
    until("the session is kept", async || {
        (isp.try_count_of(sql, args![&line.username, bytes]).await? == 1).then_some(())
    })
    .await;
    let all = "select count(*) from network_session where username = $1";
    assert_eq!(isp.count_of(all, args![&line.username]).await, 1, "counted once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn freeradius_without_tables_asks_the_program_and_stays_silent_when_it_is_gone() {
    let isp = Isp::new(None, PolicyPatch::default()).await;
    let lines = isp.connect(2, at(first_of_month(0), 0, 0), Mode::Postpaid).await;
    let (line, locked) = (&lines[0], &lines[1]);
    let lock = "update network_account set mac_policy = 'scan', mac = $1 where username = $2";
    exec(&isp, lock, args![Mac::parse(MAC).unwrap(), &locked.username]).await;
    let program = start(&isp, "127.0.0.1:0").run().await;
    let rest = program.rest.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let radius = asking(rest, SECRET, folder.path());
    for kind in KINDS {
        for (line, mac) in [(line, "00:11:22:33:44:55"), (locked, "aa-bb-cc-dd-ee-ff")] {
            let said = radius.log_in(kind, &line.username, &line.password, mac);
            assert!(said.starts_with("Access-Accept"), "{kind}: {said}\n{}", radius.log());
            assert!(said.contains("Mikrotik-Rate-Limit = \"20M/20M\""), "{said}");
            assert!(said.contains("Message-Authenticator") && said.contains("Class"), "{said}");
        }
    }
    refused(&isp, &radius, locked).await;
    accounting(&isp, &radius, locked).await;

    let (subscription, cause) = (line.subscription, Cause::system(now(), "test"));
    let hold = async |tx: &mut Tx| {
        billing::hold::place(tx, subscription, HoldKind::Manual, "uji", None).await
    };
    isp.db.write(&cause, hold).await.unwrap();
    until("the customer is isolated", async || {
        let said =
            radius.log_in("CHAP-Password", &line.username, &line.password, "00:11:22:33:44:55");
        assert!(said.starts_with("Access-Accept"), "an isolated customer is let in: {said}");
        let list = said.contains("Mikrotik-Address-List = \"isolir\"");
        (list && said.contains("128k/128k") && !said.contains("20M")).then_some(())
    })
    .await;

    // Whoever does not know the secret is no reason to reject anybody.
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = asking(rest, "bukan rahasia itu 123", elsewhere.path());
    assert_eq!(stranger.log_in(KINDS[0], &locked.username, &locked.password, MAC), "");
    drop(stranger);

    program.stop().await;
    for kind in KINDS {
        assert_eq!(radius.log_in(kind, &locked.username, &locked.password, MAC), "", "{kind}");
    }
    let again = format!(
        "User-Name = \"{}\", Acct-Session-Id = \"s2\", Acct-Status-Type = Start",
        locked.username
    );
    assert_eq!(radius.account(&again), "", "what is not kept is not answered");
    let program = start(&isp, &rest.to_string()).run().await;
    until("FreeRADIUS asks again", async || {
        let said = radius.log_in("MS-CHAP-Password", &locked.username, &locked.password, MAC);
        said.starts_with("Access-Accept").then_some(())
    })
    .await;
    program.stop().await;
    isp.check().await;
}
