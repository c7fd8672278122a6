//! E-mail by SMTP.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use kernel::{Fault, Field, Result};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{self, AsyncSmtpTransport};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use network::Secret;
use notification::{Channel, ChannelKind, Outgoing, RemoteError, Sent};
use store::BoxFuture;

store::words! {
    /// How the connection is protected.
    pub enum Protection {
        /// TLS from the first byte (port 465).
        Tls = "tls",
        /// STARTTLS, required (port 587).
        StartTls = "starttls",
        /// None: only to a server on this machine.
        None = "none",
    }
}

/// Where and as whom mail is handed in.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    pub host: String,
    /// `None`: the protection's own port (465, 587, 25).
    pub port: Option<u16>,
    pub protection: Protection,
    pub username: Option<String>,
    pub password: Option<Secret>,
    /// `Sambung Net <tagihan@contoh.id>`.
    pub from: String,
    pub reply_to: Option<String>,
    pub timeout_secs: u64,
}

/// A channel for e-mail. Connections are kept and used again.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    head: MessageBuilder,
    /// Right of the `@` in Message-ID.
    domain: String,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.domain)
    }
}

impl Smtp {
    /// Prepares the channel; nothing is sent and nobody is connected to yet. Call it inside the runtime.
    ///
    /// # Errors
    /// Names the keys at fault: `from`, `reply_to`, `host`, `protection` (none, to another machine),
    /// `password` (missing beside a user name).
    pub fn new(config: &SmtpConfig) -> Result<Self> {
        let mut wrong = Vec::new();
        let from = mailbox("from", &config.from, &mut wrong);
        let reply_to =
            config.reply_to.as_deref().and_then(|text| mailbox("reply_to", text, &mut wrong));
        if config.host.trim().is_empty() {
            wrong.push(Field::required("host"));
        }
        if config.protection == Protection::None && !is_here(&config.host) {
            wrong.push(Field::new(
                "protection",
                "connectors.smtp_unprotected",
                "tanpa TLS hanya boleh ke server di mesin ini",
                "without TLS only a server on this machine is allowed",
            ));
        }
        if config.username.is_some() != config.password.is_some() {
            wrong.push(Field::required(if config.username.is_some() {
                "password"
            } else {
                "username"
            }));
        }
        let (Some(from), true) = (from, wrong.is_empty()) else { return Err(Fault::fields(wrong)) };
        let domain = from.email.domain().to_owned();
        let mut head = Message::builder().from(from);
        if let Some(reply_to) = reply_to {
            head = head.reply_to(reply_to);
        }
        Ok(Self { transport: transport(config)?, head, domain })
    }

    fn compose(&self, message: &Outgoing) -> std::result::Result<Message, RemoteError> {
        let address: Address = message
            .address
            .trim()
            .parse()
            .map_err(|_| RemoteError::Rejected("not an e-mail address".to_owned()))?;
        // A line break in a subject would be another header.
        let subject: String =
            message.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.head
            .clone()
            .to(Mailbox::new(None, address))
            .subject(subject.trim())
            // The same on every try: a server that has it already may drop the repetition.
            .message_id(Some(self.message_id(message)))
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())
            .map_err(|error| RemoteError::Rejected(error.to_string()))
    }

    fn message_id(&self, message: &Outgoing) -> String {
        format!("<{}@{}>", message.id, self.domain)
    }
}

impl Channel for Smtp {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn send<'a>(
        &'a self,
        message: &'a Outgoing,
    ) -> BoxFuture<'a, std::result::Result<Sent, RemoteError>> {
        Box::pin(async move {
            let mail = self.compose(message)?;
            match self.transport.send(mail).await {
                Ok(_) => Ok(Sent { remote_id: Some(self.message_id(message)) }),
                Err(error) => Err(verdict(&error)),
            }
        })
    }
}

fn transport(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let (tls, port) = match config.protection {
        Protection::None => (Tls::None, smtp::SMTP_PORT),
        Protection::Tls => (Tls::Wrapper(parameters(config)?), smtp::SUBMISSIONS_PORT),
        Protection::StartTls => (Tls::Required(parameters(config)?), smtp::SUBMISSION_PORT),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.trim())
        .port(config.port.unwrap_or(port))
        .tls(tls)
        .timeout(Some(Duration::from_secs(config.timeout_secs.clamp(1, 300))));
    if let (Some(user), Some(password)) = (&config.username, &config.password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
    }
    Ok(builder.build())
}

fn parameters(config: &SmtpConfig) -> Result<TlsParameters> {
    TlsParameters::new_rustls(config.host.trim().to_owned()).map_err(|error| {
        Fault::field(
            "host",
            "connectors.smtp_tls",
            "TLS untuk server ini tidak dapat disiapkan",
            "TLS for this server can't be prepared",
        )
        .because(error)
    })
}

/// Whether mail to `host` stays on this machine.
fn is_here(host: &str) -> bool {
    let host = host.trim();
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn mailbox(name: &str, text: &str, wrong: &mut Vec<Field>) -> Option<Mailbox> {
    let parsed = text.trim().parse().ok();
    if parsed.is_none() {
        wrong.push(Field::new(
            name,
            "connectors.bad_mailbox",
            "tulis seperti: Nama <alamat@contoh.id>",
            "write it as: Name <address@example.com>",
        ));
    }
    parsed
}

/// A human is asked only when the server refused this address or content for good (RFC 5321: 550–556).
/// Everything else, a refused login or a command not understood included, is ours to repair and is
/// tried again.
fn verdict(error: &smtp::Error) -> RemoteError {
    let refused = error.is_permanent()
        && error.status().is_some_and(|code| (550..=556).contains(&u16::from(code)));
    if refused {
        RemoteError::Rejected(error.to_string())
    } else {
        RemoteError::Unavailable(error.to_string())
    }
}
