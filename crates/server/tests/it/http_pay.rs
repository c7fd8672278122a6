//! The pay page, as a browser without script and cookies sees it.

use std::sync::Arc;

use axum::http::StatusCode;
use crm::Mode;
use kernel::{Cause, Phone, Zone};
use network::RecordKind;
use serde_json::json;
use server::config::Config;
use store::{Db, Tx};

use crate::http_billing::{open, post};
use crate::http_gateway::{activate, offered, told};
use crate::street::{Home, Router, Street, later};
use crate::world::{self, Ask, Reply, World};

/// The address that the router gave to the customer's line.
const LINE: &str = "100.64.0.9";

fn html(reply: &Reply) -> String {
    let kind = reply.headers.get("content-type").unwrap();
    assert_eq!(kind, "text/html; charset=utf-8", "{:?}", String::from_utf8_lossy(&reply.body));
    // As a browser reads it.
    String::from_utf8(reply.body.clone()).unwrap().replace("&#x2f;", "/")
}

fn browser<'a>(world: &'a World, method: &str, path: &str) -> Ask<'a> {
    world.ask(method, path).header("accept", "text/html,*/*;q=0.8")
}

async fn page(world: &World, path: &str) -> String {
    let reply = browser(world, "get", path).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{path}");
    html(&reply)
}

async fn form(world: &World, path: &str, body: &str) -> Reply {
    let ask = browser(world, "post", path).text(body);
    ask.header("content-type", "application/x-www-form-urlencoded").send().await
}

async fn number_of(world: &World, home: &Home) -> String {
    let mut reader = world.db.reader();
    let scope = kernel::Scope::all();
    crm::customer::find(&mut reader, &scope, home.customer).await.unwrap().number
}

/// Where a redirect leads.
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", String::from_utf8_lossy(&reply.body));
    reply.headers.get("location").unwrap().to_str().unwrap().to_owned()
}

/// A proxy that may say whose address it is.
async fn behind_proxy(db: Db) -> World {
    let mut config = Config::default();
    config.http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    World::configured(db, config).await
}

async fn ahmad(world: &World, street: &Street) -> Home {
    street.connect(world, "Ahmad Basuki", Mode::Prepaid, street.isp.jakarta, None).await
}

#[tokio::test]
async fn a_number_shows_what_is_owed_and_nothing_else_of_the_customer() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        offered(&world);
        let number = number_of(&world, &home).await;
        let first = browser(&world, "get", "/pay").send().await;
        assert!(html(&first).contains("Nomor pelanggan"));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("content-language", "id"),
        ] {
            assert_eq!(first.headers.get(name).unwrap(), value, "{name}");
        }
        let policy = first.headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!first.headers.contains_key("set-cookie"));

        let typed = number.to_lowercase().replacen('c', "c ", 1);
        let reply = form(&world, "/pay", &format!("number={}", typed.replace(' ', "+"))).await;
        assert!(!reply.headers.contains_key("set-cookie"));
        let text = html(&reply);
        // 9 of November's 30 days: 75,000 and its PPN.
        assert!(text.contains("A*** B***") && text.contains("Rp 83.250"), "{text}");
        assert!(text.contains("jatuh tempo 22 Nov 2026"), "{text}");
        for hidden in ["Ahmad", "Basuki", "Melati", "62812", "0812"] {
            assert!(!text.contains(hidden), "{hidden} is shown");
        }
        let english = html(&form(&world, "/pay?lang=en", &format!("number={number}")).await);
        assert!(english.contains("Total to pay") && english.contains("lang=\"en\""), "{english}");
        let asked = browser(&world, "get", "/pay").header("accept-language", "en").send().await;
        assert!(html(&asked).contains("Customer number"));
    })
    .await;
}

