//! The client.

use std::fmt;
use std::sync::Arc;

use http::Method;

use crate::engine::Engine;
use crate::error::Error;
use crate::raw::{self, RawResponse};
use crate::request::Request;
use crate::runs::{Registry, Runs};
use crate::webhooks::Webhooks;

/// A client for Port. Cheap to clone: clones share connections, the access token and the retry budget.
///
/// Calls need a Tokio runtime with I/O and time enabled, and panic without one.
///
/// ```no_run
/// # async fn example() -> Result<(), port_webhooks::Error> {
/// use port_webhooks::{types::Region, Client};
///
/// let port = Client::builder().credentials("your-client-id", "your-client-secret").region(Region::Us).build()?;
/// for webhook in port.webhooks().list().await? {
///     println!("{}", webhook.identifier);
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias = "PortClient")]
#[derive(Clone)]
pub struct Client {
    pub(crate) engine: Arc<Engine>,
    pub(crate) reporters: Arc<Registry>,
}

impl Client {
    /// The webhooks of the organization.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(Arc::clone(&self.engine))
    }

    /// The runs of actions and of workflow nodes.
    pub fn runs(&self) -> Runs {
        Runs { engine: Arc::clone(&self.engine), reporters: Arc::clone(&self.reporters) }
    }

    /// Makes a request for any route of Port, such as one that this crate has no method for. It goes through the same
    /// engine as every call: access token, retries, deadline, headers, error kinds, spans.
    ///
    /// `path` begins with `/` and follows the base URL, such as `/v1/blueprints`. It is given without percent-encoding.
    /// Values go in place of segments in braces ([`parameter`](Request::parameter)), each as one segment whatever it
    /// contains; spans are named after the path with its braces. After a `?`, it can have a query, percent-encoded as
    /// in any URL; [`query`](Request::query) takes one that is not. A host, an empty segment, `.` and `..`, `%`, `#`, a
    /// backslash or a control character fail with [`Configuration`](crate::ErrorKind::Configuration), and nothing is
    /// sent.
    ///
    /// ```
    /// # use fake_port::FakePort;
    /// # use fake_port::wiremock::{Mock, ResponseTemplate, matchers};
    /// # use port_webhooks::Client;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakePort::start().await;
    /// # let blueprint = serde_json::json!({ "ok": true, "blueprint": { "identifier": "service", "title": "Service" } });
    /// # let route = Mock::given(matchers::path("/v1/blueprints/service"));
    /// # fake.mount(route.respond_with(ResponseTemplate::new(200).set_body_json(blueprint))).await;
    /// # let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    /// # let port = port.base_url(fake.uri()).build()?;
    /// use port_webhooks::http::Method;
    /// use serde_json::{Value, json};
    ///
    /// // The status, the headers and the bytes:
    /// let response = port.request(Method::GET, "/v1/blueprints/{identifier}").parameter("service").await?;
    /// assert_eq!(response.status, 200);
    ///
    /// // The JSON as a type of your own, which implements `Deserialize`:
    /// let title = json!({ "title": "Our services" });
    /// let request = port.request(Method::PATCH, "/v1/blueprints/{identifier}").parameter("service").json(&title);
    /// let answer = request.idempotent(true).returning::<Value>().await?;
    /// assert_eq!(answer["blueprint"]["identifier"], "service");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any kind. A redirect, a status of 400 and above, and JSON with `"ok": false` are errors.
    #[doc(alias("make_request", "raw"))]
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> Request<RawResponse> {
        Request::new(&self.engine, raw::call(method, path.as_ref()))
    }

    /// The base URL of all requests, without a trailing `/` or `/v1`.
    pub fn base_url(&self) -> &str {
        self.engine.transport.base_url.as_str().trim_end_matches('/')
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("tokens", &self.engine.tokens)
            .finish_non_exhaustive()
    }
}

const _: () = {
    const fn shared<T: Send + Sync + Clone>() {}
    shared::<Client>();
    shared::<Error>();
};
