//! A receiver that records deliveries and answers with the responses of a test.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) struct Receiver(MockServer);

impl Receiver {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        Self::answering([]).await
    }

    /// One that gives these answers first and then takes everything.
    pub(crate) async fn answering(statuses: impl IntoIterator<Item = u16>) -> Self {
        let server = MockServer::start().await;
        let (statuses, next) = (statuses.into_iter().collect::<Vec<_>>(), AtomicUsize::new(0));
        let respond = move |_: &Request| {
            let status = statuses.get(next.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or(200);
            ResponseTemplate::new(status).set_body_string(format!("answered {status}"))
        };
        Mock::given(any()).respond_with(respond).mount(&server).await;
        Self(server)
    }

    pub(crate) fn uri(&self) -> String {
        self.0.uri()
    }

    /// What came, in order.
    pub(crate) async fn received(&self) -> Vec<Request> {
        self.0.received_requests().await.unwrap()
    }

    /// A webhook of this receiver.
    pub(crate) fn webhook(&self, identifier: &str) -> Value {
        json!({
            "identifier": identifier,
            "url": format!("{}/{identifier}", self.uri()),
            "events": ["entity.created"],
            "security": { "secret": "s3cret" },
        })
    }
}

/// The value of a header that occurs once.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut values = request.headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} occurs twice");
    value
}

/// HMAC-SHA256 by another library than the one that signs.
pub(crate) fn mac(secret: &str, parts: &[&[u8]]) -> Bytes {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    Bytes::from_owner(mac.finalize().into_bytes())
}

/// The signature of the body scheme.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    mac(secret, &[body]).iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
