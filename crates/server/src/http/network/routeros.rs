//! The script that makes a MikroTik router ask this server: to be pasted into its terminal.

use std::net::IpAddr;

/// What the script says.
pub(super) struct Facts<'a> {
    /// The router's name here.
    pub(super) name: &'a str,
    /// This server as the router reaches it; `None`: to be filled in by hand.
    pub(super) server: Option<IpAddr>,
    pub(super) auth_port: u16,
    pub(super) acct_port: u16,
    /// The shared secret, where it may be shown.
    pub(super) secret: Option<&'a str>,
    /// `None`: the router takes no CoA.
    pub(super) coa_port: Option<u16>,
    pub(super) interim_secs: i64,
    /// Requests must be signed (RouterOS 7.15 or later).
    pub(super) signed: bool,
    /// The address list of isolated customers, when the isolation profile names one.
    pub(super) isolation_list: Option<&'a str>,
    /// Where isolated customers may go.
    pub(super) pay_host: Option<&'a str>,
}

/// Stands where a person has to fill something in.
const SERVER_GAP: &str = "ALAMAT-SERVER";
const SECRET_GAP: &str = "RAHASIA-NAS";

/// The script, a command a line; pasting it again changes nothing but what differs.
pub(super) fn script(facts: &Facts<'_>) -> String {
    let server = facts.server.map_or_else(|| SERVER_GAP.to_owned(), |ip| ip.to_string());
    let secret = quoted(facts.secret.unwrap_or(SECRET_GAP));
    let mut lines = vec![
        format!("# Sambung: {}", plain(facts.name)),
        "/radius remove [find comment=\"sambung\"]".to_owned(),
        format!(
            "/radius add service=ppp,hotspot address={server} secret={secret} \
             authentication-port={} accounting-port={} timeout=3s comment=\"sambung\"",
            facts.auth_port, facts.acct_port
        ),
        format!(
            "/ppp aaa set use-radius=yes accounting=yes interim-update={}s",
            facts.interim_secs
        ),
        format!(
            "/ip hotspot profile set [find] use-radius=yes radius-accounting=yes \
             radius-interim-update={}s",
            facts.interim_secs
        ),
    ];
    if facts.signed {
        lines.push("# RouterOS 7.15+:".to_owned());
        lines.push(
            "/radius set [find comment=\"sambung\"] require-message-auth=yes-for-request-resp"
                .to_owned(),
        );
    }
    if let Some(port) = facts.coa_port {
        lines.push(format!("/radius incoming set accept=yes port={port}"));
    }
    if let (Some(list), Some(host)) = (facts.isolation_list, facts.pay_host) {
        lines.extend(isolation(&quoted(list), &quoted(host)));
    }
    lines.join("\n") + "\n"
}

/// Isolated customers reach name servers and the pay page, nothing else.
fn isolation(list: &str, host: &str) -> Vec<String> {
    let rule = |what: &str| {
        format!(
            "/ip firewall filter add chain=forward src-address-list={list} {what} comment=\"sambung\""
        )
    };
    vec![
        "# Isolir; taruh di atas aturan fasttrack / place these above fasttrack:".to_owned(),
        "/ip firewall address-list remove [find comment=\"sambung\"]".to_owned(),
        "/ip firewall filter remove [find comment=\"sambung\"]".to_owned(),
        format!(
            "/ip firewall address-list add list=sambung-bayar address={host} comment=\"sambung\""
        ),
        rule("protocol=udp dst-port=53 action=accept"),
        rule("dst-address-list=sambung-bayar action=accept"),
        rule("action=reject reject-with=icmp-admin-prohibited"),
    ]
}

/// A text between quotes, as RouterOS reads it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\' | '$' | '?') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A name as a comment may hold it: one line.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts<'static> = Facts {
        name: "BRAS-1",
        server: None,
        auth_port: 1812,
        acct_port: 1813,
        secret: None,
        coa_port: Some(3799),
        interim_secs: 300,
        signed: true,
        isolation_list: None,
        pay_host: None,
    };

    #[test]
    fn what_is_not_known_stands_as_a_gap_to_be_filled_in() {
        let text = script(&FACTS);
        assert!(text.contains("address=ALAMAT-SERVER secret=\"RAHASIA-NAS\""), "{text}");
        assert!(text.contains("/radius incoming set accept=yes port=3799"));
        assert!(!text.contains("firewall"));
    }

    #[test]
    fn a_secret_is_quoted_as_the_router_reads_it_and_a_name_can_not_add_a_line() {
        let server = Some(IpAddr::from([10, 0, 0, 1]));
        let facts = Facts {
            secret: Some("a\"b$c\\d?"),
            name: "x\n/system reset-configuration",
            server,
            coa_port: None,
            ..FACTS
        };
        let text = script(&facts);
        assert!(text.contains("address=10.0.0.1 secret=\"a\\\"b\\$c\\\\d\\?\""), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("/system")), "{text}");
        assert!(!text.contains("incoming"));
    }

    #[test]
    fn isolated_customers_reach_the_pay_page_and_nothing_else() {
        let facts =
            Facts { isolation_list: Some("isolir"), pay_host: Some("isp.example"), ..FACTS };
        let text = script(&facts);
        let rules: Vec<&str> = text.lines().filter(|l| l.contains("src-address-list")).collect();
        assert_eq!(rules.len(), 3);
        assert!(rules.iter().all(|rule| rule.contains("src-address-list=\"isolir\"")));
        assert!(rules[2].contains("action=reject"));
    }
}
