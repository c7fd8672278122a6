//! Real sockets: TLS, plain, stopping.

use std::path::PathBuf;
use std::sync::Arc;

use identity::Role;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::config::{Config, Http};
use server::http::router;
use server::listen::Listener;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::world::World;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)
}

async fn world() -> (World, tempfile::TempDir) {
    let (db, dir) = store::testing::sqlite(&server::wiring::schema()).await;
    (World::new(db).await, dir)
}

async fn get<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    // A TLS end without its goodbye is an error after the text: the text is what counts.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

fn http(tls: bool) -> Http {
    let file = |name| tls.then(|| fixture(name));
    Http {
        listen: ([127, 0, 0, 1], 0).into(),
        tls_cert: file("one.crt"),
        tls_key: file("one.key"),
        ..Http::default()
    }
}

#[tokio::test]
async fn it_speaks_tls_with_its_certificate_and_stops_when_told() {
    let (world, _dir) = world().await;
    let listener = Listener::bind(&http(true)).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopping) = watch::channel(false);
    let server = tokio::spawn(listener.serve(router(world.app.clone()), stopping));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(fixture("one.crt")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, stream).await.unwrap();
    let text = get(stream, "/api/v1/health").await;
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("\"status\":\"ok\""), "{text}");
    // Plain http on the TLS port gets nothing.
    let plain = get(TcpStream::connect(address).await.unwrap(), "/api/v1/health").await;
    assert!(!plain.contains("200"), "{plain}");
    stop.send(true).unwrap();
    server.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_live_stream_ends_when_the_program_stops() {
    let (db, _dir) = store::testing::sqlite(&server::wiring::schema()).await;
    let world = World::new(db).await;
    let token = world.client(Role::Owner).await;
    let (stop, stopping) = watch::channel(false);
    let clock: Arc<dyn kernel::Clock> = Arc::new(world.clock.clone());
    let config = Arc::new(Config::default());
    let app = server::http::App::new(world.db.clone(), clock, config, stopping.clone());
    let listener = Listener::bind(&http(false)).await.unwrap();
    let address = listener.address().unwrap();
    let server = tokio::spawn(listener.serve(router(app), stopping));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: sambung={token}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    while !text.contains("text/event-stream") {
        let mut some = [0; 1024];
        let n = stream.read(&mut some).await.unwrap();
        assert!(n > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&some[..n]));
    }
    // A change by somebody is heard.
    let cause = store::testing::cause(world.now());
    let said = world.db.write(&cause, async |tx: &mut store::Tx| {
        tx.emit(kernel::Event::PolicyChanged);
        Ok(())
    });
    said.await.unwrap();
    while !text.contains("event: policy_changed") {
        let mut some = [0; 1024];
        let n = stream.read(&mut some).await.unwrap();
        assert!(n > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&some[..n]));
    }
    stop.send(true).unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_and_a_bad_certificate_are_said() {
    let taken = Listener::bind(&http(false)).await.unwrap();
    let same = Http { listen: taken.address().unwrap(), ..Http::default() };
    assert_eq!(Listener::bind(&same).await.err().map(|f| f.code), Some("config.listen"));
    let mixed = Http { tls_key: Some(fixture("two.key")), ..http(true) };
    assert_eq!(Listener::bind(&mixed).await.err().map(|f| f.code), Some("config.certificate"));
}