#[tokio::test]
async fn an_unknown_number_and_one_that_owes_nothing_get_the_same_answer() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = street.connect(&world, "Badu", Mode::Postpaid, street.isp.jakarta, None).await;
        offered(&world);
        let number = number_of(&world, &home).await;
        let answer = async |typed: &str| {
            let reply = form(&world, "/pay", &format!("number={typed}")).await;
            assert_eq!(reply.status, StatusCode::OK);
            html(&reply).replace(typed, "…")
        };
        let owes_nothing = answer(&number).await;
        assert!(owes_nothing.contains("Tidak ada tagihan terbuka untuk nomor itu"));
        assert_eq!(answer("C999999").await, owes_nothing);
        assert_eq!(answer("qq").await, owes_nothing);
        // What is typed is text, never markup.
        let reply = form(&world, "/pay", "number=%22%3E%3Cscript%3E%00").await;
        let text = html(&reply);
        assert!(!text.contains("<script") && text.contains("&quot;&gt;&lt;script&gt;"), "{text}");
        let begun = form(&world, "/pay/start", &format!("number={number}")).await;
        assert!(html(&begun).contains("Tidak ada tagihan terbuka"));
    })
    .await;
}

#[tokio::test]
async fn numbers_can_not_be_tried_one_after_another() {
    world::sqlite(async |world: World| {
        for n in 0..10 {
            let reply = form(&world, "/pay", &format!("number={n}")).await;
            assert_eq!(reply.status, StatusCode::OK);
        }
        let reply = form(&world, "/pay", "number=11").await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(html(&reply).contains("Tunggu satu menit"));
        assert!(reply.headers.contains_key("retry-after"));
        // A program gets a problem, as everywhere.
        let ask = world.ask("post", "/pay").text("number=1");
        let reply = ask.header("content-type", "application/x-www-form-urlencoded").send().await;
        assert_eq!(reply.code(), "too_many_requests");
        let reply = world.ask("post", "/pay").text("{}").send().await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "body.not_a_form"));
    })
    .await;
}

#[tokio::test]
async fn a_line_is_known_by_exactly_one_live_session_and_only_from_a_trusted_proxy() {
    store::testing::both(&server::wiring::schema(), async |db: Db| {
        let world = behind_proxy(db).await;
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        let seen = async |world: &World, via: Option<&str>| {
            let ask = browser(world, "get", "/pay");
            let ask = match via {
                Some(line) => ask.header("x-forwarded-for", line),
                None => ask,
            };
            html(&ask.send().await).contains("A*** B***")
        };
        assert!(!seen(&world, Some(LINE)).await, "no session yet");
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        assert!(seen(&world, Some(LINE)).await);
        assert!(!seen(&world, None).await, "the proxy's own address is nobody's line");
        assert!(!seen(&world, Some("100.64.0.10")).await);
        let strict = World::new(world.db.clone()).await;
        assert!(!seen(&strict, Some(LINE)).await, "nobody may say whose address it is");
        // Another's bill can still be paid from this line.
        let ask = browser(&world, "get", "/pay?other=1").header("x-forwarded-for", LINE);
        assert!(html(&ask.send().await).contains("Nomor pelanggan"));

        let other = street.connect(&world, "Cici", Mode::Prepaid, street.isp.jakarta, None).await;
        later(&world, 10);
        street.report(&world, &other, RecordKind::Start, "s2", 0).await;
        assert!(!seen(&world, Some(LINE)).await, "two sessions claim the address");
        later(&world, 10);
        street.report(&world, &other, RecordKind::Stop, "s2", 10).await;
        assert!(seen(&world, Some(LINE)).await);
        later(&world, 3_600);
        let silent = world.db.write(&Cause::system(world.now(), "test"), async |tx: &mut Tx| {
            network::session::mark_suspect(tx, 300).await
        });
        assert_eq!(silent.await.unwrap(), 1);
        assert!(!seen(&world, Some(LINE)).await, "a silent session may be anybody's by now");
    })
    .await;
}

