//! Sends events to a data source, which makes entities of them. Feature `ingest`.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};
use port_webhooks_api::exchange::Response;
use port_webhooks_api::{Call, Security, SignatureAlgorithm, Webhook};
use port_webhooks_receiver::Signer;
use serde::Serialize;
use serde::de::IgnoredAny;
use url::Url;

use crate::base_url::Region;
use crate::engine::Engine;
use crate::engine::response::{Success, Unusable};
use crate::error::{ErrorKind, Failure, Outcome};
use crate::headers;
use crate::raw::RawResponse;
use crate::request::{CallFuture, Request};
use crate::{Client, ClientBuilder, Error, Result, connect_error};

/// The largest event that Port accepts, in bytes.
const MAX_EVENT: usize = 512 * 1024;
/// Stands in place of a secret.
const MASK: &str = "********";

/// Sends events to one data source, signed as its `security` says. Cheap to clone; clones share connections. Make one
/// and keep it: each has connections of its own, apart from those of a [`Client`].
///
/// Port accepts an event with 202 and nothing else, whatever becomes of it: a wrong signature, a disabled data source
/// and a mapping that fails show in Port's interface only. Any other status is an error.
///
/// The URL of a data source ends in a key, which is all that a sender needs. So it counts as a secret, as the signing
/// secret does: errors, traces and `Debug` show the host alone. Neither the token nor headers of a client are sent.
///
/// ```
/// # use fake_port::wiremock::{Mock, MockServer, ResponseTemplate, matchers};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = MockServer::start().await;
/// # let signature = matchers::header_exists("x-hub-signature-256");
/// # server.register(Mock::given(signature).respond_with(ResponseTemplate::new(202))).await;
/// # let url = format!("{}/Xy12", server.uri());
/// use port_webhooks::{types::{Security, SignatureAlgorithm}, Ingest};
/// use serde_json::json;
///
/// let mut security = Security::default();
/// security.secret = Some("hunter2".into());
/// security.signature_algorithm = Some(SignatureAlgorithm::Sha256);
/// security.signature_header_name = Some("x-hub-signature-256".to_owned());
/// security.signature_prefix = Some("sha256=".to_owned());
/// let events = Ingest::new(&url, &security)?;
/// events.json(&json!({ "ref": "refs/heads/main" })).header("x-github-event", "push").await?;
/// # Ok(())
/// # }
/// ```
#[doc(alias("send", "event", "webhook signature"))]
#[derive(Clone)]
pub struct Ingest {
    engine: Arc<Engine>,
    identifier: Option<String>,
    signer: Option<Signer>,
    is_repeatable: bool,
}

impl Client {
    /// A sender of events to a data source that was read from Port, with this client's time limits, retries, clock,
    /// observer and user agent. It has an HTTP client of its own: what [`ClientBuilder::http`] and
    /// [`ClientBuilder::header`] set for Port's API, such as a proxy or a header, is not used. See
    /// [`ClientBuilder::build_ingest`] for one with an HTTP client of yours.
    ///
    /// ```
    /// # use fake_port::{FakePort, Profile};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::builder().profile(Profile::Live).start().await?;
    /// # fake.seed(serde_json::json!({ "identifier": "github" }))?;
    /// # let port = port_webhooks::Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// let webhook = port.webhooks().get("github").await?;
    /// let events = port.ingest(&webhook)?;
    /// # if false {
    /// events.bytes(r#"{"ref":"refs/heads/main"}"#).header("x-github-event", "push").await?;
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) when the webhook is a subscription or has no URL, and as
    /// [`ClientBuilder::build_ingest`].
    pub fn ingest(&self, webhook: &Webhook) -> Result<Ingest> {
        let of_webhook = |failure: Failure| {
            let what = format!("cannot send events to webhook {:?}: {}", webhook.identifier, failure.what);
            Error::without_call(Failure { what, ..failure })
        };
        let url = self.ingest_url(webhook).map_err(|why| of_webhook(Failure::configuration(why)))?;
        let security = webhook.security.clone().unwrap_or_default();
        let builder = ClientBuilder::without_secrets_of(&self.engine.transport);
        let ingest = Ingest::build(builder, &url, &security).map_err(of_webhook)?;
        Ok(Ingest { identifier: Some(webhook.identifier.clone()), ..ingest })
    }

    fn ingest_url(&self, webhook: &Webhook) -> Result<String, &'static str> {
        if webhook.events.is_some() && !webhook.is_data_source() {
            return Err("it is a subscription: its URL is where Port sends events, not where it takes them");
        }
        if let Some(url) = &webhook.url {
            return Ok(url.clone());
        }
        let region = [Region::Eu, Region::Us].into_iter().find(|region| region.base_url() == self.base_url());
        let (Some(key), Some(region)) = (&webhook.webhook_key, region) else {
            return Err("it has no `url`: read the webhook from Port first");
        };
        Ok(format!("{}/{key}", region.ingest_url()))
    }
}

