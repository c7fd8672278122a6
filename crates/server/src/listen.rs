//! The sockets of the web server: plain on loopback, TLS elsewhere.
//!
//! A connection must show its TLS hello and its request's head in time; at the end open requests are
//! finished for a while, then cut.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use kernel::{Fault, Result};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::config::Http;

const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
const LAST_REQUESTS: Duration = Duration::from_secs(10);
const CERTIFICATE_CHECK: Duration = Duration::from_secs(60);
const CONNECTIONS: usize = 4_096;

/// A bound web server.
pub struct Listener {
    socket: TcpListener,
    tls: Option<(TlsAcceptor, Arc<Certificate>)>,
}

impl Listener {
    /// Binds the address, reads the certificate.
    ///
    /// # Errors
    /// `config.listen` when the address is taken; `config.certificate` when the files are not a
    /// certificate and its key.
    pub async fn bind(http: &Http) -> Result<Self> {
        let socket = TcpListener::bind(http.listen).await.map_err(|e| {
            Fault::unavailable(
                "config.listen",
                format!("Alamat {} tidak bisa dipakai: {e}", http.listen),
                format!("The address {} can't be used: {e}", http.listen),
            )
        })?;
        let tls = match (&http.tls_cert, &http.tls_key) {
            (Some(cert), Some(key)) => Some(acceptor(cert, key)?),
            _ => None,
        };
        Ok(Self { socket, tls })
    }

    /// Where it listens: the port may have been chosen by the system.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn address(&self) -> Result<SocketAddr> {
        self.socket.local_addr().map_err(|e| Fault::bug(e.to_string()))
    }

    /// Serves until `stopping` becomes `true`, then finishes what is open.
    pub async fn serve(self, router: Router, mut stopping: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut check = tokio::time::interval(CERTIFICATE_CHECK);
        loop {
            let accepted = tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => break,
                _ = check.tick() => {
                    if let Some((_, certificate)) = &self.tls {
                        certificate.read_again();
                    }
                    continue;
                }
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, mostly: wait for some to come back.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!("too many connections; one was turned away");
                continue;
            };
            let (router, watcher) = (router.clone(), graceful.watcher());
            let tls = self.tls.as_ref().map(|(acceptor, _)| acceptor.clone());
            tokio::spawn(async move {
                attend(stream, peer, tls, router, watcher).await;
                drop(place);
            });
        }
        drop(self.socket);
        if tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests took too long and were cut");
        }
    }
}

async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no nodelay");
    }
    let Some(tls) = tls else {
        return converse(stream, peer, router, watcher).await;
    };
    match tokio::time::timeout(HELLO_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, peer, router, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, %peer, "no TLS"),
        Err(_) => tracing::debug!(%peer, "the TLS hello took too long"),
    }
}

async fn converse<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, %peer, "a connection ended early");
    }
}

/// The certificate in use; replaced when its files change.
#[derive(Debug)]
struct Certificate {
    files: (PathBuf, PathBuf),
    current: ArcSwap<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    key: Arc<CertifiedKey>,
    changed: Option<(SystemTime, SystemTime)>,
}

impl Certificate {
    fn read(cert: &Path, key: &Path) -> Result<Loaded> {
        let bad = |what: String| {
            Fault::invalid(
                "config.certificate",
                format!("Sertifikat {} / {}: {what}", cert.display(), key.display()),
                format!("The certificate {} / {}: {what}", cert.display(), key.display()),
            )
        };
        // Times first: a file that changes while it is read is read again.
        let changed = changed_at(cert).zip(changed_at(key));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect)
            .map_err(|e| bad(e.to_string()))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| bad(e.to_string()))?;
        let provider = rustls::crypto::ring::default_provider();
        let certified =
            CertifiedKey::from_der(chain, private, &provider).map_err(|e| bad(e.to_string()))?;
        Ok(Loaded { key: Arc::new(certified), changed })
    }

    /// Takes the files' new content; keeps the old one when it is not a certificate.
    fn read_again(&self) {
        let (cert, key) = (&self.files.0, &self.files.1);
        if changed_at(cert).zip(changed_at(key)) == self.current.load().changed {
            return;
        }
        match Self::read(cert, key) {
            Ok(loaded) => {
                self.current.store(Arc::new(loaded));
                tracing::info!(file = %cert.display(), "the certificate was read again");
            }
            Err(fault) => tracing::error!(?fault, "the old certificate stays in use"),
        }
    }
}

fn changed_at(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|meta| meta.modified()).ok()
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}

fn acceptor(cert: &Path, key: &Path) -> Result<(TlsAcceptor, Arc<Certificate>)> {
    let certificate = Arc::new(Certificate {
        files: (cert.to_owned(), key.to_owned()),
        current: ArcSwap::from_pointee(Certificate::read(cert, key)?),
    });
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&certificate) as _;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Fault::bug(format!("TLS: {e}")))?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), certificate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
        let mut minute = 1_800_000_000;
        let mut put = |name: &str| {
            minute += 60;
            for (from, to) in [("crt", &cert), ("key", &key)] {
                let text =
                    std::fs::read(fixtures.join(format!("{name}.{from}"))).unwrap_or_default();
                std::fs::write(to, text).unwrap();
                let file = std::fs::File::options().write(true).open(to).unwrap();
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(minute)).unwrap();
            }
        };
        put("one");
        let (_, certificate) = acceptor(&cert, &key).unwrap();
        let shown = || certificate.current.load().key.cert.first().cloned();
        let first = shown();
        certificate.read_again();
        assert_eq!(shown(), first);
        put("two");
        certificate.read_again();
        let second = shown();
        assert_ne!(second, first);
        put("none");
        certificate.read_again();
        assert_eq!(shown(), second);
    }
}
