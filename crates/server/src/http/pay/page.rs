//! From a template and its values to an answer: escaped, in one language, for nobody to keep.

use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use kernel::{Fault, Lang, Result as Fallible};
use minijinja::{Environment, Value, context};
use sha2::{Digest, Sha256};

use super::words::Words;
use crate::http::app::App;
use crate::http::context as request;

const STYLE: &str = include_str!("../../../templates/pay/style.css");

const TEMPLATES: [(&str, &str); 6] = [
    ("base.html", include_str!("../../../templates/pay/base.html")),
    ("number.html", include_str!("../../../templates/pay/number.html")),
    ("bill.html", include_str!("../../../templates/pay/bill.html")),
    ("status.html", include_str!("../../../templates/pay/status.html")),
    ("message.html", include_str!("../../../templates/pay/message.html")),
    ("sim.html", include_str!("../../../templates/pay/sim.html")),
];

/// Templates by name. Whatever is put into a `.html` template is escaped.
static PRESS: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut press = Environment::new();
    for (name, text) in TEMPLATES {
        press.add_template(name, text)?;
    }
    Ok(press)
});

/// Nothing is loaded and no script runs; the one style is known by its hash. Forms go to us, and from us on
/// to a gateway.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self' https:; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// What every page shows.
pub(crate) struct Page {
    pub(crate) lang: Lang,
    pub(crate) words: Words,
    company: Value,
    /// This page in the other language.
    other: String,
}

impl Page {
    /// The page at `uri`, in the language that `?lang=` asks for, else the browser's.
    pub(crate) async fn at(app: &App, uri: &Uri) -> Fallible<Self> {
        let catalog = catalog::current(&mut app.reader()).await?;
        let company = catalog.company.as_ref();
        let name = company.map_or("Sambung", |company| company.name.as_str());
        let phone = company.map_or("", |company| company.phone.as_str());
        let lang = lang_of(uri.query());
        let company = context! { name => name, phone => phone };
        Ok(Self { lang, words: Words::of(lang), company, other: in_other(uri, lang) })
    }

    /// The template with `values`, and for whom it refreshes: seconds, and where to.
    pub(crate) fn show(
        &self,
        status: StatusCode,
        template: &str,
        refresh: Option<String>,
        values: Value,
    ) -> Fallible<Response> {
        let press = PRESS.as_ref().map_err(|e| Fault::bug(format!("the pay page: {e}")))?;
        let other = if self.lang == Lang::Id { Lang::En } else { Lang::Id };
        let common = context! {
            lang => self.lang.code(), other_lang => other.code(), other_lang_url => self.other.as_str(),
            t => self.words.value(), company => self.company.clone(), style => STYLE, refresh => refresh,
        };
        let html = press
            .get_template(template)
            .and_then(|template| template.render(context! { ..values, ..common }))
            .map_err(|e| Fault::bug(format!("the pay page's {template}: {e:#}")))?;
        Ok(answer(status, html, self.lang))
    }

    /// A heading and a sentence.
    pub(crate) fn message(
        &self,
        status: StatusCode,
        heading: &str,
        text: &str,
    ) -> Fallible<Response> {
        self.show(status, "message.html", None, context! { heading => heading, text => text })
    }
}

fn answer(status: StatusCode, html: String, lang: Lang) -> Response {
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_LANGUAGE, lang.code()),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn lang_of(query: Option<&str>) -> Lang {
    let asked = query.unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("lang="));
    asked.and_then(Lang::from_code).unwrap_or_else(request::lang)
}

/// The same address, in the other language.
fn in_other(uri: &Uri, lang: Lang) -> String {
    let other = if lang == Lang::Id { Lang::En } else { Lang::Id };
    let kept = uri
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let asked = format!("lang={}", other.code());
    let query: Vec<&str> = kept.chain([asked.as_str()]).collect();
    // What only a form's answer shows begins again at the first page.
    let path = if uri.path() == "/pay/start" { "/pay" } else { uri.path() };
    format!("{path}?{}", query.join("&"))
}

/// A refusal on one of these pages is a page too, for who asked for one.
pub(crate) async fn problems_as_pages(app: App, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = ["/pay", "/sim-gateway"]
        .iter()
        .any(|p| path.strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if !is_page || !wants_html(request.headers()) {
        return next.run(request).await;
    }
    let uri = request.uri().clone();
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/problem+json") {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 16).await.unwrap_or_default();
    let page = Page::at(&app, &uri).await;
    let told: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(|v| v.as_str()).unwrap_or("").to_owned();
    let shown = page.and_then(|page| page.message(parts.status, &text("title"), &text("detail")));
    match shown {
        Ok(mut shown) => {
            if let Some(after) = parts.headers.get(header::RETRY_AFTER) {
                shown.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
            shown
        }
        // Without a database there is no company to name: the problem as it is.
        Err(_) => Response::from_parts(parts, Body::from(bytes)),
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    accept.split(',').any(|kind| kind.trim().starts_with("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_keeps_the_address() {
        let other = |text: &str, lang| in_other(&text.parse().unwrap(), lang);
        assert_eq!(other("/pay", Lang::Id), "/pay?lang=en");
        assert_eq!(other("/pay?other=1&lang=en", Lang::En), "/pay?other=1&lang=id");
        assert_eq!(other("/pay/start?lang=id", Lang::Id), "/pay?lang=en");
        assert_eq!(lang_of(Some("a=1&lang=en")), Lang::En);
        assert_eq!(lang_of(Some("lang=xx")), Lang::Id);
    }

    #[test]
    fn every_template_is_one() {
        assert!(PRESS.is_ok(), "{:?}", PRESS.as_ref().err());
    }
}