impl ClientBuilder {
    /// Builds a sender of events to the data source with this `url` and `security`. It needs no credentials. Neither
    /// these nor headers of the builder are sent, but default headers of [`http`](Self::http) are.
    ///
    /// Without `signatureAlgorithm`, `signatureHeaderName`, `signaturePrefix` and `secret`, events are not signed.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) when the URL is not https (or plain http on a loopback address) or has
    /// no key, when `security` is incomplete, has an unknown algorithm or what cannot be sent in a header, and as
    /// [`build`](Self::build).
    pub fn build_ingest(self, url: impl AsRef<str>, security: &Security) -> Result<Ingest> {
        Ingest::build(self, url.as_ref(), security).map_err(Error::without_call)
    }
}

impl Ingest {
    /// A sender of events to the data source with this `url` and `security`, with the default settings.
    ///
    /// # Errors
    /// As [`ClientBuilder::build_ingest`].
    pub fn new(url: impl AsRef<str>, security: &Security) -> Result<Self> {
        ClientBuilder::new().build_ingest(url, security)
    }

    fn build(builder: ClientBuilder, url: &str, security: &Security) -> Result<Self, Failure> {
        let signer = signer(security).map_err(|why| Failure::configuration(format!("security: {why}")))?;
        let engine = builder.engine_to(url, |url| secrets(url, security), MAX_EVENT)?;
        let is_repeatable = security.request_identifier_path.as_ref().is_some_and(|path| !path.is_empty());
        Ok(Self { engine: Arc::new(engine), identifier: None, signer, is_repeatable })
    }

    /// Sends a value as JSON. One that does not serialize fails with [`Configuration`](ErrorKind::Configuration).
    ///
    /// # Errors
    /// - [`PayloadTooLarge`](ErrorKind::PayloadTooLarge) for more than 512 KiB (524,288 bytes); nothing is sent.
    /// - [`Decode`](ErrorKind::Decode) for a success other than 202, whose outcome is unknown.
    /// - Any kind that concerns the connection, the request's headers, or what the server answers.
    pub fn json(&self, event: &impl Serialize) -> Request<RawResponse, IngestEvent> {
        self.request(|call| call.json(event, &[]))
    }

    /// Sends bytes as they are, with the content type of JSON: the payload of a third party, whose signature covers each
    /// byte. Port takes JSON; whether the bytes are JSON is not checked.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn bytes(&self, event: impl Into<Bytes>) -> Request<RawResponse, IngestEvent> {
        self.request(|mut call| {
            call.body = Some(event.into());
            call
        })
    }

    fn request(
        &self,
        with_body: impl FnOnce(Call<Accepted>) -> Call<Accepted>,
    ) -> Request<RawResponse, IngestEvent> {
        let verb = if self.identifier.is_some() { "send an event to webhook" } else { "send an event" };
        let call =
            Call::new("send_event", verb, Method::POST, "/{webhookKey}").parameter(MASK).without_token();
        let call = with_body(call).about(self.identifier.clone()).idempotent(self.is_repeatable);
        Request::new(&self.engine, IngestEvent { call, signer: self.signer.clone() })
    }

    /// Where events are sent: scheme, host and port, without the key.
    pub fn address(&self) -> String {
        connect_error::server(&self.engine.transport.base_url)
    }

    /// Whether events are signed.
    pub fn is_signed(&self) -> bool {
        self.signer.is_some()
    }
}

impl fmt::Debug for Ingest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ingest")
            .field("address", &self.address())
            .field("identifier", &self.identifier)
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

/// An event to send, which a [`Request`] holds.
#[derive(Clone)]
pub struct IngestEvent {
    call: Call<Accepted>,
    signer: Option<Signer>,
}

