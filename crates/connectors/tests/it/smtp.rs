use connectors::smtp::{Protection, Smtp, SmtpConfig};
use kernel::MessageId;
use network::Secret;
use notification::{Channel, ChannelKind, Outgoing, RemoteError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A mail server of one page: it speaks RFC 5321 as far as a client needs, refuses the recipients whose
/// address begins with the reply to give (`550-…@`), and hands over what it was sent.
async fn server() -> (u16, mpsc::UnboundedReceiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sent, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, sent.clone()));
        }
    });
    (port, received)
}

async fn converse(stream: TcpStream, sent: mpsc::UnboundedSender<Vec<String>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 uji.test ESMTP\r\n").await.unwrap();
    let mut mail: Option<Vec<String>> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(body) = &mut mail {
            if line != "." {
                body.push(line);
                continue;
            }
            sent.send(mail.take().unwrap()).unwrap();
            write.write_all(b"250 2.0.0 taken\r\n").await.unwrap();
            continue;
        }
        let upper = line.to_uppercase();
        let answer = if upper.starts_with("EHLO") {
            "250-uji.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n".to_owned()
        } else if upper.starts_with("AUTH") {
            "535 5.7.8 bad credentials\r\n".to_owned()
        } else if let Some(code) = upper.strip_prefix("RCPT TO:<").and_then(|a| a.split_once('-')) {
            format!("{} told to\r\n", code.0)
        } else if upper == "DATA" {
            mail = Some(Vec::new());
            "354 go on\r\n".to_owned()
        } else if upper == "QUIT" {
            "221 bye\r\n".to_owned()
        } else {
            "250 ok\r\n".to_owned()
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn config(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".into(),
        port: Some(port),
        protection: Protection::None,
        username: None,
        password: None,
        from: "Sambung Net <tagihan@contoh.id>".into(),
        reply_to: Some("bantuan@contoh.id".into()),
        timeout_secs: 5,
    }
}

fn message(address: &str) -> Outgoing {
    Outgoing {
        id: MessageId::nil(),
        channel: ChannelKind::Email,
        address: address.into(),
        subject: "Tagihan Ñovember 2026\r\nBcc: maling@contoh.id".into(),
        body: "Yth. Budi,\nTagihan Anda Rp 277.500.\n".into(),
    }
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_a_message_id_of_its_own() {
    let (port, mut received) = server().await;
    let channel = Smtp::new(&config(port)).unwrap();
    assert_eq!(channel.kind(), ChannelKind::Email);
    let sent = channel.send(&message("budi@contoh.id")).await.unwrap();
    let mail = received.recv().await.unwrap();
    let id = "<00000000-0000-0000-0000-000000000000@contoh.id>";
    assert_eq!(sent.remote_id.as_deref(), Some(id));
    let split = mail.iter().position(String::is_empty).unwrap();
    let (head, body) = mail.split_at(split);
    for header in [
        "From: \"Sambung Net\" <tagihan@contoh.id>",
        "Reply-To: bantuan@contoh.id",
        "To: budi@contoh.id",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.iter().any(|h| h == header), "{header} in {head:#?}");
    }
    assert!(head.iter().any(|h| h == &format!("Message-ID: {id}")));
    assert!(!head.iter().any(|h| h.starts_with("Bcc")), "a subject makes no other header");
    assert!(body.iter().any(|line| line.contains("Rp 277.500")));
}

#[tokio::test]
async fn a_refused_address_asks_a_human_and_a_busy_server_is_tried_later() {
    let (port, _received) = server().await;
    let channel = Smtp::new(&config(port)).unwrap();
    for (address, rejected) in [
        ("550-nobody@contoh.id", true),
        ("553-nobody@contoh.id", true),
        ("450-busy@contoh.id", false),
        ("530-login-first@contoh.id", false),
        ("bukan alamat", true),
    ] {
        let error = channel.send(&message(address)).await.unwrap_err();
        assert_eq!(matches!(error, RemoteError::Rejected(_)), rejected, "{address}: {error:?}");
    }
}

#[tokio::test]
async fn a_refused_login_kills_no_message_and_shows_no_password() {
    let (port, _received) = server().await;
    let mut config = config(port);
    config.username = Some("tagihan".into());
    config.password = Some(Secret::new("rahasia-smtp"));
    assert!(!format!("{config:?}").contains("rahasia-smtp"));
    let channel = Smtp::new(&config).unwrap();
    let error = channel.send(&message("budi@contoh.id")).await.unwrap_err();
    assert!(matches!(&error, RemoteError::Unavailable(_)), "{error:?}");
    assert!(!format!("{error:?} {channel:?}").contains("rahasia-smtp"));
}

#[tokio::test]
async fn a_server_that_is_away_or_speaks_no_tls_is_tried_later() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let channel = Smtp::new(&config(gone)).unwrap();
    let error = channel.send(&message("budi@contoh.id")).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unavailable(_)), "{error:?}");
    let (port, _received) = server().await;
    let tls = SmtpConfig { protection: Protection::StartTls, ..config(port) };
    let error = Smtp::new(&tls).unwrap().send(&message("budi@contoh.id")).await.unwrap_err();
    assert!(matches!(error, RemoteError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_wrong_configuration_names_its_keys() {
    let bad = SmtpConfig {
        host: "mail.contoh.id".into(),
        from: "tanpa alamat".into(),
        reply_to: Some("@".into()),
        username: Some("tagihan".into()),
        ..config(25)
    };
    let fault = Smtp::new(&bad).unwrap_err();
    let names: Vec<&str> = fault.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["from", "reply_to", "protection", "password"]);
}