#[tokio::test]
async fn who_pays_on_the_page_is_online_again_while_they_look() {
    store::testing::both(&server::wiring::schema(), async |db: Db| {
        let router = Router::new();
        let world = behind_proxy(db).await.connected(router.clone());
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        let remote = offered(&world);
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        let bill = browser(&world, "get", "/pay").header("x-forwarded-for", LINE).send().await;
        assert!(html(&bill).contains("Internet Anda sedang dibatasi"));

        let ask = browser(&world, "post", "/pay/start").text("").header("x-forwarded-for", LINE);
        let sent = ask.header("content-type", "application/x-www-form-urlencoded").send().await;
        let to = leads(&sent);
        let reference = to.rsplit('/').next().unwrap().to_owned();
        assert!(to.starts_with("https://isp.example/sim-gateway/pay/SB-"), "{to}");
        let status = format!("/pay/status/{reference}");
        let waiting = page(&world, &status).await;
        assert!(waiting.contains("Menunggu pembayaran"), "{waiting}");
        assert!(waiting.contains("http-equiv=\"refresh\" content=\"2;url=/pay/status/"));
        assert!(waiting.contains(&format!("href=\"{to}\"")) && waiting.contains("Rp 83.250"));

        later(&world, 30);
        let notice = remote.pay(&reference, None, world.now()).unwrap();
        assert_eq!(told(&world, &notice).await.status, StatusCode::OK);
        assert_eq!(activate(&world).await.counted, 1);
        let opening = page(&world, &status).await;
        assert!(opening.contains("Internet Anda sedang dibuka kembali"), "{opening}");
        assert!(opening.contains("http-equiv=\"refresh\""));

        let clock: Arc<dyn kernel::Clock> = Arc::new(world.clock.clone());
        let round = async || {
            network::enforce::round(&world.db, router.as_ref(), clock.as_ref(), 50).await.unwrap()
        };
        round().await;
        assert_eq!(router.heard(), ["change s1 to 20M"]);
        let online = page(&world, &status).await;
        assert!(online.contains("Lunas, internet Anda aktif kembali"), "{online}");
        assert!(!online.contains("http-equiv=\"refresh\""), "it is at rest now");
        let bill = browser(&world, "get", "/pay").header("x-forwarded-for", LINE).send().await;
        assert!(html(&bill).contains("Semua tagihan sudah lunas"));
    })
    .await;
}

#[tokio::test]
async fn a_hold_is_not_promised_away_and_its_note_stays_with_staff() {
    store::testing::both(&server::wiring::schema(), async |db: Db| {
        let world = behind_proxy(db).await;
        let street = open(&world).await;
        let home =
            street.connect(&world, "Ahmad Basuki", Mode::Postpaid, street.isp.jakarta, None).await;
        let remote = offered(&world);
        street.report(&world, &home, RecordKind::Start, "s1", 0).await;
        let bill = json!({ "customer_id": home.customer,
                           "lines": [{ "name": "Geser kabel", "amount": 100_000 }] });
        let bill = post(&world, &street.finance, "/api/v1/invoices", bill).await;
        assert_eq!(bill.status, StatusCode::CREATED);
        let body = json!({ "subscription_id": home.subscription, "why": "kirim spam" });
        let hold = post(&world, &street.noc, "/api/v1/holds/abuse", body).await;
        assert_eq!(hold.status, StatusCode::CREATED);
        let bill = browser(&world, "get", "/pay").header("x-forwarded-for", LINE).send().await;
        let bill = html(&bill);
        assert!(bill.contains("dibatasi oleh petugas kami"), "{bill}");
        assert!(!bill.contains("spam") && !bill.contains("aktif kembali"));
        let number = number_of(&world, &home).await;
        let to = leads(&form(&world, "/pay/start", &format!("number={number}")).await);
        let reference = to.rsplit('/').next().unwrap();
        told(&world, &remote.pay(reference, None, world.now()).unwrap()).await;
        activate(&world).await;
        let status = page(&world, &format!("/pay/status/{reference}")).await;
        assert!(
            status.contains("Internet Anda masih dibatasi") && !status.contains("spam"),
            "{status}"
        );
        assert!(!status.contains("http-equiv=\"refresh\""));
    })
    .await;
}