/// For events of [`Ingest`]. Mappings see query parameters as `.queryParams`, and headers as `.headers`, by their names
/// in lower case. A header with the name of the signature is replaced by it.
impl Request<RawResponse, IngestEvent> {
    /// Sets whether the event may be sent again after a failure that leaves open whether Port has accepted it, such as a
    /// timeout or a 503. Default: whether `security` has a `requestIdentifierPath`, by which Port takes a repeated event
    /// once; that needs an event in which this path finds a value. Otherwise a repeated event is mapped twice.
    ///
    /// Failures before anything was sent, and a 429, are retried in any case, as the [`Retry`](crate::Retry) policy says.
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.call.call = self.call.call.idempotent(repeatable);
        self
    }
}

impl IntoFuture for Request<RawResponse, IngestEvent> {
    type Output = Result<RawResponse>;
    type IntoFuture = CallFuture<RawResponse>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let IngestEvent { call, signer } = &self.call;
            if let (Some(signer), Some(body)) = (signer, &call.body) {
                self.options.headers.set(signer.sign(body));
            }
            self.engine.send(call, &self.options).await.map(|Accepted(response)| response)
        })
    }
}

impl fmt::Debug for IngestEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call.fmt(formatter)
    }
}

/// A 202.
struct Accepted(RawResponse);

impl Success for Accepted {
    type Envelope = IgnoredAny;

    fn from_head(response: &Response) -> Option<Result<Self, Failure>> {
        let status = response.status;
        if status != StatusCode::ACCEPTED {
            let what =
                format!("the response is {status}, not 202, so it may come from something other than Port");
            return Some(Err(Failure::new(ErrorKind::Decode, Outcome::Unknown, what)));
        }
        let body = response.body.as_ref().cloned().unwrap_or_default();
        Some(Ok(Self(RawResponse { status, headers: response.headers.clone(), body })))
    }

    fn from_envelope(_: IgnoredAny) -> Result<Self, Unusable> {
        Err(Unusable::Missing("was not read"))
    }
}

/// What signs as `security` says, or what is wrong with it. No message repeats a secret.
fn signer(security: &Security) -> Result<Option<Signer>, String> {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let secret = security.secret.as_ref().filter(|secret| !secret.expose().is_empty());
    let header = text(&security.signature_header_name);
    let prefix = text(&security.signature_prefix);
    let algorithm = security.signature_algorithm.as_ref().filter(|algorithm| !algorithm.as_str().is_empty());
    if secret.is_none() && header.is_none() && prefix.is_none() && algorithm.is_none() {
        return Ok(None);
    }
    let missing = |name: &str| format!("`{name}` is missing, so events cannot be signed");
    let algorithm = algorithm.ok_or_else(|| missing("signatureAlgorithm"))?;
    let header = header.ok_or_else(|| missing("signatureHeaderName"))?;
    let secret = secret.ok_or_else(|| missing("secret"))?;
    if secret.expose() == MASK {
        return Err(format!("`secret` is the mask {MASK}, not the secret itself"));
    }
    let name = HeaderName::from_bytes(header.as_bytes());
    let name = name.map_err(|_| "`signatureHeaderName` is not the name of a header")?;
    if let Some(why) = headers::reserved(&name).filter(|_| name != http::header::AUTHORIZATION) {
        return Err(format!("`signatureHeaderName` is `{name}`: {why}"));
    }
    let builder = match algorithm.as_str() {
        "sha256" => Signer::data_source_sha256(secret, header),
        "sha1" => Signer::data_source_sha1(secret, header),
        "plain" => Signer::data_source_plain(secret, header),
        other => {
            let known = SignatureAlgorithm::KNOWN.iter().map(SignatureAlgorithm::as_str);
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(format!("`signatureAlgorithm` is {other:?}, which is none of {known}"));
        }
    };
    builder.prefix(prefix.unwrap_or_default()).build().map(Some).map_err(|error| error.to_string())
}

/// What a server must not repeat in an error.
fn secrets(url: &Url, security: &Security) -> Vec<String> {
    let path = url.path().trim_matches('/');
    let key = path.rsplit('/').next().unwrap_or_default();
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let secret = security.secret.iter().map(|secret| secret.expose().to_owned());
    [path.to_owned(), key.to_owned()].into_iter().chain(values).chain(secret).collect()
}
