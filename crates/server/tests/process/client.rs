//! A client of the API that may lose its connection at any moment.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// Who asks: a browser with its cookie.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    cookie: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Client {
    /// Logs in and keeps the session.
    pub(crate) async fn log_in(web: SocketAddr, username: &str, password: &str) -> Self {
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = Self::default().post(web, "/api/v1/session", &[], &body).await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
        let cookie = reply.header("set-cookie").unwrap();
        Self { cookie: cookie.split(';').next().map(str::to_owned) }
    }

    pub(crate) async fn get(&self, web: SocketAddr, path: &str) -> io::Result<Reply> {
        self.ask(web, "GET", path, &[], "").await
    }

    pub(crate) async fn delete(&self, web: SocketAddr, path: &str) -> io::Result<Reply> {
        self.ask(web, "DELETE", path, &[], "").await
    }

    pub(crate) async fn post(
        &self,
        web: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> io::Result<Reply> {
        self.ask(web, "POST", path, headers, &body.to_string()).await
    }

    async fn ask(
        &self,
        web: SocketAddr,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Reply> {
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {web}\r\nOrigin: http://{web}\r\nConnection: close\r\n\
             Accept-Language: en\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        if let Some(cookie) = &self.cookie {
            text.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("\r\n{body}"));
        timeout(ANSWER, exchange(web, text.as_bytes())).await?
    }
}

async fn exchange(web: SocketAddr, request: &[u8]) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(web).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    read(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer"))
}

/// A whole answer, or nothing: what was cut off is no answer.
fn read(answer: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let reply = Reply { status, head: head.to_owned(), body: Value::Null };
    let length: usize = reply.header("content-length").map_or(Some(0), |n| n.parse().ok())?;
    if body.len() < length {
        return None;
    }
    Some(Reply { body: serde_json::from_str(body).unwrap_or_default(), ..reply })
}
