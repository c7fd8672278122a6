//! What belongs to one request, wherever it is handled: its id, its language, its idempotency key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::{Lang, TrailId};
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Arc<Context>;
}

/// One request.
#[derive(Debug)]
pub(crate) struct Context {
    /// Sent back as `X-Request-Id`, and the trail of what the request changes.
    pub(crate) id: Uuid,
    pub(crate) lang: Lang,
    keyed: OnceLock<Arc<Keyed>>,
}

/// The request's `Idempotency-Key`, scoped to actor and body.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) actor: String,
    pub(crate) key: String,
    pub(crate) body_hash: Vec<u8>,
    saved: AtomicBool,
}

impl Keyed {
    pub(crate) fn new(actor: String, key: String, body_hash: Vec<u8>) -> Self {
        Self { actor, key, body_hash, saved: AtomicBool::new(false) }
    }
    /// The same key for one of several records of the request.
    pub(crate) fn part(&self, record: Uuid) -> Self {
        let key = format!("{}#{record}", self.key);
        Self::new(self.actor.clone(), key, self.body_hash.clone())
    }
    /// The answer was stored in the transaction of its effect.
    pub(crate) fn mark_saved(&self) {
        self.saved.store(true, Ordering::Release);
    }
    pub(crate) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }
}

/// The language of the request in hand; Bahasa Indonesia outside any.
pub fn lang() -> Lang {
    CURRENT.try_with(|c| c.lang).unwrap_or_default()
}

/// The id of the request in hand.
pub fn request_id() -> Option<Uuid> {
    CURRENT.try_with(|c| c.id).ok()
}

/// The trail that everything changed by the request in hand is on.
pub(crate) fn trail() -> Option<TrailId> {
    request_id().map(TrailId::from_uuid)
}

pub(crate) fn keyed() -> Option<Arc<Keyed>> {
    CURRENT.try_with(|c| c.keyed.get().cloned()).ok().flatten()
}

/// Gives the request in hand its idempotency key. The first counts.
pub(crate) fn set_keyed(keyed: Arc<Keyed>) {
    let _ = CURRENT.try_with(|c| c.keyed.set(keyed).is_ok());
}

/// The outermost layer: makes the context, sends the id back.
pub(crate) async fn enter(request: Request, next: Next) -> Response {
    let mut bytes = [0_u8; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system gives no randomness");
    }
    let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
    let lang = wanted_lang(request.headers());
    let context = Arc::new(Context { id, lang, keyed: OnceLock::new() });
    let mut response = CURRENT.scope(context, next.run(request)).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert("x-request-id", value);
    }
    headers.entry(header::CONTENT_LANGUAGE).or_insert(HeaderValue::from_static(lang.code()));
    response
}

/// `id` or `en`, whichever `Accept-Language` prefers; `id` when it names neither.
pub(crate) fn wanted_lang(headers: &HeaderMap) -> Lang {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let mut best: Option<(u32, Lang)> = None;
    for part in text.split(',') {
        let mut words = part.split(';').map(str::trim);
        let tag = words.next().unwrap_or("");
        let primary = tag.split('-').next().unwrap_or("").to_ascii_lowercase();
        let Some(lang) = Lang::from_code(&primary) else { continue };
        let weight = words.find_map(|w| w.strip_prefix("q=")).map_or(1_000, thousandths);
        if weight > best.map_or(0, |(w, _)| w) {
            best = Some((weight, lang));
        }
    }
    best.map_or(Lang::Id, |(_, lang)| lang)
}

/// `0.8` → 800; 0 for what is no weight.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(whole), Ok(fraction)) => (whole * 1_000 + fraction).min(1_000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_of_the_two_languages_is_taken() {
        for (header, lang) in [
            ("", Lang::Id),
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("id-ID, en;q=0.5", Lang::Id),
            ("en;q=0.5, id;q=0.7", Lang::Id),
            ("de, en;q=0.3", Lang::En),
            ("fr", Lang::Id),
            ("en;q=0", Lang::Id),
            ("en;q=banana, id;q=0.1", Lang::Id),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
            assert_eq!(wanted_lang(&headers), lang, "{header}");
        }
    }
}
