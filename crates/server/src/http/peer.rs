//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::http::HeaderMap;
use ipnet::IpNet;

/// The address of the one who asks: the peer's own. `X-Forwarded-For` counts only when the peer is a
/// trusted proxy, and then from the right, up to the first address that is not one.
pub(crate) fn address(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    if !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let mut hops: Vec<&str> = forwarded.flat_map(|text| text.split(',')).map(str::trim).collect();
    let mut found = peer;
    while let Some(hop) = hops.pop() {
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        found = hop.to_canonical();
        if !is_trusted(found, trusted) {
            break;
        }
    }
    Some(found)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4_000)));
        let mut headers = HeaderMap::new();
        for text in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(text).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        address(&extensions, &headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_may_say_whose_address_it_is() {
        let proxy = ["10.0.0.0/8"];
        for (peer, forwarded, trusted, expect) in [
            ("203.0.113.5", &["1.2.3.4"][..], &[][..], "203.0.113.5"),
            ("203.0.113.5", &["1.2.3.4"], &proxy, "203.0.113.5"),
            ("10.0.0.2", &["198.51.100.7"], &proxy, "198.51.100.7"),
            ("10.0.0.2", &["6.6.6.6, 198.51.100.7, 10.0.0.9"], &proxy, "198.51.100.7"),
            ("10.0.0.2", &["6.6.6.6", "198.51.100.7"], &proxy, "198.51.100.7"),
            ("10.0.0.2", &["nonsense"], &proxy, "10.0.0.2"),
            ("10.0.0.2", &[], &proxy, "10.0.0.2"),
            ("::ffff:10.0.0.2", &["198.51.100.7"], &proxy, "198.51.100.7"),
        ] {
            assert_eq!(asked(peer, forwarded, trusted), expect, "{peer} {forwarded:?}");
        }
    }
}