#[tokio::test]
async fn a_signed_link_pays_its_bill_until_it_ends() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        let remote = offered(&world);
        let invoice = street.invoice(&world, &home).await;
        let signer = world.db.ext::<flows::paylink::Signer>().unwrap();
        let scope = kernel::Scope::all();
        let customer =
            crm::customer::find(&mut world.db.reader(), &scope, home.customer).await.unwrap();
        let link = |phone: &Phone| {
            let url = signer.url(invoice, phone, world.now().day(Zone::Jakarta));
            url.strip_prefix("https://isp.example").unwrap().to_owned()
        };
        let path = link(&customer.phone);
        let text = page(&world, &path).await;
        assert!(text.contains("A*** B***") && text.contains("Rp 83.250"), "{text}");
        assert!(!text.contains("pelanggan lain"), "a link pays one bill");

        let ended = |reply: Reply| {
            assert_eq!(reply.status, StatusCode::NOT_FOUND);
            assert!(html(&reply).contains("Tautan ini sudah tidak berlaku"));
        };
        let other = Phone::parse("081299999999").unwrap();
        ended(browser(&world, "get", &link(&other)).send().await);
        ended(browser(&world, "get", "/pay/t/x").send().await);
        let mut bent = path.clone();
        let last = if bent.pop() == Some('A') { 'B' } else { 'A' };
        bent.push(last);
        ended(browser(&world, "get", &bent).send().await);
        ended(form(&world, &bent, "").await);
        later(&world, 15 * 86_400);
        ended(browser(&world, "get", &path).send().await);
        world.clock.set(store::testing::now());

        let to = leads(&form(&world, &path, "").await);
        let reference = to.rsplit('/').next().unwrap();
        let notice = remote.pay(reference, None, world.now()).unwrap();
        told(&world, &notice).await;
        activate(&world).await;
        let after = page(&world, &path).await;
        assert!(after.contains("tidak perlu dibayar lagi"), "{after}");
        assert!(!after.contains("Rp ") && !after.contains("A***"), "it shows nothing else");
        let status = page(&world, &format!("/pay/status/{reference}")).await;
        assert!(
            status.contains("Lunas, internet Anda aktif kembali"),
            "no session had to be changed"
        );
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_was_not_made_ends_and_an_unknown_one_is_not_there() {
    world::both(async |world: World| {
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        let remote = offered(&world);
        let number = number_of(&world, &home).await;
        let to = leads(&form(&world, "/pay/start", &format!("number={number}")).await);
        let status = format!("/pay/status/{}", to.rsplit('/').next().unwrap());
        later(&world, 2 * 86_400);
        activate(&world).await;
        let ended = page(&world, &status).await;
        assert!(ended.contains("Kode pembayaran sudah berakhir"), "{ended}");
        assert!(!ended.contains("http-equiv=\"refresh\""));
        let gone = browser(&world, "get", "/pay/status/SB-0").send().await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert!(html(&gone).contains("Pembayaran itu tidak ada"));
        // A gateway that is away loses nothing.
        remote.set_away(true);
        let away = form(&world, "/pay/start", &format!("number={number}")).await;
        assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(html(&away).contains("Belum ada uang yang terpotong"));
        remote.set_away(false);
        leads(&form(&world, "/pay/start", &format!("number={number}")).await);
    })
    .await;
}

#[tokio::test]
async fn the_simulated_gateways_button_sends_its_notice_to_our_door() {
    world::sqlite(async |world: World| {
        let none = browser(&world, "get", "/sim-gateway/pay/SB-1").send().await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "it is not there without a demo");
        let street = open(&world).await;
        let home = ahmad(&world, &street).await;
        let remote = offered(&world);
        let number = number_of(&world, &home).await;
        let to = leads(&form(&world, "/pay/start", &format!("number={number}")).await);
        let screen = to.strip_prefix("https://isp.example").unwrap();
        let reference = to.rsplit('/').next().unwrap();
        let text = page(&world, screen).await;
        assert!(text.contains("gateway pembayaran simulasi") && text.contains("Rp 83.250"));
        assert!(text.contains(&remote.charge(reference).unwrap().code));

        // Over a real socket, as the demo does.
        let http =
            server::config::Http { listen: ([127, 0, 0, 1], 0).into(), ..Default::default() };
        let listener = server::listen::Listener::bind(&http).await.unwrap();
        let address = listener.address().unwrap();
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let router = server::http::router(world.app.clone());
        let server = tokio::spawn(listener.serve(router, stopping));
        let notice = remote.pay(reference, None, world.now()).unwrap();
        let sent = server::http::simgateway::deliver(address, &notice).await.unwrap();
        assert_eq!(sent, 200);
        let forged = connectors::simgateway::SentNotice { headers: Vec::new(), ..notice };
        let sent = server::http::simgateway::deliver(address, &forged).await.unwrap();
        assert_eq!(sent, 401);
        stop.send(true).unwrap();
        server.await.unwrap();
        assert_eq!(activate(&world).await.counted, 1);
        assert!(page(&world, screen).await.contains("Sudah dibayar"));
        let back = leads(&form(&world, screen, "").await);
        assert_eq!(back, format!("/pay/status/{reference}?lang=id"));
    })
    .await;
}
